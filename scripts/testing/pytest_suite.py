"""Run one folder of tests with pytest, in the virtual environment."""

from __future__ import annotations

import shlex
import subprocess
import time
from pathlib import Path
from xml.etree import ElementTree

from ..environment import Environment, places
from .report import Outcome


def run(environment: Environment, suite: str, folder: str, arguments: str) -> Outcome:
    """Run the folder's tests; pytest shows its own output as they go."""
    start = time.monotonic()
    report = places.LOGS / f"{suite}.xml"
    report.unlink(missing_ok=True)
    command = [environment.virtualenv.python, "-m", "pytest", "-q", folder]
    done = subprocess.run(
        [*command, f"--junitxml={report}", *shlex.split(arguments)],
        cwd=places.CHECKOUT,
        env=environment.odoo.environ,
        check=False,
    )
    passed, failures, reasons = _read(report) if report.exists() else (0, [], [])
    # pytest's code 5: no test was found; others beside 1 mean that it broke down.
    if done.returncode and not failures:
        failures.append(f"pytest ended with code {done.returncode}, see above")
    return Outcome(suite, passed, failures, reasons, time.monotonic() - start)


def _read(report: Path) -> tuple[int, list[str], list[str]]:
    passed, failures, reasons = 0, [], []
    for case in ElementTree.parse(report).iter("testcase"):
        skipped = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            failures.append(f"{case.get('classname')}.{case.get('name')}")
        elif skipped is not None:
            reasons.append(skipped.get("message") or "no reason given")
        else:
            passed += 1
    return passed, failures, reasons
