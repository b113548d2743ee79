"""Lists in folders, who is on them, and segments."""

from __future__ import annotations

from typing import Any

from ...store import Member, RemoteList, number
from ..base import Refusal, route
from .people import ON_LIST, address
from .times import since

MOST_AT_ONCE = 150


class Lists:
    """Lists and folders come in pages of at most 50."""

    @route("GET", "/contacts/lists")
    def list_lists(self, request):
        """The newest first, unless ``sort`` is asc."""
        return self._lists_page(request, self.shown_lists())

    @route("POST", "/contacts/lists")
    def create_list(self, request):
        """Name and folder are a must."""
        body = self.body(request)
        for key in ("name", "folderId"):
            if not body.get(key):
                raise Refusal(400, f"{key} is missing", code="missing_parameter")
        folder = self._folder(body["folderId"])["id"]
        made = self.store.add_list(self.code, str(body["name"]), folder=folder)
        return self.json({"id": made.id}, 201)

    @route("GET", "/contacts/lists/<id>")
    def read_list(self, request, id):
        """One in detail."""
        entry = self.find_list(id)
        more = {"createdAt": self.time(entry.created), "dynamicList": False}
        return self._list(entry) | more | {"campaignStats": []}

    @route("PUT", "/contacts/lists/<id>")
    def change_list(self, request, id):
        """Another name, or another folder."""
        entry, body = self.find_list(id), self.body(request)
        entry.name = str(body.get("name") or entry.name)
        if body.get("folderId"):
            entry.data["folder"] = self._folder(body["folderId"])["id"]
        self.store.save_list(entry)
        return self.done()

    @route("DELETE", "/contacts/lists/<id>")
    def delete_list(self, request, id):
        """The list; its contacts stay."""
        self.store.remove_list(self.find_list(id).id)
        return self.done()

    @route("GET", "/contacts/lists/<id>/contacts")
    def list_members(self, request, id):
        """Blocked contacts are there, too."""
        where = f"m.list_id = ? AND {ON_LIST}"
        params: list[Any] = [self.find_list(id).id]
        if "modifiedSince" in request.args:
            where += (
                " AND EXISTS (SELECT 1 FROM members o WHERE o.list_id = ? AND"
                " o.person_id = m.person_id AND o.changed > ?)"
            )
            moment = since(request.args["modifiedSince"], "modifiedSince")
            params += [self.pool, moment]
        return self.contacts_page(request, where, params, 500)

    @route("POST", "/contacts/lists/<id>/contacts/add")
    def add_members(self, request, id):
        """Whom it cannot add is a failure; nobody at all is an error."""
        entry = self.find_list(id)
        return self._each(request, lambda member: self.put_on(member, entry.id, "api"))

    @route("POST", "/contacts/lists/<id>/contacts/remove")
    def remove_members(self, request, id):
        """Some, or ``all`` of them."""
        entry = self.find_list(id)
        if self.body(request).get("all") is True:
            self.store.remove(entry.id)
            return self.json({"contacts": {"processId": self.new_process()}}, 201)
        return self._each(request, lambda member: self.take_off(member, entry.id))

    # ------------------------------------------------------------------ folders
    @route("GET", "/contacts/folders")
    def list_folders(self, request):
        """A page."""
        limit, offset = self.window(request, 10, 50)
        found = self.store.find(self.code, "folder")
        shown = [folder | self._counts(folder["id"]) for folder in found]
        return {"folders": shown[offset : offset + limit], "count": len(found)}

    @route("POST", "/contacts/folders")
    def create_folder(self, request):
        """One more."""
        name = self.body(request).get("name")
        if not name:
            raise Refusal(400, "name is missing", code="missing_parameter")
        return self.json({"id": self.new_folder(str(name))["id"]}, 201)

    @route("GET", "/contacts/folders/<id>")
    def read_folder(self, request, id):
        """One."""
        folder = self._folder(id, 404)
        return folder | self._counts(folder["id"])

    @route("GET", "/contacts/folders/<id>/lists")
    def list_folder(self, request, id):
        """The lists in it."""
        folder = self._folder(id, 404)["id"]
        mine = [one for one in self.shown_lists() if one.data.get("folder") == folder]
        return self._lists_page(request, mine)

    @route("GET", "/contacts/segments")
    def list_segments(self, request):
        """Nobody made one."""
        self.window(request, 10, 50)
        return {"segments": [], "count": 0}

    # ------------------------------------------------------------------ shared
    def shown_lists(self) -> list[RemoteList]:
        """All lists but the pool, oldest first."""
        lists = self.store.lists(self.code)
        return [entry for entry in lists if not entry.data.get("hidden")]

    def new_list(self, name: str) -> int:
        """A new list in the first folder."""
        return self.store.add_list(self.code, name, folder=1).id

    def new_folder(self, name: str, id: int = 0) -> dict[str, Any]:
        """A new folder."""
        id = id or self.store.next_number()
        return self.store.put(self.code, "folder", id, {"id": id, "name": name})

    def find_list(self, id: Any) -> RemoteList:
        """A list, or 404."""
        entry = self.store.list(self.code, id)
        if entry is None or entry.data.get("hidden"):
            raise Refusal(404, "List ID does not exist")
        return entry

    def _folder(self, id: Any, status: int = 400) -> dict[str, Any]:
        folder = self.store.get(self.code, "folder", id)
        if folder is None:
            raise Refusal(status, "Folder ID does not exist")
        return folder

    def _lists_page(self, request, entries: list[RemoteList]) -> dict[str, Any]:
        limit, offset = self.window(request, 10, 50)
        if request.args.get("sort") != "asc":
            entries = entries[::-1]
        shown = [self._list(entry) for entry in entries[offset : offset + limit]]
        return {"lists": shown, "count": len(entries)}

    def _list(self, entry: RemoteList) -> dict[str, Any]:
        folder = entry.data.get("folder", 1)
        counts = self._numbers([entry.id])
        return {"id": entry.id, "name": entry.name, "folderId": folder} | counts

    def _counts(self, folder: int) -> dict[str, int]:
        return self._numbers(
            [one.id for one in self.shown_lists() if one.data.get("folder") == folder]
        )

    def _numbers(self, ids: list[int]) -> dict[str, int]:
        total = blocked = 0
        for id in ids:
            for status, number_ in self.store.rows(
                f"SELECT m.status, count(*) FROM members m WHERE m.list_id = ?"
                f" AND {ON_LIST} GROUP BY m.status",
                [id],
            ):
                total += number_
                blocked += number_ if status != "subscribed" else 0
        old = self.switches["old_counts"]
        return {
            "uniqueSubscribers": total,
            "totalSubscribers": total - blocked if old else 0,
            "totalBlacklisted": blocked if old else 0,
        }

    def _each(self, request, work: Any) -> Any:
        """Do something to each contact that a body names."""
        body = self.body(request)
        named = [key for key in ("emails", "ids", "extIds") if body.get(key)]
        if len(named) != 1 or not isinstance(body[named[0]], list):
            raise Refusal(400, "One of emails, ids and extIds is expected")
        names = body[named[0]]
        if len(names) > MOST_AT_ONCE:
            message = f"Maximum {MOST_AT_ONCE} contacts at once"
            raise Refusal(400, message, code="out_of_range")
        good, bad = [], []
        with self.store.transaction():
            for name in names:
                member = self._named(named[0], name)
                refused = member is None or request.refuses(member.email)
                done = not refused and work(member)
                (good if done else bad).append(name)
                if done:
                    self.touch(member)
            if names and not good:
                message = "Contact already in list and/or does not exist"
                raise Refusal(400, message)
        told = {"success": good, "failure": bad}
        if not self.switches["flat_answers"]:
            told = {"contacts": told | {"total": len(good), "processId": None}}
        return self.json(told, 201)

    def _named(self, kind: str, name: Any) -> Member | None:
        if kind == "emails":
            return self.store.member(self.pool, address(name) or "-")
        if kind == "ids":
            return self.store.member(self.pool, id=number(name) or -1)
        return self._by_value("EXT_ID", str(name))
