"""Fetch Debian packages into a folder of ours, without touching the system.

apt is given private package lists, a private cache and a source file made from the
machine's own Debian entry: a mirror that the user has set is honoured, no address
stands in this repository, and no rights of root are needed.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from .process import run

_NO_NETWORK = (
    "Debian's package archive could not be read: check the network and the machine's"
    " apt sources, then run the command again."
)


def available() -> bool:
    """Whether this machine has apt, dpkg and a Debian archive in its sources."""
    return bool(shutil.which("apt-get") and shutil.which("dpkg") and _archive_entry(""))


class Archive:
    """One suite of the machine's archive; `None` means the machine's own suite."""

    def __init__(self, folder: Path, suite: str | None = None):
        name = suite or "own"
        self._source = folder / f"{name}.sources"
        lists = folder / f"{name}.lists"
        cache = folder / f"{name}.cache"
        for part in (lists / "partial", cache / "archives" / "partial"):
            part.mkdir(parents=True, exist_ok=True)
        entry = _archive_entry(suite or _own_suite())
        self._source.write_text(entry)
        self._options = [
            f"-oDir::Etc::sourcelist={self._source}",
            "-oDir::Etc::sourceparts=-",
            f"-oDir::State::lists={lists}",
            f"-oDir::Cache={cache}",
            "-oAcquire::Retries=3",
            # Without this a list that could not be fetched is a warning only.
            "-oAPT::Update::Error-Mode=any",
            "-oAcquire::Languages=none",
        ]
        if os.geteuid() == 0:
            # apt's own unprivileged user cannot write below a private home.
            self._options.append("-oAPT::Sandbox::User=root")
        run(["apt-get", *self._options, "-qq", "update"], _NO_NETWORK)

    def unpack(self, packages: list[str], target: Path) -> list[str]:
        """Download the packages and unpack them into `target`; return their files."""
        downloads = self._source.with_suffix(".downloads")
        downloads.mkdir(exist_ok=True)
        run(
            ["apt-get", *self._options, "-qq", "download", *packages],
            _NO_NETWORK,
            cwd=downloads,
        )
        target.mkdir(parents=True, exist_ok=True)
        archives = sorted(downloads.glob("*.deb"))
        for archive in archives:
            run(
                ["dpkg", "-x", archive, target],
                "A package could not be unpacked: is the disk full?",
            )
            archive.unlink()
        return [archive.name for archive in archives]


def _own_suite() -> str:
    try:
        text = Path("/etc/os-release").read_text()
    except FileNotFoundError:
        return ""
    found = re.search(r"^VERSION_CODENAME=(\S+)", text, re.MULTILINE)
    return found[1].strip('"') if found else "sid"


def _archive_entry(suite: str) -> str:
    """The machine's entry for its distribution's main archive, for another suite."""
    folder = Path("/etc/apt")
    own = {_own_suite(), "sid", "unstable", "testing", "stable", "oldstable"}
    for path in sorted(folder.glob("sources.list.d/*.sources")):
        for stanza in re.split(r"\n\s*\n", path.read_text()):
            fields = dict(re.findall(r"^([\w-]+):[ \t]*(.*)$", stanza, re.MULTILINE))
            if (
                "main" in fields.get("Components", "").split()
                and "deb" in fields.get("Types", "").split()
                and fields.get("Enabled", "yes") != "no"
                and own & set(fields.get("Suites", "").split())
            ):
                stanza = re.sub(r"(?m)^Suites:.*$", f"Suites: {suite}", stanza)
                return re.sub(r"(?m)^Types:.*$", "Types: deb", stanza) + "\n"
    for path in [
        folder / "sources.list",
        *sorted(folder.glob("sources.list.d/*.list")),
    ]:
        text = path.read_text() if path.exists() else ""
        for line in text.splitlines():
            found = re.match(r"deb\s+(?:\[(.*?)\]\s+)?(\S+)\s+(\S+)\s+(.*)", line)
            if found and found[3] in own and "main" in found[4].split():
                signed = re.search(r"signed-by=(\S+)", found[1] or "")
                key = f"Signed-By: {signed[1]}\n" if signed else ""
                return (
                    f"Types: deb\nURIs: {found[2]}\nSuites: {suite}\n"
                    f"Components: main\n{key}"
                )
    return ""
