"""A newsletter tool in memory: the reference connector, complete and without network.

It shows how every call of the contract is meant, and serves tests as a tool whose
staff, people and faults are at hand (:class:`MemoryAccount`). Connectors with the same
account name share one account, as two connectors share a real tool.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice

from ..sync.address import normalise
from ..sync.vocabulary import RemoteMember, Status
from .capabilities import Capabilities, Level
from .contract import (
    Account,
    BatchAnswer,
    Bounce,
    Connector,
    CredentialField,
    Delivery,
    FieldType,
    Join,
    ListDraft,
    MemberDraft,
    MemberRef,
    Outcome,
    Page,
    Refusal,
    RemoteEvent,
    RemoteField,
    RemoteList,
    RowAnswer,
    WebhookRegistration,
)
from .errors import Conflict, Invalid, NotFound
from .memory_account import MemoryAccount, MemoryList, account
from .memory_call import call
from .webhook import delivery_key, require_same


class MemoryConnector(Connector):
    """Speaks to a :class:`MemoryAccount`."""

    code = "memory"
    label = "Memory"
    website = "https://example.org"
    credential_fields = (
        CredentialField("account", "Account", default="demo"),
        CredentialField("password", "Password", kind="secret", required=False),
    )
    capabilities = Capabilities(
        create_list=True,
        list_options=("description", "sender_email"),
        update_list=True,
        delete_list=True,
        delete_list_takes_people=True,
        create_field=True,
        delete_field=True,
        changes=True,
        lookup_batch=100,
        batch_size=100,
        page_size=100,
        unsubscribe=Level.LIST,
        unsubscribe_batch=100,
        keeps_leavers=True,
        unsubscribe_everywhere=True,
        remove_from_list=True,
        erase=True,
        change_address=True,
        double_opt_in=True,
        tells_pending=True,
        tags=True,
        read_blocklist=True,
        write_blocklist=True,
        bounces=True,
        unsubscribe_reason=True,
        status_time=True,
        webhooks=True,
        register_webhooks=True,
        quota=True,
    )

    @property
    def tool(self) -> MemoryAccount:
        """The account behind this login."""
        return account(self.credentials.get("account") or "demo")

    # --- account, lists, fields ----------------------------------------------
    @call
    def account(self) -> Account:
        lists = self.tool.lists.values()
        people = {remote_id for each in lists for remote_id in each.members}
        return Account(
            self.tool.name,
            self.tool.name.title(),
            web_url="https://example.org",
            recipients=len(people),
            quota=1_000_000,
            plan="Memory",
        )

    def web_url(self, kind: str, remote_id: str = "", home: str = "") -> str:
        return f"https://example.org/{kind}/{remote_id}".rstrip("/")

    @call
    def lists(self) -> list[RemoteList]:
        return [self._list(each) for each in self.tool.lists.values()]

    @staticmethod
    def _list(one: MemoryList) -> RemoteList:
        return RemoteList(
            one.remote_id, one.name, len(one.members), settings=dict(one.settings)
        )

    @call
    def create_list(self, draft: ListDraft) -> RemoteList:
        return self._set(self.tool.find_list(self.tool.add_list(draft.name)), draft)

    @call
    def update_list(self, list_id: str, draft: ListDraft) -> RemoteList:
        return self._set(self.tool.find_list(list_id), draft)

    def _set(self, one: MemoryList, draft: ListDraft) -> RemoteList:
        one.name = draft.name
        one.settings |= draft.settings
        if draft.description:
            one.settings["description"] = draft.description
        return self._list(one)

    @call
    def delete_list(self, list_id: str) -> None:
        self.tool.lists.pop(list_id, None)

    @call
    def count(self, list_id: str) -> int | None:
        return len(self.tool.find_list(list_id).members)

    @call
    def fields(self, list_id: str = "") -> list[RemoteField]:
        return [f for f in self.tool.fields.values() if f.list_id in ("", list_id)]

    @call
    def create_field(
        self, label: str, type: FieldType, list_id: str = ""
    ) -> RemoteField:
        name = "_".join(label.lower().split())
        if name in self.tool.fields:
            raise Conflict(f"there is a field {name}", status=409)
        new = RemoteField(name, label, type, self.tool.number(), list_id)
        self.tool.fields[name] = new
        return new

    @call
    def delete_field(self, remote_field: RemoteField) -> None:
        self.tool.fields.pop(remote_field.name, None)

    # --- read ----------------------------------------------------------------
    def members(self, list_id: str, cursor: str = "") -> Iterator[Page]:
        yield from self._pages(list_id, cursor, lambda member: True)

    def changes(
        self, list_id: str, since: datetime, cursor: str = ""
    ) -> Iterator[Page]:
        yield from self._pages(
            list_id, cursor, lambda member: member.changed_at >= since
        )

    def _pages(
        self, list_id: str, cursor: str, fits: Callable[[RemoteMember], bool]
    ) -> Iterator[Page]:
        while True:
            page = self._page(list_id, cursor, fits)
            yield page
            cursor = page.cursor
            if not cursor:
                return

    @call
    def _page(
        self, list_id: str, cursor: str, fits: Callable[[RemoteMember], bool]
    ) -> Page:
        """The cursor is the last id, so that nobody slips through when people leave."""
        members = self.tool.find_list(list_id).members
        ids = sorted(members)
        following = (members[one] for one in ids[bisect_right(ids, cursor) :])
        size = self.capabilities.page_size
        rest = list(islice(filter(fits, following), size + 1))
        return Page(tuple(rest[:size]), rest[size - 1].remote_id if rest[size:] else "")

    def lookup(self, list_id: str, refs: Iterable[MemberRef]) -> Iterator[RemoteMember]:
        refs, size = list(refs), self.capabilities.lookup_batch
        for start in range(0, len(refs), size):
            yield from self._lookup(list_id, refs[start : start + size])

    @call
    def _lookup(self, list_id: str, refs: Sequence[MemberRef]) -> list[RemoteMember]:
        found = (self._found(list_id, ref) for ref in refs)
        return [member for member in found if member]

    @call
    def member(self, list_id: str, ref: MemberRef) -> RemoteMember | None:
        return self._found(list_id, ref)

    def _found(self, list_id: str, ref: MemberRef) -> RemoteMember | None:
        members = self.tool.find_list(list_id).members
        return members.get(ref.remote_id) or self.tool.find(list_id, ref.email)

    # --- write ---------------------------------------------------------------
    @call
    def upsert(self, list_id: str, drafts: Sequence[MemberDraft]) -> BatchAnswer:
        self.tool.find_list(list_id)
        if len(drafts) > self.capabilities.batch_size:
            raise Invalid("too many at once")
        answers, seen = [], set()
        for draft in drafts:
            again = draft.email.lower() in seen
            seen.add(draft.email.lower())
            answers.append(
                _refused(draft, Refusal.DUPLICATE)
                if again
                else self._upsert(list_id, draft)
            )
        return BatchAnswer(tuple(answers))

    def _upsert(self, list_id: str, draft: MemberDraft) -> RowAnswer:
        tool, email = self.tool, normalise(draft.email)
        known = self._found(list_id, MemberRef(email, draft.remote_id))
        if refusal := tool.refuse.get(email) or self._refusal(draft):
            return _refused(draft, refusal)
        if known is None and email in tool.blocklist:
            return _refused(draft, Refusal.BLOCKED)
        if known is None and draft.join is Join.NEVER:
            return RowAnswer(draft.email, Outcome.SKIPPED)
        if known:
            member, outcome = known, Outcome.UPDATED
        else:
            ask = draft.join is Join.ASK
            status = Status.PENDING if ask else Status.SUBSCRIBED
            member = tool.newcomer(email, status)
            outcome = Outcome.CREATED
            if ask:
                tool.invitations.append((list_id, email))
        stored = tool.set(
            list_id,
            member,
            values={**member.values, **draft.values},
            tags=(member.tags | draft.tags_add) - draft.tags_remove,
        )
        return RowAnswer(draft.email, outcome, stored.remote_id, stored.status)

    def _refusal(self, draft: MemberDraft) -> Refusal | None:
        local, _, domain = draft.email.rpartition("@")
        if not local or "." not in domain:
            return Refusal.INVALID
        return None if set(draft.values) <= set(self.tool.fields) else Refusal.FIELD

    @call
    def subscribe(self, list_id: str, draft: MemberDraft) -> RowAnswer:
        known = self._found(list_id, MemberRef(draft.email, draft.remote_id))
        if known and known.email.lower() != draft.email.lower():
            raise Conflict("this person has another address", status=409)
        answer = self._upsert(list_id, draft)
        if not known or answer.outcome is Outcome.REFUSED:
            return answer
        if known.status is not Status.SUBSCRIBED and draft.join is Join.ASK:
            self.tool.invitations.append((list_id, known.email))
        elif known.status is not Status.SUBSCRIBED and draft.join is Join.SUBSCRIBE:
            self.tool.reactivations.append((list_id, known.email))
            self.tool.join(list_id, known.email, reason="")
            answer = replace(answer, status=Status.SUBSCRIBED)
        return answer

    @call
    def unsubscribe(self, list_id: str, ref: MemberRef, reason: str = "") -> None:
        self._unsubscribe(list_id, ref, reason)

    @call
    def unsubscribe_many(
        self, list_id: str, refs: Sequence[MemberRef], reason: str = ""
    ) -> BatchAnswer:
        for ref in refs:
            self._unsubscribe(list_id, ref, reason)
        return BatchAnswer(tuple(RowAnswer(r.email, Outcome.WRITTEN) for r in refs))

    @call
    def unsubscribe_everywhere(self, ref: MemberRef, reason: str = "") -> None:
        for list_id in self.tool.lists:
            self._unsubscribe(list_id, ref, reason)

    def _unsubscribe(self, list_id: str, ref: MemberRef, reason: str) -> None:
        member = self._found(list_id, ref)
        if member and member.status is not Status.UNSUBSCRIBED:
            self.tool.leave(list_id, member.email, reason)

    @call
    def remove(self, list_id: str, ref: MemberRef) -> None:
        self._remove(list_id, ref)

    @call
    def erase(self, ref: MemberRef) -> None:
        for list_id in self.tool.lists:
            self._remove(list_id, ref)

    def _remove(self, list_id: str, ref: MemberRef) -> None:
        member = self._found(list_id, ref)
        if member:
            self.tool.drop(list_id, member.remote_id)

    @call
    def change_address(self, ref: MemberRef, email: str) -> RemoteMember | None:
        found = [self._found(list_id, ref) for list_id in self.tool.lists]
        member = next((one for one in found if one), None)
        if member is None:
            raise NotFound("there is no such person", status=404)
        taken = [self.tool.find(list_id, email) for list_id in self.tool.lists]
        if any(one and one.remote_id != member.remote_id for one in taken):
            raise Conflict("somebody else has this address", status=409)
        self.tool.rename(member.email, email)
        return None

    # --- blocklist, bounces --------------------------------------------------
    @call
    def blocked(self) -> Iterator[str]:
        return iter(list(self.tool.blocklist))

    @call
    def block(self, email: str, comment: str = "") -> None:
        self.tool.blocklist[normalise(email)] = comment

    @call
    def unblock(self, email: str) -> None:
        self.tool.blocklist.pop(normalise(email), None)

    @call
    def bounces(self, since: datetime | None = None) -> Iterator[Bounce]:
        return iter([b for b in self.tool.bounces if since is None or b.at >= since])

    # --- webhooks ------------------------------------------------------------
    @call
    def register_webhooks(
        self, url: str, list_id: str, verify: str
    ) -> list[WebhookRegistration]:
        self.tool.find_list(list_id)
        token = {"token": f"token-{self.tool.number()}"}
        self.tool.hooks[list_id] = WebhookRegistration(list_id, "member", token)
        return [self.tool.hooks[list_id]]

    @call
    def unregister_webhooks(
        self, registrations: Iterable[WebhookRegistration], list_id: str
    ) -> None:
        for registration in registrations:
            self.tool.hooks.pop(registration.remote_id, None)

    @classmethod
    def handshake(cls, delivery: Delivery, verify: str) -> str | None:
        return verify if delivery.method == "GET" and verify else None

    @classmethod
    def verify(cls, delivery: Delivery, secrets: Mapping[str, str]) -> None:
        require_same(delivery.headers.get("x-memory-token"), secrets.get("token"))

    @classmethod
    def parse(cls, delivery: Delivery) -> list[RemoteEvent]:
        facts = json.loads(delivery.body)
        return [
            RemoteEvent(
                facts["kind"],
                delivery_key(delivery),
                list_id=facts["list"],
                remote_id=facts["person"],
                at=datetime.fromisoformat(facts["at"]),
                raw=facts,
            )
        ]


def _refused(draft: MemberDraft, refusal: Refusal) -> RowAnswer:
    message = "refused by the tool"
    return RowAnswer(draft.email, Outcome.REFUSED, refusal=refusal, message=message)
