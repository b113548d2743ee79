"""What changes subscribers: one by one, newcomers in bulk, and out.

Three traps decide how (sheet section 3). A PUT that leaves out lists or attributes
deletes them. Every write that does not say ``preconfirm_subscriptions`` mails people
who still have to confirm. And with lists named, that word confirms them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from ....sync.vocabulary import RemoteMember, Status, Value
from ... import answers
from ...contract import (
    BatchAnswer,
    Join,
    MemberDraft,
    MemberRef,
    Outcome,
    Refusal,
    RemoteList,
    RowAnswer,
)
from ...errors import (
    Conflict,
    ConnectorError,
    Invalid,
    MisConfigured,
    NotFound,
    ServerFault,
    Unreachable,
)
from ...url_guard import path
from . import mapping
from .importing import IMPORT_FROM

#: rows without an answer after which the line counts as dead
DEAD_LINE = 10

Person = Mapping[str, Any]


class Writing:
    """The writing half of the connector; needs ``_api``, the reading and the
    importing one."""

    # --- many ----------------------------------------------------------------
    def upsert(self, list_id: str, drafts: Sequence[MemberDraft]) -> BatchAnswer:
        """One call for each person. Many newcomers go ahead by import, which touches
        nobody who is known; once it is over, ``poll`` reads all back and goes on."""
        target = self._list(list_id)
        people = self._drafted(drafts)
        newcomers = [
            draft
            for draft, person in zip(drafts, people, strict=True)
            if person is None and draft.join is Join.SUBSCRIBE
        ]
        if len(newcomers) >= IMPORT_FROM and (job := self._import(target, newcomers)):
            return BatchAnswer(job=job)
        return self._write(target, drafts, people)

    def _drafted(self, drafts: Sequence[MemberDraft]) -> list[Person | None]:
        return self._people([MemberRef(d.email, d.remote_id) for d in drafts])

    def _write(
        self,
        target: RemoteList,
        drafts: Sequence[MemberDraft],
        people: Sequence[Person | None],
    ) -> BatchAnswer:
        """Write row by row. A row whose answer got lost is unknown and harms no other;
        if none gets through, the line is down.

        :raises Unreachable: no answer at all, or many in this batch
        """
        rows: list[RowAnswer] = []
        seen: set[str] = set()
        lost: list[ConnectorError] = []
        for draft, person in zip(drafts, people, strict=True):
            key = draft.email.lower()
            if key in seen:
                message = "this address is twice in the batch"
                rows.append(_refused(draft, Refusal.DUPLICATE, message))
                continue
            seen.add(key)
            try:
                rows.append(self._write_one(target, draft, person))
            except (Unreachable, ServerFault) as error:
                lost.append(error)
                if len(lost) >= DEAD_LINE:
                    raise
                rows.append(RowAnswer(draft.email, Outcome.UNKNOWN))
        if lost and len(lost) == len(seen):
            raise lost[-1]
        return BatchAnswer(tuple(rows))

    # --- one -----------------------------------------------------------------
    def _write_one(
        self, target: RemoteList, draft: MemberDraft, person: Person | None
    ) -> RowAnswer:
        """Update who is known, join who is not on the list, create who is new."""
        if person is None:
            return self._newcomer(target, draft)
        membership = mapping.membership_of(person, target.remote_id)
        if membership is None:
            if draft.join is Join.NEVER:
                return RowAnswer(draft.email, Outcome.SKIPPED)
            if refused := self._unfit(target, draft, person):
                return refused
        remote_id = mapping.identifier(person)
        changes = not _holds(person, draft.values)
        if changes:
            try:
                self._change(person, draft.values)
            except (Invalid, MisConfigured) as error:
                return _refused(draft, Refusal.OTHER, error.detail)
        if membership is None:
            ask = draft.join is Join.ASK
            self._join(target, remote_id, ask)
            status = Status.PENDING if ask else Status.SUBSCRIBED
            return RowAnswer(draft.email, Outcome.CREATED, remote_id, status)
        # Who holds all already may come of the import just before.
        outcome = Outcome.UPDATED if changes else Outcome.WRITTEN
        status = mapping.status_of(person, membership)
        return RowAnswer(draft.email, outcome, remote_id, status)

    def _newcomer(self, target: RemoteList, draft: MemberDraft) -> RowAnswer:
        """Create somebody on the list: confirmed, or asked by the tool's mail."""
        if draft.join is Join.NEVER:
            return RowAnswer(draft.email, Outcome.SKIPPED)
        if refused := self._unfit(target, draft):
            return refused
        body = {
            "email": draft.email,
            "status": "enabled",
            "lists": [int(target.remote_id)],
            "preconfirm_subscriptions": draft.join is Join.SUBSCRIBE,
            **mapping.body_of(draft.values),
        }
        try:
            # Repeating harms nobody: who is there already is answered by 409.
            answer = self._api.call("POST", "/subscribers", json=body, idempotent=True)
        except Invalid as error:
            return _refused(draft, Refusal.INVALID, error.detail)
        except Conflict:
            person = self._person(MemberRef(draft.email))
            if person is None:
                return RowAnswer(draft.email, Outcome.UNKNOWN)
            return self._write_one(target, draft, person)
        person = self._data(answer, "subscriber")
        membership = mapping.membership_of(person, target.remote_id)
        if membership is None:  # the list has gone meanwhile
            return RowAnswer(draft.email, Outcome.UNKNOWN)
        return RowAnswer(
            draft.email,
            Outcome.CREATED,
            mapping.identifier(person),
            mapping.status_of(person, membership),
        )

    def _unfit(
        self, target: RemoteList, draft: MemberDraft, person: Person | None = None
    ) -> RowAnswer | None:
        """Why somebody cannot be taken in or asked, if so."""
        if draft.join is Join.ASK and target.opt_in != "double":
            message = "the list asks nobody: set it to double opt-in in listmonk"
            return _refused(draft, Refusal.OTHER, message)
        if person is None:
            return None
        if person.get("status") != "enabled":
            return _refused(
                draft, Refusal.BLOCKED, "listmonk mails this person nothing"
            )
        if mapping.address(person).lower() != draft.email.lower():
            message = "the tool knows this person by another address"
            return _refused(draft, Refusal.OTHER, message)
        return None

    def _change(self, person: Person, values: Mapping[str, Value], **more: Any) -> None:
        """Change values, address or status, and neither mail nor confirm anybody.

        :raises MisConfigured: before v6.1 that cannot be done to who has to confirm
        """
        where = path("subscribers", mapping.identifier(person))
        body = {**mapping.body_of(values), **more}
        if self._can_patch():
            # Without lists "preconfirm" confirms nobody, and keeps the mail from going.
            body["preconfirm_subscriptions"] = True
            self._api.call("PATCH", where, json=body, idempotent=True)
            return
        person = self._data(self._api.get(where), "subscriber")  # as late as possible
        memberships = answers.objects(person.get("lists") or [], "memberships")
        if any(mapping.waits(membership) for membership in memberships):
            raise MisConfigured(
                "listmonk before 6.1 would mail this person, who has yet to confirm: "
                "update listmonk"
            )
        whole = {
            "email": mapping.address(person),
            "name": answers.text(person.get("name")),
            "status": answers.text(person.get("status")),
            "lists": [membership.get("id") for membership in memberships],
            **body,
            "attribs": {**answers.mapping(person.get("attribs")), **body["attribs"]},
        }
        self._api.call("PUT", where, json=whole, idempotent=True)

    def _join(
        self, target: RemoteList, remote_id: str, ask: bool, again: bool = False
    ) -> None:
        """Put a known person on the list; undone when the mail that asks fails.

        :param again: with a status, which overrides that of who has left
        """
        status = {}
        if again or not ask and target.opt_in != "single":
            status = {"status": "unconfirmed" if ask else "confirmed"}
        self._place("add", target.remote_id, remote_id, **status)
        if not ask:
            return
        try:
            self._send_opt_in(remote_id)
        except ConnectorError:
            undo = "unsubscribe" if again else "remove"
            with suppress(ConnectorError):  # the error that led here is the one to tell
                self._place(undo, target.remote_id, remote_id)
            raise

    def _send_opt_in(self, remote_id: str) -> None:
        self._api.call("POST", path("subscribers", remote_id, "optin"))

    def _place(self, action: str, list_id: str, *remote_ids: str, **more: str) -> None:
        body = {
            "ids": [int(remote_id) for remote_id in remote_ids],
            "action": action,
            "target_list_ids": [int(list_id)],
            **more,
        }
        self._api.call("PUT", "/subscribers/lists", json=body, idempotent=True)

    def subscribe(self, list_id: str, draft: MemberDraft) -> RowAnswer:
        """Bring one person in or back. A block of the whole account is not lifted."""
        target = self._list(list_id)
        person = self._person(MemberRef(draft.email, draft.remote_id))
        if person and mapping.address(person).lower() != draft.email.lower():
            raise Conflict("the tool knows this person by another address")
        row = self._write_one(target, draft, person)
        before = person and mapping.membership_of(person, list_id)
        if not before or row.outcome is Outcome.REFUSED or draft.join is Join.NEVER:
            return row
        if row.status is Status.SUBSCRIBED:
            return row
        if refused := self._unfit(target, draft, person):
            return refused
        ask = draft.join is Join.ASK
        if ask and row.status is Status.PENDING:
            self._send_opt_in(row.remote_id)
        else:
            self._join(target, row.remote_id, ask, again=True)
        now = Status.PENDING if ask else Status.SUBSCRIBED
        return RowAnswer(draft.email, row.outcome, row.remote_id, now)

    # --- out -----------------------------------------------------------------
    def unsubscribe(self, list_id: str, ref: MemberRef, reason: str = "") -> None:
        """Off this list. Who is off keeps the time of leaving; the reason has no place
        in the tool."""
        self._take_off("unsubscribe", list_id, ref)

    def unsubscribe_many(
        self, list_id: str, refs: Sequence[MemberRef], reason: str = ""
    ) -> BatchAnswer:
        """All who are on the list by one call; who is off keeps the time of leaving."""
        leaving, there = [], False
        for person in self._people(refs):
            membership = person and mapping.membership_of(person, list_id)
            there = there or bool(membership)
            if membership and membership.get("subscription_status") != "unsubscribed":
                leaving.append(mapping.identifier(person))
        if leaving:
            self._place("unsubscribe", list_id, *leaving)
        elif refs and not there:
            self._list(list_id)  # a list that is gone is told, not passed over
        return BatchAnswer(tuple(RowAnswer(r.email, Outcome.WRITTEN) for r in refs))

    def remove(self, list_id: str, ref: MemberRef) -> None:
        self._take_off("remove", list_id, ref)

    def _take_off(self, action: str, list_id: str, ref: MemberRef) -> None:
        person = self._person(ref)
        membership = person and mapping.membership_of(person, list_id)
        if not membership:
            self._list(list_id)  # a list that is gone is told, not passed over
            return
        left = membership.get("subscription_status") == "unsubscribed"
        if action == "remove" or not left:
            self._place(action, list_id, mapping.identifier(person))

    def unsubscribe_everywhere(self, ref: MemberRef, reason: str = "") -> None:
        """Onto the blocklist, which ends every membership and keeps new ones out."""
        person = self._person(ref)
        if person and person.get("status") != "blocklisted":
            self._block(person)

    def erase(self, ref: MemberRef) -> None:
        person = self._person(ref)
        if person is None:
            return
        where = path("subscribers", mapping.identifier(person))
        try:
            self._api.call("DELETE", where, idempotent=True)
        except Invalid:
            if self._person(ref):
                raise

    def change_address(self, ref: MemberRef, email: str) -> RemoteMember | None:
        """Id and history stay. A taken address would be a fault of the database (500),
        so it is looked for before."""
        person = self._person(ref)
        if person is None:
            raise NotFound("there is no such subscriber", status=404)
        other = self._person(MemberRef(email))
        if other and mapping.identifier(other) != mapping.identifier(person):
            raise Conflict("another subscriber has the new address", status=409)
        self._change(person, {}, email=email)
        return None

    # --- blocklist -----------------------------------------------------------
    def block(self, email: str, comment: str = "") -> None:
        """A status of the subscriber, so a stranger becomes one; the comment has no
        place in the tool."""
        person = self._person(MemberRef(email))
        if person is None:
            body = {"email": email, "status": "blocklisted", "lists": []}
            body["preconfirm_subscriptions"] = True
            with suppress(Conflict):  # came in meanwhile: blocked below
                self._api.call("POST", "/subscribers", json=body, idempotent=True)
                return
            person = self._person(MemberRef(email))
        if person and person.get("status") != "blocklisted":
            self._block(person)

    def unblock(self, email: str) -> None:
        """Memberships stay ended."""
        person = self._person(MemberRef(email))
        if person and person.get("status") == "blocklisted":
            self._change(person, {}, status="enabled")

    def _block(self, person: Person) -> None:
        body = {"ids": [int(mapping.identifier(person))]}
        self._api.call("PUT", "/subscribers/blocklist", json=body, idempotent=True)


def _holds(person: Person, values: Mapping[str, Value]) -> bool:
    """Whether somebody has these values already."""
    held = mapping.values_of(person)
    return all(held.get(key) == mapping.encoded(v) for key, v in values.items())


def _refused(draft: MemberDraft, refusal: Refusal, message: str) -> RowAnswer:
    return RowAnswer(draft.email, Outcome.REFUSED, refusal=refusal, message=message)
