from odoo import api, fields, models

from .newsletter_consent import STATES


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = ["res.partner", "newsletter.recipient"]

    # looked up by address for every run; core has no index on it
    _newsletter_email_index = models.Index("(email_normalized)")

    no_marketing_email = fields.Boolean(
        string="E-mails Not Wanted",
        tracking=True,
        help="No marketing e-mails. Invoices, reminders and other necessary mails "
        "still go out.",
    )
    doi_status = fields.Selection(
        STATES,
        string="Newsletter Consent",
        compute="_compute_doi_status",
        search="_search_doi_status",
    )
    newsletter_member_ids = fields.One2many(
        "newsletter.member", "partner_id", groups="newsletter_sync.group_user"
    )
    newsletter_member_count = fields.Integer(
        compute="_compute_newsletter_member_count", groups="newsletter_sync.group_user"
    )

    @api.model
    def _newsletter_name_fields(self):
        names = ["name", "is_company", "lang", "commercial_company_name", "parent_id"]
        # fields of OCA's partner_firstname and partner_title, where installed
        return names + [
            name for name in ("firstname", "lastname", "title") if name in self._fields
        ]

    def _newsletter_source(self):
        self.ensure_one()
        source = {
            "name": self.name,
            "company": self.name if self.is_company else self.commercial_company_name,
            "is_company": self.is_company,
            "lang": self.lang,
        }
        if "firstname" in self._fields and "lastname" in self._fields:
            source.update(firstname=self.firstname, lastname=self.lastname)
        if "title" in self._fields and self.title:
            title = self.title
            source["title"] = (
                title["shortcut"] or title.name if "shortcut" in title else title.name
            )
        return source

    @api.depends("email_normalized")
    @api.depends_context("company")
    def _compute_doi_status(self):
        states = self.env["newsletter.consent"]._effective(
            {email for email in self.mapped("email_normalized") if email},
            self.env.company,
        )
        for partner in self:
            partner.doi_status, _at = states.get(
                partner.email_normalized, ("none", False)
            )

    @api.model
    def _search_doi_status(self, operator, value):
        if operator not in ("in", "not in"):
            return NotImplemented
        # "not set" means "none"; negated here, for SQL's NOT loses contacts without
        # an address
        states = {state or "none" for state in value}
        if operator == "not in":
            states = {state for state, _label in STATES} - states
        # sudo: see newsletter.consent._of_addresses
        consents = self.env["newsletter.consent"].sudo()
        company = [
            ("company_id", "=", self.env.company.id),
            ("mailing_list_id", "=", False),
        ]
        wanted = fields.Domain(
            "email_normalized",
            "in",
            consents._search([*company, ("state", "in", list(states))]).subselect(
                "email"
            ),
        )
        if "none" in states:
            known = consents._search(company).subselect("email")
            wanted |= fields.Domain("email_normalized", "not in", known)
            wanted |= fields.Domain("email_normalized", "=", False)
        return wanted

    def _compute_newsletter_member_count(self):
        counts = dict(
            self.env["newsletter.member"]._read_group(
                [("partner_id", "in", self.ids)], ["partner_id"], ["__count"]
            )
        )
        for partner in self:
            partner.newsletter_member_count = counts.get(partner, 0)

    def action_newsletter_members(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "newsletter_sync.action_newsletter_member"
        )
        return {**action, "domain": [("partner_id", "=", self.id)], "context": {}}
