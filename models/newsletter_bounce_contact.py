"""What a contact and a member show of returns: red where nothing arrives (J03)."""

from odoo import api, fields, models
from odoo.fields import Domain

from .newsletter_bounce_address import STATES


class NewsletterRecipient(models.AbstractModel):
    _inherit = "newsletter.recipient"

    newsletter_bounce_id = fields.Many2one(
        "newsletter.bounce.address",
        string="Returned Address",
        compute="_compute_newsletter_bounce_id",
        groups="newsletter_sync.group_user",
    )
    newsletter_bounce_state = fields.Selection(
        STATES,
        compute="_compute_newsletter_bounce_id",
        string="Newsletter Returns",
        groups="newsletter_sync.group_user",
    )
    newsletter_bounce_text = fields.Char(
        compute="_compute_newsletter_bounce_id",
        string="Explanation of the Return",
        groups="newsletter_sync.group_user",
    )
    newsletter_undeliverable = fields.Boolean(
        compute="_compute_newsletter_bounce_id",
        search="_search_newsletter_undeliverable",
        string="Address Undeliverable",
        groups="newsletter_sync.group_user",
    )

    @api.depends("email_normalized")
    def _compute_newsletter_bounce_id(self):
        addresses = self.env["newsletter.bounce.address"]
        company = ("company_id", "in", self.env.companies.ids)
        by_email = {
            address.email: address
            for address in addresses.search(
                [company, ("email", "in", self._newsletter_known_addresses())]
            )
        }
        moved = {
            move.res_id: move.address_id
            for move in self.env["newsletter.bounce.move"].search(
                [
                    company,
                    ("res_model", "=", self._name),
                    ("res_id", "in", self.ids),
                    ("restored_at", "=", False),
                ]
            )
        }
        for record in self:
            address = moved.get(record.id) or by_email.get(record.email_normalized)
            address = address or addresses
            record.newsletter_bounce_id = address
            record.newsletter_bounce_state = address.state
            record.newsletter_undeliverable = address.state == "hard_bounce"
            record.newsletter_bounce_text = ", ".join(
                filter(None, (address.source, address.text or address.code))
            )

    @api.model
    def _search_newsletter_undeliverable(self, operator, value):
        if operator not in ("in", "not in") or set(value) - {True, False}:
            return NotImplemented
        addresses = self.env["newsletter.bounce.address"]._search(
            [
                ("state", "=", "hard_bounce"),
                ("company_id", "in", self.env.companies.ids),
            ]
        )
        moves = self.env["newsletter.bounce.move"]._search(
            [
                ("res_model", "=", self._name),
                ("restored_at", "=", False),
                ("company_id", "in", self.env.companies.ids),
            ]
        )
        found = Domain("email_normalized", "in", addresses.subselect("email"))
        found |= Domain("id", "in", moves.subselect("res_id"))
        wanted = (True in value) == (operator == "in")
        if len(set(value)) > 1:
            return Domain.TRUE if operator == "in" else Domain.FALSE
        if wanted:
            return found
        # negated here: SQL's NOT loses contacts without an address
        return Domain(
            "id", "not in", self.with_context(active_test=False)._search(found)
        )

    def action_newsletter_deliverable(self):
        """The address works after all: whoever says so stands beside it (B5)."""
        self.check_access("write")
        return self.newsletter_bounce_id.action_reset()


class NewsletterMember(models.Model):
    _inherit = "newsletter.member"

    undeliverable = fields.Boolean(
        string="Address Undeliverable",
        compute="_compute_undeliverable",
        search="_search_undeliverable",
    )

    def _compute_undeliverable(self):
        addresses = self.env["newsletter.bounce.address"].search(
            [("email", "in", self.mapped("email")), ("state", "=", "hard_bounce")]
        )
        hard = {(address.email, address.company_id) for address in addresses}
        for member in self:
            member.undeliverable = (member.email, member.company_id) in hard

    @api.model
    def _search_undeliverable(self, operator, value):
        if operator not in ("in", "not in") or set(value) - {True, False}:
            return NotImplemented
        if len(set(value)) > 1:
            return Domain.TRUE if operator == "in" else Domain.FALSE
        addresses = self.env["newsletter.bounce.address"]._search(
            [
                ("state", "=", "hard_bounce"),
                ("company_id", "in", self.env.companies.ids),
            ]
        )
        wanted = (True in value) == (operator == "in")
        return Domain(
            "email", "in" if wanted else "not in", addresses.subselect("email")
        )
