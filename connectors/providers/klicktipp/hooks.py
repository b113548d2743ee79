"""KlickTipp's webhooks, which a person sets up: parameters with free names.

Nothing is signed. A static parameter ``Authorization`` holds our token, as the vendor's
own triggers have it (sheet section 6).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from urllib.parse import parse_qsl

from ...contract import Delivery, RemoteEvent
from ...errors import WebhookRefused
from ...webhook import delivery_key, require_same

#: names that the address may have; it is always sent
_ADDRESS_NAMES = ("email", "e-mail", "mail", "email_address", "emailaddress")


def verify(delivery: Delivery, secrets: Mapping[str, str]) -> None:
    """The parameter must be our token."""
    require_same(_parameters(delivery).get("authorization"), secrets.get("token"))


def parse(delivery: Delivery) -> list[RemoteEvent]:
    """One hint: something happened to this address.

    :raises WebhookRefused: no address
    """
    given = _parameters(delivery)
    named = [given[name] for name in _ADDRESS_NAMES if "@" in given.get(name, "")]
    found = named or [value for value in given.values() if "@" in value]
    if not found:
        raise WebhookRefused("the call names no address")
    shown = {name: text for name, text in given.items() if name != "authorization"}
    key = delivery_key(delivery, json.dumps(shown, sort_keys=True))
    return [RemoteEvent("updated", key, email=found[0].strip(), raw=shown)]


def _parameters(delivery: Delivery) -> dict[str, str]:
    """Parameters by name in lower case: of the query, and of a form or JSON body."""
    body: object = None
    with suppress(ValueError, RecursionError):
        text = delivery.body.decode()
        body = json.loads(text) if text.lstrip()[:1] == "{" else dict(parse_qsl(text))
    given = {**delivery.query, **(body if isinstance(body, dict) else {})}
    return {
        name.lower(): value for name, value in given.items() if isinstance(value, str)
    }
