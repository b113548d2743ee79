"""Cancelling a run: at once, unless somebody may have reached the tool unknown to us.

Whoever was handed to the tool without an answer may be mailed by now, and nothing in
Odoo knows of it; a leaving would pass them by. So a cancelled run sends nobody any
more, but asks the tool about these people before it ends, however long that is away.
Where nobody can ask, because the account is not connected, it is stopped until then.
"""

from datetime import timedelta

from odoo import fields, models

from .newsletter_run import OPEN_STATES
from .newsletter_run_flow import STEPS

#: a tool that did not answer may still be at work on what it was handed
STILL_AT_WORK = timedelta(seconds=30)


class NewsletterRun(models.Model):
    _inherit = "newsletter.run"

    def action_cancel(self):
        """Ask the run to stop after the present batch; what was sent stays reported.

        Whoever sees a run may stop it, also when its starter has lost the right.
        """
        self.check_access("read")
        # sudo: runs are read-only for users, this is one of the offered actions
        runs = self.sudo()
        idle = runs._ends_at_once()
        others = (runs - idle).filtered(
            lambda run: run.state in (*OPEN_STATES, "stopped")
        )
        others._ask_to_cancel()
        idle.write({"state": "cancelled", "finished_at": fields.Datetime.now()})
        self.env["newsletter.runner"]._wake()

    def _ends_at_once(self):
        """Those on which nobody works and of which the tool need not be asked."""
        return self.filtered(
            lambda run: (
                run.state == "preview"
                or (run.state == "stopped" and not run._is_unanswered())
            )
        )

    def _ask_to_cancel(self):
        """Let the runner end these runs, as soon as it can."""
        soon = fields.Datetime.now() + STILL_AT_WORK
        for run in self:
            values = {"cancel_requested": True, "next_try_at": False}
            if run.state == "stopped":
                values.update(state="queued", tries=0, finished_at=False)
            if run._is_unanswered():
                values["message"] = self.env._(
                    "It is cancelled as soon as the tool has told what became of the "
                    "people whom it was handed last."
                )
                # whoever asks at once may be told that nobody is there, and a moment
                # later they are
                values["next_try_at"] = soon
                self.env["newsletter.runner"]._wake(soon)
            run.write(values)

    def _is_unanswered(self):
        """Whether the tool was handed people and has not said what became of them."""
        self.ensure_one()
        lines = self.env["newsletter.run.line"]
        # sudo: the memory of the engine
        flights = self.env["newsletter.flight"].sudo()
        return bool(
            lines.search_count(
                [("run_id", "=", self.id), ("result", "=", "in_flight")], limit=1
            )
            or flights.search_count([("run_id", "=", self.id)], limit=1)
        )

    @property
    def _is_resting(self):
        """Whether nothing is to be done before ``next_try_at``.

        A cancelled run does not rest: it ends, unless the tool has to be asked before.
        """
        rests = bool(self.next_try_at) and self.next_try_at > fields.Datetime.now()
        return rests and (not self.cancel_requested or self._is_unanswered())

    def _take_back(self, conversation):
        """What a cancelled run has still to ask as (step, work), else None.

        It is stopped where nobody can ask: nothing waits for it then, and
        ``_ask_cancelled`` goes on with it.
        """
        if not self._is_unanswered():
            return None
        if self.connection_id.state != "connected":
            self.env["newsletter.runner"]._stop(
                self.id,
                self.env._(
                    "It is cancelled as soon as “%s” is connected and has told what "
                    "became of the people whom it was handed last.",
                    self.connection_id.name,
                ),
            )
            return None
        step = STEPS[self.kind][self.phase]
        work = step.take_back(self, conversation)
        return None if work is None else (step, work)


class NewsletterConnection(models.Model):
    _inherit = "newsletter.connection"

    def _note_connected(self):
        result = super()._note_connected()
        self._ask_cancelled()
        return result

    def action_resume(self):
        result = super().action_resume()
        self.filtered(lambda each: each.state == "connected")._ask_cancelled()
        return result

    def _ask_cancelled(self):
        """Runs that were cancelled while nobody could ask the tool can do so now."""
        # sudo: runs are read-only for users
        runs = self.env["newsletter.run"].sudo()
        waiting = runs.search(
            [
                ("connection_id", "in", self.ids),
                ("cancel_requested", "=", True),
                ("state", "in", (*OPEN_STATES, "stopped")),
            ]
        )
        if waiting:
            waiting._ask_to_cancel()
            self.env["newsletter.runner"]._wake()
