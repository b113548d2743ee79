"""One Ghost server: its configuration, its owner and key, its start and its end."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from ..environment.console import Failure
from ..environment.odoo_server import free_port

OWNER, PASSWORD = "owner@example.org", "a-long-pass-phrase-42"
_START_TIMEOUT = 120
_STOP_TIMEOUT = 20


class GhostServer:
    """Runs while it is used as a context manager.

    :param package: the programs, see ``provide``
    :param folder: an empty folder for everything that it writes
    :param smtp_port: where its mails go to; nobody has to listen there
    """

    #: key of the integration, ``<id>:<64 hexadecimal digits>``, known after the start
    key = ""

    def __init__(self, package: Path, folder: Path, smtp_port: int = 0):
        self._package, self._folder = package, folder
        self._smtp_port = smtp_port or free_port()
        self._port = free_port()
        self._process: subprocess.Popen | None = None

    @property
    def url(self) -> str:
        """Address of the site, without a final slash."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self._folder / "content" / "data" / "ghost.db"

    def start(self) -> GhostServer:
        """Start it, wait until it answers, give it an owner and a key.

        :raises Failure: it does not answer
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        shutil.copytree(self._package / "content", self._folder / "content")
        # Ghost looks for itself in the folder in which it is started.
        (self._folder / "current").symlink_to(self._package)
        configuration = self._folder / "config.production.json"
        configuration.write_text(json.dumps(self._configuration()))
        log = self._folder / "ghost.log"
        with log.open("w") as output:
            self._process = subprocess.Popen(
                ["node", "current/index.js"],
                cwd=self._folder,
                env={**os.environ, "NODE_ENV": "production"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            self._wait(log)
            self._set_up()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """End it."""
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

    def _configuration(self) -> dict[str, Any]:
        mail = {"host": "127.0.0.1", "port": self._smtp_port, "ignoreTLS": True}
        database = {"filename": str(self.database)}
        return {
            "url": self.url,
            "server": {"host": "127.0.0.1", "port": self._port},
            "database": {
                "client": "sqlite3",
                "connection": database,
                "useNullAsDefault": True,
            },
            "mail": {"transport": "SMTP", "from": "news@example.org", "options": mail},
            "logging": {"transports": ["stdout"], "level": "error"},
            "paths": {"contentPath": str(self._folder / "content")},
            "process": "local",
            "privacy": dict.fromkeys(
                (
                    *("useUpdateCheck", "useGravatar"),
                    *("useRpcPing", "useStructuredData"),
                ),
                False,
            ),
            # Else the first login waits for a code that comes by mail.
            "security": {"staffDeviceVerification": False},
            # A test asks more often than a person may.
            "spam": {
                "member_login": {"freeRetries": 10**6},
                "user_login": {"freeRetries": 10**6},
            },
        }

    def _wait(self, log: Path) -> None:
        deadline = time.monotonic() + _START_TIMEOUT
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                self._call("GET", "/site/")
                return
            except (urllib.error.URLError, OSError):
                time.sleep(0.2)
        lines = log.read_text().strip().splitlines() or ["it said nothing"]
        raise Failure(f"Ghost did not start: {lines[-1]}")

    def _set_up(self) -> None:
        """The owner, and an integration with its key; no mail for each new member."""
        owner = {"name": "Owner", "email": OWNER, "password": PASSWORD}
        setup = {"setup": [{**owner, "blogTitle": "Newsletter"}]}
        self._call("POST", "/authentication/setup/", setup)
        login = {"username": OWNER, "password": PASSWORD}
        _, headers = self._call("POST", "/session/", login)
        cookie = headers["Set-Cookie"].partition(";")[0]
        wanted = {"integrations": [{"name": "odoo"}]}
        made, _ = self._call("POST", "/integrations/?include=api_keys", wanted, cookie)
        keys = made["integrations"][0]["api_keys"]
        self.key = next(key["secret"] for key in keys if key["type"] == "admin")
        quiet = {"id": "1", "free_member_signup_notification": False}
        self._call("PUT", "/users/1/", {"users": [quiet]}, cookie)

    def _call(
        self, method: str, path: str, body: Any = None, cookie: str = ""
    ) -> tuple[Any, Any]:
        request = urllib.request.Request(
            f"{self.url}/ghost/api/admin{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Content-Type": "application/json",
                "Origin": self.url,
                **({"Cookie": cookie} if cookie else {}),
            },
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            text = answer.read()
            is_json = "json" in answer.headers.get("Content-Type", "")
            return json.loads(text) if is_json else text, answer.headers
