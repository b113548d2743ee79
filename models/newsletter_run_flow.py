"""How a run moves from phase to phase. Only the runner calls what is private here."""

from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError

from . import (
    newsletter_bounce_steps,
    newsletter_case_tag_steps,
    newsletter_dynamic_steps,
    newsletter_erasure_steps,
    newsletter_fetch_steps,
    newsletter_leaving_steps,
    newsletter_push_steps,
    newsletter_review_steps,
    newsletter_transmit_steps,
    newsletter_webhook_steps,
)
from .newsletter_runner import FOREGROUND_SECONDS

#: up to so many people somebody waits in front of the screen
FOREGROUND_PEOPLE = 300


#: the steps of each kind of run, by phase and in their order
STEPS = {
    "push": newsletter_push_steps.STEPS,
    "fetch": newsletter_dynamic_steps.refreshed(newsletter_fetch_steps.FETCH),
    "reconcile": newsletter_fetch_steps.RECONCILE,
    "transmit": newsletter_dynamic_steps.refreshed(newsletter_transmit_steps.STEPS),
    "webhook": newsletter_webhook_steps.STEPS,
    "leave": newsletter_leaving_steps.STEPS,
    "erase": newsletter_erasure_steps.STEPS,
    "returns": newsletter_bounce_steps.RETURNS,
    "remove": newsletter_bounce_steps.REMOVE,
    "review": newsletter_review_steps.STEPS,
    "tag": newsletter_case_tag_steps.STEPS,
}


class NewsletterRun(models.Model):
    _inherit = "newsletter.run"

    to_send = fields.Integer(compute="_compute_to_send")

    def _compute_to_send(self):
        for run in self:
            run.to_send = run._lines_waiting(to_send=True)

    def _lines_waiting(self, to_send=False):
        """Number of unsettled lines; ``to_send`` leaves out the unchanged."""
        domain = [("run_id", "=", self.id), ("result", "in", ("waiting", "in_flight"))]
        if to_send:
            domain.append(("plan", "!=", "unchanged"))
        return self.env["newsletter.run.line"].search_count(domain)

    # --- decisions of the user -----------------------------------------------------
    def action_synchronise(self):
        """The approval: carry out what the preview shows, now or in the background."""
        self.ensure_one()
        self._check_may_run()
        if self.state != "preview":
            raise UserError(self.env._("This run is not waiting for a decision."))
        runner = self.env["newsletter.runner"]
        run_id, few = self.id, self.to_send <= FOREGROUND_PEOPLE
        # Approved in a transaction of its own: the slices must see it, and it has to
        # outlive this request.
        runner._in_transaction(lambda own: own._browse_run(run_id)._approve())
        if few:
            runner._work_and_leave(run_id, FOREGROUND_SECONDS)
        else:
            runner._wake()
        return self._open_report()

    def _approve(self):
        if self.state != "preview" and not self.by_itself:
            return
        self.write(
            {
                "state": "queued",
                "phase": self._next_phase(),
                "total": self.to_send,
                "done": 0,
                "started_at": fields.Datetime.now(),
                "message": False,
            }
        )
        self.env["newsletter.event"]._log(
            "run_started",
            run=self,
            text=self.env._(
                "%(user)s starts the synchronisation of %(count)s people with "
                "“%(list)s”.",
                user=self.user_id.name,
                count=self.total,
                list=self.remote_list_id.name,
            ),
        )
        # the scheduler takes it up if whoever works on it now dies
        self.env["newsletter.runner"]._wake(
            fields.Datetime.now() + timedelta(minutes=1)
        )

    # --- steps of the runner ---------------------------------------------------------
    def _take_step(self, conversation):
        """The next piece of work as (step, work), or None if the run rests now."""
        if self._needs_tool() and self.connection_id.state != "connected":
            raise UserError(
                self.env._(
                    "“%s” is not connected. Connect it, then resume this run.",
                    self.connection_id.name,
                )
            )
        while True:
            if self.phase == "decide" and self.state == "collecting":
                if self.to_send and self.by_itself and not self._asks_first():
                    self._approve()
                    continue
                if self.to_send:
                    self._show_preview()
                    return None
                # nobody is left to decide about: this is the report already
                self.write({"phase": "finish", "state": "running"})
            step = STEPS[self.kind][self.phase]
            work = step.take(self, conversation)
            if work is not None:
                if self.state == "queued":
                    self.state = "running"
                return step, work
            if self._is_resting:
                return None
            following = self._next_phase()
            if not following:
                return None
            self.phase = following

    def _needs_tool(self):
        """Whether the run speaks to the tool at all."""
        return True

    def _next_phase(self):
        """The phase after the present one, None after the last."""
        names = [*STEPS[self.kind], None]
        return names[names.index(self.phase) + 1]

    def _show_preview(self):
        self.write({"state": "preview", "done": self.total})

    def _cancelled(self):
        self.write(
            {
                "state": "cancelled",
                "finished_at": fields.Datetime.now(),
                "message": self._cancelled_message(),
            }
        )
        self.env["newsletter.event"]._log("run_cancelled", run=self, text=self.message)

    def _cancelled_message(self):
        """What a cancelled run leaves behind; one that only reads has sent nothing."""
        if self.kind in ("fetch", "reconcile"):
            return self.env._(
                "Cancelled by a user. What was taken over before stays; nothing was "
                "sent to the newsletter tool."
            )
        return self.env._(
            "Cancelled by a user. Who was transmitted before stays transmitted."
        )

    def _finished(self):
        """The report is complete."""
        numbers = self._result_numbers()
        self.write(
            {
                "state": "done",
                "done": self.total,
                "finished_at": fields.Datetime.now(),
                "message": self._result_message(numbers),
            }
        )
        self.env["newsletter.event"]._log("run_done", run=self, text=self.message)
        self.user_id._bus_send(
            "simple_notification",
            {
                "title": self.name,
                "message": self.message,
                "type": "warning" if numbers["failed"] else "success",
            },
        )

    def _result_message(self, numbers):
        """The result in one line, from ``_result_numbers``."""
        return self.env._(
            "%(subscribed)s newly subscribed, %(updated)s updated, "
            "%(unchanged)s unchanged, %(skipped)s left out, %(failed)s failed.",
            **numbers,
        )

    def _result_numbers(self):
        counted = dict(
            self.env["newsletter.run.line"]._read_group(
                [("run_id", "=", self.id)], ["result"], ["__count"]
            )
        )
        kinds = ("subscribed", "updated", "unchanged", "skipped", "failed")
        return {kind: counted.get(kind, 0) for kind in kinds}
