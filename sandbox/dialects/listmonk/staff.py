"""What people and the staff do in listmonk's own pages."""

from __future__ import annotations

from typing import Any

from ...seeding import seed
from ...store import Member
from ..base import Refusal
from .shapes import is_address


class Staff:
    """Acts that no client sees coming; listmonk calls nobody about them."""

    acts = (
        "subscribe",
        "confirm",
        "unsubscribe",
        "block_self",
        "bounce",
        "soft_bounce",
        "complain",
        "change_address",
        "edit",
        "disable",
        "block",
        "activate",
        "delete",
    )

    def act(self, name: str, list_id: int, email: str, **more: Any) -> Any:
        """One act. ``change_address`` takes ``new``, ``edit`` takes ``values``, that is
        ``name`` and attributes."""
        if name not in self.acts:
            raise Refusal(404, f"no such act: {name}")
        self.catch_up()
        self.list(list_id)
        email = email.lower()
        if name == "subscribe":
            if not is_address(email):
                raise Refusal(400, self.text("email"))
            values = dict(more.get("values") or {})
            self.sign_up(list_id, email, values.pop("name", ""))
            return self._edit(self.store.member(self.pool, email), values)
        one = self.store.member(self.pool, email)
        if one is None:
            raise Refusal(404, f"nobody: {email}")
        return getattr(self, f"_act_{name}")(one, list_id, **more)

    def fields(self, list_id: int) -> list[str]:
        """The name, and what the attributes of somebody on the list are called."""
        members = self.store.page("m.list_id = ?", [list_id], 0, 20)
        found = self.store.members(self.pool, ids=[member.id for member in members])
        return ["name", *sorted({key for one in found for key in one.attributes})]

    def seed(self, list_id: int, number: int, **more: Any) -> None:
        """Invented people, with their entries in the pool and two attributes."""
        seed(self.store, list_id, number, **more)
        with self.store.transaction() as db:
            db.execute(
                "UPDATE members SET data = json_object('created', created, 'updated',"
                " changed, 'sub', CASE status WHEN 'pending' THEN 'unconfirmed'"
                " WHEN 'subscribed' THEN 'confirmed' ELSE 'unsubscribed' END)"
                " WHERE list_id = ? AND data = '{}'",
                [list_id],
            )
            db.execute(
                "INSERT OR IGNORE INTO members SELECT ?, m.person_id, 'subscribed',"
                " m.created, m.changed, m.registered, 0, 0, 0, p.shared,"
                " json_object('created', m.created, 'updated', m.changed, 'status',"
                " iif(m.status = 'hard_bounce', 'blocklisted', 'enabled'))"
                " FROM members m JOIN people p ON p.id = m.person_id"
                " WHERE m.list_id = ?",
                [self.pool, list_id],
            )
            db.execute(
                "UPDATE people SET shared = json_object('name',"
                " json_extract(shared, '$.firstname') || ' ' ||"
                " json_extract(shared, '$.lastname'))"
                " WHERE json_extract(shared, '$.name') IS NULL AND id IN"
                " (SELECT person_id FROM members WHERE list_id = ?)",
                [list_id],
            )
            self.store.grew()

    # ------------------------------------------------------------------- acts
    def _act_confirm(self, one: Member, list_id: int) -> bool:
        """The link in the newest opt-in mail."""
        self.confirm(list_id, one.id)
        return True

    def _act_unsubscribe(self, one: Member, list_id: int) -> bool:
        """The link in a mailing."""
        member = self.store.member(list_id, id=one.id)
        if member is None:
            raise Refusal(404, f"no member: {one.email}")
        self.followed(member, "leave", "192.0.2.1")
        return True

    def _act_block_self(self, one: Member, list_id: int) -> bool:
        """Never any mail again, chosen on the same page."""
        self.block(one, touch=False)
        return True

    def _act_bounce(self, one: Member, list_id: int) -> bool:
        self.bounce(one, "hard")
        return True

    def _act_soft_bounce(self, one: Member, list_id: int) -> bool:
        self.bounce(one, "soft")
        return True

    def _act_complain(self, one: Member, list_id: int) -> bool:
        self.bounce(one, "complaint")
        return True

    def _act_change_address(self, one: Member, list_id: int, new: str) -> bool:
        self._move(one, new.lower())
        self._save(one)
        return True

    def _act_edit(self, one: Member, list_id: int, values: dict[str, Any]) -> bool:
        return self._edit(one, dict(values))

    def _edit(self, one: Member, values: dict[str, Any]) -> bool:
        one.shared["name"] = values.pop("name", one.shared.get("name", ""))
        one.attributes |= values
        self._save(one)
        return True

    def _act_disable(self, one: Member, list_id: int) -> bool:
        return self._set_status(one, "disabled")

    def _act_block(self, one: Member, list_id: int) -> bool:
        self.block(one)
        return True

    def _act_activate(self, one: Member, list_id: int) -> bool:
        """Enabled again; ended memberships stay ended."""
        return self._set_status(one, "enabled")

    def _set_status(self, one: Member, status: str) -> bool:
        one.data["status"] = status
        self._save(one)
        self.refresh(one, "staff")
        return True

    def _act_delete(self, one: Member, list_id: int) -> bool:
        self.forget(one)
        return True
