"""The sandbox's own paths, below ``/_sandbox``: its switches, by HTTP.

Bodies are JSON, or the fields of a form on the page, which then leads back to the page.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from werkzeug.wrappers import Response

from .routing import Refusal, Router, route
from .wire import Request

if TYPE_CHECKING:
    from .server import Sandbox

#: fields of a form that are numbers; all others are text
NUMBERS = {"times", "skip", "status", "id", "list_id", "number"}
NUMBERS |= {"unsubscribed", "bounced", "pending", "rate_limit"}
DECIMALS = {"rate", "seconds", "advance", "freeze"}


class Control(Router):
    """Faults, log, acts, clock, settings, seeds."""

    def __init__(self, sandbox: Sandbox):
        self.sandbox = sandbox

    def admit(self, request: Request, login: bool) -> None:
        """Refuse other sites' pages: a browser names where a form came from."""
        origin = request.headers.get("Origin")
        if origin and urlsplit(origin).netloc != request.host:
            raise Refusal(403, "from another site")

    # ------------------------------------------------------------------ faults
    @route("GET", "/_sandbox/faults")
    def list_faults(self, request):
        """The faults that are set."""
        return [fault.as_dict() for fault in self.sandbox.faults.all()]

    @route("POST", "/_sandbox/faults")
    def add_fault(self, request):
        """Set one; the fields are those of ``Fault``."""
        try:
            fault = self.sandbox.faults.add(**self.given(request))
        except (TypeError, ValueError, re.error) as problem:
            raise Refusal(400, str(problem)) from None
        return self.done(request, fault.as_dict())

    @route("DELETE", "/_sandbox/faults")
    @route("POST", "/_sandbox/faults/clear")
    def clear_faults(self, request):
        """Remove one (``id``) or all."""
        id = request.args.get("id") or request.form.get("id") or 0
        self.sandbox.faults.clear(int(id))
        return self.done(request, True)

    # --------------------------------------------------------------------- log
    @route("GET", "/_sandbox/requests")
    def list_requests(self, request):
        """The newest requests; ``tool``, ``method``, ``path``, ``last`` choose."""
        args = request.args
        entries = self.sandbox.requests.all(
            args.get("method", ""), args.get("path", ""), args.get("tool", "")
        )
        return [
            {
                "at": entry.at,
                "tool": entry.tool,
                "method": entry.method,
                "path": entry.path,
                "query": entry.query,
                "status": entry.status,
                "fault": entry.fault,
                "seconds": round(entry.seconds, 4),
            }
            for entry in entries[-int(args.get("last", 100)) :]
        ]

    @route("DELETE", "/_sandbox/requests")
    def clear_requests(self, request):
        """Forget them."""
        self.sandbox.requests.clear()
        return True

    @route("GET", "/_sandbox/journal/<kind>")
    def journal(self, request, kind):
        """What happened: reactivation, mail, delivery, event or clear."""
        newest = int(request.args.get("last", 0))
        return self.sandbox.store.notes(kind, newest=newest)

    # -------------------------------------------------------------------- acts
    @route("POST", "/_sandbox/act")
    def act(self, request):
        """``tool``, ``act``, ``list_id``, ``email``, and what the act needs.

        A form gives each value of ``values`` as a field ``value.<name>``.
        """
        given = self.given(request)
        values = {k[6:]: given.pop(k) for k in list(given) if k.startswith("value.")}
        given |= {"values": values} if values else {}
        try:
            tool, name = self.sandbox.tools[given.pop("tool")], given.pop("act")
            list_id = tool.list_number(given.pop("list_id"))
            email = str(given.pop("email"))
            result = tool.act(name, list_id, email, **given)
        except (KeyError, TypeError, ValueError) as problem:
            raise Refusal(400, f"not understood: {problem}") from None
        return self.done(request, result)

    @route("POST", "/_sandbox/seed")
    def seed(self, request):
        """``tool``, ``list_id`` or the ``name`` of a new list, ``number`` and more."""
        given = self.given(request)
        tool = self.sandbox.tools.get(given.pop("tool", ""))
        if tool is None:
            raise Refusal(400, "unknown tool")
        list_id, name = given.pop("list_id", 0), given.pop("name", "")
        list_id = int(list_id) if list_id else tool.new_list(name or "Newsletter")
        try:
            tool.seed(list_id, int(given.pop("number", 0)), **given)
        except TypeError as problem:
            raise Refusal(400, str(problem)) from None
        return self.done(request, {"list_id": list_id})

    # ---------------------------------------------------------------- switches
    @route("GET", "/_sandbox/settings")
    def settings(self, request):
        """All settings: the common ones, then by tool."""
        tools = self.sandbox.tools.items()
        return self.sandbox.settings | {
            code: {key: _plain(value) for key, value in tool.switches.items()}
            for code, tool in tools
        }

    @route("POST", "/_sandbox/settings")
    def change_settings(self, request):
        """Change some."""
        try:
            self.sandbox.set(**self.given(request))
        except ValueError as problem:
            raise Refusal(400, str(problem)) from None
        return self.done(request, True)

    @route("GET", "/_sandbox/clock")
    def clock(self, request):
        """The sandbox's time."""
        return {"now": self.sandbox.clock.now()}

    @route("POST", "/_sandbox/clock")
    def move_clock(self, request):
        """``advance`` by seconds, ``freeze`` at a time, or ``run``."""
        given = self.given(request)
        if "freeze" in given:
            self.sandbox.clock.freeze(float(given["freeze"]))
        if given.get("run"):
            self.sandbox.clock.run()
        self.sandbox.clock.advance(float(given.get("advance", 0)))
        return self.done(request, self.clock(request))

    @route("POST", "/_sandbox/reset")
    def reset(self, request):
        """An empty account again."""
        self.sandbox.reset()
        return self.done(request, True)

    # ------------------------------------------------------------------ shared
    def given(self, request: Request) -> dict[str, Any]:
        """The JSON body, or a form's filled-in fields with numbers made numbers.

        JSON is known by its brace, so that ``curl -d`` needs no header.
        """
        if request.get_data()[:1] in (b"", b"{"):
            return self.body(request)
        given: dict[str, Any] = {
            key: value
            for key, value in request.form.items()
            if key != "back" and (value or key.startswith("value."))
        }
        for key in given.keys() & (NUMBERS | DECIMALS):
            given[key] = (int if key in NUMBERS else float)(given[key])
        return given

    def done(self, request: Request, result: Any) -> Any:
        """The result; for a form on the page, the way back to it."""
        if request.get_data()[:1] in (b"", b"{"):
            return result
        back = urlsplit(request.form.get("back") or request.headers.get("Referer", ""))
        # The path alone: a form must not lead to another site.
        target = "/" + back.path.lstrip("/") + (f"?{back.query}" if back.query else "")
        return Response(status=303, headers={"Location": target})


def _plain(value: Any) -> Any:
    return sorted(value) if isinstance(value, (set, frozenset)) else value
