"""What changes one person: values, address, coming by proof or by asking, leaving.

Only :meth:`Writing.subscribe` sends a subscription for somebody who left.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ....sync.address import normalise
from ....sync.vocabulary import RemoteMember, Status
from ... import answers
from ...contract import Join, MemberDraft, MemberRef, Outcome, Refusal, RowAnswer
from ...errors import Conflict, Invalid, NotFound
from ...url_guard import path
from . import mapping
from .hal import MERGE_PATCH


class Writing:
    """Writing one; needs ``_api``, ``_fields``, what reads, and ``_fit``."""

    # --- one, by proof or by asking ------------------------------------------
    def subscribe(self, list_id: str, draft: MemberDraft) -> RowAnswer:
        """Bring one person in or back. Whether the person has to confirm is a setting
        of the list: with it, PENDING is the best that can come of ``SUBSCRIBE``."""
        rows: dict[int, RowAnswer] = {}
        if not self._fit([draft], rows):
            return rows[0]
        ref = MemberRef(draft.email, draft.remote_id)
        member = self.member(list_id, ref)
        if member is not None and member.email != normalise(draft.email):
            raise Conflict("the tool knows this person by another address")
        known = self._recipient(MemberRef(draft.email))
        on_list = member is not None and member.status not in (
            Status.UNSUBSCRIBED,
            Status.PENDING,
        )
        if on_list or draft.join is Join.NEVER:
            if known is None:
                return RowAnswer(draft.email, Outcome.SKIPPED)
            answer = self._change(draft, known)
            return replace(answer, status=member.status if member else None)
        if draft.join is Join.ASK:
            if member is not None and member.status is Status.PENDING:
                return RowAnswer(draft.email, Outcome.WRITTEN, status=Status.PENDING)
            return self._ask(list_id, draft, known)
        return self._join(list_id, draft)

    def _join(self, list_id: str, draft: MemberDraft) -> RowAnswer:
        """Send a subscription; a 200 does not mean subscribed."""
        fields = self._fields()
        values = {n: mapping.encoded(v, fields[n]) for n, v in draft.values.items()}
        body: dict[str, Any] = {
            "listId": mapping.list_number(list_id),
            "email": draft.email.strip(),
            "source": "Odoo",
        }
        if values:
            body["attributes"] = values
        if draft.reactions is not None:
            body["trackingPermission"] = "GRANTED" if draft.reactions else "DENIED"
        if draft.opt_in_ip:
            body["suppliedRemoteAddress"] = draft.opt_in_ip
        try:
            answer = self._api.call("POST", "/events/subscriptions", json=body)
        except Invalid as error:
            return mapping.refused(draft.email, Refusal.OTHER, error.detail)
        result = answers.text(answers.object_(answer, "subscription").get("result"))
        row = mapping.joined(draft.email, result)
        if result == mapping.DUPLICATE and values:
            known = self._recipient(MemberRef(draft.email))
            if known is not None:
                return replace(self._change(draft, known), status=row.status)
        return row

    def _ask(
        self, list_id: str, draft: MemberDraft, known: dict[str, Any] | None
    ) -> RowAnswer:
        """Let the list ask the person. No call tells whether it does so; if it took the
        person in at once, that is undone and never tried again by this connector."""
        message = (
            "this list takes people in without asking them: turn its double opt-in on "
            "in Inxmail"
        )
        if list_id in self._never_asks:
            return mapping.refused(draft.email, Refusal.OTHER, message)
        row = self._join(list_id, draft)
        if row.status is not Status.SUBSCRIBED:
            return row
        self._never_asks.add(list_id)
        if known is None:
            self.erase(MemberRef(draft.email))
        else:
            self._leave(list_id, draft.email)
        return mapping.refused(draft.email, Refusal.OTHER, message)

    # --- out -----------------------------------------------------------------
    def unsubscribe(self, list_id: str, ref: MemberRef, reason: str = "") -> None:
        """Off this list. The reason has no place in the tool."""
        mapping.list_number(list_id)
        if email := self._address(ref):
            self._leave(list_id, email)

    def _address(self, ref: MemberRef) -> str:
        """The address the tool knows the person by; ours (may be ""), if it knows none.

        :raises Invalid: nobody is named
        """
        if not (ref.email.strip() or ref.remote_id.strip()):
            raise Invalid("a person without id and address")
        if ref.remote_id:
            known = self._recipient(MemberRef("", ref.remote_id))
            if known is not None:
                return mapping.email_of(known)
        return ref.email.strip()

    def _leave(self, list_id: str, email: str) -> None:
        body = {"listId": mapping.list_number(list_id), "email": email}
        where = "/events/unsubscriptions"
        answer = self._api.call("POST", where, json=body, idempotent=True)
        result = answers.object_(answer, "unsubscription").get("result")
        mapping.check_left(answers.text(result))

    def unsubscribe_everywhere(self, ref: MemberRef, reason: str = "") -> None:
        """Off every list the person is on; the blacklist is not touched."""
        email = self._address(ref)
        wanted = normalise(email)
        for each in self.lists():
            there = self._query([wanted], subscribedTo=each.remote_id)
            if any(mapping.email_of(one) == wanted for one in there):
                self._leave(each.remote_id, email)

    def erase(self, ref: MemberRef) -> None:
        """From the account. Beware: the tool also forgets that somebody had left."""
        known = self._person(ref)
        if known is None:
            return
        where = path("recipients", answers.identifier(known.get("id"), "recipient"))
        try:
            self._api.reply("DELETE", where, idempotent=True)
        except NotFound:
            return

    def change_address(self, ref: MemberRef, email: str) -> RemoteMember | None:
        """Id and history stay. What the tool does with an address that is taken is not
        known, so that is found out before."""
        known = self._person(ref)
        if known is None:
            raise NotFound("there is no such recipient", status=404)
        other = self._recipient(MemberRef(email))
        if other is not None and other.get("id") != known.get("id"):
            raise Conflict("another recipient has the new address", status=409)
        remote_id = answers.identifier(known.get("id"), "recipient")
        self._patch(remote_id, {"email": email.strip()})
        return None

    def _person(self, ref: MemberRef) -> dict[str, Any] | None:
        """The recipient that is meant; by id, else by address.

        :raises Invalid: nobody is named
        """
        if not (ref.email.strip() or ref.remote_id.strip()):
            raise Invalid("a person without id and address")
        return self._recipient(ref)

    # --- values --------------------------------------------------------------
    def _change(
        self, draft: MemberDraft, known: dict[str, Any], only: Sequence[str] = ()
    ) -> RowAnswer:
        """Write values of a recipient; they belong to the account, not to a list."""
        remote_id = answers.identifier(known.get("id"), "recipient")
        fields = self._fields()
        names = only or list(draft.values)
        body = {n: mapping.encoded(draft.values[n], fields[n]) for n in names}
        try:
            if body:
                self._patch(remote_id, {"attributes": body})
        except Invalid as error:
            return mapping.refused(draft.email, Refusal.FIELD, error.detail)
        return RowAnswer(draft.email, Outcome.UPDATED, remote_id)

    def _patch(self, remote_id: str, body: dict[str, Any]) -> None:
        self._api.reply(
            "PATCH",
            path("recipients", remote_id),
            data=json.dumps(body),
            headers=MERGE_PATCH,
            idempotent=True,
        )
