"""Print the report of the main job as a table."""

from __future__ import annotations

import unicodedata

from ..environment.console import say

_WIDEST_EXAMPLE = 60


def show(outcome: dict) -> None:
    """The numbers with one example each, then what it took."""
    rows = [(row["label"], row["count"], row["example"]) for row in outcome["rows"]]
    total = sum(count for _label, count, _example in rows)
    label = max(_width(text) for text, _count, _example in (*rows, ("People", 0, "")))
    count = max(len(f"{total:,}"), len("People"))
    line = "  " + "-" * (label + count + _WIDEST_EXAMPLE + 4)
    say("")
    say(f"  {_padded('Result', label)}  {'People':>{count}}  Example")
    say(line)
    for text, number, example in rows:
        say(f"  {_padded(text, label)}  {number:>{count},}  {_shortened(example)}")
    say(line)
    say(f"  {_padded('Together', label)}  {total:>{count},}")
    say("")
    took = f", {outcome['seconds']} s with the preview" if outcome["seconds"] else ""
    say(f"  {outcome['calls']} calls to the tool{took}.")


def _width(text: str) -> int:
    """Columns on the screen; a combining mark takes none."""
    return sum(not unicodedata.combining(char) for char in text)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))


def _shortened(text: str) -> str:
    return text if len(text) <= _WIDEST_EXAMPLE else f"{text[: _WIDEST_EXAMPLE - 1]}…"
