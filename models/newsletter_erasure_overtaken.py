"""Whoever agreed anew while an account was still to be asked is not erased there.

The new consent has lifted the tombstone. A receipt that waits would otherwise delete
the fresh subscriber in the tool, and its sweep would do so in Odoo. Who agreed to some
lists only is taken off the others there, for the tombstones of those stand on.
"""

from odoo import api, fields, models

from ..connectors.capabilities import Level


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
        """Ask to delete nobody who agreed anew; a receipt with none left is closed."""
        standing = self._to_erase()
        for receipt in self.filtered("people"):
            people = [
                person
                if person["email"] in standing[receipt.company_id]
                else receipt._narrowed(person)
                for person in receipt.people
            ]
            people = [person for person in people if person]
            if people == receipt.people:
                continue
            receipt.people = people or False
            if not people:
                receipt._overtaken(
                    self.env._(
                        "The person gave a new consent before this account had "
                        "obeyed. It is not asked to delete them any more."
                    )
                )
            elif receipt.state == "by_hand":
                # nobody shall delete there by hand who is on one of the lists anew
                receipt.write({"state": "waiting", "message": False})
        self.erasure_id._settle()

    def _narrowed(self, person):
        """The person with the lists from which they stay away, None if there is none.

        A tool that can take people only off everything would end the new consent.
        """
        connection = self.connection_id
        if (
            not connection
            or connection._connector_class().capabilities.unsubscribe != Level.LIST
        ):
            return None
        # sudo: what a person said holds for every tool
        couplings = self.env["newsletter.coupling"].sudo()
        couplings = couplings.with_context(active_test=False).search(
            [
                ("connection_id", "=", connection.id),
                ("remote_list_id.remote_id", "in", list(person["lists"])),
            ]
        )
        tombstones = self.env["newsletter.tombstone"]
        email = person["email"]
        away = {
            coupling.remote_list_id.remote_id
            for coupling in couplings
            if tombstones._buried([email], coupling).get(email)
        }
        lists = {key: name for key, name in person["lists"].items() if key in away}
        return {**person, "lists": lists, "agreed": True} if lists else None

    def _overtaken(self, proof):
        self.write(
            {
                "state": "overtaken",
                "done_at": fields.Datetime.now(),
                "message": False,
                "next_try_at": False,
                "people": False,
                "proof": proof,
            }
        )

    @api.model
    def _drop_overtaken_of(self, connection):
        self.search(
            [
                ("connection_id", "=", connection.id),
                ("state", "in", ("waiting", "failed")),
            ]
        )._drop_overtaken()
