"""A file that grew long usually holds two ideas: a warning, no failure."""

from __future__ import annotations

import subprocess

from ..environment.places import CHECKOUT

_LIMIT = 450
_SUFFIXES = (".py", ".js", ".scss", ".xml")


def warnings():
    for path in _tracked():
        lines = len(path.read_bytes().splitlines()) if path.is_file() else 0
        if lines > _LIMIT:
            yield f"{path.relative_to(CHECKOUT)}: {lines} lines, more than {_LIMIT}"


def _tracked():
    """What git knows or would take; without git, everything."""
    command = ["git", "ls-files", "-co", "--exclude-standard", "-z"]
    try:
        done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, check=True)
        paths = [CHECKOUT / name for name in done.stdout.decode().split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        paths = list(CHECKOUT.rglob("*"))
    return [path for path in sorted(paths) if path.suffix in _SUFFIXES]
