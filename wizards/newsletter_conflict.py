"""Decide about members: their differences, a task, or later. For one or for many."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import formatLang

from ..models.newsletter_review_texts import REFUSALS
from ..sync.opt_in import Joining

#: up to so many members it is told exactly what will happen, and done at once
AT_ONCE = 200


class NewsletterConflict(models.TransientModel):
    """One dialog for one member, a selection, or all of a kind.

    Nothing happens before its button is pressed; what will happen stands in it.
    """

    _name = "newsletter.conflict"
    _description = "Decide about Newsletter Members"

    count = fields.Integer(readonly=True)
    member_id = fields.Many2one("newsletter.member", readonly=True)
    explanation = fields.Text(related="member_id.explanation")
    coupling_ids = fields.Many2many(
        "newsletter.coupling", string="Lists", readonly=True
    )
    kind = fields.Selection(
        [
            ("answer", "Answer the differences"),
            ("task", "Choose a task"),
            ("snooze", "Decide later"),
            ("undo", "Take back what was decided"),
        ],
        string="What to Do",
        required=True,
        default="answer",
    )
    line_ids = fields.One2many("newsletter.conflict.line", "wizard_id")
    offer_ids = fields.One2many("newsletter.conflict.offer", "wizard_id")
    offer_id = fields.Many2one(
        "newsletter.conflict.offer",
        string="Task",
        domain="[('wizard_id', '=', id)]",
        ondelete="set null",
    )
    not_asked = fields.Text(
        readonly=True, help="Why nobody can be asked by the tool, where that is so."
    )
    stranger_count = fields.Integer(readonly=True)
    create_kind = fields.Selection(
        [
            ("mailing_contact", "A mailing contact"),
            ("contact", "A contact"),
        ],
        string="Unknown People Become",
        default="mailing_contact",
    )
    until = fields.Date(string="Ask Again on")
    remind = fields.Boolean(string="Remind Me by an Activity")
    reason = fields.Char(help="Logged with your name.")
    effect = fields.Text(compute="_compute_effect")
    refusals = fields.Text(compute="_compute_effect")
    reason_needed = fields.Boolean(compute="_compute_effect")
    exact = fields.Boolean(compute="_compute_exact")
    state = fields.Selection(
        [("ask", "Decide"), ("done", "Done")], default="ask", readonly=True
    )
    done_text = fields.Text(readonly=True)
    not_done = fields.Json(readonly=True)

    # --- opening ---------------------------------------------------------------------
    @api.model
    def _open(self, domain, kind=None, task=None, choice=None):
        """The dialog for the members of a domain.

        :param kind: what is chosen at the beginning, and with it ``task`` or, for all
            differences, ``choice``
        """
        members = self.env["newsletter.member"]
        members.check_access("write")
        count = members.search_count(domain)
        if not count:
            raise UserError(self.env._("There is nobody to decide about."))
        groups = members._read_group(domain, ["coupling_id"])
        couplings = members.coupling_id.union(*(coupling for (coupling,) in groups))
        lines = [
            {**line, "choice": choice}
            for line in self.line_ids._made_for(domain, count)
        ]
        wizard = self.create(
            {
                "count": count,
                "member_id": members.search(domain).id if count == 1 else False,
                "coupling_ids": couplings.ids,
                "kind": kind or ("answer" if lines else "task"),
                "line_ids": [fields.Command.create(line) for line in lines],
                "stranger_count": members.search_count(
                    [*domain, ("result_code", "=", "asks_for_contact")]
                ),
                "not_asked": self._why_not_asked(domain),
            }
        )
        wizard._keep_people(domain)
        wizard._add_offers(task)
        return wizard._show()

    def _show(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Decide"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }

    # --- the tasks -------------------------------------------------------------------
    def _add_offers(self, task):
        """The tasks that make sense, each with what it would do."""
        self.ensure_one()
        review = self.env["newsletter.review"]
        rows = review._offered(self._members(AT_ONCE))
        self.offer_ids = [
            fields.Command.create({"sequence": number, **row})
            for number, row in enumerate(rows)
        ]
        self.offer_id = self.offer_ids.filtered(lambda offer: offer.task == task)[:1]

    @api.model
    def _why_not_asked(self, domain):
        """Lists that ask nobody offer no sign-up; said where somebody could join."""
        away = ("remote_status", "in", (False, "unsubscribed", "blocked"))
        groups = self.env["newsletter.member"]._read_group(
            [*domain, away], ["coupling_id"]
        )
        sentences = {
            coupling._explain_opt_in("signup"): True
            for (coupling,) in groups
            if coupling._joining("signup") is Joining.NOBODY_ASKED
        }
        return "\n".join(sentences)

    # --- what will happen ------------------------------------------------------------
    @api.depends("count")
    def _compute_exact(self):
        for wizard in self:
            wizard.exact = wizard.count <= AT_ONCE

    @api.depends(
        *("kind", "offer_id", "until", "create_kind", "line_ids.choice"),
        *("line_ids.own", "line_ids.always"),
    )
    def _compute_effect(self):
        review = self.env["newsletter.review"]
        for wizard in self:
            wizard.effect = wizard.refusals = False
            wizard.reason_needed = False
            if wizard.kind in ("snooze", "undo"):
                wizard.effect = wizard._mild_effect()
                continue
            answer = wizard._answer()
            if not answer:
                continue
            found = review._foresee(
                wizard._members(AT_ONCE), answer, wizard._shown(AT_ONCE)
            )
            if not wizard.exact:
                found["every_list"] |= wizard._reaching(answer)
            lines = review._effect_lines(
                found, wizard._tools(), None if wizard.exact else wizard._sql_ids()
            )
            lines += wizard._rule_lines()
            if not wizard.exact:
                lines.insert(
                    0,
                    self.env._(
                        "Among the first %s people:",
                        formatLang(self.env, AT_ONCE, digits=0),
                    ),
                )
            wizard.effect = "\n".join(lines)
            wizard.reason_needed = bool(found["needs_reason"])
            wizard.refusals = "\n".join(
                f"{number}: {self.env._(REFUSALS[code])}"
                for code, number in found["refused"].items()
            )

    def _mild_effect(self):
        if self.kind == "undo":
            return self.env._(
                "Decisions that were not transmitted yet, accepted differences and "
                "snoozing are taken back; the questions are open again. Nothing is "
                "sent."
            )
        return self.env._(
            "Nothing is changed and nothing is sent. The question comes again on that "
            "day; until then it is not counted and not told again."
        )

    def _rule_lines(self):
        return [
            self.env._(
                "From now on “%s” is decided so without asking; you can take that back "
                "on the coupling.",
                line.label,
            )
            for line in self.line_ids
            if line._rule()
        ]

    def _reaching(self, answer):
        """The task that was chosen, if it reaches every list of one of the accounts."""
        review, task = self.env["newsletter.review"], answer.get("task")
        return {
            task
            for connection in self.coupling_ids.connection_id
            if review._reaches_every_list(
                task, connection._connector_class().capabilities
            )
        }

    def _tools(self):
        labels = {
            coupling.connection_id._connector_class().label
            for coupling in self.coupling_ids
        }
        return ", ".join(sorted(labels))

    def _answer(self):
        """The answer as ``newsletter.review`` takes it, None if nothing is chosen."""
        self.ensure_one()
        common = {"kind": self.kind, "reason": (self.reason or "").strip()}
        if self.kind == "task":
            return {**common, "task": self.offer_id.task} if self.offer_id else None
        if self.kind == "snooze":
            return {**common, "until": str(self.until)} if self.until else None
        if self.kind == "undo":
            return common
        lines = self.line_ids.filtered("choice")
        if not lines:
            return None
        return {
            **common,
            "choices": {line.field: line.choice for line in lines},
            "own": {line.field: line.own for line in lines if line.choice == "own"},
            "create": self.create_kind,
            "always": {line.field: line._rule() for line in lines if line._rule()},
        }

    # --- doing it --------------------------------------------------------------------
    def action_apply(self):
        """Carry it out: at once for a few, as a run with a report for many."""
        self.ensure_one()
        answer = self._checked_answer()
        if self.kind == "snooze" and self.remind:
            self._remind()
        if not self.exact:
            return self._apply_by_runs(answer)
        members = self._members(AT_ONCE)
        results = self.env["newsletter.review"]._apply(
            members, answer, shown=self._shown(AT_ONCE)
        )
        self._say_rules(answer)
        for coupling in members.coupling_id:
            # what needs no approval is sent in the background
            coupling._transmit_by_itself(self.env.user)
        rows = self.env["newsletter.review"]._counted(results)
        self.write(
            {
                "state": "done",
                "done_text": "\n".join(
                    f"{row['count']}: {row['label']}" for row in rows
                ),
                "not_done": [
                    key
                    for row in rows
                    if row["level"] != "success"
                    for key in row["members"]
                ],
            }
        )
        if not self.not_done:
            return {"type": "ir.actions.act_window_close"}
        return self._show()

    def _checked_answer(self):
        answer = self._answer()
        if not answer:
            raise UserError(
                {
                    "answer": self.env._("Please choose an answer first."),
                    "task": self.env._("Please choose a task first."),
                    "snooze": self.env._("Please choose a day first."),
                }[self.kind]
            )
        if any(line.choice == "own" and not line.own for line in self.line_ids):
            raise UserError(self.env._("Please type the value of your own."))
        if self.kind == "snooze" and self.until <= fields.Date.today():
            raise UserError(self.env._("Please choose a day in the future."))
        if self.reason_needed and self.count == 1 and not answer["reason"]:
            text = REFUSALS["needs_reason"]
            raise UserError(self.env._(text))
        return answer

    def _say_rules(self, answer):
        rules = {int(key): rule for key, rule in (answer.get("always") or {}).items()}
        for coupling in self.coupling_ids:
            mine = self.env["newsletter.field.mapping"]._of_connection(
                coupling.connection_id, coupling
            )
            said = {key: rules[key] for key in rules if key in mine.ids}
            if said:
                self.env["newsletter.field.rule"]._say(coupling, said)

    def _apply_by_runs(self, answer):
        self._shown(1)
        runs = self.env["newsletter.run"]
        for coupling in self.coupling_ids:
            mine = self.env["newsletter.field.mapping"]._of_connection(
                coupling.connection_id, coupling
            )
            always = {
                key: rule
                for key, rule in (answer.get("always") or {}).items()
                if int(key) in mine.ids
            }
            runs |= runs._queue_review(
                coupling, self._sql_people(), {**answer, "always": always}
            )
        if len(runs) == 1:
            return runs._open_report()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "newsletter_sync.action_newsletter_run"
        )
        return {**action, "domain": [("id", "in", runs.ids)], "context": {}}

    def _remind(self):
        """One activity for each list, on the day when the questions come again."""
        for coupling in self.coupling_ids:
            coupling.activity_schedule(
                "mail.mail_activity_data_todo",
                date_deadline=self.until,
                summary=self.env._("Snoozed decisions come again"),
                note=self.member_id.email or False,
                user_id=self.env.uid,
            )

    def action_open_not_done(self):
        """The people for whom it was not possible."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "newsletter_sync.action_newsletter_member"
        )
        return {**action, "domain": [("id", "in", self.not_done)], "context": {}}
