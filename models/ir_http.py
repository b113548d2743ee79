from odoo import models
from odoo.http import request


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    @classmethod
    def _pre_dispatch(cls, rule, args):
        """Keep the raw body of our webhooks: signatures are over the bytes.

        Odoo reads a form before the controller sees it; it then reads our copy. The
        limit of the route holds already, a longer body is answered by 413.
        """
        result = super()._pre_dispatch(rule, args)
        if rule.endpoint.routing.get("newsletter_raw"):
            request.httprequest.get_data(cache=True)
        return result
