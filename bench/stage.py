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
        self.tool, self._twin = tools
        self._recording = f"{folder}/requests"
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
        """An empty list of the tool, and one like it of the twin."""
        (list_id,) = {each.new_list(name) for each in (self.tool, self._twin)}
        return list_id

    def sql(self, statement: str) -> str:
        return self._environment.postgres.sql(statement, self.database)

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
        self.tool.counted()
        outcome = self.inside(function, *arguments, self._recording)
        requests = self.tool.counted()
        phases = outcome["phases"]
        return Figures(
            name=f"{name}_{n}",
            n=n,
            seconds=sum(phases.values()),
            cpu_seconds=outcome["cpu_seconds"],
            floor_seconds=self._replay(),
            peak_mb=outcome["peak_mb"],
            requests=requests,
            ideal=-(-outcome["to_send"] // outcome["batch"]),
            phases=phases,
        )

    # --- inside --------------------------------------------------------------------
    def _replay(self) -> float:
        """Seconds that the twin of the tool needs for the same requests."""
        login = {"grant_type": "client_credentials", **tool.LOGIN}
        command = [
            self._environment.virtualenv.python,
            Path(__file__).with_name("replay.py"),
            *(self._recording, self._twin.address, _TOKEN_PATH, json.dumps(login)),
        ]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        return float(done.stdout)

    @staticmethod
    def _login(used: Tool) -> dict[str, str]:
        return {**tool.LOGIN, "base_url": f"{used.address}/{tool.CODE}"}
