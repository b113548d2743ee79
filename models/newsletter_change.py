"""What changed in Odoo and waits for the next comparison."""

from contextlib import contextmanager

from odoo import api, fields, models

from . import newsletter_change_triggers as triggers


class NewsletterChange(models.Model):
    """One row per change of a member; only ever inserted, and deleted when compared.

    Inserting never waits for anybody: a save in Odoo neither waits for a newsletter
    tool nor fails because of it. Triggers insert (``newsletter_change_triggers``), and
    ``_note`` for what no trigger sees.
    """

    _name = "newsletter.change"
    _description = "Newsletter Change"
    _order = "id"
    _log_access = False

    # a plain number: a foreign key would make every save lock the coupling's row
    coupling_id = fields.Integer(required=True)
    # a member, or the mailing contact of a subscription that may have no member yet
    res_model = fields.Char(required=True)
    res_id = fields.Integer(required=True)
    email = fields.Char(help="The address before the change, where it changed.")

    _of_coupling = models.Index("(coupling_id, id)")

    def init(self):
        # when all tables are there, the consents' above all
        self.pool.post_init(triggers.create, self.env.cr)

    @api.model
    def _note(self, members):
        """Let the next comparison look at these members again."""
        # sudo: the outbox is written by code only
        self.sudo().create(
            [
                {
                    "coupling_id": member.coupling_id.id,
                    "res_model": member._name,
                    "res_id": member.id,
                }
                for member in members
            ]
        )

    @api.model
    @contextmanager
    def _quiet(self, coupling):
        """Writes inside are a coupling's own and no news to it (but to the others)."""
        setting = "SELECT set_config('newsletter.quiet', %s, true)"
        self.env.flush_all()
        self.env.cr.execute(setting, [str(coupling.id)])
        yield
        # after a failure the transaction is rolled back, and the setting with it
        self.env.flush_all()
        self.env.cr.execute(setting, [""])

    # --- from changes to runs ------------------------------------------------------
    @api.model
    def _cron_start(self):
        """Start a comparison for each coupling of which something changed."""
        self.env.cr.execute("SELECT DISTINCT coupling_id FROM newsletter_change")
        changed = [coupling_id for (coupling_id,) in self.env.cr.fetchall()]
        # sudo: the scheduler works for all users and companies
        couplings = self.env["newsletter.coupling"].sudo()
        for coupling in couplings.search(
            [("id", "in", changed), ("state", "=", "active")]
        ):
            coupling._start_run("reconcile")
