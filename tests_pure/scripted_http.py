"""HTTP without a network: answers that a test wrote down, or nonsense.

The script knows little on purpose: a call that it does not expect fails the test, and
so does an answer that nobody asked for.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter
from urllib3 import HTTPResponse

from newsletter_sync.connectors.capabilities import Capabilities
from newsletter_sync.connectors.transport import Transport
from newsletter_sync.connectors.url_guard import UrlGuard

PUBLIC = "93.184.215.14"


def answer(
    body: Any = None, status: int = 200, headers: Mapping[str, str] | None = None
) -> tuple[int, dict[str, str], bytes]:
    """An answer; text and bytes go out as they are, everything else as JSON."""
    if isinstance(body, str):
        body = body.encode()
    if not isinstance(body, bytes):
        body = json.dumps(body).encode()
    return status, dict(headers or {}), body


@dataclass
class Expected:
    """One call, and what becomes of it: an answer, or an exception of ``requests``."""

    method: str
    path: str
    reply: Any


@dataclass
class ScriptedHttp(BaseAdapter):
    """Plays a script, in order, and keeps the requests; end with :meth:`finish`."""

    script: list[Expected] = field(default_factory=list)
    sent: list[requests.PreparedRequest] = field(default_factory=list)

    def expect(self, method: str, path: str, body: Any = None, **more: Any) -> None:
        """Add a call; ``body`` may be an exception to be raised instead."""
        reply = body if isinstance(body, Exception) else answer(body, **more)
        self.script.append(Expected(method, path, reply))

    def send(self, request: requests.PreparedRequest, **options: Any):
        """Called by ``requests``."""
        assert options["timeout"], "every call has a time limit"
        assert options["verify"], "every call checks the certificate"
        self.sent.append(request)
        path = urlsplit(request.url).path
        assert self.script, f"unexpected: {request.method} {path}"
        expected = self.script.pop(0)
        assert (request.method, path) == (expected.method, expected.path)
        if isinstance(expected.reply, Exception):
            raise expected.reply
        return response(request, *expected.reply)

    def close(self) -> None:
        """Nothing is open."""

    def bodies(self) -> list[Any]:
        """The JSON bodies that were sent."""
        return [json.loads(r.body) if r.body else None for r in self.sent]

    def finish(self) -> None:
        """Fail if a part of the script was never asked for."""
        assert not self.script, f"never asked for: {self.script}"

    __hash__ = object.__hash__


class FunctionHttp(BaseAdapter):
    """Answers every call by a function of the request."""

    def __init__(self, reply: Callable[[requests.PreparedRequest], tuple]):
        super().__init__()
        self.reply = reply

    def send(self, request: requests.PreparedRequest, **options: Any):
        """Called by ``requests``."""
        return response(request, *self.reply(request))

    def close(self) -> None:
        """Nothing is open."""


def response(
    request: requests.PreparedRequest, status: int, headers: dict, body: bytes
) -> requests.Response:
    """A response as ``requests`` builds it from the wire."""
    raw = HTTPResponse(
        io.BytesIO(body), headers=headers, status=status, preload_content=False
    )
    return requests.adapters.HTTPAdapter().build_response(request, raw)


class Clock:
    """A time that only moves when somebody sleeps."""

    def __init__(self, now: float = 1_800_000_000.0):
        self.now = now
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let time pass at once."""
        self.slept.append(seconds)
        self.now += seconds


def transport(
    adapter: BaseAdapter,
    clock: Clock | None = None,
    capabilities: Capabilities | None = None,
    **options: Any,
) -> Transport:
    """A transport that reaches the adapter only; every host has a public address."""
    clock = clock or Clock()
    options.setdefault("guard", UrlGuard(resolve=public))
    return Transport(
        capabilities,
        adapter=adapter,
        clock=clock,
        sleep=clock.sleep,
        chance=lambda: 0.0,
        **options,
    )


def public(host: str, port: int, *_: Any) -> list[tuple]:
    """In place of ``socket.getaddrinfo``: every name leads to a public address."""
    return [(2, 1, 6, "", (PUBLIC, port))]
