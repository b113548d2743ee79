"""listmonk's subscribers, memberships and bounces in our words, and back.

Two statuses decide: the subscriber's own (enabled, disabled, blocklisted) and that of
the membership (unconfirmed, confirmed, unsubscribed). The same "unconfirmed" gets mail
on a single opt-in list and waits on a double opt-in one (sheet section 2).
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timezone
from typing import Any

from ....sync.address import normalise
from ....sync.vocabulary import RemoteMember, Status, Value
from ... import answers
from ...contract import Bounce, FieldType, RemoteField
from ...errors import BadAnswer

#: the one attribute that stands beside the free ones
NAME = "name"
#: an attribute has no entry of its own: its type is that of the values seen
_TYPES = ((bool, FieldType.BOOLEAN), (int | float, FieldType.NUMBER))
_BOUNCES = {"hard": Status.HARD_BOUNCE, "soft": Status.SOFT_BOUNCE}
_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


# --- people ---------------------------------------------------------------------
def membership_of(person: Mapping[str, Any], list_id: str) -> dict[str, Any] | None:
    """How a subscriber stands on a list; None if not on it.

    :raises BadAnswer: a subscriber without lists is not one who is on none
    """
    for membership in answers.objects(person.get("lists") or [], "memberships"):
        if answers.text(membership.get("id")) == list_id:
            return membership
    return None


def waits(membership: Mapping[str, Any]) -> bool:
    """Whether a membership waits for the person's click."""
    unconfirmed = membership.get("subscription_status") == "unconfirmed"
    return unconfirmed and membership.get("optin") != "single"


def status_of(person: Mapping[str, Any], membership: Mapping[str, Any]) -> Status:
    """Status on the list. Leaving outranks all; an unknown word is taken for pending,
    which neither mails anybody nor remembers a leaving."""
    word = membership.get("subscription_status")
    if word == "unsubscribed":
        return Status.UNSUBSCRIBED
    if person.get("status") != "enabled":
        return Status.BLOCKED
    if word not in ("confirmed", "unconfirmed") or waits(membership):
        return Status.PENDING
    return Status.SUBSCRIBED


def member_of(
    person: Mapping[str, Any], list_id: str, bounce: Bounce | None = None
) -> RemoteMember | None:
    """A subscriber as a member of one list; None if not on it.

    :param bounce: the hard bounce for which the tool has blocklisted the person
    """
    membership = membership_of(person, list_id)
    if membership is None:
        return None
    changed = answers.iso_time(membership.get("subscription_updated_at"))
    edited = answers.iso_time(person.get("updated_at"))
    times = [moment for moment in (changed, edited) if moment]
    # The address of the click is only there if the person clicked, but not its time: an
    # import by the tool's staff renews that of the membership and keeps the address.
    # All that is sure is that nobody clicked before they were put on the list, and an
    # old click must not look younger than a leaving.
    ip = answers.text(
        answers.mapping(membership.get("subscription_meta")).get("optin_ip")
    )
    return RemoteMember(
        remote_id=identifier(person),
        email=address(person),
        status=bounce.status if bounce else status_of(person, membership),
        status_at=bounce.at if bounce else changed,
        values=values_of(person),
        changed_at=max(times, default=None),
        opt_in_at=answers.iso_time(membership.get("subscription_created_at"))
        if ip
        else None,
        opt_in_ip=ip,
        reason=bounce.message if bounce else "",
        raw=person,
    )


def identifier(person: Mapping[str, Any]) -> str:
    """The subscriber's id, a number as text.

    :raises BadAnswer: if there is none
    """
    found = answers.identifier(person.get("id"), "subscriber")
    if not found.isdecimal():
        raise BadAnswer("a subscriber whose id is no number")
    return found


def address(person: Mapping[str, Any]) -> str:
    """The subscriber's address.

    :raises BadAnswer: if there is none
    """
    email = person.get("email")
    if not isinstance(email, str) or "@" not in email:
        raise BadAnswer("a subscriber without address")
    return normalise(email)


# --- bounces --------------------------------------------------------------------
def bounce_of(record: Mapping[str, Any]) -> Bounce:
    """One bounce record; a complaint is told as a general bounce with that code."""
    kind = answers.text(record.get("type"))
    return Bounce(
        address(record),
        _BOUNCES.get(kind, Status.GENERAL_BOUNCE),
        at=answers.iso_time(record.get("created_at")),
        code=kind,
        message=answers.text(record.get("source")),
    )


# --- attributes -----------------------------------------------------------------
def values_of(person: Mapping[str, Any]) -> dict[str, Value]:
    """Name and attributes; what is nested has no place in ``Value`` and is left out."""
    own = answers.mapping(person.get("attribs"))
    plain = {
        key: value
        for key, value in own.items()
        if value is None or isinstance(value, str | int | float)
    }
    return plain | {NAME: answers.text(person.get("name"))}


def encoded(value: Value) -> str | int | float | bool | None:
    """A value as JSON keeps it; JSON knows neither days nor "not a number"."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, datetime) and value.tzinfo is not None:
        value = value.astimezone(timezone.utc)
    return value.isoformat() if isinstance(value, date) else value


def body_of(values: Mapping[str, Value]) -> dict[str, Any]:
    """Values as a write takes them. An empty name would be ignored by the tool."""
    attribs = {key: encoded(value) for key, value in values.items() if key != NAME}
    name = values.get(NAME)
    return {"attribs": attribs} | ({"name": str(name)} if name else {})


def fields_of(people: Iterable[Mapping[str, Any]]) -> list[RemoteField]:
    """The attributes that these people have."""
    seen: dict[str, list[Value]] = {}
    for person in people:
        for key, value in values_of(person).items():
            seen.setdefault(key, []).append(value)
    seen.pop(NAME, None)
    return [
        RemoteField(NAME, "Name", remote_id=NAME),
        *(field(key, key, _type(seen[key])) for key in sorted(seen)),
    ]


def field(name: str, label: str, type: FieldType) -> RemoteField:
    """An attribute; its name is all the identity it has."""
    return RemoteField(name, label, type, remote_id=name)


def _type(values: Iterable[Value]) -> FieldType:
    there = [value for value in values if value is not None]
    for kind, type in _TYPES:
        if there and all(isinstance(value, kind) for value in there):
            return type
    return FieldType.TEXT


def technical_name(label: str) -> str:
    """A key that templates can name: small letters, digits, underscores."""
    plain = unicodedata.normalize("NFC", label).lower().translate(_GERMAN)
    plain = unicodedata.normalize("NFD", plain).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
