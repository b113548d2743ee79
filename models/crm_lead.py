from odoo import api, models


class CrmLead(models.Model):
    _name = "crm.lead"
    _inherit = ["crm.lead", "newsletter.recipient"]

    _newsletter_email_index = models.Index("(email_normalized)")

    @api.model
    def _newsletter_name_fields(self):
        return ["contact_name", "partner_name", "lang_id"]

    @api.model
    def _newsletter_email_field(self):
        return "email_from"

    def _newsletter_source(self):
        self.ensure_one()
        return {
            "name": self.contact_name,
            "company": self.partner_name,
            "is_company": not self.contact_name and bool(self.partner_name),
            "lang": self.lang_id.code,
        }
