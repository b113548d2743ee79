"""Odoo databases of this checkout: copy a prepared one in a second, drop it again."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
from pathlib import Path
from typing import NamedTuple

from . import places
from .console import say, step
from .lock import only_one
from .odoo_server import OdooServer
from .postgres import Postgres

#: What the addon depends on; installing that takes half a minute, copying it a second.
_BASE_MODULES = ("mass_mailing", "crm")


class Databases(NamedTuple):
    """All databases of this checkout, each with its folder of files."""

    postgres: Postgres
    odoo: OdooServer

    def names(self) -> list[str]:
        """All databases that are Odoo's, the templates too."""
        query = "SELECT datname FROM pg_database WHERE NOT datistemplate ORDER BY 1"
        names = self.postgres.sql(query, database="postgres").splitlines()
        return [name for name in names if name != "postgres"]

    def create(self, name: str) -> None:
        """Make a fresh database with everything installed that the addon depends on."""
        template = self._template()
        self.drop(name)
        self._copy(template, name)

    def install(self, name: str) -> None:
        """Make a fresh database with the addon installed."""
        self.create(name)
        self.odoo.install(name, places.MODULE)

    def drop(self, name: str) -> None:
        """Remove a database and its files, if it exists."""
        self.postgres.run(
            *("dropdb", "--if-exists", "--force", name),
            failure=f"The database {name} could not be dropped.",
        )
        shutil.rmtree(_files(name), ignore_errors=True)

    @contextlib.contextmanager
    def temporary(self, prefix: str):
        """Yield the name of a fresh database that is dropped at the end."""
        self._drop_left_over(prefix)
        name = f"{prefix}_{os.getpid()}"
        self.create(name)
        try:
            yield name
        finally:
            self.drop(name)

    @contextlib.contextmanager
    def copied(self, source: str):
        """Yield the name of a copy, which is dropped at the end; nobody may use it."""
        name = f"{source}_copy"
        self.drop(name)
        self._copy(source, name)
        try:
            yield name
        finally:
            self.drop(name)

    def _drop_left_over(self, prefix: str) -> None:
        """Drop those of earlier processes that were killed before they could."""
        for name in self.names():
            owner = re.fullmatch(rf"{prefix}_(\d+)(_copy)?", name)
            if owner and not Path("/proc", owner[1]).exists():
                self.drop(name)

    def _template(self) -> str:
        """The database to copy, made once for each Odoo and set of modules."""
        release = self.odoo.python.parent.parent.name
        key = hashlib.sha256(f"{release} {_BASE_MODULES}".encode()).hexdigest()[:8]
        template = f"base_{key}"
        with only_one(places.STATE / "template.lock", "the template database"):
            if template not in self.names():
                say(f"- Template database: installing {', '.join(_BASE_MODULES)} …")
                with step("Template database"):
                    self._make_template(template)
        return template

    def _make_template(self, template: str) -> None:
        # Renamed when it is complete, so that an interrupted one is not taken for good.
        unfinished = f"{template}_unfinished"
        self.drop(unfinished)
        self.odoo.install(unfinished, *_BASE_MODULES)
        self._copy(unfinished, template)
        self.drop(unfinished)

    def _copy(self, source: str, target: str) -> None:
        # Files first: the database's existence says that all is there. Odoo's files
        # never change (their name is the hash of their content), so links suffice.
        shutil.rmtree(_files(target), ignore_errors=True)
        if _files(source).is_dir():
            shutil.copytree(_files(source), _files(target), copy_function=os.link)
        self.postgres.run(
            *("createdb", "--template", source, target),
            failure=f"The database {target} could not be made from {source}.",
        )


def _files(name: str) -> Path:
    return places.ODOO_DATA / "filestore" / name
