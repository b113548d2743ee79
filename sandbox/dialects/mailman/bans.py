"""Addresses that may not be subscribed: for the whole server, or for one list."""

from __future__ import annotations

import re
from typing import Any

from ..base import Refusal, route
from .shapes import arguments, created, no_content, paged, tagged


class Bans:
    """A ban keeps people out; who is a member already stays one.

    An entry that begins with ``^`` is a regular expression. All others are kept as they
    were typed and compared letter by letter with addresses in lower case: a ban with a
    capital letter keeps nobody out.
    """

    @route("GET", "/3.1/bans")
    def list_bans(self, request):
        """The server's."""
        return paged(request, self._bans(0))

    @route("POST", "/3.1/bans")
    def ban(self, request):
        """One more for the server."""
        return self._ban(request, 0)

    @route("GET", "/3.1/bans/<email>")
    def read_ban(self, request, email):
        """One of the server's."""
        return self._read(email, 0)

    @route("DELETE", "/3.1/bans/<email>")
    def unban(self, request, email):
        """Off the server's; nobody is subscribed by it."""
        return self._unban(email, 0)

    @route("GET", "/3.1/lists/<list_id>/bans")
    def list_bans_of_list(self, request, list_id):
        """A list's own."""
        return paged(request, self._bans(self.list(list_id).id))

    @route("POST", "/3.1/lists/<list_id>/bans")
    def ban_from_list(self, request, list_id):
        """One more for a list."""
        return self._ban(request, self.list(list_id).id)

    @route("DELETE", "/3.1/lists/<list_id>/bans/<email>")
    def unban_from_list(self, request, list_id, email):
        """Off a list's own."""
        return self._unban(email, self.list(list_id).id)

    # ----------------------------------------------------------------- shared
    def is_banned(self, email: str, list_id: int) -> bool:
        """Whether the server or the list keeps an address out."""
        entries = [ban["email"] for scope in (0, list_id) for ban in self._bans(scope)]
        return any(
            re.match(entry, email, re.IGNORECASE)
            if entry.startswith("^")
            else entry == email
            for entry in entries
        )

    def keep_out(self, email: str, scope: int) -> None:
        """Add an entry; ``scope``: a list's number, 0 for the whole server."""
        ban: dict[str, Any] = {"email": email, "self_link": self.link(f"bans/{email}")}
        if scope:
            ban["list_id"] = self.entry(scope).data["list_id"]
        self.store.put(self.code, "ban", email, ban, scope)

    def _bans(self, scope: int) -> list[dict[str, Any]]:
        return self.store.find(self.code, "ban", scope)

    def _ban(self, request, scope: int):
        email = arguments(request, email=str)["email"]
        if self.is_banned(email, scope):
            raise Refusal(400, "Address is already banned")
        self.keep_out(email, scope)
        return created(self.link(f"bans/{email}"))

    def _read(self, email: str, scope: int):
        found = self.store.get(self.code, "ban", email, scope)
        if not found:
            raise Refusal(404)
        return tagged(found)

    def _unban(self, email: str, scope: int):
        if not self.is_banned(email, scope):
            raise Refusal(404)
        self.store.drop(self.code, "ban", email, scope)
        return no_content()
