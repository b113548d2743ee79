"""What counts of a consent now: an objection to everything covers those for lists."""

from odoo import api, fields, models

from .newsletter_consent import STATES


class NewsletterConsent(models.Model):
    _inherit = "newsletter.consent"

    counts = fields.Selection(
        STATES,
        compute="_compute_counts",
        string="Counts Now",
        help="On a list its own consent counts, else the general one; whoever objected "
        "to everything is off all lists, unless they agreed to the list later.",
    )

    @api.depends("state", "state_at", "basis", "company_id", "mailing_list_id")
    def _compute_counts(self):
        for (company, place), mine in self.grouped(
            lambda consent: (consent.company_id, consent.mailing_list_id)
        ).items():
            by_mail = mine.filtered(lambda consent: consent.medium == "email")
            given = self._effective(set(by_mail.mapped("email")), company, place)
            for consent in by_mail:
                consent.counts = given[consent.email][0]
            for consent in mine - by_mail:
                consent.counts = consent.state
