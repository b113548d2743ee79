"""make bench: seconds, requests and memory for many members.

N=1000,20000,100000  how many, one number or several
ONLY=fetch,push      some of the figures, by their names; what is measured together
                     comes together

A table is printed, and bench/results.json written: name -> figures of the largest N.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

from scripts.environment import prepare
from scripts.environment.console import Failure, run_command, say

from . import table
from .figures import GOALS
from .measurements import MEASUREMENTS
from .stage import Stage

_RESULTS = Path(__file__).with_name("results.json")


def main() -> int:
    sizes, chosen = _sizes(), _chosen()
    found: dict[str, dict] = {}
    environment = prepare()
    say("- Measuring: a database and two sandboxes are made …")
    with Stage.built(environment) as stage:
        table.head()
        for size in sizes:
            for function in chosen:
                for figures in function(stage, size):
                    table.row(figures)
                    found[figures.name] = figures.as_dict()
                    # what was measured is kept, whatever fails an hour later
                    _RESULTS.write_text(json.dumps(found, indent=2) + "\n")
    table.foot()
    return 0


def _sizes() -> list[int]:
    text = os.environ.get("N") or "1000,20000,100000"
    try:
        sizes = sorted({int(part.replace("_", "")) for part in text.split(",")})
    except ValueError:
        raise Failure(f"N takes numbers such as 1000,20000, not {text!r}.") from None
    if sizes[0] < 1:
        raise Failure("N takes numbers from 1 up.")
    return sizes


def _chosen() -> list[Callable]:
    """The functions to call, each once and in the order of the table."""
    only = os.environ.get("ONLY")
    names = only.split(",") if only else [*GOALS, *MEASUREMENTS]
    if unknown := set(names) - set(MEASUREMENTS) - set(GOALS):
        known = ", ".join(MEASUREMENTS)
        raise Failure(f"ONLY takes {known}, not {', '.join(sorted(unknown))}.")
    return list(dict.fromkeys(MEASUREMENTS[n] for n in names if n in MEASUREMENTS))


if __name__ == "__main__":
    run_command(main)
