from odoo import fields, models


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
