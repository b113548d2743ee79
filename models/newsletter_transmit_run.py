"""What a transmission adds to a run: rests, questions before it begins, its report."""

from datetime import timedelta

from odoo import fields, models

#: on lists with fewer people nothing is braked
BRAKE_FROM = 50


class NewsletterRun(models.Model):
    _inherit = "newsletter.run"

    verified = fields.Integer(
        readonly=True, help="People whom the tool was seen to hold as transmitted."
    )
    notice = fields.Char(
        readonly=True, help="What a person should know before approving."
    )

    def _rest(self, seconds, message):
        """Wait for the tool; the scheduler goes on by itself."""
        next_try_at = fields.Datetime.now() + timedelta(seconds=seconds)
        self.write(
            {
                "next_try_at": next_try_at,
                "message": message,
                "state": "queued" if self.state == "running" else self.state,
            }
        )
        self.env["newsletter.runner"]._wake(next_try_at)

    def _result_message(self, numbers):
        """Of a transmission each result that there is, with its number."""
        if self.kind != "transmit":
            return super()._result_message(numbers)
        lines = self.env["newsletter.run.line"]
        counted = dict(
            lines._read_group([("run_id", "=", self.id)], ["result"], ["__count"])
        )
        labels = dict(lines._fields["result"]._description_selection(self.env))
        told = [f"{labels[key]}: {counted[key]}" for key in labels if counted.get(key)]
        return ", ".join(told) or self.env._("There was nothing to transmit.")

    def _cancelled(self):
        """Whom the tool had taken before stands in the log, read back or not."""
        result = super()._cancelled()
        if self.kind == "transmit":
            transmit = self.env["newsletter.transmit"]
            after = (self.cursor or {}).get("proof", {}).get("after", 0)
            while found := transmit._unproven(self, after, 1000, False, True):
                transmit._tell_proven(self, transmit._rows(found))
                after = found[-1]
        return result

    def _asks_first(self):
        """Whether a run that nobody approved stops: the safety brake.

        So many people at once are rather a mistake than their own will: a deleted
        segment, a wrong import. Somebody looks, and approves.
        """
        coupling = self.coupling_id
        known = self.env["newsletter.member"].search_count(
            [("coupling_id", "=", coupling.id), ("remote_id", "!=", False)]
        )
        if not coupling.brake_percent or known < BRAKE_FROM:
            return False
        counts = dict(
            self.env["newsletter.run.line"]._read_group(
                [("run_id", "=", self.id), ("result", "=", "waiting")],
                ["plan"],
                ["__count"],
            )
        )
        for plans in (("unsubscribe", "delete"), ("transmit", "signup")):
            count = sum(counts.get(plan, 0) for plan in plans)
            if count * 100 > coupling.brake_percent * known:
                self._brake(count, known)
                return True
        return False

    def _brake(self, count, known):
        self.by_itself = False
        self.notice = self.env._(
            "Safety brake: %(count)s of %(known)s people would be changed at once. "
            "Look at them, then approve or cancel.",
            count=count,
            known=known,
        )
        self.env["newsletter.event"]._log("brake", run=self, text=self.notice)
        self._ask_responsible(self.notice)
