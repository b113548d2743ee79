"""One webhook call, stored before anything is done about it."""

import json

from odoo import api, fields, models
from odoo.tools import SQL, format_datetime
from odoo.tools.constants import GC_UNLINK_LIMIT
from odoo.tools.translate import LazyTranslate

from ..connectors.webhook import delivery_key

_lt = LazyTranslate(__name__)

#: what the events of a call say, see ``connectors.records.RemoteEvent``
KINDS = {
    "subscribed": _lt("Joined"),
    "unsubscribed": _lt("Left"),
    "updated": _lt("Changed"),
    "deleted": _lt("Deleted"),
    "address_changed": _lt("New address"),
    "bounced": _lt("Mail came back"),
    "complained": _lt("Complaint"),
    "list_changed": _lt("List changed"),
    "unknown": _lt("Something else"),
}
#: days that refused calls are counted
REFUSALS_DAYS = 30
_CRON = "newsletter_sync.cron_deliveries"


class NewsletterDelivery(models.Model):
    """What came in at an address of ours, verified but not looked at yet.

    It is a hint: what follows from it is read back from the tool. A call that says the
    same as one that still waits is that one.
    """

    _name = "newsletter.delivery"
    _description = "Newsletter Webhook Delivery"
    _order = "id desc"
    _log_access = False
    _rec_name = "received_at"
    _check_company_auto = True

    received_at = fields.Datetime(required=True, readonly=True)
    webhook_id = fields.Many2one(
        "newsletter.webhook", ondelete="set null", readonly=True, index=True
    )
    connection_id = fields.Many2one(
        "newsletter.connection",
        required=True,
        ondelete="cascade",
        readonly=True,
        index=True,
    )
    company_id = fields.Many2one(
        "res.company", readonly=True, index=True, ondelete="cascade"
    )
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("done", "Done"),
            ("ignored", "Nothing to do"),
            ("failed", "Not understood"),
        ],
        required=True,
        readonly=True,
    )
    method = fields.Char(readonly=True)
    query = fields.Json(readonly=True)
    body = fields.Text(string="Payload", readonly=True)
    size = fields.Integer(string="Bytes", readonly=True)
    key = fields.Char(readonly=True)
    kinds = fields.Char(readonly=True)
    told = fields.Char(string="What It Tells", compute="_compute_told")
    message = fields.Char(string="Problem", readonly=True)

    _once = models.UniqueIndex("(connection_id, key) WHERE state = 'waiting'")
    _waiting = models.Index("(id) WHERE state = 'waiting'")
    _of_connection = models.Index("(connection_id, received_at)")

    @api.depends("received_at")
    @api.depends_context("lang", "tz")
    def _compute_display_name(self):
        """The time as the reader writes it, not as the database does."""
        for delivery in self:
            delivery.display_name = format_datetime(self.env, delivery.received_at)

    @api.depends("kinds")
    def _compute_told(self):
        for delivery in self:
            kinds = filter(None, (delivery.kinds or "").split(","))
            delivery.told = ", ".join(self.env._(KINDS.get(k, k)) for k in kinds)

    @api.model
    def _store(self, listener, delivery):
        """Keep a verified call and let the scheduler look at it.

        :param listener: the ``Listener`` at the address that was called
        :param delivery: ``connectors.contract.Delivery``
        :return: False if the same waits already
        :raises ValueError: the body is no text
        """
        body = delivery.body.decode()
        if "\0" in body:
            raise ValueError("a NUL is no character of a text")
        query = json.dumps(dict(delivery.query), sort_keys=True)
        values = {
            "received_at": fields.Datetime.now(),
            "webhook_id": listener.id,
            "connection_id": listener.connection_id,
            "company_id": listener.company_id,
            "state": "waiting",
            "method": delivery.method,
            "query": listener.masked(query),
            "body": listener.masked(body),
            "size": len(delivery.body),
            "key": delivery_key(delivery, query),
        }
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO newsletter_delivery (%(columns)s) VALUES (%(values)s)
                ON CONFLICT (connection_id, key) WHERE state = 'waiting' DO NOTHING
                """,
                columns=SQL(", ").join(map(SQL.identifier, values)),
                values=SQL(", ").join(SQL("%s", value) for value in values.values()),
            )
        )
        stored = bool(self.env.cr.rowcount)
        if stored:
            self._wake()
        return stored

    @api.model
    def _wake(self):
        """Let the scheduler look at what waits, as soon as this is committed.

        Many calls in a second need one trigger. A trigger that a running job has used
        up already is locked by it and does not count, so the last call of a burst is
        never left alone.
        """
        cron_id = self.env["ir.model.data"]._xmlid_to_res_id(_CRON)
        self.env.cr.execute(
            SQL(
                """
                SELECT FROM ir_cron_trigger
                 WHERE cron_id = %s AND call_at <= %s
                 LIMIT 1 FOR KEY SHARE SKIP LOCKED
                """,
                cron_id,
                fields.Datetime.now(),
            )
        )
        if not self.env.cr.rowcount:
            # sudo: a tool calls without a user
            self.env["ir.cron"].sudo().browse(cron_id)._trigger()

    @api.autovacuum
    def _gc_refusals(self):
        """Refused calls hold nothing of a person; ``newsletter.retention`` removes the
        calls themselves."""
        limit = GC_UNLINK_LIMIT
        before = fields.Datetime.subtract(fields.Datetime.now(), days=REFUSALS_DAYS)
        # sudo: the vacuum works for all companies
        refusals = self.env["newsletter.webhook.refusal"].sudo()
        refused = refusals.search([("date", "<", before)], limit=limit)
        refused.unlink()
        return len(refused), len(refused) == limit
