"""make clean: stop and remove all that belongs to this checkout; distclean: all."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from .demo import left_overs
from .environment import places
from .environment.console import run_command, say
from .environment.lock import only_one
from .environment.postgres import stop_server


def main() -> None:
    if not places.CACHE.exists():
        return
    with only_one(places.CACHE / "setup.lock", "a set-up"):
        left_overs.stop()
        _remove_state(places.STATE)
        _remove(places.SOCKETS)
        if sys.argv[1:] == ["everything"]:
            _remove_cache()


def _remove_cache() -> None:
    for state in places.STATE.parent.glob("*"):
        if (state / places.ADDONS.name / places.MODULE).exists():
            say(f"Kept {places.CACHE}: another checkout uses it.")
            return
        # That checkout is gone, its database server may still run.
        _remove_state(state)
    _remove(places.CACHE)


def _remove_state(state: Path) -> None:
    stop_server(state / places.POSTGRES_DATA.name)
    _remove(state)


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
        say(f"Removed {folder}")


if __name__ == "__main__":
    run_command(main)
