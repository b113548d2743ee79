"""What shall be done about a member: decisions of people, and what came of them."""

from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError

from ..sync.values import digest

#: failed tries after which a task is parked for a person
MAX_TASK_TRIES = 5


class NewsletterMember(models.Model):
    _inherit = "newsletter.member"

    # --- step 2: decisions ---
    def action_take_odoo(self):
        """Odoo is right: the tool is told with the next transmission."""
        return self._decide({"kind": "answer", "choices": {"*": "odoo"}})

    def action_take_tool(self):
        """The tool is right: Odoo takes its values over at once (F25)."""
        return self._decide({"kind": "answer", "choices": {"*": "tool"}})

    def action_accept(self):
        """The difference is all right; it is no conflict again until it changes."""
        return self._decide({"kind": "answer", "choices": {"*": "accept"}})

    def action_mark_transmit(self):
        """Put people who are missing in the tool on the next transmission (G03)."""
        missing = self.filtered(lambda member: member.result == "not_in_tool")
        return missing._decide({"kind": "answer", "choices": {"status": "odoo"}})

    def action_undo_decision(self):
        """Take a decision back that was not transmitted yet."""
        return self._decide({"kind": "undo"})

    def action_end_snoozing(self):
        return self._decide({"kind": "snooze", "until": False})

    def _decide(self, answer):
        """Carry out one answer and tell how many, and for whom it was not possible."""
        if not self:
            raise UserError(self.env._("There is nobody to decide about."))
        results = self.env["newsletter.review"]._apply(self, answer)
        rows = self.env["newsletter.review"]._counted(results)
        if all(results.values()):
            raise UserError("\n".join(row["label"] for row in rows))
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if any(results.values()) else "success",
                "sticky": any(results.values()),
                "message": "\n".join(f"{row['count']}: {row['label']}" for row in rows),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    # --- step 3 ---
    def _values_to_send(self):
        """{mapping id: value}: what the tool shall hold after the task."""
        self.ensure_one()
        values = self.task_sends
        if values is False or values is None:
            values = self.local_values or self.base_values or {}
        return {**values, **(self.task_values or {})}

    def _address_wanted(self):
        """The address that the tool shall get, from the record of the member."""
        self.ensure_one()
        record = self.partner_id or self.lead_id or self.contact_id
        return record.email_normalized if record else ""

    def _transmitted(self, task, status, values, more):
        """Both sides agree now; the tool did what the task asked for."""
        self.ensure_one()
        if task == "delete":
            self.env["newsletter.tombstone"]._remember(
                [self.email], self.company_id, "removed", self.coupling_id
            )
        vals = {
            "task": False,
            "task_difference": False,
            "task_values": False,
            "task_sends": False,
            "task_by": False,
            "task_rule": False,
            "in_flight_run_id": False,
            "tries": 0,
            "result": "success",
            "result_text": False,
            "result_code": False,
            "questions": False,
            "local_values": False,
            "remote_values": False,
            "difference_digest": False,
            "remote_status": status,
            "base_status": status,
            "synced_at": fields.Datetime.now() + timedelta(seconds=1),
            **more,
        }
        if task in ("transmit", "update", "signup"):
            agreed = {**(self.base_values or {}), **values}
            vals.update(
                base_values=agreed, base_digest=digest(agreed), remote_digest=False
            )
        if task == "change_address":
            vals.update(email=self._address_wanted(), remote_email=False)
        if task == "delete":
            vals.update(active=False, remote_id=False)
        self.write(vals)

    def _failed(self, message):
        """Later again, and after several tries not without a person."""
        for member in self:
            tries = member.tries + 1
            wait = timedelta(minutes=5 * 2**tries)
            member.write(
                {
                    "in_flight_run_id": False,
                    "tries": tries,
                    "next_try_at": fields.Datetime.now() + wait,
                    "parked": tries >= MAX_TASK_TRIES,
                    "result_text": message,
                }
            )
