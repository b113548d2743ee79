"""Keep what the sender wrote; put quotations, signatures and our own footers aside.

Line by line and in linear time: the libraries for this match long expressions over the
whole text, and a mail of blank lines keeps them busy for half a minute.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from .text import QUOTE_MARK

#: longer lines are prose or nonsense, never one of the marks below
_LONGEST_MARK = 300
_INTRO = re.compile(
    r"(?:on|am|le|op)\b.{4,250}?\b(?:wrote|schrieb(?:en)?|a écrit|schreef)\b"
    r".{0,120}:\s*"
    r"|.{3,200}\b(?:wrote|schrieb|hat (?:am|folgendes) .{0,80}geschrieben)\b"
    r".{0,120}:\s*"
    r"|(?:von meinem .{2,20} gesendet\s+)?am .{6,60} schrieb .{2,200}",
    re.IGNORECASE,
)
_INTRO_BEGINS = re.compile(r"(?:on|am)\s.*\d", re.IGNORECASE)
_DIVIDER = re.compile(
    r"[-_=* ]{0,20}(?:original(?:nachricht| message|-nachricht)"
    r"|ursprüngliche (?:nachricht|e-?mail|mail)|weitergeleitete (?:nachricht|e-?mail)"
    r"|forwarded (?:message|e-?mail)|begin forwarded message"
    r"|anfang der weitergeleiteten (?:nachricht|e-?mail)"
    r"|reply (?:above|message)|(?:ende|end) .{0,20}(?:nachricht|message))\b.{0,60}",
    re.IGNORECASE,
)
_FROM = re.compile(r"[*_> ]{0,4}(?:from|von|de)[*_]?\s?:[*_]?\s*\S", re.IGNORECASE)
_HEADER = re.compile(
    r"[*_> ]{0,4}(?:sent|gesendet|date|datum|to|an|subject|betreff|cc|reply-to"
    r"|antwort an)[*_]?\s?:",
    re.IGNORECASE,
)
_RECIPIENT = re.compile(r"[>*_ ]{0,9}(?:to|an)[*_]?\s?:(.{3,300})", re.IGNORECASE)
_SIGNATURE = re.compile(r"--\s?|__+\s?|[-=*_~]{20,}\s?")
_CLOSING = re.compile(
    r"(?:(?:mit|viele[n]?|beste[n]?|liebe|herzliche[n]?|schöne|freundliche[n]?|sonnige"
    r"|ganz liebe|vielen dank und|danke und|thanks and)\s)?(?:den\s)?(?:(?:besten|"
    r"freundlichen|freundlichem|herzlichen|lieben|vielen|kollegialen)\s)?"
    r"(?:gr(?:ü|ue|u)(?:ß|ss|s)(?:e[n]?)?|gruß)\b[^.?!]{0,40}[,.!]?"
    r"|(?:mfg|lg|vg|bg|hg|best|regards|cheers|sincerely|thanks|hochachtungsvoll)[,.!]?"
    r"|(?:kind|best|warm|many|with kind|with best)\s(?:\w+\s)?(?:regards|wishes|thanks)"
    r"[^.?!]{0,20}[,.!]?"
    r"|yours\s(?:sincerely|faithfully|truly)[,.!]?|sincerely yours[,.!]?",
    re.IGNORECASE,
)
_PHONE = re.compile(
    r"(?:von|vom) mein(?:em|er) .{2,40}gesendet\.?|gesendet (?:von|mit|aus) .{2,60}"
    r"|diese nachricht wurde von meine[mr] .{2,60}"
    r"|sent from (?:my|a|the|outlook|mail|yahoo|samsung|proton).{0,60}"
    r"|sent via .{2,40}|get outlook for .{2,30}|outlook für (?:ios|android).{0,40}"
    r"|holen sie sich outlook .{2,40}",
    re.IGNORECASE,
)
#: after a signature somebody goes on: another language, or a postscript
_GOES_ON = re.compile(
    r"(?:sehr geehrte|liebe[rsn]? \w|hallo\b|guten (?:tag|morgen)|dear\b|hello\b|hi\b"
    r"|to whom it may concern|p\.?\s?s\.?[: ]|n\.?b\.?:|english (?:version|below|text)"
    r"|deutsche? (?:version|fassung|text)|(?:\*+|-+|=+)\s*(?:english|deutsch)"
    r"|please see below for english).{0,200}",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<=[.!?])\s+")
#: sentences of newsletters, ours and others', that people send back with an answer
_FOOTER = re.compile(
    r"sie erhalten diese (?:e-?mail|nachricht|mail|informationen?).{0,40}"
    r"(?:weil|da|an)\b"
    r"|(?:du|sie) (?:erhältst|bekommst|bekommen) (?:diese|unseren?|den) .{0,40}"
    r"newsletter"
    r"|(?:klicke[n]?|click) .{0,60}(?:abzumelden|abbestellen|unsubscribe|austragen)"
    r"|(?:wenn|falls|sollten|möchten|wollen) (?:sie"
    r"|du) .{0,120}(?:nicht (?:mehr|länger)"
    r"|keine (?:weiteren|newsletter|e-?mails)).{0,90}(?:klicken|klicke|hier|link)\b"
    r"|(?:zum|newsletter|hier) ?(?:abmelden|abbestellen|austragen)? ?(?:hier|:|<|\|)"
    r".{0,40}(?:https?://|\bklick)"
    r"|you (?:are receiving|received|get) this (?:e-?mail|message|newsletter).{0,40}"
    r"(?:because|as)\b"
    r"|(?:if you|to) .{0,60}(?:no longer|stop receiving|unsubscribe|opt out).{0,90}"
    r"(?:click|here|link|visit|https?://)"
    r"|(?:unsubscribe|abmelden|abbestellen|austragen|update your preferences"
    r"|einstellungen ändern|im browser ansehen"
    r"|view (?:this e-?mail )?in (?:your )?browser|impressum|datenschutz"
    r"|privacy policy)(?:\s*[|•·<(:-].*)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Words:
    """``own``: what the sender wrote. ``quoted``: what came before it.

    ``addressees``: addresses in the "To:" lines of the quotation, as they stand.
    """

    own: str
    quoted: str = ""
    signature: str = ""
    addressees: tuple[str, ...] = ()


def own_words(text: str, footers: Iterable[str] = ()) -> Words:
    """Split a text. If nothing but a quotation is there, it is all quoted.

    :param footers: further sentences of the organisation's newsletters; a line that
        holds one is put aside
    """
    return _Splitter(text.split("\n"), footers).split()


class _Splitter:
    def __init__(self, lines: list[str], footers: Iterable[str]):
        self._lines = lines
        self._footers = [
            " ".join(footer.lower().split()) for footer in footers if footer.strip()
        ]
        self._own: list[str] = []
        self._quoted: list[str] = []
        self._signature: list[str] = []

    def split(self) -> Words:
        number = 0
        where = self._own
        while number < len(self._lines):
            line = self._lines[number].strip()
            taken = self._quotation(number)
            if taken:
                self._quoted += self._lines[number : number + taken]
                number += taken
                continue
            where = self._place(line, where)
            number += 1
        return Words(
            own="\n".join(self._own).strip(),
            quoted="\n".join(self._quoted).strip(),
            signature="\n".join(self._signature).strip(),
            addressees=tuple(_addressees(self._quoted)),
        )

    def _place(self, line: str, where: list[str]) -> list[str]:
        """Put a line where it belongs; return where the next one goes."""
        sentences = _SENTENCE.split(line)
        kept = [text for text in sentences if not self._is_footer(text)]
        if len(kept) < len(sentences):
            # advertising tells how to leave in the middle of a paragraph
            self._quoted.append(line)
            line = " ".join(kept)
            if not line:
                return where
        if len(line) > _LONGEST_MARK:
            where.append(line)
            return where
        # a ruler divides languages in automatic answers: what follows decides
        if _PHONE.fullmatch(line) or _SIGNATURE.fullmatch(line):
            self._signature.append(line)
            return self._signature
        if where is self._signature and _GOES_ON.fullmatch(line):
            where = self._own
        where.append(line)
        return self._signature if _is_closing(line) else where

    def _is_footer(self, sentence: str) -> bool:
        if _FOOTER.match(sentence[:_LONGEST_MARK]):
            return True
        plain = " ".join(sentence.lower().split())
        return any(footer in plain for footer in self._footers)

    def _quotation(self, number: int) -> int:
        """How many lines from here on are quoted; 0 if the sender goes on writing."""
        line = self._lines[number].strip()
        if line.startswith(">"):
            return 1
        if not line or len(line) > _LONGEST_MARK:
            return 0
        rest = len(self._lines) - number
        if line == QUOTE_MARK or _DIVIDER.fullmatch(line):
            return rest
        if _FROM.match(line) and self._headers_follow(number):
            return rest
        length = self._intro(number)
        if not length:
            return 0
        marked = self._next_line(number + length).startswith(">")
        # marked line by line: below it the sender may go on
        return length if marked else rest

    def _intro(self, number: int) -> int:
        """The number of lines of "On … somebody wrote:" that begins here, or 0."""
        joined = ""
        for length in (1, 2, 3):
            if number + length > len(self._lines):
                return 0
            joined = f"{joined} {self._lines[number + length - 1].strip()}".strip()
            if len(joined) > _LONGEST_MARK:
                return 0
            if length == 1 and not (
                joined.endswith(":") or _INTRO_BEGINS.match(joined)
            ):
                return 0
            if joined.endswith(":") and _INTRO.fullmatch(joined):
                return length
        return 0

    def _headers_follow(self, number: int) -> bool:
        following = self._lines[number + 1 : number + 7]
        return sum(bool(_HEADER.match(line.strip())) for line in following) >= 2

    def _next_line(self, number: int) -> str:
        for line in self._lines[number : number + 3]:
            if line.strip():
                return line.strip()
        return ""


def _is_closing(line: str) -> bool:
    return len(line) < 80 and bool(_CLOSING.fullmatch(line))


def _addressees(lines: list[str]) -> Iterable[str]:
    for line in lines:
        found = _RECIPIENT.match(line) if len(line) < _LONGEST_MARK else None
        if found:
            yield found[1].strip()
