"""listmonk's API: lists, subscribers, memberships, import, bounces, the public form.

Facts come from listmonk's source, as collected in the provider notes. A subscriber has
a status of its own (enabled, disabled, blocklisted) and one for each membership
(unconfirmed, confirmed, unsubscribed); one hidden list, the *pool*, holds everybody.
Whether somebody unconfirmed gets mail depends on the list: only double opt-in waits.

Login: API user ``odoo``, token ``sandbox-token``. Campaigns are not spoken: 404.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any, ClassVar

from werkzeug.wrappers import Response

from ..base import Dialect, Refusal, route
from ..jobs import Jobs
from ..links import Links
from .bounces import Bounces
from .imports import Imports
from .lists import Lists
from .memberships import Memberships
from .public import Public
from .query import Query
from .reading import Reading
from .staff import Staff
from .texts import TEXTS
from .writing import Writing

USER, TOKEN = "odoo", "sandbox-token"
RIGHTS = (
    "lists:get_all",
    "lists:manage_all",
    "subscribers:get",
    "subscribers:get_all",
    "subscribers:manage",
    "subscribers:import",
    "subscribers:sql_query",
    "bounces:get",
    "bounces:manage",
    "webhooks:post_bounce",
)


class Listmonk(
    Lists,
    Reading,
    Query,
    Writing,
    Memberships,
    Imports,
    Bounces,
    Public,
    Staff,
    Links,
    Jobs,
    Dialect,
):
    """The whole dialect; each base class holds the routes of one subject."""

    code = "listmonk"
    title = "listmonk"
    defaults: ClassVar[dict[str, Any]] = {
        # below v6.1.0 there is no PATCH
        "version": "v6.2.0",
        # language of the messages: en or de
        "language": "en",
        # rights that the API user lacks, of RIGHTS
        "missing_rights": frozenset(),
        # whether opt-in mails go out
        "send_optin_confirmation": True,
        # domains that may not be subscribed
        "domain_blocklist": frozenset(),
        # polls before an import is told to be at its end
        "job_polls": 1,
    }

    def prepare(self) -> None:
        """A new installation: an empty pool, no list."""
        super().prepare()
        pools = [p for p in self.store.lists(self.code) if p.data.get("hidden")]
        pools = pools or [self.store.add_list(self.code, "subscribers", hidden=True)]
        self.pool = pools[0].id

    def login(self, request) -> None:
        """Every failure is 403. A session's cookie outranks the header."""
        if "session=" in request.headers.get("Cookie", ""):
            raise Refusal(403, "invalid session")
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        if not scheme:
            raise Refusal(403, "invalid session")
        if scheme.lower() == "basic":
            try:
                given = base64.b64decode(given, validate=True).decode()
            except (binascii.Error, UnicodeDecodeError):
                given = ""
        elif scheme.lower() != "token":
            raise Refusal(403, "code=400, message=unknown Authorization scheme")
        if given != f"{USER}:{TOKEN}":
            raise Refusal(403, "invalid API credentials")

    def needs(self, right: str) -> None:
        """Refuse what this user may not do."""
        if right in self.switches["missing_rights"]:
            raise Refusal(403, f"permission denied: {right}")

    def error(self, status: int, message: str = "", **more: Any) -> Response:
        """``{"message"}``."""
        if status in (404, 405):
            message = f"{status} unknown endpoint"
        return self.json({"message": message}, status)

    def text(self, name: str, **values: Any) -> str:
        """A message in the installation's language."""
        return TEXTS[self.switches["language"]][name].format(**values)

    # ------------------------------------------------------------------ probes
    @route("GET", "/health", login=False)
    @route("GET", "/api/health")
    def health(self, request):
        """Alive; with the login at the second path."""
        return {"data": True}

    @route("GET", "/api/about")
    def about(self, request):
        """The version decides whether there is PATCH."""
        return {"data": {"version": self.switches["version"], "build": "sandbox"}}

    @route("GET", "/api/profile")
    def profile(self, request):
        """Who is logged in, and what that user may do."""
        rights = [r for r in RIGHTS if r not in self.switches["missing_rights"]]
        role = {"id": 2, "name": "Odoo", "permissions": rights}
        return {
            "data": {
                "id": 3,
                "username": USER,
                "name": "Odoo",
                "email": None,
                "type": "api",
                "status": "enabled",
                "user_role": role,
            }
        }
