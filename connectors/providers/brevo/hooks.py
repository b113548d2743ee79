"""Brevo's webhooks: a bearer token of ours, no signature, one event or a batch.

Brevo throws an event away after any 5xx: whoever receives it stores it first (sheet,
section 6).
"""

from __future__ import annotations

import json
import secrets as random
from collections.abc import Iterator, Mapping
from typing import Any

from ....sync.address import normalise
from ... import answers
from ...contract import Delivery, RemoteEvent
from ...errors import WebhookRefused
from ...webhook import delivery_key, require_same

EVENTS = (
    "unsubscribed",
    "listAddition",
    "contactUpdated",
    "contactDeleted",
    "hardBounce",
    "softBounce",
    "spam",
)
_KINDS = {
    "unsubscribe": "unsubscribed",
    "list_addition": "subscribed",
    "contact_updated": "updated",
    "contact_deleted": "deleted",
    "hard_bounce": "bounced",
    "soft_bounce": "bounced",
    "spam": "complained",
}


def registration(url: str) -> tuple[dict[str, Any], dict[str, str]]:
    """What is sent to register a URL, and the secret that calls will carry."""
    token = random.token_urlsafe(32)
    body = {
        "url": url,
        "description": "Odoo",
        "type": "marketing",
        "events": list(EVENTS),
        "auth": {"type": "bearer", "token": token},
    }
    return body, {"token": token}


def verify(delivery: Delivery, secrets: Mapping[str, str]) -> None:
    """The token that we chose must come back."""
    scheme, _, token = delivery.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise WebhookRefused("the call carries no token")
    require_same(token.strip(), secrets.get("token"))


def parse(delivery: Delivery) -> list[RemoteEvent]:
    """One event for each address and list that a call names.

    :raises WebhookRefused: malformed
    """
    try:
        body = json.loads(delivery.body)
    except (ValueError, RecursionError):
        raise WebhookRefused("the call is no JSON") from None
    entries = body if isinstance(body, list) else [body]
    if not all(isinstance(entry, dict) for entry in entries):
        raise WebhookRefused("the call names no event")
    return [
        event
        for n, entry in enumerate(entries)
        for event in _events(delivery, entry, n)
    ]


def _events(
    delivery: Delivery, entry: dict[str, Any], number: int
) -> Iterator[RemoteEvent]:
    """``id`` is the webhook's, so people are named by address only."""
    name = entry.get("event")
    if not isinstance(name, str):
        raise WebhookRefused("the call names no event")
    # Local times without an offset stand beside; only the unix times are sure.
    at = answers.unix_time(entry.get("ts_event") or entry.get("ts"))
    for email in _texts(entry.get("email")) or [""]:
        for list_id in _texts(entry.get("list_id")) or [""]:
            yield RemoteEvent(
                kind=_KINDS.get(name, "unknown"),
                key=delivery_key(delivery, str(number), email, list_id),
                list_id=list_id,
                email=normalise(email) if "@" in email else "",
                at=at,
                reason=answers.text(entry.get("reason")),
                raw=entry,
            )


def _texts(value: Any) -> list[str]:
    """One value or several, as texts."""
    found = value if isinstance(value, list) else [value]
    return [text for one in found if (text := answers.text(one))]
