"""Contacts: reading them in pages or alone, and the writes of a single one."""

from __future__ import annotations

import re
from typing import Any

from ...store import Member, number
from ..base import Refusal, route
from .people import address, is_address
from .times import since

_EQUALS = re.compile(r'equals\((\w+),"(.*)"\)')


class Contacts:
    """Writes of what is unknown, or of another type, are dropped without a word."""

    @route("GET", "/contacts")
    def list_contacts(self, request):
        """By creation, the newest first unless ``sort`` is asc; ``count`` is all."""
        asked = request.args
        where, params = "m.list_id = ?", [self.pool]
        for name, column in (("modifiedSince", "changed"), ("createdSince", "created")):
            if name in asked:
                where += f" AND m.{column} > ?"
                params.append(since(asked[name], name))
        if "listIds" in asked and "segmentId" in asked:
            raise Refusal(400, "Either listIds or segmentId can be passed")
        if "segmentId" in asked:
            raise Refusal(400, "Invalid segment id")
        if "listIds" in asked:
            ids = [
                number(i)
                for i in re.findall(r"\d+", ",".join(asked.getlist("listIds")))
            ]
            where += (
                " AND EXISTS (SELECT 1 FROM members o WHERE o.person_id = m.person_id"
                " AND o.status <> 'pending' AND json_extract(o.data, '$.left') IS NULL"
                f" AND o.list_id IN ({', '.join('?' * len(ids))}))"
            )
            params += ids
        if "filter" in asked:
            test = _EQUALS.fullmatch(asked["filter"])
            if not test or test[1].upper() not in self.attributes():
                raise Refusal(400, "Invalid filter")
            where += " AND json_extract(p.shared, ?) = ?"
            params += [f'$."{test[1].upper()}"', test[2]]
        return self.contacts_page(request, where, params, 1000)

    def contacts_page(
        self, request, where: str, params: list[Any], largest: int
    ) -> dict[str, Any]:
        """A page of contacts on one list (the pool, or another one)."""
        limit, offset = self.window(request, 50, largest)
        order = (
            "m.person_id" if request.args.get("sort") == "asc" else "m.person_id DESC"
        )
        if limit and offset % limit == 0:
            page = offset // limit
            found = self.store.page(where, params, page, limit, order)
        else:
            found = self.store.select(
                f"{where} ORDER BY {order} LIMIT ? OFFSET ?", [*params, limit, offset]
            )
        if found and found[0].list_id != self.pool:
            here = {
                m.id: m
                for m in self.store.members(self.pool, ids=[m.id for m in found])
            }
            found = [here[one.id] for one in found]
        total = self.store.scalar(
            "SELECT count(*) FROM members m JOIN people p ON p.id = m.person_id"
            f" WHERE {where}",
            params,
            0,
        )
        return {"contacts": self.contacts(found), "count": total}

    def window(self, request, default: int, largest: int) -> tuple[int, int]:
        """``limit`` and ``offset``."""
        limit = request.args.get("limit", str(default))
        offset = request.args.get("offset", "0")
        if not limit.isdigit() or not offset.isdigit():
            raise Refusal(400, "limit and offset must be numbers")
        if int(limit) > largest:
            message = f"Limit exceeds max value, it should be at most {largest}"
            raise Refusal(400, message, code="out_of_range")
        if request.args.get("sort", "asc") not in ("asc", "desc"):
            raise Refusal(400, "sort must be asc or desc")
        return int(limit), int(offset)

    @route("GET", "/contacts/<path:who>")
    def read_contact(self, request, who):
        """One, with the statistics of the last 90 days."""
        member = self.find(who, request.args.get("identifierType"))
        (told,) = self.contacts([member])
        return told | {"statistics": self.statistics(member)}

    @route("GET", "/contacts/<path:who>/campaignStats")
    def campaign_statistics(self, request, who):
        """No campaign was ever sent here."""
        self.find(who, request.args.get("identifierType"))
        return {}

    @route("POST", "/contacts")
    def create_contact(self, request):
        """201 for somebody new; with ``updateEnabled`` 204 for somebody known."""
        body = self.body(request)
        values = self.values(body.get("attributes"))
        if body.get("ext_id"):
            values["EXT_ID"] = str(body["ext_id"])
        email = address(body.get("email"))
        if not email and values.get("SMS"):
            email = f"{values['SMS'].lstrip('+')}@mailin-sms.com"
        if not email:
            raise Refusal(400, "email is missing", code="missing_parameter")
        self._check(request, email)
        lists = self._lists(body.get("listIds"))
        with self.store.transaction():
            known = self.store.member(self.pool, email)
            if known and body.get("updateEnabled"):
                self.change(known, body, values, lists)
                return self.done()
            member = self.create(email, values)
            self.store.save(self.code, [member])
            self._flags(member, body)
            for list_id in lists:
                self.put_on(member, list_id, "api")
        self.emit("contactUpdated", member)
        return self.json({"id": member.id}, 201)

    @route("PUT", "/contacts/<path:who>")
    def update_contact(self, request, who):
        """Known ones only. ``listIds`` adds, ``unlinkListIds`` takes off; the attribute
        EMAIL moves the contact to another address."""
        body = self.body(request)
        given = dict(body.get("attributes") or {})
        email = next((given.pop(k) for k in list(given) if k.upper() == "EMAIL"), None)
        values = self.values(given)
        if "ext_id" in body:
            values["EXT_ID"] = str(body["ext_id"] or "")
        lists, gone = self._lists(body.get("listIds")), body.get("unlinkListIds") or []
        with self.store.transaction():
            member = self.find(who, request.args.get("identifierType"))
            self._check(request, member.email)
            if email is not None:
                email = address(email)
                self._check(request, email)
                self.check_free(email, values, member.id)
                member.email = email
            self.change(member, body, values, lists)
            for list_id in gone:
                self.take_off(member, number(list_id))
        return self.done()

    @route("DELETE", "/contacts/<path:who>")
    def delete_contact(self, request, who):
        """Gone for good; the account's own address is kept."""
        member = self.find(who, request.args.get("identifierType"))
        if member.email == "owner@example.org":
            raise Refusal(405, "The contact cannot be deleted")
        self.delete(member)
        return self.done()

    @route("POST", "/contacts/batch")
    def update_batch(self, request):
        """All or nothing: one who is unknown, and nobody is written."""
        rows = self.body(request).get("contacts")
        if not isinstance(rows, list) or not rows:
            raise Refusal(400, "contacts is missing", code="missing_parameter")
        with self.store.transaction():
            found = [self._row(row) for row in rows]
            missing = [str(n) for n, one in enumerate(found) if one is None]
            if missing:
                message = f"No contact found for indexes {','.join(missing)}"
                raise Refusal(404, message)
            for row, member in zip(rows, found, strict=True):
                values = self.values(row.get("attributes"))
                self.change(member, row, values, self._lists(row.get("listIds")))
        return self.done()

    # ------------------------------------------------------------------ shared
    def change(
        self, member: Member, body: dict[str, Any], values: dict, lists: list[int]
    ) -> None:
        """Write what a body names; the block stays unless the body names it."""
        self.check_free("", values, member.id)
        member.shared = values
        self.store.save(self.code, [member])
        self._flags(member, body)
        for list_id in lists:
            self.put_on(member, list_id, "api")
        self.emit("contactUpdated", member, content=values)

    def _flags(self, member: Member, body: dict[str, Any]) -> None:
        if "smsBlacklisted" in body:
            member.data["sms_blocked"] = bool(body["smsBlacklisted"])
            self.touch(member)
        if body.get("emailBlacklisted") is True and member.status == "subscribed":
            self.block(member, why="adminUnsubscription")
        elif body.get("emailBlacklisted") is False:
            self.lift(member, "api")

    def _check(self, request, email: str) -> None:
        if not is_address(email) or request.refuses(email):
            raise Refusal(400, "Invalid email address")

    def _lists(self, ids: Any) -> list[int]:
        """Ids of lists; an unknown one refuses the whole write."""
        ids = ids if isinstance(ids, list) else []
        for id in ids:
            if self.store.list(self.code, id) is None or id == self.pool:
                raise Refusal(400, "List ID(s) does not exist")
        return [int(id) for id in ids]

    def _row(self, row: dict[str, Any]) -> Member | None:
        if row.get("id"):
            return self.store.member(self.pool, id=number(row["id"]))
        return self.store.member(self.pool, address(row.get("email")) or "-")
