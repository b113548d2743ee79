"""Returns that a tool tells by a webhook only."""

from odoo import api, models

from .newsletter_delivery_events import _address
from .newsletter_push import naive


class NewsletterDelivery(models.Model):
    _inherit = "newsletter.delivery"

    @api.model
    def _complain(self, connection, told, couplings, known):
        """Returned mails count too, where the tool has no report to fetch them from.

        Where it has one they come from there, with code and text; told twice, the same
        return would count twice. A call about strangers is none of our business.
        """
        result = super()._complain(connection, told, couplings, known)
        if connection._connector_class().capabilities.bounces:
            return result
        rows = [
            {
                "email": _address(event.email) or member.email,
                "at": naive(event.at) or delivery.received_at,
                "text": event.reason,
                "connection": connection,
            }
            for delivery, event in told
            if event.kind == "bounced"
            for member in [_member(event, couplings, known)]
            if member
        ]
        self.env["newsletter.bounce"]._report(rows, connection.company_id)
        return result


def _member(event, couplings, known):
    """Somebody of ours whom the event is about, from whatever list."""
    members = [known(coupling, event) for coupling in couplings]
    return next((member for member in members if member), None)
