"""How fast to call, and how long to wait before trying again."""

from __future__ import annotations

import math
import random
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from .capabilities import Capabilities


@dataclass(frozen=True, slots=True)
class Backoff:
    """Waits grow exponentially, with jitter so that workers do not knock in step.

    All figures but ``tries`` are seconds. ``patience`` bounds what one call may wait in
    sum: a longer wait belongs to the scheduler and not to a sleeping worker.
    """

    tries: int = 4
    first: float = 1.0
    factor: float = 2.0
    longest: float = 20.0
    patience: float = 60.0

    def wait(
        self, attempt: int, retry_after: float | None, chance: Callable[[], float]
    ) -> float:
        """Seconds before the next attempt; ``attempt`` counts from 1.

        What the tool asks for is obeyed; jitter is only ever added to it.
        """
        if retry_after is not None:
            return retry_after + chance() * min(1.0, retry_after / 10)
        span = min(self.longest, self.first * self.factor ** (attempt - 1))
        return span * (0.5 + chance() / 2)


def retry_after(
    headers: Mapping[str, str], now: float, names: tuple[str, ...] = ("retry-after",)
) -> float | None:
    """Seconds that an answer asks to wait, or None.

    ``Retry-After`` is a number of seconds or an HTTP date (RFC 9110, 10.2.3); some
    tools tell the seconds in a header of their own.
    """
    for name in names:
        text = (headers.get(name) or "").strip()
        if not text:
            continue
        try:
            seconds = float(text)
        except ValueError:
            try:
                seconds = parsedate_to_datetime(text).timestamp() - now
            except (TypeError, ValueError, OverflowError):
                continue
        if math.isfinite(seconds) and seconds < 10**7:  # a longer wait is nonsense
            return max(0.0, seconds)
    return None


class RateBudget:
    """No more than so many calls in a span of time; shared by threads.

    :param limits: pairs (calls, seconds)
    """

    def __init__(self, *limits: tuple[int, float]):
        self._limits = [(calls, span, deque(maxlen=calls)) for calls, span in limits]
        self._lock = threading.Lock()

    @classmethod
    def of(cls, capabilities: Capabilities) -> RateBudget:
        """The budget that a tool grants."""
        limits = []
        if per_second := capabilities.calls_per_second:
            calls = max(1, int(per_second))
            limits.append((calls, calls / per_second))
        if capabilities.calls_per_hour:
            limits.append((capabilities.calls_per_hour, 3600.0))
        return cls(*limits)

    def take(self, now: float, patience: float) -> float:
        """Reserve one call; returns the seconds to wait before it.

        More than ``patience`` is returned without reserving: the caller gives up.
        """
        with self._lock:
            start = now
            for calls, span, taken in self._limits:
                if len(taken) == calls:
                    start = max(start, taken[0] + span)
            wait = start - now
            if wait <= patience:
                for _calls, _span, taken in self._limits:
                    taken.append(start)
            return wait


_shared: dict[object, RateBudget] = {}
_shared_lock = threading.Lock()


def shared_budget(key: object, capabilities: Capabilities) -> RateBudget:
    """One budget per account in this process, however many connectors speak to it."""
    with _shared_lock:
        return _shared.setdefault(key, RateBudget.of(capabilities))


#: the default source of jitter
chance = random.random
