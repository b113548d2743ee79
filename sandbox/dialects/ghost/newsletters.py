"""Newsletters, which are the lists, and labels, which are the tags."""

from __future__ import annotations

import uuid
from typing import Any

from ...store import RemoteList
from ..base import Refusal, route
from .shapes import hexed, meta, moment, numbered, paging, slugged

ADMIN = "/ghost/api/admin"


class Newsletters:
    """There is no way to delete a newsletter: it is archived."""

    @route("GET", ADMIN + "/newsletters/")
    def list_newsletters(self, request):
        """Pages in their order; ``include`` adds counts."""
        rows = self.all_newsletters()
        page, size = paging(request.args)
        part = rows[(page - 1) * size : page * size]
        shown = [self.newsletter_resource(entry, request) for entry in part]
        return {"newsletters": shown, "meta": meta(len(rows), page, size)}

    @route("GET", ADMIN + "/newsletters/<id>/")
    def read_newsletter(self, request, id):
        """One."""
        return {"newsletters": [self.newsletter_resource(self.newsletter(id), request)]}

    @route("POST", ADMIN + "/newsletters/")
    def create_newsletter(self, request):
        """A new one, onto which everybody comes who signs up, unless said otherwise."""
        given = self.wrapped(request, "newsletters")
        name = given.get("name")
        if not isinstance(name, str) or not 0 < len(name) <= 191:
            raise Refusal(422, "Validation failed for name.", property="name")
        if any(entry.name == name for entry in self.all_newsletters()):
            message = "A newsletter with the same name already exists"
            raise Refusal(422, message, property="name")
        entry = self.add_newsletter(name, given)
        return self.json(
            {"newsletters": [self.newsletter_resource(entry, request)]}, 201
        )

    @route("PUT", ADMIN + "/newsletters/<id>/")
    def change_newsletter(self, request, id):
        """What is sent changes."""
        entry, given = self.newsletter(id), self.wrapped(request, "newsletters")
        entry.name = given.get("name") or entry.name
        entry.data |= {key: given[key] for key in entry.data.keys() & given.keys()}
        self.store.save_list(entry)
        return {"newsletters": [self.newsletter_resource(entry, request)]}

    @route("GET", ADMIN + "/labels/")
    def list_labels(self, request):
        """All that somebody has or had."""
        rows = self.store.find(self.code, "label")
        page, size = paging(request.args)
        part = rows[(page - 1) * size : page * size]
        return {"labels": part, "meta": meta(len(rows), page, size)}

    # ----------------------------------------------------------------- shared
    def all_newsletters(self) -> list[RemoteList]:
        """Archived ones, too."""
        return [e for e in self.store.lists(self.code) if e.id != self.pool]

    def newsletter(self, id: Any) -> RemoteList:
        """One by its id, or 404."""
        entry = self.store.list(self.code, numbered(id))
        if entry is None or entry.id == self.pool:
            raise Refusal(404, "Newsletter not found.")
        return entry

    def add_newsletter(self, name: str, given: Any, slug: str = "") -> RemoteList:
        """A newsletter with its defaults; its slug is unique."""
        slug, taken = slug or slugged(name), {n.data["slug"] for n in self._others()}
        number = next(n for n in range(1, 10**6) if _numbered(slug, n) not in taken)
        data = {
            "uuid": str(uuid.uuid4()),
            "slug": _numbered(slug, number),
            "description": given.get("description") or None,
            "status": "active",
            "visibility": "members",
            "subscribe_on_signup": given.get("subscribe_on_signup", True),
        }
        return self.store.add_list(self.code, name, **data)

    def _others(self) -> list[RemoteList]:
        return [e for e in self.store.lists(self.code) if not e.data.get("hidden")]

    def new_list(self, name: str) -> int:
        """As the staff makes it."""
        return self.add_newsletter(name, {"subscribe_on_signup": False}).id

    def list_number(self, name: Any) -> int:
        """The store's number of a newsletter, by its id here or there."""
        text = str(name)
        return numbered(text) if len(text) == 24 else int(text)

    def newsletter_resource(self, entry: RemoteList, request) -> dict[str, Any]:
        """A newsletter as JSON."""
        found = {"id": hexed(entry.id), "name": entry.name, **entry.data}
        found["created_at"] = moment(entry.created)
        if "count.members" in request.args.get("include", ""):
            found["count"] = {"members": self.store.count(entry.id)}
        return found

    def label(self, name: str) -> dict[str, Any]:
        """A label, made if there is none of that name."""
        found = self.store.get(self.code, "label", name)
        if found is None:
            id = hexed(self.store.next_number())
            now = moment(self.now())
            times = {"created_at": now, "updated_at": now}
            found = {"id": id, "name": name, "slug": slugged(name), **times}
            self.store.put(self.code, "label", name, found)
        return found


def _numbered(slug: str, number: int) -> str:
    return slug if number == 1 else f"{slug}-{number}"
