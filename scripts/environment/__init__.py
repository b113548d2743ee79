"""What a fresh machine needs to run Odoo 19 with this addon, and how it gets it.

`prepare()` is the one entrance: after it there is an Odoo, a virtual environment
and a running PostgreSQL, whatever was there before.
"""

from __future__ import annotations

from typing import NamedTuple

from . import places
from .console import step
from .lock import only_one
from .odoo_server import OdooServer
from .odoo_source import OdooSource
from .postgres import Postgres
from .virtualenv import Virtualenv


class Environment(NamedTuple):
    """The parts of a working set-up, each ready to use."""

    source: OdooSource
    virtualenv: Virtualenv
    postgres: Postgres
    odoo: OdooServer


def prepare() -> Environment:
    """Make or find everything; a second call finds it and needs no network.

    The lock lets two calls at the same time wait for each other instead of
    writing into the same folders.
    """
    source, virtualenv = prepare_programs()
    places.STATE.mkdir(parents=True, exist_ok=True)
    with only_one(places.STATE / "setup.lock", "another start"):
        with step("PostgreSQL"):
            postgres = Postgres.provide(virtualenv)
        odoo = OdooServer.provide(source, virtualenv, postgres)
    return Environment(source, virtualenv, postgres, odoo)


def prepare_programs() -> tuple[OdooSource, Virtualenv]:
    """Make or find Odoo and the Python packages only, without a database server."""
    places.CACHE.mkdir(parents=True, exist_ok=True)
    with only_one(places.CACHE / "setup.lock", "another set-up"):
        with step("Odoo 19"):
            source = OdooSource.provide()
        with step("Python packages"):
            virtualenv = Virtualenv.provide(source)
    return source, virtualenv
