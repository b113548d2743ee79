"""What shall be done about a member: decisions of people, and what came of them."""

from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError

from ..sync.reconcile import LEFT
from ..sync.values import digest

#: failed tries after which a task is parked for a person
MAX_TASK_TRIES = 5


class NewsletterMember(models.Model):
    _inherit = "newsletter.member"

    # --- step 2: decisions ---
    def _decide(self, **values):
        """Write a person's decision; the rights of a manager are asked for."""
        self.check_access("write")
        self.write(
            {
                "task_at": fields.Datetime.now(),
                "task_by": self.env.uid,
                "task_rule": False,
                "task_sends": False,
                "outdated": False,
                "tries": 0,
                "parked": False,
                **values,
            }
        )
        for member in self:
            member.task_difference = member.difference_digest or "-"
            self.env["newsletter.event"]._log(
                "decided",
                member=member,
                coupling=member.coupling_id,
                text=self.env._(
                    "%(user)s decided about %(email)s.",
                    user=self.env.user.name,
                    email=member.email,
                ),
                new_value=values.get("task") or "",
            )

    def action_take_odoo(self):
        """Odoo is right: the tool is told with the next transmission."""
        for member in self.filtered(lambda each: each.result == "conflict"):
            left = [status.value for status in LEFT]
            if member.local_status in left:
                task = "unsubscribe"
            elif member.remote_status in left:
                raise UserError(
                    self.env._(
                        "%s has left in the tool. Only a newer consent of the person "
                        "can undo that.",
                        member.email,
                    )
                )
            elif not member.local_status:
                task = "unsubscribe"
            else:
                task = "update"
            member._decide(task=task)

    def action_take_tool(self):
        """The tool's values are right: Odoo takes them over at once."""
        for member in self.filtered(lambda each: each.result == "conflict"):
            if member.local_status == "unsubscribed":
                raise UserError(
                    self.env._(
                        "%s has left in Odoo. Only a newer consent of the person can "
                        "undo that.",
                        member.email,
                    )
                )
            record = member.partner_id or member.lead_id or member.contact_id
            mappings = self.env["newsletter.field.mapping"]._of_connection(
                member.connection_id
            )
            values = member.remote_values or {}
            mappings._write_values(record, values)
            base = mappings._read_values(record)[record.id] if record else values
            member._decide(
                task=False,
                result="success",
                local_values=False,
                remote_values=False,
                base_values=base,
                base_digest=digest(base),
            )

    def action_accept(self):
        """The difference is all right; it is no conflict again until it changes."""
        for member in self.filtered(lambda each: each.result == "conflict"):
            member._decide(
                task=False, result="success", accepted_digest=member.difference_digest
            )

    def action_mark_transmit(self):
        """Put people who are missing in the tool on the next transmission."""
        self.filtered(lambda each: each.result == "not_in_tool")._decide(
            task="transmit"
        )

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
