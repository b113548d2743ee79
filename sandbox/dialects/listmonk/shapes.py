"""Small things that listmonk's answers and writes share."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

from ..base import Refusal

#: the server's own zone, so that no client takes the times for UTC
ZONE = timezone(timedelta(hours=2))
SUBSCRIPTIONS = ("unconfirmed", "confirmed", "unsubscribed")
STATUSES = ("enabled", "disabled", "blocklisted")
PER_PAGE = 20
_ADDRESS = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\".]+(\.[^@\s,;<>\".]+)+")


def is_address(email: str) -> bool:
    """Whether it could be an address."""
    return bool(_ADDRESS.fullmatch(email))


def moment(seconds: float) -> str:
    """A time with microseconds and the server's offset."""
    return datetime.fromtimestamp(seconds, ZONE).isoformat(timespec="microseconds")


def new_uuid() -> str:
    """An id for links."""
    return str(uuid.uuid4())


def seeded_uuid(number: int) -> str:
    """The one of people who were seeded and have none."""
    return str(uuid.UUID(int=number))


def ids(values: Any) -> list[int]:
    """Numbers out of a list that was sent; anything else is left out."""
    found = []
    for value in values if isinstance(values, list) else ():
        if isinstance(value, int) and not isinstance(value, bool):
            found.append(value)
    return found


def paging(args: Mapping[str, str]) -> tuple[int, int]:
    """(page from 1, rows of a page); 0 rows: everything."""
    size = args.get("per_page", str(PER_PAGE))
    try:
        page = max(1, int(args.get("page") or 1))
        return page, 0 if size == "all" else max(1, int(size))
    except ValueError:
        raise Refusal(400, "invalid paging") from None


def paged(
    rows: Sequence[Any], total: int, page: int, size: int, query: str = "", search=""
) -> dict[str, Any]:
    """The envelope of a collection."""
    return {
        "data": {
            "results": list(rows),
            "search": search,
            "query": query,
            "total": total,
            "per_page": size or total,
            "page": page,
        }
    }


def word(status: str, subscription: str, optin: str) -> str:
    """The store's word for a membership of a subscriber of that status."""
    if subscription == "unsubscribed":
        return "unsubscribed"
    if status == "blocklisted" or status == "disabled":
        return "blocked"
    waits = optin == "double" and subscription == "unconfirmed"
    return "pending" if waits else "subscribed"
