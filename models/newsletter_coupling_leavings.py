"""A leaving that is on its way when its list is coupled with another mailing list.

What was agreed on with the former mailing list is forgotten then, but a leaving is no
agreement: the tool's list goes on mailing until it is told, whatever list of Odoo
stands beside it. Whoever is leaving counts as having left, so that nobody takes the
tool's subscription for a new one, and the receipt goes on speaking of the same list of
the tool. So it does when the mailing list is deleted: of two deleted lists nobody could
tell which one somebody left.
"""

from odoo import fields, models
from odoo.tools import SQL

#: the members whose leaving outlives another mailing list; ``archived`` is who comes
#: back with the coupling
_LEAVING = """
    SELECT archived.id
      FROM archived
      JOIN newsletter_member member ON member.id = archived.id
     WHERE member.task = 'unsubscribe'
        OR member.local_status IN ('unsubscribed', 'blocked')
     UNION
    SELECT archived.id
      FROM archived
      JOIN newsletter_leaving_receipt receipt ON receipt.email = archived.email
      JOIN newsletter_leaving leaving ON leaving.id = receipt.leaving_id
     WHERE receipt.connection_id = %(connection)s
       AND receipt.state IN ('waiting', 'failed')
       AND (leaving.scope <> 'list'
            OR leaving.mailing_list_id = %(former)s
            OR EXISTS (
                   SELECT FROM newsletter_leaving_receipt_coupling told
                    WHERE told.receipt_id = receipt.id
                      AND told.coupling_id = %(coupling)s))
"""


class NewsletterLeavingReceipt(models.Model):
    _inherit = "newsletter.leaving.receipt"

    coupling_ids = fields.Many2many(
        "newsletter.coupling",
        "newsletter_leaving_receipt_coupling",
        "receipt_id",
        "coupling_id",
        readonly=True,
        # the account of an ended one still holds the person
        context={"active_test": False},
        help="Lists of the tool that the person left while they stood beside the "
        "mailing list, and that stand beside another one by now, or beside none.",
    )

    def _concerns(self, member):
        """Whether the leaving is about this member's list."""
        coupling = member.coupling_id
        return super()._concerns(member) or coupling in self.coupling_ids


class NewsletterCoupling(models.Model):
    _inherit = "newsletter.coupling"

    def _leaving_members(self, former):
        """A query of the ids of those who are leaving, see ``_LEAVING``."""
        return SQL(
            _LEAVING,
            connection=self.connection_id.id,
            coupling=self.id,
            former=former.id or None,
        )

    def _take_leavings_along(self, former):
        """Let open receipts of leavings from the former list find the members here."""
        if not former:
            return
        # sudo: receipts are written by code only
        receipts = (
            self.env["newsletter.leaving.receipt"]
            .sudo()
            .search(
                [
                    ("connection_id", "=", self.connection_id.id),
                    ("state", "in", ("waiting", "failed")),
                    ("leaving_id.scope", "=", "list"),
                    ("leaving_id.mailing_list_id", "=", former.id),
                ]
            )
        )
        receipts.write({"coupling_ids": [(4, self.id)]})


class MailingList(models.Model):
    _inherit = "mailing.list"

    def unlink(self):
        """Open receipts remember which lists of the tool they speak of."""
        # sudo: ended couplings of all companies
        couplings = self.env["newsletter.coupling"].sudo()
        for coupling in couplings.with_context(active_test=False).search(
            [("mailing_list_id", "in", self.ids)]
        ):
            coupling._take_leavings_along(coupling.mailing_list_id)
        return super().unlink()
