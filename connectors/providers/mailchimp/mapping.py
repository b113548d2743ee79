"""Mailchimp's members and merge fields in our words, and back."""

from __future__ import annotations

import hashlib
import math
import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from ....sync.address import normalise
from ....sync.vocabulary import RemoteMember, Status, Value
from ... import answers
from ...contract import FieldType, Refusal, RemoteField
from ...errors import BadAnswer

#: "transactional" is known from a shop and never agreed to anything: not subscribed,
#: and no opt-out either
STATUSES = {
    "subscribed": Status.SUBSCRIBED,
    "unsubscribed": Status.UNSUBSCRIBED,
    "cleaned": Status.HARD_BOUNCE,
    "pending": Status.PENDING,
    "transactional": Status.PENDING,
}
ARCHIVED = "archived"
#: a sign-up that nobody has confirmed after so long is no longer answered by a click
CONFIRMED_WITHIN = timedelta(days=60)
TYPES = {
    "number": FieldType.NUMBER,
    "date": FieldType.DATE,
    "radio": FieldType.CHOICE,
    "dropdown": FieldType.CHOICE,
}
#: what the tool lacks becomes a number (truth) or a text
NEW_TYPES = {
    FieldType.NUMBER: "number",
    FieldType.BOOLEAN: "number",
    FieldType.DATE: "date",
}
#: words of an error, the first one that occurs decides; the codes of a batch tell less
_REFUSALS = (
    ("permanently deleted", Refusal.FORGOTTEN),
    ("forgotten", Refusal.FORGOTTEN),
    ("compliance", Refusal.COMPLIANCE),
    ("fake or invalid", Refusal.INVALID),
    ("valid email", Refusal.INVALID),
    ("lot of lists", Refusal.TOO_MANY_SIGNUPS),
    ("too many", Refusal.TOO_MANY_SIGNUPS),
    ("merge field", Refusal.FIELD),
)
_TAG_LENGTH = 10
_LETTERS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


def subscriber_hash(email: str) -> str:
    """The id of an address: it changes with the address, and knows no case."""
    return hashlib.md5(
        email.strip().lower().encode(), usedforsecurity=False
    ).hexdigest()


def refusal_of(title: str, text: str, field: str = "") -> Refusal:
    """Why a member was refused.

    :param field: the merge field that is wrong, if one is named
    """
    words = f"{title} {text}".lower()
    for word, refusal in _REFUSALS:
        if word in words:
            return refusal
    return Refusal.FIELD if field and field != "email_address" else Refusal.OTHER


# --- members --------------------------------------------------------------------
def is_there(member: Mapping[str, Any]) -> bool:
    """Whether somebody is in the audience: who is archived was taken out."""
    return answers.text(member.get("status")) != ARCHIVED


def status_of(member: Mapping[str, Any]) -> Status:
    """The status; a word that is not known is never taken for a subscription."""
    return STATUSES.get(answers.text(member.get("status")), Status.PENDING)


def remote_id_of(member: Mapping[str, Any]) -> str:
    """The id that outlives a change of the address, in older answers the hash."""
    return answers.text(member.get("contact_id")) or answers.identifier(
        member.get("id"), "member"
    )


def member_of(
    member: Mapping[str, Any],
    fields: Mapping[str, RemoteField],
    tags: frozenset[str],
) -> RemoteMember:
    """One member. Since when somebody is unsubscribed is not told.

    :param fields: merge fields by tag; they tell the type of a value
    :raises BadAnswer: a member without address
    """
    email = answers.text(member.get("email_address"))
    if "@" not in email:
        raise BadAnswer("a member without address")
    status = status_of(member)
    joined = answers.iso_time(member.get("timestamp_opt"))
    asked = answers.iso_time(member.get("timestamp_signup"))
    since = {Status.SUBSCRIBED: joined or asked, Status.PENDING: asked}
    clicked = _clicked(asked, joined)
    values = answers.mapping(member.get("merge_fields"))
    return RemoteMember(
        remote_id=remote_id_of(member),
        email=normalise(email),
        status=status,
        status_at=since.get(status),
        values={
            name: decoded(value, fields.get(name)) for name, value in values.items()
        },
        tags=tags,
        changed_at=answers.iso_time(member.get("last_changed")),
        opt_in_at=joined if clicked else None,
        opt_in_ip=answers.text(member.get("ip_opt")) if clicked else "",
        reason=_reason_of(member),
        raw=member,
    )


def _clicked(asked: datetime | None, joined: datetime | None) -> bool:
    """Whether the person has confirmed a sign-up, as far as the times tell.

    Mailchimp fills ``timestamp_opt`` and ``ip_opt`` also for whom a program or the
    staff has added, but not ``timestamp_signup`` (answers of real accounts with the
    sources "API - Generic" and "Admin Add"). A form that asks nobody is believed to set
    both at the same moment. What is set long after the sign-up is no click either.
    """
    return bool(asked and joined and asked < joined <= asked + CONFIRMED_WITHIN)


def _reason_of(member: Mapping[str, Any]) -> str:
    """Why the person left, in their words; the tool's own filling is no reason."""
    reason = answers.text(member.get("unsubscribe_reason"))
    return "" if reason.startswith("N/A") else reason


# --- merge fields ---------------------------------------------------------------
def field_of(field: Mapping[str, Any], audience: str) -> RemoteField:
    """One merge field. An address is read as one line and not written.

    :raises BadAnswer: a field without tag or id
    """
    tag = answers.text(field.get("tag")).strip()
    if not tag:
        raise BadAnswer("a merge field without tag")
    kind = answers.text(field.get("type"))
    choices = answers.mapping(field.get("options")).get("choices")
    return RemoteField(
        name=tag,
        label=answers.text(field.get("name")).strip() or tag,
        type=TYPES.get(kind, FieldType.TEXT),
        remote_id=answers.identifier(field.get("merge_id"), "merge field"),
        list_id=audience,
        choices=tuple(map(answers.text, choices)) if isinstance(choices, list) else (),
        read_only=kind == "address",
    )


def tag_for(label: str, taken: Mapping[str, Any]) -> str:
    """A merge tag made of a label (ten capitals, digits, underscores), or "" where that
    is taken: then the tool makes one up."""
    plain = unicodedata.normalize("NFC", label).lower().translate(_LETTERS)
    plain = unicodedata.normalize("NFD", plain).encode("ascii", "ignore").decode()
    tag = re.sub(r"[^A-Z0-9]+", "_", plain.upper()).strip("_")[:_TAG_LENGTH].rstrip("_")
    return "" if not tag or tag in taken or tag == "EMAIL" else tag


def decoded(value: Any, field: RemoteField | None) -> Value:
    """A value as its field's type; as text where it does not look like one."""
    if isinstance(value, dict):  # an address
        names = ("addr1", "addr2", "zip", "city", "state", "country")
        parts = (answers.text(value.get(name)).strip() for name in names)
        return ", ".join(part for part in parts if part) or None
    text = answers.text(value)
    if text == "":
        return None
    kind = field.type if field else FieldType.TEXT
    if kind is FieldType.NUMBER:
        found = answers.number(value)
        return text if found is None else found
    if kind is FieldType.DATE:
        return answers.iso_date(text) or text
    return text


def encoded(value: Value, field: RemoteField) -> str | int | float:
    """A value as Mailchimp takes it; "" empties. Truths are not taken: 1 and 0."""
    if value is None or isinstance(value, float) and not math.isfinite(value):
        return ""
    if isinstance(value, bool):
        value = int(value)
    if field.type is FieldType.NUMBER and isinstance(value, int | float):
        return value
    if isinstance(value, datetime):
        if value.tzinfo is not None:
            value = value.astimezone(timezone.utc)
        if field.type is FieldType.DATE:
            return value.date().isoformat()
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return format(Decimal(repr(value)), "f").removesuffix(".0")
    return str(value)


def iso(moment: datetime) -> str:
    """Whole seconds with an offset: fractions make a filter ineffective."""
    return moment.astimezone(timezone.utc).isoformat(timespec="seconds")
