"""Quick commands for daily work, on databases of this checkout.

    install DB          make DB afresh, with the addon installed
    upgrade DB          update the addon in DB (after changes of fields, XML, CSV)
    test DB [TAGS]      update the addon in DB and run its tests; TAGS narrows them:
                        TestInstall, TestInstall.test_x, or anything Odoo takes
    retest DB [TAGS]    the same without the update: enough after changes of Python code
    serve DB [PORT]     serve DB on http://127.0.0.1:8069, reloading changed Python code
    shell DB            Odoo's Python prompt (also takes a script on standard input)
    psql DB [ARGS]      PostgreSQL's prompt
    terms DB [GLUE …]   write i18n/newsletter_sync.pot, merge it into the translations;
                        the same for addons of glue/ that are installed in DB
    drop DB …           remove databases
    list                name the databases
    odoo ARGS …         any other Odoo command, with the right configuration
    python ARGS …       the virtual environment's Python
    pure [ARGS]         pytest on tests_pure/

A DB that does not exist is made by test, upgrade and serve.
"""

from __future__ import annotations

import os
import subprocess
import sys

from .environment import places, prepare
from .environment.console import Failure, run_command, say
from .environment.databases import Databases
from .environment.odoo_server import ensure_free, free_port
from .testing.orm_suite import test_tags

_MODULE = places.MODULE
#: Odoo at level WARNING, yet the addon's own lines and the tests' result shown.
_QUIET = (
    "--log-level=warn",
    "--log-handler=odoo.tests.result:INFO",
    f"--log-handler=odoo.addons.{_MODULE}:INFO",
)


class Commands:
    """One method for each command; its arguments are those of the command line."""

    def __init__(self):
        environment = prepare()
        self._odoo = environment.odoo
        self._postgres = environment.postgres
        self._virtualenv = environment.virtualenv
        self._databases = Databases(environment.postgres, environment.odoo)

    def install(self, name: str) -> int:
        self._databases.create(name)
        return self._run(name, "-i", _MODULE, "--stop-after-init", *_QUIET)

    def upgrade(self, name: str) -> int:
        if self._made(name):
            return 0
        both = ("-i", _MODULE, "-u", _MODULE)
        return self._run(name, *both, "--stop-after-init", *_QUIET)

    def test(self, name: str, tags: str = "") -> int:
        if name not in self._databases.names():
            self._databases.create(name)
        # Both: the one for a database without the addon, the other for one with it.
        return self.retest(name, tags, "-i", _MODULE, "-u", _MODULE)

    def retest(self, name: str, tags: str = "", *options: str) -> int:
        return self._run(
            *(name, *options, "--test-tags", test_tags(tags)),
            *("--http-port", str(free_port()), "--stop-after-init", *_QUIET),
        )

    def serve(self, name: str, port: str = "8069") -> int:
        ensure_free(int(port))
        self._made(name)
        say(f"http://127.0.0.1:{port} (admin / admin), Ctrl-C ends it")
        options = ("--db-filter", f"^{name}$", "--http-port", port, "--dev=reload,xml")
        return self._run(name, *options)

    def shell(self, name: str) -> int:
        return self._odoo.run("shell", "-d", name, "--no-http", *_QUIET).returncode

    def psql(self, name: str, *arguments: str) -> int:
        command = [self._postgres.programs / "psql", "-d", name, *arguments]
        environ = {**os.environ, **self._postgres.environ}
        return subprocess.run(command, env=environ, check=False).returncode

    def terms(self, name: str, *glue: str) -> int:
        """Bring the templates and all translations to what the addons in DB say."""
        self.upgrade(name)
        modules = (_MODULE, *glue)
        done = self._odoo.run("i18n", "export", *modules, "-d", name, "-l", "pot")
        merge = "scripts.linting.translations"
        return done.returncode or self.python("-m", merge)

    def drop(self, *names: str) -> int:
        for name in names:
            self._databases.drop(name)
        return 0

    def list(self) -> int:
        for name in self._databases.names():
            say(name)
        return 0

    def odoo(self, *arguments: str) -> int:
        return self._odoo.run(*arguments).returncode

    def python(self, *arguments: str) -> int:
        command = [self._virtualenv.python, *arguments]
        return subprocess.run(command, env=self._odoo.environ, check=False).returncode

    def pure(self, *arguments: str) -> int:
        tests = places.CHECKOUT / "tests_pure"
        return self.python("-m", "pytest", str(tests), *arguments)

    def _run(self, name: str, *arguments: str) -> int:
        return self._odoo.run("-d", name, *arguments).returncode

    def _made(self, name: str) -> bool:
        """Make the database with the addon if there is none, and say whether."""
        missing = name not in self._databases.names()
        if missing:
            self._databases.install(name)
        return missing


def main() -> int:
    name, *arguments = sys.argv[1:] or ["help"]
    command = getattr(Commands, name, None)
    if name.startswith("_") or command is None:
        print(__doc__)
        return 0 if name in ("help", "--help", "-h") else 2
    try:
        return command(Commands(), *arguments)
    except TypeError as error:
        if command.__name__ in str(error):
            raise Failure(f"{name} takes other arguments: see 'help'.") from error
        raise


if __name__ == "__main__":
    run_command(main)
