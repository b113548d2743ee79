"""What follows from webhook calls: leavings at once, everything else is read back."""

import time
from collections import defaultdict
from operator import itemgetter

from odoo import api, models

from ..connectors.contract import Delivery
from ..connectors.errors import WebhookRefused
from ..connectors.masked_log import get_logger
from ..sync.address import parse
from ..sync.reconcile import LEFT
from .newsletter_push import naive
from .newsletter_runner import CRON_SECONDS

_logger = get_logger(__name__)

#: calls looked at in one transaction
SLICE = 500
#: kinds of events by which somebody has left
_LEAVING = ("unsubscribed", "complained")
#: kinds that the echo of a write of ours could be
_ECHOES = ("subscribed", "unsubscribed", "updated", "unknown")
_LEFT = [status.value for status in LEFT]


class NewsletterDelivery(models.Model):
    _inherit = "newsletter.delivery"

    @api.model
    def _cron_work(self):
        """Look at all that waits, a slice in each transaction."""
        runner = self.env["newsletter.runner"]
        until = time.monotonic() + CRON_SECONDS
        while runner._in_transaction(
            lambda own: own.env["newsletter.delivery"]._work_slice()
        ):
            if time.monotonic() >= until:
                self._wake()
                break

    @api.model
    def _work_slice(self):
        """Take up some calls; the number of them."""
        # sudo: the scheduler works for all users and companies
        waiting = self.sudo().search(
            [
                ("state", "=", "waiting"),
                ("connection_id.state", "in", ("connected", "reconnect")),
            ],
            order="id",
            limit=SLICE,
        )
        waiting = waiting.try_lock_for_update()
        for connection, deliveries in waiting.grouped("connection_id").items():
            company = connection.company_id
            deliveries = deliveries.with_company(company).with_context(
                allowed_company_ids=company.ids, newsletter_origin="webhook"
            )
            try:
                with self.env.cr.savepoint():
                    deliveries._take_up(connection)
            except Exception:
                _logger.exception("webhook calls are looked at one by one")
                deliveries._take_up_singly(connection)
        return len(waiting)

    def _take_up_singly(self, connection):
        """One call that nobody can cope with does not hold up the others."""
        for delivery in self:
            try:
                with self.env.cr.savepoint():
                    delivery._take_up(connection)
            except Exception as error:
                _logger.exception("webhook call %s was not understood", delivery.id)
                delivery._close("failed", type(error).__name__)

    def _look_again(self):
        """Let calls wait once more, unless the same is waiting already."""
        waiting = self.search(
            [("state", "=", "waiting"), ("key", "in", self.mapped("key"))]
        )
        keys = {(each.connection_id, each.key) for each in waiting}
        for delivery in self:
            key = (delivery.connection_id, delivery.key)
            if key not in keys:
                keys.add(key)
                delivery.write({"state": "waiting", "message": False})
        self._wake()

    def _close(self, state, message=False):
        self.write({"state": state, "message": message})

    def _take_up(self, connection):
        """Turn calls into leavings and hints.

        What a call says is proof enough for a leaving only; for all else it is a hint
        to read the person from the tool again.
        """
        told = self._told(connection)
        connection._heard_again()
        couplings = connection.coupling_ids.filtered(lambda c: c.state == "active")
        known = self._known_members(couplings, [event for _row, event in told])
        leavings, hints, strange = defaultdict(dict), [], defaultdict(int)
        followed = set()
        connector = connection._connector_class()
        for delivery, event in told:
            at = naive(event.at) or delivery.received_at
            places = [
                coupling
                for coupling in couplings
                if connector.concerns(event, coupling.remote_id)
            ]
            if not places:
                strange[event.list_id] += 1
            for coupling in places:
                member = known(coupling, event)
                if event.kind in _LEAVING and member and not _has_left(member):
                    # calls come in any order: the latest leaving counts
                    told_before = leavings[coupling].get(member, (at, event.reason))
                    leavings[coupling][member] = max(
                        told_before, (at, event.reason), key=itemgetter(0)
                    )
                    followed.add(delivery.id)
                hint = self._hint(coupling, member, event, delivery)
                if hint:
                    hints.append(hint)
                    followed.add(delivery.id)
        self._complain(connection, told, couplings, known)
        for coupling, members in leavings.items():
            coupling._leave_at_once(members)
        self.env["newsletter.hint"]._hear(hints)
        self._log_strange(connection, strange)
        hinted = couplings.browse({hint[0] for hint in hints})
        hinted._read_hints()
        done = self.browse(followed)
        done._close("done")
        # what was not understood is closed already
        (self - done).filtered(lambda d: d.state == "waiting")._close("ignored")

    def _told(self, connection):
        """[(delivery, event)] in the order of coming in."""
        connector = connection._connector_class()
        told = []
        for delivery in self.sorted("id"):
            raw = Delivery(
                delivery.method,
                {},
                delivery.query or {},
                (delivery.body or "").encode(),
            )
            try:
                events = connector.parse(raw)
            except WebhookRefused as error:
                delivery._close("failed", error.detail)
                continue
            delivery.kinds = ",".join(sorted({event.kind for event in events}))
            told += [(delivery, event) for event in events]
        return told

    @api.model
    def _known_members(self, couplings, events):
        """A function that finds the member whom an event is about."""
        ids = {event.remote_id for event in events if event.remote_id}
        emails = {
            address
            for event in events
            for address in (_address(event.email), _address(event.old_email))
            if address
        }
        members = self.env["newsletter.member"].search(
            [
                ("coupling_id", "in", couplings.ids),
                "|",
                ("remote_id", "in", list(ids)),
                ("email", "in", list(emails)),
            ]
        )
        by_id = {(m.coupling_id, m.remote_id): m for m in members if m.remote_id}
        by_email = {(m.coupling_id, m.email): m for m in members}

        def known(coupling, event):
            keys = (_address(event.old_email), _address(event.email))
            return by_id.get((coupling, event.remote_id)) or next(
                (by_email[coupling, k] for k in keys if (coupling, k) in by_email),
                members.browse(),
            )

        return known

    @api.model
    def _hint(self, coupling, member, event, delivery):
        """The hint that an event gives for a coupling, or None if it tells no news."""
        if not coupling._reads_hints():
            return None
        remote_id = event.remote_id or member.remote_id or ""
        email = _address(event.email) or member.email or ""
        if not remote_id and not email:
            return None
        if event.kind == "list_changed":
            return None
        if event.kind == "deleted" and not member:
            return None
        if event.kind in _LEAVING and member and _has_left(member):
            return None
        sure = event.kind not in _ECHOES
        return coupling.id, remote_id, email, delivery.received_at, sure

    @api.model
    def _complain(self, connection, told, couplings, known):
        """A complaint is about all marketing, whatever list it came from (W3)."""
        emails = {}
        for delivery, event in told:
            if event.kind == "complained":
                at = naive(event.at) or delivery.received_at
                people = [known(coupling, event).email for coupling in couplings]
                for email in filter(None, [_address(event.email), *people]):
                    emails[email] = {"at": at, "reason": event.reason}
        self.env["newsletter.leaving"]._take_in(
            emails, connection.company_id, "complaint", "everything"
        )

    @api.model
    def _log_strange(self, connection, strange):
        """Lists that nobody has coupled are none of our business, but no secret."""
        self.env["newsletter.event"]._log_many(
            {
                "code": "webhook_other_list",
                "connection": connection,
                "text": self.env._(
                    "%(count)s webhook calls about “%(list)s”, which is not coupled, "
                    "were ignored.",
                    count=count,
                    list=list_id or connection.name,
                ),
            }
            for list_id, count in strange.items()
        )


def _address(text):
    return (parse(text).email or "") if text else ""


def _has_left(member):
    """Whether both sides know already that the person has left."""
    return member.remote_status in _LEFT and (
        member.local_status in _LEFT or not member.local_status
    )
