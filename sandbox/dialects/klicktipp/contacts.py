"""Contacts (subscribers): one call each, ids only in bulk, one status everywhere."""

from __future__ import annotations

from typing import Any

from ...store import Member, number
from ..base import Refusal, route
from .shapes import (
    BOUNCES,
    STATUSES,
    address,
    bounce,
    german,
    is_address,
    phone,
    refused,
    several,
    state,
    status,
)

#: maps of a contact that stay empty here: no mailing is ever sent
EMPTY_MAPS = (
    *("notification_emails_sent", "notification_emails_opened"),
    *("notification_emails_clicked", "emails_sent", "emails_opened", "emails_clicked"),
    *("campaigns_started", "campaigns_finished"),
)
#: the beginning of an address → the error that writing it meets, for tests
MAGIC = {
    "blocked": {"error": 10, "code": 30},
    "invalid": {"error": 5},
    "mailfails": {"error": 6},
    "internal": {"error": 12},
}
_STATE = (
    "CASE WHEN m.deactivated > 0 THEN 'unsubscribed'"
    " WHEN m.activated > 0 THEN 'subscribed' ELSE 'pending' END"
)
_BOUNCE = (
    "CASE WHEN m.bounced = 0 THEN 'nobounce'"
    " ELSE coalesce(json_extract(m.data, '$.bounce'), 'hardbounce') END"
)


class Contacts:
    """Reading and writing contacts.

    Chosen where the notes are silent: a contact that has unsubscribed becomes pending
    by a double opt-in and stays unsubscribed by single opt-in (the oddity
    ``single_opt_in_returns`` brings it back); single opt-in confirms who is pending; an
    address that is taken cannot be changed to (error 30).
    """

    @route("GET", "/subscriber")
    def list_contacts(self, request):
        """Ids; without filters those subscribed and not hard-bounced only."""
        asked = [
            [word for text in request.args.getlist(key) for word in several(text)]
            for key in ("status", "bounceStatus")
        ]
        where, params = self.filtered(*asked)
        ids = [
            str(id)
            for (id,) in self.store.rows(
                "SELECT m.person_id FROM members m WHERE m.list_id = ?"
                f" AND {where} ORDER BY 1",
                [self.pool, *params],
            )
        ]
        if not ids:
            raise Refusal(404, self.text("none"))
        return ids if self.awkward("bare_ids") else {"subscribers": ids}

    @route("POST", "/subscriber")
    def subscribe(self, request):
        """Create or update; without ``listid`` by the default double opt-in."""
        return self.contact(self.sign_up(request, self.given(request)))

    def sign_up(self, request, body: dict[str, Any]) -> Member:
        """Carry a signup out, see :meth:`subscribe`."""
        email, sms = address(body.get("email")), body.get("smsnumber")
        if not email and not sms:
            if self.awkward("plain_errors"):
                raise Refusal(401, body={"error": 32})
            raise refused(32)
        self._acceptable(request, email)
        try:
            process = self.process(body.get("listid"))
        except Refusal:
            raise refused(402) from None
        tags = [body["tagid"]] if body.get("tagid") else []
        if any(self.store.list(self.code, tag) is None for tag in tags):
            raise refused(403)
        with self.store.transaction():
            contact = self._find(email, sms) or self._new(email, sms)
            before = contact.copy() if contact.id else None
            self.set_values(contact, body.get("fields"))
            contact.data["listid"] = process["listid"]
            if email:
                self._opt_in(contact, process)
            self.keep(contact, before, "write")
        if email and not process["usesingleoptin"] and state(contact) == "pending":
            self.mail(contact, "confirm")
        self.give_tags(contact, [int(tag) for tag in tags])
        return contact

    @route("GET", "/subscriber/<id>")
    def read_contact(self, request, id):
        """One in full."""
        contact = self.store.member(self.pool, id=number(id))
        if contact is None:
            if self.awkward("empty_404"):
                raise Refusal(404, body=None)
            raise Refusal(404, self.text("missing"))
        return self.contact(contact)

    @route("PUT", "/subscriber/<id>")
    def change_contact(self, request, id):
        """Fields and address; the status stays."""
        body = self.given(request)
        contact = self._known(id)
        self._acceptable(request, contact.email)
        before = contact.copy()
        self.set_values(contact, body.get("fields"), code=7)
        if body.get("newemail"):
            contact.email = self._new_address(request, contact, body["newemail"])
        if body.get("newsmsnumber"):
            self._set_sms(contact, body["newsmsnumber"])
        self.keep(contact, before, "write")
        return [True]

    @route("DELETE", "/subscriber/<id>")
    def delete_contact(self, request, id):
        """Erased, with the history: coming back is as new."""
        self.erase(self._known(id))
        return [True]

    @route("POST", "/subscriber/search")
    def search(self, request):
        """The id, by address."""
        email = address(self.needed(self.given(request), "email"))
        contact = self.store.member(self.pool, email)
        if contact is None:
            raise Refusal(404, self.text("missing"))
        return [contact.id]

    @route("POST", "/subscriber/unsubscribe")
    def unsubscribe(self, request):
        """Off the e-mail channel, account-wide; tags stay. A second time: error 9."""
        contact = self.by_email(self.needed(self.given(request), "email"))
        if state(contact) != "subscribed":
            raise refused(9)
        self.leave(contact)
        return [True]

    # ----------------------------------------------------------------- shared
    def by_email(self, email: Any) -> Member:
        """The contact with this address, or error 7."""
        contact = self.store.member(self.pool, address(email))
        if contact is None:
            raise refused(7)
        return contact

    def leave(self, contact: Member, via: str = "") -> None:
        """Unsubscribed from now on."""
        before = contact.copy()
        contact.deactivated = self.now()
        contact.data["unsubscription_ip"] = "192.0.2.1"
        self.keep(contact, before, via)
        self.give_tags(contact, [self.smart_tag("Unsubscribed").id])

    def erase(self, contact: Member) -> None:
        """Out of the pool and off all tags."""
        for one in self.store.memberships(self.code, id=contact.id):
            self.store.remove(one.list_id, [one.id])
        self.emit("deletion", contact)

    def keep(self, contact: Member, before: Member | None, via: str) -> None:
        """Save a contact, its status on all tags too, and note a reactivation."""
        contact.status = status(contact)
        self.store.save(self.code, [contact])
        self.store.execute(
            "UPDATE members SET status = ?, activated = ?, deactivated = ?, bounced = ?"
            " WHERE person_id = ? AND list_id != ?",
            [contact.status, contact.activated, contact.deactivated, contact.bounced]
            + [contact.id, self.pool],
        )
        if before and state(before) != "subscribed" == state(contact):
            self.store.note(
                self.code,
                "reactivation",
                self.pool,
                contact.id,
                email=contact.email,
                before=state(before),
                via=via,
            )

    def filtered(self, statuses: list[str], bounces: list[str]) -> tuple[str, list]:
        """An SQL condition with its parameters; nothing asked means the default."""
        statuses = statuses or ["subscribed"]
        bounces = bounces or ["nobounce", "softbounce", "spambounce"]
        return (
            f"{_STATE} IN ({_marks(statuses)}) AND {_BOUNCE} IN ({_marks(bounces)})",
            [*statuses, *bounces],
        )

    def contact(self, contact: Member) -> dict[str, Any]:
        """In full; almost everything is text."""
        data = contact.data
        status_text = STATUSES[state(contact)]
        if self.awkward("lower_status"):
            status_text = status_text.lower()
        suffix = " - By API Request" if self.awkward("ip_suffix") else ""
        brief = self.awkward("date_only")
        sms = data.get("sms") or {}
        tags = self._tag_maps(contact)
        every = sorted(tags["smart_tags"], key=int)
        if not self.awkward("tags_smart_only"):
            every = sorted({**tags["smart_tags"], **tags["manual_tags"]}, key=int)
        maps = {**tags, **{name: {} for name in EMPTY_MAPS}}
        if self.awkward("absent_maps"):
            maps = {name: value for name, value in maps.items() if value}
        return {
            "id": str(contact.id),
            "listid": str(data.get("listid", "")),
            "optin": german(contact.activated, brief),
            "optin_ip": data.get("optin_ip", ""),
            "email": "" if contact.email.startswith("sms:") else contact.email,
            "status": status_text,
            "bounce": BOUNCES[bounce(contact)],
            "date": german(contact.registered, brief),
            "ip": "192.0.2.9" + suffix,
            "unsubscription": german(contact.deactivated, brief),
            "unsubscription_ip": data.get("unsubscription_ip", "")
            and data["unsubscription_ip"] + suffix,
            "referrer": "",
            "sms_phone": sms.get("phone"),
            "sms_status": STATUSES[sms["status"]] if sms else None,
            "sms_bounce": BOUNCES["nobounce"] if sms else None,
            "sms_date": german(sms["date"], brief) if sms else None,
            "sms_unsubscription": german(sms["left"], brief) if sms else None,
            "sms_referrer": None,
            **self.values(contact),
            "tags": every,
            **{name: self.map(value) for name, value in maps.items()},
        }

    def _tag_maps(self, contact: Member) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = {"manual_tags": {}, "smart_tags": {}}
        kinds = {
            tag.id: "smart_tags" if tag.data.get("smart") else "manual_tags"
            for tag in self.store.lists(self.code)
            if tag.id != self.pool
        }
        for one in self.store.memberships(self.code, id=contact.id):
            if one.list_id in kinds:
                found[kinds[one.list_id]][str(one.list_id)] = str(one.registered)
        return found

    # ---------------------------------------------------------------- writing
    def _known(self, id: Any) -> Member:
        contact = self.store.member(self.pool, id=number(id))
        if contact is None:
            raise Refusal(406, self.text("missing"))
        return contact

    def _find(self, email: str, sms: Any) -> Member | None:
        """By address, else by number; number and address of two people: error 10."""
        found = self.store.member(self.pool, email) if email else None
        owner = self._sms_owner(phone(sms)) if sms else 0
        if found and owner not in (0, found.id):
            raise refused(10, code=9)
        return found or (self.store.member(self.pool, id=owner) if owner else None)

    def _new(self, email: str, sms: Any) -> Member:
        key = email or f"sms:{phone(sms)}"
        contact = Member(self.pool, key, registered=self.now())
        if sms:
            self.keep(contact, None, "")
            self._set_sms(contact, sms)
        return contact

    def _opt_in(self, contact: Member, process: dict[str, Any]) -> None:
        """What a signup does to somebody new, pending, subscribed or unsubscribed."""
        left = state(contact) == "unsubscribed"
        if process["usesingleoptin"]:
            if not left:
                contact.activated = contact.activated or self.now()
            elif self.awkward("single_opt_in_returns"):
                contact.activated, contact.deactivated = self.now(), 0
        elif left:
            contact.activated = contact.deactivated = 0

    def _acceptable(self, request, email: str) -> None:
        """Refuse addresses that are bad, blocked or meant to fail."""
        if not email or email.startswith("sms:"):
            return
        if not is_address(email) or request.refuses(email):
            raise refused(5)
        for beginning, body in MAGIC.items():
            if email.startswith(beginning):
                raise Refusal(406, body=body)
        if self.store.get(self.code, "blocked", email):
            raise refused(10, code=30)

    def _new_address(self, request, contact: Member, value: Any) -> str:
        email = address(value)
        if not is_address(email) or request.refuses(email):
            raise refused(10, code=5)
        if self.store.get(self.code, "blocked", email) or email.startswith("blocked"):
            raise refused(10, code=30)
        if email != contact.email and self.store.people(self.code, [email]):
            raise refused(30)
        return email

    def _set_sms(self, contact: Member, value: Any) -> None:
        number = phone(value)
        if not number:
            raise refused(11)
        known = contact.data.get("sms") or {}
        if self._sms_owner(number) not in (0, contact.id):
            raise refused(10, code=9)
        if known.get("phone") == number and known["status"] == "unsubscribed":
            raise refused(10, code=10)
        sms = {"phone": number, "status": "subscribed", "date": self.now(), "left": 0}
        contact.data["sms"] = sms
        self.store.put(self.code, "sms", number, contact.id)

    def _sms_owner(self, number: str) -> int:
        owner = self.store.get(self.code, "sms", number) or 0
        return owner if owner and self.store.member(self.pool, id=owner) else 0


def _marks(values: list) -> str:
    return ", ".join("?" * len(values))
