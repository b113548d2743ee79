"""CleverReach's receivers and attributes in our words, and back.

Times are unix seconds (0 = never), ids are opaque, and attribute values come back as
text whatever their type. Where sources differ about a shape, all of them are accepted.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from ....sync.address import normalise
from ....sync.vocabulary import RemoteMember, Status, Value
from ... import answers
from ...contract import Bounce, FieldType, RemoteField
from ...errors import BadAnswer

#: the tool has four types; what it lacks is kept as text or number
TYPES = {"text": FieldType.TEXT, "number": FieldType.NUMBER, "date": FieldType.DATE}
NEW_TYPES = {
    FieldType.NUMBER: "number",
    FieldType.DATE: "date",
    FieldType.BOOLEAN: "number",
}
_TRANSLITERATION = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
#: types of values that ``decoded`` makes something else of than a text
_TYPED = frozenset({FieldType.NUMBER, FieldType.DATE})
_NO_TAGS: frozenset[str] = frozenset()
_NUMBER = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d{1,9})?")


# --- people ---------------------------------------------------------------------
def status_of(receiver: Mapping[str, Any]) -> tuple[Status, datetime | None]:
    """Status on the group, and since when.

    Leaving outranks everything: a receiver that looks both active and deactivated is
    taken for unsubscribed. "Never" is 0, sometimes 1 for a bounce; 1 as a time of
    deactivation still means "deactivated", at a time unknown.
    """
    activated = _seconds(receiver, "activated")
    deactivated = _seconds(receiver, "deactivated")
    active = _truth(receiver.get("active"))
    if deactivated > 0:
        return Status.UNSUBSCRIBED, answers.unix_time(deactivated)
    if _seconds(receiver, "bounced") > 1:
        return Status.GENERAL_BOUNCE, answers.unix_time(receiver.get("bounced"))
    if activated > 0 and active is not False or active is True:
        return Status.SUBSCRIBED, answers.unix_time(activated)
    if activated > 0:
        return Status.UNSUBSCRIBED, None
    return Status.PENDING, answers.unix_time(receiver.get("registered"))


def _seconds(receiver: Mapping[str, Any], name: str) -> float:
    return answers.number(receiver.get(name)) or 0


def _truth(value: Any) -> bool | None:
    """``active`` is a truth, in older answers a number or text; None: not told."""
    if value in (True, 1, "1", "true"):
        return True
    if value in (False, 0, "0", "false"):
        return False
    return None


def members_of(
    receivers: Iterable[Mapping[str, Any]], fields: Mapping[str, RemoteField]
) -> tuple[RemoteMember, ...]:
    """Receivers as members.

    :param fields: attributes by name; they tell the type of a value
    :raises BadAnswer: a receiver without address
    """
    # whose values are more than texts
    typed = {name for name, field in fields.items() if field.type in _TYPED}
    return tuple(_member_of(receiver, fields, typed) for receiver in receivers)


def _member_of(
    receiver: Mapping[str, Any], fields: Mapping[str, RemoteField], typed: set[str]
) -> RemoteMember:
    email = receiver.get("email")
    if not isinstance(email, str) or "@" not in email:
        raise BadAnswer("a receiver without address")
    status, status_at = status_of(receiver)
    own = {
        **answers.mapping(receiver.get("global_attributes")),
        **answers.mapping(receiver.get("attributes")),
    }
    return RemoteMember(
        remote_id=answers.text(receiver.get("id")),
        email=normalise(email),
        status=status,
        status_at=status_at,
        values={
            # most values are texts and most texts are empty
            name: value or None
            if type(value) is str and name not in typed
            else decoded(value, fields.get(name))
            for name, value in own.items()
        },
        tags=_tags(receiver.get("tags")),
        raw=receiver,
    )


def _tags(value: Any) -> frozenset[str]:
    """Tags as ``origin.name``, given as texts or as objects."""
    if not value:
        return _NO_TAGS
    found = set()
    for tag in value if isinstance(value, list) else ():
        if isinstance(tag, dict):
            parts = (answers.text(tag.get("origin")), answers.text(tag.get("tag")))
            tag = ".".join(part for part in parts if part)
        if isinstance(tag, str) and tag:
            found.add(tag)
    return frozenset(found)


# --- bounces --------------------------------------------------------------------
def bounce_of(report: Mapping[str, Any]) -> Bounce:
    """One bounce report. The full list of categories is not known: a new one is a
    bounce of which nobody can tell whether it lasts.

    :raises BadAnswer: a report without address
    """
    email = report.get("email")
    if not isinstance(email, str) or "@" not in email:
        raise BadAnswer("a bounce without address")
    category = answers.text(report.get("category"))
    status = Status.GENERAL_BOUNCE
    if "hard" in category.lower() or "permanent" in category.lower():
        status = Status.HARD_BOUNCE
    elif "soft" in category.lower() or "temporar" in category.lower():
        status = Status.SOFT_BOUNCE
    return Bounce(
        normalise(email),
        status,
        at=answers.unix_time(report.get("last_update"))
        or answers.iso_time(report.get("last_update_gmt")),
        code=category,
        message=answers.text(report.get("bounce_message")),
    )


# --- values ---------------------------------------------------------------------
def decoded(value: Any, field: RemoteField | None) -> Value:
    """A value as its attribute's type; as text where it does not look like one."""
    text = answers.text(value)
    if text == "":
        return None
    kind = field.type if field else FieldType.TEXT
    if kind is FieldType.NUMBER and _NUMBER.fullmatch(text):
        return float(text) if "." in text else int(text)
    if kind is FieldType.DATE:
        return _day(text) or text
    return text


def _day(text: str) -> date | None:
    """A day, spelled as ISO date or as the unix time of a midnight anywhere.

    Which zone's midnight is not told; the nearest midnight in UTC is the same day.
    """
    seconds = answers.number(text)
    if seconds is None:
        return answers.iso_date(text)
    if not abs(seconds) < 10**11:
        return None
    half_a_day = 43_200
    return date(1970, 1, 1) + timedelta(days=(seconds + half_a_day) // 86_400)


def encoded(value: Value) -> str:
    """A value as CleverReach stores it; "" empties the attribute."""
    if value is None or isinstance(value, float) and not math.isfinite(value):
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, datetime):
        if value.tzinfo is not None:
            value = value.astimezone(timezone.utc)
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        plain = format(Decimal(repr(value)), "f")
        return plain.removesuffix(".0")
    return str(value)


# --- attributes -----------------------------------------------------------------
def field_of(attribute: Mapping[str, Any]) -> RemoteField:
    """One attribute; ``groups_id`` 0 means: of the whole account.

    :raises BadAnswer: an attribute without name or id
    """
    name = answers.text(attribute.get("name")).strip()
    if not name:
        raise BadAnswer("an attribute without name")
    group = answers.text(attribute.get("groups_id") or attribute.get("group_id"))
    return RemoteField(
        name=name,
        label=answers.text(attribute.get("description")).strip() or name,
        type=TYPES.get(answers.text(attribute.get("type")), FieldType.TEXT),
        remote_id=answers.identifier(attribute.get("id"), "attribute"),
        list_id="" if group == "0" else group,
    )


def technical_name(label: str) -> str:
    """A name of the kind that CleverReach makes of a label: ``strasse_nr``."""
    plain = unicodedata.normalize("NFC", label).lower().translate(_TRANSLITERATION)
    plain = unicodedata.normalize("NFD", plain).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
