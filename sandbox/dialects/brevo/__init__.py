"""Brevo API v3, as far as contacts are concerned.

Mounted as ``https://api.brevo.com`` is: ``/brevo/v3``, with the key :data:`KEY`. Facts
come from the provider notes and the vendor's OpenAPI file; where those are silent, the
docstrings tell the reading chosen, or a setting changes it. Campaigns and exports are
not spoken: 404.
"""

from __future__ import annotations

import math
import re
from collections import deque
from typing import Any, ClassVar

from werkzeug.wrappers import Response

from ...wire import Request
from ..base import Dialect, Refusal, route
from ..jobs import Jobs
from .account import ACCOUNT, OWNER, mail_template
from .attributes import Attributes
from .contacts import Contacts
from .hooks import Hooks
from .imports import Imports
from .lists import Lists
from .opt_in import OptIn
from .people import People
from .staff import Staff

KEY = "xkeysib-" + "0123456789abcdef" * 4 + "-SandboxSandbox00"
CODES = {
    400: "invalid_parameter",
    401: "unauthorized",
    402: "not_enough_credits",
    403: "permission_denied",
    404: "document_not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    422: "unprocessable_entity",
}
IP_HINT = (
    "We have detected you are using an unrecognised IP address 192.0.2.7. If you"
    " performed this action make sure to add the new IP address in this link:"
    " https://app.brevo.com/security/authorised_ips"
)
#: ends of addresses that the network in front takes for files
FILE_ENDINGS = re.compile(r"\.(old|back|tar|zip)$")


class Brevo(
    Jobs, Contacts, Lists, Attributes, Imports, OptIn, Hooks, People, Staff, Dialect
):
    """The whole dialect; each base class holds the routes of one subject."""

    code = "brevo"
    title = "Brevo"
    wait_header = "x-sib-ratelimit-reset"
    defaults: ClassVar[dict[str, Any]] = {
        # the two budgets: /contacts, and everything else
        "contacts_per_second": 10,
        "contacts_per_hour": 36_000,
        "others_per_hour": 100,
        # minutes that the account's time is ahead of UTC; None: times are told in UTC
        "time_offset": 120,
        # code of a duplicate: duplicate_parameter, or invalid_parameter as since 2026
        "duplicate_code": "duplicate_parameter",
        # polls before an import is told to be at its end, and that end: completed,
        # failed (nothing is done then) or cancelled (the same)
        "job_polls": 1,
        "import_end": "completed",
        # how a process tells its bad rows: "number", "url" of a file, or "null"
        "import_invalid": "url",
        # whether an import with emailBlacklist false lifts a block: not documented
        "import_lifts_block": True,
        # bytes of an import above which the answer is 400
        "max_import": 10_000_000,
        # add and remove answer without the "contacts" around
        "flat_answers": False,
        # totalSubscribers and totalBlacklisted are counted, else 0 as announced
        "old_counts": True,
        # a change of the block alone moves modifiedAt
        "block_moves_modified": True,
        # `statistics` tell why somebody is blocked, else they are empty
        "statistics": True,
        # the caller's address is not among those that the account allows
        "foreign_ip": False,
    }

    def prepare(self) -> None:
        """A new account: everybody's list, a folder, attributes, two templates."""
        super().prepare()
        self._seconds: deque[float] = deque()
        self._hours: dict[str, deque[float]] = {"contacts": deque(), "others": deque()}
        self._errors = 0
        lists = self.store.lists(self.code)
        pools = [entry for entry in lists if entry.data.get("hidden")]
        if not pools:
            pools = [self.store.add_list(self.code, "Contacts", hidden=True)]
            self.prepare_account()
        #: the list of everybody, with the status that counts in the whole account
        self.pool = pools[0].id

    def prepare_account(self) -> None:
        """What stands in a new account."""
        for name in ("LASTNAME", "FIRSTNAME", "SMS", "EXT_ID"):
            self.keep_attribute(name, "normal", type="text")
        self.keep_attribute("DOUBLE_OPT-IN", "category", enumeration=["Yes", "No"])
        self.new_folder("Your First Folder", 1)
        for number, tag in ((1, "optin"), (2, "newsletter")):
            self.store.put(self.code, "template", number, mail_template(number, tag))

    # ------------------------------------------------------------------ service
    def path(self, path: str) -> str:
        """Without the version."""
        return path.removeprefix("/v3") if path.startswith("/v3/") else "/v2" + path

    def answer(self, request: Request, path: str) -> Response:
        """The network in front answers for what it takes for an attack."""
        if request.method == "DELETE" and FILE_ENDINGS.search(path):
            page = "<html><body><h1>403 Forbidden</h1></body></html>"
            return Response(page, 403, content_type="text/html")
        return super().answer(request, path)

    def admit(self, request: Request, login: bool) -> None:
        """Login first: an unknown key has no budget."""
        super().admit(request, login)
        if login:
            self._spend(request.path.startswith(f"/{self.code}/v3/contacts"))

    def login(self, request: Request) -> None:
        """The key in a header of its own."""
        key = request.headers.get("api-key")
        if not key:
            raise Refusal(401, "authentication not found in headers")
        if key != KEY:
            raise Refusal(401, "Key not found")
        if self.switches["foreign_ip"]:
            raise Refusal(401, IP_HINT)

    def _spend(self, contacts: bool) -> None:
        now = self.sandbox.clock.now()
        name = "contacts" if contacts else "others"
        budgets = [(self._hours[name], self.switches[f"{name}_per_hour"], 3600)]
        if contacts:
            budgets.append((self._seconds, self.switches["contacts_per_second"], 1))
        for taken, limit, span in budgets:
            while taken and taken[0] <= now - span:
                taken.popleft()
            if len(taken) >= limit:
                left = math.ceil(taken[0] + span - now)
                raise Refusal(429, "API rate limit exceeded", reset=left)
        for taken, limit, span in budgets:
            taken.append(now)
            left = math.ceil(taken[0] + span - now)
            self._budget = (limit, limit - len(taken), left)

    def json(self, data: Any, status: int = 200, **headers: str) -> Response:
        """JSON, with the budget and a number for the support."""
        response = super().json(data, status, **headers)
        response.headers["sib-request-id"] = f"sandbox-{len(self.sandbox.requests)}"
        limit, remaining, reset = getattr(self, "_budget", (0, 0, 0))
        response.headers["x-sib-ratelimit-limit"] = str(limit)
        response.headers["x-sib-ratelimit-remaining"] = str(remaining)
        response.headers["x-sib-ratelimit-reset"] = str(reset)
        return response

    def done(self, status: int = 204) -> Response:
        """Nothing to say."""
        response = self.json(None, status)
        response.set_data(b"")
        return response

    def error(self, status: int, message: str = "", **more: Any) -> Response:
        """``code``, ``message``, perhaps ``metadata``; their order varies."""
        code = more.get("code") or CODES.get(status, "bad_request")
        body = {"code": code, "message": message}
        self._errors += 1
        if self._errors % 2:
            body = {"message": message, "code": code}
        if more.get("metadata"):
            body["metadata"] = more["metadata"]
        response = self.json(body, status)
        if "reset" in more:
            response.headers["x-sib-ratelimit-remaining"] = "0"
            response.headers["x-sib-ratelimit-reset"] = str(more["reset"])
        return response

    # ------------------------------------------------------------------ account
    @route("GET", "/account")
    def account(self, request):
        """Who is logged in, and the plan."""
        return ACCOUNT
