"""What an administrator can change about consents."""

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models


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
    newsletter_erase_requests_days = fields.Integer(
        config_parameter="newsletter_sync.erase_requests_after_days", default=7
    )
    newsletter_trace_months = fields.Integer(
        config_parameter="newsletter_sync.trace_months", default=6
    )


class NewsletterConsentEvent(models.Model):
    _inherit = "newsletter.consent.event"

    @api.model
    def _cron_erase_traces(self):
        """Cut client addresses and browsers after some months (section 10)."""
        # sudo: a system parameter
        months = self.env["ir.config_parameter"].sudo()
        months = int(months.get_param("newsletter_sync.trace_months", 6) or 6)
        self._erase_traces(fields.Datetime.now() - relativedelta(months=months))
