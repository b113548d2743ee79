"""Make the demo's database once, and bring it up to date when the addon has changed."""

from __future__ import annotations

import contextlib
import hashlib
import subprocess

from ..environment import Environment, places
from ..environment.console import Failure, say, step
from ..environment.databases import Databases
from . import mailman, post, sandbox
from .places import DATABASE

#: What a database is built from.
_SOURCES = ("models", "wizards", "views", "data", "security", "i18n", "static")
_MARK = "SELECT value FROM ir_config_parameter WHERE key = 'newsletter_sync.demo'"
_INSIDE = "from odoo.addons.newsletter_sync.scripts.demo.inside import "


def provide(environment: Environment) -> None:
    """A complete database, whatever an earlier call has left behind."""
    databases = Databases(environment.postgres, environment.odoo)
    fingerprint = _fingerprint()
    known = _mark(databases)
    if not known:
        _build(environment, databases, fingerprint)
    elif known != fingerprint:
        _update(environment, fingerprint)


def _build(environment: Environment, databases: Databases, fingerprint: str) -> None:
    # The tool's people belong to this database: a new one begins with an empty tool.
    sandbox.forget()
    mailman.forget()
    post.forget()
    say("- Demo database: installing the addon …")
    with step("Demo database"):
        databases.install(DATABASE)
    say("- Organisation: 500 contacts, their consents, German and English …")
    with step("Organisation"):
        environment.odoo.run_code(
            DATABASE,
            f"{_INSIDE}organisation\norganisation.build(env, {fingerprint!r})",
        )


def _update(environment: Environment, fingerprint: str) -> None:
    say("- Demo database: updating, for the addon has changed …")
    with step("Demo database"):
        log = places.LOGS / "demo-update.log"
        options = ("--stop-after-init", "--no-http", "--logfile", str(log))
        done = environment.odoo.run(
            *("-d", DATABASE, "-u", places.MODULE, *options),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        if done.returncode:
            raise Failure(
                f"The demo's database could not be updated ({log}): 'make clean' and"
                " 'make demo' make a new one."
            )
        environment.odoo.run_code(
            DATABASE, f"{_INSIDE}organisation\norganisation.mark(env, {fingerprint!r})"
        )


def _mark(databases: Databases) -> str:
    """What the database was built from; empty if it is not there or not complete."""
    if DATABASE in databases.names():
        with contextlib.suppress(Failure):
            return databases.postgres.sql(_MARK, database=DATABASE)
    return ""


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for source in _SOURCES:
        for path in sorted((places.CHECKOUT / source).rglob("*")):
            if path.is_file() and path.suffix != ".pyc":
                digest.update(path.read_bytes())
    digest.update((places.CHECKOUT / "__manifest__.py").read_bytes())
    return digest.hexdigest()[:16]
