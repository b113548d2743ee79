"""How many calls somebody may make in a time: a bucket of tokens for each key."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Buckets:
    """Each key may take ``capacity`` at once and ``per_second`` in the long run.

    At most ``keys`` are remembered; of more, those that were asked for longest ago are
    forgotten, which lets them begin afresh. Not safe for many threads by itself.
    """

    capacity: float
    per_second: float
    keys: int = 10_000
    #: key -> (tokens that are left, when that was so), in the order of asking
    _left: dict[Hashable, tuple[float, float]] = field(default_factory=dict)

    def wait(self, key: Hashable, now: float, amount: float = 1) -> float:
        """Take an amount; the seconds after which it can be had, 0 if it was taken.

        :param now: seconds of any clock that never goes back
        :param amount: 0 only asks whether at least one token is left
        """
        left, at = self._left.pop(key, (self.capacity, now))
        left = min(self.capacity, left + (now - at) * self.per_second)
        wanted = amount or 1
        enough = left >= wanted
        self._left[key] = (left - amount if enough else left, now)
        while len(self._left) > self.keys:
            self._left.pop(next(iter(self._left)))
        return 0.0 if enough else (wanted - left) / self.per_second
