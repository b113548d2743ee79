"""Odoo's own mailings reach nobody who left, and no address that does not exist.

The blocklist does most of it. This is for what the blocklist does not know: a tick set
by an import, somebody who is put on a list again that they have left, here or in a
tool, returns.
"""

from odoo import models
from odoo.tools import SQL


class MailingMailing(models.Model):
    _inherit = "mailing.mailing"

    def _get_opt_out_list(self):
        """Addresses that this mailing leaves out as opted out."""
        opted_out = set(super()._get_opt_out_list())
        return opted_out | self._newsletter_left_out()

    def _newsletter_left_out(self):
        """Who wants no e-mails, or none of the sender's, who left these lists, and who
        cannot be reached.

        A mailing asks anew for each few people whom it reaches, so that nobody who
        leaves meanwhile is mailed; the answer is about these few then.
        """
        self.ensure_one()
        self.env.flush_all()
        mailed = self.env.context.get("newsletter_mailed")

        def among(column):
            if mailed is None:
                return SQL("TRUE")
            return SQL("%s = ANY(%s)", SQL.identifier(column), list(mailed))

        statements = [
            SQL(
                """
                SELECT email_normalized FROM res_partner
                 WHERE no_marketing_email AND email_normalized IS NOT NULL AND %s
                """,
                among("email_normalized"),
            ),
            SQL(
                "SELECT email FROM newsletter_bounce_address WHERE state = %s AND %s",
                "hard_bounce",
                among("email"),
            ),
            self._newsletter_refusing(mailed),
        ]
        if self.mailing_on_mailing_list and self.contact_list_ids:
            lists = self.contact_list_ids
            statements.append(
                lists._newsletter_left_out(self._newsletter_senders(), mailed)
            )
        rows = self.env.execute_query(SQL(" UNION ").join(statements))
        return {email for (email,) in rows}
