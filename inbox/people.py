"""Find the people and addresses that a mail names: successors, old and new addresses.

Only proposals: a person looks at them before anything is carried out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..sync.address import parse
from .folding import fold
from .people_words import (
    GIVEN_UP,
    GIVES_UP,
    GONE,
    HANDS_OVER,
    NO_NAMES,
    ROLES,
    TAKES_UP,
)
from .vocabulary import Person

_ADDRESS = re.compile(
    r"[A-Za-z0-9äöüß_.+%-]{1,64}(?:@|\s?[\[(](?:at|ät)[\])]\s?)"
    r"[A-Za-z0-9äöüß-]+(?:\.[A-Za-z0-9äöüß-]+)+"
)
_LINK = re.compile(r"\b(?:https?://|www\.)[^\s<>)\]]+", re.IGNORECASE)
_TITLE = r"(?:(?:Dr|Prof|Dipl|Ing|Mag|MSc|med|phil|rer|nat|jur)\.?-?\s?)*"
_PARTICLE = (
    r"(?:(?:von|vom|van|zu|zur|de|der|den|di|da|le|la|el|al|ten|ter|del)\s){0,3}"
)
_WORD = r"[A-ZÄÖÜÀ-Ý][a-zäöüßà-ÿ'’]+(?:-[A-ZÄÖÜÀ-Ý][a-zäöüßà-ÿ'’]+)?"
_NAME = rf"{_TITLE}(?:{_WORD}\s){{0,2}}{_PARTICLE}{_WORD}"
_SALUTED = re.compile(
    rf"\b(?:Herrn?|Frau|Mr\.?|Mrs\.?|Ms\.?|Kolleg(?:e|in|en)|colleagues?"
    rf"|Nachfolger(?:in)?|successor|replacement|Hr\.|Fr\.)[,:]?\s(?:ist\s"
    rf"|is\s|wird\s|will be\s)?"
    rf"(?:ab\s\S+\s|now\s|künftig\s|nun\s)?(?:(?:Herrn?|Frau|Mr\.?|Mrs\.?|Ms\.?)\s)?"
    rf"({_NAME})"
)
_BEFORE_ADDRESS = re.compile(
    rf"({_NAME})(?:\s(?:at|unter|via|per|on|bei))?\s?[,:]?\s?[(<\[]?"
    r"(?:[Ee]-?[Mm]ail:?\s)?$"
)
_ANY_NAME = re.compile(
    rf"(?:\b(?:an|bei|ist|durch|is|to|contact|by|for|mit|to my colleague)\s)({_NAME})"
)
_THEN_GONE = re.compile(
    rf"(?:^|[.,]\s|dass\s|that\s|since\s|da\s|because\s)({_NAME})\s"
    r"(?:ist|hat|arbeitet|has|is|left|no longer|doesn|war|was)\b"
)
_SHORT = re.compile(r"\b(Dr|Prof|Tel|Mr|Mrs|Ms|Fr|Hr|Dipl|Ing|bzw|z\.B|ca)\.")
#: stands in for the dot of an abbreviation while sentences are cut
_DOT = "\N{ONE DOT LEADER}"


def addresses(text: str) -> list[tuple[int, str]]:
    """(position, address) of every valid address in a text, each once, in order."""
    found: dict[str, int] = {}
    for match in _ADDRESS.finditer(text):
        spelled = re.sub(r"\s?[\[(](?:at|ät)[\])]\s?", "@", match[0])
        email = parse(spelled.strip(".-")).email
        if email:
            found.setdefault(email, match.start())
    return [(position, email) for email, position in found.items()]


def without_addresses(text: str) -> str:
    """The text with a plain word for each address and link, so that names of domains
    are not taken for words of the sender."""
    return _ADDRESS.sub("adr@adr", _LINK.sub("http://link", text))


def is_role(email: str) -> bool:
    """Whether an address belongs to a function, not to somebody."""
    local = email.partition("@")[0].lower()
    return any(word in ROLES for word in re.split(r"[._+-]|\d+", local))


def successor(text: str, but: Iterable[str] = ()) -> Person:
    """Whom a mail names for the one who left; the surest that can be found.

    :param but: addresses that it cannot be: of who left, and our own
    """
    but = set(but)
    sentences = _sentences(text)
    best = Person()
    for number, sentence in enumerate(sentences):
        if not HANDS_OVER.search(fold(sentence)):
            continue
        # the name often stands in a block of its own below the sentence
        block = "\n".join(sentences[number : number + 2])
        for candidate in (sentence, block):
            person = _person(candidate, but)
            if person.email and not person.is_role:
                return person
            if person and not (best.email or (best.name and not person.email)):
                best = person
    return best


def leaver(text: str) -> str:
    """The name of a third person of whom a mail says that he or she has left."""
    for sentence in _sentences(text):
        if GONE.search(fold(sentence)):
            found = _SALUTED.search(sentence) or _THEN_GONE.search(sentence)
            if found and _clean_name(found[1]):
                return _clean_name(found[1])
    return ""


def change(text: str, sender: str, but: Iterable[str] = ()) -> tuple[str, str]:
    """(old, new) address of a mail that tells a change; "" for what is not told."""
    but = set(but)
    told = [(at, email) for at, email in addresses(text) if email not in but]
    others = [email for _at, email in told if email != sender]
    if not told:
        return sender, ""
    votes = {email: _vote(text, at) for at, email in told}
    if len(told) > 1 and max(votes.values()) > min(votes.values()):
        new = max(votes, key=lambda email: votes[email])
        old = min(votes, key=lambda email: votes[email])
        return old, new
    if len(told) > 1:
        return told[0][1], told[1][1]
    if not others:
        # written from the new address, the old one is not named
        return "", sender
    # one other address: the new one, unless the mail says that it is given up
    if votes[others[0]] < 0:
        return others[0], sender
    return sender, others[0]


def _vote(text: str, at: int) -> int:
    """Above 0: the words before the address speak for a new one, below: for an old."""
    before = fold(re.split(r"[.!?]\s|\n\s*\n", text[max(0, at - 90) : at])[-1])
    after = fold(re.split(r"[!?,;]\s|\.\s|\n\s*\n", text[at : at + 120])[0])
    new = max((found.end() for found in TAKES_UP.finditer(before)), default=-1)
    old = max((found.end() for found in GIVES_UP.finditer(before)), default=-1)
    vote = (new > old) - (old > new)
    # "von a@… auf b@…" and "from a@… to b@…"
    vote += 2 * before.endswith((" auf", " in", " zu", " to", " durch", " an", " by"))
    vote -= 2 * before.endswith((" von", " from", " statt", " anstatt", " replace"))
    return vote - 2 * bool(GIVEN_UP.search(after)) if vote < 2 else vote


def _person(text: str, but: set[str]) -> Person:
    told = [(at, email) for at, email in addresses(text) if email not in but]
    personal = [pair for pair in told if not is_role(pair[1])]
    name = _name(text, personal[0][0] if personal else None)
    if personal:
        email = personal[0][1]
        return Person(name or _spelled(email), email)
    if told:
        return Person(name, told[0][1], is_role=not name)
    return Person(name)


def _name(text: str, at: int | None) -> str:
    """A name before an address, behind a salutation, or after "an", "is" …"""
    if at is not None:
        found = _BEFORE_ADDRESS.search(text[max(0, at - 80) : at].rstrip() + " ")
        if found and " " in _clean_name(found[1]):
            return _clean_name(found[1])
    for pattern in (_SALUTED, _ANY_NAME):
        for found in pattern.finditer(text):
            if _clean_name(found[1]):
                return _clean_name(found[1])
    return ""


def _clean_name(text: str) -> str:
    """Without what only looks like a name; "" if nothing of it is one."""
    words = text.split()
    while words and words[0].strip(".,:").lower() in NO_NAMES:
        words.pop(0)
    capital = (word.strip(".,:").lower() for word in words if word[0].isupper())
    return " ".join(words) if NO_NAMES.isdisjoint(capital) else ""


def _spelled(email: str) -> str:
    """ "eva.muster@…" is Eva Muster; one word alone is no name."""
    parts = [part for part in re.split(r"[._]", email.partition("@")[0]) if part]
    if len(parts) == 2 and all(len(part) > 1 and part.isalpha() for part in parts):
        return " ".join(part.capitalize() for part in parts)
    return ""


def _sentences(text: str) -> list[str]:
    """Sentences; a line end is a space, a blank line or a bullet ends one."""
    text = _SHORT.sub(rf"\1{_DOT}", text)
    blocks = re.split(r"\n\s*\n|\n\s*[-*•]\s", text)
    return [
        sentence.replace(_DOT, ".").strip()
        for block in blocks
        for sentence in re.split(r"(?<=[.!?])\s+", " ".join(block.split()))
        if sentence.strip()
    ]
