"""A leaving that is on its way to the tool is no question for anybody (B24, F16).

Where the later date decides, a later leaving in Odoo is a conflict by the classic
table. But the account is told of every leaving by a run of its own, so asking somebody
meanwhile would be asking about what is being done.
"""

from odoo import models

from ..sync.reconcile import LEFT, MAILED


class NewsletterReconcile(models.AbstractModel):
    _inherit = "newsletter.reconcile"

    def _read_sides(self, coupling, cases, mappings, whole):
        result = super()._read_sides(coupling, cases, mappings, whole)
        if coupling.status_rule == "newest":
            self._read_receipts(coupling, cases)
        return result

    def _read_receipts(self, coupling, cases):
        """Note whose leaving the account of the coupling has yet to carry out."""
        left = {
            case.member.email or case.email: case
            for case in cases
            if case.local.status in LEFT and case.remote.status in MAILED
        }
        if not left:
            return
        # sudo: whoever left did, whatever the present user may see
        receipts = self.env["newsletter.leaving.receipt"].sudo()
        for receipt in receipts.search(
            [
                ("connection_id", "=", coupling.connection_id.id),
                ("email", "in", list(left)),
                ("state", "in", ("waiting", "failed")),
                ("leaving_id.lifted_at", "=", False),
            ]
        ):
            case, leaving = left[receipt.email], receipt.leaving_id
            if leaving._concerns_list(coupling.mailing_list_id):
                case.leaving_told = True
