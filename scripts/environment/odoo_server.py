"""Write Odoo's configuration and run Odoo: one command, or a server for a while."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import textwrap
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import NamedTuple

from . import places
from .console import Failure
from .odoo_source import OdooSource
from .postgres import Postgres
from .virtualenv import Virtualenv

_START_TIMEOUT = 120
_CONFIG = """\
[options]
addons_path = {addons}
data_dir = {data}
admin_passwd = admin
http_interface = 127.0.0.1
list_db = False
max_cron_threads = 1
limit_time_real_cron = 0
unaccent = False
"""


class OdooServer(NamedTuple):
    """Odoo's command line with this checkout's configuration."""

    python: Path
    environ: dict[str, str]

    @classmethod
    def provide(
        cls, source: OdooSource, virtualenv: Virtualenv, postgres: Postgres
    ) -> OdooServer:
        for folder in (places.ADDONS, places.LOGS, places.ODOO_DATA):
            folder.mkdir(parents=True, exist_ok=True)
        link = places.ADDONS / places.MODULE
        if not link.is_symlink():
            link.symlink_to(places.CHECKOUT)
        addons = ",".join(map(str, [*source.addons, places.ADDONS, places.GLUE]))
        places.ODOO_CONFIG.write_text(
            _CONFIG.format(addons=addons, data=places.ODOO_DATA)
        )
        # Odoo's driver reads the same PG… variables as PostgreSQL's own programs.
        found_by_odoo = {"ODOO_RC": str(places.ODOO_CONFIG), **postgres.environ}
        return cls(virtualenv.python, {**os.environ, **found_by_odoo})

    def beside(self, packages: Path, *server_wide: str) -> OdooServer:
        """The same Odoo that also finds what pip has put into a folder.

        :param packages: a folder with ``odoo/addons`` in it and what these need
        :param server_wide: modules that are loaded without a database, too
        """
        path = self.environ.get("PYTHONPATH", "").split(os.pathsep)
        config = places.ODOO_CONFIG.read_text()
        addons = re.search(r"^addons_path = (.*)$", config, re.MULTILINE)[1]
        more = {
            "PYTHONPATH": os.pathsep.join(filter(None, [str(packages), *path])),
            "ODOO_ADDONS_PATH": f"{addons},{packages / 'odoo' / 'addons'}",
            "ODOO_SERVER_WIDE_MODULES": ",".join(["base", "rpc", "web", *server_wide]),
        }
        return self._replace(environ={**self.environ, **more})

    def command(self, *arguments: str) -> list[str]:
        """The command line for `odoo ARGUMENTS`; run it with `environ`."""
        return [str(self.python), "-m", "odoo", *arguments]

    def run(self, *arguments: str, **options) -> subprocess.CompletedProcess:
        """Run Odoo in the foreground; the caller looks at the exit code."""
        # From another folder, for -m puts the current one first on the search path.
        return subprocess.run(
            self.command(*arguments),
            env=self.environ,
            cwd=places.STATE,
            check=False,
            **options,
        )

    def install(self, database: str, *modules: str) -> None:
        """Install modules into a database, which is made if it does not exist."""
        log = places.LOGS / f"install-{database}.log"
        done = self.run(
            *("-d", database, "-i", ",".join(modules)),
            *("--stop-after-init", "--no-http", "--logfile", str(log)),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        if done.returncode:
            names = ", ".join(modules)
            raise Failure(f"Odoo could not install {names}: {_last_error(log)} ({log})")

    def run_code(self, database: str, code: str) -> str:
        """Run Python code that has `env`, commit, and return what it printed."""
        done = self.run(
            *("shell", "-d", database, "--no-http", "--log-level=error"),
            input=f"{textwrap.dedent(code)}\nenv.cr.commit()\n",
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        if done.returncode:
            lines = done.stderr.strip().splitlines() or ["no reason given"]
            raise Failure(f"The code failed in {database}: {lines[-1]}")
        return done.stdout

    @contextlib.contextmanager
    def serving(self, database: str, *arguments: str, port: int = 0, workers: int = 0):
        """Serve one database on 127.0.0.1 and yield the address, ready for requests.

        :param workers: processes for requests; 0: threads of one process
        """
        ensure_free(port)
        port = port or free_port()
        log = places.LOGS / f"serve-{database}.log"
        # Without a filter the name alone chooses, and no request asks PostgreSQL.
        only = ("-d", database, "--db-filter", f"^{database}$")
        command = self.command()
        if workers:
            only = "-d", database
            arguments = (
                *("--workers", str(workers), "--gevent-port", str(free_port())),
                *arguments,
            )
            command = [str(self.python), str(_program())]
        process = subprocess.Popen(
            [
                *command,
                *(*only, "--http-port", str(port), "--logfile", str(log)),
                *arguments,
            ],
            env=self.environ,
            cwd=places.STATE,
            # Ctrl-C is for us: we stop the server, once.
            start_new_session=True,
        )
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_until_ready(address, process, log)
            yield address
        finally:
            _stop(process)


def _program() -> Path:
    """Odoo as a program in a file: with workers it starts itself once more by name."""
    program = places.STATE / "bin" / "odoo-bin"
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_text("from odoo.cli.command import main\n\nmain()\n")
    return program


def ensure_free(port: int) -> None:
    """Fail with a sentence if somebody listens on the port of 127.0.0.1 already."""
    with socket.socket() as probe:
        if port and probe.connect_ex(("127.0.0.1", port)) == 0:
            raise Failure(f"Port {port} is taken: stop what uses it or choose another.")


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _last_error(log: Path) -> str:
    """The last line of a log that names an error, else its last line."""
    lines = log.read_text(errors="replace").splitlines() or ["no reason given"]
    named = [line for line in lines if re.match(r"[\w.]*(Error|Exception)\b.*:", line)]
    return (named or lines)[-1]


def _wait_until_ready(address: str, process: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + _START_TIMEOUT
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise Failure(f"Odoo ended at once: {_last_error(log)} ({log})")
        with contextlib.suppress(urllib.error.URLError, OSError):
            urllib.request.urlopen(f"{address}/web/health", timeout=5).close()
            return
        time.sleep(0.2)
    raise Failure(f"Odoo did not answer at {address} in time: read {log}.")


def _stop(process: subprocess.Popen) -> None:
    process.send_signal(signal.SIGINT)
    try:
        process.wait(timeout=15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
