"""Merging contacts brings nobody back and loses no recipient."""

from odoo import models

from ..models.newsletter_deletion import ANSWER


class MergePartners(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _merge(self, partner_ids, dst_partner=None, extra_checks=True):
        """Merging brings nobody back and loses nobody: the strictest wish counts."""
        partners = self.env["res.partner"].browse(partner_ids).exists()
        # sudo: members and wishes of people whom this user may not see in full
        unwanted = any(partners.sudo().mapped("no_marketing_email"))
        members = self.env["newsletter.member"].with_context(active_test=False)
        members = members._of_records(partners)
        former = {member.id: member.partner_id.email_normalized for member in members}
        result = super(MergePartners, self.with_context(**{ANSWER: "keep"}))._merge(
            partner_ids, dst_partner=dst_partner, extra_checks=extra_checks
        )
        kept = partners.exists()
        if len(kept) != 1:
            return result
        if unwanted and not kept.sudo().no_marketing_email:
            kept.sudo().no_marketing_email = True
        members.invalidate_recordset()
        members._merged_into(kept, former)
        return result
