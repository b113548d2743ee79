"""Mailchimp's webhooks: forms, proved by a secret in our URL, lately signed, too."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from urllib.parse import parse_qsl, urlencode, urlsplit

from ...contract import Delivery, RemoteEvent
from ...errors import WebhookRefused
from ...webhook import delivery_key, require_hmac, require_same

#: what we ask for; campaigns are none of our business
EVENTS = {
    **dict.fromkeys(
        ("subscribe", "unsubscribe", "profile", "cleaned", "upemail"), True
    ),
    "campaign": False,
}
#: not our own writes, whose echo would tell nothing
SOURCES = {"user": True, "admin": True, "api": False}
#: the parameter of our URL that holds the secret
SECRET = "secret"
_KINDS = {
    "subscribe": "subscribed",
    "unsubscribe": "unsubscribed",
    "profile": "updated",
    "upemail": "address_changed",
    "cleaned": "bounced",
}


def url_with_secret(url: str, secret: str) -> str:
    """Our URL, told to Mailchimp only."""
    glue = "&" if urlsplit(url).query else "?"
    return f"{url}{glue}{urlencode({SECRET: secret})}"


def handshake(delivery: Delivery) -> str | None:
    """Mailchimp tries the URL by a GET and wants any 200."""
    return "ok" if delivery.method.upper() == "GET" else None


def verify(delivery: Delivery, secrets: Mapping[str, str]) -> None:
    """The URL must hold our secret; where a signing secret is known, the signature must
    fit, too. Its age is not looked at: a repeated call makes us read once more."""
    require_same(delivery.query.get(SECRET), secrets.get(SECRET))
    signing = secrets.get("signing_secret")
    if not signing:
        return
    header = delivery.headers.get("x-mailchimp-signature") or ""
    parts = dict(part.strip().partition("=")[::2] for part in header.split(","))
    moment = parts.get("t", "")
    require_hmac(signing, parts.get("v1"), f"{moment}.".encode(), delivery.body)


def parse(delivery: Delivery) -> list[RemoteEvent]:
    """The one event of a call.

    :raises WebhookRefused: malformed
    """
    try:
        pairs = parse_qsl(delivery.body.decode(), keep_blank_values=True)
    except ValueError:
        raise WebhookRefused("the call is no form") from None
    form = dict(pairs)
    kind = form.get("type")
    if not kind:
        raise WebhookRefused("the call names no event")
    data = {
        name[5:-1]: value
        for name, value in form.items()
        if name.startswith("data[") and name.endswith("]")
    }
    return [
        RemoteEvent(
            kind=_kind(kind, data),
            key=delivery_key(delivery),
            list_id=data.get("list_id", ""),
            email=data.get("new_email") or data.get("email", ""),
            old_email=data.get("old_email", ""),
            at=_moment(form.get("fired_at", "")),
            reason=data.get("reason", ""),
            raw=form,
        )
    ]


def _kind(kind: str, data: Mapping[str, str]) -> str:
    if data.get("reason") == "abuse":
        return "complained"
    if kind == "unsubscribe" and data.get("action") == "delete":
        return "deleted"
    return _KINDS.get(kind, "unknown")


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.strptime(text, "%Y-%m-%d %H:%M:%S")
    except ValueError:
        return None
    return found.replace(tzinfo=timezone.utc)
