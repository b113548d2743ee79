"""A Chromium for the browser tests: the machine's, else Debian's package."""

from __future__ import annotations

import os
import shutil

from .console import Failure, say
from .process import run

#: The names under which Odoo's own browser tests look for it, too.
_NAMES = ("chromium", "google-chrome", "chromium-browser", "google-chrome-stable")
HOW_TO_GET_IT = (
    "no Chromium on this machine: install it (Debian: apt-get install chromium) or set"
    " NEWSLETTER_CHROMIUM to its program"
)


def provide() -> str | None:
    """The program's path, installed first if we may; None if there is no way."""
    return find() or _install()


def find() -> str | None:
    """The program's path if there is one already."""
    chosen = os.environ.get("NEWSLETTER_CHROMIUM")
    return chosen or next(filter(None, map(shutil.which, _NAMES)), None)


def _install() -> str | None:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return None
    say("- Chromium: installing Debian's package …")
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        _apt_get("update", env=environ)
        _apt_get("install", "--yes", "--no-install-recommends", "chromium", env=environ)
    except Failure as failure:
        say(f"  {failure}")
    return find()


def _apt_get(*arguments: str, **options) -> None:
    command = ["apt-get", "-qq", *arguments]
    run(command, "Chromium could not be installed.", **options)
