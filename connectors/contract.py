"""The contract that every newsletter tool's connector fulfils.

A connector is a pure speaker: it knows one tool's dialect and nothing of Odoo. It keeps
no state but its session; tokens live in a :class:`TokenStore` that its owner gives it.

Three rules make every connector consent-safe by construction:

1. :meth:`Connector.upsert` never changes the status of somebody the tool already knows.
2. Only :meth:`Connector.subscribe` can bring somebody back; its caller must hold proof.
3. What a tool cannot do raises ``Unsupported``; it is never imitated by something else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from ..sync.vocabulary import RemoteMember
from .capabilities import Capabilities
from .errors import Conflict, Invalid, Unsupported
from .records import (
    Account,
    BatchAnswer,
    Bounce,
    CredentialField,
    Delivery,
    FieldType,
    Join,
    ListDraft,
    MemberDraft,
    MemberRef,
    MembersLater,
    Outcome,
    Page,
    Refusal,
    RemoteEvent,
    RemoteField,
    RemoteList,
    RowAnswer,
    TokenPair,
    TokenStore,
    WebhookRegistration,
)

__all__ = [
    "Account",
    "BatchAnswer",
    "Bounce",
    "Connector",
    "CredentialField",
    "Delivery",
    "FieldType",
    "Join",
    "ListDraft",
    "MemberDraft",
    "MemberRef",
    "MembersLater",
    "Outcome",
    "Page",
    "Refusal",
    "RemoteEvent",
    "RemoteField",
    "RemoteList",
    "RowAnswer",
    "TokenPair",
    "TokenStore",
    "WebhookRegistration",
]


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
    #: what a person does in the tool for ``webhooks`` without ``register_webhooks``,
    #: step by step; marked with ``_lt``. The secret of the calls is ``{"token": …}``.
    webhook_steps: ClassVar[tuple[str, ...]] = ()

    def __init__(self, credentials: Mapping[str, str], transport, tokens=None):
        self.credentials = credentials
        self.transport = transport
        self.tokens = tokens
        if transport is not None:
            transport.hide(
                *(
                    credentials.get(field.name) or ""
                    for field in self.credential_fields
                    if field.kind == "secret"
                )
            )

    @classmethod
    def missing_credentials(
        cls, credentials: Mapping[str, str]
    ) -> list[CredentialField]:
        """The required fields that are still empty."""
        return [
            field
            for field in cls.credential_fields
            if field.required
            and not (credentials.get(field.name) or "").strip()
            and (
                field.only_if is None
                or (credentials.get(field.only_if[0]) or "") == field.only_if[1]
            )
        ]

    def _unsupported(self, what: str):
        return Unsupported(f"{self.label}: {what}")

    # --- login by the tool's own page (OAuth 2) --------------------------------
    def authorize_url(self, redirect_uri: str, state: str) -> str:
        """The page on which a person allows the access; ``state``: our random text."""
        raise self._unsupported("log in on the tool's own page")

    def exchange_code(self, code: str, redirect_uri: str) -> None:
        """Trade the code that came back for a token pair, stored in ``tokens``."""
        raise self._unsupported("log in on the tool's own page")

    # --- account -------------------------------------------------------------
    def account(self) -> Account:
        """Who is logged in. The cheapest call that proves the login."""
        raise NotImplementedError

    def web_url(self, kind: str, remote_id: str = "", home: str = "") -> str:
        """Deep link into the tool's web page, or "". Makes no call.

        :param kind: home, list, member, mailings, reports, forms or plan
        :param home: ``Account.web_url`` as remembered from the last :meth:`account`,
            for tools whose page has another address for every account
        """
        return ""

    # --- lists and fields ----------------------------------------------------
    def lists(self) -> list[RemoteList]:
        """All lists, read live."""
        raise NotImplementedError

    def create_list(self, draft: ListDraft) -> RemoteList:
        raise self._unsupported("create a list")

    def update_list(self, list_id: str, draft: ListDraft) -> RemoteList:
        """Give a list its name and the settings of the draft; all others stay.

        :raises NotFound: there is no such list
        """
        raise self._unsupported("change a list")

    def delete_list(self, list_id: str) -> None:
        """Delete a list for good. Harmless when it is not there.

        Its people stay in the account unless ``capabilities.delete_list_takes_people``;
        then the tool forgets with them who left.
        """
        raise self._unsupported("delete a list")

    def count(self, list_id: str) -> int | None:
        """Number of members of a list, or None where asking would mean reading all."""
        return None

    def fields(self, list_id: str = "") -> list[RemoteField]:
        """The account's attributes, and those of one list where it has its own."""
        raise NotImplementedError

    def create_field(
        self, label: str, type: FieldType, list_id: str = ""
    ) -> RemoteField:
        """Create an attribute; the tool makes its technical name out of the label."""
        raise self._unsupported("create a field")

    def delete_field(self, remote_field: RemoteField) -> None:
        raise self._unsupported("delete a field")

    def knowledge(self) -> dict[str, Any]:
        """What was read about attributes, as JSON: writing needs it and it hardly
        changes. {}: nothing was read, or writing does without."""
        return {}

    def recall(self, knowledge: Mapping[str, Any]) -> None:
        """Take as read what another connector of the account knew some minutes ago;
        {} forgets, so that it is read anew when it is needed."""

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

        Never changes the status of somebody known. Safe to repeat. One refused row (too
        large by itself, twice in the batch …) never fails the batch. At most
        ``capabilities.batch_size`` drafts; sending them in smaller parts where the tool
        takes fewer is the connector's own business.
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

    def unsubscribe_many(
        self, list_id: str, refs: Sequence[MemberRef], reason: str = ""
    ) -> BatchAnswer:
        """:meth:`unsubscribe` for several people; ``unsubscribe_batch`` go in one call.

        One row per ref, in order; never a job. Who is not there is done, too. One
        whom the tool does not accept never fails the others. Default: one call each.
        """
        return BatchAnswer(tuple(self._unsubscribed(list_id, r, reason) for r in refs))

    def _unsubscribed(self, list_id: str, ref: MemberRef, reason: str) -> RowAnswer:
        try:
            self.unsubscribe(list_id, ref, reason)
        except (Invalid, Conflict) as error:
            told = Refusal.OTHER, error.detail
            return RowAnswer(ref.email, Outcome.REFUSED, "", None, *told)
        return RowAnswer(ref.email, Outcome.WRITTEN)

    def unsubscribe_everywhere(self, ref: MemberRef, reason: str = "") -> None:
        raise self._unsupported("unsubscribe everywhere")

    def remove(self, list_id: str, ref: MemberRef) -> None:
        """Delete from this list only. Harmless when the person is not there."""
        raise self._unsupported("remove from a list")

    def erase(self, ref: MemberRef) -> None:
        """Delete for good from the whole account. Harmless when not there."""
        raise self._unsupported("erase a person")

    def change_address(self, ref: MemberRef, email: str) -> RemoteMember | None:
        """Give a person another address, keeping history.

        Returns the person where the tool tells it, else None.

        :raises Conflict: somebody else has that address
        :raises NotFound: there is no such person
        """
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
        """Register our URL for one list.

        :param verify: our random text for a handshake, 10 to 50 letters and digits
        """
        raise self._unsupported("register webhooks")

    def unregister_webhooks(
        self, registrations: Iterable[WebhookRegistration], list_id: str
    ) -> None:
        raise self._unsupported("unregister webhooks")

    @classmethod
    def handshake(cls, delivery: Delivery, verify: str) -> str | None:
        """Text with which to answer the tool's check of our URL; None: it is none."""
        return None

    @classmethod
    def verify(cls, delivery: Delivery, secrets: Mapping[str, str]) -> None:
        """Raise ``WebhookRefused`` unless the call proves that the tool sent it."""
        raise Unsupported(f"{cls.label}: webhooks")

    @classmethod
    def parse(cls, delivery: Delivery) -> list[RemoteEvent]:
        """The events in a verified call; touches nothing."""
        raise Unsupported(f"{cls.label}: webhooks")

    @classmethod
    def concerns(cls, event: RemoteEvent, list_id: str) -> bool:
        """Whether an event may tell something about a list of ours."""
        return event.list_id in ("", list_id)
