"""How things look on the wire: texts, numbers, dates, values of fields."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from ...store import Member
from ..base import Refusal

#: The dates of a status come in this zone; the vendor does not say, it is an assumption
ZONE = ZoneInfo("Europe/Berlin")
TEXTS = {
    "denied": ("API access denied.", "API Zugriff verweigert"),
    "login": ("Wrong username or password.", "Falscher Benutzername oder Passwort."),
    "twice": ("You are already logged in.", "Sie sind bereits angemeldet."),
    "nobody": ("You are not logged in.", "Sie sind nicht angemeldet."),
    "missing": ("There is no such entity.", "Dieser Eintrag existiert nicht."),
    "none": ("There are no such contacts.", "Es gibt keine solchen Kontakte."),
    "tag_taken": ("This tag exists already.", "Dieser Tag existiert bereits."),
    "tag_name": ("The name of a tag is missing.", "Der Name des Tags fehlt."),
}
_ADDRESS = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[^@\s.,;<>\"]{2,}")
STATUSES = {
    "subscribed": "Subscribed",
    "pending": "Opt-In Pending",
    "unsubscribed": "Unsubscribed",
}
#: bounce word of the filters → text of a contact; only the first one is published
BOUNCES = {
    "nobounce": "Not Bounced",
    "softbounce": "Soft Bounce",
    "hardbounce": "Hard Bounce",
    "spambounce": "Spam Bounce",
}
#: bounce word → our word for the status of somebody who has not unsubscribed
OURS = {
    "softbounce": "soft_bounce",
    "hardbounce": "hard_bounce",
    "spambounce": "general_bounce",
}


def refused(number: int, **more: Any) -> Refusal:
    """A business error: 406 with ``{"error": number}``."""
    return Refusal(406, body={"error": number, **more})


def text(key: str, language: str) -> str:
    """One of the texts in English or German."""
    return TEXTS[key][language == "de"]


def address(value: Any) -> str:
    """An e-mail address as it is kept: without blanks around, in lower case."""
    return str(value or "").strip().lower()


def is_address(email: str) -> bool:
    """Whether it could be an address."""
    return bool(_ADDRESS.fullmatch(email))


def state(member: Member) -> str:
    """subscribed, pending or unsubscribed, whatever has bounced."""
    if member.deactivated:
        return "unsubscribed"
    return "subscribed" if member.activated else "pending"


def bounce(member: Member) -> str:
    """The bounce, in the words of the filters."""
    return member.data.get("bounce", "hardbounce") if member.bounced else "nobounce"


def status(member: Member) -> str:
    """Our one word for state and bounce."""
    word = state(member)
    return word if word == "unsubscribed" else OURS.get(bounce(member), word)


def german(stamp: int, date_only: bool = False) -> str:
    """``28.12.2024 22:52:09``, local; empty for never."""
    if not stamp:
        return ""
    form = "%d.%m.%Y" if date_only else "%d.%m.%Y %H:%M:%S"
    return datetime.fromtimestamp(stamp, ZONE).strftime(form)


def phone(value: Any) -> str:
    """A number as it is kept, ``0049…``; empty for what is none."""
    number = re.sub(r"[\s/()-]", "", str(value or ""))
    number = "00" + number[1:] if number.startswith("+") else number
    return number if re.fullmatch(r"00\d{7,15}", number) else ""


def written(kind: str, value: Any) -> str:
    """A field's value as it is kept; decimals come as hundredths, without separator.

    :raises ValueError: with the reason, if the value does not fit the type
    """
    given = "" if value is None else str(value)
    if given == "":
        return ""
    if kind in ("number", "date", "datetime"):
        return _fits(given, r"-?\d+", "integer expected")
    if kind == "decimal":
        cents = int(_fits(given, r"-?\d+", "hundredths expected"))
        return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}"
    if kind == "time":
        return _fits(str(int(_fits(given, r"\d{1,5}", "seconds"))), _DAY, "0 to 86399")
    if kind == "url":
        return _fits(given, r"https?://\S+", "http:// or https:// expected")
    if kind == "phone":
        return _fits(phone(given), r".+", "international number expected")
    if kind == "email":
        return _fits(given, _ADDRESS.pattern, "address expected")
    if kind == "line":
        return _fits(given, r"[^\r\n]*", "one line expected")
    return given


_DAY = r"\d{1,4}|[0-7]\d{4}|8[0-5]\d{3}|86[0-3]\d\d"


def _fits(given: str, pattern: str, reason: str) -> str:
    if not re.fullmatch(pattern, given):
        raise ValueError(reason)
    return given


def unbracket(items: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """A form's names: ``fields[x]`` is ``{"fields": {"x": …}}``."""
    found: dict[str, Any] = {}
    for name, value in items:
        inner = re.fullmatch(r"(\w+)\[(\w*)\]", name)
        if inner:
            home = found.setdefault(inner[1], {})
            if isinstance(home, dict):
                home[inner[2] or str(len(home))] = value
        else:
            found[name] = value
    return found


def several(value: Any) -> list[str]:
    """A list, a form's numbered values, or text with commas, as a list of text."""
    if isinstance(value, dict):
        value = list(value.values())
    parts = value if isinstance(value, list) else str(value or "").split(",")
    return [str(part).strip() for part in parts if str(part).strip()]
