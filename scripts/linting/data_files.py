"""Every data file is listed in the manifest, and every listed one exists."""

from __future__ import annotations

from pathlib import Path

from . import addons, manifest, shown

_FOLDERS = ("security", "data", "views", "wizards", "reports", "demo")


def check():
    for addon in addons():
        declared = manifest(addon)
        listed = [*declared.get("data", []), *declared.get("demo", [])]
        path = shown(addon / "__manifest__.py")
        for name in listed:
            if not (addon / name).is_file():
                yield f"{path}: lists {name}, which does not exist"
        for name in sorted(_found(addon) - set(listed)):
            yield f"{path}: does not list {name}, so Odoo never loads it"


def data_files(addon: Path) -> list[Path]:
    return [
        path
        for folder in _FOLDERS
        for path in sorted((addon / folder).rglob("*"))
        if path.suffix in (".xml", ".csv")
    ]


def _found(addon: Path) -> set[str]:
    return {path.relative_to(addon).as_posix() for path in data_files(addon)}
