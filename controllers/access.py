"""The answer to an access request as a file (rule X4)."""

from odoo import http
from odoo.http import content_disposition, request


class AccessController(http.Controller):
    @http.route(
        "/newsletter_sync/access/"
        "<model('newsletter.access.wizard'):wizard>/access-request.zip",
        type="http",
        auth="user",
        methods=["GET"],
    )
    def access(self, wizard, **_kw):
        """All that is known of a person; for the privacy group, and logged."""
        wizard.check_access("read")
        return request.make_response(
            wizard._file(),
            headers=[
                ("Content-Type", "application/zip"),
                ("Content-Disposition", content_disposition("access-request.zip")),
                ("Cache-Control", "no-store"),
            ],
        )
