"""What happens in the tool itself: people sign up and leave, staff edits."""

from __future__ import annotations

from typing import Any

from ...store import Member
from ..base import Refusal
from .shapes import address, is_address, set_values, status


class Staff:
    """Acts that no API client sees coming; each calls the webhooks."""

    acts = (
        "subscribe",
        "confirm",
        "unsubscribe",
        "bounce",
        "soft_bounce",
        "change_address",
        "edit",
        "block",
        "activate",
        "delete",
    )

    def act(self, name: str, list_id: int, email: str, **more: Any) -> Any:
        """One act. ``change_address`` takes ``new``, ``edit`` and ``subscribe`` take
        ``values`` (attribute → value, the group's own or global)."""
        if name not in self.acts:
            raise Refusal(404, f"no such act: {name}")
        self.group(list_id)
        if name == "subscribe":
            return self._act_subscribe(
                list_id, address(email), more.get("values") or {}
            )
        member = self.member(list_id, address(email))
        return getattr(self, f"_act_{name}")(member, **more)

    def leave(self, member: Member, ip: str = "192.0.2.1") -> None:
        """The person unsubscribes from this group by a link in a mail."""
        self.event(member, "user_unsubscribe", ip)
        self.deactivate_member(member, "click")
        if self.switches["block_unsubscribers"]:
            self.keep_blocked(member.email, "unsubscribed")

    def _act_subscribe(self, list_id: int, email: str, values: dict) -> dict[str, Any]:
        """By a form: pending, until the link in the mail is followed."""
        if not is_address(email):
            raise Refusal(400, f"invalid address '{email}'")
        if not self.store.find(self.code, "form", list_id):
            self.new_form(list_id, "Newsletter")
        known = self.store.member(list_id, email)
        if known is None:
            person, shared = self.store.people(self.code, [email]).get(email, (0, {}))
            member = Member(list_id, email, person, shared=shared)
            member.registered = self.now()
            member.data["source"] = "form"
            self._set(member, values)
            member.status = status(member)
            self.store.save(self.code, [member])
            self.wrote(None, member, False, "form")
        else:
            member = known
        if member.status != "subscribed":
            self.mail(member, "confirm")
        return {"id": member.id, "status": member.status}

    def _act_confirm(self, member: Member) -> bool:
        """The person follows the newest confirmation mail."""
        for mail in reversed(self.store.notes("mail", self.code, member.id)):
            if mail["purpose"] == "confirm" and mail["list_id"] == member.list_id:
                self.follow(mail["token"], "192.0.2.1")
                return True
        raise Refusal(404, "no confirmation mail")

    def _act_unsubscribe(self, member: Member) -> bool:
        self.leave(member)
        return True

    def _act_bounce(self, member: Member, text: str = "550 user unknown") -> bool:
        """Hard: marked in every group."""
        self.bounce(member, True, text)
        for each in self.store.memberships(self.code, id=member.id):
            before = each.copy()
            each.bounced = self.now()
            self.event(each, "mail_bounce", text)
            self.save_member(each, before, "bounce")
        return True

    def _act_soft_bounce(self, member: Member, text: str = "452 mailbox full") -> bool:
        self.bounce(member, False, text)
        self.event(member, "mail_bounce", text)
        return True

    def _act_change_address(self, member: Member, new: str) -> bool:
        self.move(self.store.memberships(self.code, id=member.id), new)
        return True

    def _act_edit(self, member: Member, values: dict[str, Any]) -> bool:
        before = member.copy()
        self._set(member, values)
        self.save_member(member, before, "staff")
        return True

    def _act_block(self, member: Member, comment: str = "") -> bool:
        self.keep_blocked(member.email, comment)
        return True

    def _act_activate(self, member: Member) -> bool:
        return self.activate_member(member, "staff")

    def _act_delete(self, member: Member) -> bool:
        self.delete([member])
        return True

    def _set(self, member: Member, values: dict[str, Any]) -> None:
        """Values under the group's own attributes, else under the global ones."""
        local, shared = self.attributes(member.list_id), self.attributes(0)
        member.attributes = set_values(member.attributes, values, local)
        others = {key: value for key, value in values.items() if key not in local}
        member.shared = set_values(member.shared, others, shared)
