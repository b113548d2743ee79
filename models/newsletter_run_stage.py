"""Where a run keeps what it has read from the tool, and what becomes of it."""

import re

import psycopg2.errors

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..connectors.masked_log import get_logger
from .newsletter_run import OPEN_STATES

_logger = get_logger(__name__)

_SHARED = "newsletter_fetched"
#: so long dropping a table waits for somebody who reads it; the cleaning tries again
LOCK_TIMEOUT = "2s"


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
        """The name of the table that the rows of this run are in.

        :raises UserError: the run's own table is gone. In the stage that all share
            there is nobody of this run, so everybody would be taken for gone.
        """
        self.ensure_one()
        if not self._has_its_stage():
            raise UserError(
                self.env._(
                    "What was read from the tool is not there any more. Resume the run "
                    "to read it again."
                )
            )
        own = (self.cursor or {}).get("own")
        return f"{_SHARED}_{self.id}" if own else _SHARED

    def _has_its_stage(self):
        """Whether what the run has read is there, if it has a table of its own."""
        self.ensure_one()
        if not (self.cursor or {}).get("own"):
            return True
        self.env.cr.execute(
            "SELECT to_regclass(%s) IS NOT NULL", [f"{_SHARED}_{self.id}"]
        )
        return self.env.cr.fetchone()[0]

    def _stage(self):
        """The same, to be put into a statement.

        The shared one without the tables of other runs: whoever reads those would wait
        for the end of such a run, or it for them.
        """
        name = self._stage_name()
        table = SQL.identifier(name)
        return SQL("ONLY %s", table) if name == _SHARED else table

    def _open_own_stage(self):
        """Give the run a table of its own; what an earlier try has read goes."""
        self.ensure_one()
        own = SQL.identifier(f"{_SHARED}_{self.id}")
        self.env.cr.execute(
            SQL(
                "CREATE TABLE IF NOT EXISTS %s (CHECK (run_id = %s)) INHERITS (%s)",
                own,
                self.id,
                SQL.identifier(_SHARED),
            )
        )
        self.env.cr.execute(SQL("DELETE FROM %s", own))
        self.cursor = {**(self.cursor or {}), "own": True}

    def _analyse_stage(self):
        """Let the planner know how many there are; a small sample tells it enough."""
        self.env.cr.execute("SET LOCAL default_statistics_target = 10")
        table = SQL.identifier(self._stage_name())
        self.env.cr.execute(SQL("ANALYZE %s (remote_id, email)", table))
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
            self._drop_stage(f"{_SHARED}_{run.id}")
            self.env.cr.execute(
                SQL(
                    "DELETE FROM ONLY %s WHERE run_id = %s",
                    SQL.identifier(_SHARED),
                    run.id,
                )
            )

    def _drop_stage(self, name):
        """Drop the table of a run, unless somebody reads it: the cleaning does it then.

        Whoever waited for a reader would hold up everybody who comes after.
        """
        try:
            with self.env.cr.savepoint(flush=False):
                self.env.cr.execute(SQL("SET LOCAL lock_timeout = %s", LOCK_TIMEOUT))
                self.env.cr.execute(
                    SQL("DROP TABLE IF EXISTS %s", SQL.identifier(name)),
                    log_exceptions=False,
                )
                self.env.cr.execute("SET LOCAL lock_timeout TO DEFAULT")
        except psycopg2.errors.LockNotAvailable:
            _logger.info("%s is being read; it is dropped by the next cleaning", name)

    @api.autovacuum
    def _gc_stages(self):
        """Drop the tables of runs that were deleted, ended by somebody else, or stopped
        for so long that resuming reads the list again."""
        self.env.cr.execute(
            SQL(
                "SELECT inhrelid::regclass::text FROM pg_inherits"
                " WHERE inhparent = %s::regclass",
                _SHARED,
            )
        )
        names = [name for (name,) in self.env.cr.fetchall()]
        # sudo: tables of all companies
        runs = self.sudo().search([("state", "in", [*OPEN_STATES, "stopped"])])
        kept = runs.filtered(lambda run: run.state != "stopped" or run._is_fresh()).ids
        for name in names:
            number = re.fullmatch(rf"{_SHARED}_(\d+)", name)
            if number and int(number[1]) not in kept:
                self._drop_stage(name)

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
        decided yet goes back into it, and the tool's changes are read again by the
        next fetch."""
        self._give_back_changes()
        self._clear_stage()

    def _give_back_changes(self):
        """Put what was not decided yet back into the outbox."""
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
