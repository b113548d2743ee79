"""What changes people: in, out, another name, another address.

Mailman takes one person a call. ``POST /members`` says 409 for who is there or waits
already, before it looks at anything else: so an upsert can neither confirm nor resume.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from ....sync.address import normalise
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
from ...errors import BadAnswer, Conflict, Invalid, NotFound
from ...url_guard import path
from . import mapping

#: the person has agreed to us: skip all that would ask again
AGREED = {"pre_verified": "true", "pre_confirmed": "true", "pre_approved": "true"}
#: An invitation asks the person by mail on every list. Leaving the flags above away
#: would not: an open list takes a verified address at once.
ASKED = {"invitation": "true"}


class Writing:
    """The writing half of the connector; needs ``_api`` and the reading half."""

    # --- in ------------------------------------------------------------------------
    def upsert(self, list_id: str, drafts: Sequence[MemberDraft]) -> BatchAnswer:
        rows, seen = [], set()
        for draft in drafts:
            email = normalise(draft.email)
            if email in seen:
                message = "this address is twice in the batch"
                rows.append(_refused(draft, Refusal.DUPLICATE, message))
                continue
            seen.add(email)
            rows.append(self._upsert(list_id, draft))
        return BatchAnswer(tuple(rows))

    def _upsert(self, list_id: str, draft: MemberDraft) -> RowAnswer:
        if unknown := set(draft.values) - {mapping.NAME}:
            message = f"Mailman has no field {', '.join(sorted(unknown))}"
            return _refused(draft, Refusal.FIELD, message)
        if draft.join is Join.NEVER:
            return self._update(list_id, draft)
        try:
            return self._join(list_id, draft)
        except Conflict:
            return self._update(list_id, draft)

    def _join(self, list_id: str, draft: MemberDraft) -> RowAnswer:
        """Somebody new.

        May be repeated: who came in by the first try is a conflict for the second.

        :raises Conflict: a member, or waiting already
        """
        ask = draft.join is Join.ASK
        body = {
            "list_id": list_id,
            "subscriber": draft.email,
            "send_welcome_message": "false",
            **(ASKED if ask else AGREED),
        }
        if name := mapping.encoded(draft.values.get(mapping.NAME)):
            body["display_name"] = name
        try:
            reply = self._api.reply("POST", "/members", data=body, idempotent=True)
        except Invalid as error:
            banned = "banned" in error.detail
            refusal = Refusal.BLOCKED if banned else Refusal.INVALID
            return _refused(draft, refusal, error.detail)
        if reply.status == 202:
            self._name_address(draft)
            return RowAnswer(draft.email, Outcome.CREATED, status=Status.PENDING)
        member_id = mapping.last_part(reply.headers.get("Location"))
        if mapping.NAME in draft.values:
            # Only an address that is new to the server takes the name that was sent.
            entry = self._entry(list_id, MemberRef(draft.email, member_id))
            if entry is None or not self._rename(entry, draft):
                return RowAnswer(draft.email, Outcome.UNKNOWN, member_id)
        return RowAnswer(draft.email, Outcome.CREATED, member_id, Status.SUBSCRIBED)

    def _update(self, list_id: str, draft: MemberDraft) -> RowAnswer:
        """Somebody known, member or waiting; nobody else is touched."""
        entry = self._entry(list_id, MemberRef(draft.email, draft.remote_id))
        if entry is None:
            if self._request(list_id, draft.email) is None:
                return RowAnswer(draft.email, Outcome.SKIPPED)
            self._name_address(draft)
            return RowAnswer(draft.email, Outcome.UPDATED, status=Status.PENDING)
        if not self._rename(entry, draft):
            message = "a name cannot be given to an address with a slash"
            return _refused(draft, Refusal.FIELD, message)
        member_id = answers.identifier(entry.get("member_id"), "member")
        return RowAnswer(draft.email, Outcome.UPDATED, member_id)

    # --- the name ------------------------------------------------------------------
    def _rename(self, entry: dict[str, Any], draft: MemberDraft) -> bool:
        """Give a member the draft's name, if it has one; False where that cannot be.

        Names belong to addresses, and to users where an address has none: an empty one
        must be written to both to be seen.
        """
        name = mapping.encoded(draft.values.get(mapping.NAME))
        if mapping.NAME not in draft.values or entry.get(mapping.NAME) == name:
            return True
        email, user = mapping.address_of(entry), mapping.last_part(entry.get("user"))
        as_user = entry.get("subscription_mode") == "as_user"
        if not as_user and "/" in email:
            return False
        if not as_user:
            self._name(path("addresses", email), name)
        if user and (as_user or not name):
            self._name(path("users", user), name)
        return True

    def _name_address(self, draft: MemberDraft) -> None:
        """The name for somebody who waits: there is no member to ask about."""
        email = normalise(draft.email)
        if mapping.NAME in draft.values and "/" not in email:
            name = mapping.encoded(draft.values[mapping.NAME])
            self._name(path("addresses", email), name)

    def _name(self, where: str, name: str) -> None:
        body = {mapping.NAME: name}
        self._api.reply("PATCH", where, data=body, idempotent=True)

    # --- in again, by proof ----------------------------------------------------------
    def subscribe(self, list_id: str, draft: MemberDraft) -> RowAnswer:
        """Bring one person in or back, or ask them by an invitation.

        Mailman cannot ask somebody who is a member already and has paused; and what the
        list's owner has stopped, the person's consent does not start again.
        """
        member = self.member(list_id, MemberRef(draft.email, draft.remote_id))
        if member is None:
            return self._upsert(list_id, draft)
        if member.email != normalise(draft.email):
            raise Conflict("Mailman knows this person by another address")
        if member.status is Status.PENDING and draft.join is not Join.NEVER:
            # The old request would stand in the way of the new one.
            self._settle(list_id, member)
            return self._upsert(list_id, draft)
        row = replace(self._upsert(list_id, draft), status=member.status)
        away = member.status is not Status.SUBSCRIBED
        if row.outcome is Outcome.REFUSED or not away or draft.join is Join.NEVER:
            return row
        if draft.join is Join.ASK:
            message = "a member who gets no mail has to resume it without us"
            return _refused(draft, Refusal.OTHER, message)
        if member.status is Status.BLOCKED:
            return _refused(draft, Refusal.BLOCKED, member.reason)
        where = path("members", member.remote_id, "preferences")
        body = {"delivery_status": "enabled"}
        self._api.reply("PATCH", where, data=body, idempotent=True)
        return replace(row, status=Status.SUBSCRIBED)

    # --- out ------------------------------------------------------------------------
    def unsubscribe(self, list_id: str, ref: MemberRef, reason: str = "") -> None:
        """The membership ends at once, without asking back; so does a request. Nothing
        of it stays: keeping the person out is the caller's part."""
        member = self.member(list_id, ref)
        if member is None:
            return
        if member.status is Status.PENDING:
            self._settle(list_id, member)
        else:
            self._end(member.remote_id)

    def unsubscribe_many(
        self, list_id: str, refs: Sequence[MemberRef], reason: str = ""
    ) -> BatchAnswer:
        """Memberships end by one call. Of whom it says that they were no member there
        may be a request, or another address; these are taken off one by one."""
        if not refs:
            return BatchAnswer()
        where = path("lists", list_id, "roster", "member")
        emails = {"emails": [ref.email for ref in refs]}
        answer = self._api.call("DELETE", where, data=emails, idempotent=True)
        told = answers.object_(answer, "removed members")
        return BatchAnswer(
            tuple(
                RowAnswer(ref.email, Outcome.WRITTEN)
                if told.get(ref.email) is True
                else self._unsubscribed(list_id, ref, reason)
                for ref in refs
            )
        )

    def remove(self, list_id: str, ref: MemberRef) -> None:
        """The same: Mailman knows no other way to leave."""
        self.unsubscribe(list_id, ref)

    def unsubscribe_everywhere(self, ref: MemberRef, reason: str = "") -> None:
        """Every membership and every request of the address, on all lists."""
        email = self._current_address(ref)
        for entry in list(self._memberships(email)):
            self._end(answers.identifier(entry.get("member_id"), "member"))
        for each in self.lists():
            request = self._request(each.remote_id, email)
            if request is not None:
                self._settle(each.remote_id, mapping.pending_of(request))

    def erase(self, ref: MemberRef) -> None:
        """Forget the address, and the user behind it unless there are more addresses.

        A request holds the address too, so these go first.
        """
        email = self._current_address(ref)
        self.unsubscribe_everywhere(MemberRef(email))
        user = path("users", email)
        try:
            addresses = list(self._entries(user + "/addresses"))
        except NotFound:  # nobody, or an address without a user
            addresses = []
        where = user if len(addresses) == 1 else path("addresses", email)
        self._delete(where)

    def _end(self, member_id: str) -> None:
        self._delete(path("members", member_id))

    def _delete(self, where: str) -> None:
        with suppress(NotFound):
            self._api.reply("DELETE", where, idempotent=True)

    def _settle(self, list_id: str, waiting: RemoteMember) -> None:
        """Drop a request without a word to the person."""
        token = answers.identifier(waiting.raw.get("token"), "request")
        where = path("lists", list_id, "requests", token)
        body = {"action": "discard"}
        with suppress(NotFound):
            self._api.reply("POST", where, data=body, idempotent=True)

    def _current_address(self, ref: MemberRef) -> str:
        """The address that a membership's id leads to now, else the given one."""
        if ref.remote_id:
            with suppress(NotFound):
                found = self._api.get(path("members", ref.remote_id))
                return mapping.address_of(answers.object_(found, "member"))
        if not ref.email:
            raise Invalid("a person without id and address")
        return normalise(ref.email)

    # --- another address -------------------------------------------------------------
    def change_address(self, ref: MemberRef, email: str) -> RemoteMember | None:
        """Move all memberships to a new, verified address of the same user.

        Done in steps that may be repeated; the old address is forgotten at the end.
        """
        old, new = self._current_address(ref), normalise(email)
        if old == new:
            return None
        entries = list(self._entries("/members/find", subscriber=old))
        entries = [entry for entry in entries if mapping.address_of(entry) == old]
        if not any(entry.get("role") == "member" for entry in entries):
            raise NotFound("there is no such member", status=404)
        user = mapping.last_part(entries[0].get("user"))
        if not user:
            raise BadAnswer("a member without user")
        if any(self._memberships(new)):
            raise Conflict("somebody has the new address already")
        body = {
            "email": new,
            "display_name": answers.text(entries[0].get(mapping.NAME)),
        }
        if not self._is_of(new, user):
            self._api.reply("POST", path("users", user, "addresses"), data=body)
        self._api.reply("POST", path("addresses", new, "verify"), idempotent=True)
        for entry in entries:
            self._move(entry, user, new)
        self._delete(path("addresses", old))
        return None

    def _is_of(self, email: str, user: str) -> bool:
        """Whether the user has this address already, from an earlier try."""
        addresses = self._entries(path("users", user, "addresses"))
        return any(mapping.address_of(entry) == email for entry in addresses)

    def _move(self, entry: dict[str, Any], user: str, new: str) -> None:
        if entry.get("subscription_mode") == "as_user":
            where, body = path("users", user, "preferred_address"), {"email": new}
            self._api.reply("POST", where, data=body, idempotent=True)
            return
        where = path("members", answers.text(entry.get("member_id")))
        self._api.reply("PATCH", where, data={"address": new}, idempotent=True)


def _refused(draft: MemberDraft, refusal: Refusal, message: str) -> RowAnswer:
    return RowAnswer(draft.email, Outcome.REFUSED, refusal=refusal, message=message)
