from odoo import fields, models


class NewsletterConsentFormKey(models.TransientModel):
    """Shows a new key once; it is never stored."""

    _name = "newsletter.consent.form.key"
    _description = "New API Key of a Form"

    token = fields.Char(readonly=True)
