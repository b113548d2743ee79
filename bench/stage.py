"""The stage of all measurements: a database, two tools, and processes beside them."""

from __future__ import annotations

import contextlib
import json
import subprocess
import tempfile
from pathlib import Path

from scripts.environment import Environment, places
from scripts.environment.databases import Databases

from . import people, tool
from .figures import Figures
from .tool import Tool

_TOKEN_PATH = f"/{tool.CODE}/oauth/token.php"


class Stage:
    """What a measurement gets."""

    def __init__(self, environment: Environment, database: str, tools, folder: str):
        self._environment = environment
        self.database = database
        self.tool, self.twin = tools
        #: file with the requests of what was measured last
        self.recording = f"{folder}/requests"
        self.inside("connection.connect", tool.CODE, self._login(self.tool))

    @classmethod
    @contextlib.contextmanager
    def built(cls, environment: Environment):
        """Yield a stage; nothing of it is left."""
        databases = Databases(environment.postgres, environment.odoo)
        python = environment.virtualenv.python
        with (
            databases.temporary("bench") as database,
            Tool.running(python) as first,
            Tool.running(python) as twin,
            tempfile.TemporaryDirectory() as folder,
        ):
            environment.odoo.install(database, places.MODULE)
            yield cls(environment, database, (first, twin), folder)

    # --- what measurements are made of ---------------------------------------------
    def people(self, number: int, prefix: str) -> None:
        """Contacts with confirmed consents, whose addresses begin with the prefix."""
        self.sql(people.make(number, prefix))

    def new_list(self, name: str) -> int:
        """An empty list of the tool, and one like it of the twin.

        All lists are made so: then the requests for one fit the other.
        """
        (list_id,) = {each.new_list(name) for each in (self.tool, self.twin)}
        return list_id

    def sql(self, statement: str) -> str:
        return self._environment.postgres.sql(statement, self.database)

    def rest(self, *tables: str) -> None:
        """Let the database do what it does by itself a minute after many writes: clean
        up (autovacuum) and write to the disk. Else it would do so while the next work
        is measured, and nobody compares a list a second after a million rows."""
        for table in tables:
            self.sql(f"VACUUM ANALYZE {table}")
        self.sql("CHECKPOINT")

    def inside(self, function: str, *arguments):
        """Run ``module.function`` of ``bench.inside`` in an Odoo process of its own.

        :return: what it printed as JSON in its last line
        """
        module = function.split(".")[0]
        listed = ", ".join(["env", *map(repr, arguments)])
        printed = self._environment.odoo.run_code(
            self.database,
            f"from odoo.addons.{places.MODULE}.bench.inside import {module}\n"
            f"{function}({listed})",
        )
        lines = printed.strip().splitlines()
        return json.loads(lines[-1]) if lines else None

    def measure(self, name: str, n: int, function: str, *arguments) -> Figures:
        """Run a function that ends by ``Meter.answer``; its last argument is the file
        for its requests. The floor is these requests alone, see ``replay``."""
        outcome = self.outcome(function, *arguments, self.recording)
        return Figures(
            name=name,
            n=n,
            seconds=sum(outcome["phases"].values()),
            cpu_seconds=outcome["cpu_seconds"],
            floor_seconds=self.replay(),
            peak_mb=outcome["peak_mb"],
            requests=outcome["requests"],
            ideal=-(-outcome["to_send"] // outcome["batch"]),
            phases=outcome["phases"],
        )

    @property
    def python(self) -> Path:
        """The Python of the environment, for processes beside."""
        return self._environment.virtualenv.python

    def serving(self, workers: int):
        """A served Odoo with so many workers; yields its address."""
        return self._environment.odoo.serving(self.database, workers=workers)

    def outcome(self, function: str, *arguments) -> dict:
        """Run a function that ends by ``Meter.answer``: its outcome, and ``requests``
        that it made of the tool."""
        self.tool.counted()
        outcome = self.inside(function, *arguments)
        return {**outcome, "requests": self.tool.counted()}

    def replay(self, at_twin: bool = True) -> float:
        """Seconds of the recorded requests alone, with the parsing of their answers.

        :param at_twin: a tool that is empty, for requests that write; those that read
            are repeated where they were made
        """
        address = (self.twin if at_twin else self.tool).address
        login = {"grant_type": "client_credentials", **tool.LOGIN}
        command = [
            self._environment.virtualenv.python,
            Path(__file__).with_name("replay.py"),
            *(self.recording, address, _TOKEN_PATH, json.dumps(login)),
        ]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        return float(done.stdout)

    # --- inside --------------------------------------------------------------------
    @staticmethod
    def _login(used: Tool) -> dict[str, str]:
        return {**tool.LOGIN, "base_url": f"{used.address}/{tool.CODE}"}
