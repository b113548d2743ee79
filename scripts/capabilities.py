"""The table "what works with which tool" of the README and the providers' pages.

Written from the connectors' own declarations; ``make lint`` checks that it is true.
Run ``scripts/python -m scripts.dev python -m scripts.capabilities`` to write it anew.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

CHECKOUT = Path(__file__).resolve().parents[1]
BEGIN, END = "<!-- capabilities: begin -->", "<!-- capabilities: end -->"

#: attribute of ``Capabilities`` -> what it means to a reader
ROWS = {
    "create_list": "create a list",
    "update_list": "change a list later",
    "delete_list": "delete a list",
    "create_field": "create a field",
    "delete_field": "delete a field",
    "changes": "read only what changed",
    "batch_size": "people written in one call",
    "asynchronous_batch": "batches are carried out later",
    "double_opt_in": "its own double opt-in",
    "asks_by_list": "its list decides whether it asks",
    "tells_pending": "tells who has to confirm",
    "reactions": "recording of reactions chosen per person",
    "opt_in_process": "opt-in process chosen per coupling",
    "resubscribe": "subscribe again with proof",
    "return_by_asking": "who left themselves must be asked",
    "unsubscribe": "unsubscribing reaches",
    "keeps_leavers": "keeps who left on record",
    "unsubscribe_everywhere": "unsubscribe from everything",
    "remove_from_list": "remove from one list",
    "erase": "delete for good",
    "erase_is_final": "who was deleted for good stays out",
    "change_address": "change an address",
    "tags": "tags",
    "read_blocklist": "read its blocklist",
    "write_blocklist": "write its blocklist",
    "bounces": "bounce reports",
    "unsubscribe_reason": "reason for leaving",
    "status_time": "time of a status",
    "webhooks": "webhooks",
    "register_webhooks": "webhooks registered by us",
    "quota": "recipients and quota of the plan",
}


def connector_classes() -> list[type]:
    """The connectors of all tools, in the order of their labels, without Odoo."""
    parent = ModuleType("newsletter_sync")
    parent.__path__ = [str(CHECKOUT)]
    sys.modules.setdefault("newsletter_sync", parent)
    from newsletter_sync.connectors import registry

    return list(registry.all().values())


def _cell(value: object) -> str:
    value = getattr(value, "value", value)
    if isinstance(value, bool):  # a 1 is a number, although it equals True
        return "yes" if value else "–"
    return "–" if value == "none" else str(value)


def table(classes: list[type]) -> str:
    """One row for each capability, one column for each tool, as Markdown."""
    lines = [
        "| | " + " | ".join(cls.label for cls in classes) + " |",
        "|---" * (len(classes) + 1) + "|",
    ]
    for attribute, meaning in ROWS.items():
        cells = [_cell(getattr(cls.capabilities, attribute)) for cls in classes]
        lines.append(f"| {meaning} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def pages() -> Iterator[tuple[Path, str]]:
    """Each file that holds a table, and the table it has to hold."""
    classes = connector_classes()
    yield CHECKOUT / "README.md", table(classes)
    for cls in classes:
        yield CHECKOUT / "docs" / "providers" / f"{cls.code}.md", table([cls])


def filled_in(text: str, content: str) -> str | None:
    """The text with the table between its marks; None if the marks are missing."""
    before, begin, rest = text.partition(BEGIN)
    _old, end, after = rest.partition(END)
    if not (begin and end):
        return None
    return f"{before}{BEGIN}\n\n{content}\n\n{END}{after}"


def check() -> Iterator[str]:
    """What is not as the connectors declare it."""
    for path, content in pages():
        name = path.relative_to(CHECKOUT)
        if not path.is_file():
            yield f"{name}: missing; every tool has a page"
            continue
        text = path.read_text(encoding="utf-8")
        wanted = filled_in(text, content)
        if wanted is None:
            yield f"{name}: the marks of the capability table are missing"
        elif wanted != text:
            yield f"{name}: the capability table is old; run scripts.capabilities"


def main() -> int:
    for path, content in pages():
        text = path.read_text(encoding="utf-8")
        wanted = filled_in(text, content)
        if wanted is None:
            wanted = f"{text.rstrip()}\n\n{BEGIN}\n\n{content}\n\n{END}\n"
        path.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
