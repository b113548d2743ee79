"""KlickTipp's contacts and fields in our words, and back.

Almost everything is text. Times of a status are German local texts, those of fields are
unix seconds; decimals are written in hundredths and read with a point (section 4).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from ....sync.address import normalise
from ....sync.vocabulary import RemoteMember, Status, Value
from ... import answers
from ...contract import FieldType, RemoteField
from ...errors import BadAnswer, MisConfigured

#: the vendor does not name the zone of status times; the account's is a German one
ZONE = ZoneInfo("Europe/Berlin")
#: the kinds of fields, which the API does not tell, and what they are to us
KINDS = {
    **dict.fromkeys(("line", "paragraph", "html", "url", "email"), FieldType.TEXT),
    **dict.fromkeys(("time", "phone"), FieldType.TEXT),
    **dict.fromkeys(("number", "decimal"), FieldType.NUMBER),
    "date": FieldType.DATE,
    "datetime": FieldType.DATETIME,
}
BUILT_IN = {
    **dict.fromkeys(
        ("fieldPrivatePhone", "fieldMobilePhone", "fieldPhone", "fieldFax"), "phone"
    ),
    "fieldBirthday": "date",
    "fieldLeadValue": "number",
    "fieldWebsite": "url",
}
_GERMAN = re.compile(
    r"(\d{1,2})\.(\d{1,2})\.(\d{4})(?:\s+(\d{1,2}):(\d{2})(?::(\d{2}))?)?"
)
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?")
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


# --- contacts -------------------------------------------------------------------
def status_of(contact: Mapping[str, Any]) -> tuple[Status, datetime | None]:
    """Status in the whole account, and since when.

    Leaving outranks everything, a bounce outranks a subscription. A word that is not
    known is never taken for a subscription.
    """
    word = answers.text(contact.get("status")).strip().lower()
    left = german_time(contact.get("unsubscription"))
    if "unsub" in word or left and word != "subscribed" and "pending" not in word:
        return Status.UNSUBSCRIBED, left
    bounced = bounce_of(answers.text(contact.get("bounce")))
    if bounced:
        return bounced, None
    if word == "subscribed":
        since = german_time(contact.get("optin")) or german_time(contact.get("date"))
        return Status.SUBSCRIBED, since
    return Status.PENDING, german_time(contact.get("date"))


def bounce_of(text: str) -> Status | None:
    """A bounce by its text, of which only "Not Bounced" is published."""
    word = text.strip().lower()
    if not word or word.startswith("not "):
        return None
    if "hard" in word:
        return Status.HARD_BOUNCE
    return Status.SOFT_BOUNCE if "soft" in word else Status.GENERAL_BOUNCE


def german_time(text: Any) -> datetime | None:
    """``28.12.2024 22:52:09`` or ``28.12.2024`` of German local time, as UTC."""
    match = _GERMAN.fullmatch(answers.text(text).strip())
    if not match:
        return None
    day, month, year, hour, minute, second = (int(part or 0) for part in match.groups())
    try:
        local = datetime(year, month, day, hour, minute, second, tzinfo=ZONE)
        return local.astimezone(timezone.utc)
    except (ValueError, OverflowError):
        return None


def tag_ids(contact: Mapping[str, Any]) -> set[str]:
    """Ids of all tags, whichever of the three places names them."""
    tags = contact.get("tags")
    found = (
        {answers.text(tag) for tag in tags if tag} if isinstance(tags, list) else set()
    )
    for name in ("manual_tags", "smart_tags"):
        found |= set(answers.mapping(contact.get(name)))
    return found


def number_of(remote_id: str) -> int:
    """An id as the API takes it in a body.

    :raises BadAnswer: if it is no number
    """
    try:
        return int(remote_id)
    except ValueError:
        raise BadAnswer("an id was expected to be a number") from None


def member_of(
    contact: Mapping[str, Any], kinds: Mapping[str, str], tags: frozenset[str]
) -> RemoteMember:
    """One contact as a member.

    :param kinds: kind of each field, by name
    :param tags: names of the tags to tell
    :raises BadAnswer: a contact without address
    """
    status, status_at = status_of(contact)
    names = [name for name in contact if name.startswith("field")]
    # "192.0.2.7 - By API Request": a program wrote them in, which is nobody's click
    ip, _dash, by = answers.text(contact.get("optin_ip")).partition(" ")
    clicked = not by
    return RemoteMember(
        remote_id=answers.identifier(contact.get("id"), "contact"),
        email=normalise(address_of(contact)),
        status=status,
        status_at=status_at,
        values={n: decoded(contact[n], kinds.get(n, "line")) for n in names},
        tags=tags,
        opt_in_at=german_time(contact.get("optin")) if clicked else None,
        opt_in_ip=ip if clicked else "",
        raw=contact,
    )


def address_of(contact: Mapping[str, Any]) -> str:
    """The address.

    :raises BadAnswer: there is none
    """
    email = answers.text(contact.get("email")).strip()
    if "@" not in email:
        raise BadAnswer("a contact without address")
    return email


# --- fields ---------------------------------------------------------------------
def field_kinds(text: str) -> dict[str, str]:
    """``field123 = decimal`` for each own field whose kind matters, by name.

    :raises MisConfigured: a kind that does not exist
    """
    found = {}
    for entry in re.split(r"[,;\n]+", text):
        if not entry.strip():
            continue
        name, _, kind = (part.strip() for part in entry.partition("="))
        if kind.lower() not in KINDS or not name:
            known = ", ".join(sorted(KINDS))
            raise MisConfigured(f"types of fields: {entry.strip()!r}; known: {known}")
        prefix = "" if name.startswith("field") else "field"
        found[prefix + name] = kind.lower()
    return found


def field_of(name: str, label: Any, kind: str) -> RemoteField:
    """One field; its name with the prefix is the key in a contact."""
    shown = answers.text(label).strip() or name
    return RemoteField(name, shown, KINDS[kind], remote_id=name.removeprefix("field"))


def decoded(value: Any, kind: str) -> Value:
    """A value as its kind; as text where it does not look like one."""
    text = answers.text(value)
    if text == "":
        return None
    if kind == "phone":
        return "+" + text[2:] if text.startswith("00") else text
    if KINDS[kind] is FieldType.TEXT and kind != "time":
        return text
    seconds = answers.number(text)
    if seconds is None or not abs(seconds) < 10**11:
        return text
    if kind in ("number", "decimal"):
        return seconds
    if kind == "time":
        minutes, second = divmod(int(seconds), 60)
        return f"{minutes // 60:02d}:{minutes % 60:02d}:{second:02d}"
    moment = _EPOCH + timedelta(seconds=int(seconds))
    return moment.date() if kind == "date" else moment


def encoded(value: Value, kind: str) -> str:
    """A value as KlickTipp takes it; "" empties the field."""
    if value is None or isinstance(value, float) and not math.isfinite(value):
        return ""
    if isinstance(value, bool):
        value = int(value)
    if kind == "decimal" and isinstance(value, int | float):
        cents = Decimal(str(value)) * 100
        return str(int(cents.quantize(Decimal(1), ROUND_HALF_UP)))
    if kind in ("date", "datetime") and isinstance(value, date):
        return _seconds(value)
    if kind == "time" and (match := _CLOCK.fullmatch(str(value))):
        hour, minute, second = (int(part or 0) for part in match.groups())
        return str(hour * 3600 + minute * 60 + second)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return format(Decimal(repr(value)), "f").removesuffix(".0")
    return str(value)


def _seconds(value: date) -> str:
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)
    if value.tzinfo is None:
        value = value.replace(tzinfo=timezone.utc)
    return str(int(value.timestamp()))
