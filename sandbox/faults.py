"""Faults on demand: what networks and overloaded services do, switched on and off.

A fault says which requests it hits (tool, method, path), how many it lets pass first,
how often it strikes, and with what chance. The answer's body is the dialect's business.
The webhook calls of a tool count as requests with the method HOOK and the receiver's
path: ``cut`` loses them, ``slow`` delays them, ``twice`` doubles them.
"""

from __future__ import annotations

import itertools
import random
import re
import threading
from dataclasses import asdict, dataclass, field
from typing import Any

KINDS = {
    "slow": "answer after `seconds`",
    "status": "answer with `status` (and `retry_after`) instead of doing anything",
    "cut": "close the connection before anything is done",
    "cut_after": "do it, then close: before the answer, or amid it (`middle`)",
    "html": "an HTML page instead of JSON",
    "garbage": "an answer that is not JSON, nor anything else",
    "partial": "refuse the addresses that match `addresses`, take the others",
    "twice": "deliver a webhook call twice (method HOOK)",
}


@dataclass
class Fault:
    """One fault. ``path`` is searched in the path below the tool's code."""

    kind: str
    tool: str = ""
    method: str = ""
    path: str = ""
    skip: int = 0
    times: int | None = None
    rate: float = 1.0
    seconds: float = 2.0
    status: int = 503
    retry_after: str = ""
    middle: bool = False
    addresses: str = ""
    id: int = field(default_factory=itertools.count(1).__next__)
    struck: int = 0

    def __post_init__(self):
        if self.kind not in KINDS:
            raise ValueError(f"unknown kind {self.kind!r}: one of {', '.join(KINDS)}")
        if not 0 <= self.rate <= 1:
            raise ValueError("rate lies between 0 and 1")
        self._path = re.compile(self.path)
        self.refuses = re.compile(self.addresses or ".", re.IGNORECASE).search
        self.retry_after = str(self.retry_after)

    def fits(self, tool: str, method: str, path: str) -> bool:
        """Whether this fault is meant for such a request."""
        return (
            (not self.tool or self.tool == tool)
            and (not self.method or self.method.upper() == method)
            and self._path.search(path) is not None
        )

    @property
    def spent(self) -> bool:
        """It has struck as often as it should."""
        return self.times is not None and self.struck >= self.times

    def as_dict(self) -> dict[str, Any]:
        """For JSON and the page."""
        return asdict(self)


class Faults:
    """The faults now set; thread-safe. The seed makes random ones repeatable."""

    def __init__(self, seed: int = 0):
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._random = random.Random(seed)

    def add(self, kind: str, **options: Any) -> Fault:
        """Set a fault, in addition to those already set; see :class:`Fault`."""
        fault = Fault(kind, **options)
        with self._lock:
            self._faults.append(fault)
        return fault

    def clear(self, id: int = 0) -> None:
        """Remove one fault, or all."""
        with self._lock:
            self._faults = [f for f in self._faults if id and f.id != id]

    def seed(self, seed: int) -> None:
        """Start the random sequence again."""
        with self._lock:
            self._random.seed(seed)

    def all(self) -> list[Fault]:
        """The faults that are set, spent ones included."""
        with self._lock:
            return list(self._faults)

    def strike(self, tool: str, method: str, path: str) -> Fault | None:
        """The fault that hits this request, if any: the first one that fits."""
        with self._lock:
            for fault in self._faults:
                if fault.spent or not fault.fits(tool, method, path):
                    continue
                if fault.skip > 0:
                    fault.skip -= 1
                    continue
                if fault.rate < 1 and self._random.random() >= fault.rate:
                    continue
                fault.struck += 1
                return fault
        return None
