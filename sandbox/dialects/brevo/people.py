"""Contacts as the store keeps them: one pool, a block per person, lists as places.

A contact is a member of the pool, whose status tells the block (``emailBlacklisted``):
"subscribed" means none. On a list the same status is mirrored, for the page; ``left``
in a membership's data tells that the person left that list only, "pending" that they
were asked and have not clicked. Whoever only was asked is in no answer.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import Any

from ...store import Member, number
from ..base import Refusal

_ADDRESS = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[^@\s.,;<>\"]{2,}")
#: days for which statistics are told
STATISTICS_DAYS = 90
ON_LIST = "m.status <> 'pending' AND json_extract(m.data, '$.left') IS NULL"


def address(value: Any) -> str:
    """An address as it is kept: in lower case."""
    return str(value or "").strip().lower()


def is_address(email: str) -> bool:
    """Whether it could be an address."""
    return bool(_ADDRESS.fullmatch(email))


class People:
    """What calls, imports and the staff do to contacts."""

    def find(self, who: str, kind: str | None = "") -> Member:
        """A contact by one of its names, or 404."""
        kind = kind or ("email_id" if "@" in who else "contact_id")
        member = None
        if kind == "email_id":
            member = self.store.member(self.pool, address(who))
        elif kind == "contact_id":
            member = self.store.member(self.pool, id=number(who))
        elif kind in ("ext_id", "phone_id"):
            member = self._by_value("EXT_ID" if kind == "ext_id" else "SMS", who)
        else:
            raise Refusal(400, "identifierType is invalid")
        if member is None:
            raise Refusal(404, "Contact does not exist")
        return member

    def _by_value(self, name: str, value: str) -> Member | None:
        if not value:
            return None
        found = self.store.select(
            f"m.list_id = ? AND json_extract(p.shared, '$.{name}') = ?",
            [self.pool, value],
        )
        return found[0] if found else None

    def create(self, email: str, values: dict[str, Any]) -> Member:
        """A new contact, not yet saved, after a look for others like it."""
        self.check_free(email, values, 0)
        member = Member(self.pool, email, registered=self.now(), activated=self.now())
        member.shared = values
        return member

    def check_free(self, email: str, values: dict[str, Any], id: int) -> None:
        """Nobody else may have the address, the number or the identifier."""
        taken = []
        holder = self.store.member(self.pool, email) if email else None
        if holder and holder.id != id:
            taken.append("email")
        for name in ("SMS", "EXT_ID"):
            holder = self._by_value(name, values.get(name) or "")
            if holder and holder.id != id:
                taken.append(name if name == "SMS" else "ext_id")
        if taken:
            verb = "update" if id else "create"
            raise Refusal(
                400,
                f"Unable to {verb} contact, {taken[0]} is already associated with"
                " another Contact",
                code=self.switches["duplicate_code"],
                metadata={"duplicate_identifiers": taken},
            )

    # ------------------------------------------------------------------ the block
    def block(
        self, member: Member, status: str = "unsubscribed", why: str = ""
    ) -> None:
        """No mails from now on. ``why``: what the statistics tell."""
        member.data.setdefault("events", []).append([why, self.now()])
        if member.status == "subscribed":
            member.deactivated = self.now()
        if status == "hard_bounce":
            member.bounced = self.now()
        self._set_status(member, status)

    def lift(self, member: Member, via: str) -> None:
        """Mails again; noted, as it brings somebody back."""
        if member.status == "subscribed":
            return
        self._note_return(member, member.status, via)
        member.deactivated = member.bounced = 0
        self._set_status(member, "subscribed")

    def _note_return(self, member: Member, before: str, via: str) -> None:
        facts = {"email": member.email, "before": before, "via": via}
        list_id = member.list_id
        self.store.note(self.code, "reactivation", list_id, member.id, **facts)

    def _set_status(self, member: Member, status: str) -> None:
        changed, member.status = member.changed, status
        self.store.save(self.code, [member])
        if not self.switches["block_moves_modified"]:
            self.store.execute(
                "UPDATE members SET changed = ? WHERE list_id = ? AND person_id = ?",
                [changed, self.pool, member.id],
            )
        self._mirror(member)

    def _mirror(self, member: Member) -> None:
        """The block on every list the person is on, for the page."""
        self.store.execute(
            "UPDATE members AS m SET status = ?, deactivated = ?, bounced = ?"
            f" WHERE person_id = ? AND list_id <> ? AND {ON_LIST}",
            [
                member.status,
                member.deactivated,
                member.bounced,
                member.id,
                self.pool,
            ],
        )

    # ------------------------------------------------------------------ places
    def put_on(self, member: Member, list_id: int, via: str) -> bool:
        """On a list; False if the contact is there already."""
        known = self.store.member(list_id, id=member.id)
        if known and known.status != "pending" and not known.data.get("left"):
            return False
        if known and known.data.pop("left", None):
            self._note_return(known, "unsubscribed", via)
        place = known or Member(list_id, member.email, member.id)
        place.status, place.registered = member.status, self.now()
        place.activated = self.now()
        place.deactivated, place.bounced = member.deactivated, member.bounced
        self.store.save(self.code, [place])
        self.emit("listAddition", member, list_id=[list_id])
        return True

    def take_off(self, member: Member, list_id: int) -> bool:
        """Off a list; False if the contact is not there."""
        known = self.store.member(list_id, id=member.id)
        if known is None or known.status == "pending" or known.data.get("left"):
            return False
        self.store.remove(list_id, [member.id])
        return True

    def leave(self, place: Member) -> None:
        """The person leaves one list, where the account allows that."""
        place.data["left"], place.status = True, "unsubscribed"
        place.deactivated = self.now()
        self.store.save(self.code, [place])
        self.touch(self.find(str(place.id)))

    def touch(self, member: Member) -> None:
        """``modifiedAt`` moves with lists, too."""
        member.shared = {}
        self.store.save(self.code, [member])

    def delete(self, member: Member) -> None:
        """All is gone, also the block."""
        for each in self.store.memberships(self.code, id=member.id):
            self.store.remove(each.list_id, [member.id])
        self.emit("contactDeleted", member)

    # ------------------------------------------------------------------ shapes
    def time(self, moment: float) -> str | None:
        """A time in the account's zone, or in UTC."""
        if not moment:
            return None
        offset = self.switches["time_offset"]
        zone = timezone(timedelta(minutes=offset or 0))
        told = datetime.fromtimestamp(int(moment), zone).isoformat(
            timespec="milliseconds"
        )
        return told if offset is not None else told.replace("+00:00", "Z")

    def contacts(self, members: list[Member]) -> list[dict[str, Any]]:
        """Contacts as lists show them."""
        places: dict[int, tuple[list[int], list[int]]] = {}
        ids = [member.id for member in members]
        for start in range(0, len(ids), 900):
            part = ids[start : start + 900]
            for id, list_id, left in self.store.rows(
                "SELECT m.person_id, m.list_id, json_extract(m.data, '$.left')"
                " FROM members m WHERE m.status <> 'pending' AND m.list_id <> ?"
                f" AND m.person_id IN ({', '.join('?' * len(part))})"
                " ORDER BY m.list_id",
                [self.pool, *part],
            ):
                places.setdefault(id, ([], []))[bool(left)].append(list_id)
        return [self._contact(one, *places.get(one.id, ([], []))) for one in members]

    def _contact(
        self, member: Member, on: list[int], left: list[int]
    ) -> dict[str, Any]:
        values = {k: v for k, v in member.shared.items() if v not in (None, "")}
        return {
            "id": member.id,
            "email": member.email,
            "emailBlacklisted": member.status != "subscribed",
            "smsBlacklisted": bool(member.data.get("sms_blocked")),
            "createdAt": self.time(member.created),
            "modifiedAt": self.time(member.changed),
            "listIds": on,
            "listUnsubscribed": left or None,
            "ext_id": values.pop("EXT_ID", None),
            "attributes": values,
        }

    def statistics(self, member: Member) -> dict[str, Any]:
        """Why somebody is blocked, as far as it is not too long ago."""
        oldest = self.now() - STATISTICS_DAYS * 86400
        told: dict[str, Any] = {}
        if not self.switches["statistics"]:
            return told
        for why, at in member.data.get("events", []):
            event = {"campaignId": 1, "eventTime": self.time(at)}
            if at < oldest or not why:
                continue
            if why in ("userUnsubscription", "adminUnsubscription"):
                kinds = {"userUnsubscription": [], "adminUnsubscription": []}
                left = told.setdefault("unsubscriptions", kinds)
                left[why].append(event | {"ip": "192.0.2.1"})
            else:
                told.setdefault(why, []).append(event)
        return told
