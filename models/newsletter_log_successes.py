"""Success in the log, too: for whoever has to show that each person was looked at."""

from odoo import fields, models
from odoo.tools import SQL

from ..sync import reconcile

#: events that one transaction writes
SLICE = 20_000


class NewsletterConnection(models.Model):
    _inherit = "newsletter.connection"

    log_successes = fields.Boolean(
        string="Log Successes Too",
        help="Each comparison writes one event for everybody on whom both sides agree. "
        "Without it only differences are written, and one summary for each run. A list "
        "of 100,000 people then grows the log by as many lines a night.",
    )


class NewsletterRun(models.Model):
    _inherit = "newsletter.run"

    phase = fields.Selection(selection_add=[("log", "Writing the log")])

    def _of_agreeing(self):
        """Members whom this comparison has found to agree: of the whole list all,
        else those whom it has looked at."""
        whole = bool((self.cursor or {}).get("whole"))
        return SQL(
            "member.coupling_id = %s AND member.active AND member.result = 'success'"
            " AND (%s OR member.synced_at >= %s)",
            self.coupling_id.id,
            whole,
            self.started_at or self.create_date,
        )

    def _last_to_log(self, after):
        """Up to which member the next slice goes, None when there is nobody more."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "SELECT max(id) FROM (SELECT member.id FROM newsletter_member member"
                " WHERE %s AND member.id > %s ORDER BY member.id LIMIT %s) slice",
                self._of_agreeing(),
                after,
                SLICE,
            )
        )
        return self.env.cr.fetchone()[0]

    def _log_successes(self, after, last):
        """Write the events of one slice of members."""
        values = self.env["newsletter.event"]._event_values(
            {"code": "agrees", "run": self}
        )
        text = self.env["newsletter.reconcile"]._text(reconcile.Text.AGREES.value)
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO newsletter_event (
                       date, level, code, text, run_id, connection_id, coupling_id,
                       member_id, company_id, provider, user_id, origin,
                       res_model, res_id)
                SELECT now() AT TIME ZONE 'UTC', %(level)s, %(code)s, %(text)s,
                       %(run_id)s, %(connection_id)s, %(coupling_id)s, member.id,
                       %(company_id)s, %(provider)s, %(user_id)s, %(origin)s,
                       CASE WHEN member.partner_id IS NOT NULL THEN 'res.partner'
                            WHEN member.lead_id IS NOT NULL THEN 'crm.lead'
                            WHEN member.contact_id IS NOT NULL THEN 'mailing.contact'
                            END,
                       COALESCE(member.partner_id, member.lead_id, member.contact_id)
                  FROM newsletter_member member
                 WHERE %(agreeing)s AND member.id > %(after)s AND member.id <= %(last)s
                """,
                **{key: value or None for key, value in values.items()},
                text=text,
                agreeing=self._of_agreeing(),
                after=after,
                last=last,
            )
        )
        self.env["newsletter.event"].invalidate_model()
