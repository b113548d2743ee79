"""Writing contacts, one call each: there is no batch.

``POST /subscriber`` runs an opt-in process, so it is used for newcomers only, and for
asking again. Whoever is known is changed by ``PUT`` and the tag calls, which leave the
status alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
    NotFound,
    ServerFault,
)
from ...url_guard import path
from . import mapping
from .reading import Contact

#: the tool's error number -> why it refuses a row (sheet section 8)
REFUSALS = {
    "5": Refusal.INVALID,
    "10/5": Refusal.INVALID,
    "6": Refusal.OTHER,
    "10/6": Refusal.OTHER,
    "8": Refusal.FIELD,
    "field": Refusal.FIELD,
    "9": Refusal.COMPLIANCE,
    "10/30": Refusal.BLOCKED,
    "30": Refusal.OTHER,
}


class Writing:
    """The writing half of the connector; needs what ``Reading`` needs, and more."""

    # --- write ---------------------------------------------------------------
    def upsert(self, list_id: str, drafts: Sequence[MemberDraft]) -> BatchAnswer:
        if drafts:
            self._check_tag(list_id)
        rows, seen = [], set()
        for draft in drafts:
            if draft.email.lower() in seen:
                message = "this address is twice in the batch"
                rows.append(_refused(draft, Refusal.DUPLICATE, message))
                continue
            seen.add(draft.email.lower())
            rows.append(self._guarded(draft, lambda d=draft: self._write(list_id, d)))
        return BatchAnswer(tuple(rows))

    def _guarded(self, draft: MemberDraft, write: Callable[[], RowAnswer]) -> RowAnswer:
        """A refusal of this row is its answer; everything else leaves."""
        try:
            return write()
        except ConnectorError as error:
            refusal = REFUSALS.get(error.code)
            if error.retryable or refusal is None:
                raise
            return _refused(draft, refusal, error.detail)

    def _write(self, list_id: str, draft: MemberDraft) -> RowAnswer:
        if missing := self._missing_fields(draft):
            return _refused(draft, Refusal.FIELD, f"there is no field {missing}")
        contact = self._addressee(draft)
        if contact is None:
            if draft.join is Join.NEVER:
                return RowAnswer(draft.email, Outcome.SKIPPED)
            return self._sign_up(list_id, draft)
        has_tag = list_id in mapping.tag_ids(contact)
        if not has_tag and draft.join is not Join.SUBSCRIBE:
            message = "is in the account without the tag, and cannot be asked for it"
            return RowAnswer(draft.email, Outcome.SKIPPED, message=message)
        self._update(contact, draft, list_id)
        return _row(draft, contact, Outcome.UPDATED)

    def _addressee(self, draft: MemberDraft) -> Contact | None:
        """The contact with the draft's address; the id saves a search."""
        contact = self._detail(draft.remote_id) if draft.remote_id.strip() else None
        known = answers.text(contact.get("email")) if contact else ""
        if known.strip().lower() == draft.email.lower():
            return contact
        return self._by_address(draft.email)

    def _missing_fields(self, draft: MemberDraft) -> str:
        """Fields that the tool would drop without a word."""
        if not draft.values:
            return ""
        if "" not in self._known_fields:
            self.fields()
        return ", ".join(sorted(set(draft.values) - set(self._known_fields[""])))

    def _encoded(self, draft: MemberDraft) -> dict[str, str]:
        kinds = self._kinds
        return {
            n: mapping.encoded(v, kinds.get(n, "line")) for n, v in draft.values.items()
        }

    def _update(self, contact: Contact, draft: MemberDraft, list_id: str) -> None:
        """Fields and tags of somebody known; the status stays."""
        remote_id = answers.identifier(contact.get("id"), "contact")
        if draft.values:
            body = {"fields": self._encoded(draft)}
            where = path("subscriber", remote_id)
            self._done(self._api.call("PUT", where, json=body, idempotent=True))
        self._set_tags(contact, draft, [list_id])

    def _set_tags(
        self, contact: Contact, draft: MemberDraft, wanted: list[str]
    ) -> None:
        """Give the wanted tags (ids) and the draft's (names), take its others away."""
        email, has = mapping.address_of(contact), mapping.tag_ids(contact)
        wanted = [*wanted, *(self._tag_id(name) for name in sorted(draft.tags_add))]
        if new := [mapping.number_of(id) for id in wanted if id not in has]:
            body = {"email": email, "tagids": new}
            self._done(
                self._api.call("POST", "/subscriber/tag", json=body, idempotent=True)
            )
        if draft.tags_remove:
            ids = {name: id for id, name in self._tags().items()}
            for name in sorted(draft.tags_remove):
                if ids.get(name) in has:
                    self._untag(email, ids[name])

    def _tags(self) -> dict[str, str]:
        if self._known_tags is None:
            self.lists()
        return self._known_tags or {}

    def _tag_id(self, name: str) -> str:
        """A tag by name; made where it does not exist."""
        found = [id for id, known in self._tags().items() if known == name]
        return found[0] if found else self._create_tag(name)

    def _untag(self, email: str, tag: str) -> None:
        body = {"email": email, "tagid": mapping.number_of(tag)}
        self._done(
            self._api.call("POST", "/subscriber/untag", json=body, idempotent=True)
        )

    # --- in, by an opt-in process ----------------------------------------------
    def _sign_up(self, list_id: str, draft: MemberDraft) -> RowAnswer:
        """Run an opt-in process for somebody; what it did, the answer's status tells.

        Never repeated by itself: a second call may send a second mail.
        """
        try:
            process = self._process(draft)
        except (Conflict, NotFound) as error:
            return _refused(draft, Refusal.OTHER, error.detail)
        body: dict[str, Any] = {
            "email": draft.email,
            "tagid": mapping.number_of(list_id),
        }
        if process:
            body["listid"] = mapping.number_of(process)
        if draft.values:
            body["fields"] = self._encoded(draft)
        contact = answers.object_(
            self._api.call("POST", "/subscriber", json=body), "contact"
        )
        if draft.tags_add:
            self._set_tags(contact, draft, [])
        return _row(draft, contact, Outcome.CREATED)

    def _process(self, draft: MemberDraft) -> str:
        """The opt-in process for a draft; "": the account's own double opt-in.

        A process with double opt-in that a person chose is run for those who joined
        elsewhere, too: then the tool asks them.

        :raises Conflict: the process does not do what is wanted
        :raises NotFound: the chosen process is gone
        """
        asks = draft.join is Join.ASK
        if asks and not draft.opt_in_process:
            return ""
        if self._known_processes is None:
            self.opt_in_processes()
        known = self._known_processes or {}
        if draft.opt_in_process:
            chosen = known.get(draft.opt_in_process)
            if chosen is None:
                raise NotFound("the chosen opt-in process is not there")
            if asks and chosen.opt_in == "single":
                raise Conflict(f"the opt-in process {chosen.name!r} does not ask")
            return chosen.remote_id
        for each in known.values():
            if each.opt_in == "single":
                return each.remote_id
        raise Conflict("the account has no opt-in process without a confirmation mail")

    def subscribe(self, list_id: str, draft: MemberDraft) -> RowAnswer:
        """Ask by mail whoever is not subscribed. The tool brings nobody back without
        the person's own click: ``Join.SUBSCRIBE`` is not supported."""
        if draft.join is Join.SUBSCRIBE:
            raise self._unsupported("subscribe again without asking the person")
        self._check_tag(list_id)
        return self._guarded(draft, lambda: self._ask_again(list_id, draft))

    def _ask_again(self, list_id: str, draft: MemberDraft) -> RowAnswer:
        contact = self._addressee(draft)
        if contact is None or draft.join is Join.NEVER:
            return self._write(list_id, draft)
        if missing := self._missing_fields(draft):
            return _refused(draft, Refusal.FIELD, f"there is no field {missing}")
        if mapping.status_of(contact)[0] is Status.SUBSCRIBED:
            self._update(contact, draft, list_id)
            return _row(draft, contact, Outcome.UPDATED)
        row = self._sign_up(list_id, draft)
        if row.outcome is Outcome.CREATED:
            return RowAnswer(row.email, Outcome.UPDATED, row.remote_id, row.status)
        return row

    # --- out -----------------------------------------------------------------
    def unsubscribe(self, list_id: str, ref: MemberRef, reason: str = "") -> None:
        """Off the e-mail channel of the whole account, for somebody with this tag."""
        self._check_tag(list_id)
        contact = self._contact(ref)
        if contact is not None and list_id in mapping.tag_ids(contact):
            self._unsubscribe(contact, [list_id])

    def unsubscribe_everywhere(self, ref: MemberRef, reason: str = "") -> None:
        contact = self._contact(ref)
        if contact is not None:
            own = mapping.tag_ids(contact) - set(
                answers.mapping(contact.get("smart_tags"))
            )
            self._unsubscribe(contact, sorted(own))

    def _unsubscribe(self, contact: Contact, tags: list[str]) -> None:
        """Who only was asked cannot be unsubscribed (error 9): they lose the tags, so
        that a late click puts them on none of these lists."""
        status, _ = mapping.status_of(contact)
        email = mapping.address_of(contact)
        if status is Status.UNSUBSCRIBED:
            return
        if status is Status.PENDING:
            for tag in tags:
                self._untag(email, tag)
            return
        body = {"email": email}
        try:
            answer = self._api.call(
                "POST", "/subscriber/unsubscribe", json=body, idempotent=True
            )
            self._done(answer)
        except ConnectorError as error:
            if error.code != "9":
                raise
            now = self._contact(MemberRef(email))
            if now is not None and mapping.status_of(now)[0] is Status.SUBSCRIBED:
                raise ServerFault("the tool did not unsubscribe a contact") from None

    def remove(self, list_id: str, ref: MemberRef) -> None:
        """Take the tag away; the person stays in the account as is."""
        self._check_tag(list_id)
        contact = self._contact(ref)
        if contact is not None and list_id in mapping.tag_ids(contact):
            self._untag(mapping.address_of(contact), list_id)

    def erase(self, ref: MemberRef) -> None:
        contact = self._contact(ref)
        if contact is None:
            return
        remote_id = answers.identifier(contact.get("id"), "contact")
        try:
            where = path("subscriber", remote_id)
            self._done(self._api.call("DELETE", where, idempotent=True))
        except (Invalid, NotFound):
            if self._detail(remote_id) is not None:
                raise

    def change_address(self, ref: MemberRef, email: str) -> RemoteMember | None:
        """Id and history stay."""
        contact = self._contact(ref)
        if contact is None:
            raise NotFound("there is no such contact", status=404)
        if mapping.address_of(contact).lower() == email.lower():
            return None
        remote_id = answers.identifier(contact.get("id"), "contact")
        other = self._by_address(email)
        if other is not None and answers.text(other.get("id")) != remote_id:
            raise Conflict("another contact has the new address", status=409)
        where, body = path("subscriber", remote_id), {"newemail": email}
        self._done(self._api.call("PUT", where, json=body, idempotent=True))
        return None

    def _done(self, answer: Any) -> None:
        """Raise unless the tool says ``[true]``."""
        if answer not in ([True], True):
            raise ServerFault("the tool did not do it and gives no reason")


def _row(draft: MemberDraft, contact: Contact, outcome: Outcome) -> RowAnswer:
    remote_id = answers.identifier(contact.get("id"), "contact")
    return RowAnswer(draft.email, outcome, remote_id, mapping.status_of(contact)[0])


def _refused(draft: MemberDraft, refusal: Refusal, message: str) -> RowAnswer:
    return RowAnswer(draft.email, Outcome.REFUSED, refusal=refusal, message=message)
