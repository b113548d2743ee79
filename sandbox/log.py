"""The log of requests: what a client really asked, and how often."""

from __future__ import annotations

import json
import re
import threading
from collections import deque
from dataclasses import dataclass
from typing import Any

#: how many requests are remembered, and of how many the bodies
ENTRIES, BODIES, BODY_SIZE = 50_000, 200, 1_000_000


@dataclass(slots=True)
class Entry:
    """One request and the status it got (0 = the connection was cut)."""

    at: float
    tool: str
    method: str
    path: str
    query: str
    status: int = 0
    fault: str = ""
    seconds: float = 0.0
    body: bytes = b""

    @property
    def json(self) -> Any:
        """The body as JSON, or None."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


class Log:
    """The newest requests, oldest first; headers, and so tokens, are never kept."""

    def __init__(self):
        self._lock = threading.Lock()
        self._entries: deque[Entry] = deque(maxlen=ENTRIES)

    def add(self, entry: Entry) -> None:
        """Append one, and let go of an old body."""
        with self._lock:
            if len(entry.body) > BODY_SIZE:
                entry.body = b""
            self._entries.append(entry)
            if len(self._entries) > BODIES:
                self._entries[-BODIES - 1].body = b""

    def all(
        self,
        method: str = "",
        path: str = "",
        tool: str = "",
        status: int | None = None,
    ) -> list[Entry]:
        """Entries that match; ``path`` is a regular expression, searched."""
        with self._lock:
            entries = list(self._entries)
        return [
            entry
            for entry in entries
            if (not method or entry.method == method.upper())
            and (not tool or entry.tool == tool)
            and (status is None or entry.status == status)
            and re.search(path, entry.path)
        ]

    def count(self, method: str = "", path: str = "", **more: Any) -> int:
        """How many match."""
        return len(self.all(method, path, **more))

    def last(self, number: int = 20) -> list[Entry]:
        """The newest, oldest first."""
        with self._lock:
            return list(self._entries)[-number:]

    def clear(self) -> None:
        """Start anew."""
        with self._lock:
            self._entries.clear()

    def __len__(self) -> int:
        return len(self._entries)
