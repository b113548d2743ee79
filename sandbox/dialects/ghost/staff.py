"""What people and the staff do, which the Admin API's user does not see coming."""

from __future__ import annotations

from typing import Any

from ...seeding import seed
from ...store import Member
from ..base import Refusal
from .shapes import moment


class Staff:
    """Ghost calls webhooks about all of it but bulk actions and bounces."""

    acts = (
        "subscribe",
        "confirm",
        "unsubscribe",
        "bounce",
        "complain",
        "change_address",
        "edit",
        "archive",
        "delete",
    )

    def act(self, name: str, list_id: int, email: str, **more: Any) -> Any:
        """One of ``acts``: ``subscribe`` asks for the link, ``confirm`` follows the
        newest one, ``change_address`` takes ``new``, ``edit`` takes ``values``."""
        if name not in self.acts:
            raise Refusal(404, f"no such act: {name}")
        entry = self.store.list(self.code, list_id)
        if name == "subscribe":
            given = more.get("values") or {}
            return self.ask(email, given.get("name", ""), [entry.name], [])
        if name == "confirm":
            return self._confirm(email)
        if name == "archive":
            entry.data["status"] = "archived"
            return self.store.save_list(entry)
        one = self.store.member(self.pool, email)
        if one is None:
            raise Refusal(404, f"nobody: {email}")
        return getattr(self, f"_act_{name}")(one, list_id, **more)

    def fields(self, list_id: int) -> list[str]:
        """There are no others."""
        return ["name", "note"]

    def seed(self, list_id: int, number: int, **more: Any) -> None:
        """Invented people, with their entries in the pool. Who has left or waits is on
        no newsletter; who bounced is suppressed."""
        seed(self.store, list_id, number, **more)
        with self.store.transaction() as db:
            db.execute(
                "INSERT OR IGNORE INTO members SELECT ?, m.person_id, 'subscribed',"
                " m.created, m.changed, m.registered, 0, 0, 0, '{}',"
                " iif(m.bounced, json_object('suppressed', json_object('reason',"
                " 'fail', 'timestamp', datetime(m.bounced, 'unixepoch'))), '{}')"
                " FROM members m WHERE m.list_id = ?",
                [self.pool, list_id],
            )
            db.execute(
                "DELETE FROM members WHERE list_id = ?"
                " AND status IN ('unsubscribed', 'pending')",
                [list_id],
            )
            db.execute(
                "UPDATE people SET shared = json_object('name',"
                " json_extract(shared, '$.firstname') || ' ' ||"
                " json_extract(shared, '$.lastname'))"
                " WHERE json_extract(shared, '$.firstname') IS NOT NULL AND id IN"
                " (SELECT person_id FROM members WHERE list_id = ?)",
                [self.pool],
            )
            self.store.grew()

    def _confirm(self, email: str) -> bool:
        for mail in reversed(self.store.notes("mail", self.code)):
            if mail["email"] == email:
                self.follow(mail["token"])
                return True
        raise Refusal(404, "no confirmation mail")

    # ------------------------------------------------------------------- acts
    def _act_unsubscribe(self, one: Member, list_id: int) -> bool:
        """On the page that a mailing leads to."""
        rest = [m.list_id for m in self.on(one) if m.list_id != list_id]
        self.edit_member(one, {}, rest, "member")
        return True

    def _act_bounce(self, one: Member, list_id: int) -> bool:
        return self._suppress(one, "fail")

    def _act_complain(self, one: Member, list_id: int) -> bool:
        return self._suppress(one, "spam")

    def _suppress(self, one: Member, reason: str) -> bool:
        now = moment(self.now())
        one.data["suppressed"] = {"reason": reason, "timestamp": now}
        self.store.save(self.code, [one])
        return True

    def _act_change_address(self, one: Member, list_id: int, new: str) -> bool:
        self.edit_member(one, {"email": new}, None, "member")
        return True

    def _act_edit(self, one: Member, list_id: int, values: dict[str, Any]) -> bool:
        self.edit_member(one, dict(values), None, "admin")
        return True

    def _act_delete(self, one: Member, list_id: int) -> bool:
        self.forget(one)
        return True
