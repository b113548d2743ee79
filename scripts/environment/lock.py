"""Let one process at a time through; the others wait and say so."""

from __future__ import annotations

import contextlib
import fcntl
from pathlib import Path

from .console import say


@contextlib.contextmanager
def only_one(path: Path, doing: str):
    """Hold the lock file; the kernel frees it when the process ends in any way."""
    with path.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"- waiting for {doing} to finish …")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
