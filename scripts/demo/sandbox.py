"""Run the sandbox, the stand-in for the newsletter tool, beside Odoo."""

from __future__ import annotations

import contextlib
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from ..environment import places
from ..environment.console import Failure
from .logins import LOGINS
from .places import SANDBOX_DATA

_START_TIMEOUT = 30


@contextlib.contextmanager
def running(tool: str, python: Path, port: int):
    """What ``tools.running`` says; its people are kept in a file for the next time."""
    log = places.LOGS / "demo-sandbox.log"
    command = [python, places.CHECKOUT / "sandbox"]
    options = ["--port", str(port), "--data", SANDBOX_DATA]
    with log.open("w") as output:
        process = subprocess.Popen(
            [*command, *options],
            cwd=places.STATE,
            stdout=output,
            stderr=subprocess.STDOUT,
            # Ctrl-C is for us: we stop it when Odoo has stopped.
            start_new_session=True,
        )
    try:
        _wait_until_ready(port, process, log)
        url = f"http://127.0.0.1:{port}"
        yield {
            "label": "Sandbox",
            "url": url,
            "login": {**LOGINS[tool], "base_url": f"{url}/{tool}"},
            "staff": "sandbox",
            "process": process,
        }
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()


def forget() -> None:
    """Remove what it holds, with SQLite's companions of the file."""
    for suffix in ("", "-wal", "-shm"):
        Path(f"{SANDBOX_DATA}{suffix}").unlink(missing_ok=True)


def _wait_until_ready(port: int, process: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + _START_TIMEOUT
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(urllib.error.URLError, OSError):
            url = f"http://127.0.0.1:{port}/_sandbox/settings"
            urllib.request.urlopen(url, timeout=5).close()
            return
        time.sleep(0.1)
    raise Failure(f"The sandbox did not start at port {port}: read {log}.")
