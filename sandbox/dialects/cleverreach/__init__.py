"""CleverReach REST API v3, as far as contacts are concerned.

Facts come from the vendor's documentation and from working client code, as collected in
the provider notes; where those are silent the docstring says which reading was chosen,
and it is always the one that makes a careless client fail. Mailings and reports are not
spoken: 404.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar

from werkzeug.wrappers import Response

from ..base import Dialect
from .attributes import Attributes
from .blocking import Blocking
from .forms import Forms
from .groups import Groups
from .hooks import Hooks
from .oauth import OAuth
from .people import People
from .reading import Reading
from .segments import Segments
from .staff import Staff
from .writing import Writing

#: Oddities that clients report of the real service, each one switchable.
AWKWARD = {
    "wrapped": "a single object comes as a list of one, every other time",
    "int_ids": "ids are numbers instead of strings",
    "row_objects": "refused rows of a batch are objects with `status`, not strings",
    "error_200": "errors (but not 401) have the HTTP status 200",
    "doi_object": "a form's send call answers with an object, not the bare address",
    "blocked_accepted": "writing a blacklisted address works, though nobody mails it",
}


class CleverReach(
    OAuth,
    Groups,
    Segments,
    Attributes,
    Reading,
    Writing,
    People,
    Blocking,
    Forms,
    Hooks,
    Staff,
    Dialect,
):
    """The whole dialect; each base class holds the routes of one subject."""

    code = "cleverreach"
    title = "CleverReach"
    defaults: ClassVar[dict[str, Any]] = {
        # seconds that an access token lives; vendors' samples say 30 days or a year
        "token_lifetime": 30 * 86400,
        # whether a refresh gives a new refresh token and voids the old pair
        "rotation": True,
        # rows in one call above which the answer is 413
        "max_batch": 1000,
        # the oddities above that are on: a set of names, or True for all
        "awkward": frozenset(),
        # seconds for which a group's stats are cached
        "stats_lag": 0,
        # the account setting that blacklists everybody who unsubscribes
        "block_unsubscribers": False,
    }

    def prepare(self) -> None:
        """A new account: some usual attributes, no group."""
        self.turn = 0
        self.stats_cache: dict[int, tuple[float, dict]] = {}
        if not self.store.find(self.code, "attribute"):
            for name in ("Firstname", "Lastname", "Salutation", "Company", "City"):
                self.new_attribute(name, "text")

    def path(self, path: str) -> str:
        """``/v3/groups.json`` is ``/v3/groups``: suffix of the first segment only."""
        return re.sub(r"^(/v3/[^/]+)\.json(?=/|$)", r"\1", path)

    def error(self, status: int, message: str = "", **more: Any) -> Response:
        """``{"error": {"code", "message"}}``; the token endpoint has its own form."""
        if "oauth" in more:
            body = {"error": more["oauth"], "error_description": message}
        else:
            body = {"error": {"code": status, "message": message}}
        if self.awkward("error_200") and status != 401:
            status = 200
        return self.json(body, status)

    def awkward(self, name: str) -> bool:
        """Whether one of the oddities is on."""
        chosen = self.switches["awkward"]
        return chosen is True or name in (chosen or ())

    def one(self, data: dict[str, Any]) -> Any:
        """A single object, which may come wrapped."""
        if not self.awkward("wrapped"):
            return data
        self.turn += 1
        return [data] if self.turn % 2 else data

    @property
    def id(self) -> type[str | int]:
        """Makes an id as the service spells it: ``self.id(7)``."""
        return int if self.awkward("int_ids") else str
