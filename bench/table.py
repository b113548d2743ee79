"""The figures as a table for people."""

from __future__ import annotations

import os

from scripts.environment.console import say

from .figures import Figures

#: heading -> (width, what stands there)
_COLUMNS = {
    "people": (9, lambda f: f"{f.n:,}"),
    "preview": (9, lambda f: f"{f.phases.get('preview', 0):.1f}"),
    "transmit": (10, lambda f: f"{f.phases.get('transmit', 0):.1f}"),
    "seconds": (9, lambda f: f"{f.seconds:.1f}"),
    "CPU": (8, lambda f: f"{f.cpu_seconds:.1f}"),
    "people/s": (10, lambda f: f"{f.n / f.seconds:,.0f}"),
    "floor": (8, lambda f: f"{f.floor_seconds:.1f}"),
    "ratio": (7, lambda f: f"{f.ratio or 0:.1f}"),
    "requests": (10, lambda f: f"{f.calls:,}"),
    "ideal": (8, lambda f: f"{f.ideal:,}"),
    "peak MB": (9, lambda f: f"{f.peak_mb:.0f}"),
}
_NAME = 18


def head() -> None:
    """Say what the machine does besides, for that decides about seconds."""
    load = os.getloadavg()[0]
    say(f"\n  {os.cpu_count()} processors, load before: {load:.1f}\n")
    line = "".join(f"{title:>{width}}" for title, (width, _) in _COLUMNS.items())
    say(f"  {'measured':<{_NAME}}{line}")
    say(f"  {'-' * (_NAME + len(line))}")


def row(figures: Figures) -> None:
    """One line at once: the next one may take minutes."""
    line = "".join(f"{show(figures):>{width}}" for width, show in _COLUMNS.values())
    say(f"  {figures.name.rpartition('_')[0]:<{_NAME}}{line}")


def foot() -> None:
    """What the words of the head mean."""
    say(
        """
  CPU     seconds of Odoo's process, without the database's and without waiting
  floor   seconds of sending everybody's data alone, in the same batches, by a plain
          HTTP session; for single_calls the same single calls alone
  ideal   requests if only the people to be written were sent, in full batches
  single_calls is measured with few people and multiplied: see docs/performance.md
"""
    )
