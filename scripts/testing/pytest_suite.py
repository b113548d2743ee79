"""Run one folder of tests with pytest, in the virtual environment."""

from __future__ import annotations

import shlex
import subprocess
import time
from pathlib import Path
from xml.etree import ElementTree

from ..environment import Environment, places
from ..environment.console import say
from .report import Outcome


def run(
    environment: Environment, suite: str, folder: str, arguments: str, again: bool
) -> Outcome:
    """Run the folder's tests; pytest shows its own output as they go.

    :param again: files with a failure are run a second time, from fresh databases.
        For tests that wait for other programs: on a machine that does much else one
        may come too late. Who passes only then is named in the report.
    """
    start = time.monotonic()
    code, results = _try(environment, suite, [folder, *shlex.split(arguments)])
    unsteady = []
    failed = {case for case, (state, _told) in results.items() if state == "failed"}
    if again and failed:
        files = sorted({_file_of(case, folder) for case in failed})
        say(f"\n=== {suite} tests, once more: {', '.join(files)}")
        code, second = _try(environment, f"{suite}-again", files)
        results.update(second)
        unsteady = sorted(case for case in failed if results[case][0] == "passed")
    failures = [case for case, (state, _told) in results.items() if state == "failed"]
    # pytest's code 5: no test was found; others beside 1 mean that it broke down.
    if code and not failures:
        failures.append(f"pytest ended with code {code}, see above")
    return Outcome(
        suite,
        sum(state == "passed" for state, _told in results.values()),
        failures,
        [told for state, told in results.values() if state == "skipped"],
        time.monotonic() - start,
        unsteady,
    )


def _try(
    environment: Environment, name: str, arguments: list[str]
) -> tuple[int, dict[str, tuple[str, str]]]:
    """pytest's exit code, and by test its state and the reason if it was skipped."""
    report = places.LOGS / f"{name}.xml"
    report.unlink(missing_ok=True)
    command = [environment.virtualenv.python, "-m", "pytest", "-q", *arguments]
    done = subprocess.run(
        [*command, f"--junitxml={report}"],
        cwd=places.CHECKOUT,
        env=environment.odoo.environ,
        check=False,
    )
    return done.returncode, _read(report) if report.exists() else {}


def _read(report: Path) -> dict[str, tuple[str, str]]:
    results: dict[str, tuple[str, str]] = {}
    for case in ElementTree.parse(report).iter("testcase"):
        name = f"{case.get('classname')}.{case.get('name')}"
        skipped = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            results[name] = ("failed", "")
        elif name in results:
            # A test whose clean-up failed is listed twice; the failure counts.
            continue
        elif skipped is not None:
            results[name] = ("skipped", skipped.get("message") or "no reason given")
        else:
            results[name] = ("passed", "")
    return results


def _file_of(case: str, folder: str) -> str:
    """test_coupling.test_opens -> tests_browser/test_coupling.py

    pytest names modules from the folder on that has a pytest.ini.
    """
    module = next(part for part in case.split(".") if part.startswith("test_"))
    return f"{folder}/{module}.py"
