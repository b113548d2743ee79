"""How a recipient looks in JSON, what its times mean, and how a write changes them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from ...store import Member

TIMES = ("registered", "activated", "deactivated", "bounced")
#: ``type`` of a listing → statuses. Bounced and unsubscribed counts as unsubscribed.
TYPES = {
    "all": (),
    "active": ("subscribed",),
    "inactive": ("unsubscribed", "pending"),
    "bounce": ("hard_bounce",),
}
_ADDRESS = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[^@\s.,;<>\"]{2,}")


def address(value: Any) -> str:
    """An e-mail address as it is kept: without blanks around, in lower case."""
    return str(value or "").strip().lower()


def is_address(email: str) -> bool:
    """Whether it could be an address."""
    return bool(_ADDRESS.fullmatch(email))


def status(member: Member) -> str:
    """Our word for what the times say."""
    if member.deactivated:
        return "unsubscribed"
    if member.bounced:
        return "hard_bounce"
    return "subscribed" if member.activated else "pending"


def receiver(
    member: Member, empty: tuple[dict, dict], id: Callable[[int], Any]
) -> dict[str, Any]:
    """A full profile. Every defined attribute is there, "" where nothing is known.

    ``empty``: the group's own attributes and the global ones, each with "".
    """
    return {
        "id": id(member.id),
        "email": member.email,
        "imported": member.created,
        "registered": member.registered,
        "activated": member.activated,
        "deactivated": member.deactivated,
        "bounced": member.bounced,
        "group_id": id(member.list_id),
        "active": member.status == "subscribed",
        "source": member.data.get("source", ""),
        "last_ip": member.data.get("last_ip", ""),
        "last_location": "",
        "last_client": "",
        "points": 0,
        "stars": 0,
        "conversion_rate": 0,
        "open_rate": 0,
        "click_rate": 0,
        "attributes": empty[0] | member.attributes,
        "global_attributes": empty[1] | member.shared,
    }


def set_times(member: Member, row: Mapping[str, Any], now: int, new: bool) -> None:
    """What a written row does to the times.

    New and none of the three given: active at once. ``activated`` missing means active
    too, unless ``deactivated`` is set: the reading that lets people in who should not
    be, so that a client that is not careful gets caught. Known: nothing given leaves
    them alone; ``activated: 0`` takes an active one out; ``deactivated: 0`` or
    ``activated`` > 0 brings somebody back.
    """
    given = {key: _unix(row[key]) for key in TIMES[:3] if row.get(key) is not None}
    if new:
        member.deactivated = given.get("deactivated", 0)
        member.registered = given.get("registered") or now
        member.activated = given.get("activated", 0 if member.deactivated else now)
    else:
        member.registered = given.get("registered", member.registered)
        if given.get("deactivated"):
            member.deactivated = given["deactivated"]
        elif given.get("activated") == 0:
            deactivate(member, now)
            member.activated = 0
        elif "deactivated" in given or given.get("activated"):
            if member.deactivated or given.get("activated"):
                member.activated = given.get("activated") or now
            member.deactivated = 0
    member.status = status(member)


def deactivate(member: Member, now: int) -> None:
    """Take somebody out; who is out or has not confirmed yet stays as is."""
    if member.activated and not member.deactivated:
        member.deactivated = now
    member.status = status(member)


def set_values(
    known: dict[str, Any], given: Any, definitions: Mapping[str, Mapping[str, Any]]
) -> dict[str, str]:
    """Values after a write: all text, unknown names dropped, unnamed ones kept.

    ``+n`` and ``-n`` change a number, as the official integration core uses it.
    """
    values = dict(known)
    if not isinstance(given, Mapping):
        return values
    for name, value in given.items():
        definition = definitions.get(str(name).lower())
        if definition is None:
            continue
        text = _text(value)
        if definition["type"] == "number" and re.fullmatch(r"[+-]\d+", text):
            text = str(int(values.get(definition["name"]) or 0) + int(text))
        values[definition["name"]] = text
    return values


def tag_name(tag: Any) -> str:
    """A tag as it is kept: other characters than these become ``_``."""
    return re.sub(r"[^\w.-]", "_", str(tag).strip(), flags=re.ASCII)


def _unix(value: Any) -> int:
    try:
        return max(0, int(value))
    except (TypeError, ValueError):
        return 0


def _text(value: Any) -> str:
    if value is None:
        return ""
    return str(int(value)) if isinstance(value, bool) else str(value)
