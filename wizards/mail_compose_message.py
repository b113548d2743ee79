"""A mailing reaches its people in batches, and looks for those who left in each."""

from odoo import models


class MailComposeMessage(models.TransientModel):
    _inherit = "mail.compose.message"

    def _get_optout_emails(self, mail_values_dict):
        """Ask about the people of this batch only, however many a mailing has."""
        emails = {
            email
            for recipients in self._get_recipients_data(mail_values_dict).values()
            for email in recipients["mail_to_normalized"]
        }
        asking = self.with_context(newsletter_mailed=sorted(emails))
        return super(MailComposeMessage, asking)._get_optout_emails(mail_values_dict)

    def _get_blacklist_record_ids(self, mail_values_dict, recipients_info=None):
        """Records whose own company erased the person are left out, whoever sends."""
        kept_out = super()._get_blacklist_record_ids(mail_values_dict, recipients_info)
        if not self.mass_mailing_id:
            return kept_out
        recipients = recipients_info or self._get_recipients_data(mail_values_dict)
        return kept_out | self.mass_mailing_id._newsletter_refusing_records(
            self.model, recipients
        )
