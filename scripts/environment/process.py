"""Run other programs: quiet while all is well, helpful when not."""

from __future__ import annotations

import errno
import subprocess

from .console import VERBOSE, Failure


def run(command: list, failure: str, **options) -> str:
    """Run the command and return its output; `failure` is the sentence if it fails.

    The last line that the program printed is added, for it usually names the cause.
    """
    try:
        done = subprocess.run(
            [str(part) for part in command],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            errors="replace",
            **options,
        )
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise Failure(f"{failure} ({error.strerror}: {command[0]})") from error
    if VERBOSE and done.stdout:
        print(done.stdout, end="", flush=True)
    if done.returncode:
        lines = done.stdout.strip().splitlines() or [f"exit code {done.returncode}"]
        raise Failure(f"{failure} ({lines[-1].strip()})")
    return done.stdout
