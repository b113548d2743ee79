"""The blacklist, which holds patterns, and the bounces."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

from ...store import Member, number
from ..base import Refusal, route
from .values import iso, unix

FILTERS = (
    "startDate",
    "endDate",
    "bounceCategory",
    "mailingIds",
    "sendingIds",
    "listIds",
    "embedded",
    "recipientAttributes",
)


class Blocking:
    """The blacklist is looked at when somebody joins; nobody on a list leaves by it.

    ``*`` stands for anything, a pattern without ``@`` for a whole domain. Keys of an
    entry beside the pattern are not known. A bounce leaves nothing at the recipient.
    """

    @route("GET", "/blacklist-entries")
    def list_blocked(self, request):
        """A page by id."""
        self.known_parameters(request, "lastModifiedSince", "patternContainsIgnoreCase")
        part = request.args.get("patternContainsIgnoreCase", "").lower()
        try:
            since = unix(request.args.get("lastModifiedSince", "1970-01-01T00:00:00Z"))
        except ValueError:
            invalid = {"lastModifiedSince": "is no time"}
            raise Refusal(400, "Invalid request", invalid=invalid) from None
        found = [
            entry
            for entry in self.store.find(self.code, "blocked")
            if part in entry["pattern"].lower() and entry["changed"] >= since
        ]

        def fetch(after: int, most: int):
            later = [entry for entry in found if entry["id"] > after][:most]
            return [(entry["id"], _shown(entry)) for entry in later]

        return self.page(request, "inx:blacklist-entries", fetch)

    @route("POST", "/blacklist-entries")
    def block(self, request):
        """One more pattern."""
        entry = self.new_blocked(self.body(request).get("pattern"))
        return self.json(_shown(entry), 201)

    @route("PUT", "/blacklist-entries/<id>")
    def change_blocked(self, request, id):
        """Another pattern in its place."""
        self._entry(id)
        return _shown(self.new_blocked(self.body(request).get("pattern"), number(id)))

    @route("DELETE", "/blacklist-entries/<id>")
    def unblock(self, request, id):
        """Away with one."""
        self._entry(id)
        self.store.drop(self.code, "blocked", id)
        return self.done()

    def new_blocked(self, pattern: Any, id: int = 0) -> dict[str, Any]:
        """Keep a pattern."""
        if not isinstance(pattern, str) or not pattern.strip():
            raise Refusal(400, "Invalid", invalid={"pattern": "must not be empty"})
        with self.store.transaction():
            for entry in self.store.find(self.code, "blocked"):
                if entry["pattern"].lower() == pattern.lower() and entry["id"] != id:
                    raise Refusal(self.switches["conflict_status"], "already exists")
            id = id or self.store.next_number()
            entry = {"id": id, "pattern": pattern.strip(), "changed": self.now()}
            return self.store.put(self.code, "blocked", id, entry)

    def is_blocked(self, email: str) -> bool:
        """Whether a pattern matches."""
        return any(
            fnmatchcase(email, pattern if "@" in pattern else f"*@{pattern}")
            for entry in self.store.find(self.code, "blocked")
            for pattern in [entry["pattern"].lower()]
        )

    def _entry(self, id: str) -> dict[str, Any]:
        entry = self.store.get(self.code, "blocked", id)
        if entry is None:
            raise Refusal(404, "Not Found")
        return entry

    # ------------------------------------------------------------------ bounces
    @route("GET", "/bounces")
    def list_bounces(self, request):
        """Oldest first; the last page links to what will come."""
        self.known_parameters(request, *FILTERS)
        filters = {"bounceCategory": "category", "sendingIds": "sendingId"}
        filters["mailingIds"] = "mailingId"
        return self.journal_page(request, "bounce", "inx:bounces", filters)

    def bounce(self, member: Member, category: str) -> None:
        """A mail came back; what follows, the product decides: nothing here."""
        self.store.note(
            self.code,
            "bounce",
            member.list_id,
            member.id,
            category=category,
            email=member.email,
        )
        member.bounced = self.now()
        self.store.save(self.code, [member])


def _shown(entry: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": entry["id"],
        "pattern": entry["pattern"],
        "lastModified": iso(entry["changed"]),
    }
