"""Calls that a tool makes to its customer: webhooks and their handshakes.

To loopback only: a sandbox that anybody can start must not become a way to others.
"""

from __future__ import annotations

import ipaddress
import queue
import threading
import time
from typing import Any
from urllib.parse import urlsplit

import requests

from .faults import Faults
from .store import Store

TIMEOUT = 10


def is_loopback(url: str) -> bool:
    """Whether a URL leads to this machine."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Courier:
    """Makes calls one after the other in the background, in the order given."""

    def __init__(self, store: Store, faults: Faults):
        self._store = store
        self._faults = faults
        self._queue: queue.Queue = queue.Queue()
        self._thread: threading.Thread | None = None
        self._session = requests.Session()
        self._session.trust_env = False

    def call(self, method: str, url: str, **options: Any) -> requests.Response:
        """Call now, and give the answer."""
        if not is_loopback(url):
            raise requests.ConnectionError(f"the sandbox calls loopback only: {url}")
        options.setdefault("timeout", TIMEOUT)
        return self._session.request(method, url, allow_redirects=False, **options)

    def send(self, tool: str, event: str, url: str, **options: Any) -> None:
        """Make a POST soon; its outcome becomes a journal line ``delivery``."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, daemon=True)
            self._thread.start()
        self._queue.put((tool, event, url, options))

    def settle(self, seconds: float = TIMEOUT) -> None:
        """Wait until nothing is left to be delivered."""
        end = time.monotonic() + seconds
        while self._queue.unfinished_tasks:
            if time.monotonic() > end:
                raise TimeoutError(
                    f"{self._queue.unfinished_tasks} calls are still due"
                )
            time.sleep(0.005)

    def stop(self) -> None:
        """Finish the call being made and forget the others."""
        if self._thread is None:
            return
        while not self._queue.empty():
            self._queue.get_nowait()
        self._queue.put(None)
        self._thread.join(TIMEOUT)
        self._thread = None

    def _work(self) -> None:
        while (item := self._queue.get()) is not None:
            try:
                self._deliver(*item)
            finally:
                self._queue.task_done()

    def _deliver(self, tool: str, event: str, url: str, options: dict) -> None:
        fault = self._faults.strike(tool, "HOOK", urlsplit(url).path)
        kind = fault.kind if fault else ""
        if kind == "slow":
            time.sleep(fault.seconds)
        if kind == "cut":
            self._store.note(tool, "delivery", event=event, url=url, status="lost")
            return
        for _ in range(2 if kind == "twice" else 1):
            try:
                status: Any = self.call("POST", url, **options).status_code
            except requests.RequestException as problem:
                status = type(problem).__name__
            self._store.note(tool, "delivery", event=event, url=url, status=status)
