"""CleverReach's webhooks: a shared token in a header, and ids only in the body."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from ... import answers
from ...contract import Delivery, RemoteEvent
from ...errors import WebhookRefused
from ...webhook import delivery_key, require_same

#: the category of events that is registered for a group
EVENT = "receiver"
_KINDS = {
    "receiver.subscribed": "subscribed",
    "receiver.unsubscribed": "unsubscribed",
    # Created may mean pending: what it is, the read-back tells.
    "receiver.created": "updated",
    "receiver.updated": "updated",
    "receiver.deleted": "deleted",
    "group.created": "list_changed",
    "group.updated": "list_changed",
    "group.deleted": "list_changed",
}


def handshake(delivery: Delivery, verify: str) -> str | None:
    """``<our text> <their secret>``, asked for by a GET while we register."""
    if delivery.method.upper() != "GET":
        return None
    secret = delivery.query.get("secret", "")
    # It is echoed: nothing but a plain token may come back out.
    if not verify or not re.fullmatch(r"[\w.~+/=-]{1,200}", secret, re.ASCII):
        raise WebhookRefused("the check of the webhook address is malformed")
    return f"{verify} {secret}"


def verify(delivery: Delivery, secrets: Mapping[str, str]) -> None:
    """The header must hold the token that we got when we registered; no HMAC exists."""
    sent = delivery.headers.get("x-cr-calltoken")
    require_same(sent, secrets.get("call_token"))


def parse(delivery: Delivery) -> list[RemoteEvent]:
    """The events of one call. An address in it is encrypted and not looked at.

    :raises WebhookRefused: malformed
    """
    try:
        body = json.loads(delivery.body)
    except (ValueError, RecursionError):
        raise WebhookRefused("the call is no JSON") from None
    entries = body if isinstance(body, list) else [body]
    return [_event(delivery, entry, str(n)) for n, entry in enumerate(entries)]


def _event(delivery: Delivery, entry: Any, number: str) -> RemoteEvent:
    if not isinstance(entry, dict) or not isinstance(entry.get("event"), str):
        raise WebhookRefused("the call names no event")
    payload = answers.mapping(entry.get("payload"))
    return RemoteEvent(
        kind=_KINDS.get(entry["event"], "unknown"),
        key=delivery_key(delivery, number),
        list_id=answers.text(payload.get("group_id") or entry.get("condition")),
        remote_id=answers.text(payload.get("pool_id")),
        raw=entry,
    )
