"""One Mailman server: its configuration, its start and its end."""

from __future__ import annotations

import base64
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from ..environment.console import Failure
from ..environment.odoo_server import free_port
from ..environment.virtualenv import Virtualenv

USER, PASSWORD = "restadmin", "restpass"
_START_TIMEOUT = 120
_STOP_TIMEOUT = 20

#: real confirmation mails, bounces and sending
_CONFIGURATION = """\
[mailman]
site_owner: owner@example.test
layout: here
[paths.here]
var_dir: {var}
[mta]
incoming: mailman.mta.null.NullMTA
outgoing: mailman.mta.deliver.deliver
smtp_host: 127.0.0.1
smtp_port: {smtp}
lmtp_host: 127.0.0.1
lmtp_port: {lmtp}
[webservice]
hostname: 127.0.0.1
port: {rest}
admin_user: {user}
admin_pass: {password}
"""
#: what a newsletter does not need
_NEEDLESS = ("archive", "digest", "nntp", "task", "retry")
#: These look for work three times a second. Bounces else wait for two minutes: the
#: setting register_bounces_every, which ought to say so, is read by nothing.
_EAGER = ("bounces", "command", "in", "out", "pipeline", "virgin")


class MailmanServer:
    """Runs while it is used as a context manager.

    :param folder: for everything that it writes; what an earlier one left is kept
    :param smtp_port: where its mails go to; nobody has to listen there
    """

    user, password = USER, PASSWORD

    def __init__(self, programs: Virtualenv, folder: Path, smtp_port: int = 0):
        self._programs, self._folder = programs, folder
        self.smtp_port = smtp_port or free_port()
        self.lmtp_port, self._rest_port = free_port(), free_port()
        self._process: subprocess.Popen | None = None

    @property
    def url(self) -> str:
        """Address of the REST API, without its version."""
        return f"http://127.0.0.1:{self._rest_port}"

    def start(self) -> MailmanServer:
        """Start it and wait until it answers.

        :raises Failure: it does not
        """
        var, home = self._folder / "var", self._folder / "home"
        for folder in (var, home):
            folder.mkdir(parents=True, exist_ok=True)
        configuration = self._folder / "mailman.cfg"
        configuration.write_text(self._configuration(var))
        # `mailman start` would leave a daemon behind; this is what it runs.
        command = [self._programs.python, self._programs.program("master")]
        log = self._folder / "start.log"
        with log.open("w") as output:
            self._process = subprocess.Popen(
                [*command, "--force", "-C", configuration],
                cwd=var,
                # gunicorn puts a socket into HOME.
                env={**os.environ, "HOME": str(home), "MAILMAN_VAR_DIR": str(var)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            self._wait(log)
        except BaseException:
            self.stop()
            raise
        return self

    @property
    def process(self) -> subprocess.Popen | None:
        """The running server, None before and after."""
        return self._process

    def stop(self) -> None:
        """End it with all its runners."""
        process = self._process
        if process is None:
            return
        process.terminate()
        try:
            process.wait(_STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self._process = None

    __enter__ = start

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def _configuration(self, var: Path) -> str:
        runners = "".join(f"[runner.{name}]\nstart: no\n" for name in _NEEDLESS)
        for name in _EAGER:
            runners += f"[runner.{name}]\nsleep_time: 0.3s\n"
        return runners + _CONFIGURATION.format(
            var=var,
            smtp=self.smtp_port,
            lmtp=self.lmtp_port,
            rest=self._rest_port,
            user=USER,
            password=PASSWORD,
        )

    def _wait(self, log: Path) -> None:
        request = urllib.request.Request(f"{self.url}/3.1/system/versions")
        login = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        request.add_header("Authorization", f"Basic {login}")
        deadline = time.monotonic() + _START_TIMEOUT
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                urllib.request.urlopen(request, timeout=10).close()
                return
            except (urllib.error.URLError, OSError):
                time.sleep(0.2)
        lines = log.read_text().strip().splitlines() or ["it said nothing"]
        raise Failure(f"Mailman did not start: {lines[-1]}")
