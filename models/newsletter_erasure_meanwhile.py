"""Whoever agrees anew while a tool is just deleting them is new to that tool.

The call cannot be taken back. The next comparison would find them gone and take that
for their leaving.
"""

from odoo import models


class NewsletterErasureReceipt(models.Model):
    _inherit = "newsletter.erasure.receipt"

    def _agreed_meanwhile(self, people):
        """Forget what the tool told of people whom it has deleted and who are back.

        :param people: whom the tool deleted just now, as in ``people``
        :return: whether there is anybody
        """
        self.ensure_one()
        deleted = {each["email"] for each in people if not each.get("agreed")}
        agreed = deleted - self.env["newsletter.tombstone"]._known(
            deleted, self.company_id
        )
        if not agreed:
            return False
        members = self.env["newsletter.member"].search(
            [
                ("connection_id", "=", self.connection_id.id),
                ("email", "in", list(agreed)),
            ]
        )
        members.write(
            {
                "remote_id": False,
                "remote_status": False,
                "remote_status_at": False,
                "base_status": False,
            }
        )
        self.env["newsletter.change"]._note(members)
        return True
