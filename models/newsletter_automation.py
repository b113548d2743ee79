"""What happens by itself: leavings always, the rest as the coupling says."""

from datetime import timedelta, timezone
from zoneinfo import ZoneInfo, available_timezones

from odoo import api, fields, models

from ..sync.schedule import next_night
from .newsletter_push import aware, naive

#: tasks that are transmitted without an approval, by the coupling's automation
_TASKS = {
    "manual": ["unsubscribe"],
    "safe": ["unsubscribe", "update", "change_address"],
    "all": ["unsubscribe", "update", "change_address", "transmit", "signup", "delete"],
}
#: after a fetch that stopped, the next one by itself
REST = timedelta(hours=4)
#: minutes between two fetches: where only changes are read, and where all is read
FETCH_MINUTES, FETCH_ALL_MINUTES = 30, 360


class NewsletterCoupling(models.Model):
    _inherit = "newsletter.coupling"

    fetch_minutes = fields.Integer(
        string="Ask for Changes Every (Minutes)",
        compute="_compute_fetch_minutes",
        store=True,
        readonly=False,
        precompute=True,
        help="0: only by the button, by reports of the tool, and in the night.",
    )
    whole_days = fields.Integer(
        string="Read the Whole List Every (Days)",
        default=1,
        help="It finds what nothing else tells, such as people who were deleted in the "
        "tool. 0: only by the button.",
    )
    whole_hour = fields.Float(
        string="At",
        default=2.0,
        help="Hour of the day where the responsible person lives.",
    )
    next_fetch_at = fields.Datetime(
        string="Next Fetch of Changes", compute="_compute_next_fetches"
    )
    next_whole_at = fields.Datetime(
        string="Next Complete Fetch", compute="_compute_next_fetches"
    )
    automation_explained = fields.Char(compute="_compute_automation_explained")

    _fetch_minutes_positive = models.Constraint(
        "CHECK(fetch_minutes >= 0)", "The minutes cannot be negative."
    )
    _whole_days_positive = models.Constraint(
        "CHECK(whole_days >= 0)", "The days cannot be negative."
    )
    _whole_hour_of_day = models.Constraint(
        "CHECK(whole_hour >= 0 AND whole_hour < 24)", "The hour is one of the day."
    )

    @api.depends("remote_list_id")
    def _compute_fetch_minutes(self):
        for coupling in self:
            connection = coupling.remote_list_id.connection_id
            can = connection and connection._connector_class().capabilities
            tells = bool(can) and can.changes
            coupling.fetch_minutes = FETCH_MINUTES if tells else FETCH_ALL_MINUTES

    @api.depends(
        "automation",
        "state",
        "mailing_list_id",
        "fetch_minutes",
        "whole_days",
        "whole_hour",
        "fetched_at",
        "full_fetched_at",
    )
    def _compute_next_fetches(self):
        """When the scheduler fetches; in the past: with its next turn."""
        for coupling in self:
            by_itself = (
                coupling.mailing_list_id
                and coupling.automation != "manual"
                and coupling.state == "active"
            )
            coupling.next_fetch_at = by_itself and coupling._next_fetch()
            coupling.next_whole_at = by_itself and coupling._next_whole()

    def _next_fetch(self):
        if not self.fetch_minutes:
            return False
        last = self.fetched_at or fields.Datetime.to_datetime("2000-01-01")
        return last + timedelta(minutes=self.fetch_minutes)

    def _next_whole(self):
        if not self.whole_days:
            return False
        # sudo: the time zone of whoever is responsible, for every reader
        user = self.sudo().user_id
        name = user.tz or self.company_id.partner_id.tz
        last = self.full_fetched_at
        following = next_night(
            aware(last),
            self.whole_days,
            self.whole_hour,
            ZoneInfo(name) if name in available_timezones() else timezone.utc,
        )
        return naive(following)

    @api.depends("automation", "mailing_list_id")
    def _compute_automation_explained(self):
        texts = {
            "manual": self.env._(
                "Only leavings travel by themselves. All else waits until somebody "
                "fetches, reviews and transmits."
            ),
            "safe": self.env._(
                "Leavings, returns, changed values and new people of the tool come to "
                "Odoo; leavings, changed values and addresses go to the tool. Whoever "
                "shall join or be removed there waits for an approval in step 3."
            ),
            "all": self.env._(
                "All of that, and who shall join is transmitted if the consent allows "
                "it; who shall be removed, if somebody has decided so. Conflicts wait "
                "for a person in every case."
            ),
        }
        for coupling in self:
            by_hand = not coupling.mailing_list_id
            level = "manual" if by_hand else coupling.automation
            coupling.automation_explained = texts.get(level, False)

    def _tasks_by_itself(self):
        """Tasks that need no approval here.

        On a list that people are pushed to by hand nothing but leaving is automatic.
        """
        self.ensure_one()
        if not self.mailing_list_id:
            return _TASKS["manual"]
        return self._tasks_of_automation()

    def _tasks_of_automation(self):
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
        """Fetch each coupling that works by itself and is due; whole ones by night."""
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
            whole, changes = coupling.next_whole_at, coupling.next_fetch_at
            if whole and whole <= now:
                coupling._start_run("fetch", whole=True)
            elif changes and changes <= now:
                coupling._start_run("fetch")
