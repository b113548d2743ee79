"""Compare field values the way a person would: by what they say, not how they say it.

Odoo says ``False`` for an empty text and a naive time in UTC; a tool says ``""``, a
number as text, a time as seconds. Both become one text here, and that text decides
whether anything has changed. The type of the field is needed where a text alone could
mean several things: "05" is a postcode, unless its field is a number.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime, timezone
from decimal import Decimal, InvalidOperation
from hashlib import blake2b
from json.encoder import encode_basestring_ascii as _quoted
from types import MappingProxyType

from .vocabulary import Value

_NO_TYPES: Mapping[str, str] = MappingProxyType({})
_NO = {"", "0", "false", "no", "off", "f", "n"}
_YES = {"1", "true", "yes", "on", "t", "y"}
_COMPACT_DATE = re.compile(r"(?:19|20)\d{6}")
#: Fewer digits are rather a year than one of the first weeks of 1970.
_UNIX_TIME = re.compile(r"-?\d{8,13}(?:\.\d+)?")
_FRACTION = re.compile(r"\.\d+")
#: Seconds up to the year 5138; anything above is told in milliseconds.
_LARGEST_SECONDS = 10**11
_LONGEST_NUMBER = 60


def normalise(value: Value, type: str = "text") -> str:
    """Return the one text that stands for a value; empty for everything empty.

    :param type: the field's type: text, choice, number, boolean, date or datetime.
        A value that does not fit its type is compared as text.
    """
    if value is None or value is False:
        return ""
    reader = _READERS.get(type)
    text = _text(value)
    if reader is None or not text:
        return text
    try:
        return reader(text)
    except (ValueError, OverflowError, OSError, InvalidOperation):
        return text


def same(one: Value, other: Value, type: str = "text") -> bool:
    """Tell whether two values of one field say the same."""
    return normalise(one, type) == normalise(other, type)


def digest(values: Mapping[str, Value], types: Mapping[str, str] = _NO_TYPES) -> str:
    """Return a short hash that changes when, and only when, a value does.

    An empty value counts like a missing one, so mapping another field does not make
    every person look changed before anybody has filled it in.
    """
    return digest_of_texts(filled(values, types))


def filled(
    values: Mapping[str, Value], types: Mapping[str, str] = _NO_TYPES
) -> dict[str, str]:
    """Return the texts that stand for the values, without those that are empty."""
    return {
        name: text
        for name, value in values.items()
        if (text := normalise(value, types.get(name, "text")))
    }


def digest_of_texts(texts: Mapping[str, str]) -> str:
    """Return the hash of what :func:`filled` has made."""
    # JSON of the sorted pairs: digests that are stored are made of this very text
    known = [f"[{_quoted(name)}, {_quoted(texts[name])}]" for name in sorted(texts)]
    return blake2b(f"[{', '.join(known)}]".encode(), digest_size=8).hexdigest()


def _text(value: Value) -> str:
    if isinstance(value, str):
        if value.isascii() and value.isprintable():
            return value.strip()
        if not value.isascii():
            value = unicodedata.normalize("NFC", value)
        return value.replace("\r\n", "\n").replace("\0", "").strip()
    if value is True:
        return "1"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return _seconds(value)
    return str(value)


def _number(text: str) -> str:
    number = Decimal(text)
    if not number:
        return "0"
    short = abs(number.adjusted()) < _LONGEST_NUMBER
    # zeros at the end of an exponent are no zeros after the comma
    digits, *exponent = format(number, "f" if short else "E").partition("E")
    if "." in digits:
        digits = digits.rstrip("0").rstrip(".")
    return digits + "".join(exponent)


def _boolean(text: str) -> str:
    word = text.lower()
    return "" if word in _NO else "1" if word in _YES else text


def _date(text: str) -> str:
    return _datetime(text)[:10]


def _datetime(text: str) -> str:
    return _seconds(_moment(text))


def _moment(text: str) -> datetime:
    if _COMPACT_DATE.fullmatch(text):
        return datetime.strptime(text, "%Y%m%d")
    if _UNIX_TIME.fullmatch(text):
        seconds = float(text)
        if abs(seconds) >= _LARGEST_SECONDS:
            seconds /= 1000
        return datetime.fromtimestamp(seconds, timezone.utc)
    return datetime.fromisoformat(re.sub("[zZ]$", "+00:00", _FRACTION.sub("", text)))


def _seconds(moment: datetime) -> str:
    """Write a time in UTC; one without a zone is in UTC already.

    Tools keep whole seconds: a fraction would look like a change for ever.
    """
    if moment.tzinfo is not None:
        moment = moment.astimezone(timezone.utc).replace(tzinfo=None)
    return moment.replace(microsecond=0).isoformat(sep=" ")


_READERS = {
    "number": _number,
    "boolean": _boolean,
    "date": _date,
    "datetime": _datetime,
}
