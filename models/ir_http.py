from odoo import models
from odoo.http import request


def plain(text):
    """The text with signs in the place of what no database can hold: NUL, surrogates.

    Left out they would make another text, even a valid token, of a spoilt one.
    """
    return (text or "").replace("\0", "\ufffd").encode("utf-8", "replace").decode()


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

    @classmethod
    def _dispatch(cls, endpoint):
        """Our public routes are given plain texts, whatever a robot has sent.

        A file where a text belongs, a field called ``self`` or a NUL would be an error
        of the server else.
        """
        if endpoint.routing.get("newsletter_plain"):
            request.params = {
                plain(name): plain(value)
                for name, value in request.params.items()
                if isinstance(value, str) and name != "self"
            }
        return super()._dispatch(endpoint)
