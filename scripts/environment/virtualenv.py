"""A virtual environment with the packages of the lock file, and Odoo in sight.

It stands in the cache under a hash of all that it depends on. A changed lock file
makes a new one; the old one keeps serving other checkouts.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from . import apt, places
from .console import Failure, say
from .odoo_source import OdooSource
from .process import run

LOCK_FILE = places.CHECKOUT / "requirements.lock"
_MARKER = "COMPLETE"


class Virtualenv(NamedTuple):
    """The environment's folder and the programs in it."""

    folder: Path

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    def program(self, name: str) -> Path:
        return self.folder / "bin" / name

    @property
    def packages(self) -> Path:
        return next(self.folder.glob("lib/python3.*/site-packages"))

    @classmethod
    def provide(cls, source: OdooSource) -> Virtualenv:
        key = "\n".join([LOCK_FILE.read_text(), sys.version, str(source.library)])
        digest = hashlib.sha256(key.encode()).hexdigest()[:10]
        virtualenv = cls(places.CACHE / f"venv-{digest}")
        if not (virtualenv.folder / _MARKER).exists():
            virtualenv._fill(source)
        return virtualenv

    def _fill(self, source: OdooSource) -> None:
        say("- Python packages: installing from the lock file …")
        make(self.folder, LOCK_FILE)
        # A path file, unlike PYTHONPATH, lets pip see Odoo as an installed package.
        (self.packages / "odoo-source.pth").write_text(f"{source.library}\n")
        if not list(source.library.glob("odoo-19*.egg-info")):
            self._describe_odoo()
        (self.folder / _MARKER).touch()

    def _describe_odoo(self) -> None:
        """Say "odoo 19.0 is installed" to pip, for packages that depend on it."""
        info = self.packages / "odoo-19.0.dist-info"
        info.mkdir()
        info.joinpath("METADATA").write_text(
            "Metadata-Version: 2.1\nName: odoo\nVersion: 19.0\n"
        )


def make(folder: Path, lock_file: Path, python: str = sys.executable) -> None:
    """Make an environment of that Python, afresh, with the packages of a lock file."""
    # The database server in it may run as another user: let others read.
    os.umask(0o022)
    shutil.rmtree(folder, ignore_errors=True)
    run(
        [python, "-m", "venv", "--without-pip", folder],
        "The virtual environment could not be made: install python3-venv.",
    )
    inside = folder / "bin" / "python"
    _install_pip(inside)
    run(
        [inside, "-m", "pip", "install", "--quiet", "-r", lock_file],
        "The Python packages could not be installed: check network and disk space.",
    )


def _install_pip(python: Path) -> None:
    """Python's own pip, or where Debian split it off, the one from its package."""
    try:
        run([python, "-m", "ensurepip", "--default-pip"], "This Python has no pip.")
        return
    except Failure:
        if not apt.available():
            raise Failure(
                "This Python cannot make virtual environments: install python3-venv"
                " and run the command again."
            ) from None
    with tempfile.TemporaryDirectory(prefix=".partial-", dir=places.CACHE) as work:
        folder = Path(work)
        apt.Archive(folder).unpack(["python3-pip-whl"], folder / "unpacked")
        (wheel,) = folder.glob("unpacked/usr/share/python-wheels/pip-*.whl")
        run(
            [python, wheel / "pip", "install", "--quiet", wheel],
            "pip could not be installed: check the disk space.",
        )
