"""How long each kind of data is kept, as data that an administrator can change."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools.translate import LazyTranslate

from ..sync.retention import RULES, cutoff

_lt = LazyTranslate(__name__)

SUBJECTS = [
    ("evidence", "Evidence after a withdrawal, receipts of leavings"),
    ("traces", "Computer address and browser in evidence"),
    ("requests", "Requests that nobody confirmed, after their end"),
    ("deliveries", "What newsletter tools called"),
    ("log_info", "Log and reports: information"),
    ("log_warning", "Log and reports: warnings, people left out"),
    ("log_error", "Log and reports: errors, failed people"),
    ("statistics", "Who opened and clicked, single returned mails"),
    ("mails", "Settled mails of the mailbox"),
]

#: why so long, for whoever thinks about changing it
REASONS = {
    "evidence": _lt(
        "Claims are barred at the end of the third calendar year (BGB §§195, 199). "
        "While somebody is mailed, the proof stays."
    ),
    "traces": _lt("GDPR Art. 5(1)(e). The chain of evidence stays valid."),
    "requests": _lt(
        "Nobody agreed, so there is no ground to keep it. 14 days at most."
    ),
    "deliveries": _lt("For finding faults."),
    "log_info": _lt("Accountability. Changed people go, the totals of runs stay."),
    "log_warning": _lt("Accountability."),
    "log_error": _lt("Accountability."),
    "statistics": _lt("Minimisation: afterwards totals only."),
    "mails": _lt("What came of them stands at the contact."),
}


class NewsletterRetention(models.Model):
    """One kind of data of one company. What is older is removed by the scheduler."""

    _name = "newsletter.retention"
    _description = "Time of Keeping"
    _inherit = ["newsletter.logged"]
    _order = "company_id, id"
    _rec_name = "subject"

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="cascade", index=True
    )
    subject = fields.Selection(SUBJECTS, string="Data", required=True, readonly=True)
    keep = fields.Integer(required=True)
    unit = fields.Selection(
        [
            ("days", "days"),
            ("months", "months"),
            ("years", "calendar years"),
        ],
        compute="_compute_rule",
    )
    usual = fields.Integer(compute="_compute_rule", help="What is usual.")
    reason = fields.Char(string="Why", compute="_compute_reason")
    due = fields.Integer(
        string="To Be Removed",
        compute="_compute_due",
        help="Records that the next turn of the scheduler removes.",
    )
    removed = fields.Integer(
        readonly=True, help="Records that were removed so far, or cut."
    )
    removed_at = fields.Datetime(string="Last Removed", readonly=True)

    _once = models.UniqueIndex(
        "(company_id, subject)", "Each kind of data has one time of keeping."
    )

    @api.depends("subject")
    @api.depends_context("lang")
    def _compute_display_name(self):
        """The log names the kind of data in words."""
        labels = dict(self._fields["subject"]._description_selection(self.env))
        for row in self:
            row.display_name = labels.get(row.subject, "")

    @api.constrains("keep")
    def _check_keep(self):
        labels = dict(self._fields["subject"]._description_selection(self.env))
        for row in self:
            most = RULES[row.subject].most
            if not 1 <= row.keep <= most:
                raise ValidationError(
                    self.env._(
                        "“%(subject)s”: choose between 1 and %(most)s.",
                        subject=labels[row.subject],
                        most=most,
                    )
                )

    @api.depends("subject")
    def _compute_rule(self):
        for row in self:
            rule = RULES.get(row.subject)
            row.unit = rule and rule.unit.value
            row.usual = rule and rule.keep

    @api.depends("subject")
    @api.depends_context("lang")
    def _compute_reason(self):
        for row in self:
            text = REASONS.get(row.subject)
            row.reason = text and self.env._(text)

    @api.model
    def _newsletter_logged_fields(self):
        return ["keep"]

    @api.model_create_multi
    def create(self, vals_list):
        # that the usual times stand somewhere is no news
        return super(models.Model, self).create(vals_list)

    @api.model
    def _complete(self):
        """Give each company its rows, with the usual times.

        Archived ones, too: what they hold ends with its time, not with the company.
        """
        # sudo: rows are made by code only
        rows = self.sudo()
        companies = self.env["res.company"].sudo().with_context(active_test=False)
        known = {(row.company_id.id, row.subject) for row in rows.search([])}
        rows.create(
            [
                {"company_id": company.id, "subject": subject, "keep": rule.keep}
                for company in companies.search([])
                for subject, rule in RULES.items()
                if (company.id, subject) not in known
            ]
        )

    @api.model
    def _keep(self, company, subject):
        """How long something is kept: (number, ``sync.retention.Unit``)."""
        # sudo: whoever acts, the same times hold
        row = self.sudo().search(
            [("company_id", "=", company.id), ("subject", "=", subject)], limit=1
        )
        rule = RULES[subject]
        return row.keep or rule.keep, rule.unit

    @api.model
    def _before(self, company, subject):
        """What is older than this (naive UTC) is kept no longer."""
        return cutoff(fields.Datetime.now(), *self._keep(company, subject))

    @api.model
    def _told(self, company):
        """[(kind of data, time)] in words, for whoever asks."""
        subjects = dict(self._fields["subject"]._description_selection(self.env))
        units = dict(self._fields["unit"]._description_selection(self.env))
        told = []
        for subject, label in subjects.items():
            number, unit = self._keep(company, subject)
            told.append((label, f"{number} {units[unit.value]}"))
        return told

    @api.model
    def action_open(self):
        """The screen; each company has its rows."""
        self.check_access("read")
        self._complete()
        return self.env["ir.actions.act_window"]._for_xml_id(
            "newsletter_sync.action_newsletter_retention"
        )


class ResConfigSettings(models.TransientModel):
    """Two of the times stand among the settings of consents as well."""

    _inherit = "res.config.settings"

    newsletter_erase_requests_days = fields.Integer(
        compute="_compute_newsletter_keeping",
        inverse="_inverse_newsletter_erase_requests_days",
    )
    newsletter_trace_months = fields.Integer(
        compute="_compute_newsletter_keeping",
        inverse="_inverse_newsletter_trace_months",
    )

    @api.depends("company_id")
    def _compute_newsletter_keeping(self):
        retention = self.env["newsletter.retention"]
        for settings in self:
            company = settings.company_id
            settings.newsletter_erase_requests_days = retention._keep(
                company, "requests"
            )[0]
            settings.newsletter_trace_months = retention._keep(company, "traces")[0]

    def _inverse_newsletter_erase_requests_days(self):
        for settings in self:
            settings._newsletter_keep(
                "requests", settings.newsletter_erase_requests_days
            )

    def _inverse_newsletter_trace_months(self):
        for settings in self:
            settings._newsletter_keep("traces", settings.newsletter_trace_months)

    def _newsletter_keep(self, subject, number):
        # sudo: settings are saved by system administrators, whatever else they may
        retention = self.env["newsletter.retention"].sudo()
        retention._complete()
        row = retention.search(
            [("company_id", "=", self.company_id.id), ("subject", "=", subject)]
        )
        if row.keep != number:
            row.keep = number


class NewsletterPersonalData(models.AbstractModel):
    _inherit = "newsletter.personal.data"

    @api.model
    def _export(self, emails, company):
        """A person is told how long their data stay (GDPR Art. 15(1)(d))."""
        data = super()._export(emails, company)
        keeping = self.env["newsletter.retention"]._told(company)
        return {**data, "keeping": [list(row) for row in keeping]}
