"""Checks that every webhook needs, in constant time."""

from __future__ import annotations

import hashlib
import hmac

from .contract import Delivery
from .errors import WebhookRefused


def same(one: str | None, other: str | None) -> bool:
    """Whether two texts are equal, in a time that does not tell how far they are.

    Nothing equals nothing: an empty or missing secret never matches.
    """
    if not one or not other:
        return False
    return hmac.compare_digest(one.encode(), other.encode())


def require_same(sent: str | None, expected: str | None) -> None:
    """Raise ``WebhookRefused`` unless the call carries the secret that it must."""
    if not same(sent, expected):
        raise WebhookRefused("the call does not carry the right secret")


def hmac_hex(secret: str, *parts: bytes, algorithm: str = "sha256") -> str:
    """Keyed hash of the parts, one behind the other, as hexadecimal text."""
    digest = hmac.new(secret.encode(), digestmod=algorithm)
    for part in parts:
        digest.update(part)
    return digest.hexdigest()


def require_hmac(
    secret: str, sent: str | None, *parts: bytes, algorithm: str = "sha256"
) -> None:
    """Raise ``WebhookRefused`` unless ``sent`` is the keyed hash of the raw parts."""
    if not secret:
        raise WebhookRefused("no secret is known for this call")
    expected = hmac_hex(secret, *parts, algorithm=algorithm)
    require_same((sent or "").lower(), expected)


def delivery_key(delivery: Delivery, *parts: str) -> str:
    """A key for one delivery where the tool gives none: a hash of what it says.

    Two different happenings can have the same key where the tool tells no time ("Anna
    was changed", twice). So a key makes a second delivery needless only *while the
    first one still waits*; after that the same key is news again.
    """
    digest = hashlib.sha256()
    for part in (delivery.method.encode(), delivery.body, *(p.encode() for p in parts)):
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()
