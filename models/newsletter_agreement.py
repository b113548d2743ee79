"""The processing agreement with a tool: on file, or a warning that is logged (L11)."""

from odoo import api, fields, models


class NewsletterConnection(models.Model):
    _inherit = "newsletter.connection"

    agreement_date = fields.Date(
        string="Processing Agreement of",
        help="The day of the agreement with the tool's operator (GDPR Art. 28). A tool "
        "on your own server needs none: enter the day of its installation.",
    )
    agreement_country_id = fields.Many2one(
        "res.country",
        string="Country of Processing",
        help="Outside of the EEA more is needed (GDPR Art. 44 ff.).",
    )
    agreement_missing = fields.Boolean(compute="_compute_agreement_missing")
    agreement_warned_at = fields.Datetime(readonly=True, copy=False)

    @api.depends("agreement_date", "agreement_country_id")
    def _compute_agreement_missing(self):
        for connection in self:
            connection.agreement_missing = not (
                connection.agreement_date and connection.agreement_country_id
            )

    @api.model
    def _newsletter_logged_fields(self):
        return [
            *super()._newsletter_logged_fields(),
            *("agreement_date", "agreement_country_id"),
        ]

    def _warn_of_agreement(self, run):
        """Once for each account, when data leave the house for the first time."""
        for connection in self:
            if not connection.agreement_missing or connection.agreement_warned_at:
                continue
            connection.agreement_warned_at = fields.Datetime.now()
            self.env["newsletter.event"]._log(
                "agreement_missing",
                run=run,
                record=connection,
                level="warning",
                text=self.env._(
                    "First transmission to “%s” although no processing agreement with "
                    "date and country is on file.",
                    connection.name,
                ),
            )


class NewsletterRun(models.Model):
    _inherit = "newsletter.run"

    agreement_missing = fields.Boolean(related="connection_id.agreement_missing")

    def _approve(self):
        """Whoever approves has seen the warning; it is written down."""
        result = super()._approve()
        if self.state == "queued":
            self.connection_id._warn_of_agreement(self)
        return result
