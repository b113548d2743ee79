"""Asking for a consent where the people are: contacts, leads, readers, consents."""

from odoo import api, fields, models

from ..sync.address import parse


class NewsletterConsent(models.Model):
    _inherit = "newsletter.consent"

    @api.model
    def _request(self, emails, company=None, lists=None, **values):
        """Start a double opt-in for addresses; the door for other programs.

        :param emails: addresses in any spelling
        :param company: the sender, the present company by default
        :param lists: ``mailing.list`` records; none means the general consent
        :param values: ``origin``, ``form``, ``lang``, ``name``, ``note`` (how the
            person asked), ``media`` and ``evidence``; see
            ``newsletter.consent.request._open``
        :return: (requests, {address as given: why it is not asked})
        """
        return self.env["newsletter.consent.request"]._open(
            emails, company or self.env.company, lists, **values
        )

    @api.model
    def _newsletter_email_field(self):
        return "email"

    def action_newsletter_request(self):
        """Open the dialog that asks for a consent."""
        return self.env["newsletter.consent.request.wizard"]._open_for(self)

    def action_newsletter_record(self):
        """Open the dialog that records a consent given on paper or by telephone."""
        return self.env["newsletter.consent.record.wizard"]._open_for(self)


class NewsletterRecipient(models.AbstractModel):
    _inherit = "newsletter.recipient"

    newsletter_consent_ids = fields.Many2many(
        "newsletter.consent",
        compute="_compute_newsletter_consent_ids",
        string="Newsletter Consents",
        groups="newsletter_sync.group_user",
    )

    @api.depends(lambda self: [self._newsletter_email_field()])
    def _compute_newsletter_consent_ids(self):
        """All consents of the address, for lists and in general."""
        emails = {
            record: parse(record[record._newsletter_email_field()]).email
            for record in self
        }
        found = self.env["newsletter.consent"].search(
            [("email", "in", [email for email in emails.values() if email])]
        )
        of_email = found.grouped("email")
        for record in self:
            record.newsletter_consent_ids = of_email.get(emails[record], False)

    def action_newsletter_request(self):
        """Open the dialog that asks these people for a consent."""
        return self.env["newsletter.consent.request.wizard"]._open_for(self)

    def action_newsletter_record(self):
        """Open the dialog that records a consent given on paper or by telephone."""
        return self.env["newsletter.consent.record.wizard"]._open_for(self)
