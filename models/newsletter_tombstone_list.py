"""A deleted list leaves objections behind that no list has any more: that is told."""

from odoo import models

from .newsletter_tombstone_will import WILL


class MailingList(models.Model):
    _inherit = "mailing.list"

    def unlink(self):
        """Objections to a list outlive it, and neither widen nor vanish unseen.

        They still hold for couplings of the list that stay. A list that is made anew is
        another one to them.
        """
        self._newsletter_tell_objections()
        return super().unlink()

    def _newsletter_tell_objections(self):
        # sudo: whoever deletes a list may see nothing of who objected
        tombstones = self.env["newsletter.tombstone"].sudo()
        counted = tombstones._read_group(
            [("list_key", "in", self.ids), ("reason", "in", WILL)],
            ["company_id", "list_key"],
            ["__count"],
        )
        names = {place.id: place.name for place in self}
        self.env["newsletter.event"]._log_many(
            {
                "code": "objections_without_list",
                "level": "warning",
                "company_id": company.id,
                "text": self.env._(
                    "The mailing list “%(list)s” was deleted, to which people had "
                    "objected: %(count)s. That is still remembered, and holds for "
                    "couplings that the list had, but for no other list: whoever makes "
                    "such a list anew needs a consent of each person.",
                    list=names[list_key],
                    count=number,
                ),
            }
            for company, list_key, number in counted
        )
