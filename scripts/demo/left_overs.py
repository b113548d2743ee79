"""End what a killed demo left running; it would hold the ports and the database."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import time
from pathlib import Path

from ..environment import places
from ..environment.console import Failure
from .places import DATABASE, SANDBOX_DATA


@contextlib.contextmanager
def alone():
    """Be the only demo of this checkout; the kernel frees the lock at any end."""
    with (places.STATE / "demo.lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Failure(
                "A demo of this checkout is running already: end it with Ctrl-C first."
            ) from None
        stop()
        yield


def stop() -> None:
    """Stop the servers of this checkout's demo whose starter is gone."""
    left = _processes()
    for number in (signal.SIGINT, signal.SIGKILL):
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        deadline = time.monotonic() + 10
        while left and time.monotonic() < deadline:
            time.sleep(0.1)
            left = _processes()


def _processes() -> list[int]:
    """Those whose command line names the demo's own files."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            words = entry.read_bytes().split(b"\0")
            is_odoo = bytes(f"--config={places.ODOO_CONFIG}", "utf-8") in words
            if bytes(SANDBOX_DATA) in words or (is_odoo and DATABASE.encode() in words):
                found.append(int(entry.parent.name))
    return found
