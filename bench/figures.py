"""What is measured of one job, and the list of all measurements.

No figure is a limit by itself: machines differ. What can be compared between machines
is the ratio to the floor, a piece of work that was done beside it in the same run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

#: the ratios that are aimed at, by name, and the most requests for one request that
#: cannot be saved
GOALS = {
    "compare_unchanged": 1.5,
    "compare_changed_1pct": 2.5,
    "incremental": 3.0,
    "first_import": 3.0,
    "fetch": 1.5,
    "transmit": 1.5,
}
GOAL_REQUESTS = 1.02
#: webhook calls a second
GOAL_CALLS = {"webhook": 200}
GOAL_PEAK_MB = 200

#: name of a figure -> the function(stage, size) that yields it; ``@measurement`` fills
MEASUREMENTS: dict[str, Callable[..., Iterator[Figures]]] = {}


@dataclass
class Figures:
    """One line of the table.

    Seconds are those of a clock on the wall, ``cpu_seconds`` those of Odoo's process
    alone, without database and waiting: steadier on a busy machine.
    """

    name: str
    n: int
    seconds: float
    #: seconds of what nobody can save, measured beside it; 0: there is none
    floor_seconds: float = 0.0
    #: megabytes above the idle process
    peak_mb: float = 0.0
    #: request to the tool -> how often
    requests: dict[str, int] = field(default_factory=dict)
    #: requests that must be made in any case: ceil(people to be written / batch)
    ideal: int = 0
    cpu_seconds: float = 0.0
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

    @property
    def goal(self) -> float | None:
        """The ratio that is aimed at, if there is one."""
        return GOALS.get(self.name)

    def as_dict(self) -> dict:
        """As it stands in ``results.json``."""
        return {
            "n": self.n,
            "seconds": round(self.seconds, 3),
            "floor_seconds": round(self.floor_seconds, 3),
            "ratio": self.ratio and round(self.ratio, 2),
            "peak_mb": round(self.peak_mb, 1),
            "requests": self.calls,
            "ideal_requests": self.ideal,
            "cpu_seconds": round(self.cpu_seconds, 3),
            "requests_by_kind": self.requests,
            "phases": {name: round(took, 3) for name, took in self.phases.items()},
        }


def measurement(*names: str):
    """Add a measurement: a generator of Figures, called as ``function(stage, size)``.

    :param names: the names of its figures; ``ONLY=`` chooses by them
    """

    def add(function):
        MEASUREMENTS.update(dict.fromkeys(names, function))
        return function

    return add
