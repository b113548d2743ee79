"""The figures as a table for people."""

from __future__ import annotations

import os

from scripts.environment.console import say

from .figures import GOAL_CALLS, GOAL_PEAK_MB, GOAL_REQUESTS, Figures


def _goal(figures: Figures) -> str:
    if rate := GOAL_CALLS.get(figures.name):
        return f"{'≥' if figures.n >= rate * figures.seconds else '<'} {rate}/s"
    if not figures.goal or not figures.ratio:
        return ""
    return f"{'≤' if figures.ratio <= figures.goal else '>'} {figures.goal:.1f}"


#: heading -> (width, what stands there)
_COLUMNS = {
    "people": (11, lambda f: f"{f.n:,}"),
    "seconds": (10, lambda f: f"{f.seconds:.2f}"),
    "floor": (9, lambda f: f"{f.floor_seconds:.2f}" if f.floor_seconds else ""),
    "ratio": (7, lambda f: f"{f.ratio:.2f}" if f.ratio else ""),
    "goal": (9, _goal),
    "people/s": (11, lambda f: f"{f.n / f.seconds:,.0f}" if f.seconds else ""),
    "CPU": (9, lambda f: f"{f.cpu_seconds:.1f}" if f.cpu_seconds else ""),
    "requests": (10, lambda f: f"{f.calls:,}" if f.calls else ""),
    "ideal": (8, lambda f: f"{f.ideal:,}" if f.ideal else ""),
    "peak MB": (9, lambda f: f"{f.peak_mb:.0f}"),
}
_NAME = 24


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
    say(f"  {figures.name:<{_NAME}}{line}")


def foot() -> None:
    """What the words of the head mean."""
    say(
        f"""
  floor   seconds of what the job cannot do without, measured in the same run: the bare
          join, COPY, or the same requests alone; docs/performance.md names them all
  goal    the ratio that is aimed at: "≤" it is kept, ">" it is missed; for
          webhook calls a number in a second
  CPU     seconds of Odoo's process, without the database's and without waiting
  ideal   requests if only the people to be written were sent, in full batches; a
          transmission may need {GOAL_REQUESTS} times as many
  peak    megabytes above the idle process; the goal is {GOAL_PEAK_MB} for any number
  "single" rows are measured with few people and multiplied: see docs/performance.md
"""
    )
