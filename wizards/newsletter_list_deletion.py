"""Delete a mailing list, or rather archive it: asked with the numbers that depend."""

from odoo import api, fields, models
from odoo.exceptions import UserError


class NewsletterListDeletion(models.TransientModel):
    """Warns of mailings, then of people, then asks finally (N07); archiving first."""

    _name = "newsletter.list.deletion"
    _description = "Deletion of a Mailing List"

    mailing_list_id = fields.Many2one(
        "mailing.list", required=True, readonly=True, ondelete="cascade"
    )
    way = fields.Selection(
        [
            ("archive", "Archive it: hidden, its history stays"),
            ("delete", "Delete it for good"),
        ],
        default="archive",
        required=True,
    )
    mailing_count = fields.Integer(string="Mailings", compute="_compute_counts")
    people_count = fields.Integer(string="People", compute="_compute_counts")
    coupling_count = fields.Integer(string="Couplings", compute="_compute_counts")
    typed_people = fields.Integer(string="Number of people in the list")
    accepted = fields.Boolean(string="I have read this and want it")

    @api.depends("mailing_list_id")
    def _compute_counts(self):
        for deletion in self:
            mailing_list = deletion.mailing_list_id
            deletion.mailing_count = self.env["mailing.mailing"].search_count(
                [("contact_list_ids", "in", mailing_list.ids)]
            )
            deletion.people_count = self.env["mailing.subscription"].search_count(
                [("list_id", "=", mailing_list.id)]
            )
            # sudo: those of other companies count as well
            deletion.coupling_count = len(mailing_list.sudo().newsletter_coupling_ids)

    def action_confirm(self):
        """Archive, or end the couplings and delete."""
        self.ensure_one()
        mailing_list = self.mailing_list_id
        following = {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "mass_mailing.action_view_mass_mailing_lists"
            ),
            "target": "main",
        }
        if self.way == "archive":
            mailing_list.action_archive()
            return following
        mailing_list.check_access("unlink")
        if not self.accepted or self.typed_people != self.people_count:
            raise UserError(
                self.env._(
                    "Please tick that you have read the warning, and enter the number "
                    "of people, %s.",
                    self.people_count,
                )
            )
        mailing_list.newsletter_coupling_ids._uncouple()
        name, count = mailing_list.name, self.people_count
        mailing_list.unlink()
        self.env["newsletter.event"]._log(
            "mailing_list_deleted",
            level="warning",
            text=self.env._(
                "%(user)s deleted the mailing list “%(list)s” with %(count)s people.",
                user=self.env.user.name,
                list=name,
                count=count,
            ),
        )
        return following


class MailingList(models.Model):
    _inherit = "mailing.list"

    def action_newsletter_delete(self):
        """Ask with the numbers that depend on the list."""
        self.ensure_one()
        deletion = self.env["newsletter.list.deletion"].create(
            {"mailing_list_id": self.id}
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Archive or Delete the Mailing List"),
            "res_model": deletion._name,
            "res_id": deletion.id,
            "views": [(False, "form")],
            "target": "new",
        }
