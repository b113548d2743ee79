"""The sandbox: a local server that speaks the newsletter tools' HTTP dialects.

>>> with Sandbox() as sandbox:
...     requests.get(sandbox.url("cleverreach") + "/v3/debug/ping")

Each tool is mounted below its code. The sandbox listens on 127.0.0.1 only and talks to
nothing but loopback.
"""

from __future__ import annotations

import threading
import time
from typing import Any

from werkzeug.wrappers import Response

from .clock import Clock
from .courier import Courier
from .dialects import DIALECTS
from .faults import Fault, Faults
from .log import Entry, Log
from .page import Page
from .routing import phrase
from .store import Store
from .wire import Cut, Request, Server

HTML = "<!DOCTYPE html><html><head><title>{0}</title></head><body>{0}</body></html>"


class Sandbox:
    """All dialects over one store.

    ``port`` 0 takes a free one. ``data`` is a file to keep, ``":memory:"``, or ``""``
    for a temporary file that disappears at the end. Any further setting is one of all
    tools (``rate_limit``, requests a minute) or of some (see ``Dialect.defaults``).
    """

    def __init__(self, port: int = 0, data: str = "", seed: int = 0, **settings: Any):
        self.clock = Clock()
        self.store = Store(data, self.clock.now)
        self.faults = Faults(seed)
        self.requests = Log()
        self.courier = Courier(self.store, self.faults)
        self.settings: dict[str, Any] = {"rate_limit": 0}
        self._port = port
        self._server: Server | None = None
        self.tools = {code: dialect(self) for code, dialect in DIALECTS.items()}
        self._own = Page(self)
        self.set(**settings)

    # ------------------------------------------------------------------ life
    def start(self) -> Sandbox:
        """Listen, and answer in the background."""
        self._server = Server(self._port, self._answer)
        threading.Thread(
            # The poll interval is how long stopping may take.
            target=self._server.serve_forever,
            args=(0.02,),
            daemon=True,
            name="sandbox",
        ).start()
        return self

    def stop(self) -> None:
        """Close every connection and the store."""
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None
        self.courier.stop()
        self.store.close()

    __enter__ = start

    def __exit__(self, *exc: object) -> None:
        self.stop()

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._server.server_port if self._server else self._port

    def url(self, code: str = "") -> str:
        """Base address of a tool, or of the page; without a final slash."""
        return f"http://127.0.0.1:{self.port}" + (f"/{code}" if code else "")

    # --------------------------------------------------------------- switches
    def set(self, **settings: Any) -> None:
        """Change settings of all tools; unknown names are refused."""
        for name, value in settings.items():
            homes = [
                home
                for home in (self.settings, *(t.switches for t in self.tools.values()))
                if name in home
            ]
            if not homes:
                raise ValueError(f"unknown setting {name!r}")
            for home in homes:
                home[name] = value

    def reset(self) -> None:
        """An empty account again: no people, no faults, no log."""
        self.store.clear()
        self.faults.clear()
        self.requests.clear()
        for tool in self.tools.values():
            tool.prepare()

    def seed(self, list_id: Any, number: int, **more: Any) -> None:
        """Put invented people on a list, see ``Dialect.seed``."""
        code = self.store.scalar("SELECT tool FROM lists WHERE id = ?", [int(list_id)])
        self.tools[code].seed(int(list_id), number, **more)

    def act(self, code: str, name: str, list_id: Any, email: str, **more: Any) -> Any:
        """Do what a person or the staff does in the tool, see ``Dialect.acts``."""
        tool = self.tools[code]
        return tool.act(name, tool.list_number(list_id), email, **more)

    def settle(self, seconds: float = 10) -> None:
        """Wait until every webhook call that is due has been made."""
        self.courier.settle(seconds)

    # ---------------------------------------------------------------- answers
    def _answer(self, request: Request) -> Response:
        # Kept, so that it can be looked at both as text and as a form.
        body = request.get_data(cache=True)
        code, _, rest = request.path.lstrip("/").partition("/")
        tool = self.tools.get(code)
        if tool is None:
            return self._own.answer(request, request.path)
        path = "/" + rest
        entry = Entry(
            at=self.clock.now(),
            tool=code,
            method=request.method,
            path=path,
            query=request.query_string.decode("latin-1"),
            body=body,
        )
        started = time.perf_counter()
        try:
            response = self._faulty(tool, request, path, entry)
            entry.status = response.status_code
            return response
        finally:
            entry.seconds = time.perf_counter() - started
            self.requests.add(entry)

    def _faulty(self, tool, request: Request, path: str, entry: Entry) -> Response:
        fault = self.faults.strike(tool.code, request.method, path)
        if fault is None:
            return tool.answer(request, path)
        entry.fault = fault.kind
        return getattr(self, f"_fault_{fault.kind}")(fault, tool, request, path)

    def _fault_slow(self, fault: Fault, tool, request, path) -> Response:
        time.sleep(fault.seconds)
        return tool.answer(request, path)

    def _fault_status(self, fault: Fault, tool, request, path) -> Response:
        response = tool.error(fault.status, phrase(fault.status))
        if fault.retry_after:
            response.headers[tool.wait_header] = fault.retry_after
        return response

    def _fault_cut(self, fault: Fault, tool, request, path) -> Response:
        raise Cut()

    def _fault_cut_after(self, fault: Fault, tool, request, path) -> Response:
        response = tool.answer(request, path)
        raise Cut(response, 0.5) if fault.middle else Cut()

    def _fault_html(self, fault: Fault, tool, request, path) -> Response:
        return Response(HTML.format("Maintenance"), content_type="text/html")

    def _fault_garbage(self, fault: Fault, tool, request, path) -> Response:
        return Response(b'{"id": "1", "na\x00\xff\xfe', content_type="application/json")

    def _fault_partial(self, fault: Fault, tool, request, path) -> Response:
        request.fault = fault
        return tool.answer(request, path)
