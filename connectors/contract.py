"""The contract that every newsletter tool's connector fulfils.

A connector is a pure speaker: it knows one tool's dialect and nothing of Odoo. It keeps
no state but its session; tokens live in a :class:`TokenStore` that its owner gives it.

Three rules make every connector consent-safe by construction:

1. :meth:`Connector.upsert` never changes the status of somebody the tool already knows.
2. Only :meth:`Connector.subscribe` can bring somebody back, and its caller must hold proof.
3. What a tool cannot do raises ``Unsupported``; it is never imitated by something else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, ClassVar, Protocol

from ..sync.vocabulary import EMPTY, RemoteMember, Status, Value
from .capabilities import Capabilities
from .errors import Unsupported


# --------------------------------------------------------------------------- values
@dataclass(frozen=True, slots=True)
class CredentialField:
    """One field of the connection form. ``kind``: text, url, secret or choice."""

    name: str
    label: str
    kind: str = "text"
    required: bool = True
    help: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    default: str = ""
    #: only asked for when another credential has this value: ("login", "oauth")
    only_if: tuple[str, str] | None = None


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
    """A list of the tool: group, tag, audience. ``parent`` names a list inside a list."""

    remote_id: str
    name: str
    count: int | None = None
    parent: str = ""
    #: single / confirmed / double opt-in of this list, where the tool says so
    opt_in: str = ""
    web_url: str = ""
    raw: Mapping[str, Any] = field(default=EMPTY, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ListDraft:
    """A list to be created; ``settings`` holds what ``Capabilities.list_settings`` names."""

    name: str
    description: str = ""
    settings: Mapping[str, str] = EMPTY


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
    values: Mapping[str, Value] = EMPTY
    remote_id: str = ""
    join: Join = Join.SUBSCRIBE
    tags_add: frozenset[str] = frozenset()
    tags_remove: frozenset[str] = frozenset()
    #: when and how the person consented, for tools that store it
    opt_in_at: datetime | None = None
    opt_in_ip: str = ""


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


@dataclass(frozen=True, slots=True)
class Page:
    """Some members, and the cursor after which to go on (``""``: this was the last page).

    The cursor is opaque text; stored together with the page it lets a killed read resume.
    """

    members: tuple[RemoteMember, ...]
    cursor: str = ""


@dataclass(frozen=True, slots=True)
class Bounce:
    """One bounce report. ``status`` is one of the three bounce statuses."""

    email: str
    status: Status
    at: datetime | None = None
    code: str = ""
    message: str = ""


# --------------------------------------------------------------------------- webhooks
@dataclass(frozen=True, slots=True)
class WebhookRegistration:
    """What the tool gave us for one webhook; ``secrets`` must be kept as a credential."""

    remote_id: str
    event: str
    secrets: Mapping[str, str] = field(default=EMPTY, repr=False)


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
    raw: Mapping[str, Any] = field(default=EMPTY, compare=False, repr=False)


# --------------------------------------------------------------------------- tokens
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
        """Replace ``stale``: under an exclusive lock, return the stored pair if somebody
        renewed it meanwhile, else store and return ``fetch(stored_pair)``."""


# --------------------------------------------------------------------------- contract
class Connector:
    """Base class of all connectors. A subclass declares, then fills the methods it can.

    :param credentials: values of ``credential_fields`` by name
    :param transport: the one door to the network (``connectors.transport.Transport``)
    :param tokens: where an OAuth token pair is kept; None for tools without
    """

    code: ClassVar[str] = ""
    label: ClassVar[str] = ""
    website: ClassVar[str] = ""
    credential_fields: ClassVar[tuple[CredentialField, ...]] = ()
    capabilities: ClassVar[Capabilities] = Capabilities()

    def __init__(self, credentials: Mapping[str, str], transport, tokens=None):
        self.credentials = credentials
        self.transport = transport
        self.tokens = tokens

    def _unsupported(self, what: str):
        return Unsupported(f"{self.label}: {what}")

    # --- account -------------------------------------------------------------
    def account(self) -> Account:
        """Who is logged in. The cheapest call that proves the login."""
        raise NotImplementedError

    def web_url(self, kind: str, remote_id: str = "") -> str:
        """Deep link into the tool's web page; ``kind``: home, list, member. "" if none."""
        return ""

    # --- lists and fields ----------------------------------------------------
    def lists(self) -> list[RemoteList]:
        """All lists, read live."""
        raise NotImplementedError

    def create_list(self, draft: ListDraft) -> RemoteList:
        raise self._unsupported("create a list")

    def count(self, list_id: str) -> int | None:
        """Number of members of a list, or None where asking would mean reading all."""
        return None

    def fields(self, list_id: str = "") -> list[RemoteField]:
        """The account's attributes, and those of one list where it has its own."""
        raise NotImplementedError

    def create_field(
        self, label: str, type: FieldType, list_id: str = ""
    ) -> RemoteField:
        """Create an attribute; the technical name is what the tool made of the label."""
        raise self._unsupported("create a field")

    def delete_field(self, remote_field: RemoteField) -> None:
        raise self._unsupported("delete a field")

    def opt_in_processes(self) -> list[RemoteList]:
        """Opt-in processes to choose from, where ``capabilities.opt_in_process``."""
        raise self._unsupported("list opt-in processes")

    # --- read ----------------------------------------------------------------
    def members(self, list_id: str, cursor: str = "") -> Iterator[Page]:
        """All members of all statuses, page by page, in bounded memory."""
        raise NotImplementedError

    def changes(
        self, list_id: str, since: datetime, cursor: str = ""
    ) -> Iterator[Page]:
        """Members changed since a time; may repeat some, never leaves out one that the
        tool can tell. ``Unsupported`` where the tool has no such question."""
        raise self._unsupported("read changes")

    def lookup(self, list_id: str, refs: Iterable[MemberRef]) -> Iterator[RemoteMember]:
        """The members among ``refs`` (at most ``capabilities.lookup_batch`` a call).

        Default: one :meth:`member` call each. Who is not there is left out.
        """
        for ref in refs:
            found = self.member(list_id, ref)
            if found is not None:
                yield found

    def member(self, list_id: str, ref: MemberRef) -> RemoteMember | None:
        """One member, or None if not on that list."""
        raise NotImplementedError

    # --- write ---------------------------------------------------------------
    def upsert(self, list_id: str, drafts: Sequence[MemberDraft]) -> BatchAnswer:
        """Write people: update who is known, let ``join`` decide about the others.

        Never changes the status of somebody known. Safe to repeat. One refused row never
        fails the batch. At most ``capabilities.batch_size`` drafts; raises ``TooLarge``
        only if a single row is too large, smaller parts are the connector's own business.
        """
        raise NotImplementedError

    def poll(
        self, list_id: str, job: str, drafts: Sequence[MemberDraft]
    ) -> BatchAnswer:
        """Ask for the end of an asynchronous batch; ``job`` stays set while it runs."""
        raise self._unsupported("asynchronous batches")

    def subscribe(self, list_id: str, draft: MemberDraft) -> RowAnswer:
        """Make one person subscribed although the tool holds another status.

        The caller holds newer proof of consent. ``draft.join`` may be ``ASK``.
        """
        raise self._unsupported("subscribe again")

    def unsubscribe(self, list_id: str, ref: MemberRef, reason: str = "") -> None:
        """Off this list (``capabilities.unsubscribe`` tells how far it reaches).

        Harmless when repeated or when the person is not there.
        """
        raise NotImplementedError

    def unsubscribe_everywhere(self, ref: MemberRef, reason: str = "") -> None:
        raise self._unsupported("unsubscribe everywhere")

    def remove(self, list_id: str, ref: MemberRef) -> None:
        """Delete from this list only. Harmless when the person is not there."""
        raise self._unsupported("remove from a list")

    def erase(self, ref: MemberRef) -> None:
        """Delete for good from the whole account. Harmless when not there."""
        raise self._unsupported("erase a person")

    def change_address(self, ref: MemberRef, email: str) -> RemoteMember | None:
        """Give a person another address, keeping history; ``Conflict`` if it is taken."""
        raise self._unsupported("change an address")

    # --- blocklist, bounces --------------------------------------------------
    def blocked(self) -> Iterator[str]:
        """Addresses that the tool itself blocks."""
        raise self._unsupported("read the blocklist")

    def block(self, email: str, comment: str = "") -> None:
        raise self._unsupported("block an address")

    def unblock(self, email: str) -> None:
        raise self._unsupported("unblock an address")

    def bounces(self, since: datetime | None = None) -> Iterator[Bounce]:
        raise self._unsupported("read bounces")

    # --- webhooks ------------------------------------------------------------
    def register_webhooks(
        self, url: str, list_id: str, verify: str
    ) -> list[WebhookRegistration]:
        """Register our URL for one list; ``verify`` is our random text for a handshake."""
        raise self._unsupported("register webhooks")

    def unregister_webhooks(
        self, registrations: Iterable[WebhookRegistration], list_id: str
    ) -> None:
        raise self._unsupported("unregister webhooks")

    @classmethod
    def handshake(cls, delivery: Delivery, verify: str) -> str | None:
        """Text with which to answer the tool's check of our URL; None: it is no check."""
        return None

    @classmethod
    def verify(cls, delivery: Delivery, secrets: Mapping[str, str]) -> None:
        """Raise ``WebhookRefused`` unless the call proves that the tool sent it."""
        raise Unsupported(f"{cls.label}: webhooks")

    @classmethod
    def parse(cls, delivery: Delivery) -> list[RemoteEvent]:
        """The events in a verified call; touches nothing."""
        raise Unsupported(f"{cls.label}: webhooks")
