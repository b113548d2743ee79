"""What happens by itself: leavings always, the rest as the coupling says."""

from datetime import timedelta

from odoo import api, fields, models

#: tasks that are transmitted without an approval, by the coupling's automation
_TASKS = {
    "manual": ["unsubscribe"],
    "safe": ["unsubscribe", "update", "change_address"],
    "all": ["unsubscribe", "update", "change_address", "transmit", "signup", "delete"],
}
#: after a fetch that stopped, the next one by itself
REST = timedelta(hours=4)
WHOLE_EVERY = timedelta(hours=23)


class NewsletterCoupling(models.Model):
    _inherit = "newsletter.coupling"

    def _tasks_by_itself(self):
        """Tasks that need no approval here.

        On a list that people are pushed to by hand nothing but leaving is automatic.
        """
        self.ensure_one()
        if not self.mailing_list_id:
            return _TASKS["manual"]
        can = self.connection_id._connector_class().capabilities
        final = () if can.remove_from_list else ("delete",)
        # where removing means deleting for good, from all lists, a person approves it
        return [task for task in _TASKS[self.automation] if task not in final]

    def _transmit_by_itself(self, user):
        """Queue the transmission of what needs no approval, if there is something."""
        self.ensure_one()
        now = fields.Datetime.now()
        due = [
            ("task", "in", self._tasks_by_itself()),
            ("coupling_id", "=", self.id),
        ]
        ready = [
            *due,
            ("outdated", "=", False),
            ("parked", "=", False),
            "|",
            ("next_try_at", "=", False),
            ("next_try_at", "<=", now),
        ]
        # sudo: what the coupling allows is done, whoever fetched
        if self.state != "active" or not self.env[
            "newsletter.member"
        ].sudo().search_count(ready, limit=1):
            return
        self.env["newsletter.run"].sudo().create(
            {
                "kind": "transmit",
                "phase": "plan",
                "by_itself": True,
                "coupling_id": self.id,
                "connection_id": self.connection_id.id,
                "remote_list_id": self.remote_list_id.id,
                "selection_domain": [["task", "in", self._tasks_by_itself()]],
                "user_id": user.id,
            }
        )
        self.env["newsletter.runner"]._wake()

    @api.model
    def _cron_fetch(self):
        """Fetch each coupling that works by itself; once a day the whole list."""
        now = fields.Datetime.now()
        # sudo: the scheduler works for all users and companies
        couplings = self.sudo().search(
            [
                ("state", "=", "active"),
                ("automation", "!=", "manual"),
                ("mailing_list_id", "!=", False),
                ("connection_id.state", "=", "connected"),
            ]
        )
        for coupling in couplings:
            last = self.env["newsletter.run"].search(
                [("coupling_id", "=", coupling.id), ("kind", "=", "fetch")], limit=1
            )
            stopped = last.state == "stopped" and last.finished_at
            if stopped and last.finished_at > now - REST:
                continue
            full = coupling.full_fetched_at
            coupling._start_run("fetch", whole=not full or full < now - WHOLE_EVERY)
