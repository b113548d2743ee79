"""Where a run keeps what it has read from the tool, and what becomes of it."""

import re

from odoo import api, models
from odoo.tools import SQL

from .newsletter_run import OPEN_STATES

_SHARED = "newsletter_fetched"


class NewsletterRun(models.Model):
    """Whoever reads a whole list gets a table of their own, a child of the stage.

    A million rows are dropped with it at once: deleting them one by one takes longer
    than comparing them, and leaves a table behind that has to be cleaned up. The child
    has no index while it is filled. Few rows, of people whom the tool has named, are
    kept in the stage itself. The ORM finds both by ``newsletter.fetched``.

    It is logged like any other table: after a crash of the database an unlogged one
    would be empty, and everybody would be taken for gone.
    """

    _inherit = "newsletter.run"

    def _stage_name(self):
        """The name of the table that the rows of this run are in."""
        self.ensure_one()
        own = f"{_SHARED}_{self.id}"
        self.env.cr.execute("SELECT to_regclass(%s) IS NOT NULL", [own])
        return own if self.env.cr.fetchone()[0] else _SHARED

    def _stage(self):
        """The same, to be put into a statement."""
        return SQL.identifier(self._stage_name())

    def _open_own_stage(self):
        """Give the run a table of its own."""
        self.ensure_one()
        self.env.cr.execute(
            SQL(
                "CREATE TABLE IF NOT EXISTS %s (CHECK (run_id = %s)) INHERITS (%s)",
                SQL.identifier(f"{_SHARED}_{self.id}"),
                self.id,
                SQL.identifier(_SHARED),
            )
        )

    def _analyse_stage(self):
        """Let the planner know how many there are; a small sample tells it enough."""
        self.env.cr.execute("SET LOCAL default_statistics_target = 10")
        self.env.cr.execute(SQL("ANALYZE %s (remote_id, email)", self._stage()))
        self.env.cr.execute("SET LOCAL default_statistics_target TO DEFAULT")

    def _index_stage(self):
        """Single rows are looked for from now on."""
        name = self._stage_name()
        if name != _SHARED:
            self.env.cr.execute(
                SQL(
                    "CREATE UNIQUE INDEX IF NOT EXISTS %s ON %s (id)",
                    SQL.identifier(f"{name}_id"),
                    SQL.identifier(name),
                )
            )

    def _clear_stage(self):
        """Drop what was read and not compared any more."""
        for run in self:
            self.env.cr.execute(
                SQL("DROP TABLE IF EXISTS %s", SQL.identifier(f"{_SHARED}_{run.id}"))
            )
            self.env.cr.execute(
                SQL(
                    "DELETE FROM ONLY %s WHERE run_id = %s",
                    SQL.identifier(_SHARED),
                    run.id,
                )
            )

    @api.autovacuum
    def _gc_stages(self):
        """Drop the tables of runs that were deleted or ended by somebody else."""
        self.env.cr.execute(
            SQL(
                "SELECT inhrelid::regclass::text FROM pg_inherits"
                " WHERE inhparent = %s::regclass",
                _SHARED,
            )
        )
        names = [name for (name,) in self.env.cr.fetchall()]
        # sudo: tables of all companies
        open_runs = self.sudo().search([("state", "in", [*OPEN_STATES, "stopped"])])
        for name in names:
            number = re.fullmatch(rf"{_SHARED}_(\d+)", name)
            if number and int(number[1]) not in open_runs.ids:
                self.env.cr.execute(SQL("DROP TABLE %s", SQL.identifier(name)))

    # --- given up ----------------------------------------------------------------
    def _cancelled(self):
        result = super()._cancelled()
        self._give_back()
        return result

    def action_cancel(self):
        result = super().action_cancel()
        # sudo: see newsletter.run.action_cancel; idle runs are cancelled at once
        self.sudo().filtered(lambda run: run.state == "cancelled")._give_back()
        return result

    def _give_back(self):
        """Nothing is lost by cancelling: what was taken out of the outbox and not
        decided yet goes back into it, and the tool's changes are read again."""
        self.env.flush_all()
        for run in self:
            self.env.cr.execute(
                SQL(
                    """
                    WITH left_over AS (
                        DELETE FROM newsletter_candidate WHERE run_id = %(run)s
                        RETURNING member_id, contact_id, kind
                    )
                    INSERT INTO newsletter_change (coupling_id, res_model, res_id)
                    SELECT %(coupling)s,
                           CASE WHEN member_id IS NULL THEN 'mailing.contact'
                                ELSE 'newsletter.member' END,
                           COALESCE(member_id, contact_id)
                      FROM left_over
                     WHERE kind IS NULL
                       AND COALESCE(member_id, contact_id) IS NOT NULL
                       AND %(coupling)s IS NOT NULL
                    """,
                    run=run.id,
                    coupling=run.coupling_id.id or None,
                )
            )
            run._clear_stage()
