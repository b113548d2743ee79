"""The manual for clerks, in their language, without leaving the house."""

from odoo import http
from odoo.http import request


class ManualController(http.Controller):
    @http.route("/newsletter_sync/manual", type="http", auth="user", methods=["GET"])
    def manual(self, **_kw):
        """One page; ``#coupling`` and the like lead to its chapters."""
        return request.render("newsletter_sync.manual")
