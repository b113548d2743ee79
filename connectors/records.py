"""What crosses the border between a connector and its callers: frozen records.

Callers import them from :mod:`.contract`, where they are used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, Protocol

from ..sync.vocabulary import RemoteMember, Status, Value, empty


# ---------------------------------------------------------- accounts, lists, people
def _lt(text: str) -> str:
    """Marks a text for translation; who shows it translates it.

    The name is the one that Odoo's export of translations looks for.
    """
    return text


@dataclass(frozen=True, slots=True)
class CredentialField:
    """One field of a form. ``kind``: text, url, secret or choice for a login; text,
    email, country, language or choice for a new list (``connectors.list_settings``).

    Labels, help and choices are marked with ``_lt``.
    """

    name: str
    label: str
    kind: str = "text"
    required: bool = True
    help: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    default: str = ""
    #: only asked for when another credential has this value: ("login", "oauth")
    only_if: tuple[str, str] | None = None
    #: shown only while the developer switch for loopback addresses is on
    developer: bool = False


@dataclass(frozen=True, slots=True)
class Account:
    """The account behind a login, for the account panel and "Test connection"."""

    remote_id: str
    name: str
    email: str = ""
    web_url: str = ""
    #: recipients now, and what the plan allows; None where the tool does not say
    recipients: int | None = None
    quota: int | None = None
    plan: str = ""
    #: things a person should know: a missing permission, a deprecation
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RemoteList:
    """A list of the tool: group, tag, audience. ``parent``: the list it lies in."""

    remote_id: str
    name: str
    count: int | None = None
    parent: str = ""
    #: single / confirmed / double opt-in of this list, where the tool says so
    opt_in: str = ""
    web_url: str = ""
    #: what the tool has stored now, by the names of ``connectors.list_settings``, as
    #: far as it tells them with its lists
    settings: Mapping[str, str] = field(default_factory=empty, compare=False)
    raw: Mapping[str, Any] = field(default_factory=empty, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ListDraft:
    """A list to be created; ``settings``: what ``Capabilities.list_settings`` names."""

    name: str
    description: str = ""
    settings: Mapping[str, str] = field(default_factory=empty)


class FieldType(str, Enum):
    """Types that attributes share over all tools."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    DATETIME = "datetime"
    BOOLEAN = "boolean"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True)
class RemoteField:
    """An attribute of the tool. ``name`` is technical and the key of ``values``."""

    name: str
    label: str
    type: FieldType = FieldType.TEXT
    remote_id: str = ""
    #: "" = for the whole account, else the list it belongs to
    list_id: str = ""
    choices: tuple[str, ...] = ()
    read_only: bool = False


class Join(str, Enum):
    """What an upsert does with somebody the tool does not know yet."""

    #: subscribe (the caller has checked the consent)
    SUBSCRIBE = "subscribe"
    #: let the tool ask the person by its own double opt-in
    ASK = "ask"
    #: nothing: only who is known there is updated
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class MemberDraft:
    """One person to be written. ``remote_id`` where we know it."""

    email: str
    values: Mapping[str, Value] = field(default_factory=empty)
    remote_id: str = ""
    join: Join = Join.SUBSCRIBE
    tags_add: frozenset[str] = frozenset()
    tags_remove: frozenset[str] = frozenset()
    #: when and how the person consented, for tools that store it
    opt_in_at: datetime | None = None
    opt_in_ip: str = ""
    #: the process or form by which the tool asks or greets; "": its default one
    opt_in_process: str = ""
    #: may the tool record who opens and clicks? Only asked for somebody who is new on
    #: the list, and only where ``capabilities.reactions``; None: as the tool decides
    reactions: bool | None = None


@dataclass(frozen=True, slots=True)
class MemberRef:
    """Names one person at the tool: by its id where known, else by address."""

    email: str
    remote_id: str = ""


class Outcome(str, Enum):
    """What became of one row of a batch."""

    CREATED = "created"
    UPDATED = "updated"
    #: done, but the tool does not say whether the person was new
    WRITTEN = "written"
    REFUSED = "refused"
    #: not known there, and ``Join.NEVER`` was asked for
    SKIPPED = "skipped"
    #: the answer says nothing about this row: neither success nor loss, read it back
    UNKNOWN = "unknown"


class Refusal(str, Enum):
    """Why the tool refused one row; trying the same row again never helps."""

    INVALID = "invalid"
    COMPLIANCE = "compliance"
    FORGOTTEN = "forgotten"
    BLOCKED = "blocked"
    QUOTA = "quota"
    TOO_MANY_SIGNUPS = "too_many_signups"
    DUPLICATE = "duplicate"
    FIELD = "field"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class RowAnswer:
    """The tool's answer for one row, matched by address."""

    email: str
    outcome: Outcome
    remote_id: str = ""
    status: Status | None = None
    refusal: Refusal | None = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class BatchAnswer:
    """One :class:`RowAnswer` per draft, in the drafts' order; or a job that still runs.

    While ``job`` is set, ``rows`` is empty and :meth:`Connector.poll` tells the rest.
    """

    rows: tuple[RowAnswer, ...] = ()
    job: str = ""


class MembersLater(Sequence):
    """Members that are made of the tool's answer when somebody looks at them.

    How many there are is known at once, so the next page can be asked for while another
    thread makes them. Only one thread may look at them.

    :param rows: one for each member
    :param make: rows -> members; what it raises comes to whoever looks first
    """

    __slots__ = ("_make", "_members", "_rows")
    __hash__ = None

    def __init__(self, rows: Sequence, make: Callable[[Sequence], Sequence]):
        self._rows, self._make, self._members = rows, make, None

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, place):
        return self._made()[place]

    def __iter__(self) -> Iterator[RemoteMember]:
        return iter(self._made())

    def __eq__(self, other) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    def _made(self) -> Sequence[RemoteMember]:
        if self._members is None:
            self._members = self._make(self._rows)
        return self._members


@dataclass(frozen=True, slots=True)
class Page:
    """Some members, and the cursor after which to go on; "" after the last page.

    The cursor is opaque text; stored with the page it lets a killed read resume.
    """

    members: Sequence[RemoteMember]
    cursor: str = ""


@dataclass(frozen=True, slots=True)
class Bounce:
    """One bounce report. ``status`` is one of the three bounce statuses."""

    email: str
    status: Status
    at: datetime | None = None
    code: str = ""
    message: str = ""


# -------------------------------------------------------------------------- webhooks
@dataclass(frozen=True, slots=True)
class WebhookRegistration:
    """What the tool gave us for one webhook; keep ``secrets`` as a credential."""

    remote_id: str
    event: str
    secrets: Mapping[str, str] = field(default_factory=empty, repr=False)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One raw webhook call, as it came in (header names in lower case)."""

    method: str
    headers: Mapping[str, str] = field(repr=False)
    query: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class RemoteEvent:
    """A verified hint that something changed; the engine reads back before it acts.

    ``kind``: subscribed, unsubscribed, updated, deleted, address_changed, bounced,
    complained, list_changed, unknown.
    """

    kind: str
    key: str
    list_id: str = ""
    remote_id: str = ""
    email: str = ""
    old_email: str = ""
    at: datetime | None = None
    reason: str = ""
    raw: Mapping[str, Any] = field(default_factory=empty, compare=False, repr=False)


# ---------------------------------------------------------------------------- tokens
@dataclass(frozen=True, slots=True)
class TokenPair:
    """An OAuth 2 token pair; never printed. ``expires_at``: aware UTC or None."""

    access: str = field(repr=False)
    refresh: str = field(default="", repr=False)
    expires_at: datetime | None = None
    scope: str = ""


class TokenStore(Protocol):
    """Keeps a token pair so that two workers refreshing at once cannot lose it."""

    def load(self) -> TokenPair | None:
        """The pair as stored now."""

    def renew(self, stale: TokenPair | None, fetch) -> TokenPair:
        """Replace ``stale`` under an exclusive lock.

        Returns the stored pair if somebody renewed it meanwhile (also when ``stale`` is
        None and there is one), else stores and returns ``fetch(stored_pair)``.
        """
