"""Inxmail Professional REST API ("xpro rest v1"), as far as contacts are concerned.

Mounted as ``https://api.inxmail.com`` is: ``/inxmail/<customer>/rest/v1``, with the
customer ``sandbox``, key ``sandbox-key`` and secret ``sandbox-secret``.

Facts come from the provider notes. What these call unknown answers 501, so that nobody
comes to depend on a guess; where a key or a status had to be chosen anyway, a setting
changes it. Mailings and reports are not spoken: 501 as well.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar

from werkzeug.wrappers import Response

from ...wire import Request
from ..base import Dialect, Refusal, route
from ..jobs import Jobs
from .attributes import Attributes
from .blocking import Blocking
from .collections import Collections
from .events import Events
from .imports import Imports
from .lists import Lists
from .recipients import Recipients
from .staff import Staff

CUSTOMER, KEY, SECRET = "sandbox", "sandbox-key", "sandbox-secret"
PREFIX = f"/{CUSTOMER}/rest/v1"
RELATIONS = {
    "inx:attributes": "/attributes",
    "inx:recipients": "/recipients",
    "inx:lists": "/lists",
    "inx:recipient-imports": "/imports/recipients",
    "inx:subscription-events": "/events/subscriptions",
    "inx:unsubscription-events": "/events/unsubscriptions",
    "inx:bounces": "/bounces",
    "inx:blacklist-entries": "/blacklist-entries",
}
HAL, PLAIN = "application/hal+json", "application/json"
PROBLEM = "application/problem+json"


class Inxmail(
    Jobs,
    Lists,
    Attributes,
    Recipients,
    Events,
    Imports,
    Blocking,
    Collections,
    Staff,
    Dialect,
):
    """The whole dialect; each base class holds the routes of one subject."""

    code = "inxmail"
    title = "Inxmail"
    wait_header = "X-RateLimit-Reset"
    defaults: ClassVar[dict[str, Any]] = {
        # requests in each window of sixty seconds
        "requests_per_minute": 600,
        # polls before an import is told to be at its end
        "job_polls": 1,
        # bytes of an import above which the answer is 413
        "max_import": 20_000_000,
        # what importConflictMode is when it is not given; an empty cell empties
        "import_conflict_mode": "UPDATE",
        # what an error of an import says in `value`: the "address" or the whole "line"
        "import_error_value": "address",
        # status for something that exists already, which no source tells
        "conflict_status": 409,
        # name of the time in events and bounces, which no source tells
        "event_time_key": "creationDate",
        # seconds for which the number of a list's recipients is cached
        "count_lag": 0,
        # what a new list is like: asks who comes, asks who leaves, and deletes
        # recipients who leave their last list
        "double_opt_in": False,
        "confirm_unsubscribe": False,
        "delete_unlisted": False,
        # first segments of paths for which the credential lacks the role
        "missing_roles": frozenset(),
    }

    def prepare(self) -> None:
        """A new account: the pool of everybody, some attributes with odd names."""
        super().prepare()
        self._window, self._used = 0.0, 0
        self._counts: dict[int, tuple[float, int]] = {}
        lists = self.store.lists(self.code)
        pools = [entry for entry in lists if entry.data.get("hidden")]
        if not pools:
            pools = [self.store.add_list(self.code, "System", hidden=True)]
            for name, kind in (
                ("Vorname", "TEXT"),
                ("Nachname", "TEXT"),
                ("Kunden-Nr.", "INTEGER"),
                ("Umsatz", "FLOATING_POINT_NUMBER"),
                ("Geburtstag", "DATE_ONLY"),
                ("Letzter Kauf", "DATE_AND_TIME"),
                ("VIP Kunde", "BOOLEAN"),
            ):
                self.new_attribute({"name": name, "type": kind})
        #: the list of everybody, whom the API calls the recipients
        self.pool = pools[0].id

    # ------------------------------------------------------------------ service
    def path(self, path: str) -> str:
        """Without the customer; another customer's paths exist nowhere."""
        if not path.startswith(PREFIX):
            return "/another-customer" + path
        return path.removeprefix(PREFIX) or "/"

    def answer(self, request: Request, path: str) -> Response:
        """Every answer tells the budget, and sets a cookie that means nothing."""
        response = super().answer(request, path)
        response.set_cookie("JSESSIONID", "0" * 32, path="/inxmail3", httponly=True)
        return response

    def admit(self, request: Request, login: bool) -> None:
        """Budget, login, role, and the content types."""
        self._spend()
        super().admit(request, login)
        self._negotiate(request)

    def login(self, request: Request) -> None:
        """HTTP Basic with key and secret."""
        given = request.authorization
        if not given or (given.username, given.password) != (KEY, SECRET):
            raise Refusal(401, "Full authentication is required")
        segment = self.path(request.path.removeprefix(f"/{self.code}")).split("/")[1:]
        if segment and segment[0] in self.switches["missing_roles"]:
            raise Refusal(403, "Access is denied")

    def _negotiate(self, request: Request) -> None:
        if request.accept_mimetypes and not request.accept_mimetypes[HAL]:
            raise Refusal(406, "Not Acceptable")
        importing = request.path.endswith("/imports/recipients")
        wanted = {
            "POST": ("multipart/form-data",) if importing else (HAL, PLAIN),
            "PUT": (HAL, PLAIN),
            "PATCH": ("application/merge-patch+json",),
        }.get(request.method)
        if wanted and request.mimetype not in wanted:
            raise Refusal(415, f"Content type '{request.mimetype}' not supported")

    def _spend(self) -> None:
        now = self.sandbox.clock.now()
        if not self._window <= now < self._window + 60:
            self._window, self._used = now, 0
        if self._used >= self.switches["requests_per_minute"]:
            raise Refusal(429, "Too Many Requests")
        self._used += 1

    def _told(self, response: Response) -> Response:
        """The answer with the budget in its headers."""
        limit = self.switches["requests_per_minute"]
        left = self._window + 60 - self.sandbox.clock.now()
        response.headers["X-RateLimit-Limit"] = str(limit)
        response.headers["X-RateLimit-Remaining"] = str(max(0, limit - self._used))
        response.headers["X-RateLimit-Reset"] = str(max(0, math.ceil(left)))
        return response

    def json(self, data: Any, status: int = 200, **headers: str) -> Response:
        """HAL."""
        response = super().json(data, status, **headers)
        response.content_type = f"{HAL};charset=UTF-8"
        return self._told(response)

    def done(self) -> Response:
        """204."""
        return self._told(Response(status=204))

    def error(self, status: int, message: str = "", **more: Any) -> Response:
        """A problem; ``invalid`` (field -> problem) makes it one of validation."""
        kind = "https://apidocs.inxmail.com/xpro/rest/v1/errors"
        body: dict[str, Any] = {"type": kind, "title": message}
        if "invalid" in more:
            fields = more["invalid"].items()
            body |= {
                "generalErrors": [],
                "invalidFields": [{"field": f, "problem": p} for f, p in fields],
                "_links": {},
            }
        else:
            body["detail"] = message
        response = self.json(body, status)
        response.content_type = PROBLEM
        return response

    # --------------------------------------------------------------- entry point
    @route("GET", "/")
    def entry_point(self, request):
        """Where everything is."""
        links = {
            name: {"href": self.href(request, path)} for name, path in RELATIONS.items()
        }
        curie = "https://apidocs.inxmail.com/xpro/rest/v1/relations/{rel}"
        links["curies"] = [{"href": curie, "name": "inx", "templated": True}]
        return {"_links": links}

    @route("GET", "/serverinfo", "/tracking-permissions", "/mailings", "/sendings")
    @route("GET", "/clicks", "/web-beacon-hits", "/events/tracking-permissions")
    @route("GET", "/recipients/<who>/lists", "/memberships", "/lists/<who>/recipients")
    @route("POST", "/memberships", "/lists/<who>/recipients", "/mailings", "/sendings")
    @route("DELETE", "/attributes/<who>", "/memberships", "/lists/<who>/recipients/<x>")
    @route("PUT", "/attributes/<who>")
    def unknown(self, request, **names):
        """Exists, or may exist, but no source tells how it looks."""
        raise Refusal(501, "not known to the sandbox: see the provider notes")

    def href(self, request: Request, path: str) -> str:
        """A whole URL of this API."""
        return f"http://{request.host}/{self.code}{PREFIX}{path}"
