"""One spelling for everything that is compared: "Für" is "fuer", "“no”" is ""no""."""

from __future__ import annotations

import re
import unicodedata

_LETTERS = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ø": "o", "æ": "ae", "ł": "l", "đ": "d"}
    | dict.fromkeys("“”„«»‟″", '"')
    | dict.fromkeys("‘’‚‛´`′", "'")
    | dict.fromkeys("‐‑‒–—―−", "-")
)
_PARAGRAPH = re.compile(r"\n\s*\n")
_SPACE = re.compile(r"\s+")
#: dots that end no sentence
_DATE = re.compile(
    r"(\d)\.(?=\d| ?(?:jan|feb|m[aä]|apr|ju[nl]|aug|sep|o[ck]t|nov|de[cz]))"
)
_DAY = re.compile(r"\b(\d{1,2}-\d{1,2})\.(?!\w)")
_SHORT = re.compile(
    r"\b(dr|prof|dipl|ing|mr|mrs|ms|hr|fr|nr|no|str|tel|bzw|usw|ca|inc|ltd|co|st|evtl|ggf"
    r"|ab|vgl|inkl|z\. ?b|u\. ?a|e\. ?v|i\. ?a|a\. ?m|p\. ?m|d\. ?h)\.(?= ?\w| ?[,;)])"
)


def fold(text: str) -> str:
    """Lower case, no accents, plain quotes; paragraphs end like sentences do."""
    text = unicodedata.normalize("NFKC", text).casefold().translate(_LETTERS)
    text = _DAY.sub(r"\1", _DATE.sub(r"\1-", text))
    text = _SHORT.sub(lambda found: found[1].replace(".", "").replace(" ", ""), text)
    text = unicodedata.normalize("NFD", text)
    text = "".join(letter for letter in text if not unicodedata.combining(letter))
    return _SPACE.sub(" ", _PARAGRAPH.sub(" . ", text)).strip()


def plain_letters(text: str) -> str:
    """The letters that folding writes otherwise, in an expression that stays valid."""
    return text.translate(_LETTERS)
