"""What changes receivers: in batches, one by one, and out.

The three times ``registered``, ``activated`` and ``deactivated`` decide whether
somebody is subscribed. An upsert therefore never sends them: whoever left stays away,
whoever is new becomes active. Only ``activate`` brings somebody back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from ....sync.vocabulary import RemoteMember, Status
from ... import answers
from ...contract import (
    BatchAnswer,
    Join,
    MemberDraft,
    MemberRef,
    Outcome,
    Refusal,
    RowAnswer,
)
from ...errors import (
    Conflict,
    ConnectorError,
    Invalid,
    MisConfigured,
    NotFound,
    ServerFault,
    TooLarge,
)
from ...url_guard import path
from . import mapping
from .batch import read_rows

#: written where the person's own address is not known; the field must be there
NO_IP = "0.0.0.0"


class Writing:
    """The writing half of the connector; needs ``_api``, ``_fields`` and ``lookup``."""

    # --- many ----------------------------------------------------------------
    def upsert(self, list_id: str, drafts: Sequence[MemberDraft]) -> BatchAnswer:
        """People who are to be asked, or never joined, are looked up first: then
        ``update`` writes the known ones, which cannot create anybody."""
        known = self._known(list_id, drafts)
        fields = self._fields_for(list_id, drafts)
        found: dict[str, RowAnswer] = {}
        upserts, updates, invitations = [], [], []
        for draft in drafts:
            email = draft.email.lower()
            if email in found:
                continue
            found[email] = RowAnswer(draft.email, Outcome.SKIPPED)
            if missing := set(draft.values) - fields:
                # The tool would drop them without a word.
                message = f"there is no attribute {', '.join(sorted(missing))}"
                found[email] = _refused(draft, Refusal.FIELD, message)
            elif draft.join is Join.SUBSCRIBE:
                upserts.append(draft)
            elif email in known:
                updates.append(draft)
            elif draft.join is Join.ASK:
                invitations.append(draft)
        rows = [
            *self._write("POST", list_id, "upsert", upserts),
            *self._write("PUT", list_id, "update", updates),
            *(self._invite(list_id, draft) for draft in invitations),
        ]
        found.update((row.email.lower(), row) for row in rows)
        return BatchAnswer(tuple(_in_order(drafts, found)))

    def _fields_for(self, list_id: str, drafts: Iterable[MemberDraft]) -> set[str]:
        """Names of the group's attributes, as far as the drafts need them."""
        wanted = {name for draft in drafts for name in draft.values}
        if wanted and not wanted <= set(self._fields(list_id)):
            self.fields(list_id)  # one may have been made meanwhile
        return set(self._fields(list_id)) if wanted else set()

    def _known(self, list_id: str, drafts: Iterable[MemberDraft]) -> set[str]:
        """Addresses that the group knows, of those for which it matters."""
        refs = [
            MemberRef(draft.email)
            for draft in drafts
            if draft.join is not Join.SUBSCRIBE
        ]
        return {member.email.lower() for member in self.lookup(list_id, refs)}

    def _write(
        self, method: str, list_id: str, verb: str, drafts: Sequence[MemberDraft]
    ) -> list[RowAnswer]:
        size = self.capabilities.batch_size
        found = []
        for start in range(0, len(drafts), size):
            part = drafts[start : start + size]
            rows = [self._row(draft, list_id) for draft in part]
            found += self._send(method, list_id, verb, rows)
        return found

    def _send(
        self, method: str, list_id: str, verb: str, rows: list[dict[str, Any]]
    ) -> list[RowAnswer]:
        """Send rows; in halves, and halves of these, if the tool finds them too many.

        May be repeated: rows are found by address, and nobody's status is touched.
        """
        emails = [row["email"] for row in rows]
        where = path("groups", list_id, "receivers", verb)
        try:
            answer = self._api.call(method, where, json=rows, idempotent=True)
            return read_rows(answer, emails)
        except TooLarge as error:
            if len(rows) == 1:
                refused = Outcome.REFUSED, "", None, Refusal.OTHER, error.detail
                return [RowAnswer(emails[0], *refused)]
        half = len(rows) // 2
        return [
            *self._send(method, list_id, verb, rows[:half]),
            *self._send(method, list_id, verb, rows[half:]),
        ]

    def _row(self, draft: MemberDraft, list_id: str, **times: int) -> dict[str, Any]:
        """One person as the tool takes them; attributes that are not named stay."""
        fields = self._fields(list_id) if draft.values else {}
        row: dict[str, Any] = {"email": draft.email, **times}
        for name, value in draft.values.items():
            home = "attributes" if fields[name].list_id else "global_attributes"
            row.setdefault(home, {})[name] = mapping.encoded(value)
        tags = sorted(draft.tags_add) + [f"-{tag}" for tag in sorted(draft.tags_remove)]
        return {**row, "tags": tags} if tags else row

    # --- one, by proof or by asking ------------------------------------------
    def subscribe(self, list_id: str, draft: MemberDraft) -> RowAnswer:
        """Bring one person in or back, or ask them by the group's form."""
        member = self.member(list_id, MemberRef(draft.email, draft.remote_id))
        if member is not None and member.email.lower() != draft.email.lower():
            raise Conflict("the tool knows this person by another address")
        (row,) = self.upsert(list_id, [draft]).rows
        if row.outcome is Outcome.REFUSED:
            return row
        if member is None and draft.join is not Join.SUBSCRIBE:
            return row  # asked by the upsert, or left alone
        ref = MemberRef(draft.email)
        member = self.member(list_id, ref)
        if member is None:
            return RowAnswer(draft.email, Outcome.UNKNOWN)
        if member.status is not Status.SUBSCRIBED:
            if draft.join is Join.ASK:
                form = draft.opt_in_process or self._form(list_id)
                self._send_form(list_id, draft, form)
            elif draft.join is Join.SUBSCRIBE:
                self._switch(list_id, member, "activate")
                member = self.member(list_id, ref) or member
        return RowAnswer(draft.email, row.outcome, member.remote_id, member.status)

    def _invite(self, list_id: str, draft: MemberDraft) -> RowAnswer:
        """Take somebody new in as inactive and let the group's form mail them.

        One by one, so that nobody stays pending without having been asked: if the mail
        fails, the person is taken out again and the next try starts over.
        """
        registered = self.transport.now().replace(microsecond=0)
        stamp = int(registered.timestamp())
        row = self._row(draft, list_id, registered=stamp, activated=0)
        where = path("groups", list_id, "receivers")
        try:
            form = draft.opt_in_process or self._form(list_id)
            created = self._api.call("POST", where, json=row)
            self._send_form(list_id, draft, form)
        except Conflict:
            message = "came in meanwhile by another way"
            return RowAnswer(draft.email, Outcome.SKIPPED, message=message)
        except ConnectorError as error:
            self._take_back(list_id, draft, registered)
            if isinstance(error, Invalid):
                return _refused(draft, Refusal.INVALID, error.detail)
            if isinstance(error, MisConfigured | NotFound):
                return _refused(draft, Refusal.OTHER, error.detail)
            raise
        remote_id = answers.text(answers.object_(created, "receiver").get("id"))
        return RowAnswer(draft.email, Outcome.CREATED, remote_id, Status.PENDING)

    def _take_back(
        self, list_id: str, draft: MemberDraft, registered: datetime
    ) -> None:
        """Undo an unfinished invitation, as far as the tool can be reached."""
        with suppress(ConnectorError):  # the error that led here is the one to tell
            member = self.member(list_id, MemberRef(draft.email))
            pending = member is not None and member.status is Status.PENDING
            if pending and member.status_at == registered:  # it is ours
                self.remove(list_id, MemberRef(draft.email, member.remote_id))

    def _form(self, list_id: str) -> str:
        forms = self._api.get(path("groups", list_id, "forms"))
        if not answers.objects(forms, "forms"):
            raise MisConfigured(
                "the group has no form: create one in CleverReach, it sends the mail "
                "that asks for the confirmation"
            )
        return answers.identifier(forms[0].get("id"), "form")

    def _send_form(self, list_id: str, draft: MemberDraft, form: str) -> None:
        body = {
            "email": draft.email,
            "groups_id": list_id,
            "doidata": {
                "user_ip": draft.opt_in_ip or NO_IP,
                "referer": "",
                "user_agent": "newsletter_sync",
            },
        }
        where = path("forms", form, "send", "activate")
        self._done(self._api.call("POST", where, json=body))

    # --- out -----------------------------------------------------------------
    def unsubscribe(self, list_id: str, ref: MemberRef, reason: str = "") -> None:
        """Deactivate in this group. Who is off already keeps the time of leaving; the
        reason has no place in the tool."""
        member = self.member(list_id, ref)
        if member is None or member.status is Status.UNSUBSCRIBED:
            return
        self._switch(list_id, member, "deactivate")

    def unsubscribe_many(
        self, list_id: str, refs: Sequence[MemberRef], reason: str = ""
    ) -> BatchAnswer:
        """By ``update``, which creates nobody, with the time of leaving; who is off
        already keeps theirs. Whom the tool shows as subscribed afterwards is
        deactivated by the call for one."""
        now = int(self.transport.now().timestamp())
        rows = [
            {"email": member.email, "deactivated": now}
            for member in self.lookup(list_id, refs)
            if member.status is not Status.UNSUBSCRIBED
        ]
        size = self.capabilities.batch_size
        for start in range(0, len(rows), size):
            self._send("PUT", list_id, "update", rows[start : start + size])
        held = self.lookup(list_id, refs) if rows else ()
        for member in held:
            if member.status is not Status.UNSUBSCRIBED:
                self._switch(list_id, member, "deactivate")
        return BatchAnswer(tuple(RowAnswer(r.email, Outcome.WRITTEN) for r in refs))

    def _switch(self, list_id: str, member: RemoteMember, verb: str) -> None:
        where = path("groups", list_id, "receivers", member.remote_id, verb)
        answer = self._api.call("PUT", where, idempotent=True)
        if answer is not False:
            return
        # "false" may mean "it was so already"; a lost opt-out must not look like that.
        now = self.member(list_id, MemberRef(member.email, member.remote_id))
        subscribed = now is not None and now.status is Status.SUBSCRIBED
        if subscribed != (verb == "activate"):
            raise ServerFault(f"the tool did not {verb} a receiver")

    def unsubscribe_everywhere(self, ref: MemberRef, reason: str = "") -> None:
        """Deactivate in every group the person is in; the blacklist is not touched."""
        receiver = self._receiver(ref)
        if receiver is None:
            return
        remote_id = answers.identifier(receiver.get("id"), "receiver")
        try:
            groups = self._api.get(path("receivers", remote_id, "groups"))
        except NotFound:
            return
        for group in answers.objects(groups, "groups of a receiver"):
            list_id = answers.identifier(_group_id(group), "group")
            self.unsubscribe(list_id, MemberRef(ref.email, remote_id), reason)

    def remove(self, list_id: str, ref: MemberRef) -> None:
        self._delete(("groups", list_id, "receivers"), ref)

    def erase(self, ref: MemberRef) -> None:
        self._delete(("receivers",), ref)

    def _delete(self, parent: tuple[str, ...], ref: MemberRef) -> None:
        """By id, else by address; who is not there needs no deleting."""
        for name in _names(ref):
            where = path(*parent, name)
            try:
                answer = self._api.call("DELETE", where, idempotent=True)
                if answer is False:
                    self._api.get(where)  # gone: that was all; else it was not deleted
                    raise ServerFault("the tool did not delete a receiver")
                return
            except NotFound:
                continue

    def change_address(self, ref: MemberRef, email: str) -> RemoteMember | None:
        """Id and history stay. What the tool does with an address that is taken is not
        known, so that is found out before."""
        receiver = self._receiver(ref)
        if receiver is None:
            raise NotFound("there is no such receiver", status=404)
        remote_id = answers.identifier(receiver.get("id"), "receiver")
        other = self._receiver(MemberRef(email))
        if other is not None and answers.text(other.get("id")) != remote_id:
            raise Conflict("another receiver has the new address", status=409)
        if other is None or answers.text(other.get("email")).lower() != email.lower():
            where = path("receivers", remote_id, "email")
            body = {"email": email}
            self._done(self._api.call("PUT", where, json=body, idempotent=True))
        return None

    # --- shared --------------------------------------------------------------
    def _receiver(self, ref: MemberRef) -> dict[str, Any] | None:
        """Somebody in the pool, whatever the group; by id, else by address."""
        for name in _names(ref):
            try:
                return answers.object_(
                    self._api.get(path("receivers", name)), "receiver"
                )
            except NotFound:
                continue
        return None

    def _done(self, answer: Any) -> None:
        """Raise unless the tool says that it did what it was told."""
        if answer is False or answers.mapping(answer).get("success") is False:
            raise ServerFault("the tool did not do it and gives no reason")


def _names(ref: MemberRef) -> list[str]:
    names = [name for name in (ref.remote_id, ref.email) if name]
    if not names:
        raise Invalid("a person without id and address")
    return names


def _in_order(
    drafts: Iterable[MemberDraft], found: dict[str, RowAnswer]
) -> Iterator[RowAnswer]:
    """One answer per draft; an address that comes again is refused."""
    answered = set()
    for draft in drafts:
        email = draft.email.lower()
        if email in answered:
            message = "this address is twice in the batch"
            yield _refused(draft, Refusal.DUPLICATE, message)
        else:
            answered.add(email)
            yield found[email]


def _group_id(group: dict[str, Any]) -> Any:
    """The group's id, also where the answer shows receivers instead of groups."""
    return group.get("group_id") or group.get("groups_id") or group.get("id")


def _refused(draft: MemberDraft, refusal: Refusal, message: str) -> RowAnswer:
    return RowAnswer(draft.email, Outcome.REFUSED, refusal=refusal, message=message)
