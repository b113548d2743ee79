"""What receipts of accounts have in common: they are asked again until they obey."""

from datetime import timedelta

from odoo import api, fields, models

#: a refused request is repeated at least so often
RETRY = timedelta(hours=1)


class NewsletterReceipt(models.AbstractModel):
    """The queue of one account's open receipts.

    Whoever inherits has ``connection_id`` and a ``state`` with waiting and failed.
    """

    _name = "newsletter.receipt"
    _description = "Receipt of an Account"

    tries = fields.Integer(readonly=True, help="Failed tries so far.")
    next_try_at = fields.Datetime(readonly=True)
    done_at = fields.Datetime(readonly=True)
    proof = fields.Text(readonly=True, help="What the tool answered.")
    message = fields.Char(readonly=True, help="Why the last try failed.")

    def _refused(self, message):
        """Later again, each time a little later, for ever."""
        for receipt in self:
            # bounded first: after two days of refusals it would be no timedelta
            wait = min(timedelta(minutes=2 ** min(receipt.tries, 10)), RETRY)
            receipt.write(
                {
                    "tries": receipt.tries + 1,
                    "message": message,
                    "next_try_at": fields.Datetime.now() + wait,
                    "state": "failed",
                }
            )

    @api.model
    def _due(self, connection, limit=None):
        """Open receipts of an account whose time has come, the oldest first."""
        return self.search(
            [
                ("connection_id", "=", connection.id),
                ("state", "in", ("waiting", "failed")),
                "|",
                ("next_try_at", "=", False),
                ("next_try_at", "<=", fields.Datetime.now()),
            ],
            order="id",
            limit=limit,
        )
