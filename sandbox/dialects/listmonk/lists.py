"""Lists, and how they look inside a subscriber."""

from __future__ import annotations

from typing import Any

from ...store import Member, RemoteList, number
from ..base import Refusal, route
from .shapes import moment, new_uuid, paged, paging

KINDS = {
    "type": ("public", "private", "temporary"),
    "optin": ("single", "double"),
    "status": ("active", "archived"),
}
ORDERS = ("name", "status", "created_at", "updated_at", "subscriber_count")


class Lists:
    """A list asks by double opt-in or not; tags belong to lists, not to people."""

    @route("GET", "/api/lists")
    def list_lists(self, request):
        """Pages of lists. ``minimal`` gives all, or an empty array for none."""
        self.needs("lists:get_all")
        args = request.args
        rows = [self.list_resource(entry) for entry in self.all_lists()]
        rows = [
            row
            for row in rows
            if args.get("query", "").lower() in row["name"].lower()
            and all(args.get(k, row[k]) == row[k] for k in ("optin", "status"))
            and set(args.getlist("tag")) <= set(row["tags"])
        ]
        if args.get("minimal") == "true":
            if not rows:
                return {"data": []}
            return paged(rows, len(rows), 1, 0)
        order = args.get("order_by")
        if order in ORDERS:
            rows.sort(key=lambda row: row[order], reverse=args.get("order") != "asc")
        page, size = paging(args)
        start = (page - 1) * size
        part = rows[start : start + size] if size else rows
        return paged(part, len(rows), page, size)

    @route("GET", "/api/lists/<int:list_id>")
    def read_list(self, request, list_id):
        """One, or 400."""
        return {"data": self.list_resource(self.list(list_id))}

    @route("POST", "/api/lists")
    def create_list(self, request):
        """A new one; single opt-in and private unless said otherwise."""
        self.needs("lists:manage_all")
        body = self.body(request)
        name = body.get("name")
        if not isinstance(name, str) or not 0 < len(name) <= 200:
            raise Refusal(400, self.text("name"))
        entry = self.add_list(name, body)
        return {"data": self.list_resource(entry)}

    @route("PUT", "/api/lists/<int:list_id>")
    def change_list(self, request, list_id):
        """What is sent changes."""
        self.needs("lists:manage_all")
        entry, body = self.list(list_id), self.body(request)
        entry.name = str(body.get("name") or entry.name)
        entry.data |= self._settings(body)
        self.store.save_list(entry)
        return {"data": self.list_resource(entry)}

    @route("DELETE", "/api/lists/<int:list_id>")
    def delete_list(self, request, list_id):
        """The subscribers stay."""
        self.needs("lists:manage_all")
        self.store.remove_list(self.list(list_id).id)
        return {"data": True}

    # ----------------------------------------------------------------- shared
    def all_lists(self) -> list[RemoteList]:
        """Every list but the pool."""
        return [e for e in self.store.lists(self.code) if e.id != self.pool]

    def list(self, list_id: Any) -> RemoteList:
        """One, or 400: missing things are no 404 here."""
        entry = self.store.list(self.code, number(list_id))
        if entry is None or entry.id == self.pool:
            raise Refusal(400, self.text("no_list"))
        return entry

    def add_list(self, name: str, settings: dict[str, Any]) -> RemoteList:
        """A list with its defaults."""
        defaults = {
            "uuid": new_uuid(),
            "type": "private",
            "optin": "single",
            "status": "active",
            "tags": [],
            "description": "",
        }
        data = defaults | self._settings(settings)
        return self.store.add_list(self.code, name, **data)

    def new_list(self, name: str) -> int:
        """As the staff makes it: public, with double opt-in."""
        return self.add_list(name, {"type": "public", "optin": "double"}).id

    def _settings(self, body: dict[str, Any]) -> dict[str, Any]:
        found = {k: body[k] for k in ("tags", "description") if k in body}
        for key, words in KINDS.items():
            if key in body and body[key] not in words:
                raise Refusal(400, self.text("data"))
            if key in body:
                found[key] = body[key]
        return found

    def list_resource(self, entry: RemoteList) -> dict[str, Any]:
        """A list as JSON."""
        counts = self.store.rows(
            "SELECT json_extract(data, '$.sub'), count(*) FROM members"
            " WHERE list_id = ? GROUP BY 1",
            [entry.id],
        )
        return {
            **self._head(entry),
            "subscriber_count": sum(count for _, count in counts),
            "subscriber_statuses": {sub or "confirmed": n for sub, n in counts},
        }

    def membership_resource(self, entry: RemoteList, member: Member) -> dict[str, Any]:
        """A list as it stands inside a subscriber, with the status there."""
        data = member.data
        return {
            **self._head(entry),
            "subscription_status": data.get("sub", "confirmed"),
            "subscription_created_at": moment(data.get("created", member.created)),
            "subscription_updated_at": moment(data.get("updated", member.created)),
            "subscription_meta": data.get("meta", {}),
        }

    def _head(self, entry: RemoteList) -> dict[str, Any]:
        names = ("uuid", "type", "optin", "status", "tags", "description")
        return {
            "id": entry.id,
            "name": entry.name,
            **{name: entry.data[name] for name in names},
            "created_at": moment(entry.created),
            "updated_at": moment(entry.changed),
        }
