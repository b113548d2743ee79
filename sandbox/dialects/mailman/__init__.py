"""GNU Mailman 3 core, REST API 3.1: lists, members, requests, addresses, users, bans.

Written from the provider notes, which were measured on Mailman 3.3.10. Two kinds of
records hold a person: the *address book*, one hidden list with every address the server
ever met, and the membership of a list. Leaving deletes the membership and nothing else,
so nobody can tell who left from who never came. The order and the texts of refusals are
those of the real server.

Login: user ``restadmin``, password ``restpass``. Domain ``news.example.test``.
"""

from __future__ import annotations

from typing import Any, ClassVar

from werkzeug.wrappers import Response

from ...routing import phrase
from ..base import Dialect, Refusal
from .addresses import Addresses
from .bans import Bans
from .lists import Lists
from .members import Members
from .requests import Requests
from .staff import Staff
from .subscribing import Subscribing

USER, PASSWORD = "restadmin", "restpass"

#: Oddities of installations, each one switchable.
AWKWARD = {
    "foreign_links": "links name the host of the configuration, not the one asked",
}


class Mailman(Lists, Members, Subscribing, Requests, Addresses, Bans, Staff, Dialect):
    """The whole dialect; each base class holds the routes of one subject."""

    code = "mailman"
    title = "GNU Mailman 3"
    defaults: ClassVar[dict[str, Any]] = {
        # the oddities above that are on: a set of names, or True for all
        "awkward": frozenset(),
    }

    def prepare(self) -> None:
        """A new server: one domain, an empty address book, no list."""
        books = [b for b in self.store.lists(self.code) if b.data.get("hidden")]
        if not books:
            books = [self.store.add_list(self.code, "addresses", hidden=True)]
            self.new_domain("news.example.test")
        self.book = books[0].id

    def login(self, request) -> None:
        """HTTP Basic with the one pair of the whole server."""
        given = request.authorization
        if not given or (given.username, given.password) != (USER, PASSWORD):
            raise Refusal(401, "REST API authorization failed")

    def error(self, status: int, message: str = "", **more: Any) -> Response:
        """``{"title", "description"}``; not found and server faults have no text."""
        body = {"title": f"{status} {phrase(status)}"}
        if message and status not in (404, 500):
            body["description"] = message
        response = self.json(body, status)
        if status == 401:
            response.headers["WWW-Authenticate"] = 'Basic realm="mailman3-rest"'
        return response

    def awkward(self, name: str) -> bool:
        """Whether one of the oddities is on."""
        chosen = self.switches["awkward"]
        return chosen is True or name in (chosen or ())

    def link(self, path: str) -> str:
        """An absolute link to a resource, made from the configured host and port."""
        base = self.sandbox.url(self.code)
        if self.awkward("foreign_links"):
            base = "http://mailman-core.example.test:8001"
        return f"{base}/3.1/{path}"
