"""Run a real GNU Mailman 3 beside Odoo, in place of the sandbox."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path

from ..environment import places
from ..mailman import MailmanServer, provide

FOLDER = places.STATE / "demo-mailman"


@contextlib.contextmanager
def running(tool: str, python: Path, port: int):
    """What ``tools.running`` says; lists and people are kept for the next time."""
    with MailmanServer(provide(), FOLDER) as server:
        yield {
            "label": "GNU Mailman 3",
            "url": server.url,
            "login": {
                "base_url": server.url,
                "user": server.user,
                "password": server.password,
            },
            "staff": "mailman",
            "lmtp_port": server.lmtp_port,
            "process": server.process,
        }


def forget() -> None:
    """Remove what it holds."""
    shutil.rmtree(FOLDER, ignore_errors=True)
