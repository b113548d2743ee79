"""make test: the suites one after the other, and one table over all of them."""

from __future__ import annotations

import os

from .environment import chromium, prepare
from .environment.console import Failure, run_command, say
from .testing import glue_suite, orm_suite, pytest_suite, report

_SUITES = ("pure", "real", "orm", "glue", "system", "queue", "browser")
#: tests that wait for the browser: a build machine tries twice. Those that kill and
#: race are not tried again: what fails at one moment in ten is a fault
_WAITING = ("browser",)
#: too heavy to be run each time: a Ghost takes minutes and half a gigabyte
_ON_DEMAND = ("ghost",)


def main() -> int:
    only = os.environ.get("ONLY") or ",".join(_SUITES)
    chosen = only.split(",")
    if not set(chosen) <= {*_SUITES, *_ON_DEMAND}:
        raise Failure(f"ONLY takes {', '.join(_SUITES)}, not {only}.")
    arguments = os.environ.get("ARGS", "")
    if {"orm", "browser"} & set(chosen):
        os.environ["NEWSLETTER_CHROMIUM"] = chromium.provide() or ""
    environment = prepare()
    outcomes = []
    try:
        for suite in chosen:
            say(f"\n=== {suite} tests")
            if suite == "orm":
                tags = os.environ.get("TAGS", "")
                outcome = orm_suite.run(environment, tags)
            elif suite == "glue":
                outcome = glue_suite.run(environment)
            else:
                folder = f"tests_{suite}"
                again = bool(os.environ.get("CI")) and suite in _WAITING
                outcome = pytest_suite.run(environment, suite, folder, arguments, again)
            outcomes.append(outcome)
    finally:
        # A developer wants the server kept for the next run, a build machine does not.
        if os.environ.get("CI") and environment.postgres.started:
            environment.postgres.stop()
    return 0 if report.show(outcomes) else 1


if __name__ == "__main__":
    run_command(main)
