"""The sandbox as a process of its own: its time and memory are not Odoo's."""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import time
import urllib.request
from collections import Counter
from pathlib import Path

from scripts.environment import places
from scripts.environment.console import Failure
from scripts.environment.odoo_server import free_port

CODE = "cleverreach"
LOGIN = {
    "login": "client_credentials",
    "client_id": "sandbox-id",
    "client_secret": "sandbox-secret",
}
_LIMIT = 120
#: people made by one request
_SEEDED = 50_000


class Tool:
    """A running sandbox."""

    def __init__(self, address: str):
        self.address = address

    @classmethod
    @contextlib.contextmanager
    def running(cls, python: Path):
        """Yield one that holds nobody, on a free port."""
        tool = cls(f"http://127.0.0.1:{free_port()}")
        port = tool.address.rpartition(":")[2]
        process = subprocess.Popen(
            [python, places.CHECKOUT / "sandbox", "--port", port, "--data", ":memory:"],
            stdout=subprocess.DEVNULL,
        )
        try:
            tool._wait(process)
            yield tool
        finally:
            process.terminate()
            process.wait()

    def new_list(self, name: str) -> int:
        """The id of a new empty list."""
        return self._ask("seed", {"tool": CODE, "name": name})["list_id"]

    def seed(self, list_id: int, number: int, domain: str) -> None:
        """Invented people on a list; their addresses are ``person0000007@domain``."""
        for start in range(0, number, _SEEDED):
            self._ask(
                "seed",
                {
                    "tool": CODE,
                    "list_id": list_id,
                    "number": min(_SEEDED, number - start),
                    "start": start,
                    "domain": domain,
                },
            )

    def answer_after(self, seconds: float) -> None:
        """Let each request take so long, as on the way to a real tool; 0: at once."""
        self._ask("faults", method="DELETE")
        if seconds:
            self._ask("faults", {"kind": "slow", "path": "groups", "seconds": seconds})

    def act(self, name: str, list_id: int, email: str) -> None:
        """What a person does in the tool, such as ``unsubscribe``."""
        act = {"tool": CODE, "act": name, "list_id": list_id, "email": email}
        self._ask("act", act)

    def counted(self) -> dict[str, int]:
        """How often each kind of request was made since this was asked last."""
        entries = self._ask("requests?last=50000")
        self._ask("requests", method="DELETE")
        kinds = (
            f"{entry['method']} {re.sub(r'/[^/]*[0-9@][^/]*', '/*', path)}"
            for entry in entries
            for path in [entry["path"].removeprefix("/v3")]
        )
        return dict(Counter(kinds).most_common())

    def _ask(self, what: str, body: dict | None = None, method: str | None = None):
        request = urllib.request.Request(
            f"{self.address}/_sandbox/{what}",
            data=None if body is None else json.dumps(body).encode(),
            method=method,
        )
        with urllib.request.urlopen(request, timeout=_LIMIT) as answer:
            return json.load(answer)

    def _wait(self, process: subprocess.Popen) -> None:
        deadline = time.monotonic() + _LIMIT
        while time.monotonic() < deadline and process.poll() is None:
            with contextlib.suppress(OSError):
                self._ask("clock")
                return
            time.sleep(0.1)
        raise Failure("The sandbox did not start: try 'make demo', it keeps its log.")
