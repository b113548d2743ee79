"""The figures as a table for people."""

from __future__ import annotations

import os

from scripts.environment.console import say

from .figures import Figures

_HEAD = (
    f"  {'measured':<18}{'people':>9}{'preview':>9}{'transmit':>10}{'seconds':>9}{'CPU':>8}"
    f"{'people/s':>10}{'floor':>8}{'ratio':>7}{'requests':>10}{'ideal':>8}"
    f"{'peak MB':>9}"
)


def head() -> None:
    """Say what the machine does besides, for that decides about seconds."""
    load = os.getloadavg()[0]
    say(f"\n  {os.cpu_count()} processors, load before: {load:.1f}\n")
    say(_HEAD)
    say("  " + "-" * (len(_HEAD) - 2))


def row(figures: Figures) -> None:
    """One line at once: the next one may take minutes."""
    known = figures.as_dict()
    phase = figures.phases.get
    say(
        f"  {figures.name.rpartition('_')[0]:<18}{figures.n:>9,}"
        f"{phase('preview', 0):>9.1f}{phase('transmit', 0):>10.1f}"
        f"{figures.seconds:>9.1f}{figures.cpu_seconds:>8.1f}{figures.n / figures.seconds:>10,.0f}"
        f"{figures.floor_seconds:>8.1f}{known['ratio'] or 0:>7.1f}"
        f"{figures.calls:>10,}{figures.ideal:>8,}{figures.peak_mb:>9.0f}"
    )


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
