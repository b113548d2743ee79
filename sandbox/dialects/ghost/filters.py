"""Ghost's filter language: ``newsletters.id:'a'+id:>'b'``, as SQL or as a test.

``+`` is and, ``,`` is or, ``-`` is not. A value without quotes must be plain: an
unquoted ``+`` would end it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..base import Refusal

_TOKEN = re.compile(
    r"""(?P<text>'(?:[^'\\]|\\.)*')|(?P<sign>>=|<=|~\^|[():,+\-\[\]<>~])
    |(?P<word>[\w.@]+)|(?P<space>\s+)""",
    re.VERBOSE,
)
_COMPARE: dict[str, Callable[[str, str], bool]] = {
    "": lambda has, value: has == value,
    ">": lambda has, value: has > value,
    ">=": lambda has, value: has >= value,
    "<": lambda has, value: has < value,
    "<=": lambda has, value: has <= value,
}
_MAY_DASH = re.compile(r"[\w.@-]+")


def parse(text: str) -> tuple:
    """The filter as nested tuples: and, or, not, or (key, operator, values)."""
    parser = _Parser(text)
    tree = parser.alternatives()
    if parser.here < len(parser.tokens):
        raise _broken(text)
    return tree


def _broken(text: str) -> Refusal:
    return Refusal(400, f"Query Error: unexpected character in filter at {text!r}")


class _Parser:
    def __init__(self, text: str):
        self.text, self.here, at = text, 0, 0
        self.tokens: list[tuple[str, str]] = []
        while at < len(text):
            found = _TOKEN.match(text, at)
            if found is None:
                raise _broken(text)
            at = found.end()
            if found.lastgroup != "space":
                self.tokens.append((found.lastgroup, found[0]))

    def alternatives(self) -> tuple:
        parts = [self.conditions()]
        while self.takes(","):
            parts.append(self.conditions())
        return parts[0] if len(parts) == 1 else ("or", parts)

    def conditions(self) -> tuple:
        parts = [self.condition()]
        while self.takes("+"):
            parts.append(self.condition())
        return parts[0] if len(parts) == 1 else ("and", parts)

    def condition(self) -> tuple:
        if self.takes("-"):
            return ("not", [self.condition()])
        if self.takes("("):
            inner = self.alternatives()
            self.needs(")")
            return inner
        key = self.value()
        self.needs(":")
        sign = next((s for s in (">=", "<=", ">", "<", "~^", "~") if self.takes(s)), "")
        if not self.takes("["):
            return (key, sign, [self.value()])
        values = [self.value()]
        while self.takes(","):
            values.append(self.value())
        self.needs("]")
        return (key, sign, values)

    def value(self) -> str:
        if self.here >= len(self.tokens):
            raise _broken(self.text)
        kind, found = self.tokens[self.here]
        self.here += 1
        if kind == "text":
            return re.sub(r"\\(.)", r"\1", found[1:-1])
        if kind != "word":
            raise _broken(self.text)
        while self.takes("-"):  # a slug may hold some
            found += "-" + self.value()
        return found

    def takes(self, sign: str) -> bool:
        taken = self.tokens[self.here : self.here + 1] == [("sign", sign)]
        self.here += taken
        return taken

    def needs(self, sign: str) -> None:
        if not self.takes(sign):
            raise _broken(self.text)


def as_sql(tree: tuple, columns: Mapping[str, str]) -> tuple[str, list[Any]]:
    """A condition and its parameters.

    :param columns: key → SQL expression, or one with ``?`` that is true for a value
    """
    if tree[0] in ("and", "or", "not"):
        parts = [as_sql(part, columns) for part in tree[1]]
        params = [param for _, some in parts for param in some]
        if tree[0] == "not":
            return f"NOT ({parts[0][0]})", params
        return "(" + f" {tree[0]} ".join(sql for sql, _ in parts) + ")", params
    key, sign, values = tree
    column = columns.get(key)
    if column is None:
        raise Refusal(400, f"Error parsing filter: unknown field {key}")
    if "?" in column:
        return "(" + " OR ".join([column] * len(values)) + ")", values
    if sign in ("~", "~^"):
        start = "" if sign == "~^" else "%"
        wild = [start + re.sub(r"([\\%_])", r"\\\1", value) + "%" for value in values]
        like = f"{column} LIKE ? ESCAPE '\\'"
        return "(" + " OR ".join([like] * len(wild)) + ")", wild
    if sign == "":
        return f"{column} IN ({', '.join('?' * len(values))})", values
    return f"{column} {sign} ?", values


def fits(tree: tuple, row: Mapping[str, str]) -> bool:
    """Whether a row of texts fulfils the filter."""
    if tree[0] == "and":
        return all(fits(part, row) for part in tree[1])
    if tree[0] == "or":
        return any(fits(part, row) for part in tree[1])
    if tree[0] == "not":
        return not fits(tree[1][0], row)
    key, sign, values = tree
    return any(_COMPARE[sign](row[key], value) for value in values)


def check(tree: tuple, keys: Iterable[str]) -> None:
    """Refuse a filter by other keys, or by more than comparing."""
    if tree[0] in ("and", "or", "not"):
        for part in tree[1]:
            check(part, keys)
    elif tree[0] not in keys or tree[1] not in _COMPARE:
        raise Refusal(400, f"Cannot filter by {tree[0]}")
