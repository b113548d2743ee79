"""Read a tool's answer without trusting its shape.

A wrong *container* (an object where a list was promised) raises ``BadAnswer``: taking
it for "nothing there" would look like a list that everybody left. A wrong *leaf* (a
time that is no time) becomes None or "": one odd field must not hide a person.
"""

from __future__ import annotations

import math
from datetime import date, datetime, timezone
from typing import Any

from .errors import BadAnswer


def objects(answer: Any, what: str) -> list[dict[str, Any]]:
    """A list of objects.

    :raises BadAnswer: anything else
    """
    if not isinstance(answer, list) or not all(isinstance(i, dict) for i in answer):
        raise BadAnswer(f"{what}: a list of objects was expected")
    return answer


def object_(answer: Any, what: str) -> dict[str, Any]:
    """One object, also when it comes wrapped in a list of one.

    :raises BadAnswer: anything else
    """
    if isinstance(answer, list) and len(answer) == 1:
        answer = answer[0]
    if not isinstance(answer, dict):
        raise BadAnswer(f"{what}: an object was expected")
    return answer


def text(value: Any) -> str:
    """A text; numbers are spelled out, everything else is empty."""
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return ""


def identifier(value: Any, what: str) -> str:
    """An id as text; ids are opaque.

    :raises BadAnswer: if there is none
    """
    if isinstance(value, float) or not (found := text(value).strip()):
        raise BadAnswer(f"{what}: an id was expected")
    return found


def mapping(value: Any) -> dict[str, Any]:
    """An object, or an empty one (PHP writes an empty object as ``[]``)."""
    return value if isinstance(value, dict) else {}


def number(value: Any) -> float | int | None:
    """A number, also written as text; None where it is none or not finite."""
    if type(value) is int:  # as nearly always
        return value
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        try:
            value = int(value)
        except ValueError:
            try:
                value = float(value)
            except ValueError:
                return None
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if isinstance(value, int) else None


def unix_time(value: Any) -> datetime | None:
    """Unix seconds as an aware UTC time; None for 0, 1, nonsense and "never"."""
    seconds = number(value)
    if seconds is None or not 1 < seconds < 253_402_300_800:  # the year 10000
        return None
    return datetime.fromtimestamp(int(seconds), timezone.utc)


def iso_time(value: Any) -> datetime | None:
    """An ISO 8601 time as aware UTC; without an offset it is taken for UTC."""
    if not isinstance(value, str):
        return None
    spelled = value.strip()
    if spelled[-1:] in ("Z", "z"):
        spelled = spelled[:-1] + "+00:00"  # Python 3.10 does not know the letter
    try:
        moment = datetime.fromisoformat(spelled)
        if moment.tzinfo is None:
            return moment.replace(tzinfo=timezone.utc)
        return moment.astimezone(timezone.utc)
    except (ValueError, OverflowError):
        return None


def iso_date(value: Any) -> date | None:
    """The day of ``YYYY-MM-DD``, with or without a time behind it."""
    try:
        return date.fromisoformat(text(value).strip()[:10])
    except ValueError:
        return None
