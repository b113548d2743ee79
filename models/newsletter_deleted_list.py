"""Mailings outlive their lists: kept, and never sent to nobody as if all were well."""

from odoo import models


class MailingList(models.Model):
    _inherit = "mailing.list"

    def _newsletter_left_alone(self):
        """Mailings that wait to be sent, and only to these lists."""
        # sudo: whoever may delete a list may not see all that waits for it
        waiting = (
            self.env["mailing.mailing"]
            .sudo()
            .search(
                [("contact_list_ids", "in", self.ids), ("state", "=", "in_queue")],
            )
        )
        return waiting.filtered(
            lambda mailing: (
                mailing.mailing_on_mailing_list and mailing.contact_list_ids <= self
            )
        )

    def unlink(self):
        """Mailings stay without the list (N08).

        Odoo would find nobody for one that waits, and mark it as sent. It becomes a
        draft again, and says why.
        """
        waiting = self._newsletter_left_alone()
        reasons = {
            mailing.id: ", ".join(mailing.contact_list_ids.mapped("name"))
            for mailing in waiting
        }
        result = super().unlink()
        waiting.invalidate_recordset(["contact_list_ids"])
        waiting.action_cancel()
        for mailing in waiting:
            mailing.message_post(
                body=self.env._(
                    "The mailing list was deleted: %s. The mailing is a draft again "
                    "and will not be sent. Choose other recipients first.",
                    reasons[mailing.id],
                )
            )
        return result
