"""make bench: seconds, requests and memory for many members.

N=1000,20000,100000  how many, one number or several
ONLY=push            some of the measurements, several with commas

A table is printed, and bench/results.json written: name -> figures.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from scripts.environment import prepare
from scripts.environment.console import Failure, run_command, say

from . import table
from .figures import Figures
from .measurements import MEASUREMENTS
from .stage import Stage

_RESULTS = Path(__file__).with_name("results.json")


def main() -> int:
    sizes, chosen = _sizes(), _chosen()
    found: list[Figures] = []
    environment = prepare()
    say("- Measuring: a database and two sandboxes are made …")
    with Stage.built(environment) as stage:
        table.head()
        for size in sizes:
            for name in chosen:
                for figures in MEASUREMENTS[name](stage, size):
                    table.row(figures)
                    found.append(figures)
    table.foot()
    results = {figures.name: figures.as_dict() for figures in found}
    _RESULTS.write_text(json.dumps(results, indent=2) + "\n")
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


def _chosen() -> list[str]:
    only = os.environ.get("ONLY")
    chosen = only.split(",") if only else list(MEASUREMENTS)
    if unknown := set(chosen) - set(MEASUREMENTS):
        known = ", ".join(MEASUREMENTS)
        raise Failure(f"ONLY takes {known}, not {', '.join(sorted(unknown))}.")
    return chosen


if __name__ == "__main__":
    run_command(main)
