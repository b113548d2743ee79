"""Where the queue and what it needs beside Odoo lie."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from ..environment import places
from ..environment.console import say, step
from ..environment.lock import only_one
from ..environment.process import run
from ..environment.virtualenv import Virtualenv

LOCK_FILE = Path(__file__).with_name("requirements.lock")
_MARKER = "COMPLETE"


def provide(virtualenv: Virtualenv) -> Path:
    """Install the queue, or find it as it was installed; see ``OdooServer.beside``.

    It is not part of the virtual environment: only who has the queue shall need it.

    :raises Failure: there is no network the first time
    """
    digest = hashlib.sha256(LOCK_FILE.read_bytes()).hexdigest()[:10]
    folder = places.CACHE / f"queue-job-{digest}"
    with only_one(places.CACHE / "queue-job.lock", "another set-up of the queue"):
        if not (folder / _MARKER).exists():
            say("- Job queue: installing from the lock file …")
            shutil.rmtree(folder, ignore_errors=True)
            command = [virtualenv.python, "-m", "pip", "install", "--quiet"]
            with step("Job queue"):
                run(
                    [*command, "--no-deps", "--target", folder, "-r", LOCK_FILE],
                    "The job queue could not be installed: check the network.",
                )
            (folder / _MARKER).touch()
    return folder
