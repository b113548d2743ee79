"""Whose contact a recipient is, said by a person and remembered (F13)."""

from odoo import api, fields, models
from odoo.exceptions import UserError


class NewsletterIdentityChoice(models.TransientModel):
    """Several contacts have the address: one of them is meant."""

    _name = "newsletter.identity.choice"
    _description = "Choose Whose Contact a Member Is"

    member_id = fields.Many2one(
        "newsletter.member", required=True, readonly=True, ondelete="cascade"
    )
    email = fields.Char(related="member_id.email")
    present_id = fields.Many2one(related="member_id.partner_id", string="At Present")
    candidate_ids = fields.Many2many(
        "res.partner", compute="_compute_candidate_ids", string="Contacts"
    )
    partner_id = fields.Many2one("res.partner", string="The Right One")

    @api.depends("member_id")
    def _compute_candidate_ids(self):
        for choice in self:
            choice.candidate_ids = choice.member_id.namesake_ids

    def action_choose(self):
        """Take the chosen contact, for all lists of the company with this address."""
        self.ensure_one()
        self.member_id.check_access("write")
        partner = self.partner_id
        if not partner:
            raise UserError(self.env._("Choose the contact that is meant."))
        partner.check_access("read")
        if partner.email_normalized != self.email:
            raise UserError(
                self.env._(
                    "%(name)s has another address. Change the address there first, or "
                    "merge the two members as a change of address.",
                    name=partner.display_name,
                )
            )
        members = self.member_id.search(
            [
                ("email", "=", self.email),
                ("company_id", "=", self.member_id.company_id.id),
            ]
        )
        members._is_this_contact(partner)
        return {"type": "ir.actions.client", "tag": "soft_reload"}
