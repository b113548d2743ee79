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
    """Those that work in this checkout's folder and name the demo's data."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        # Processes of other users may not be looked at, and any may end meanwhile.
        with contextlib.suppress(OSError):
            words = (entry / "cmdline").read_bytes().split(b"\0")
            is_demo = DATABASE.encode() in words or bytes(SANDBOX_DATA) in words
            if is_demo and (entry / "cwd").readlink() == places.STATE:
                found.append(int(entry.name))
    return found
