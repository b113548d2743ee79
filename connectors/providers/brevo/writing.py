"""What changes contacts one by one: in, out, values, another address.

Each write looks at the contact first: ``listIds`` would bring back somebody who left
that list, so it is sent for people only who are not and were not on it. The flag of the
block is sent by ``subscribe`` and ``unsubscribe`` alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from ...errors import (
    Conflict,
    ConnectorError,
    Invalid,
    NotFound,
    ServerFault,
    Unreachable,
)
from ...url_guard import path
from . import mapping

Contact = Mapping[str, Any]
#: so many lost answers in one batch mean that the line is down
DEAD_LINE = 5


class Writing:
    """The writing half of the connector; needs ``_api``, ``_contact``, ``_attributes``
    and ``_require``."""

    # --- many -----------------------------------------------------------------
    def _write(
        self,
        list_id: str,
        drafts: Sequence[MemberDraft],
        met: Mapping[str, Contact] | None = None,
    ) -> BatchAnswer:
        """Row by row. A row whose answer got lost is unknown and harms no other.

        :param met: contacts by address, of those that are known to us already
        :raises Unreachable: no answer at all, or many lost
        """
        rows: list[RowAnswer] = []
        lost: list[ConnectorError] = []
        seen: set[str] = set()
        for draft in drafts:
            email = normalise(draft.email)
            if email in seen:
                message = "this address is twice in the batch"
                rows.append(_refused(draft, Refusal.DUPLICATE, message))
                continue
            seen.add(email)
            try:
                rows.append(self._write_one(list_id, draft, (met or {}).get(email)))
            except (Unreachable, ServerFault) as error:
                lost.append(error)
                if len(lost) >= DEAD_LINE:
                    raise
                rows.append(RowAnswer(draft.email, Outcome.UNKNOWN))
        if lost and len(lost) == len(seen):
            raise lost[-1]
        return BatchAnswer(tuple(rows))

    # --- one ------------------------------------------------------------------
    def _write_one(
        self, list_id: str, draft: MemberDraft, contact: Contact | None = None
    ) -> RowAnswer:
        if "@" not in draft.email:
            return _refused(draft, Refusal.INVALID, "this is no address")
        if reason := self._unfit(draft):
            return _refused(draft, Refusal.FIELD, reason)
        contact = contact or self._contact(MemberRef(draft.email, draft.remote_id))
        try:
            if contact is None:
                return self._newcomer(list_id, draft)
            if mapping.is_on(contact, list_id):
                return self._update(list_id, draft, contact)
            return self._take_in(list_id, draft, contact)
        except Conflict as error:
            return _refused(draft, Refusal.DUPLICATE, error.detail)
        except Invalid as error:
            return _refused(draft, Refusal.INVALID, error.detail)

    def _newcomer(self, list_id: str, draft: MemberDraft) -> RowAnswer:
        """Somebody the account does not know."""
        if draft.join is Join.NEVER:
            return RowAnswer(draft.email, Outcome.SKIPPED)
        if draft.join is Join.ASK:
            return self._ask(list_id, draft)
        body = {
            "email": draft.email,
            "attributes": self._encoded(draft),
            "listIds": [int(list_id)],
            # A contact that came meanwhile is not touched, but refused as a duplicate.
            "updateEnabled": False,
        }
        try:
            answer = self._api.call("POST", "/contacts", json=body, idempotent=True)
        except Conflict:
            contact = self._contact(MemberRef(draft.email))
            if contact is None:  # not the address, but a number of somebody else
                raise
            if mapping.is_on(contact, list_id):
                return self._update(list_id, draft, contact)
            return self._take_in(list_id, draft, contact)
        remote_id = answers.text(answers.mapping(answer).get("id"))
        return RowAnswer(draft.email, Outcome.CREATED, remote_id, Status.SUBSCRIBED)

    def _update(self, list_id: str, draft: MemberDraft, contact: Contact) -> RowAnswer:
        """Values of somebody on the list, also of one who left it."""
        remote_id = answers.identifier(contact.get("id"), "contact")
        status, _at, _reason = mapping.status_of(contact, list_id)
        changes = self._changes(draft, contact)
        if changes:
            self._put(remote_id, attributes=changes)
        outcome = Outcome.UPDATED if changes else Outcome.WRITTEN
        return RowAnswer(draft.email, outcome, remote_id, status)

    def _take_in(self, list_id: str, draft: MemberDraft, contact: Contact) -> RowAnswer:
        """Somebody of the account who is not, and was not, on this list."""
        if draft.join is Join.NEVER:
            return RowAnswer(draft.email, Outcome.SKIPPED)
        if draft.join is Join.ASK:
            return self._ask(list_id, draft)
        if contact.get("emailBlacklisted") is not False:
            message = "this person gets no mails from this account"
            return _refused(draft, Refusal.BLOCKED, message)
        remote_id = answers.identifier(contact.get("id"), "contact")
        changes = self._changes(draft, contact)
        more = {"attributes": changes} if changes else {}
        self._put(remote_id, listIds=[int(list_id)], **more)
        return RowAnswer(draft.email, Outcome.CREATED, remote_id, Status.SUBSCRIBED)

    def _ask(self, list_id: str, draft: MemberDraft) -> RowAnswer:
        """Let Brevo's mail ask; without the click nobody comes to be (section 5)."""
        template = draft.opt_in_process or self._only_template()
        target = (self.credentials.get("redirect_url") or "").strip()
        if not template.isdigit() or not target:
            message = (
                "double opt-in needs an active template with the tag optin, and the "
                "page after confirmation in the connection"
            )
            return _refused(draft, Refusal.OTHER, message)
        body = {
            "email": draft.email,
            "attributes": self._encoded(draft),
            "includeListIds": [int(list_id)],
            "templateId": int(template),
            "redirectionUrl": target,
        }
        # A second mail is no harm; nobody being asked would be.
        self._api.reply(
            "POST", "/contacts/doubleOptinConfirmation", json=body, idempotent=True
        )
        return RowAnswer(draft.email, Outcome.CREATED, status=Status.PENDING)

    def _only_template(self) -> str:
        """The template to ask with, where there is no choice."""
        found = self.opt_in_processes()
        return found[0].remote_id if len(found) == 1 else ""

    # --- values ---------------------------------------------------------------
    def _refresh(self, drafts: Sequence[MemberDraft]) -> None:
        """Read the attributes anew if one is wanted that is not known yet."""
        wanted = {name for draft in drafts for name in draft.values}
        if wanted and not wanted <= set(self._attributes()):
            self.fields()  # it may have been made meanwhile

    def _unfit(self, draft: MemberDraft) -> str:
        """Why Brevo would drop a value without a word; "" if it would not."""
        attributes = self._attributes() if draft.values else {}
        for name, value in draft.values.items():
            if name not in attributes:
                return f"there is no attribute {name}"
            try:
                attributes[name].encoded(value)
            except ValueError as error:
                return f"the value of {name} does not fit: {error}"
        return ""

    def _encoded(self, draft: MemberDraft) -> dict[str, Any]:
        """The values that are not empty, as Brevo takes them."""
        attributes = self._attributes() if draft.values else {}
        found = {n: attributes[n].encoded(v) for n, v in draft.values.items()}
        return {name: value for name, value in found.items() if value != ""}

    def _changes(self, draft: MemberDraft, contact: Contact) -> dict[str, Any]:
        """The values that differ from those of the contact."""
        attributes = self._attributes() if draft.values else {}
        has = answers.mapping(contact.get("attributes"))
        return {
            name: attributes[name].encoded(value)
            for name, value in draft.values.items()
            if not attributes[name].holds(has.get(name), value)
        }

    def _put(self, remote_id: str, **body: Any) -> None:
        """Change a contact that exists. By its number: an address in a path may look
        like a file to the network in front (section 8)."""
        self._api.reply(
            "PUT",
            path("contacts", remote_id),
            params={"identifierType": "contact_id"},
            json=body,
            idempotent=True,
        )

    # --- in again, by proof ---------------------------------------------------
    def subscribe(self, list_id: str, draft: MemberDraft) -> RowAnswer:
        """Bring one person in or back, or let Brevo ask.

        Lifting the block would start the mails of every list again, and the proof is
        for one: so the person is taken off the others in the same call.
        """
        number = self._require(list_id)
        self._refresh([draft])
        contact = self._contact(MemberRef(draft.email, draft.remote_id))
        if contact is None:
            return self._write_one(list_id, draft)
        if mapping.address_of(contact) != normalise(draft.email):
            raise Conflict("Brevo knows this person by another address")
        blocked = contact.get("emailBlacklisted") is not False
        status, _at, _reason = mapping.status_of(contact, list_id)
        on = mapping.is_on(contact, list_id)
        if draft.join is Join.NEVER or (on and status is Status.SUBSCRIBED):
            return self._write_one(list_id, draft, contact)
        if reason := self._unfit(draft):
            return _refused(draft, Refusal.FIELD, reason)
        if draft.join is Join.ASK:
            return self._ask(list_id, draft)
        remote_id = answers.identifier(contact.get("id"), "contact")
        body: dict[str, Any] = {"listIds": [number]}
        if changes := self._changes(draft, contact):
            body["attributes"] = changes
        if blocked:
            body["emailBlacklisted"] = False
            others = mapping.ids(contact.get("listIds")) - {list_id}
            if others := sorted(int(one) for one in others if one.isdigit()):
                body["unlinkListIds"] = others
        self._put(remote_id, **body)
        after = self.member(list_id, MemberRef(draft.email, remote_id))
        if after is None or after.status is not Status.SUBSCRIBED:
            return RowAnswer(draft.email, Outcome.UNKNOWN, remote_id)
        return RowAnswer(draft.email, Outcome.UPDATED, remote_id, after.status)

    # --- out ------------------------------------------------------------------
    def unsubscribe(self, list_id: str, ref: MemberRef, reason: str = "") -> None:
        """Off the account, as by the link in a mail; for who is on this list only."""
        self._require(list_id)
        contact = self._contact(ref)
        if contact is not None and list_id in mapping.ids(contact.get("listIds")):
            self._block(contact)

    def unsubscribe_everywhere(self, ref: MemberRef, reason: str = "") -> None:
        contact = self._contact(ref)
        if contact is not None:
            self._block(contact)

    def _block(self, contact: Contact) -> None:
        if contact.get("emailBlacklisted") is not True:
            remote_id = answers.identifier(contact.get("id"), "contact")
            self._put(remote_id, emailBlacklisted=True)

    def remove(self, list_id: str, ref: MemberRef) -> None:
        number = self._require(list_id)
        contact = self._contact(ref)
        if contact is not None and list_id in mapping.ids(contact.get("listIds")):
            remote_id = answers.identifier(contact.get("id"), "contact")
            self._put(remote_id, unlinkListIds=[number])

    def erase(self, ref: MemberRef) -> None:
        """All is gone, also that somebody left: then only Odoo remembers."""
        contact = self._contact(ref)
        if contact is None:
            return
        where = path("contacts", answers.identifier(contact.get("id"), "contact"))
        params = {"identifierType": "contact_id"}
        try:
            self._api.reply("DELETE", where, params=params, idempotent=True)
        except NotFound:
            return

    def change_address(self, ref: MemberRef, email: str) -> RemoteMember | None:
        """Id and history stay; a taken address is refused by Brevo itself."""
        contact = self._contact(ref)
        if contact is None:
            raise NotFound("there is no such contact", status=404)
        if mapping.address_of(contact) != normalise(email):
            remote_id = answers.identifier(contact.get("id"), "contact")
            self._put(remote_id, attributes={"EMAIL": email})
        return None


def _refused(draft: MemberDraft, refusal: Refusal, message: str) -> RowAnswer:
    return RowAnswer(draft.email, Outcome.REFUSED, refusal=refusal, message=message)
