"""Spellings: ids, times, problems, pages, and what of an answer was asked for."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from ...store import Member, number
from ..base import Refusal

#: our word for a status → the tool's, where they differ
WORDS = {"hard_bounce": "cleaned"}
OURS = {word: ours for ours, word in WORDS.items()}
WRITABLE = ("subscribed", "unsubscribed", "cleaned", "pending", "transactional")
#: makes an audience's id of ten hex digits out of the store's number, and back
_MASK = 0xF3A5C00000
_CONTACT = "c0ffee"
_ADDRESS = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[^@\s.,;<>\"]{2,}")
COUNT, MOST = 10, 1000


# ------------------------------------------------------------------------ problems
def problem(status: int, title: str, detail: str, *errors: tuple[str, str]) -> Refusal:
    """A refusal as a problem document; ``errors``: (field, message)."""
    named = [{"field": field, "message": message} for field, message in errors]
    return Refusal(status, detail, title=title, errors=named)


def invalid(detail: str, *errors: tuple[str, str]) -> Refusal:
    """400 for what does not fit the schema."""
    return problem(400, "Invalid Resource", detail, *errors)


def field_error(field: str, message: str) -> Refusal:
    """400 for one field of the body."""
    text = (
        "The resource submitted could not be validated."
        " For field-specific details, see the 'errors' array."
    )
    return invalid(text, (field, message))


def exists(email: str) -> Refusal:
    """400: the address is a member."""
    text = "is already a list member. Use PUT to insert or update list members."
    return problem(400, "Member Exists", f"{email} {text}")


def compliance(email: str) -> Refusal:
    """400: only the person can come back."""
    text = (
        "is in a compliance state due to unsubscribe, bounce, or compliance review"
        " and cannot be subscribed."
    )
    return problem(400, "Member In Compliance State", f"{email} {text}")


def forgotten(email: str) -> Refusal:
    """400: permanently deleted."""
    text = (
        "was permanently deleted and cannot be re-imported."
        " The contact must re-subscribe to get back on the list."
    )
    return problem(400, "Forgotten Email Not Subscribed", f"{email} {text}")


# ----------------------------------------------------------------------------- ids
def address(value: Any) -> str:
    """An e-mail address as it is kept: without blanks around, in lower case."""
    return str(value or "").strip().lower()


def is_address(email: str) -> bool:
    """Whether it could be an address."""
    return bool(_ADDRESS.fullmatch(email))


def digest(email: str) -> str:
    """The subscriber hash."""
    return hashlib.md5(email.lower().encode(), usedforsecurity=False).hexdigest()


def list_hex(list_id: int) -> str:
    """An audience's id."""
    return f"{list_id ^ _MASK:010x}"


def list_int(name: Any) -> int:
    """The store's number of an audience; 0 for what is no id."""
    text = str(name)
    if re.fullmatch(r"[0-9a-f]{10}", text):
        return int(text, 16) ^ _MASK
    return number(text)


def contact_hex(contact: int) -> str:
    """A contact's id, which stays when the address changes."""
    return f"{_CONTACT}{contact:026x}"


def contact_int(text: str) -> int:
    """The number in a contact's id, or 0."""
    if len(text) != 32 or not text.startswith(_CONTACT):
        return 0
    return int(text[6:], 16)


def contact_number(member: Member) -> int:
    """Seeded people have none of their own."""
    return member.data.get("contact") or member.id


# --------------------------------------------------------------------------- times
def iso(stamp: int) -> str:
    """``2021-11-23T22:51:56+00:00``; empty for never."""
    if not stamp:
        return ""
    return datetime.fromtimestamp(stamp, timezone.utc).isoformat(timespec="seconds")


def unix(text: str) -> int:
    """A time as it is written; without an offset it is UTC.

    :raises ValueError: if it is none
    """
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return int(moment.timestamp())


# --------------------------------------------------------------------------- pages
def window(args: Mapping[str, Any]) -> tuple[int, int]:
    """``count`` and ``offset``; a ``count`` above 1000 is refused (unknown, chosen)."""
    given = args.get("count")
    count = COUNT if given in (None, "") else number(given)
    if not 0 <= count <= MOST:
        raise invalid("count must be between 0 and 1000", ("count", "too large"))
    return count, max(0, number(args.get("offset")))


def cut(items: list, args: Mapping[str, Any]) -> list:
    """The page of a short collection."""
    count, offset = window(args)
    return items[offset : offset + count]


def chosen(data: Any, args: Mapping[str, Any]) -> Any:
    """Only what ``fields`` names, without what ``exclude_fields`` names."""
    for key, keep in (("fields", True), ("exclude_fields", False)):
        names = [name.strip() for name in args.get(key, "").split(",") if name.strip()]
        if names:
            data = _project(data, [name.split(".") for name in names], keep)
    return data


def _project(data: Any, paths: list[list[str]], keep: bool) -> Any:
    if isinstance(data, list):
        return [_project(one, paths, keep) for one in data]
    if not isinstance(data, dict):
        return data
    result = {}
    for key, value in data.items():
        inner = [path[1:] for path in paths if path and path[0] == key]
        whole = any(not path for path in inner)
        if not inner:
            if not keep:
                result[key] = value
        elif whole:
            if keep:
                result[key] = value
        else:
            result[key] = _project(value, inner, keep)
    return result
