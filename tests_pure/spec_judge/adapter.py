"""Stands in the line between a connector and the sandbox, and reads both ways."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import requests

from newsletter_sync.connectors.url_guard import GuardedAdapter, UrlGuard

if TYPE_CHECKING:
    from .judge import Judge


class JudgedAdapter(GuardedAdapter):
    """Fails the test at the first request or answer that the vendor would not know.

    :param sandbox: its answers are not judged while it is told to be odd
    """

    def __init__(self, judge: Judge, sandbox, code: str):
        super().__init__(UrlGuard(allow_loopback=True))
        self._judge, self._sandbox, self._code = judge, sandbox, code

    def send(self, request: requests.PreparedRequest, *args, **options):
        """Called by ``requests``."""
        path = self._below(request)
        if path is None:
            return super().send(request, *args, **options)
        self._object(request, "request", self._judge.request(request, path))
        response = super().send(request, *args, **options)
        if not self._odd():
            # Reading the body early is all right: what asked for it reads it again.
            assert response.content is not None
            told = self._judge.answer(request, path, response)
            self._object(request, f"answer {response.status_code}", told)
        return response

    def _below(self, request: requests.PreparedRequest) -> str | None:
        """The path below the tool's address; None for what is not the described API."""
        home = urlsplit(self._sandbox.url(self._code)).path
        path = urlsplit(request.url).path
        below = path.removeprefix(home)
        return below if below != path and self._judge.covers(below) else None

    def _odd(self) -> bool:
        """Whether the sandbox answers what no vendor promises, by a fault that is set
        or by an oddity that clients report."""
        faults = any(fault.kind != "partial" for fault in self._sandbox.faults.all())
        return faults or bool(self._sandbox.tools[self._code].switches.get("awkward"))

    def _object(self, request, what: str, faults: list[str]) -> None:
        if faults:
            path = urlsplit(request.url).path
            raise AssertionError(
                f"{what} against the vendor's description: "
                f"{request.method} {path}: {'; '.join(faults)}"
            )
