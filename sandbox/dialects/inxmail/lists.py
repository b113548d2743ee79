"""Mailing lists; only those of the type STANDARD are made by REST and joined."""

from __future__ import annotations

from typing import Any

from ...store import RemoteList, number
from ..base import Refusal, route
from .values import iso, unix

TEXTS = ("senderAddress", "senderName", "replyToAddress", "replyToName", "description")
FLAGS = ("double_opt_in", "confirm_unsubscribe", "delete_unlisted")
SETTINGS = ("TrackingPermissionDetachedFromMembership",)
FILTERS = ("createdAfter", "createdBefore", "name", "senderDomain")


class Lists:
    """The pool of everybody shows as a list of the type SYSTEM."""

    @route("GET", "/lists")
    def list_lists(self, request):
        """A page, oldest first; the last one links to lists made later."""
        self.known_parameters(request, *FILTERS)
        found = [one for one in self.store.lists(self.code) if _fits(one, request.args)]

        def fetch(after: int, most: int):
            later = [one for one in found if one.id > after][:most]
            return [(one.id, self._list(request, one)) for one in later]

        return self.page(request, "inx:lists", fetch, upcoming=True)

    @route("POST", "/lists")
    def create_list(self, request):
        """A STANDARD one; the sender's address is a must."""
        body = self._list_body(request)
        entry = self.store.list(self.code, self.new_list(body.pop("name")))
        entry.data |= body
        self.store.save_list(entry)
        return self.json(self._list(request, entry), 201)

    @route("GET", "/lists/<id>")
    def read_list(self, request, id):
        """One."""
        return self._list(request, self.find_list(id))

    @route("PUT", "/lists/<id>")
    def change_list(self, request, id):
        """All of its texts."""
        entry = self.standard(id)
        body = self._list_body(request)
        entry.name = body.pop("name")
        kept = (*FLAGS, *SETTINGS)
        entry.data = {k: v for k, v in entry.data.items() if k in kept} | body
        self.store.save_list(entry)
        return self._list(request, entry)

    @route("DELETE", "/lists/<id>")
    def delete_list(self, request, id):
        """With its memberships; the recipients stay."""
        self.store.remove_list(self.standard(id).id)
        return self.done()

    @route("GET", "/lists/<id>/count")
    def count_list(self, request, id):
        """The number of those subscribed, as of a while ago."""
        entry = self.find_list(id)
        now = self.sandbox.clock.now()
        at, count = self._counts.get(entry.id, (-1e9, 0))
        if now - at >= self.switches["count_lag"]:
            at, count = now, self.store.count(entry.id, "subscribed")
            self._counts[entry.id] = at, count
        return {"id": entry.id, "count": count, "lastCalculatedAt": iso(at)}

    @route("GET", "/lists/<id>/settings/<name>")
    def read_setting(self, request, id, name):
        """One setting as text."""
        entry = self.find_list(id)
        if name not in SETTINGS:
            raise Refusal(404, "Not Found")
        return {"value": entry.data.get(name, "false")}

    @route("PUT", "/lists/<id>/settings/<name>")
    @route("PATCH", "/lists/<id>/settings/<name>")
    def change_setting(self, request, id, name):
        """``{"value": "true"}``, a text."""
        entry, value = self.standard(id), self.body(request).get("value")
        if name not in SETTINGS:
            raise Refusal(404, "Not Found")
        if value not in ("true", "false"):
            invalid = {"value": "must be true or false"}
            raise Refusal(400, "Invalid setting", invalid=invalid)
        entry.data[name] = value
        self.store.save_list(entry)
        return {"value": value}

    # ------------------------------------------------------------------ shared
    def new_list(self, name: str) -> int:
        """A new list, with the flags that the settings tell."""
        flags = {flag: bool(self.switches[flag]) for flag in FLAGS}
        sender = "news@example.org"
        return self.store.add_list(self.code, name, senderAddress=sender, **flags).id

    def configure(self, list_id: Any, **flags: bool) -> None:
        """What the staff sets in the product: ``double_opt_in`` and the like."""
        entry = self.standard(list_id)
        entry.data |= flags
        self.store.save_list(entry)

    def find_list(self, id: Any) -> RemoteList:
        """A list, or 404."""
        entry = self.store.list(self.code, number(id))
        if entry is None:
            raise Refusal(404, "Not Found")
        return entry

    def standard(self, id: Any) -> RemoteList:
        """A list that can be joined."""
        entry = self.find_list(id)
        if entry.id == self.pool:
            raise Refusal(400, "not possible with a list of the type SYSTEM")
        return entry

    def _list_body(self, request) -> dict[str, Any]:
        body = self.body(request)
        name, kind = body.get("name"), body.get("type", "STANDARD")
        invalid = {}
        if not isinstance(name, str) or not 1 <= len(name) <= 255:
            invalid["name"] = "must have 1 to 255 characters"
        elif name != name.strip():
            invalid["name"] = "must not begin or end with a blank"
        if kind != "STANDARD":
            invalid["type"] = "must be STANDARD"
        if "@" not in str(body.get("senderAddress") or ""):
            invalid["senderAddress"] = "must be an address"
        if len(str(body.get("description") or "")) > 255:
            invalid["description"] = "must not be longer than 255"
        if invalid:
            raise Refusal(400, "Invalid list", invalid=invalid)
        return {"name": name} | {key: body[key] for key in TEXTS if body.get(key)}

    def _list(self, request, entry: RemoteList) -> dict[str, Any]:
        return {
            "id": entry.id,
            "name": entry.name,
            **{key: entry.data.get(key) for key in TEXTS},
            "type": "SYSTEM" if entry.id == self.pool else "STANDARD",
            "creationDate": iso(entry.created),
            "_links": {"self": {"href": self.href(request, f"/lists/{entry.id}")}},
        }


def _fits(entry: RemoteList, asked: Any) -> bool:
    sender = entry.data.get("senderAddress") or ""
    try:
        return (
            asked.get("name", entry.name) == entry.name
            and sender.endswith(asked.get("senderDomain", ""))
            and entry.created >= unix(asked.get("createdAfter", "1970-01-01T00:00:00Z"))
            and entry.created
            <= unix(asked.get("createdBefore", "9999-01-01T00:00:00Z"))
        )
    except ValueError:
        raise Refusal(400, "not a time") from None
