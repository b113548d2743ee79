"""One webhook call as it came in: stored first, worked on later."""

from odoo import fields, models


class NewsletterDelivery(models.Model):
    """Kept raw until it is worked on, and for 30 days after."""

    _name = "newsletter.delivery"
    _description = "Newsletter Webhook Delivery"
    _order = "id desc"

    connection_id = fields.Many2one(
        "newsletter.connection", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(
        related="connection_id.company_id", store=True, index=True
    )
    date = fields.Datetime(default=fields.Datetime.now, readonly=True, index=True)
    method = fields.Char(readonly=True)
    headers = fields.Json(readonly=True)
    query = fields.Json(readonly=True)
    body = fields.Binary(readonly=True, attachment=False)
    key = fields.Char(readonly=True, help="The tool's own id of the call, or a hash.")
    state = fields.Selection(
        [("new", "Waiting"), ("done", "Done"), ("failed", "Failed")],
        default="new",
        required=True,
        readonly=True,
        index=True,
    )
    tries = fields.Integer(readonly=True)
    message = fields.Char(readonly=True)
