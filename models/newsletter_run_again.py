"""A stopped comparison that begins again, because what it has read is too old.

Who left in the tool after it was read would be taken in as subscribed, and whose change
waits in it would be settled by a later comparison that knows nothing of the change.
"""

from datetime import timedelta

from odoo import fields, models
from odoo.tools import SQL

from .newsletter_run_flow import STEPS

#: So long what was read from the tool is good enough to decide by, besides the time
#: that reading it took: else a list that takes longer than this would never be read.
FRESH = timedelta(hours=1)
#: Whom nobody has carried on for so long was not waiting for a tool: a failed call is
#: tried again within the hour.
IDLE = timedelta(hours=2)
#: kinds of runs that decide by what they have read
_COMPARING = ("fetch", "reconcile", "webhook")


class NewsletterRun(models.Model):
    _inherit = "newsletter.run"

    def action_resume(self):
        # sudo: runs are read-only for users, this is one of the offered actions
        stopped = self.sudo().filtered(lambda run: run.state == "stopped")
        result = super().action_resume()
        # nobody has approved yet what is still being prepared
        stopped.filtered(lambda run: run._is_undecided).state = "collecting"
        stopped.filtered(lambda run: not run._is_fresh())._begin_again()
        # what goes on is what was seen; if it begins again later, it is asked again
        compared = stopped.filtered(lambda run: (run.cursor or {}).get("compared"))
        compared.brake_overruled = False
        return result

    @property
    def _is_undecided(self):
        """Whether the run has still to come to where it waits for a decision."""
        phases = list(STEPS[self.kind])
        if "decide" not in phases:
            return False
        return phases.index(self.phase) <= phases.index("decide")

    def _take_step(self, conversation):
        """A run that was under way when the server stopped may be as old."""
        idle = self.write_date and self.write_date < fields.Datetime.now() - IDLE
        if idle and not self._is_fresh():
            self._begin_again()
        return super()._take_step(conversation)

    def _is_fresh(self):
        """Whether a run may go on with what it has read, if it has read anything.

        The time counts in which it did not read: while it stood, or was at work on what
        it had read.
        """
        self.ensure_one()
        if self.kind not in _COMPARING or not self.started_at:
            return True
        if not self._has_its_stage():
            return False
        reading = timedelta(seconds=(self.cursor or {}).get("reading", 0))
        return self.started_at + reading > fields.Datetime.now() - FRESH

    def _begin_again(self):
        """Start over, and say so."""
        self._start_over()
        self.env["newsletter.event"]._log_many(
            {
                "code": "run_starts_over",
                "run": run,
                "text": self.env._(
                    "What was read from the tool before the stop is too old to decide "
                    "by. The tool is read again, and both sides are compared again."
                ),
            }
            for run in self
        )

    def _start_over(self):
        """Back to the beginning; nothing that waits in the run is lost."""
        for run in self.filtered(lambda run: run.kind == "webhook"):
            run._hear_again()
        self._give_back()
        for run in self:
            heard = (run.cursor or {}).get("heard")
            run.write(
                {
                    "phase": next(iter(STEPS[run.kind])),
                    "cursor": {"heard": heard} if heard else False,
                    "total": 0,
                    "done": 0,
                    "started_at": False,
                }
            )

    def _hear_again(self):
        """Whom the tool has named is read once more: the hints are gone by now."""
        if not self.coupling_id:
            return
        rows = self.env.execute_query(
            SQL(
                "SELECT remote_id, email FROM %s WHERE run_id = %s",
                self._stage(),
                self.id,
            )
        )
        now = fields.Datetime.now()
        self.env["newsletter.hint"]._hear(
            (self.coupling_id.id, remote_id or "", email or "", now, True)
            for remote_id, email in rows
        )

    def _overtake(self):
        """Take over what waits in stopped comparisons of the same lists.

        They begin again when they are resumed: by then both sides were compared. A
        transmission does so if it was still comparing.
        """
        self.ensure_one()
        stopped = self.search(
            [
                ("coupling_id", "=", self.coupling_id.id),
                ("state", "=", "stopped"),
                ("id", "!=", self.id),
            ]
        )
        waiting = self.env["newsletter.candidate"]._read_group(
            [("run_id", "in", stopped.ids)], ["run_id"]
        )
        old = stopped.filtered(lambda run: run.kind in _COMPARING and run.cursor)
        old.union(*(run for (run,) in waiting))._start_over()


class NewsletterCompare(models.AbstractModel):
    _inherit = "newsletter.compare"

    def _find(self, run, whole):
        if whole:
            run._overtake()
        return super()._find(run, whole)
