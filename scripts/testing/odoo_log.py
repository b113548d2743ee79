"""Read Odoo's log of a test run: its exit code alone does not tell the truth.

Odoo ends with 0 when it logged errors outside tests, and when no test ran at all.
"""

from __future__ import annotations

import re

_RECORD = re.compile(
    r"^\d{4}-\d\d-\d\d [\d:,]+ \d+ (?P<level>[A-Z]+) \S+ (?P<logger>\S+): (?P<text>.*)"
)
#: Errors that are no fault of this addon, each with its reason.
_EXPECTED = {
    r"bad query: .*CREATE EXTENSION": "the embedded PostgreSQL lacks extensions",
    r"Unable to create PostgreSQL extensions": "the same, in words",
    r"^At least one test failed": "the failed test itself is counted",
    r"^\d+ failed, \d+ error": "the sum over the failed tests, counted one by one",
}


class TestLog:
    """Counts what the lines tell, one line after the other."""

    def __init__(self):
        self._started: set[str] = set()
        self._failed: dict[str, None] = {}
        self._skipped: dict[str, str] = {}
        self._errors: list[str] = []
        self._loud = False

    def read(self, line: str) -> str | None:
        """Take a line in; return what a person should see of it, if anything."""
        record = _RECORD.match(line)
        if record is None:
            # A further line of the record before: a traceback, for example.
            return line if self._loud else None
        level, text = record["level"], record["text"]
        module = record["logger"].rpartition(".")[2]
        self._loud = level in ("ERROR", "CRITICAL")
        news = None
        if found := re.match(r"Starting (\S+) \.\.\.", text):
            news = self._start(module, found[1])
        elif found := re.match(r"skipped (\S+) : (.*)", text):
            self._skipped[f"{module}.{found[1]}"] = found[2]
        elif self._loud:
            self._take_error(module, text)
        return line if self._loud else news

    def _start(self, module: str, test: str) -> str | None:
        """Remember the test; a class is news when its first test starts."""
        name = f"{module}.{test}"
        group = name.rpartition(".")[0] + "."
        new = not any(other.startswith(group) for other in self._started)
        self._started.add(name)
        return f"  {group[:-1]}" if new else None

    def _take_error(self, module: str, text: str) -> None:
        if found := re.match(r"(?:FAIL|ERROR): (?:Subtest )?(.*)", text):
            self._failed[f"{module}.{found[1].split(' ')[0]}"] = None
        elif not any(re.search(pattern, text) for pattern in _EXPECTED):
            self._errors.append(f"unexpected error in the log: {text}")

    @property
    def ran(self) -> int:
        return len(self._started)

    @property
    def passed(self) -> int:
        return len(self._started - set(self._failed) - set(self._skipped))

    @property
    def failures(self) -> list[str]:
        return [*self._failed, *self._errors]

    @property
    def skip_reasons(self) -> list[str]:
        return list(self._skipped.values())
