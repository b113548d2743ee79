"""What happens in the tool itself: people sign up and leave, staff edits."""

from __future__ import annotations

from typing import Any

from ...seeding import seed
from ...store import Member
from ..base import Refusal
from .shapes import address, is_address, state


class Staff:
    """Acts on the tag ``list_id``. Leaving and bouncing concern the whole account."""

    acts = (
        "subscribe",
        "confirm",
        "unsubscribe",
        "bounce",
        "soft_bounce",
        "complain",
        "change_address",
        "edit",
        "block",
        "unblock",
        "tag",
        "untag",
        "sms_unsubscribe",
        "delete",
    )

    def act(self, name: str, list_id: int, email: str, **more: Any) -> Any:
        """One act. ``change_address`` takes ``new``; ``edit`` and ``subscribe`` take
        ``values`` (field → value as the API writes it)."""
        if name not in self.acts:
            raise Refusal(404, f"no such act: {name}")
        if list_id != self.pool:
            self.tag(list_id)
        if name == "subscribe":
            return self._act_subscribe(list_id, address(email), more.get("values"))
        contact = self.by_email(email)
        if name in ("tag", "untag"):
            return getattr(self, f"_act_{name}")(contact, list_id)
        return getattr(self, f"_act_{name}")(contact, **more)

    def seed(self, list_id: int, number: int, **more: Any) -> None:
        """Invented people with a tag, and in the pool; see ``seeding.seed``."""
        more.setdefault("keys", ("fieldFirstName", "fieldLastName"))
        seed(self.store, list_id, number, **more)
        if list_id != self.pool:
            columns = (
                "person_id, status, created, changed, registered, activated,"
                " deactivated, bounced, attributes, data"
            )
            self.store.execute(
                f"INSERT OR IGNORE INTO members (list_id, {columns})"
                f" SELECT ?, {columns} FROM members WHERE list_id = ?",
                [self.pool, list_id],
            )

    def followed(self, member: Member, purpose: str, ip: str) -> None:
        """A click in a mail."""
        before = member.copy()
        if purpose == "leave":
            return self.leave(member, "click")
        member.activated, member.deactivated = self.now(), 0
        member.data["optin_ip"] = ip
        self.keep(member, before, "click")

    def _act_subscribe(self, list_id: int, email: str, values: Any) -> dict[str, Any]:
        """By a form with double opt-in; the tag is given at once."""
        if not is_address(email):
            raise Refusal(400, f"invalid address '{email}'")
        contact = self.store.member(self.pool, email)
        if contact is None:
            contact = Member(self.pool, email, registered=self.now())
        before = contact.copy() if contact.id else None
        contact.data["listid"] = self.process()["listid"]
        if values:
            self.set_values(contact, values)
        if state(contact) == "unsubscribed":
            contact.activated = contact.deactivated = 0
        self.keep(contact, before, "form")
        if state(contact) == "pending":
            self.mail(contact, "confirm")
        if list_id != self.pool:
            self.give_tags(contact, [list_id])
        return {"id": contact.id, "status": contact.status}

    def _act_confirm(self, contact: Member) -> bool:
        self.confirm(self.pool, contact.id)
        return True

    def _act_unsubscribe(self, contact: Member) -> bool:
        self.leave(contact, "click")
        return True

    def _act_bounce(self, contact: Member, kind: str = "hardbounce") -> bool:
        before = contact.copy()
        contact.bounced, contact.data["bounce"] = self.now(), kind
        self.keep(contact, before, "bounce")
        self.give_tags(contact, [self.smart_tag("Bounced").id])
        return True

    def _act_soft_bounce(self, contact: Member) -> bool:
        return self._act_bounce(contact, "softbounce")

    def _act_complain(self, contact: Member) -> bool:
        return self._act_bounce(contact, "spambounce")

    def _act_change_address(self, contact: Member, new: str) -> bool:
        if not is_address(address(new)) or self.store.people(self.code, [address(new)]):
            raise Refusal(400, f"invalid or taken address '{new}'")
        before = contact.copy()
        contact.email = address(new)
        self.keep(contact, before, "staff")
        return True

    def _act_edit(self, contact: Member, values: dict[str, Any]) -> bool:
        before = contact.copy()
        self.set_values(contact, values)
        self.keep(contact, before, "staff")
        return True

    def _act_block(self, contact: Member) -> bool:
        """Onto the blacklist, which nothing in the API shows."""
        self.store.put(self.code, "blocked", contact.email, True)
        return True

    def _act_unblock(self, contact: Member) -> bool:
        return bool(self.store.drop(self.code, "blocked", contact.email))

    def _act_tag(self, contact: Member, list_id: int) -> bool:
        self.give_tags(contact, [list_id])
        return True

    def _act_untag(self, contact: Member, list_id: int) -> bool:
        self.store.remove(list_id, [contact.id])
        return True

    def _act_sms_unsubscribe(self, contact: Member) -> bool:
        sms = contact.data.get("sms")
        if not sms:
            raise Refusal(404, "no number")
        sms |= {"status": "unsubscribed", "left": self.now()}
        self.keep(contact, contact.copy(), "staff")
        return True

    def _act_delete(self, contact: Member) -> bool:
        self.erase(contact)
        return True
