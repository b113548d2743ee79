"""Run the demo's mail server and its page beside Odoo."""

from __future__ import annotations

import contextlib
import email
import re
import shutil
import socket
import subprocess
import time
from email.policy import default
from pathlib import Path

from ..environment import places
from ..environment.console import Failure
from ..environment.odoo_server import free_port
from .places import DATABASE

FOLDER = places.STATE / "demo-mails"
_START_TIMEOUT = 30
_LINK = re.compile(r"https?://[^\s\"'<>]+")


class Post:
    """Where mails are sent to and read: ``smtp_port`` and ``url``."""

    def __init__(self, smtp_port: int, url: str):
        self.smtp_port = smtp_port
        self.url = url

    def link(self, to: str, part: str, seconds: float = 90) -> str:
        """The link with this part in the newest mail to an address, once it is there.

        :raises Failure: no such mail has come in time
        """
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for path in sorted(FOLDER.glob("*.eml"), key=_number, reverse=True):
                mail = email.message_from_bytes(path.read_bytes(), policy=default)
                if to not in str(mail["To"]):
                    continue
                body = mail.get_body(("html", "plain")).get_content()
                for link in _LINK.findall(body):
                    if part in link:
                        return link
            time.sleep(0.2)
        raise Failure(f"No mail with {part} has come to {to}; see {self.url}")


@contextlib.contextmanager
def running(python: Path, http_port: int):
    """A mail server and its page, as :class:`Post`."""
    smtp_port = free_port()
    program = places.CHECKOUT / "scripts" / "demo" / "mails.py"
    process = subprocess.Popen(
        # the database's name tells later demos what this was
        [python, program, DATABASE, FOLDER, str(smtp_port), str(http_port)],
        cwd=places.STATE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        # Ctrl-C is for us: we stop it when Odoo has stopped.
        start_new_session=True,
    )
    try:
        _wait_until_ready(http_port, process)
        yield Post(smtp_port, f"http://127.0.0.1:{http_port}")
    finally:
        process.terminate()
        process.wait(timeout=10)


def forget() -> None:
    """Remove the mails of an earlier database."""
    shutil.rmtree(FOLDER, ignore_errors=True)


def _number(path: Path) -> int:
    return int(path.stem)


def _wait_until_ready(port: int, process: subprocess.Popen) -> None:
    deadline = time.monotonic() + _START_TIMEOUT
    while time.monotonic() < deadline and process.poll() is None:
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", port), timeout=1),
        ):
            return
        time.sleep(0.1)
    raise Failure(f"The page for the demo's mails did not start at port {port}.")
