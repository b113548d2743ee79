"""Mailchimp Marketing API v3, as far as contacts are concerned.

Each audience is on its own: status and values belong to the membership, and there is no
list of blocked addresses. Facts come from the vendor's description and from recorded
traffic, as collected in the provider notes; where those are silent, the docstring says
which reading was chosen. Campaigns, reports and batch webhooks are not spoken: 404.

Login: key ``0123456789abcdef0123456789abcdef-us19`` as Basic password or Bearer; OAuth
client ``sandbox-id`` with secret ``sandbox-secret``. ``/mailchimp/3.0`` is what
``https://us19.api.mailchimp.com/3.0`` is.
"""

from __future__ import annotations

import threading
import time
import uuid
from typing import Any, ClassVar

from werkzeug.wrappers import Response

from ..base import Dialect
from ..links import Links
from .account import Account
from .batch import Batch
from .batches import Batches
from .hooks import Hooks
from .interests import Interests
from .lists import Lists
from .members import Members
from .merge_fields import MergeFields
from .reading import Reading
from .segments import Segments
from .staff import Staff
from .tags import Tags

DOCS = "https://mailchimp.com/developer/marketing/docs/errors/"
TITLES = {
    400: "Bad Request",
    401: "API Key Invalid",
    403: "Forbidden",
    404: "Resource Not Found",
    405: "Method Not Allowed",
    429: "TooManyRequests",
    500: "InternalServerError",
    503: "ComplianceRelated",
}
DETAILS = {
    404: "The requested resource could not be found.",
    405: "The requested method and resource are not compatible.",
}
BLOCKED = "<!DOCTYPE html><html><head><title>Request Blocked</title></head></html>"
#: Oddities that clients report of the real service, each one switchable.
AWKWARD = {
    "no_type": "an error document without `type`",
    "html_errors": "403 and 5xx come as an HTML page of the network in front",
    "late_results": "the result of a batch is answered by 400 once before it is there",
    "tag_case": "names of tags come back in lower case",
    "some_tags": "a member's `tags` are at most two, `tags_count` tells the truth",
}


class Mailchimp(
    Account,
    Lists,
    Reading,
    Members,
    Batch,
    Batches,
    MergeFields,
    Tags,
    Segments,
    Interests,
    Hooks,
    Staff,
    Links,
    Dialect,
):
    """The whole dialect; each base class holds the routes of one subject."""

    code = "mailchimp"
    title = "Mailchimp"
    defaults: ClassVar[dict[str, Any]] = {
        # requests side by side; one more is answered by 429
        "connections": 10,
        # seconds that every request takes
        "latency": 0,
        # seconds for which an audience's stats are cached
        "stats_lag": 300,
        # whether a changed tag moves a member's last_changed
        "tags_touch": False,
        # whether since_last_changed finds what changed in that very second
        "since_inclusive": False,
        # whether a listing without a status holds the archived ones
        "list_archived": True,
        # whether new webhooks get a signing secret
        "sign_webhooks": False,
        # seconds of the sandbox's clock that a batch takes
        "batch_seconds": 4,
        # statuses whose address cannot be changed
        "address_locked": (),
        # the oddities above that are on: a set of names, or True for all
        "awkward": frozenset(),
    }

    def prepare(self) -> None:
        """A new account: no audience."""
        self.open = 0
        self.gate = threading.Lock()
        self.learned = 0
        self.stats_cache: dict[int, tuple[float, dict]] = {}
        self.fetched: set[str] = set()

    def answer(self, request, path):
        """At most so many side by side; every answer has an id."""
        override = request.headers.get("X-HTTP-Method-Override", "").upper()
        if request.method == "POST" and override in ("GET", "PUT", "PATCH", "DELETE"):
            request.method = override
        with self.gate:
            self.open += 1
            full = self.open > self.switches["connections"]
        try:
            if full:
                response = self.error(429)
            else:
                time.sleep(self.switches["latency"])
                response = super().answer(request, path)
        finally:
            with self.gate:
                self.open -= 1
        response.headers["X-Request-Id"] = str(uuid.uuid4())
        return response

    def error(
        self,
        status: int,
        message: str = "",
        title: str = "",
        errors: list[dict[str, str]] | None = None,
        allow: str = "",
    ) -> Response:
        """A problem document; ``errors`` names fields."""
        if self.awkward("html_errors") and (status == 403 or status >= 500):
            return Response(BLOCKED, status, content_type="text/html")
        if status == 429:
            count = self.switches["connections"]
            message = (
                f"You have exceeded the limit of {count} simultaneous connections."
            )
        body: dict[str, Any] = {
            "type": DOCS,
            "title": title or TITLES.get(status, "Error"),
            "status": status,
            "detail": DETAILS.get(status) if not title else message,
            "instance": str(uuid.uuid4()),
        }
        body["detail"] = body["detail"] or message
        if errors:
            body["errors"] = errors
        if self.awkward("no_type"):
            del body["type"]
        response = self.json(body, status)
        response.content_type = "application/problem+json; charset=utf-8"
        if allow:
            response.headers["Allow"] = allow
        return response

    def awkward(self, name: str) -> bool:
        """Whether one of the oddities is on."""
        chosen = self.switches["awkward"]
        return chosen is True or name in (chosen or ())
