"""Settings of leaving and returns, where a clerk's administrator looks for them."""

from odoo import fields, models

from ..sync.bounce import Thresholds

_USUAL = Thresholds()


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    newsletter_hard_bounce_rule = fields.Selection(
        related="company_id.newsletter_hard_bounce_rule", readonly=False, required=True
    )
    newsletter_bounce_repeated = fields.Integer(
        string="Returns Until Given Up",
        default=_USUAL.repeated,
        config_parameter="newsletter_sync.bounce_repeated",
    )
    newsletter_bounce_repeated_days = fields.Integer(
        string="Days Between",
        default=_USUAL.repeated_days,
        config_parameter="newsletter_sync.bounce_repeated_days",
    )
    newsletter_bounce_soft = fields.Integer(
        string="Temporary Returns Until Given Up",
        default=_USUAL.soft,
        config_parameter="newsletter_sync.bounce_soft",
    )
    newsletter_bounce_soft_days = fields.Integer(
        string="Days Between Temporary Returns",
        default=_USUAL.soft_days,
        config_parameter="newsletter_sync.bounce_soft_days",
    )
    newsletter_own_links = fields.Boolean(
        string="Own Unsubscribe Page",
        compute="_compute_newsletter_own_links",
        inverse="_inverse_newsletter_own_links",
        help="Odoo's mailings carry the link of our preference page, which asks before "
        "it unsubscribes. Off: Odoo's own page, which unsubscribes at once.",
    )

    def _compute_newsletter_own_links(self):
        self.newsletter_own_links = self.env["mailing.mailing"]._newsletter_own_links()

    def _inverse_newsletter_own_links(self):
        for settings in self:
            # a missing parameter means on, so off has to be written down
            self.env["ir.config_parameter"].set_param(
                "newsletter_sync.own_unsubscribe_links",
                "1" if settings.newsletter_own_links else "0",
            )
