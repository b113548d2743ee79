"""What a member shows to the person who decides about it (step 2)."""

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, format_date, format_datetime

from .newsletter_reconcile_texts import TEXTS

RETURNED = ("hard_bounce", "soft_bounce", "general_bounce")
#: results that ask for a decision; the others are for information
ASKING = ("conflict", "not_in_tool")
#: explanations of people who are new and about whom somebody is asked all the same
ASKS = "asks_for_contact"


class NewsletterMember(models.Model):
    _inherit = "newsletter.member"

    result_code = fields.Char(
        string="Found", help="Code of what the last comparison found."
    )
    # [{"field": mapping id, "status" or "email", "odoo": value, "tool": value}]
    questions = fields.Json()
    explanation = fields.Text(
        string="What Was Found",
        compute="_compute_explanation",
        help="What the last comparison found, with both values of what differs.",
    )
    to_decide = fields.Boolean(
        string="Decision Open",
        compute="_compute_to_decide",
        search="_search_to_decide",
        help="Somebody has to decide: a conflict, somebody who is not in the tool, or "
        "a decision that no longer fits; not while it is snoozed.",
    )
    snoozed_until = fields.Date(
        string="Snoozed until", help="The question comes again on this day."
    )
    snoozed = fields.Boolean(compute="_compute_snoozed", search="_search_snoozed")
    on_blocklist = fields.Boolean(
        compute="_compute_on_blocklist", search="_search_on_blocklist"
    )
    task_text = fields.Text(compute="_compute_task_text")
    task_mood = fields.Char(compute="_compute_task_text")
    offers = fields.Json(compute="_compute_offers")
    offered_tasks = fields.Json(compute="_compute_offered_tasks")
    event_ids = fields.One2many("newsletter.event", "member_id")
    compared_at = fields.Datetime(compute="_compute_compared", string="Compared at")
    compared_by = fields.Many2one(
        "res.users", compute="_compute_compared", string="Comparison Started by"
    )

    _to_review = models.Index("(coupling_id, result) WHERE result <> 'success'")
    _returned = models.Index(
        "(coupling_id) WHERE remote_status IN "
        "('hard_bounce', 'soft_bounce', 'general_bounce')"
    )
    _snoozed = models.Index("(snoozed_until) WHERE snoozed_until IS NOT NULL")

    # --- what was found --------------------------------------------------------------
    @api.depends("result_code", "result_text", "questions")
    @api.depends_context("lang")
    def _compute_explanation(self):
        for member in self:
            lines = [member._found_text()]
            lines += [
                self.env._(
                    "%(field)s in Odoo: %(odoo)s / in %(tool)s: %(value)s",
                    field=row["label"],
                    odoo=row["odoo"],
                    tool=member._tool_name(),
                    value=row["tool"],
                )
                for row in member._differences()
            ]
            member.explanation = "\n".join(line for line in lines if line)

    def _found_text(self):
        """The finding in the language of whoever looks, not of whoever compared."""
        if self.tries and self.result_text:
            return self.result_text  # what the tool said against the task
        code = self.result_code
        return self.env._(TEXTS[code]) if code in TEXTS else self.result_text or ""

    def _tool_name(self):
        return self.connection_id._connector_class().label

    def _differences(self):
        """Rows with field, label and both values as a clerk reads them."""
        self.ensure_one()
        rows = self.questions or []
        labels = self._question_labels({row["field"] for row in rows})
        return [
            {
                "field": row["field"],
                "label": labels[row["field"]],
                "odoo": self._shown(row["field"], row["odoo"]),
                "tool": self._shown(row["field"], row["tool"]),
            }
            for row in rows
        ]

    @api.model
    def _question_labels(self, names):
        """{field: its label}"""
        labels = {"status": self.env._("Status"), "email": self.env._("Address")}
        ids = [int(name) for name in names if name.isdigit()]
        # sudo: the mapping is an administrator's, its labels are everybody's
        mappings = self.env["newsletter.field.mapping"].sudo().browse(ids).exists()
        labels.update({str(mapping.id): mapping.label for mapping in mappings})
        return {name: labels.get(name, name) for name in names}

    @api.model
    def _sql_questions(self, query):
        """What the members of a query are asked about: for each field how many people,
        and up to three of the values of each side.

        Whom no comparison has met yet is asked about as the next one would ask.
        """
        missing = SQL(
            """
            CASE WHEN member.result = 'not_in_tool' THEN jsonb_build_array(
                jsonb_build_object(
                    'field', 'status', 'odoo', member.local_status,
                    'tool', COALESCE(member.remote_status, ''))) END
            """
        )
        return SQL(
            """
            SELECT question ->> 'field' AS field, COUNT(*) AS people,
                   (ARRAY_AGG(question -> 'odoo' ORDER BY member.id))[1:3] AS odoo,
                   (ARRAY_AGG(question -> 'tool' ORDER BY member.id))[1:3] AS tool
              FROM newsletter_member member,
                   jsonb_array_elements(COALESCE(member.questions, %s)) question
             WHERE member.id IN %s
             GROUP BY 1
            """,
            missing,
            query.subselect(),
        )

    @api.model
    def _shown(self, name, value):
        """A value in words; nothing is said to be nothing."""
        if name == "status":
            if not value:
                return self.env._("(not on the list)")
            field = self._fields["local_status"]
            return dict(field._description_selection(self.env)).get(value, value)
        return self.env._("(empty)") if value in (None, False, "") else str(value)

    # --- what is open ----------------------------------------------------------------
    @api.model
    def _domain_to_decide(self):
        """Questions that nobody has answered, and answers that no longer fit."""
        asked = Domain("result", "in", ASKING) | (
            Domain("result", "=", "new_contact") & Domain("result_code", "=", ASKS)
        )
        # a task that a rule has set is an answer, too, but not to a conflict
        by_rule = Domain("result", "=", "not_in_tool") & Domain("task", "!=", False)
        unanswered = asked & Domain("task_by", "=", False) & ~by_rule
        outdated = Domain("task", "!=", False) & Domain("outdated", "=", True)
        return self._domain_awake() & (unanswered | outdated)

    @api.model
    def _domain_awake(self):
        return Domain("snoozed_until", "=", False) | Domain(
            "snoozed_until", "<=", fields.Date.today()
        )

    @api.depends(
        *("result", "result_code", "task", "task_by", "outdated", "snoozed_until")
    )
    def _compute_to_decide(self):
        for member in self:
            asked = member.result in ASKING or member.result_code == ASKS
            by_rule = member.result == "not_in_tool" and member.task
            open_question = asked and not member.task_by and not by_rule
            member.to_decide = not member.snoozed and (member.outdated or open_question)

    @api.model
    def _search_to_decide(self, operator, value):
        return self._boolean_domain(operator, value, self._domain_to_decide())

    @api.depends("snoozed_until")
    def _compute_snoozed(self):
        today = fields.Date.today()
        for member in self:
            until = member.snoozed_until
            member.snoozed = bool(until and until > today)

    @api.model
    def _search_snoozed(self, operator, value):
        snoozed = Domain("snoozed_until", ">", fields.Date.today())
        return self._boolean_domain(operator, value, snoozed)

    @api.model
    def _boolean_domain(self, operator, value, domain):
        """``domain`` or what it leaves out, as the search for a truth asks."""
        if operator != "in":
            return NotImplemented
        return domain if True in value else ~domain

    @api.depends("email")
    def _compute_on_blocklist(self):
        # sudo: what keeps somebody from being mailed may be seen with the member
        blocked = (
            self.env["mail.blacklist"]
            .sudo()
            .search([("email", "in", self.mapped("email"))])
        )
        emails = set(blocked.mapped("email"))
        for member in self:
            member.on_blocklist = member.email in emails

    @api.model
    def _search_on_blocklist(self, operator, value):
        # sudo: see _compute_on_blocklist
        blocked = self.env["mail.blacklist"].sudo()._search([("active", "=", True)])
        domain = Domain("email", "in", blocked.subselect("email"))
        return self._boolean_domain(operator, value, domain)

    # --- praise and request (G11) ----------------------------------------------------
    @api.depends(
        *("task", "task_by", "task_at", "outdated", "snoozed_until", "parked"),
        *("result", "result_code", "coupling_id.fetched_at"),
    )
    @api.depends_context("lang", "tz")
    def _compute_task_text(self):
        tasks = dict(self._fields["task"]._description_selection(self.env))
        for member in self:
            mood, text = member._task_message(tasks)
            member.task_mood, member.task_text = mood, text

    def _task_message(self, tasks):
        """(mood, text): praise for a decision, a request where one is missing."""
        self.ensure_one()
        task = tasks.get(self.task, "")
        if self.parked:
            return "danger", self.env._(
                "“%s” was tried several times and is parked. Please look at the reason "
                "and decide again.",
                task,
            )
        if self.outdated:
            return "warning", self.env._(
                "The facts have changed since the decision “%s”. It is not carried "
                "out. Please decide again.",
                task,
            )
        if self.task and self.task_by:
            return "success", self.env._(
                "Well done! %(user)s decided on %(date)s: %(task)s. The next "
                "transmission carries it out.",
                user=self.task_by.name,
                date=format_datetime(self.env, self.task_at),
                task=task,
            )
        if self.snoozed:
            return "info", self.env._(
                "Snoozed: the question comes again on %s.",
                format_date(self.env, self.snoozed_until),
            )
        if self.to_decide:
            return "warning", self.env._("Please make a decision.")
        if self.task:
            return "info", self.env._(
                "Set by rule: %s. The next transmission carries it out.", task
            )
        if not self.result and not self.coupling_id.fetched_at:
            return "warning", self.env._("Please fetch the present state first.")
        return "", ""

    def _compute_compared(self):
        """A comparison looks at everybody, also at those whom it leaves as they are."""
        runs = {}
        for coupling in self.coupling_id:
            # sudo: when and by whom, for whoever sees the member
            runs[coupling] = (
                self.env["newsletter.run"]
                .sudo()
                .search(
                    [
                        ("coupling_id", "=", coupling.id),
                        ("kind", "in", ("fetch", "reconcile")),
                        ("state", "=", "done"),
                    ],
                    limit=1,
                )
            )
        for member in self:
            run = runs.get(member.coupling_id)
            member.compared_at = (run and run.finished_at) or member.synced_at
            member.compared_by = run.user_id if run else False

    # --- what can be done ------------------------------------------------------------
    def _compute_offered_tasks(self):
        for member in self:
            member.offered_tasks = [offer["task"] for offer in member.offers or ()]

    def _compute_offers(self):
        """Only what makes sense, each with what a clerk must know before (G05)."""
        review = self.env["newsletter.review"].sudo()
        for coupling in self.coupling_id:
            members = self.filtered(
                lambda member, coupling=coupling: member.coupling_id == coupling
            )
            # sudo: both sides are looked at as a comparison does, nothing is written
            for case in review._open_cases(coupling.sudo(), members.sudo()):
                self.browse(case.member.id).offers = [
                    {
                        "task": offer.task.value,
                        "joining": offer.joining and offer.joining.value,
                        "every_list": offer.every_list,
                        "final": offer.final,
                        "needs_reason": offer.needs_reason,
                    }
                    for offer in review._offers(case)
                ]

    def action_decide(self):
        """Open the dialog that settles everything about these people."""
        context = self.env.context
        return self.env["newsletter.conflict"]._open(
            [["id", "in", self.ids]],
            kind=context.get("newsletter_kind"),
            task=context.get("newsletter_task"),
            choice=context.get("newsletter_choice"),
        )

    def action_open_coupling(self):
        self.ensure_one()
        return self.coupling_id.action_open()
