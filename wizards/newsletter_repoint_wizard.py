"""Give an assignment another contact or another list (C23)."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.newsletter_deletion import CHOICES


class NewsletterRepointWizard(models.TransientModel):
    """The same address stays one participant; another one is another participant.

    A consent belongs to an address, so whoever takes the place of somebody else is
    looked at like anybody who is added, and the former address is taken off as by the
    dialog of a deletion.
    """

    _name = "newsletter.repoint.wizard"
    _description = "Change the Contact or the List of an Assignment"

    assignment_id = fields.Integer(required=True, readonly=True)
    who = fields.Char(string="Now", compute="_compute_who")
    in_tool = fields.Boolean(compute="_compute_who")
    mailing_list_id = fields.Many2one(
        "mailing.list",
        string="List",
        required=True,
        domain=[("newsletter_state", "=", "running")],
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Other Contact",
        help="Empty: the person stays, only the list changes.",
    )
    choice = fields.Selection(
        CHOICES,
        string="In the newsletter tool",
        default=lambda self: self.env.company.newsletter_deletion,
        help="What happens there with the former assignment.",
    )

    def _assignment(self):
        assignment = self.env["newsletter.assignment"].browse(self.assignment_id)
        if not assignment.exists():
            raise UserError(self.env._("This assignment is gone already."))
        return assignment

    @api.depends("assignment_id")
    def _compute_who(self):
        for wizard in self:
            row = wizard._assignment()
            wizard.who = f"{row.name or ''} <{row.email}>: {row.list_name}"
            wizard.in_tool = bool(row.member_id)

    def action_repoint(self):
        """Carry it out; nothing happens to the former one if the new one is refused.

        :raises UserError: nothing was changed, or the person cannot be on the list
        """
        self.ensure_one()
        row = self._assignment()
        row._check_may_change()
        mailing_list, partner = self.mailing_list_id, self.partner_id
        same_list = mailing_list == row.mailing_list_id
        same_person = not partner or partner == row.partner_id
        if same_list and same_person:
            raise UserError(self.env._("Choose another contact or another list."))
        if same_list and partner.email_normalized == row.email:
            row._link_to(partner)
            return {"type": "ir.actions.client", "tag": "soft_reload"}
        record = partner or row.partner_id or row.lead_id or row.contact_id
        address = row.email if same_person else ""
        assignments = self.env["newsletter.assignment"]
        [place] = assignments._sort_out([(record, address)], mailing_list)
        if place.code:
            assignments._refuse(place, mailing_list)
        activities = row.activity_ids
        row._end(self.choice)
        # the end of the former place may stand against the new one
        [place] = assignments._add([(record, address)], mailing_list, activities)
        if place.code != "added":
            assignments._refuse(place, mailing_list)
        return {"type": "ir.actions.client", "tag": "soft_reload"}


class NewsletterAssignment(models.Model):
    _inherit = "newsletter.assignment"

    def action_repoint(self):
        """Open the dialog for one assignment to a mailing list."""
        self.ensure_one()
        self._check_may_change()
        wizard = self.env["newsletter.repoint.wizard"].create(
            {"assignment_id": self.id, "mailing_list_id": self.mailing_list_id.id}
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Change the Contact or the List"),
            "res_model": wizard._name,
            "res_id": wizard.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def _check_may_change(self):
        if not self.mailing_list_id:
            raise UserError(
                self.env._(
                    "This person was pushed to the tool by hand; there is no mailing "
                    "list to change."
                )
            )
        self.subscription_id.check_access("unlink")
        self.member_id.check_access("write")

    def _link_to(self, partner):
        """Another contact with the same address: nothing changes for the tool.

        :raises UserError: no tool knows the person, so that nothing could be linked
        """
        if not self.member_id:
            raise UserError(
                self.env._(
                    "No newsletter tool knows %(email)s on “%(list)s”: the address "
                    "alone is on the list, so the place is %(contact)s's already. "
                    "Choose a contact with another address, or another list.",
                    email=self.email,
                    list=self.list_name,
                    contact=partner.display_name,
                )
            )
        # sudo: the link of a member is the engine's; the right was asked for
        member = self.member_id.sudo()
        former = member.partner_id
        member.partner_id = partner
        self.env["newsletter.change"]._note(member)
        self.env["newsletter.event"]._log(
            "repointed",
            member=member,
            record=partner,
            rule="by_hand",
            text=self.env._(
                "%(email)s belongs to %(new)s now, before to %(old)s.",
                email=self.email,
                new=partner.display_name,
                old=former.display_name or self.env._("nobody"),
            ),
        )

    def _end(self, choice):
        """The former place on the list ends, as by a deletion."""
        subscription = self.subscription_id
        if self.member_id:
            self.member_id._take_off(choice, "removed")
        subscription.exists().unlink()
