"""A line to a real server that fails on demand, as the sandbox does."""

from __future__ import annotations

from urllib.parse import urlsplit

import requests

from newsletter_sync.connectors.url_guard import GuardedAdapter, UrlGuard
from newsletter_sync.sandbox.faults import Faults
from newsletter_sync.tests_pure.scripted_http import response

HTML = b"<!DOCTYPE html><html><head><title>Maintenance</title></head></html>"
GARBAGE = b'{"start": 0, "ent\x00\xff\xfe'


class FaultyLine(GuardedAdapter):
    """An adapter of ``requests``; counts what really reached the server."""

    def __init__(self, guard: UrlGuard, faults: Faults):
        self.faults = faults
        super().__init__(guard)

    def send(self, request: requests.PreparedRequest, *args, **options):
        """Called by ``requests``."""
        path = urlsplit(request.url).path
        fault = self.faults.strike("", request.method, path)
        if fault is None:
            return super().send(request, *args, **options)
        if fault.kind == "cut":
            raise requests.ConnectionError("cut")
        if fault.kind == "cut_after":
            super().send(request, *args, **options).close()
            raise requests.ConnectionError("cut")
        if fault.kind == "status":
            wait = {"Retry-After": fault.retry_after} if fault.retry_after else {}
            return response(request, fault.status, wait, b'{"title": "fault"}')
        body = HTML if fault.kind == "html" else GARBAGE
        return response(request, 200, {}, body)
