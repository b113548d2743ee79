"""Merged records: whoever was a recipient of one of them stays a recipient."""

from odoo import models


class NewsletterMember(models.Model):
    _inherit = "newsletter.member"

    def _merged_into(self, kept, former):
        """Give the members of merged records to the one that is kept, where they are
        the same recipient.

        An address of its own stays a recipient of its own, as its consent does: it is
        not silently exchanged for the address of the record that is kept. A change of
        address that waited (the record had the address already) goes on waiting.

        :param kept: the contact or lead
        :param former: {member id: the address that its record had before}
        """
        link = self._record_field(kept._name)
        address = kept.email_normalized
        apart = self.filtered(
            lambda member: address not in (member.email, former[member.id])
        )
        apart.filtered(link).write({link: False})
        (self - apart).filtered(lambda member: member[link] != kept).write(
            {link: kept.id}
        )
        self.env["newsletter.change"]._note(self.filtered("active"))


class CrmLead(models.Model):
    _inherit = "crm.lead"

    def _merge_opportunity(self, *args, **kwargs):
        """The lead that is kept may get its address by the merge, so who is who is
        known at its end only."""
        members = self.env["newsletter.member"].with_context(active_test=False)
        members = members._of_records(self)
        former = {member.id: member.lead_id.email_normalized for member in members}
        head = super()._merge_opportunity(*args, **kwargs)
        members._merged_into(head, former)
        return head

    def _merge_dependences(self, opportunities):
        """Members go along like messages: a merge deletes records, not people."""
        result = super()._merge_dependences(opportunities)
        members = self.env["newsletter.member"].with_context(active_test=False)
        members._of_records(opportunities).write({"lead_id": self.id})
        return result
