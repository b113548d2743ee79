"""What a connection does about being told of changes by its tool."""

from odoo import api, fields, models

#: the address that tools shall call, where it is not Odoo's own base URL
BASE_URL = "newsletter_sync.webhook_base_url"


class NewsletterConnection(models.Model):
    _inherit = "newsletter.connection"

    webhook_ids = fields.One2many(
        "newsletter.webhook",
        "connection_id",
        groups="newsletter_sync.group_administrator",
    )

    @api.model
    def _webhook_base_url(self):
        """The public address of this Odoo, without a final slash."""
        # sudo: system parameters, readable by the system only
        parameters = self.env["ir.config_parameter"].sudo()
        base = parameters.get_param(BASE_URL) or parameters.get_param("web.base.url")
        return (base or "").strip().rstrip("/")
