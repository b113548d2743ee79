"""What happens in the tool itself: people sign up and leave, staff edits."""

from __future__ import annotations

from typing import Any

from ...seeding import seed
from ...store import Member
from ..base import Refusal
from .people import address, is_address


class Staff:
    """Acts that no API client sees coming; each calls the webhooks."""

    acts = (
        "subscribe",
        "confirm",
        "unsubscribe",
        "leave",
        "bounce",
        "soft_bounce",
        "complain",
        "change_address",
        "edit",
        "block",
        "activate",
        "delete",
    )

    def act(self, name: str, list_id: int, email: str, **more: Any) -> Any:
        """One act. ``unsubscribe`` is account-wide, ``leave`` is off this list only;
        ``subscribe`` is a form with double opt-in."""
        if name not in self.acts:
            raise Refusal(404, f"no such act: {name}")
        entry, email = self.find_list(list_id), address(email)
        with self.store.transaction():
            if name == "subscribe":
                if not is_address(email):
                    raise Refusal(400, f"invalid address '{email}'")
                self.invite(email, [entry.id], self.typed(more.get("values") or {}))
                return True
            place = self.store.member(entry.id, email)
            if place is None:
                raise Refusal(404, f"not on this list: {email}")
            if name == "confirm":
                self.confirm(place)
            elif name == "leave":
                self.leave(place)
                self.emit("unsubscribed", place, list_id=[entry.id])
            else:
                getattr(self, f"_act_{name}")(self.find(email), **more)
        return True

    def _act_unsubscribe(self, member: Member) -> None:
        self.block(member, why="userUnsubscription")
        ids = [one.list_id for one in self.store.memberships(self.code, id=member.id)]
        lists = [id for id in ids if id != self.pool]
        self.emit("unsubscribed", member, list_id=lists)

    def _act_bounce(self, member: Member, text: str = "550 user unknown") -> None:
        self.block(member, "hard_bounce", "hardBounces")
        self.block_transactional(member.email, "hard_bounce")
        self.emit("hardBounce", member, reason=text)

    def _act_soft_bounce(self, member: Member, text: str = "452 mailbox full") -> None:
        member.data.setdefault("events", []).append(["softBounces", self.now()])
        self.touch(member)
        self.emit("softBounce", member, reason=text)

    def _act_complain(self, member: Member) -> None:
        self.block(member, why="complaints")
        self.block_transactional(member.email, "complaint")
        self.emit("spam", member)

    def _act_change_address(self, member: Member, new: str) -> None:
        email = address(new)
        if not is_address(email):
            raise Refusal(400, f"invalid address '{email}'")
        self.check_free(email, {}, member.id)
        member.email = email
        self.touch(member)
        self.emit("contactUpdated", member, content={"EMAIL": email})

    def _act_edit(self, member: Member, values: dict[str, Any]) -> None:
        member.shared = self.typed(values)
        self.store.save(self.code, [member])
        self.emit("contactUpdated", member, content=values)

    def _act_block(self, member: Member, **_: Any) -> None:
        self.block(member, why="adminUnsubscription")

    def _act_activate(self, member: Member) -> None:
        self.lift(member, "staff")

    def _act_delete(self, member: Member) -> None:
        self.delete(member)

    def typed(self, values: dict[str, Any]) -> dict[str, Any]:
        """Values as a form gives them: all of them text."""
        made: dict[str, Any] = {}
        for name, value in values.items():
            kind = self.attributes().get(name.upper(), {}).get("type")
            if kind == "float" and value:
                value = float(value)
            elif kind == "boolean" and value:
                value = value in (True, "true", "1")
            made[name] = value
        return self.values(made)

    def seed(self, list_id: int, number: int, **more: Any) -> None:
        """Invented people on a list and in the pool."""
        more.setdefault("keys", ("FIRSTNAME", "LASTNAME"))
        seed(self.store, list_id, number, **more)
        # Whoever never confirmed is no contact.
        self.store.execute(
            "INSERT OR IGNORE INTO members SELECT ?, person_id, status, created,"
            " changed, registered, activated, deactivated, bounced, '{}', '{}'"
            " FROM members WHERE list_id = ? AND status <> 'pending'",
            [self.pool, list_id],
        )
