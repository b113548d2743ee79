"""Run the tests of the addons below glue/ whose other addon is one of Odoo's own.

They install themselves beside it, so a database of its own gets all of these others.
"""

from __future__ import annotations

import ast
import time
from pathlib import Path

from ..environment import Environment, places
from ..environment.databases import Databases
from .orm_suite import run_odoo
from .report import Outcome


def run(environment: Environment) -> Outcome:
    """Install what is glued and run the tests of the glue."""
    start = time.monotonic()
    glued, reasons = {}, []
    for addon in sorted(places.GLUE.glob("*/tests/__init__.py")):
        name = addon.parents[1].name
        others = _others(addon.parents[1])
        missing = [each for each in others if not _is_odoos(environment, each)]
        if missing:
            reasons.append(f"{name}: Odoo's source has no {', '.join(missing)}")
        else:
            glued[name] = others
    if not glued:
        return Outcome("glue", 0, [], reasons, time.monotonic() - start)
    modules = sorted(
        {places.MODULE, *glued, *(o for each in glued.values() for o in each)}
    )
    tags = ",".join(f"/{name}" for name in glued)
    databases = Databases(environment.postgres, environment.odoo)
    with databases.temporary("glue") as database:
        log, code = run_odoo(environment, database, modules, tags, "glue")
    failures = log.failures
    if not log.ran:
        failures.append(f"no test ran of {tags}")
    elif code and not failures:
        failures.append(f"Odoo ended with code {code}")
    reasons += log.skip_reasons
    return Outcome("glue", log.passed, failures, reasons, time.monotonic() - start)


def _others(addon: Path) -> list[str]:
    """The addons that are glued to ours."""
    manifest = ast.literal_eval((addon / "__manifest__.py").read_text(encoding="utf-8"))
    return [name for name in manifest["depends"] if name != places.MODULE]


def _is_odoos(environment: Environment, name: str) -> bool:
    source = environment.source
    folders = [source.library / "odoo" / "addons", *source.addons]
    return any((folder / name).is_dir() for folder in folders)
