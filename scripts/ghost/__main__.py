"""Run a Ghost until Ctrl-C and say how to reach it."""

import signal
import sys
import tempfile
from pathlib import Path

from ..environment.console import run_command, say
from . import GhostServer, provide
from .server import OWNER, PASSWORD


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(130))
    with (
        tempfile.TemporaryDirectory(prefix="ghost-") as folder,
        GhostServer(provide(), Path(folder)) as server,
    ):
        say(f"Ghost on {server.url}/ghost/, {OWNER} with {PASSWORD}")
        say(f"Admin API key: {server.key}")
        say("Ctrl-C ends it and forgets everything.")
        signal.pause()
    return 0


if __name__ == "__main__":
    run_command(main)
