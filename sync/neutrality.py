"""Whether a confirmation mail is neutral, as courts want it (rule D2).

It hints, nothing more: a mail that asks for a confirmation must not be advertising
itself, so no pictures, no links but those that are needed, no words that sell.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from html.parser import HTMLParser


class Hint(str, Enum):
    """What makes a mail look like advertising."""

    NO_LINK = "no_link"  #: the link to confirm is missing
    LINK = "link"
    IMAGE = "image"
    WORD = "word"


@dataclass(frozen=True, slots=True)
class Found:
    """A hint and what it is about: an address or a word."""

    hint: Hint
    text: str = ""


#: words that sell, German and English; whole words, compounds by their beginning
WORDS = re.compile(
    r"(?<!\w)(?:"
    r"\w*rabatt\w*|\w*gutschein\w*|gratis\w*|kostenlos\w*|schnäppchen\w*|sonderangebot\w*"
    r"|angebot\w*|aktion(?:spreis\w*|scode\w*|swochen?)|gewinnspiel\w*|gewinnen"
    r"|jetzt\s+(?:kaufen|bestellen|sparen|shoppen)|sparen|neuheiten|exklusiv\w*"
    r"|discounts?|vouchers?|coupons?|free|sale|offers?|deals?|bargains?|sweepstakes?"
    r"|buy\s+now|shop\s+now|save\s+\d+|exclusive\w*|prize"
    r"|\d+\s?%"
    r")(?!\w)",
    re.IGNORECASE,
)


def hints(html: str, needed: str, allowed: tuple[str, ...] = ()) -> list[Found]:
    """Return what speaks against the neutrality of a mail, in its order.

    :param needed: the link to confirm, as it stands in the mail
    :param allowed: further links that a legal notice needs (imprint, privacy)
    """
    reader = _Reader()
    reader.feed(html)
    found = [] if needed in html else [Found(Hint.NO_LINK)]
    for link in reader.links:
        if link != needed and not link.startswith(("mailto:", "tel:", *allowed)):
            found.append(Found(Hint.LINK, link))
    found += [Found(Hint.IMAGE, source) for source in reader.images]
    text = " ".join(reader.text)
    words = dict.fromkeys(match.group().lower() for match in WORDS.finditer(text))
    return found + [Found(Hint.WORD, word) for word in words]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.images: list[str] = []
        self.text: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "a" and values.get("href"):
            self.links.append(values["href"])
        if tag in ("img", "image", "video", "svg"):
            self.images.append(values.get("src") or values.get("href") or tag)
        if "url(" in values.get("style", ""):
            self.images.append("style")
        self._hidden += tag in ("style", "script", "head")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("style", "script", "head")

    def handle_data(self, data: str) -> None:
        if self._hidden <= 0:
            self.text.append(data.strip())
