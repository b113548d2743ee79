"""Rules as data: what an administrator writes becomes an expression that cannot hang.

Two ways to write a pattern:

- *phrases*, one a line: words as they stand in mails. ``abbestell*`` is any ending,
  ``…`` (or ``...``) up to eight words of the same sentence, ``…2`` up to two,
  ``(a|b)`` one of them, ``(a|)`` perhaps one. Case, umlauts and line ends do not
  matter.
- *regex*: a regular expression over the folded text (see :mod:`.folding`).

Both run on RE2, whose time grows with the text only, whatever the expression: no rule
and no mail can keep the server busy. It knows neither look-around nor references back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import re2

from .folding import fold, plain_letters
from .vocabulary import MailClass, Reason

PLACES = ("subject", "text", "subject_or_text", "sender", "headers")
_BETWEEN_WORDS = r"[\s,;:()/'\"*_-]+"
_LONGEST_GAP = 8
_LONGEST_PATTERN = 20_000
_FEWEST_LETTERS = 3
_MEMORY = 8 << 20


class RuleError(ValueError):
    """A pattern that cannot be used. ``line``: where in it, ``problem``: why."""

    def __init__(self, problem: str, line: str = ""):
        super().__init__(f"{line}: {problem}" if line else problem)
        self.problem = problem
        self.line = line


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. ``weight``: percent of certainty that it gives or, ``against``, takes.

    ``only``: "automatic", "personal" or "" for both kinds of mail.
    """

    code: str
    mail_class: MailClass
    pattern: str
    weight: int
    where: str = "subject_or_text"
    regex: bool = False
    against: bool = False
    only: str = ""


@dataclass(frozen=True, slots=True)
class Fields:
    """The folded texts that rules look at."""

    subject: str
    text: str
    sender: str
    headers: str

    def at(self, where: str) -> tuple[str, ...]:
        if where == "subject_or_text":
            return (self.subject, self.text)
        return (getattr(self, where),)


def compile_pattern(pattern: str, regex: bool = False):
    """The compiled pattern.

    :raises RuleError: with the line and what is wrong with it
    """
    if len(pattern) > _LONGEST_PATTERN:
        raise RuleError("too long")
    if regex:
        return _compile(plain_letters(pattern.strip()), pattern.strip())
    lines = [line.strip() for line in pattern.splitlines() if line.strip()]
    if not lines:
        raise RuleError("empty")
    sources = [_phrase(line) for line in lines]
    for line, source in zip(lines, sources, strict=True):
        _compile(source, line)
    return _compile("|".join(sources), pattern)


def _compile(source: str, shown: str):
    if not source:
        raise RuleError("empty")
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MEMORY
    options.case_sensitive = False
    try:
        return re2.compile(source, options)
    except re2.error as error:
        reason = error.args[0] if error.args else ""
        if isinstance(reason, bytes):
            reason = reason.decode("utf-8", "replace")
        raise RuleError(str(reason) or "no valid expression", shown[:200]) from None


def _phrase(line: str) -> str:
    """One phrase as an expression that fits whole words."""
    # folding would spell the ellipsis out
    text = "".join(
        part.strip() + " " if part.startswith("…") else f" {fold(part)} "
        for part in re.split(r"(…\d?)", line.replace("...", "…"))
    )
    if text.count("(") != text.count(")"):
        raise RuleError("a bracket is not closed", line)
    pieces: list[str] = []
    for token in re.findall(r"\([^()]*\)|[^\s()]+", text):
        if token.startswith("…"):
            pieces.append(token)
        elif token.startswith("("):
            choices = [choice.strip() for choice in token[1:-1].split("|")]
            inner = "|".join(_words(choice) for choice in choices if choice)
            if not inner:
                raise RuleError("nothing to choose from", line)
            pieces.append(f"?{inner}" if "" in choices else f"(?:{inner})")
        else:
            pieces.append(_word(token))
    while pieces and pieces[0].startswith("…"):
        pieces.pop(0)
    while pieces and pieces[-1].startswith("…"):
        pieces.pop()
    if not pieces or len(re.findall(r"\w", text)) < _FEWEST_LETTERS:
        raise RuleError("too short, it would fit nearly every mail", line)
    return rf"\b{_join(pieces)}(?:\b|$)"


def _join(pieces: list[str]) -> str:
    """Put separators between the words; an optional piece brings its own."""
    source = ""
    needs_separator = False
    gap = ""
    for piece in pieces:
        separator = _BETWEEN_WORDS * needs_separator + gap
        if piece.startswith("…"):
            gap = rf"(?:[^\s.!?]+\s+){{0,{int(piece[1:] or _LONGEST_GAP)}}}?"
            continue
        if not piece.startswith("?"):
            source += separator + piece
            needs_separator = True
        elif needs_separator:
            # with it goes the gap: what is left out may end the sentence
            source += f"(?:{separator}(?:{piece[1:]}))?"
        else:
            source += f"(?:{separator}(?:{piece[1:]}){_BETWEEN_WORDS})?"
        gap = ""
    return source


def _words(phrase: str) -> str:
    words = phrase.split()
    return _join([word if word.startswith("…") else _word(word) for word in words])


def _word(word: str) -> str:
    return r"[\w-]*".join(re2.escape(part) for part in word.split("*"))


class RuleBook:
    """Many rules, compiled once. Those that cannot be used are named in ``broken``."""

    def __init__(self, rules: Iterable[Rule]):
        self._rules: list[tuple[Rule, object]] = []
        self.broken: dict[str, str] = {}
        for rule in rules:
            try:
                self._rules.append((rule, _compiled(rule.pattern, rule.regex)))
            except RuleError as error:
                self.broken[rule.code] = str(error)

    def reasons(self, fields: Fields, automatic: bool) -> list[Reason]:
        """Every rule that fits, with the words it found."""
        kind = "automatic" if automatic else "personal"
        return [
            Reason(
                rule.code,
                rule.mail_class,
                -rule.weight if rule.against else rule.weight,
                found,
            )
            for rule, pattern in self._rules
            if rule.only in ("", kind)
            and (found := _first(pattern, fields.at(rule.where)))
        ]


@lru_cache(maxsize=2000)
def _compiled(pattern: str, regex: bool):
    return compile_pattern(pattern, regex)


def _first(pattern, texts: tuple[str, ...]) -> str:
    for text in texts:
        found = pattern.search(text)
        if found and found[0].strip():
            return found[0].strip()[:200]
    return ""
