"""Whom the tool means: find the one member or contact that a recipient belongs to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from .address import normalise as normalise_address
from .values import normalise


class MatchedBy(str, Enum):
    """What made the match."""

    REMOTE_ID = "remote_id"
    ADDRESS = "address"
    REMEMBERED = "remembered"  #: a person chose once among several
    NAME = "name"  #: several have the address, one of them the names
    LOWEST = "lowest"  #: still several; warn
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody as the tool tells them."""

    remote_id: str = ""
    email: str = ""
    first_name: str = ""
    last_name: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody in Odoo. ``chosen``: a person picked them for this address before."""

    id: int
    remote_id: str = ""
    email: str = ""
    first_name: str = ""
    last_name: str = ""
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    """The candidate that was taken. ``among``: the ids that a warning must name."""

    candidate: Candidate | None
    by: MatchedBy
    among: tuple[int, ...] = ()


def match(remote: Person, candidates: Iterable[Candidate]) -> Match:
    """Find the candidate by recipient id, then by address, then by both names.

    Who carries another recipient's id is somebody else, even with the same address.
    Still several: the lowest id is taken, and ``among`` names all of them.
    """
    ordered = sorted(candidates, key=lambda candidate: candidate.id)
    if remote.remote_id:
        found = [one for one in ordered if one.remote_id == remote.remote_id]
        if found:
            return _one_of(found, MatchedBy.REMOTE_ID, remote)
        ordered = [one for one in ordered if not one.remote_id]
    email = normalise_address(remote.email)
    found = [one for one in ordered if email and normalise_address(one.email) == email]
    return _one_of(found, MatchedBy.ADDRESS, remote)


def _one_of(found: Sequence[Candidate], by: MatchedBy, remote: Person) -> Match:
    if not found:
        return Match(None, MatchedBy.NOBODY)
    if len(found) == 1:
        return Match(found[0], by)
    chosen = [one for one in found if one.chosen]
    if chosen:
        return Match(chosen[0], MatchedBy.REMEMBERED)
    names = _names(remote)
    named = [one for one in found if any(names) and _names(one) == names]
    if len(named) == 1:
        return Match(named[0], MatchedBy.NAME)
    found = named or found
    return Match(found[0], MatchedBy.LOWEST, tuple(one.id for one in found))


def _names(one: Person | Candidate) -> tuple[str, str]:
    """Both names as they are compared: without regard to case and Unicode forms."""
    first, last = normalise(one.first_name), normalise(one.last_name)
    return normalise(first.casefold()), normalise(last.casefold())
