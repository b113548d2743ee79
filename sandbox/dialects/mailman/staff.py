"""What happens in Mailman itself: people sign up and leave, owners edit."""

from __future__ import annotations

from typing import Any

from ...seeding import seed
from ...store import Member
from ..base import Refusal
from .shapes import is_address

DAY = 86_400


class Staff:
    """Acts that no client sees coming; Mailman tells nobody about them."""

    acts = (
        "subscribe",
        "confirm",
        "approve",
        "unsubscribe",
        "pause",
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
        ``values`` with a ``display_name``."""
        if name not in self.acts:
            raise Refusal(404, f"no such act: {name}")
        self.entry(list_id)
        if name in ("subscribe", "confirm", "approve", "block"):
            return getattr(self, f"_act_{name}")(list_id, email.lower(), **more)
        member = self.store.member(list_id, email.lower())
        if member is None:
            raise Refusal(404, f"no member: {email}")
        return getattr(self, f"_act_{name}")(member, **more)

    def fields(self, list_id: int) -> list[str]:
        """The name is all that Mailman knows of a person."""
        return ["display_name"]

    def seed(self, list_id: int, number: int, **more: Any) -> None:
        """Invented people, with their verified entries in the address book."""
        seed(self.store, list_id, number, keys=("display_name", "surname"), **more)
        # Who left or still waits is no member here.
        with self.store.transaction() as db:
            db.execute(
                "INSERT OR IGNORE INTO members SELECT ?, person_id, 'subscribed',"
                " created, changed, registered, activated, 0, 0, '{}',"
                " json_object('verified', created) FROM members WHERE list_id = ?",
                [self.book, list_id],
            )
            db.execute(
                "UPDATE members SET status = 'general_bounce',"
                " data = json_object('delivery_status', 'by_bounces')"
                " WHERE list_id = ? AND status = 'hard_bounce'",
                [list_id],
            )
            db.execute(
                "DELETE FROM members WHERE list_id = ?"
                " AND status IN ('unsubscribed', 'pending')",
                [list_id],
            )
            self.store.grew()

    def move(self, member: Member, email: str) -> None:
        """A membership moves to another address, and keeps its id."""
        target = self.store.member(self.book, email.lower())
        if target is None:
            raise Refusal(400, "Address not registered")
        if not target.data.get("verified"):
            raise Refusal(400, "Unverified address")
        if self.user_id(target.id) != self.user_id(member.id):
            raise Refusal(400, "Address is not controlled by user")
        if target.id == member.id:
            return
        if self.store.member(member.list_id, id=target.id):
            raise Refusal(500)
        member_id, old = self.member_id(member), member.id
        moved = member.copy(id=target.id, email=target.email, shared=target.shared)
        moved.data["id"] = member_id
        self.store.remove(member.list_id, [old])
        self.store.save(self.code, [moved])
        place = [member.list_id, target.id]
        self.store.put(self.code, "moved", member_id, place)

    # ------------------------------------------------------------------- acts
    def _act_subscribe(self, list_id: int, email: str, values: dict | None = None):
        """By the list's page or by mail: the person is asked."""
        if not is_address(email):
            raise Refusal(400, f"invalid address '{email}'")
        name = (values or {}).get("display_name", "")
        one = self.store.member(self.book, email) or self.new_address(email, name)
        # Who is verified already is asked by an invitation, whatever the policy.
        self.register(list_id, one, {"invitation": True}, "click")
        return True

    def _act_confirm(self, list_id: int, email: str) -> bool:
        """The person answers the mail."""
        return self._agree(list_id, email, "click")

    def _act_approve(self, list_id: int, email: str) -> bool:
        """The owner accepts a request."""
        return self._agree(list_id, email, "staff")

    def _agree(self, list_id: int, email: str, via: str) -> bool:
        pending = self.pending(list_id, email)
        if pending is None:
            raise Refusal(404, "no request")
        self.settle(list_id, pending["token"], via)
        return True

    def _act_unsubscribe(self, member: Member) -> bool:
        """By mail: gone."""
        self.end(member)
        return True

    def _act_pause(self, member: Member) -> bool:
        """The person wants no mail for some time, and stays a member."""
        self.deliver(member, "by_user", "click")
        return True

    def _act_bounce(self, member: Member) -> bool:
        """Mails come back on so many days that Mailman stops sending."""
        entry = self.entry(member.list_id)
        member.data["bounce_score"] = entry.data["config"]["bounce_score_threshold"] - 1
        member.data.pop("bounced_on", None)
        return self._act_soft_bounce(member)

    def _act_soft_bounce(self, member: Member) -> bool:
        """One comes back; that counts at most once a day."""
        data, now = member.data, self.now()
        if data.get("bounced_on") == now // DAY:
            return True
        data["bounced_on"], member.bounced = now // DAY, now
        data["bounce_score"] = data.get("bounce_score", 0) + 1
        config = self.entry(member.list_id).data["config"]
        if data["bounce_score"] < config["bounce_score_threshold"]:
            self.store.save(self.code, [member])
            return True
        data |= {"bounce_score": 0, "warned": now}
        data["warnings"] = data.get("warnings", 0) + 1
        self.deliver(member, "by_bounces", "bounce")
        return True

    def _act_change_address(self, member: Member, new: str) -> bool:
        """The user adds an address, verifies it and moves the membership."""
        target = self.new_address(new, member.shared.get("display_name", ""))
        target.data |= {"user": self.user_id(member.id), "verified": self.now()}
        self.store.save(self.code, [target])
        self.move(member, new)
        return True

    def _act_edit(self, member: Member, values: dict[str, Any]) -> bool:
        member.shared |= values
        self.store.save(self.code, [member])
        return True

    def _act_block(self, list_id: int, email: str) -> bool:
        """The owner bans an address from the whole server."""
        self.keep_out(email, 0)
        return True

    def _act_activate(self, member: Member) -> bool:
        """The owner lets mails go again."""
        self.deliver(member, "enabled", "staff")
        return True

    def _act_delete(self, member: Member) -> bool:
        """The owner deletes the address."""
        self.forget(self.address(member.email))
        return True
