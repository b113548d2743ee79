"""Who lets people leave, and when: one run for each account, as soon as it is due."""

from odoo import SUPERUSER_ID, fields, models

from ..connectors.capabilities import Level


class NewsletterConnection(models.Model):
    _inherit = "newsletter.connection"

    def _let_leave(self):
        """Start the run that takes people off, one for each account at a time.

        Whatever the couplings' directions, states and automations are. An account that
        is not connected is taken up as soon as it is; its receipts wait and alarm.
        """
        receipts = self.env["newsletter.leaving.receipt"].sudo()
        self.filtered(lambda each: receipts._due(each, limit=1))._start_account_run(
            "leave"
        )

    def _start_account_run(self, kind):
        """Queue a run of the whole account, unless one is open already."""
        # sudo: runs are started by the offered actions and by the scheduler only
        runs = self.env["newsletter.run"].sudo()
        for connection in self.sudo().filtered(lambda c: c.state == "connected"):
            if runs.search_count(
                [
                    ("connection_id", "=", connection.id),
                    ("kind", "=", kind),
                    ("state", "in", ("queued", "running")),
                ],
                limit=1,
            ):
                continue
            runs.create(
                {
                    "kind": kind,
                    "phase": kind,
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
