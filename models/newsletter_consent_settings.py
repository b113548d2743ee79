"""What an administrator can change about consents."""

from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    newsletter_warn_months = fields.Integer(
        related="company_id.newsletter_warn_months", readonly=False
    )
    newsletter_block_months = fields.Integer(
        related="company_id.newsletter_block_months", readonly=False
    )
    newsletter_requests_per_address = fields.Integer(
        config_parameter="newsletter_sync.requests_per_address", default=3
    )
    newsletter_requests_per_client = fields.Integer(
        config_parameter="newsletter_sync.requests_per_client", default=20
    )
