"""Writing members.

Newcomers go in by the batch with ``update_existing: false``, which leaves everybody
alone whom the audience knows in any status. Whoever it names as existing is changed by
PATCH without a status, which keeps the status whatever it is. So no ordinary write can
bring somebody back. Who is archived may have unsubscribed before, and nothing tells:
they come back by ``subscribe`` only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
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
from ...errors import Conflict, ConnectorError, Invalid, NotFound
from ...url_guard import path
from . import mapping
from .reading import Member, split

#: members that do not have every required merge field are taken all the same
PARAMS = {"skip_merge_validation": "true"}
EXISTS = "ERROR_CONTACT_EXISTS"
ARCHIVED = "archived in the tool, perhaps after leaving: bring back with proof only"
WITHOUT_TAG = "is in the audience without the tag, and cannot be asked for it"
#: errors that concern one member only; all others leave
_OF_A_ROW = (Invalid, Conflict)


class Writing:
    """The writing half of the connector; needs what ``Reading`` needs."""

    def upsert(self, list_id: str, drafts: Sequence[MemberDraft]) -> BatchAnswer:
        audience, tag = split(list_id)
        if drafts:
            self._check(audience)
        rows: dict[str, RowAnswer] = {}
        newcomers: list[MemberDraft] = []
        known: list[MemberDraft] = []
        for draft in drafts:
            email = draft.email.lower()
            if email in rows:
                continue
            rows[email] = RowAnswer(draft.email, Outcome.UNKNOWN)
            if missing := self._missing_fields(audience, draft):
                message = f"there is no merge field {missing}"
                rows[email] = _refused(draft, Refusal.FIELD, message)
            elif draft.join is Join.NEVER:
                known.append(draft)
            else:
                newcomers.append(draft)
        size = self.capabilities.batch_size
        for start in range(0, len(newcomers), size):
            part = newcomers[start : start + size]
            made, existing = self._create(audience, part)
            rows.update((row.email.lower(), row) for row in made)
            known += existing
        for draft in known:
            rows[draft.email.lower()] = self._update(audience, tag, draft)
        self._add_tags(audience, tag, drafts, rows)
        return BatchAnswer(tuple(_in_order(drafts, rows)))

    def _missing_fields(self, audience: str, draft: MemberDraft) -> str:
        """Merge fields that the tool would drop in silence, or that we cannot write."""
        if not draft.values:
            return ""
        fields = self._fields(audience)
        good = {name for name, field in fields.items() if not field.read_only}
        return ", ".join(sorted(set(draft.values) - good))

    def _values(self, audience: str, draft: MemberDraft) -> dict[str, Any]:
        fields = self._fields(audience) if draft.values else {}
        return {n: mapping.encoded(v, fields[n]) for n, v in draft.values.items()}

    # --- many at once ----------------------------------------------------------
    def _create(
        self, audience: str, drafts: list[MemberDraft]
    ) -> tuple[list[RowAnswer], list[MemberDraft]]:
        """Take in whom the audience does not know; the answers, and whom it knows.

        May be repeated: whoever went in by the first try exists at the second.
        """
        by_email = {draft.email.lower(): draft for draft in drafts}
        body = {
            "members": [self._newcomer(audience, draft) for draft in drafts],
            "update_existing": False,
        }
        told = answers.object_(
            self._api.call(
                "POST",
                path("lists", audience),
                json=body,
                params=PARAMS,
                idempotent=True,
            ),
            "batch",
        )
        rows, existing = [], []
        for member in answers.objects(told.get("new_members"), "new members"):
            draft = by_email.pop(
                answers.text(member.get("email_address")).lower(), None
            )
            if draft:
                rows.append(_row(draft, member, Outcome.CREATED))
        for error in answers.objects(told.get("errors"), "errors"):
            draft = by_email.pop(answers.text(error.get("email_address")).lower(), None)
            if draft and _exists(error):
                existing.append(draft)
            elif draft:
                rows.append(_batch_refusal(draft, error))
        return rows, existing

    def _newcomer(self, audience: str, draft: MemberDraft) -> Member:
        asks = draft.join is Join.ASK
        row: Member = {
            "email_address": draft.email,
            "status": "pending" if asks else "subscribed",
        }
        if draft.values:
            row["merge_fields"] = self._values(audience, draft)
        return row | ({} if asks else _evidence(draft))

    # --- one by one ------------------------------------------------------------
    def _update(self, audience: str, tag: str, draft: MemberDraft) -> RowAnswer:
        """Change somebody known; the status is not named, and so stays."""
        where = path("lists", audience, "members", mapping.subscriber_hash(draft.email))
        try:
            member = None
            if tag or not draft.values:
                member = answers.object_(self._api.get(where), "member")
                if refusal := self._untouchable(audience, tag, draft, member):
                    return refusal
            if draft.values:
                body = {"merge_fields": self._values(audience, draft)}
                member = self._patch(where, body)
        except NotFound:
            outcome = Outcome.SKIPPED if draft.join is Join.NEVER else Outcome.UNKNOWN
            return RowAnswer(draft.email, outcome)
        except _OF_A_ROW as error:
            return _refusal(draft, error)
        if not mapping.is_there(member):
            return _refused(draft, Refusal.COMPLIANCE, ARCHIVED)
        return _row(draft, member, Outcome.UPDATED)

    def _untouchable(
        self, audience: str, tag: str, draft: MemberDraft, member: Member
    ) -> RowAnswer | None:
        """Why a member is left alone, or None."""
        if not mapping.is_there(member):
            return _refused(draft, Refusal.COMPLIANCE, ARCHIVED)
        joins = not tag or draft.join is Join.SUBSCRIBE
        if joins or tag in self._tags(member, audience):
            return None
        return RowAnswer(draft.email, Outcome.SKIPPED, message=WITHOUT_TAG)

    def _patch(self, where: str, body: dict[str, Any]) -> Member:
        told = self._api.call("PATCH", where, json=body, params=PARAMS, idempotent=True)
        return answers.object_(told, "member")

    # --- tags ------------------------------------------------------------------
    def _add_tags(
        self,
        audience: str,
        tag: str,
        drafts: Sequence[MemberDraft],
        rows: dict[str, RowAnswer],
    ) -> None:
        """The tag of the list for many at once, others for each member."""
        done = (Outcome.CREATED, Outcome.UPDATED)
        written = [d for d in drafts if rows[d.email.lower()].outcome in done]
        if tag and written:
            self._tag_members(audience, tag, add=[draft.email for draft in written])
        for draft in written:
            self._set_tags(audience, draft)

    def _tag_members(
        self,
        audience: str,
        tag: str,
        add: Sequence[str] = (),
        remove: Sequence[str] = (),
    ) -> None:
        size = self.capabilities.batch_size
        where = path("lists", audience, "segments", tag)
        for start in range(0, max(len(add), len(remove)), size):
            body = {
                "members_to_add": list(add[start : start + size]),
                "members_to_remove": list(remove[start : start + size]),
            }
            self._api.call("POST", where, json=body, idempotent=True)

    def _set_tags(self, audience: str, draft: MemberDraft) -> None:
        tags = [
            {"name": name, "status": status}
            for names, status in (
                (draft.tags_remove - draft.tags_add, "inactive"),
                (draft.tags_add, "active"),
            )
            for name in sorted(names)
        ]
        if tags:
            email_hash = mapping.subscriber_hash(draft.email)
            where = path("lists", audience, "members", email_hash, "tags")
            self._api.reply("POST", where, json={"tags": tags}, idempotent=True)

    # --- in, by proof or by asking ---------------------------------------------
    def subscribe(self, list_id: str, draft: MemberDraft) -> RowAnswer:
        """Bring one person in or back. Who left by their own click, bounced or
        complained is refused as COMPLIANCE and can only be asked (``Join.ASK``)."""
        if draft.join is Join.NEVER:
            return self.upsert(list_id, [draft]).rows[0]
        audience, tag = split(list_id)
        self._check(audience)
        if missing := self._missing_fields(audience, draft):
            return _refused(draft, Refusal.FIELD, f"there is no merge field {missing}")
        known = self._find(audience, MemberRef(draft.email, draft.remote_id))
        email = answers.text(known.get("email_address")) if known else draft.email
        if email.lower() != draft.email.lower():
            raise Conflict("the tool knows this person by another address")
        row = self._join(audience, draft, known)
        self._add_tags(audience, tag, [draft], {draft.email.lower(): row})
        return row

    def _join(
        self, audience: str, draft: MemberDraft, known: Member | None
    ) -> RowAnswer:
        asks = draft.join is Join.ASK
        body: Member = {"email_address": draft.email}
        if draft.values:
            body["merge_fields"] = self._values(audience, draft)
        wanted = "pending" if asks else "subscribed"
        # The vendor's file wants it always; it counts if somebody is gone meanwhile.
        body["status_if_new"] = wanted
        if known and answers.text(known.get("status")) != "subscribed":
            body["status"] = wanted
        if not asks:
            body |= _evidence(draft)
        email_hash = mapping.subscriber_hash(draft.email)
        where = path("lists", audience, "members", email_hash)
        try:
            # Not repeated by itself: "pending" sends a mail each time.
            told = self._api.call("PUT", where, json=body, params=PARAMS)
        except _OF_A_ROW as error:
            return _refusal(draft, error)
        outcome = Outcome.UPDATED if known else Outcome.CREATED
        return _row(draft, answers.object_(told, "member"), outcome)

    # --- out -----------------------------------------------------------------
    def unsubscribe(self, list_id: str, ref: MemberRef, reason: str = "") -> None:
        """Off the audience; for a tag's list, too, as mails go out by the audience."""
        audience, tag = split(list_id)
        self._check(audience)
        member = self._find(audience, ref)
        if member is not None and tag and tag not in self._tags(member, audience):
            return
        self._unsubscribe(audience, member)

    def _unsubscribe(self, audience: str, member: Member | None) -> None:
        """Who is off keeps the reason of leaving; a bounce stays a bounce."""
        leaving = (Status.SUBSCRIBED, Status.PENDING)
        if member is None or not mapping.is_there(member):
            return
        if mapping.status_of(member) in leaving:
            self._patch(_where(audience, member), {"status": "unsubscribed"})

    def unsubscribe_everywhere(self, ref: MemberRef, reason: str = "") -> None:
        for audience, member in self._everywhere(ref):
            self._unsubscribe(audience, member)

    def remove(self, list_id: str, ref: MemberRef) -> None:
        """Take the tag away; in an audience, archive.

        :raises Conflict: who is pending or bounced cannot be archived
        """
        audience, tag = split(list_id)
        self._check(audience)
        member = self._find(audience, ref)
        if member is None or not mapping.is_there(member):
            return
        if tag:
            email = answers.text(member.get("email_address"))
            self._tag_members(audience, tag, remove=[email])
            return
        with suppress(NotFound):
            self._api.reply("DELETE", _where(audience, member), idempotent=True)

    def erase(self, ref: MemberRef) -> None:
        """For good, in every audience. The tool takes the address never again by us."""
        for audience, member in self._everywhere(ref):
            where = _where(audience, member) + "/actions/delete-permanent"
            with suppress(NotFound):
                self._api.reply("POST", where, idempotent=True)

    def change_address(self, ref: MemberRef, email: str) -> RemoteMember | None:
        """In every audience that knows the person; id and history stay."""
        found = list(self._everywhere(ref))
        if not found:
            raise NotFound("there is no such member", status=404)
        for audience, member in found:
            other = self._find(audience, MemberRef(email))
            if other is not None and mapping.remote_id_of(
                other
            ) != mapping.remote_id_of(member):
                raise Conflict("another member has the new address", status=409)
        for audience, member in found:
            self._patch(_where(audience, member), {"email_address": email})
        return None

    def _everywhere(self, ref: MemberRef) -> Iterator[tuple[str, Member]]:
        """Each audience that knows the person, with what it knows."""
        for audience in self._collection(
            "/lists", "lists", fields="lists.id,total_items"
        ):
            name = answers.identifier(audience.get("id"), "audience")
            member = self._find(name, ref)
            if member is not None:
                yield name, member


def _where(audience: str, member: Member) -> str:
    """The path of a member, by its hash."""
    email_hash = answers.identifier(member.get("id"), "member")
    return path("lists", audience, "members", email_hash)


def _evidence(draft: MemberDraft) -> Member:
    """When and how somebody consented, as the tool keeps it."""
    told = {"ip_opt": draft.opt_in_ip} if draft.opt_in_ip else {}
    if draft.opt_in_at:
        told["timestamp_opt"] = mapping.iso(draft.opt_in_at)
    return told


def _exists(error: Member) -> bool:
    text = answers.text(error.get("error")).lower()
    return error.get("error_code") == EXISTS or "already a list member" in text


def _batch_refusal(draft: MemberDraft, error: Member) -> RowAnswer:
    field = answers.text(error.get("field"))
    parts = (
        answers.text(error.get(key)) for key in ("error", "field", "field_message")
    )
    message = " ".join(part for part in parts if part)[:300]
    return _refused(draft, mapping.refusal_of("", message, field), message)


def _refusal(draft: MemberDraft, error: ConnectorError) -> RowAnswer:
    """A refused write of one member as its answer."""
    refusal = mapping.refusal_of(error.code, error.detail)
    if refusal is Refusal.OTHER and isinstance(error, Invalid) and draft.values:
        refusal = Refusal.FIELD
    return _refused(draft, refusal, error.detail)


def _row(draft: MemberDraft, member: Member, outcome: Outcome) -> RowAnswer:
    remote_id, status = mapping.remote_id_of(member), mapping.status_of(member)
    return RowAnswer(draft.email, outcome, remote_id, status)


def _refused(draft: MemberDraft, refusal: Refusal, message: str) -> RowAnswer:
    return RowAnswer(draft.email, Outcome.REFUSED, refusal=refusal, message=message)


def _in_order(
    drafts: Sequence[MemberDraft], rows: dict[str, RowAnswer]
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
            yield rows[email]
