"""Mailman's programs, installed once into the cache."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from ..environment import places, virtualenv
from ..environment.console import Failure, say, step
from ..environment.lock import only_one
from ..environment.virtualenv import Virtualenv

LOCK_FILE = Path(__file__).with_name("requirements.lock")
#: Mailman 3.3.10 needs a module that Python 3.13 no longer has.
_PYTHONS = ("python3.12", "python3.11", "python3.10")
_MARKER = "COMPLETE"


def provide() -> Virtualenv:
    """Install them into an environment of their own, or find it as it was made.

    :raises Failure: there is no suitable Python, or no network the first time
    """
    python = _python()
    key = f"{LOCK_FILE.read_text()}\n{_version(python)}"
    digest = hashlib.sha256(key.encode()).hexdigest()[:10]
    programs = Virtualenv(places.CACHE / f"mailman-{digest}")
    places.CACHE.mkdir(parents=True, exist_ok=True)
    with only_one(places.CACHE / "mailman.lock", "another set-up of Mailman"):
        if not (programs.folder / _MARKER).exists():
            say("- Mailman: installing from the lock file …")
            with step("Mailman"):
                virtualenv.make(programs.folder, LOCK_FILE, python)
            (programs.folder / _MARKER).touch()
    return programs


def _python() -> str:
    if sys.version_info < (3, 13):
        return sys.executable
    found = next(filter(None, map(shutil.which, _PYTHONS)), None)
    if found is None:
        raise Failure("Mailman 3.3.10 needs Python 3.10, 3.11 or 3.12: none is here.")
    return found


def _version(python: str) -> str:
    done = subprocess.run([python, "-VV"], capture_output=True, text=True, check=False)
    return done.stdout.strip()
