"""Mailing lists know what they are coupled with, and are not deleted by mistake."""

from odoo import api, fields, models
from odoo.exceptions import UserError


class MailingList(models.Model):
    _inherit = "mailing.list"

    newsletter_coupling_ids = fields.One2many(
        "newsletter.coupling",
        "mailing_list_id",
        string="Couplings",
        groups="newsletter_sync.group_user",
    )

    newsletter_coupling_count = fields.Integer(
        compute="_compute_newsletter_coupling_count",
        groups="newsletter_sync.group_user",
    )

    @api.depends("newsletter_coupling_ids")
    def _compute_newsletter_coupling_count(self):
        for mailing_list in self:
            mailing_list.newsletter_coupling_count = len(
                mailing_list.newsletter_coupling_ids
            )

    def action_newsletter_couplings(self):
        """The couplings of this list; the one, if there is one only."""
        self.ensure_one()
        couplings = self.newsletter_coupling_ids
        if len(couplings) == 1:
            return couplings.action_open()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "newsletter_sync.action_newsletter_coupling"
        )
        return {**action, "domain": [("id", "in", couplings.ids)]}

    def action_newsletter_couple(self):
        """Begin the dialog with this list."""
        self.ensure_one()
        wizards = self.env["newsletter.couple.wizard"]
        return wizards.action_open(mailing_list_id=self.id)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_coupled(self):
        """A deletion would leave the tool's people behind without anybody noticing."""
        # sudo: couplings of all companies and for users who may not see them
        couplings = self.env["newsletter.coupling"].sudo()
        coupled = couplings.search([("mailing_list_id", "in", self.ids)])
        if coupled:
            raise UserError(
                self.env._(
                    "“%(list)s” is coupled with a list of a newsletter tool. Archive "
                    "the mailing list instead; its history has value. If it was made "
                    "by mistake, end the coupling first, then delete it.",
                    list=", ".join(sorted(set(coupled.mailing_list_id.mapped("name")))),
                )
            )
