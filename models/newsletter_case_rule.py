"""The rules by which incoming mails are read: data, for administrators to extend."""

from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError

from ..inbox.classify import classify
from ..inbox.rules import Rule, RuleBook, RuleError, compile_pattern
from ..inbox.vocabulary import MailClass

MAIL_CLASSES = [
    ("wants_out", "Wants no more mails"),
    ("left_company", "No longer with the company"),
    ("out_of_office", "Out of office, automatic answer"),
    ("address_change", "Change of address"),
    ("bounce", "Undeliverable"),
    ("complaint", "Complaint (spam report)"),
    ("shop_signup", "Sign-up from the shop"),
    ("other", "Something else"),
]
#: reports of machines are recognised by their structure, not by words
_BY_RULES = [
    pair for pair in MAIL_CLASSES if pair[0] not in ("bounce", "complaint", "other")
]


class NewsletterCaseRule(models.Model):
    """One rule. What it may say stands in :mod:`..inbox.rules`.

    Rules that are shipped can be changed and switched off; an update of the addon
    leaves them as they are.
    """

    _name = "newsletter.case.rule"
    _description = "Rule for Incoming Mails"
    _order = "mail_class, against, weight desc, id"

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    language = fields.Selection(
        [("any", "Any language"), ("de", "German"), ("en", "English")],
        required=True,
        default="any",
        help="For finding the rule again. Every rule looks at every mail.",
    )
    mail_class = fields.Selection(
        _BY_RULES, string="Kind of Mail", required=True, index=True
    )
    against = fields.Boolean(
        string="Speaks Against",
        help="If it fits, the mail is less likely of this kind.",
    )
    weight = fields.Integer(
        string="Weight (%)",
        required=True,
        default=70,
        aggregator=None,
        help="How sure the rule makes. Several rules that fit add up: 70 % and 70 % "
        "give 91 %.",
    )
    where = fields.Selection(
        [
            ("subject_or_text", "Subject or text"),
            ("subject", "Subject"),
            ("text", "Text"),
            ("sender", "Sender"),
            ("headers", "Headers"),
        ],
        string="Looks at",
        required=True,
        default="subject_or_text",
    )
    only = fields.Selection(
        [("automatic", "Automatic mails only"), ("personal", "Personal mails only")],
        string="Limited to",
        help="Automatic mails are those that say so in their headers.",
    )
    kind = fields.Selection(
        [("phrases", "Phrases, one a line"), ("regex", "Regular expression")],
        string="Written as",
        required=True,
        default="phrases",
    )
    pattern = fields.Text(required=True)
    trial_text = fields.Text(
        string="Try It",
        store=False,
        help="Paste a sentence or a mail: below you see what the rules make of it.",
    )
    trial_result = fields.Text(compute="_compute_trial_result", string="Result")

    _weight_range = models.Constraint(
        "CHECK(weight BETWEEN 1 AND 99)", "The weight lies between 1 and 99 percent."
    )

    @api.constrains("pattern", "kind")
    def _check_pattern(self):
        for rule in self:
            problem = rule._pattern_problem()
            if problem:
                raise ValidationError(problem)

    def _pattern_problem(self):
        """Why the pattern cannot be used, in words for a person; "" if it can."""
        try:
            compile_pattern(self.pattern or "", self.kind == "regex")
        except RuleError as error:
            return self._explain(error)
        return ""

    def _explain(self, error):
        meaning = {
            "empty": self.env._("The pattern is empty."),
            "too long": self.env._(
                "The pattern is too long. Divide it into several rules."
            ),
            "too short, it would fit nearly every mail": self.env._(
                "This is too short, it would fit nearly every mail: write at least "
                "three letters."
            ),
            "a bracket is not closed": self.env._(
                "A bracket is not closed, or closed without being opened."
            ),
            "nothing to choose from": self.env._(
                "There is nothing to choose from in the brackets. Write (one|other)."
            ),
        }.get(error.problem)
        if not meaning:
            meaning = self.env._(
                "This is no valid regular expression: %s. Look-around and references "
                "back are not available, so that no rule can keep the server busy.",
                error.problem,
            )
        return f"{meaning}\n{error.line}" if error.line else meaning

    @api.depends("trial_text", "pattern", "kind", "where", "only", "mail_class")
    def _compute_trial_result(self):
        for rule in self:
            problem = rule._pattern_problem() if rule.pattern else ""
            if problem:
                rule.trial_result = problem
            elif rule.trial_text and rule.pattern:
                rule.trial_result = rule._try(rule.trial_text)
            else:
                rule.trial_result = False

    def _try(self, text):
        """What this rule and all together make of a text, as of a personal mail."""
        body = f"From: a@example.org\nSubject: \n\n{text}".encode()
        alone = classify(body, RuleBook([self._as_rule("this")]))
        found = [reason.found for reason in alone.reasons]
        verdict = classify(body, self._rule_book())
        labels = dict(self._fields["mail_class"]._description_selection(self.env))
        lines = [
            self.env._("This rule fits: “%s”", found[0])
            if found
            else self.env._("This rule does not fit.")
        ]
        lines.append(
            self.env._(
                "All rules as they are saved: %(kind)s, %(percent)s %%",
                kind=labels.get(verdict.mail_class.value)
                or self.env._("Something else"),
                percent=verdict.certainty,
            )
        )
        return "\n".join(lines)

    def _as_rule(self, code):
        self.ensure_one()
        return Rule(
            code=code,
            mail_class=MailClass(self.mail_class or "wants_out"),
            pattern=self.pattern or "",
            weight=self.weight,
            where=self.where or "subject_or_text",
            regex=self.kind == "regex",
            against=self.against,
            only=self.only or "",
        )

    # --- the compiled book ------------------------------------------------------------
    @api.model
    @tools.ormcache()
    def _rule_book(self):
        """All active rules, compiled once; the code of each is its id."""
        # sudo: mails are read by whoever fetches them
        rules = self.sudo().search([("active", "=", True)])
        return RuleBook(rule._as_rule(str(rule.id)) for rule in rules)

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        self.env.registry.clear_cache()
        return rules

    def write(self, vals):
        result = super().write(vals)
        self.env.registry.clear_cache()
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result
