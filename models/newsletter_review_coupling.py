"""Step 2 on the coupling: how many of each kind, and the three steps with counts."""

from odoo import api, fields, models
from odoo.fields import Domain

from .newsletter_member_review import ASKS

_UNANSWERED = Domain("task_by", "=", False)


class NewsletterCoupling(models.Model):
    _name = "newsletter.coupling"
    _inherit = ["newsletter.coupling", "mail.thread", "mail.activity.mixin"]

    review = fields.Json(
        compute="_compute_review",
        help="The three steps and the checks of step 2, each with its number.",
    )
    to_decide_count = fields.Integer(
        compute="_compute_to_decide_count", string="Decisions Open"
    )

    @api.depends_context("uid")
    def _compute_to_decide_count(self):
        members = self.env["newsletter.member"]
        counts = dict(
            members._read_group(
                Domain("coupling_id", "in", self.ids) & members._domain_to_decide(),
                ["coupling_id"],
                ["__count"],
            )
        )
        for coupling in self:
            coupling.to_decide_count = counts.get(coupling, 0)

    # --- the checks of step 2 --------------------------------------------------------
    @api.model
    def _checks(self):
        """Rows (key, label, level, domain on members) in the order of their weight."""
        awake = self.env["newsletter.member"]._domain_awake()
        # an index knows the members with a task
        has_task = Domain("task", "!=", False)
        return [
            (
                "conflict",
                self.env._("Open conflicts"),
                "danger",
                Domain("result", "=", "conflict") & awake & _UNANSWERED,
            ),
            (
                "not_in_tool",
                self.env._("Not in the tool"),
                "warning",
                Domain("result", "=", "not_in_tool")
                & awake
                & Domain("task", "=", False),
            ),
            (
                "asks_for_contact",
                self.env._("Unknown people, please decide"),
                "warning",
                Domain("result", "=", "new_contact")
                & Domain("result_code", "=", ASKS)
                & awake
                & _UNANSWERED,
            ),
            (
                "outdated",
                self.env._("Outdated decisions"),
                "warning",
                has_task & Domain("outdated", "=", True),
            ),
            (
                "parked",
                self.env._("Parked after Several Tries"),
                "danger",
                has_task & Domain("parked", "=", True),
            ),
            (
                "new_contact",
                self.env._("New contacts"),
                "info",
                Domain("result", "=", "new_contact")
                & Domain("result_code", "!=", ASKS),
            ),
            (
                "new_in_list",
                self.env._("New subscriptions"),
                "info",
                Domain("result", "=", "new_in_list"),
            ),
            (
                "blocked",
                self.env._("Blocked"),
                "info",
                Domain("result", "=", "blocked"),
            ),
            (
                "returned",
                self.env._("Returns"),
                "info",
                Domain("returned", "=", True),
            ),
            (
                "snoozed",
                self.env._("Snoozed"),
                "muted",
                Domain("snoozed_until", ">", fields.Date.today()),
            ),
        ]

    @api.depends_context("lang", "uid")
    def _compute_review(self):
        for coupling in self:
            coupling.review = coupling._review()

    def _review(self):
        """The three steps, the checks with their numbers, and what to do next."""
        self.ensure_one()
        members = self.env["newsletter.member"]
        mine = Domain("coupling_id", "=", self.id)
        checks = [
            {
                "key": key,
                "label": label,
                "level": level,
                "count": members.search_count(mine & domain),
            }
            for key, label, level, domain in self._checks()
        ]
        open_count, tasks = self.to_decide_count, self.task_count
        following = self._recommended_step()
        return {
            "coupling": self.id,
            "may_decide": members.has_access("write"),
            "next": following,
            "hint": self.next_step,
            "steps": [
                {
                    "key": "fetch",
                    "label": self.env._("1. Fetch"),
                    "count": None,
                    "action": "action_fetch",
                },
                {
                    "key": "review",
                    "label": self.env._("2. Review"),
                    "count": open_count,
                    "action": "action_review",
                },
                {
                    "key": "transmit",
                    "label": self.env._("3. Transmit"),
                    "count": tasks,
                    "action": "action_transmit",
                },
            ],
            "checks": [check for check in checks if check["count"]],
        }

    def _next_step(self):
        """In words what ``_recommended_step`` marks."""
        step = self._recommended_step()
        if step == "review":
            return self._review_next(self.to_decide_count)
        if step == "transmit":
            return self._transmit_next()
        if self.fetched_at and self._is_working():
            return self.env._("There is nothing to do: both lists agree, or wait.")
        return super()._next_step()

    def _is_working(self):
        """Whether the three steps can be taken at all."""
        return bool(
            self.mailing_list_id
            and self.state == "active"
            and self.connection_id.state == "connected"
        )

    def _recommended_step(self):
        """fetch, review, transmit, or "" if nothing waits."""
        self.ensure_one()
        if not self._is_working():
            return ""
        if not self.fetched_at:
            return "fetch"
        if self.to_decide_count:
            return "review"
        return "transmit" if self.task_count else ""

    def action_open_check(self, key):
        """The members behind one number of step 2."""
        self.ensure_one()
        found = {row[0]: row for row in self._checks()}[key]
        action = self.action_open_members()
        return {
            **action,
            "name": found[1],
            "display_name": found[1],
            "domain": list(Domain("coupling_id", "=", self.id) & found[3]),
        }

    def action_decide_all(self, key):
        """One answer for all of a kind (G03, G14)."""
        self.ensure_one()
        found = {row[0]: row for row in self._checks()}[key]
        domain = list(Domain("coupling_id", "=", self.id) & found[3])
        return self.env["newsletter.conflict"]._open(_jsonable(domain))

    def action_review(self):
        """Step 2: the members about whom somebody has to decide."""
        self.ensure_one()
        action = self.action_open_members()
        name = self.env._("Review: %s", self.display_name)
        return {
            **action,
            "name": name,
            "display_name": name,
            "context": {**action["context"], "search_default_to_decide": 1},
        }

    def action_open_members(self):
        action = super().action_open_members()
        context = {**action.get("context", {}), "newsletter_coupling_id": self.id}
        return {**action, "context": context}


def _jsonable(domain):
    """A domain that can be kept as JSON: lists for tuples, text for dates."""

    def plain(value):
        if hasattr(value, "isoformat"):
            return value.isoformat()
        is_many = hasattr(value, "__iter__") and not isinstance(value, str)
        return list(value) if is_many else value

    return [
        item if isinstance(item, str) else [item[0], item[1], plain(item[2])]
        for item in domain
    ]
