"""The tools that the demo can be run with, and where each of them stands."""

from __future__ import annotations

import os

from ..environment.console import Failure
from . import mailman, sandbox
from .logins import LOGINS

#: those that run here for real; the sandbox plays the others
REAL = {"mailman": mailman}


def chosen() -> str:
    """The tool that the variable TOOL names."""
    tool = os.environ.get("TOOL") or "cleverreach"
    if tool not in LOGINS:
        raise Failure(f"TOOL takes {', '.join(sorted(LOGINS))}, not {tool!r}.")
    return tool


def running(tool: str, python, port: int):
    """A context in which the tool runs.

    It yields a dictionary: ``url`` (to look at), ``login`` (of the connection),
    ``label`` (what it is), ``process`` (ends when the tool does), and what its staff
    needs to act in it (see ``inside.staff``).
    """
    return REAL.get(tool, sandbox).running(tool, python, port)
