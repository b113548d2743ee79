"""The sandbox's own time, which tests and the page may move."""

from __future__ import annotations

import time


class Clock:
    """Real time plus an offset, or a time that stands still until it is moved."""

    def __init__(self, start: float | None = None):
        self._frozen = start
        self._offset = 0.0

    def now(self) -> float:
        """Unix seconds."""
        return (time.time() if self._frozen is None else self._frozen) + self._offset

    __call__ = now

    def advance(self, seconds: float) -> None:
        """Move time; negative goes back."""
        self._offset += seconds

    def freeze(self, at: float | None = None) -> None:
        """Stop the clock, now or at the given unix time."""
        self._frozen = self.now() if at is None else at
        self._offset = 0.0

    def run(self) -> None:
        """Go with real time again."""
        self._frozen, self._offset = None, 0.0
