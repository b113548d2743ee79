"""The German pages of docs/de tell what their English originals tell."""

from __future__ import annotations

import re
from collections.abc import Iterator
from os.path import commonprefix
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
_SHAPE = re.compile(r"^(#+ |\||```)", re.MULTILINE)


def check() -> Iterator[str]:
    """Yield pages whose headings or rows differ, and those that are unlisted."""
    folder = _ROOT / "docs" / "de"
    index = folder / "README.md"
    listed = index.read_text()
    for page in sorted(set(folder.glob("*.md")) - {index}):
        if f"]({page.name})" not in listed:
            yield f"{index.relative_to(_ROOT)} does not name {page.name}"
        original = _ROOT / "docs" / page.name
        where = page.relative_to(_ROOT)
        if not original.exists():
            yield f"{where}: docs/{page.name} does not exist"
            continue
        german, english = (
            _SHAPE.findall(each.read_text()) for each in (page, original)
        )
        if german != english:
            same = len(commonprefix([german, english]))
            yield (
                f"{where}: {len(german)} headings and rows, docs/{page.name} has"
                f" {len(english)}; the first {same} match. Translate what changed."
            )
