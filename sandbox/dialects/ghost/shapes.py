"""Ids, times and pages as Ghost spells them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from ..base import Refusal

PER_PAGE, MOST = 15, 100
_ADDRESS = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\".]+(\.[^@\s,;<>\".]+)+")


def is_address(email: Any) -> bool:
    """Whether it could be an address; blanks around are not taken off."""
    return isinstance(email, str) and bool(_ADDRESS.fullmatch(email))


def hexed(number: int) -> str:
    """An id: 24 hexadecimal digits, which grow."""
    return f"{number:024x}"


def numbered(id: Any) -> int:
    """The number behind an id; anything else is refused as malformed."""
    if not isinstance(id, str) or not re.fullmatch(r"[0-9a-f]{24}", id):
        raise Refusal(422, "Validation (matches) failed for id undefined.id")
    return min(int(id, 16), 2**62)


def moment(seconds: float) -> str:
    """``2026-11-22T17:31:25.000Z``, whole seconds."""
    at = datetime.fromtimestamp(int(seconds), timezone.utc)
    return at.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def stored(seconds: float) -> str:
    """As a filter compares it: as text, without ``T`` and ``Z``."""
    at = datetime.fromtimestamp(int(seconds), timezone.utc)
    return at.strftime("%Y-%m-%d %H:%M:%S")


def slugged(name: str) -> str:
    """``farber-sohne`` for "Färber & Söhne"."""
    plain = name.lower().translate(str.maketrans("äöüß", "aous"))
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "newsletter"


def paging(args: Mapping[str, str]) -> tuple[int, int]:
    """(page from 1, rows): a hundred at most, also for ``all``, without notice."""
    limit = args.get("limit", str(PER_PAGE))
    try:
        page = max(1, int(args.get("page") or 1))
        size = MOST if limit == "all" else int(limit) or PER_PAGE
    except ValueError:
        raise Refusal(422, "Validation failed for limit") from None
    if size < 0:
        raise Refusal(422, "Validation failed for limit")
    return page, min(size, MOST)


def meta(total: int, page: int, size: int) -> dict[str, Any]:
    """Behind the end there is still a next page."""
    pages = max(1, -(-total // size))
    told = {"page": page, "limit": size, "pages": pages, "total": total}
    following = page + 1 if page != pages else None
    return {"pagination": {**told, "next": following, "prev": page - 1 or None}}
