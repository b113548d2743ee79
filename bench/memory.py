"""Memory of processes, from the kernel's own count."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

_PROCESSES = Path("/proc")


def megabytes(process: int | str, name: str) -> float:
    """A line of the kernel's status: "VmHWM" is the most that it has had."""
    status = (_PROCESSES / str(process) / "status").read_text()
    (kilobytes,) = re.findall(rf"{name}:\s+(\d+) kB", status)
    return int(kilobytes) / 1024


def forget_peak(process: int | str) -> None:
    """From now on the kernel remembers a new peak."""
    (_PROCESSES / str(process) / "clear_refs").write_text("5")


class Workers:
    """The processes of a served Odoo, found by the database that they were given."""

    def __init__(self, database: str):
        self._idle = {}
        for place in _PROCESSES.glob("[0-9]*"):
            # it may have ended meanwhile
            with contextlib.suppress(OSError):
                if f"\0-d\0{database}\0" in (place / "cmdline").read_text():
                    forget_peak(place.name)
                    self._idle[place.name] = megabytes(place.name, "VmHWM")

    def growth(self) -> float:
        """Megabytes that the hungriest has had above what it had at the beginning."""
        grown = [0.0]
        for process, idle in self._idle.items():
            with contextlib.suppress(OSError, ValueError):
                grown.append(megabytes(process, "VmHWM") - idle)
        return max(grown)
