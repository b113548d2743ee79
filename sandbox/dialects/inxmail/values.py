"""Values of attributes: typed in JSON, text in a CSV file."""

from __future__ import annotations

import re
from datetime import date, datetime, timezone
from typing import Any

TYPES = (
    "TEXT",
    "DATE_AND_TIME",
    "DATE_ONLY",
    "TIME_ONLY",
    "INTEGER",
    "FLOATING_POINT_NUMBER",
    "BOOLEAN",
)
_ADDRESS = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[^@\s.,;<>\"]{2,}")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ")


def address(value: Any) -> str:
    """An address as it is kept: in lower case."""
    return str(value or "").strip().lower()


def is_address(email: str) -> bool:
    """Whether it could be an address."""
    return bool(_ADDRESS.fullmatch(email))


def iso(moment: float) -> str | None:
    """Unix seconds as the API spells times; None for never."""
    if not moment:
        return None
    return datetime.fromtimestamp(int(moment), timezone.utc).strftime(
        "%Y-%m-%dT%H:%M:%SZ"
    )


def unix(text: str) -> float:
    """Seconds of an ISO time with an offset.

    :raises ValueError: it is none
    """
    moment = datetime.fromisoformat(re.sub(r"[zZ]$", "+00:00", text))
    if moment.tzinfo is None:
        raise ValueError("a time needs its offset")
    return moment.timestamp()


def problem_of(value: Any, attribute: dict[str, Any]) -> str:
    """What is wrong with a JSON value, or ""; null is always right."""
    kind = attribute["type"]
    fits = {
        "TEXT": lambda: isinstance(value, str),
        "INTEGER": lambda: isinstance(value, int) and not isinstance(value, bool),
        "FLOATING_POINT_NUMBER": lambda: (
            isinstance(value, int | float) and not isinstance(value, bool)
        ),
        "BOOLEAN": lambda: isinstance(value, bool),
        "DATE_ONLY": lambda: _is(date.fromisoformat, value),
        "DATE_AND_TIME": lambda: _is(unix, value),
        "TIME_ONLY": lambda: isinstance(value, str) and bool(_TIME.fullmatch(value)),
    }
    if value is None:
        return ""
    if not fits[kind]():
        return f"is no value of the type {kind}"
    if kind == "TEXT" and len(value) > attribute["maxLength"]:
        return f"is longer than {attribute['maxLength']}"
    return ""


def kept(value: Any, attribute: dict[str, Any]) -> Any:
    """A right value as it is kept: times in UTC."""
    if value is not None and attribute["type"] == "DATE_AND_TIME":
        return iso(unix(value))
    return value


def parsed(text: str, attribute: dict[str, Any]) -> Any:
    """A cell of a file as a JSON value.

    :raises ValueError: it does not fit
    """
    if text == "":
        return None
    kind = attribute["type"]
    value: Any = text
    if kind == "INTEGER":
        value = int(text)
    elif kind == "FLOATING_POINT_NUMBER":
        value = float(text)
    elif kind == "BOOLEAN":
        value = {"true": True, "false": False}[text.lower()]
    if problem := problem_of(value, attribute):
        raise ValueError(problem)
    return kept(value, attribute)


def _is(parse: Any, value: Any) -> bool:
    try:
        parse(value)
        return isinstance(value, str)
    except (TypeError, ValueError):
        return False
