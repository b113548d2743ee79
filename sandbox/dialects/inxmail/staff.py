"""What happens in the tool itself: people sign up and leave, staff edits."""

from __future__ import annotations

from typing import Any

from ...seeding import seed
from ...store import Member
from ..base import Refusal
from .events import SUBSCRIPTION
from .values import address, is_address, parsed


class Staff:
    """Acts that no API client sees coming; there are no webhooks."""

    acts = (
        "subscribe",
        "confirm",
        "unsubscribe",
        "bounce",
        "soft_bounce",
        "change_address",
        "edit",
        "block",
        "delete",
    )

    def act(self, name: str, list_id: int, email: str, **more: Any) -> Any:
        """One act. ``subscribe`` is the form, which always asks by mail."""
        if name not in self.acts:
            raise Refusal(404, f"no such act: {name}")
        entry, email = self.standard(list_id), address(email)
        with self.store.transaction():
            if name == "subscribe":
                return self._act_subscribe(entry.id, email, more.get("values") or {})
            member = self.store.member(entry.id, email)
            if member is None:
                raise Refusal(404, f"not on this list: {email}")
            return getattr(self, f"_act_{name}")(member, **more)

    def _act_subscribe(self, list_id: int, email: str, values: dict) -> dict[str, Any]:
        if not is_address(email):
            raise Refusal(400, f"invalid address '{email}'")
        known = self.store.member(list_id, email)
        if known and known.status == "subscribed":
            self.log(SUBSCRIPTION, "DUPLICATE_SUBSCRIPTION", list_id, known.id, email)
        else:
            self.ask(list_id, email, self._typed(values))
        return {"status": self.store.member(list_id, email).status}

    def _act_confirm(self, member: Member) -> bool:
        mails = self.store.notes("mail", self.code, member.id)
        mine = [mail["purpose"] for mail in mails if mail["list_id"] == member.list_id]
        if not mine:
            raise Refusal(404, "no mail to confirm")
        if mine[-1] == "unsubscribe":
            if member.status == "subscribed":
                self.leave(member, "VERIFIED_UNSUBSCRIPTION")
        elif member.status == "pending":
            values = member.data.get("values") or {}
            done = "VERIFIED_SUBSCRIPTION"
            self.join(member.list_id, member.email, values, "click", done)
        return True

    def _act_unsubscribe(self, member: Member, how: str = "") -> bool:
        """By the link, or with ``how`` "header" by the button of the mail program."""
        kind = "LIST_UNSUBSCRIBE_HEADER" if how == "header" else "VERIFIED"
        if member.status == "subscribed":
            self.leave(member, f"{kind}_UNSUBSCRIPTION")
        return True

    def _act_bounce(self, member: Member) -> bool:
        self.bounce(member, "HARD")
        return True

    def _act_soft_bounce(self, member: Member) -> bool:
        self.bounce(member, "SOFT")
        return True

    def _act_change_address(self, member: Member, new: str) -> bool:
        person = self.find_recipient(str(member.id))
        self.rename(person, new)
        person.shared = {}
        self.store.save(self.code, [person])
        return True

    def _act_edit(self, member: Member, values: dict[str, Any]) -> bool:
        person = self.find_recipient(str(member.id))
        person.shared = self._typed(values)
        self.store.save(self.code, [person])
        return True

    def _act_block(self, member: Member, **_: Any) -> bool:
        if not self.is_blocked(member.email):
            self.new_blocked(member.email)
        return True

    def _act_delete(self, member: Member) -> bool:
        self.delete(member)
        return True

    def _typed(self, values: dict[str, Any]) -> dict[str, Any]:
        """Values as a form gives them, all text."""
        known = self.attributes()
        self.asked(list(values))
        try:
            return {n: parsed(str(v or ""), known[n]) for n, v in values.items()}
        except (KeyError, ValueError) as problem:
            raise Refusal(400, f"not a value: {problem}") from None

    def seed(self, list_id: int, number: int, **more: Any) -> None:
        """Invented people on a list and in the pool."""
        more.setdefault("keys", ("Vorname", "Nachname"))
        seed(self.store, list_id, number, **more)
        # Whoever never confirmed is not in the pool.
        self.store.execute(
            "INSERT OR IGNORE INTO members SELECT ?, person_id, 'subscribed', created,"
            " changed, registered, activated, 0, 0, '{}', '{}' FROM members"
            " WHERE list_id = ? AND status <> 'pending'",
            [self.pool, list_id],
        )
