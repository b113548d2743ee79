"""Split a name kept in one field into what a newsletter template needs.

A salutation is read only where it is written ("Frau", "Mr."); nobody's gender is ever
guessed from a first name. What is not understood stays in the name: no letter is lost.

The library knows the particles, titles and degrees of many languages; added here is
what German address books hold on top (see ``name_words``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from functools import lru_cache

from nameparser import HumanName, Lexicon

from .name_words import (
    BORN,
    COUPLE_WORDS,
    DEGREES,
    FOREIGN_SALUTATIONS,
    FRONT_DEGREE,
    GENERATIONS,
    LEGAL_FORM,
    NOBILITY,
    ONLY_PARTICLES,
    PARTICLES,
    SALUTATIONS,
    TITLE_PART,
    TITLES,
)

#: A word that is nothing but a name, unless the vocabulary knows more about it.
_PLAIN = re.compile("[A-ZÀ-ÖØ-Þ][a-zß-öø-ÿ]{2,}(?:-[A-ZÀ-ÖØ-Þ][a-zß-öø-ÿ]{2,})*")
_GLUED_TITLE = re.compile(r"\b(Dr|Prof)\.(?=\w)")
_LONGEST_NAME = 250


@dataclass(frozen=True, slots=True)
class PersonName:
    """A name in parts. A company keeps its whole name in ``last``.

    ``salutation`` is "mr", "mrs", "family", "neutral", or "" when none is written.
    """

    salutation: str = ""
    title: str = ""
    first: str = ""
    last: str = ""
    suffix: str = ""


def is_company_name(name: str) -> bool:
    """Tell whether a name carries a legal form or is announced as a firm."""
    return bool(LEGAL_FORM.search(name))


@lru_cache(maxsize=20_000)
def parse_name(full: str | None, lang: str | None = "de") -> PersonName:
    """Split a name such as "Frau Dr. Anna von der Heide" or "Heide, Anna von der".

    A single word is taken as the last name, which most tools cannot do without.
    Companies, and texts too long for a name, are left alone.
    """
    lang = (lang or "")[:2].lower()
    text = " ".join((full or "").split()).replace(" h. c.", " h.c.")
    if is_company_name(text) or len(text) > _LONGEST_NAME:
        return PersonName(last=text)
    salutation, titles, names, suffixes = "", [], [], []
    for part in _GLUED_TITLE.sub(r"\1. ", text).split(","):
        found, words = _take_salutation(part.split(), lang, named=bool(names))
        more_titles, words = _take_titles(words)
        words, tail = _take_tail(words, named=bool(names))
        salutation = salutation or found
        titles += more_titles
        suffixes += tail
        if names and (len(names) > 1 or _is_suffix(words)):
            suffixes += words
        elif words:
            names.append(words)
    if len(names) == 2:
        split = _join_at_comma(*names)
    else:
        split = _split(names[0] if names else [], lang)
    title, first, last, suffix = split
    return PersonName(
        salutation=salutation,
        title=_join(*titles, title),
        first=first,
        last=last,
        suffix=_join(suffix, *suffixes),
    )


def _take_salutation(words: list[str], lang: str, named: bool) -> tuple[str, list[str]]:
    """Take "Frau" or "Herr und Frau" from the front.

    A salutation is left in place where it is all there is, unless a name came before
    it (``named``): Herr is a last name too.
    """
    known = _salutations(lang)
    codes = [known.get(_bare(word), "") for word in words]
    if not codes or not codes[0] or not (words[1:] or named):
        return "", words
    if len(words) > 3 and words[1].lower() in COUPLE_WORDS and codes[2]:
        return "family", words[3:]
    # "Herr Peter und Frau Anna Kurz": greeting one of them would be wrong.
    return ("family" if any(codes[1:-1]) else codes[0]), words[1:]


@lru_cache(maxsize=32)
def _salutations(lang: str) -> dict[str, str]:
    groups = [*SALUTATIONS.items(), *FOREIGN_SALUTATIONS.get(lang, {}).items()]
    return {word: code for code, words in groups for word in words}


def _take_titles(words: list[str]) -> tuple[list[str], list[str]]:
    """Take academic titles from the front, whole chains of them."""
    count = 0
    for word in words:
        is_title = _bare(word) in TITLES or FRONT_DEGREE.fullmatch(word)
        if not is_title and not (count and TITLE_PART.fullmatch(word)):
            break
        count += 1
    return words[:count], words[count:]


def _take_tail(words: list[str], named: bool) -> tuple[list[str], list[str]]:
    """Take "jun. M.A.", "geb. Kurz" and remarks in brackets from the end."""
    for start in range(0 if named else 1, len(words)):
        tail = words[start:]
        if (
            _bare(tail[0]) in BORN
            or (tail[0].startswith("(") and tail[-1].endswith(")"))
            or all(_ends_a_name(word, start) for word in tail)
        ):
            return words[:start], tail
    return words, []


def _ends_a_name(word: str, position: int) -> bool:
    """Tell "M.A.", "jun." and "Junior" from people whose last name is Sen or Junior."""
    if _bare(word) not in GENERATIONS:
        return _bare(word) in DEGREES
    marked = word.endswith(".") or word.islower()
    return marked or (len(word) > 3 and position > 1)


def _is_suffix(words: list[str]) -> bool:
    """Tell whether the words behind a comma are a degree, not a first name."""
    if all(map(_is_plain, words)):
        return False
    return HumanName(_join("Max Muster", *words)).suffix == _join(*words)


def _join_at_comma(last: list[str], first: list[str]) -> tuple[str, str, str, str]:
    """Put particles back in front: "Heide, Anna von der" is Anna von der Heide."""
    behind = _join(*last)
    title, given, whole, suffix = _split(first + last, "")
    if not title and not suffix and whole.endswith(" " + behind):
        return "", given, whole, ""
    return "", _join(*first), behind, ""


def _split(words: list[str], lang: str) -> tuple[str, str, str, str]:
    """Return title, first, last and suffix of a name in its natural order.

    Most names are plain and need no library, which takes a hundred times as long.
    """
    if len(words) < 2:
        return "", "", _join(*words), ""
    if all(map(_is_plain, words)):
        return "", _join(*words[:-1]), words[-1], ""
    return _split_closely(words, lang)


def _is_plain(word: str) -> bool:
    return _PLAIN.fullmatch(word) is not None and _vocabulary().isdisjoint(
        word.lower().split("-")
    )


@lru_cache(maxsize=1)
def _vocabulary() -> frozenset[str]:
    """All words that the library or we take for more than a name."""
    lexicon = Lexicon.default()
    groups = [getattr(lexicon, field.name) for field in fields(lexicon)]
    known = {
        word
        for group in groups
        if isinstance(group, frozenset)
        for entry in group
        for word in re.split("[ -]", entry.lower())
    }
    return NOBILITY | PARTICLES | known


def _split_closely(words: list[str], lang: str) -> tuple[str, str, str, str]:
    """The same by the library's rules, for names that need them."""
    if lang == "de":
        for start, word in enumerate(words[:-1]):
            if word.lower() in NOBILITY:
                return "", _join(*words[:start]), _join(*words[start:]), ""
    if (words[0].islower() or words[0] in ONLY_PARTICLES) and (
        HumanName(_join("Max", *words)).last == _join(*words)
    ):
        return "", "", _join(*words), ""
    name = HumanName(_join(*words))
    parts = [name.title, _join(name.first, name.middle), name.last, name.suffix]
    if not name.last or sorted(_join(*parts).split()) != sorted(words):
        parts = ["", _join(*words[:-1]), words[-1], ""]
    first, last = parts[1].split(), parts[2]
    while len(first) > 1 and first[-1].rpartition("-")[2].lower() in PARTICLES:
        last = _join(first.pop(), last)
    return parts[0], _join(*first), last, parts[3]


def _bare(word: str) -> str:
    return word.rstrip(".").lower()


def _join(*words: str) -> str:
    return " ".join(word for word in words if word)
