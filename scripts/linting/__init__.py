"""Checks of our own for `make lint`; each yields one line per problem.

They run in the virtual environment (`scripts/run_lint.py` starts them), for they need
its XML and translation libraries.
"""

from __future__ import annotations

import ast
from pathlib import Path

from ..environment.places import CHECKOUT


def addons() -> list[Path]:
    """This addon and those that glue it to others."""
    manifests = [CHECKOUT / "__manifest__.py", *CHECKOUT.glob("glue/*/__manifest__.py")]
    return [path.parent for path in manifests]


def manifest(addon: Path) -> dict:
    return ast.literal_eval((addon / "__manifest__.py").read_text(encoding="utf-8"))


def shown(path: Path) -> str:
    return path.relative_to(CHECKOUT).as_posix()
