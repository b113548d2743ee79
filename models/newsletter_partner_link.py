"""Beside addons that give mailing contacts a ``partner_id`` (OCA, a later Odoo)."""

from odoo import models


class NewsletterBounceAddress(models.Model):
    _inherit = "newsletter.bounce.address"

    def _move_out(self):
        """OCA's addon wants each linked contact to keep an address: who has none any
        more is not linked any more. It links them anew when the address comes back."""
        contacts = self.env["mailing.contact"]
        if "partner_id" in contacts._fields:
            partners = self.env["res.partner"].browse(
                record.id
                for address in self
                for record in address._records()
                if record._name == "res.partner"
            )
            # the key: the addon would search for a contact to link at once
            contacts.search([("partner_id", "in", partners.ids)]).with_context(
                mass_mailing_partner_writing=True
            ).write({"partner_id": False})
        return super()._move_out()
