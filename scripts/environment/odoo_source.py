"""Odoo 19 itself: an existing checkout, Debian's package, or a shallow git clone.

The package index for Python has no Odoo, but Debian does, complete with the web
client. It is unpacked into the cache, not installed.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import NamedTuple

from . import apt, places
from .console import Failure, say
from .process import run

_FROM_SID = ["odoo-19", "libjs-jquery", "libjs-jquery-form", "libjs-underscore"]
_FROM_SID += ["fonts-montserrat", "fonts-roboto-unhinted"]
#: In sid these have other file names than those that Odoo 19 links to.
_FROM_OWN_SUITE = ["fonts-font-awesome", "fonts-inconsolata", "fonts-ocr-b"]

_REPOSITORY = "https://github.com/odoo/odoo.git"
#: Written last; a folder without it is the rest of an interrupted download.
_MARKER = "COMPLETE"


class OdooSource(NamedTuple):
    """Where Odoo's code is."""

    library: Path
    """The folder for `sys.path`: `import odoo` finds it there."""
    addons: list[Path]
    """Folders for `addons_path`, beside those that Odoo knows by itself."""

    @classmethod
    def provide(cls) -> OdooSource:
        if os.environ.get("ODOO_SRC"):
            return cls._of(Path(os.environ["ODOO_SRC"]).expanduser().resolve())
        debian, clone = (
            places.CACHE / "odoo-19.0-debian",
            places.CACHE / "odoo-19.0-git",
        )
        for folder in (debian, clone):
            if (folder / _MARKER).exists():
                return cls._of(folder)
        if apt.available():
            say("- Odoo 19: fetching Debian's package (130 MB) …")
            try:
                _into(debian, _unpack_packages)
                return cls._of(debian)
            except Failure as failure:
                say(f"  {failure}")
        say("- Odoo 19: cloning its repository (about 300 MB) …")
        _into(clone, _clone)
        return cls._of(clone)

    @classmethod
    def _of(cls, folder: Path) -> OdooSource:
        packaged = folder / "usr/lib/python3/dist-packages"
        library = packaged if packaged.is_dir() else folder
        release = library / "odoo" / "release.py"
        if not release.exists() or "version_info = (19, 0," not in release.read_text():
            raise Failure(f"{folder} holds no Odoo 19.0: point ODOO_SRC to one.")
        addons = [folder / "addons"] if (folder / "addons").is_dir() else []
        return cls(library, addons)


def _into(target: Path, fill) -> None:
    """Fill a folder beside the target and rename it when it is complete."""
    for left_over in places.CACHE.glob(".partial-*"):
        shutil.rmtree(left_over, ignore_errors=True)
    shutil.rmtree(target, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=".partial-", dir=places.CACHE))
    try:
        folder.chmod(0o755)
        contents = fill(folder)
        (folder / _MARKER).write_text("".join(f"{line}\n" for line in contents))
        folder.rename(target)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unpack_packages(folder: Path) -> list[str]:
    with tempfile.TemporaryDirectory(prefix=".partial-", dir=places.CACHE) as work:
        files = apt.Archive(Path(work), "sid").unpack(_FROM_SID, folder)
        files += apt.Archive(Path(work)).unpack(_FROM_OWN_SUITE, folder)
    library = folder / "usr/lib/python3/dist-packages/odoo"
    dangling = [path for path in library.rglob("*") if _leads_nowhere(path)]
    if dangling:
        raise Failure(f"Debian's Odoo is incomplete: {dangling[0].name} is missing.")
    _replace_missing_script(library)
    return files


def _replace_missing_script(library: Path) -> None:
    """Put an empty script where Debian, for its licence, leaves one out.

    It serves video calls only, but each page asks for it, and its absence is an error
    in the browser's console, on which Odoo's own browser tests fail.
    """
    script = "mail/static/lib/selfie_segmentation/selfie_segmentation.js"
    path = library / "addons" / script
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("/* not in Debian's package; only video calls need it */\n")


def _leads_nowhere(path: Path) -> bool:
    return path.is_symlink() and not path.exists()


def _clone(folder: Path) -> list[str]:
    if not shutil.which("git"):
        raise Failure(
            "Odoo 19 could not be fetched: set ODOO_SRC to a checkout of it, or install"
            " git and run the command again."
        )
    run(
        ["git", "clone", "--depth=1", "--branch=19.0", _REPOSITORY, folder],
        "Odoo 19 could not be cloned: check the network or set ODOO_SRC.",
    )
    return [run(["git", "rev-parse", "HEAD"], "git failed.", cwd=folder).strip()]
