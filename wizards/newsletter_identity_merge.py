"""Two members are one person: which address is right, and what happens then."""

from odoo import api, fields, models
from odoo.exceptions import UserError


class NewsletterIdentityMerge(models.TransientModel):
    """Asks for the right address of somebody who became two members (O03, O05)."""

    _name = "newsletter.identity.merge"
    _description = "Merge Members as a Change of Address"

    member_id = fields.Many2one(
        "newsletter.member",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    coupling_id = fields.Many2one(related="member_id.coupling_id")
    other_id = fields.Many2one(
        "newsletter.member",
        string="Is the Same Person as",
        domain="[('coupling_id', '=', coupling_id), ('id', '!=', member_id)]",
        ondelete="cascade",
    )
    email = fields.Char(related="member_id.email")
    name = fields.Char(related="member_id.name")
    other_name = fields.Char(related="other_id.name", string="Other Name")
    right = fields.Selection(
        [("member", "The first address"), ("other", "The other address")],
        string="The Right Address",
    )
    effect = fields.Text(compute="_compute_effect", string="What will happen")

    def _right_email(self):
        self.ensure_one()
        chosen = {"member": self.member_id, "other": self.other_id}.get(self.right)
        return chosen.email if chosen else ""

    @api.depends("right", "other_id", "member_id")
    def _compute_effect(self):
        for wizard in self:
            wizard.effect = "\n".join(wizard._effects()) or False

    def _effects(self):
        """What the merge does, in a clerk's words, before the button is pressed."""
        members, email = self.member_id | self.other_id, self._right_email()
        if not email or len(members) != 2:
            return
        person = members._whose_contact_stays()
        told = members._tool_recipient(email)
        double = members - person
        yield self.env._(
            "The contact %(name)s stays, with the address %(email)s.",
            name=person.name or person.email,
            email=email,
        )
        if not told:
            yield self.env._("Neither of them is in the newsletter tool.")
            return
        tool = told._tool_name()
        if told.email != email:
            yield self.env._(
                "%(tool)s changes %(old)s to %(new)s with the next transmission; "
                "history, tags and statistics stay.",
                tool=tool,
                old=told.email,
                new=email,
            )
            state, _at = (
                self.env["newsletter.consent"]
                ._effective([email], told.company_id)
                .get(email, ("none", None))
            )
            if state != "confirmed":
                yield self.env._(
                    "%s has no confirmed consent yet: until then the newsletter goes "
                    "on to the former address, and the member waits for a decision.",
                    email,
                )
        elif (members - told).remote_status:
            yield self.env._(
                "%(tool)s unsubscribes %(old)s.", tool=tool, old=(members - told).email
            )
        if left_at := members._leavings(email).get(
            self.coupling_id.sudo().mailing_list_id
        ):
            yield self.env._(
                "One of them left on %(date)s: %(email)s is opted out, too, until the "
                "person agrees anew.",
                date=fields.Date.to_string(left_at),
                email=email,
            )
        if members._objection():
            yield self.env._(
                "One of them objected to all marketing: that holds for the person, by "
                "every address."
            )
        if double._created_partner():
            yield self.env._(
                "The contact %(name)s (%(email)s), which the comparison had created, "
                "is archived.",
                name=double.partner_id.display_name,
                email=double.email,
            )

    def action_merge(self):
        """Make one member of the two."""
        self.ensure_one()
        if not self.other_id:
            raise UserError(self.env._("Choose the member who is the same person."))
        if not self.right:
            raise UserError(self.env._("Choose which of both addresses is right."))
        members = self.member_id | self.other_id
        told = members._merge_as_address_change(self._right_email())
        return {
            "type": "ir.actions.act_window",
            "res_model": told._name,
            "res_id": told.id,
            "views": [(False, "form")],
            "target": "main",
        }
