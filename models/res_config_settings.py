from odoo import api, fields, models

from .newsletter_connection_webhooks import BASE_URL


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    newsletter_connection_count = fields.Integer(
        string="Connected Newsletter Tools",
        compute="_compute_newsletter_connection_count",
    )

    def _compute_newsletter_connection_count(self):
        # sudo: people without a right here open the settings as well
        count = len(self.env["newsletter.connection"].sudo()._offered())
        self.newsletter_connection_count = count

    newsletter_webhook_base_url = fields.Char(
        string="Public Address for Newsletter Tools", config_parameter=BASE_URL
    )
    newsletter_webhook_problem = fields.Char(
        compute="_compute_newsletter_webhook_problem"
    )

    @api.depends("newsletter_webhook_base_url")
    def _compute_newsletter_webhook_problem(self):
        """Say at once if no tool can call that; the host is looked up, not called."""
        connections = self.env["newsletter.connection"]
        for settings in self:
            typed = (settings.newsletter_webhook_base_url or "").strip().rstrip("/")
            settings.newsletter_webhook_problem = connections._webhook_base_problem(
                typed or connections._webhook_base_url()
            )

    def set_values(self):
        """The tools are told the new address by the scheduler."""
        result = super().set_values()
        self.env["newsletter.connection"]._wake_webhook_care()
        return result

    def action_newsletter_crons(self):
        """The scheduled actions of this addon, with their intervals."""
        crons = self.env["ir.model.data"].search(
            [("module", "=", "newsletter_sync"), ("model", "=", "ir.cron")]
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Scheduled Actions"),
            "res_model": "ir.cron",
            "view_mode": "list,form",
            "domain": [("id", "in", crons.mapped("res_id"))],
            "context": {"active_test": False},
        }
