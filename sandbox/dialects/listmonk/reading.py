"""Reading subscribers: pages, one by id, the export of all."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

from werkzeug.wrappers import Response

from ...store import Member, number
from ..base import Refusal, route
from .shapes import moment, paged, paging, seeded_uuid

ORDERS = {
    "email": "p.email",
    "name": "json_extract(p.shared, '$.name')",
    "status": "coalesce(json_extract(m.data, '$.status'), 'enabled')",
    "created_at": "coalesce(json_extract(m.data, '$.created'), m.created)",
    "updated_at": "coalesce(json_extract(m.data, '$.updated'), m.created)",
}


class Reading:
    """``list_id`` joins without DISTINCT: who is on two of the lists comes twice."""

    @route("GET", "/api/subscribers")
    def list_subscribers(self, request):
        """A page by list, search, SQL fragment."""
        self.needs("subscribers:get_all")
        args = request.args
        where, params = ["m.list_id = ?"], [self.pool]
        joined = ""
        lists = [number(id) for id in args.getlist("list_id")]
        if lists:
            joined = "JOIN members l ON l.person_id = m.person_id"
            where.append(f"l.list_id IN ({', '.join('?' * len(lists))})")
            params += lists
            if args.get("subscription_status"):
                where.append("coalesce(json_extract(l.data, '$.sub'), 'confirmed') = ?")
                params.append(args["subscription_status"])
        if search := args.get("search", "").strip().lower():
            where.append("(p.email LIKE ? OR json_extract(p.shared, '$.name') LIKE ?)")
            params += [f"%{search}%"] * 2
        if query := args.get("query", "").strip():
            found = ",".join(map(str, self.found_by(query)))
            where.append(f"m.person_id IN ({found})")
        return self._page(args, joined, " AND ".join(where), params)

    def _page(self, args, joined: str, where: str, params: list) -> dict[str, Any]:
        source = f"FROM members m JOIN people p ON p.id = m.person_id {joined}"
        total = self.store.scalar(f"SELECT count(*) {source} WHERE {where}", params)
        order = ORDERS.get(args.get("order_by", ""), "m.person_id")
        down = "" if args.get("order", "asc") == "asc" else " DESC"
        page, size = paging(args)
        limit = f" LIMIT {size} OFFSET {(page - 1) * size}" if size else ""
        rows = self.store.rows(
            f"SELECT m.person_id {source} WHERE {where}"
            f" ORDER BY {order}{down}, m.person_id{limit}",
            params,
        )
        found = self.resources([id for (id,) in rows])
        query, search = args.get("query", ""), args.get("search", "")
        return paged(found, total, page, size, query, search)

    @route("GET", "/api/subscribers/<int:id>")
    def read_subscriber(self, request, id):
        """One, or 400."""
        self.needs("subscribers:get")
        return {"data": self.resource(self.subscriber(id))}

    @route("GET", "/api/subscribers/<int:id>/export")
    def export_subscriber(self, request, id):
        """Everything about one person."""
        one = self.resource(self.subscriber(id))
        return {
            "email": one["email"],
            "profile": [one],
            "subscriptions": one["lists"],
            "campaign_views": [],
            "link_clicks": [],
        }

    @route("GET", "/api/subscribers/export")
    def export_all(self, request):
        """CSV of everybody, without ids and lists."""
        self.needs("subscribers:get_all")
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow(
            (
                "uuid",
                "email",
                "name",
                "attributes",
                "status",
                "created_at",
                "updated_at",
            )
        )
        found = self.store.select("m.list_id = ? ORDER BY m.person_id", [self.pool])
        for one in map(self._head_of, found):
            values = [one[k] for k in ("uuid", "email", "name")]
            values += [json.dumps(one["attribs"], ensure_ascii=False)]
            writer.writerow(
                values + [one[k] for k in ("status", "created_at", "updated_at")]
            )
        return Response(out.getvalue(), content_type="text/csv")

    # ----------------------------------------------------------------- shared
    def subscriber(self, id: Any) -> Member:
        """Somebody's entry in the pool, or 400."""
        found = self.store.member(self.pool, id=number(id)) if number(id) else None
        if found is None:
            raise Refusal(400, self.text("no_subscriber", id=id))
        return found

    def memberships(self, one: Member) -> list[Member]:
        """What somebody is on, left lists included."""
        found = self.store.memberships(self.code, id=one.id)
        return [member for member in found if member.list_id != self.pool]

    def resource(self, one: Member) -> dict[str, Any]:
        """A subscriber as JSON."""
        return self.resources([one.id])[0]

    def resources(self, ids: Sequence[int]) -> list[dict[str, Any]]:
        """Subscribers as JSON, in the order of the ids, which may repeat."""
        entries = {entry.id: entry for entry in self.all_lists()}
        heads = {m.id: self._head_of(m) for m in self.store.members(self.pool, ids=ids)}
        for head in heads.values():
            head["lists"] = []
        for start in range(0, len(ids), 900):
            part = ids[start : start + 900]
            marks = ", ".join("?" * len(part))
            for member in self.store.select(
                f"m.person_id IN ({marks}) AND m.list_id <> ? ORDER BY m.list_id",
                [*part, self.pool],
            ):
                shown = self.membership_resource(entries[member.list_id], member)
                known = heads[member.id]["lists"]
                if shown["id"] not in {each["id"] for each in known}:
                    known.append(shown)
        return [heads[id] for id in ids]

    def _head_of(self, one: Member) -> dict[str, Any]:
        data = one.data
        return {
            "id": one.id,
            "uuid": data.get("uuid") or seeded_uuid(one.id),
            "email": one.email,
            "name": one.shared.get("name", ""),
            "attribs": one.attributes,
            "status": data.get("status", "enabled"),
            "created_at": moment(data.get("created", one.created)),
            "updated_at": moment(data.get("updated", one.created)),
        }
