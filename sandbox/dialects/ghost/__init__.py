"""Ghost 5: the Admin API for members, newsletters, labels, events, webhooks; sign-up.

Facts were measured on Ghost 5.130.6 with SQLite, as collected in the provider notes;
``make test-ghost`` runs the same tests on the real server. One hidden list, the *pool*,
holds all members. A newsletter is a list; leaving it deletes the membership, and only
an event remembers it. Offers, tiers, posts and the CSV import are not spoken: 404.

Login: :data:`KEY`. Mails stand in the journal as ``mail``, each with its link.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from typing import Any, ClassVar

from werkzeug.wrappers import Response

from ...routing import phrase
from ..base import Dialect, Refusal, route
from .events import Events
from .hooks import Hooks
from .members import Members
from .newsletters import Newsletters
from .public import Public
from .staff import Staff

KEY_ID, SECRET = "6489c1d1f8a7b1a1c0de0001", "5a" * 32
#: as it is entered into a connection
KEY = f"{KEY_ID}:{SECRET}"
#: seconds after its making for which a token is taken
TOKEN_AGE = 300


class Ghost(Newsletters, Members, Events, Hooks, Public, Staff, Dialect):
    """The whole dialect; each base class holds the routes of one subject."""

    code = "ghost"
    title = "Ghost"
    defaults: ClassVar[dict[str, Any]] = {
        # whether anybody may sign up; else the link is refused
        "allow_signup": True,
    }

    def prepare(self) -> None:
        """A new site: an empty pool, and the newsletter that it comes with."""
        pools = [p for p in self.store.lists(self.code) if p.data.get("hidden")]
        if not pools:
            pools = [self.store.add_list(self.code, "members", hidden=True)]
            self.pool = pools[0].id
            self.add_newsletter("Newsletter", {}, slug="default-newsletter")
        self.pool = pools[0].id

    def login(self, request) -> None:
        """A token signed with the key, not older than five minutes by its ``iat``."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Ghost":
            raise Refusal(403, "Authorization failed", type="NoPermissionError")
        signed, _, signature = token.rpartition(".")
        try:
            head, claims = (json.loads(_decoded(part)) for part in signed.split("."))
            given = _decoded(signature)
        except ValueError:
            raise self._refused("INVALID_JWT") from None
        if head.get("kid") != KEY_ID:
            raise self._refused("UNKNOWN_ADMIN_API_KEY")
        digest = hmac.new(bytes.fromhex(SECRET), signed.encode(), hashlib.sha256)
        age = self.now() - claims.get("iat", 0)
        good = hmac.compare_digest(given, digest.digest())
        fits = age <= TOKEN_AGE and claims.get("aud") == "/admin/"
        if not (good and fits and head.get("alg") == "HS256"):
            raise self._refused("INVALID_JWT")

    def _refused(self, code: str) -> Refusal:
        return Refusal(401, "Invalid token", type="UnauthorizedError", code=code)

    def error(self, status: int, message: str = "", **more: Any) -> Response:
        """A list of one error; the human reason is its ``context``."""
        status = 404 if status == 405 else status
        kinds = {404: "NotFoundError", 422: "ValidationError", 400: "BadRequestError"}
        told = {
            "message": phrase(status),
            "context": message or None,
            "type": kinds.get(status, "InternalServerError"),
            "details": None,
            "property": None,
            "help": None,
            "code": None,
            "id": "",
        }
        if "public" in more:  # the site's own routes tell the reason elsewhere
            told |= {"message": more.pop("public"), "context": None}
        return self.json({"errors": [told | more]}, status)

    @route("GET", "/ghost/api/admin/site/", login=False)
    def site(self, request):
        """The site's name; no login is asked for."""
        site = {"title": "Sandbox", "url": self.sandbox.url(self.code) + "/"}
        return {"site": {**site, "version": "5.130"}}

    def wrapped(self, request, name: str) -> dict[str, Any]:
        """The single object that was sent: ``{"members": [{…}]}``."""
        rows = self.body(request).get(name)
        if not isinstance(rows, list) or not rows or not isinstance(rows[0], dict):
            raise Refusal(400, f"No root key ('{name}') provided.")
        if len(rows) > 1:
            raise Refusal(422, f"Validation (maxItems) failed for {name}")
        return rows[0]


def _decoded(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as problem:
        raise ValueError(str(problem)) from None
