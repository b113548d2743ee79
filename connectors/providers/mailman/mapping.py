"""Mailman's members and requests in our words.

A member's JSON lacks what decides whether mail goes out: the delivery status comes from
another call. Times are UTC without saying so.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from ....sync.address import normalise
from ....sync.vocabulary import RemoteMember, Status, Value
from ... import answers
from ...contract import Bounce, FieldType, RemoteField
from ...errors import BadAnswer
from ...records import _lt

#: the one thing that Mailman knows of a person beside the address
NAME = "display_name"
NAME_FIELD = RemoteField(NAME, _lt("Name"), FieldType.TEXT, remote_id=NAME)

#: delivery_status → our status, and the reason. A new word means: no mail goes out.
DELIVERY = {
    "enabled": (Status.SUBSCRIBED, ""),
    "by_user": (Status.UNSUBSCRIBED, "the person has paused the delivery"),
    "by_bounces": (Status.GENERAL_BOUNCE, "too many mails came back"),
    "by_moderator": (Status.BLOCKED, "the list's owner has stopped the delivery"),
}
OFF = (Status.UNSUBSCRIBED, "the delivery is off")

_TRANSLITERATION = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


def member_of(entry: Mapping[str, Any], delivery: str) -> RemoteMember:
    """A member of a list.

    :param delivery: the delivery status that holds for it
    :raises BadAnswer: no address or no id
    """
    status, reason = DELIVERY.get(delivery, OFF)
    bounced = status is Status.GENERAL_BOUNCE
    return RemoteMember(
        remote_id=answers.identifier(entry.get("member_id"), "member"),
        email=address_of(entry),
        status=status,
        status_at=answers.iso_time(entry.get("last_bounce_received"))
        if bounced
        else None,
        values={NAME: answers.text(entry.get(NAME)) or None},
        reason=reason,
        raw=entry,
    )


def pending_of(request: Mapping[str, Any]) -> RemoteMember:
    """Somebody who waits: for the own confirmation, or for a moderator. There is no
    member yet and so no id."""
    return RemoteMember(
        remote_id="",
        email=address_of(request),
        status=Status.PENDING,
        status_at=answers.iso_time(request.get("when")),
        values={NAME: answers.text(request.get(NAME)) or None},
        raw=request,
    )


def bounce_of(entry: Mapping[str, Any]) -> Bounce:
    """A member whom Mailman no longer mails; hard or soft is not told."""
    return Bounce(
        address_of(entry),
        Status.GENERAL_BOUNCE,
        at=answers.iso_time(entry.get("last_bounce_received")),
        code="by_bounces",
    )


def address_of(entry: Mapping[str, Any]) -> str:
    """The address in lower case.

    :raises BadAnswer: there is none
    """
    email = entry.get("email")
    if not isinstance(email, str) or "@" not in email:
        raise BadAnswer("an entry without address")
    return normalise(email)


def encoded(value: Value) -> str:
    """A value as a name; nothing is an empty one."""
    return "" if value is None else str(value)


def last_part(link: Any) -> str:
    """The id at the end of a link. The rest of it may name a host that only the server
    itself can reach, so no link is ever followed."""
    return answers.text(link).rstrip("/").rpartition("/")[2]


def list_name(label: str) -> str:
    """The local part of a new list's address: ``faerber-soehne``."""
    plain = unicodedata.normalize("NFC", label).lower().translate(_TRANSLITERATION)
    plain = unicodedata.normalize("NFD", plain).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
