from odoo import api, models


class MailingContact(models.Model):
    _name = "mailing.contact"
    _inherit = ["mailing.contact", "newsletter.recipient"]

    # see res.partner
    _newsletter_email_index = models.Index("(email_normalized)")

    @api.model
    def _newsletter_name_fields(self):
        return ["name", "first_name", "last_name", "company_name"]

    def _newsletter_source(self):
        self.ensure_one()
        return {
            "name": self.name,
            "firstname": self.first_name,
            "lastname": self.last_name,
            "company": self.company_name,
            "is_company": not self.name and bool(self.company_name),
        }
