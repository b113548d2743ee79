"""What Mailman's REST answers and arguments have in common."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from datetime import datetime, timezone
from typing import Any

from werkzeug.wrappers import Response

from ...wire import Request
from ..base import Refusal

NEVER = "0001-01-01T00:00:00"
#: delivery_status → the store's word
STATUSES = {
    "": "subscribed",
    "enabled": "subscribed",
    "by_user": "unsubscribed",
    "by_bounces": "general_bounce",
    "by_moderator": "blocked",
    "unknown": "blocked",
}
_LOCAL = re.compile(r"[-0-9a-z!#$%&'*+./=?@_`{}~]+", re.IGNORECASE)
_LABEL = re.compile(r"[0-9a-z][-0-9a-z]*", re.IGNORECASE)


def is_address(text: str) -> bool:
    """Mailman's own rule: plain ASCII, and a dot in the domain."""
    local, _, domain = text.rpartition("@")
    labels = domain.split(".")
    return (
        bool(_LOCAL.fullmatch(local))
        and len(labels) > 1
        and all(map(_LABEL.fullmatch, labels))
    )


def moment(seconds: float) -> str:
    """A time as Mailman writes it: UTC without saying so."""
    if not seconds:
        return NEVER
    return datetime.fromtimestamp(seconds, timezone.utc).isoformat()[:-6]


def tagged(resource: dict[str, Any]) -> dict[str, Any]:
    """The resource with the hash of its content."""
    digest = hashlib.sha1(repr(sorted(resource.items())).encode()).hexdigest()
    return resource | {"http_etag": f'"{digest}"'}


def created(link: str) -> Response:
    """201 without a body; the link tells the id."""
    return Response(status=201, headers={"Location": link})


def no_content() -> Response:
    """Changed, or deleted."""
    return Response(status=204)


def truth(text: Any) -> bool:
    """A boolean as Mailman reads it; anything odd is a bad argument."""
    word = str(text).lower()
    if word in ("true", "yes", "on", "1"):
        return True
    if word in ("false", "no", "off", "0"):
        return False
    raise ValueError(f"Invalid boolean value: {text}")


def one_of(*names: str) -> Callable[[Any], str]:
    """A reader for a word out of a fixed set."""

    def read(text: Any) -> str:
        if text not in names:
            raise ValueError(f"Accepted Values are: {', '.join(names)}")
        return text

    return read


def address(text: Any) -> str:
    """A reader for an address; the real one gives no reason either."""
    if not is_address(str(text)):
        raise ValueError("")
    return str(text)


def arguments(
    request: Request, optional: str = "", **readers: Callable[[Any], Any]
) -> dict[str, Any]:
    """Query, form and JSON together, read and checked as Mailman's validator does.

    ``optional`` names those that may be missing. Raises 400 for anything else.
    """
    given: dict[str, Any] = {**request.args.to_dict(), **request.form.to_dict()}
    if request.mimetype == "application/json" and request.get_data():
        body = request.get_json(silent=True)
        if not isinstance(body, dict):
            raise Refusal(400, "Cannot parse the JSON body")
        given |= body
    found, bad = {}, []
    for name, text in given.items():
        if name not in readers:
            continue
        try:
            found[name] = readers[name](text)
        except (TypeError, ValueError) as problem:
            bad.append(f'Invalid Parameter "{name}": {problem}.')
    if extra := sorted(set(given) - set(readers)):
        raise Refusal(400, f"Unexpected parameters: {', '.join(extra)}")
    if bad:
        raise Refusal(400, " ".join(bad))
    if missing := sorted(set(readers) - set(given) - set(optional.split())):
        raise Refusal(400, f"Missing Parameter: {', '.join(missing)}")
    return found


def part(request: Request) -> tuple[int, int] | None:
    """(page from 0, size) that was asked for; None: everything.

    One without the other is a fault of the server itself, 500, as in the real one.
    """
    texts = {**request.form.to_dict(), **request.args.to_dict()}
    count, page = texts.get("count"), texts.get("page")
    if count is None and page is None:
        return None
    if count is None or page is None:
        raise Refusal(500)
    try:
        size, number = int(count), int(page)
    except ValueError:
        raise Refusal(400, 'The "count" parameter is invalid.') from None
    if size < 0 or number < 1:
        raise Refusal(400, "count should be a positive integer.")
    return number - 1, size


def collection(
    rows: Sequence[dict[str, Any]], total: int, start: int
) -> dict[str, Any]:
    """A page; ``entries`` is missing where it is empty."""
    found: dict[str, Any] = {"start": start, "total_size": total}
    if rows:
        found["entries"] = [tagged(row) for row in rows]
    return tagged(found)


def paged(request: Request, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The asked part of rows that are all at hand."""
    wanted = part(request)
    if wanted is None:
        return collection(rows, len(rows), 0)
    page, size = wanted
    start = page * size
    return collection(rows[start : start + size], len(rows), start)
