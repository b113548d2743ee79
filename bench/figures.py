"""What is measured of one job, and the list of all measurements.

No figure is a limit: machines differ. What can be compared between machines is the
ratio to the floor, a piece of work that was done beside it in the same run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

#: name -> function(stage, size) that yields Figures; filled by ``@measurement``
MEASUREMENTS: dict[str, Callable[..., Iterator[Figures]]] = {}


@dataclass
class Figures:
    """One line of the table."""

    name: str
    n: int
    seconds: float
    #: of Odoo's process alone, without database and waiting: steadier on a busy machine
    cpu_seconds: float
    #: seconds of what nobody can save, measured beside it
    floor_seconds: float
    #: megabytes above the idle process
    peak_mb: float
    #: request to the tool -> how often
    requests: dict[str, int]
    #: requests that must be made in any case: ceil(people to be written / batch)
    ideal: int
    #: part of the job -> seconds
    phases: dict[str, float] = field(default_factory=dict)

    @property
    def calls(self) -> int:
        """All requests together."""
        return sum(self.requests.values())

    @property
    def ratio(self) -> float | None:
        """How many times the floor; None where there is none."""
        return self.seconds / self.floor_seconds if self.floor_seconds else None

    def as_dict(self) -> dict:
        """As it stands in ``results.json``."""
        return {
            "n": self.n,
            "seconds": round(self.seconds, 2),
            "cpu_seconds": round(self.cpu_seconds, 2),
            "floor_seconds": round(self.floor_seconds, 2),
            "ratio": self.ratio and round(self.ratio, 2),
            "peak_mb": round(self.peak_mb, 1),
            "requests": self.calls,
            "ideal_requests": self.ideal,
            "requests_by_kind": self.requests,
            "phases": {name: round(took, 2) for name, took in self.phases.items()},
        }


def measurement(function):
    """Add a measurement: a generator of Figures, called as ``function(stage, size)``
    for each size. ``ONLY=`` chooses by the function's name."""
    MEASUREMENTS[function.__name__] = function
    return function
