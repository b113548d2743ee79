"""Who lets people leave, and when: one run for each account, as soon as it is due."""

from odoo import SUPERUSER_ID, fields, models

from ..connectors.capabilities import Level
from .newsletter_leaving_receipt import RETRY


class NewsletterConnection(models.Model):
    _inherit = "newsletter.connection"

    def _let_leave(self):
        """Start the run that takes people off, one for each account at a time.

        Whatever the couplings' directions, states and automations are. An account that
        is not connected is taken up as soon as it is; its receipts wait and alarm.
        """
        # sudo: leaving asks for no right
        runs = self.env["newsletter.run"].sudo()
        connected = self.sudo().filtered(lambda each: each.state == "connected")
        busy = runs.search(
            [
                ("connection_id", "in", connected.ids),
                ("kind", "=", "leave"),
                ("state", "in", ("queued", "running")),
            ]
        ).connection_id
        receipts = self.env["newsletter.leaving.receipt"].sudo()
        for connection in connected - busy:
            if not receipts._due(connection, limit=1):
                continue
            runs.create(
                {
                    "kind": "leave",
                    "phase": "leave",
                    "state": "queued",
                    "by_itself": True,
                    "connection_id": connection.id,
                    "user_id": SUPERUSER_ID,
                }
            )
        self.env["newsletter.runner"]._wake()

    def _leaving_reaches_account(self):
        """Whether somebody who leaves in the tool leaves all lists of the account."""
        self.ensure_one()
        return self._connector_class().capabilities.unsubscribe is Level.ACCOUNT


class NewsletterRun(models.Model):
    _inherit = "newsletter.run"

    kind = fields.Selection(
        selection_add=[("leave", "Leavings")], ondelete={"leave": "cascade"}
    )
    phase = fields.Selection(selection_add=[("leave", "Taking people off")])


class NewsletterMember(models.Model):
    _inherit = "newsletter.member"

    def _failed(self, message):
        """A leaving is never given up: it waits an hour at most, and no person has to
        take it up again."""
        result = super()._failed(message)
        soon = fields.Datetime.now() + RETRY
        for member in self.filtered(lambda each: each.task == "unsubscribe"):
            member.write(
                {"parked": False, "next_try_at": min(member.next_try_at, soon)}
            )
        return result
