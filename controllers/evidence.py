"""The evidence of one address as a file (rule E3)."""

from odoo import http
from odoo.http import content_disposition, request


class EvidenceController(http.Controller):
    @http.route(
        "/newsletter_sync/evidence/"
        "<model('newsletter.consent.chain'):chain>/evidence.json",
        type="http",
        auth="user",
        methods=["GET"],
    )
    def evidence(self, chain, **_kw):
        """All pieces of one chain; its readers are the privacy group, and logged."""
        chain.check_access("read")
        name = content_disposition(f"evidence-{chain.id}.json")
        return request.make_response(
            chain._evidence_json(),
            headers=[
                ("Content-Type", "application/json; charset=utf-8"),
                ("Content-Disposition", name),
                ("Cache-Control", "no-store"),
            ],
        )
