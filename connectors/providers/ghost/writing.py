"""What changes members, one a call.

``newsletters`` and ``labels`` replace what is there; leaving them out keeps it (sheet
section 5). So an update never names newsletters, and joining reads them before.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from ....sync.vocabulary import RemoteMember
from ...contract import (
    BatchAnswer,
    Join,
    MemberDraft,
    MemberRef,
    Outcome,
    Refusal,
    RowAnswer,
)
from ...errors import Conflict, Invalid, NotFound
from ...url_guard import path
from . import mapping
from .mapping import Row

_NAMES = {field.name for field in mapping.FIELDS}


class Writing:
    """The writing half of the connector; needs ``_api``, ``_public``, ``_newsletter``
    and ``_people``."""

    def upsert(self, list_id: str, drafts: Sequence[MemberDraft]) -> BatchAnswer:
        newsletter = self._newsletter(list_id) if drafts else {}
        refs = [MemberRef(draft.email, draft.remote_id) for draft in drafts]
        rows: list[RowAnswer] = []
        seen: set[str] = set()
        for draft, person in zip(drafts, list(self._people(refs)), strict=True):
            if draft.email.lower() in seen:
                message = "this address is twice in the batch"
                rows.append(_refused(draft, Refusal.DUPLICATE, message))
                continue
            seen.add(draft.email.lower())
            rows.append(self._write(newsletter, draft, person))
        return BatchAnswer(tuple(rows))

    def subscribe(self, list_id: str, draft: MemberDraft) -> RowAnswer:
        """As Ghost keeps nobody who left, coming back is joining."""
        newsletter = self._newsletter(list_id)
        person = self._person(MemberRef(draft.email, draft.remote_id))
        if person and mapping.address(person).lower() != draft.email.lower():
            raise Conflict("the tool knows this person by another address")
        return self._write(newsletter, draft, person)

    def _write(self, newsletter: Row, draft: MemberDraft, person: Row | None):
        if unknown := set(draft.values) - _NAMES:
            message = f"Ghost has no field {', '.join(sorted(unknown))}"
            return _refused(draft, Refusal.FIELD, message)
        try:
            if person is None:
                return self._newcomer(newsletter, draft)
            return self._known(newsletter, draft, person)
        except Invalid as error:
            of_field = error.code in _NAMES
            refusal = Refusal.FIELD if of_field else Refusal.INVALID
            return _refused(draft, refusal, error.detail)

    def _newcomer(self, newsletter: Row, draft: MemberDraft) -> RowAnswer:
        if draft.join is Join.NEVER:
            return RowAnswer(draft.email, Outcome.SKIPPED)
        if draft.join is Join.ASK:
            return self._ask(newsletter, draft)
        body = {
            "email": draft.email,
            "newsletters": [{"id": mapping.identifier(newsletter)}],
            "labels": [{"name": tag} for tag in sorted(draft.tags_add)],
            **_values(draft),
        }
        try:
            # Repeating harms nobody: an address that is there is refused.
            answer = self._api.call(
                "POST", "/members/", json={"members": [body]}, idempotent=True
            )
        except Conflict:
            person = self._person(MemberRef(draft.email))
            if person is None:
                return RowAnswer(draft.email, Outcome.UNKNOWN)
            return self._known(newsletter, draft, person)
        return _row(draft, answer, newsletter, Outcome.CREATED)

    def _ask(self, newsletter: Row, draft: MemberDraft) -> RowAnswer:
        """By the public sign-up, which mails a link; the member comes to be by the
        click. Newsletters go by name: ids would be ignored."""
        body: dict[str, Any] = {
            "email": draft.email,
            "emailType": "signup",
            "newsletters": [{"name": newsletter.get("name")}],
            "labels": sorted(draft.tags_add),
        }
        if name := _values(draft).get("name"):
            body["name"] = name
        self._public.reply("POST", "/send-magic-link/", json=body)
        return RowAnswer(draft.email, Outcome.WRITTEN)

    def _known(self, newsletter: Row, draft: MemberDraft, person: Row) -> RowAnswer:
        list_id = mapping.identifier(newsletter)
        there = mapping.newsletters(person)
        body: dict[str, Any] = _values(draft)
        if list_id not in there:
            if draft.join is Join.NEVER:
                return RowAnswer(draft.email, Outcome.SKIPPED)
            if reason := _unfit(draft, person):
                return reason
            body["newsletters"] = [{"id": one} for one in (*there, list_id)]
        has = mapping.labels(person)
        wanted = (has | draft.tags_add) - draft.tags_remove
        if wanted != has:
            body["labels"] = [{"name": tag} for tag in sorted(wanted)]
        answer = self._put(person, **body) if body else {"members": [person]}
        outcome = Outcome.UPDATED if list_id in there else Outcome.CREATED
        return _row(draft, answer, newsletter, outcome)

    def _put(self, person: Row, **body: Any) -> Any:
        where = path("members", mapping.identifier(person)) + "/"
        return self._api.call("PUT", where, json={"members": [body]}, idempotent=True)

    # --- out -----------------------------------------------------------------
    def unsubscribe(self, list_id: str, ref: MemberRef, reason: str = "") -> None:
        """Off this newsletter. The member stays; only an event remembers the leaving,
        and the reason has no place in the tool."""
        self._newsletter(list_id)
        person = self._person(ref)
        there = mapping.newsletters(person) if person else []
        if list_id in there:
            rest = [{"id": one} for one in there if one != list_id]
            self._put(person, newsletters=rest)

    def remove(self, list_id: str, ref: MemberRef) -> None:
        """The same: off a newsletter is off, whoever asked for it."""
        self.unsubscribe(list_id, ref)

    def unsubscribe_everywhere(self, ref: MemberRef, reason: str = "") -> None:
        """Off all newsletters; the member stays."""
        person = self._person(ref)
        if person and mapping.newsletters(person):
            self._put(person, newsletters=[])

    def erase(self, ref: MemberRef) -> None:
        person = self._person(ref)
        if person is None:
            return
        where = path("members", mapping.identifier(person)) + "/"
        with suppress(NotFound):
            self._api.reply("DELETE", where, idempotent=True)

    def change_address(self, ref: MemberRef, email: str) -> RemoteMember | None:
        """Id, newsletters and labels stay. Another spelling of a taken address would be
        accepted by Ghost, so it is looked for before."""
        person = self._person(ref)
        if person is None:
            raise NotFound("there is no such member", status=404)
        other = self._person(MemberRef(email))
        if other and mapping.identifier(other) != mapping.identifier(person):
            raise Conflict("another member has the new address", status=409)
        self._put(person, email=email)
        return None


def _values(draft: MemberDraft) -> dict[str, str]:
    return {name: mapping.encoded(value) for name, value in draft.values.items()}


def _unfit(draft: MemberDraft, person: Row) -> RowAnswer | None:
    """Why a member cannot be put on a further newsletter, if so."""
    if draft.join is Join.ASK:
        # The sign-up mails members a link to log in with, which subscribes nobody.
        message = "is a member already, and Ghost can ask new people only"
        return _refused(draft, Refusal.OTHER, message)
    if mapping.address(person).lower() != draft.email.lower():
        message = "the tool knows this person by another address"
        return _refused(draft, Refusal.OTHER, message)
    if mapping.suppression(person):
        message = "Ghost mails this person nothing after a bounce or a complaint"
        return _refused(draft, Refusal.BLOCKED, message)
    return None


def _row(
    draft: MemberDraft, answer: Any, newsletter: Row, outcome: Outcome
) -> RowAnswer:
    """The answer as it stands; an archived newsletter is dropped without a word."""
    found = mapping.one(answer, "members")
    member = mapping.member_of(found, mapping.identifier(newsletter))
    if member is None:
        return RowAnswer(draft.email, Outcome.UNKNOWN)
    return RowAnswer(draft.email, outcome, member.remote_id, member.status)


def _refused(draft: MemberDraft, refusal: Refusal, message: str) -> RowAnswer:
    return RowAnswer(draft.email, Outcome.REFUSED, refusal=refusal, message=message)
