"""docs/standards.md has a row for each rule, and every test that it names exists."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..environment.places import CHECKOUT

PAGE = CHECKOUT / "docs" / "standards.md"
#: the letters of the rules and how many each has
_COUNTS = (12, 9, 6, 10, 8, 7, 6, 4, 5, 4, 10, 4)
RULES = dict(zip("LDEWOBACSXTP", _COUNTS, strict=True))
_ROW = re.compile(r"^\| ([A-Z]\d+) \|(.*)\|$", re.MULTILINE)
_NAMED = re.compile(r"`(test_\w+)`")
_DEFINED = re.compile(r"^\s*(?:async )?def (test_\w+)\(", re.MULTILINE)
_PLACE = re.compile(r"`((?!test_)[\w/.]+)`")
_NOT_MET = "not met"


def check() -> Iterator[str]:
    """Yield rules without a row, rows without a test, and tests that are not there."""
    rows = dict(_ROW.findall(PAGE.read_text(encoding="utf-8")))
    where = PAGE.relative_to(CHECKOUT)
    wanted = [f"{a}{n}" for a, last in RULES.items() for n in range(1, last + 1)]
    for rule in wanted:
        if rule not in rows:
            yield f"{where}: rule {rule} has no row"
    for rule in sorted(set(rows) - set(wanted)):
        yield f"{where}: {rule} is no rule"
    known = _tests()
    for rule, row in rows.items():
        named = _NAMED.findall(row)
        if not named and _NOT_MET not in row:
            yield f"{where}: {rule} names no test and does not say “{_NOT_MET}”"
        for name in named:
            if name not in known:
                yield f"{where}: {rule} names {name}, which does not exist"
        for place in _PLACE.findall(row):
            if not any((CHECKOUT / each).exists() for each in _places(place)):
                yield f"{where}: {rule} names {place}, which does not exist"
        if named and not any(rule in name.split("_") for name in named):
            yield f"{where}: {rule}: no test is named after the rule"


def _places(name: str) -> tuple[str, ...]:
    """What a short name may stand for: a path, a model's file, a data file."""
    return name, f"models/{name}.py", f"data/{name}"


def _tests() -> set[str]:
    return {
        name
        for pattern in ("tests*/**/*.py", "glue/*/tests/*.py")
        for path in CHECKOUT.glob(pattern)
        for name in _DEFINED.findall(path.read_text(encoding="utf-8"))
    }
