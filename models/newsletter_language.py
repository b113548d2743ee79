"""The language where nobody is logged in: what a scheduled action writes at night.

Odoo's own user speaks English in every database, so the log, the messages of runs and
the activities of a German office would be English just where nobody was there to see
it happen.
"""

from odoo import models


class NewsletterConnection(models.Model):
    _inherit = "newsletter.connection"

    def _spoken(self):
        """The language for texts that nobody asked for, as a code; "" if none is known.

        :return: that of who is responsible for these connections, of the first ones if
            there are several, else that of the company
        """
        company = self[:1].company_id or self.env.company
        people = [*self.user_id.partner_id, company.partner_id]
        installed = dict(self.env["res.lang"].get_installed())
        return next((who.lang for who in people if who.lang in installed), "")


class IrCron(models.Model):
    _inherit = "ir.cron"

    def _callback(self, cron_name, server_action_id):
        """Let our own scheduled actions speak as those do who read what they say."""
        # sudo: which language is spoken is no secret, the connections may be
        action = self.env["ir.actions.server"].sudo().browse(server_action_id)
        if (action.model_id.model or "").startswith("newsletter."):
            connections = self.env["newsletter.connection"].sudo()
            lang = connections.search([("user_id", "!=", False)], limit=1)._spoken()
            self = self.with_context(lang=lang or None)  # noqa: PLW0642
        return super()._callback(cron_name, server_action_id)
