"""Install the addon into a fresh database and run its tests with Odoo's own runner."""

from __future__ import annotations

import subprocess
import time

from ..environment import Environment, places
from ..environment.console import say
from ..environment.databases import Databases
from ..environment.odoo_server import free_port
from .odoo_log import TestLog
from .report import Outcome


def run(environment: Environment, tags: str) -> Outcome:
    """Run the tests that the tags choose; failures are shown as they happen."""
    start = time.monotonic()
    databases = Databases(environment.postgres, environment.odoo)
    with databases.temporary("test") as name:
        modules = [places.MODULE]
        log, code = run_odoo(environment, name, modules, test_tags(tags), "orm")
    failures = log.failures
    if not log.ran:
        failures.append(f"no test ran: does {test_tags(tags)} match one?")
    elif code and not failures:
        failures.append(f"Odoo ended with code {code}")
    return Outcome(
        "orm", log.passed, failures, log.skip_reasons, time.monotonic() - start
    )


def run_odoo(
    environment: Environment, database: str, modules: list[str], tags: str, suite: str
):
    """Install modules into a database, run the tests, and tell failures at once.

    :return: what the log said, and the code with which Odoo ended
    """
    command = environment.odoo.command(
        *("-d", database, "-i", ",".join(modules), "--test-tags", tags),
        *("--http-port", str(free_port()), "--stop-after-init"),
    )
    log = TestLog()
    copy = places.LOGS / f"{suite}.log"
    with (
        copy.open("w") as file,
        subprocess.Popen(
            command,
            env=environment.odoo.environ,
            cwd=places.STATE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as process,
    ):
        for line in process.stdout:
            file.write(line)
            news = log.read(line.rstrip("\n"))
            if news:
                say(news)
    say(f"  (the whole log: {copy})")
    return log, process.returncode


def test_tags(text: str) -> str:
    """What Odoo's --test-tags takes, from the short form that people like to type."""
    if not text:
        return f"/{places.MODULE}"
    return text if text[0] in "/+-" else f"/{places.MODULE}:{text}"
