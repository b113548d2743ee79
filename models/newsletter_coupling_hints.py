"""A coupling that is told of changes: leavings at once, all others read back."""

from odoo import SUPERUSER_ID, fields, models

from .newsletter_run import OPEN_STATES


class NewsletterCoupling(models.Model):
    _inherit = "newsletter.coupling"

    def _reads_hints(self):
        """Whether anything but a leaving is taken up here by itself."""
        self.ensure_one()
        return bool(self.mailing_list_id) and self.automation != "manual"

    def _leave_at_once(self, members):
        """Let the rules decide about people who, the tool says, have just left.

        They are decided about as if the tool had been read: with the status that it
        told and the values that are remembered. What it says when it is read back
        comes later and by the same rules.

        :param members: {member: (naive UTC time of leaving, reason)}
        """
        run = self._hint_run()
        run = self.env["newsletter.runner"]._browse_run(run.id)
        rows = run.env["newsletter.fetched"].create(
            [
                {
                    "run_id": run.id,
                    "remote_id": member.remote_id,
                    "email": member.remote_email or member.email,
                    "status": "unsubscribed",
                    "status_at": at,
                    "opt_in_at": member.opt_in_at,
                    # sudo: the engine carries on what it has stored
                    "opt_in_ip": member.sudo().opt_in_ip,
                    "reason": reason or member.reason,
                    "values": member.remote_values or member.base_values,
                    "digest": member.remote_digest,
                }
                for member, (at, reason) in members.items()
            ]
        )
        candidates = run.env["newsletter.candidate"].create(
            [
                {"run_id": run.id, "fetched_id": row.id, "member_id": member.id}
                for row, member in zip(rows, members, strict=True)
            ]
        )
        run.env["newsletter.reconcile"]._settle(run, candidates)
        candidates.unlink()
        rows.unlink()

    def _hint_run(self):
        """The run of today for what is told, taken up again if it had ended."""
        self.ensure_one()
        # sudo: runs are started by the engine only
        runs = self.env["newsletter.run"].sudo()
        today = fields.Date.context_today(runs)
        run = runs.search(
            [
                ("coupling_id", "=", self.id),
                ("kind", "=", "webhook"),
                "|",
                ("state", "in", OPEN_STATES),
                "&",
                ("state", "=", "done"),
                ("create_date", ">=", today),
            ],
            limit=1,
        )
        return run or runs.create(
            {
                "kind": "webhook",
                "phase": "read",
                "state": "done",
                "by_itself": True,
                "coupling_id": self.id,
                "connection_id": self.connection_id.id,
                "remote_list_id": self.remote_list_id.id,
                "user_id": SUPERUSER_ID,
            }
        )

    def _read_hints(self):
        """Let the runner read back what has been heard."""
        for coupling in self:
            run = coupling._hint_run()
            if run.state == "done":
                run._read_on()
        if self:
            self.env["newsletter.runner"]._wake()


class NewsletterRun(models.Model):
    _inherit = "newsletter.run"

    kind = fields.Selection(
        selection_add=[("webhook", "Told by the tool")],
        ondelete={"webhook": "cascade"},
    )

    def _read_on(self):
        """Take up what has been heard since."""
        heard = (self.cursor or {}).get("heard", 0)
        self.write(
            {
                "state": "queued",
                "phase": "read",
                "cursor": {"heard": heard},
                "finished_at": False,
            }
        )

    def _hints_read(self):
        """Nothing is left to be read; what may be done by itself is begun."""
        self.write(
            {
                "state": "done",
                "done": self.total,
                "finished_at": fields.Datetime.now(),
                "message": self.env._(
                    "%s people read back whom the tool has named.",
                    (self.cursor or {}).get("heard", 0),
                ),
            }
        )
        self.coupling_id._transmit_by_itself(self.user_id)
