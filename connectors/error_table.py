"""What a failed answer means, as rows of data: status, code or text -> error class.

The default rows are plain HTTP. A connector puts its own rows in front; it overrides
data, not code. The order decides: the first row that fits wins.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .errors import (
    BadAnswer,
    Conflict,
    ConnectorError,
    Invalid,
    LoginRefused,
    MisConfigured,
    NotFound,
    PermissionMissing,
    QuotaExceeded,
    ServerFault,
    Throttled,
    TooLarge,
    Unreachable,
    Unsupported,
)
from .pacing import retry_after

if TYPE_CHECKING:
    from .transport import Reply

#: longest text of a tool that is worth keeping, and worth looking at
_LONGEST, _LOOKED_AT = 300, 10_000


@dataclass(frozen=True, slots=True)
class Failure:
    """What a tool said about its failure, before it is given a class."""

    status: int
    code: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class ErrorRow:
    """One rule. ``None`` and "" fit everything; ``text`` is searched, caseless."""

    error: type[ConnectorError]
    statuses: Container[int] | None = None
    code: str = ""
    text: str = ""

    def fits(self, failure: Failure) -> bool:
        """Whether this rule is meant for such a failure."""
        return (
            (self.statuses is None or failure.status in self.statuses)
            and (not self.code or self.code.casefold() == failure.code.casefold())
            and self.text.casefold() in failure.message.casefold()
        )


DEFAULT_ROWS = (
    # A page that moved for good means a wrong base URL; we follow no redirect.
    ErrorRow(MisConfigured, (301, 308)),
    ErrorRow(BadAnswer, range(100, 400)),
    ErrorRow(Invalid, (400, 406, 415, 422)),
    ErrorRow(LoginRefused, (401,)),
    ErrorRow(QuotaExceeded, (402,)),
    ErrorRow(PermissionMissing, (403,)),
    ErrorRow(NotFound, (404, 410)),
    ErrorRow(Unreachable, (408,)),
    ErrorRow(Conflict, (409, 412, 423)),
    ErrorRow(TooLarge, (413,)),
    ErrorRow(Throttled, (425, 429)),
    ErrorRow(Unsupported, (405, 501)),
    ErrorRow(Invalid, range(400, 500)),
    ErrorRow(ServerFault),
)


def read_failure(reply: Reply) -> Failure | None:
    """The usual shapes of an error body; ``None`` if the status is a success.

    Understands ``{"error": {"code", "message"}}``, ``{"error": "…",
    "error_description": "…"}``, problem+json (``title``, ``detail``), plain
    ``message``, ``errors: [{…}]``, ``{"error": 7}`` and a list of texts.
    """
    if reply.ok:
        return None
    return described(reply.status, reply.json_or_none())


def described(status: int, body: Any) -> Failure:
    """The failure that a parsed body describes."""
    if isinstance(body, list) and body:
        body = body[0]
    if isinstance(body, dict):
        inner = body.get("error") or body.get("errors")
        if isinstance(inner, list) and inner:
            inner = inner[0]
        if isinstance(inner, dict):
            body = {**body, **inner}
        elif isinstance(inner, str):
            body = {"code": inner, "message": inner, **body}
        elif isinstance(inner, int):
            body = {"code": inner, **body}
        return Failure(
            status,
            _first(body, "code", "title", "type"),
            _first(
                body,
                "error_description",
                "detail",
                "context",
                "message",
                "description",
                "title",
            ),
        )
    return Failure(status, "", body[:_LOOKED_AT] if isinstance(body, str) else "")


def _first(body: dict, *names: str) -> str:
    for name in names:
        value = body.get(name)
        if isinstance(value, str | int) and not isinstance(value, bool) and value != "":
            return str(value)[:_LOOKED_AT]
    return ""


class ErrorTable:
    """Gives a failed answer its class.

    :param rows: the connector's own rows, asked before the default ones
    :param read: how the tool words a failure; also the place to find one in a 200
    :param wait_headers: headers that tell seconds to wait, the first present one counts
    """

    def __init__(
        self,
        rows: Iterable[ErrorRow] = (),
        read: Callable[[Reply], Failure | None] = read_failure,
        wait_headers: tuple[str, ...] = ("retry-after",),
    ):
        self.rows = (*rows, *DEFAULT_ROWS)
        self._read = read
        self._wait_headers = wait_headers

    def error_for(
        self, reply: Reply, now: float, redact: Callable[[str], str] = str
    ) -> ConnectorError | None:
        """The error that an answer means, or None for a success."""
        failure = self._read(reply)
        if failure is None:
            return None
        row = next(row for row in self.rows if row.fits(failure))
        # Redacted before it is cut: half a secret would not be recognised.
        message = " ".join(redact(failure.message).split())[:_LONGEST]
        detail = f"{failure.status} {message}".strip()
        error = row.error(detail, status=failure.status, code=redact(failure.code))
        error.retry_after = retry_after(reply.headers, now, self._wait_headers)
        return error


#: plain HTTP, nothing special
DEFAULT = ErrorTable()
