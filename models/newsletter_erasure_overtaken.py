"""Whoever agreed anew while an account was still to be asked is not erased there.

The new consent has lifted the tombstone. A receipt that waits would otherwise delete
the fresh subscriber in the tool, and its sweep would do so in Odoo.
"""

from odoo import api, fields, models


class NewsletterErasureReceipt(models.Model):
    _inherit = "newsletter.erasure.receipt"

    state = fields.Selection(
        selection_add=[("overtaken", "Agreed anew, not deleted")],
        ondelete={"overtaken": "cascade"},
    )

    def _to_erase(self):
        """Those of the addresses whose erasure still stands, by company.

        :return: {company: set of addresses}
        """
        tombstones = self.env["newsletter.tombstone"]
        return {
            company: tombstones._known(receipts._emails(), company)
            for company, receipts in self.grouped("company_id").items()
        }

    def _drop_overtaken(self):
        """Ask about nobody who agreed anew; a receipt with none left is closed."""
        standing = self._to_erase()
        for receipt in self.filtered("people"):
            people = [
                person
                for person in receipt.people
                if person["email"] in standing[receipt.company_id]
            ]
            if len(people) == len(receipt.people):
                continue
            receipt.people = people or False
            if not people:
                receipt.write(
                    {
                        "state": "overtaken",
                        "done_at": fields.Datetime.now(),
                        "message": False,
                        "next_try_at": False,
                        "proof": self.env._(
                            "The person gave a new consent before this account had "
                            "obeyed. It is not asked to delete them any more."
                        ),
                    }
                )
        self.erasure_id._settle()

    @api.model
    def _drop_overtaken_of(self, connection):
        self.search(
            [
                ("connection_id", "=", connection.id),
                ("state", "in", ("waiting", "failed")),
            ]
        )._drop_overtaken()
