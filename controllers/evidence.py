"""The evidence of an address as a file, or as a page to be printed (rule E3)."""

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

    @http.route(
        "/newsletter_sync/evidence/print/<string:numbers>",
        type="http",
        auth="user",
        methods=["GET"],
        # reading is logged, so it is no page for a read-only copy of the database
        readonly=False,
    )
    def print_evidence(self, numbers, **_kw):
        """The report as a page, where the server has no program that makes a PDF.

        :param numbers: ids of chains, with commas
        """
        wanted = [int(part) for part in numbers.split(",") if part.isdecimal()]
        chains = request.env["newsletter.consent.chain"].browse(wanted).exists()
        if not chains:
            raise request.not_found()
        chains.check_access("read")
        html, _kind = request.env["ir.actions.report"]._render_qweb_html(
            "newsletter_sync.report_evidence", chains.ids
        )
        return request.make_response(
            html,
            headers=[
                ("Content-Type", "text/html; charset=utf-8"),
                ("Cache-Control", "no-store"),
            ],
        )
