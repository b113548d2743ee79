"""A chain of evidence that nobody can change without its being seen.

All pieces of one address form a chain: each holds the hash of the one before. What is
erased early (the client's address and browser), or altogether once a request was never
confirmed, enters the hash only as a salted digest. Erasing text and salt together
leaves the chain valid, and nobody can guess the text back from the digest.

A hash can be computed by anybody who can write to the database, so each one is sealed
with a key that should not lie in it. The head of the chain knows how many pieces there
are; otherwise the last one could vanish unseen.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

#: what may stand in a piece: text, truth or number; nothing and False are left out
Plain = str | int | bool | None

#: the hash before the first piece
START = ""

# kept, for it is made anew with each ``dumps`` that asks for anything
_spelled = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":")
).encode


class Problem(str, Enum):
    """What is wrong with a chain."""

    CHANGED = "changed"  #: a piece does not have the hash that it says it has
    BROKEN = "broken"  #: a piece does not follow the one before
    MISSING = "missing"  #: there are fewer pieces than there have to be
    FORGED = "forged"  #: a piece or the head was not sealed by us


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Text that may be erased: what it says, its salt, and what the chain keeps."""

    says: Mapping[str, Plain]
    salt: str
    digest: str

    def holds(self) -> bool:
        """Whether the text is what was written, or is erased as a whole."""
        if not self.salt:
            return not any(self.says.values())
        return self.digest == salted(self.salt, self.says)


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One piece of evidence as it is stored.

    ``facts`` stay as long as the piece does. ``content`` is erased with a request that
    nobody confirmed, ``trace`` (client address and browser) after some months.
    """

    position: int
    previous: str
    facts: Mapping[str, Plain]
    content: Part
    trace: Part
    hash: str
    seal: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Where a chain ends: number of pieces, hash of the last one, and the seal."""

    length: int
    hash: str
    seal: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem, and the piece that shows it (0: the head)."""

    position: int
    problem: Problem


def plain(mapping: Mapping[str, Plain]) -> str:
    """Return one spelling of what a mapping says, whatever its order.

    Empty values are left out, so that a field that is added later changes no old hash.
    """
    return _spelled({name: value for name, value in mapping.items() if value})


def salted(salt: str, mapping: Mapping[str, Plain]) -> str:
    """Return what the chain keeps of text that may be erased."""
    return _sha256(f"{salt}\n{plain(mapping)}")


def part(salt: str, says: Mapping[str, Plain]) -> Part:
    """Return erasable text as it is stored; the salt has to be random."""
    return Part(says=says, salt=salt, digest=salted(salt, says))


def link(
    previous: str, position: int, facts: Mapping[str, Plain], content: str, trace: str
) -> str:
    """Return the hash of a piece."""
    chained = {
        "previous": previous,
        "position": position,
        "facts": plain(facts),
        "content": content,
        "trace": trace,
    }
    return _sha256(plain(chained))


def seal(key: str, text: str) -> str:
    """Return what only we can make of a hash."""
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()


def next_piece(
    previous: str,
    position: int,
    facts: Mapping[str, Plain],
    content: Part,
    trace: Part,
    key: str,
) -> Piece:
    """Return the piece that comes after the one with the hash ``previous``."""
    own = link(previous, position, facts, content.digest, trace.digest)
    return Piece(
        position=position,
        previous=previous,
        facts=facts,
        content=content,
        trace=trace,
        hash=own,
        seal=seal(key, own),
    )


def head(name: str, length: int, last: str, key: str) -> Head:
    """Return the head of a chain; ``name`` says whose chain it is."""
    return Head(length=length, hash=last, seal=seal(key, f"{name}\n{length}\n{last}"))


def examine(
    pieces: Iterable[Piece], end: Head | None, name: str, key: str
) -> list[Finding]:
    """Return what is wrong with a chain, nothing if it is intact.

    :param pieces: in the order of their positions
    :param end: the head as stored; None if there is none
    """
    found: list[Finding] = []
    previous, position = START, 0
    for piece in pieces:
        position += 1
        if piece.position > position:
            found.append(Finding(position, Problem.MISSING))
            position = piece.position
        elif piece.position < position or piece.previous != previous:
            found.append(Finding(piece.position, Problem.BROKEN))
        if not _unchanged(piece):
            found.append(Finding(piece.position, Problem.CHANGED))
        if piece.seal != seal(key, piece.hash):
            found.append(Finding(piece.position, Problem.FORGED))
        previous = piece.hash
    if end is None:
        return [*found, Finding(0, Problem.MISSING)]
    if end != head(name, end.length, end.hash, key):
        found.append(Finding(0, Problem.FORGED))
    elif (end.length, end.hash) != (position, previous):
        lost = end.length > position
        found.append(Finding(0, Problem.MISSING if lost else Problem.FORGED))
    return found


def _unchanged(piece: Piece) -> bool:
    own = link(
        piece.previous,
        piece.position,
        piece.facts,
        piece.content.digest,
        piece.trace.digest,
    )
    return own == piece.hash and piece.content.holds() and piece.trace.holds()


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
