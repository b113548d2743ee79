"""What a page says, held against the English and the German of our own terms."""

from __future__ import annotations

import functools
import re

import polib

from scripts.environment import places

_PLACE = re.compile(r"%(?:\(\w+\))?[sd]|\{\w*\}|\$\{[^}]*\}")
_TAG = re.compile(r"<[^>]+>")
#: what the log keeps in the words in which it was written, and names of a tool's fields
_KEPT = ", ".join(
    f"[name={name}]" for name in ("text", "new_value", "old_value", "label")
)
#: every visible text of the page, and what its elements tell to a pointer or a reader
_SAID = """
(kept) => {
    const said = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const home = walker.currentNode.parentElement;
        if (home.closest("script, style") || home.closest(kept)) {
            continue;
        }
        if (home.checkVisibility()) {
            said.push(walker.currentNode.textContent);
        }
    }
    for (const element of document.querySelectorAll("body *")) {
        if (!element.checkVisibility() || element.closest(kept)) {
            continue;
        }
        for (const name of ["title", "placeholder", "aria-label", "data-tooltip"]) {
            said.push(element.getAttribute(name) || "");
        }
        const info = JSON.parse(element.dataset.tooltipInfo || "{}");
        said.push((info.field && info.field.help) || "");
    }
    return said;
}
"""


def said(page) -> set[str]:
    """The texts of a page, each with single spaces."""
    return {_plain(text) for text in page.evaluate(_SAID, _KEPT)} - {""}


def ours(texts: set[str], lang: str) -> set[str]:
    """Those that are terms of ours in this language, and not in the other one."""
    fixed, patterns = _terms(lang)
    return {
        text
        for text in texts
        if text in fixed or any(each.fullmatch(text) for each in patterns)
    }


@functools.cache
def _terms(lang: str):
    entries = polib.pofile(places.CHECKOUT / "i18n" / "de.po")
    english, german = set(), set()
    for entry in entries:
        english |= _pieces(entry.msgid)
        german |= _pieces(entry.msgstr)
    mine, other = (german, english) if lang == "de_DE" else (english, german)
    # what both languages say, as "Name", tells nothing
    mine = mine - other
    return (
        {piece for piece in mine if not _PLACE.search(piece)},
        [_pattern(piece) for piece in mine if _is_telling(piece)],
    )


def _pieces(term: str) -> set[str]:
    """A term as a page has it: a text for each part between its tags."""
    return {_plain(piece) for piece in _TAG.split(term)} - {""}


def _is_telling(piece: str) -> bool:
    """Whether enough words stand beside the places that are filled in."""
    words = re.findall(r"[^\W\d_]{2,}", _PLACE.sub(" ", piece))
    return bool(_PLACE.search(piece)) and len(words) > 1


def _pattern(piece: str) -> re.Pattern:
    return re.compile(".+".join(re.escape(part) for part in _PLACE.split(piece)))


def _plain(text: str) -> str:
    return " ".join(text.split())
