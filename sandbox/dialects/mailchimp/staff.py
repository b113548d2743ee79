"""What happens in the tool itself: people sign up and leave, staff edits."""

from __future__ import annotations

from typing import Any

from ...seeding import seed
from ...store import Member
from ..base import Refusal
from .shapes import address, digest, is_address, iso, list_hex


class Staff:
    """Acts on an audience; each calls the webhooks, as ``user`` or ``admin``."""

    acts = (
        "subscribe",
        "confirm",
        "unsubscribe",
        "complain",
        "bounce",
        "change_address",
        "edit",
        "activate",
        "deactivate",
        "archive",
        "delete",
    )

    def act(self, name: str, list_id: int, email: str, **more: Any) -> Any:
        """One act. ``change_address`` takes ``new``; ``edit`` and ``subscribe`` take
        ``values`` (merge tag → value)."""
        if name not in self.acts:
            raise Refusal(404, f"no such act: {name}")
        self.audience(list_id)
        if name == "subscribe":
            return self._act_subscribe(list_id, address(email), more.get("values"))
        member = self.store.member(list_id, address(email))
        if member is None:
            raise Refusal(404, "no such member")
        return getattr(self, f"_act_{name}")(member, **more)

    def seed(self, list_id: int, number: int, **more: Any) -> None:
        """Invented people, with values of the audience; see ``seeding.seed``."""
        more.setdefault("keys", ("FNAME", "LNAME"))
        seed(self.store, list_id, number, **more)
        who = "(SELECT person_id FROM members WHERE list_id = ?)"
        self.store.execute(
            "UPDATE members SET attributes = (SELECT shared FROM people WHERE id ="
            " person_id) WHERE list_id = ? AND attributes = '{}'",
            [list_id],
        )
        self.store.execute(
            f"UPDATE people SET shared = '{{}}' WHERE shared != '{{}}' AND id IN {who}",
            [list_id],
        )

    def followed(self, member: Member, purpose: str, ip: str) -> None:
        """A click in a mail; also who had left comes back by it."""
        if purpose == "leave":
            self._act_unsubscribe(member)
            return
        before = member.copy()
        now = self.now()
        member.status, member.activated, member.deactivated = "subscribed", now, 0
        # nobody reads a mail in the second in which it is sent
        member.registered = min(member.registered, now - 1)
        for key in ("left", "reason", "asked"):
            member.data.pop(key, None)
        member.data["ip_opt"] = ip
        self._saved(before, member, "user")

    def _saved(self, before: Member | None, member: Member, source: str) -> bool:
        self.store.save(self.code, [member])
        self.wrote(before, member, source)
        return True

    def _act_subscribe(self, list_id: int, email: str, values: Any) -> dict[str, Any]:
        """By a form with double opt-in; that is how forgotten addresses come back."""
        if not is_address(email):
            raise Refusal(400, f"invalid address '{email}'")
        self.store.drop(self.code, "forgotten", email, list_id)
        known = self.store.member(list_id, email)
        if known and known.status == "subscribed":
            return {"id": digest(email), "status": "subscribed"}
        before = known.copy() if known else None
        member = known or Member(list_id, email)
        if member.status == "unsubscribed":
            member.data["asked"] = True
        member.status, member.registered = "pending", self.now()
        member.data |= {"source": "Hosted Signup Form", "ip_signup": "192.0.2.1"}
        member.attributes = self.merged(list_id, member.attributes, values, False)
        self._saved(before, member, "user")
        return {"id": digest(email), "status": "pending"}

    def _act_confirm(self, member: Member) -> bool:
        self.confirm(member.list_id, member.id)
        return True

    def _leave(self, member: Member, left: str, reason: str, source: str) -> bool:
        before = member.copy()
        member.status, member.deactivated = "unsubscribed", self.now()
        member.data |= {"left": left, "reason": reason}
        return self._saved(before, member, source)

    def _act_unsubscribe(self, member: Member) -> bool:
        reason = "I no longer want to receive these emails"
        return self._leave(member, "user", reason, "user")

    def _act_complain(self, member: Member) -> bool:
        report = {
            "id": self.store.next_number(),
            "campaign_id": "",
            "list_id": list_hex(member.list_id),
            "email_id": digest(member.email),
            "email_address": member.email,
            "date": iso(self.now()),
        }
        self.store.put(self.code, "abuse", report["id"], report, member.list_id)
        return self._leave(member, "abuse", "N/A (Abuse complaint)", "user")

    def _act_bounce(self, member: Member) -> bool:
        before = member.copy()
        member.status, member.bounced = "hard_bounce", self.now()
        return self._saved(before, member, "admin")

    def _act_change_address(self, member: Member, new: str) -> bool:
        body = {"email_address": new}
        self.put(self.audience(member.list_id), member, body, True, "user")
        return True

    def _act_edit(self, member: Member, values: dict[str, Any]) -> bool:
        body = {"merge_fields": values}
        self.put(self.audience(member.list_id), member, body, True, "admin")
        return True

    def _act_activate(self, member: Member) -> bool:
        """Staff may bring back whom staff had unsubscribed."""
        body = {"status": "subscribed"}
        self.put(self.audience(member.list_id), member, body, True, "admin")
        return True

    def _act_deactivate(self, member: Member) -> bool:
        body = {"status": "unsubscribed"}
        self.put(self.audience(member.list_id), member, body, True, "admin")
        return True

    def _act_archive(self, member: Member) -> bool:
        self.archive(member, "admin")
        return True

    def _act_delete(self, member: Member) -> bool:
        self.forget(member, "admin")
        return True
