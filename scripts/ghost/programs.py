"""Ghost's programs, installed once into the cache.

The package on npm refers to tarballs inside itself, so it cannot be installed as a
dependency: it is unpacked, and what it depends on is installed inside.
"""

from __future__ import annotations

import json
import os
import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path

from ..environment import places
from ..environment.console import Failure, say, step
from ..environment.lock import only_one
from ..environment.process import run

VERSION = "5.130.6"
#: Ghost 5 takes no newer one
NODE_MAJOR = 20
_MARKER = "COMPLETE"
_QUIET = ("--no-audit", "--no-fund", "--loglevel=error")
#: a tarball inside the package itself, which npm would look for elsewhere
_BUNDLED = "@tryghost/i18n"


def provide() -> Path:
    """The folder of an installed Ghost; installs it the first time.

    :raises Failure: Node 20 or npm is missing, or there is no network the first time
    """
    _check_node()
    home = places.CACHE / f"ghost-{VERSION}"
    package = home / "package"
    places.CACHE.mkdir(parents=True, exist_ok=True)
    with only_one(places.CACHE / "ghost.lock", "another set-up of Ghost"):
        if not (home / _MARKER).exists():
            shutil.rmtree(home, ignore_errors=True)
            home.mkdir(parents=True)
            say("- Ghost: installing from npm and compiling, 2 to 3 minutes …")
            with step("Ghost"):
                _install(home, package)
            (home / _MARKER).touch()
    return package


def _check_node() -> None:
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        raise Failure(f"Ghost needs Node {NODE_MAJOR} and npm: they are not here.")
    version = run([node, "--version"], "Node does not start.").strip()
    if not version.startswith(f"v{NODE_MAJOR}."):
        raise Failure(f"Ghost needs Node {NODE_MAJOR}, this is {version}.")


def _install(home: Path, package: Path) -> None:
    _npm(home, "pack", f"ghost@{VERSION}")
    with tarfile.open(home / f"ghost-{VERSION}.tgz") as archive:
        archive.extractall(home, filter="data")
    (home / f"ghost-{VERSION}.tgz").unlink()
    _make_installable(package / "package.json")
    options = ("--omit=dev", "--legacy-peer-deps", "--ignore-scripts")
    _npm(package, "install", *options)
    # The only part that has to be compiled: no ready-made one can be fetched offline.
    _npm(package, "rebuild", "sqlite3", **_headers())


def _make_installable(file: Path) -> None:
    """Leave out what only Ghost's developers need, and say npm what yarn would know."""
    described = json.loads(file.read_text(encoding="utf-8"))
    described.pop("devDependencies", None)
    overrides = dict(described.get("resolutions") or {})
    overrides.pop(_BUNDLED, None)
    for name in overrides.keys() & described["dependencies"].keys():
        overrides[name] = f"${name}"
    described["overrides"] = overrides
    file.write_text(json.dumps(described, indent=2), encoding="utf-8")


def _headers() -> dict[str, str]:
    """Where Node's C++ headers are; without it node-gyp fetches them."""
    for prefix in _prefixes():
        if (prefix / "include" / "node" / "node.h").exists():
            return {"npm_config_nodedir": str(prefix)}
    return {}


def _prefixes() -> Iterator[Path]:
    yield Path(shutil.which("node")).resolve().parents[1]
    yield Path("/usr")


def _npm(folder: Path, *arguments: str, **environ: str) -> str:
    return run(
        ["npm", *arguments, *_QUIET],
        f"npm {arguments[0]} failed for Ghost.",
        cwd=folder,
        env={**os.environ, "SHARP_IGNORE_GLOBAL_LIBVIPS": "1", **environ},
    )
