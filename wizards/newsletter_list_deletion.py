"""Delete a mailing list, or rather archive it: asked with the numbers that depend."""

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import format_datetime

from ..models.newsletter_deletion import CHOICES


class NewsletterListDeletion(models.TransientModel):
    """Warns of mailings, then of people, then asks finally (N07); archiving first."""

    _name = "newsletter.list.deletion"
    _description = "Deletion of a Mailing List"
    _inherit = ["newsletter.deletion.question"]
    _back_to = "mass_mailing.action_view_mass_mailing_lists"

    mailing_list_id = fields.Many2one(
        "mailing.list", required=True, readonly=True, ondelete="cascade"
    )
    mailing_count = fields.Integer(string="Mailings", compute="_compute_counts")
    waiting_count = fields.Integer(
        string="Of These Waiting to Be Sent", compute="_compute_counts"
    )
    people_count = fields.Integer(string="People", compute="_compute_counts")
    coupling_count = fields.Integer(string="Couplings", compute="_compute_counts")
    tool_count = fields.Integer(
        string="Of Its People in a Newsletter Tool", compute="_compute_counts"
    )
    # lists stay in their systems with all people, unless somebody wants it otherwise
    choice = fields.Selection(
        CHOICES, string="In the newsletter tool", required=True, default="forget"
    )
    warning = fields.Text(compute="_compute_warning")

    @api.depends("mailing_list_id")
    def _compute_counts(self):
        # archived mailings are history as well
        mailings = self.env["mailing.mailing"].with_context(active_test=False)
        for deletion in self:
            mailing_list = deletion.mailing_list_id
            deletion.mailing_count = mailings.search_count(
                [("contact_list_ids", "in", mailing_list.ids)]
            )
            deletion.waiting_count = len(mailing_list._newsletter_left_alone())
            deletion.people_count = self.env["mailing.subscription"].search_count(
                [("list_id", "=", mailing_list.id)]
            )
            # sudo: those of other companies count as well
            couplings = mailing_list.sudo().newsletter_coupling_ids
            deletion.coupling_count = len(couplings)
            members = self.env["newsletter.member"].sudo()
            deletion.tool_count = members.search_count(couplings._there_to_tell())

    @api.depends("mailing_list_id", "choice")
    def _compute_warning(self):
        for deletion in self:
            deletion.warning = "\n".join(deletion._warnings())

    def _warnings(self):
        """What reaches further than the list, and whom Odoo may not know."""
        # sudo: see _compute_counts
        couplings = self.mailing_list_id.sudo().newsletter_coupling_ids
        yield from couplings.connection_id._deletion_warnings(self.choice)
        for coupling in couplings if self.choice != "forget" else ():
            at = coupling.fetched_at
            yield self.env._(
                "%(tool)s: the list was fetched last at %(at)s. Whoever joined there "
                "since then is not told; fetch first.",
                tool=coupling.connection_id.name,
                at=format_datetime(self.env, at) if at else self.env._("no time yet"),
            )

    def _asked_about(self):
        return self.mailing_list_id, self.people_count

    def _delete(self, records, count):
        """The couplings end before, or stay until their tools were told."""
        staying = self._end_couplings() if self.coupling_count else None
        name = records.name
        records.unlink()
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
        return staying and {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "newsletter_sync.action_newsletter_coupling"
            ),
            "domain": [("id", "in", staying.ids)],
            "target": "main",
        }

    def _end_couplings(self):
        """Whoever may delete lists may not by that end what managers look after.

        :return: the couplings that stay until their tools were told
        """
        if not self.env.user.has_group("newsletter_sync.group_manager"):
            raise AccessError(
                self.env._(
                    "The list is coupled with a newsletter tool. Ending a coupling "
                    "needs the right “Newsletter Tools / Manager”; archive the list "
                    "instead."
                )
            )
        return self.mailing_list_id.newsletter_coupling_ids._end_with_list(self.choice)


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
