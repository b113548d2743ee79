"""What an address agreed to: how each piece of evidence moves it, and what counts.

A consent is general (everything of one sender) or for one mailing list. Its state is
never typed in; it follows from the evidence, one piece after the other (``follow``).
What holds for somebody on a list is answered by ``effective``.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum

from .vocabulary import Consent


class Basis(str, Enum):
    """Why somebody may be written to. Without one nobody is ever transmitted."""

    NONE = "none"
    DOI = "doi"
    OTHER = "other"  #: on paper, by telephone, single opt-in, taken over
    CUSTOMER = "customer"  #: existing customer, UWG §7(3): no consent, but a ground


class Kind(str, Enum):
    """What a piece of evidence says."""

    REQUEST = "request"
    MAIL = "mail"
    CONFIRMATION = "confirmation"
    DECLARATION = "declaration"  #: on our form, for what a click in a mail cannot prove
    STAFF = "staff"
    IMPORT = "import"
    CUSTOMER = "customer"
    TOOL = "tool"
    EXPIRY = "expiry"
    WITHDRAWAL = "withdrawal"
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What stands for one address and, where named, one list.

    ``at``: since when, aware UTC; None means that nobody knows.
    ``aged``: too long without a mailing, so that it must be confirmed anew.
    ``of_list``: it is the list's own word, so its withdrawal ends this list only.
    ``withdrawn_at``: the latest withdrawal on file, also when a later consent stands.
    """

    state: Consent = Consent.NONE
    at: datetime | None = None
    basis: Basis = Basis.NONE
    aged: bool = False
    of_list: bool = field(default=False, compare=False)
    withdrawn_at: datetime | None = field(default=None, compare=False)


NOTHING = Given()

#: what each kind leads to, unless something later stands against it
_GIVES = {
    Kind.CONFIRMATION: (Consent.CONFIRMED, Basis.DOI),
    Kind.TOOL: (Consent.CONFIRMED, Basis.DOI),
    Kind.DECLARATION: (Consent.SINGLE, Basis.OTHER),
    Kind.STAFF: (Consent.SINGLE, Basis.OTHER),
    Kind.IMPORT: (Consent.SINGLE, Basis.OTHER),
}


def basis_of(state: Consent) -> Basis:
    """The basis that a state stands on when nothing else is known."""
    if state == Consent.CONFIRMED:
        return Basis.DOI
    return Basis.OTHER if state == Consent.SINGLE else Basis.NONE


def follow(now: Given, kind: Kind, at: datetime | None) -> Given:
    """Return what stands after one more piece of evidence.

    :param at: when the fact happened; of a tool's proof None means "time unknown"

    Three things protect the person. A withdrawal counts unless something later is on
    file already. After it only a later consent counts, and at the same moment only the
    person's own click; whatever proof from before it turns up later is history. And a
    request alone lowers nothing: anybody can type an address into a form, so it must
    not end what its owner has confirmed, nor the objection.
    """
    if kind == Kind.WITHDRAWAL:
        withdrawn_at = max(filter(None, (now.withdrawn_at, at)), default=None)
        if now.basis != Basis.NONE and now.at and at and now.at > at:
            return replace(now, withdrawn_at=withdrawn_at)
        if now.state == Consent.WITHDRAWN and not (now.at and at and at > now.at):
            at = now.at and at and now.at
        return Given(state=Consent.WITHDRAWN, at=at, withdrawn_at=withdrawn_at)
    if kind == Kind.REQUEST:
        return (
            replace(now, state=Consent.PENDING, at=at)
            if now.state == Consent.NONE
            else now
        )
    if kind == Kind.EXPIRY:
        return (
            replace(now, state=Consent.NONE, at=at)
            if now.state == Consent.PENDING
            else now
        )
    if kind == Kind.CUSTOMER:
        # whoever objected is no customer to write to, and a consent is worth more
        if now.state in (Consent.NONE, Consent.PENDING):
            return replace(now, basis=Basis.CUSTOMER, at=at)
        return now
    if kind not in _GIVES or (kind == Kind.TOOL and at is None):
        return now
    state, basis = _GIVES[kind]
    if now.state == Consent.WITHDRAWN and not later(kind, at, now.at):
        return now
    if now.withdrawn_at and not later(kind, at, now.withdrawn_at):
        return now
    if now.state == Consent.CONFIRMED and (
        state == Consent.SINGLE or (now.at and at and at < now.at)
    ):
        return now
    return Given(state=state, at=at, basis=basis, withdrawn_at=now.withdrawn_at)


def later(kind: Kind, at: datetime | None, withdrawn_at: datetime | None) -> bool:
    """Whether a consent came after a withdrawal; an unknown time proves nothing.

    Own clicks are recorded as they happen, one after the other, in whole seconds.
    """
    if not at or not withdrawn_at:
        return False
    return at > withdrawn_at or (kind == Kind.CONFIRMATION and at == withdrawn_at)


def effective(general: Given, on_list: Given = NOTHING) -> Given:
    """Return what counts on a list: its own consent, else the general one.

    An objection to everything covers each list, unless the person agreed to the list
    later; of two confirmations the later one is the proof that counts. And a request
    for the list that is still open takes nothing away.
    """
    if on_list.state == Consent.NONE and on_list.basis == Basis.NONE:
        return general
    if general.state == Consent.WITHDRAWN and not (
        on_list.basis != Basis.NONE
        and on_list.at
        and general.at
        and on_list.at > general.at
    ):
        return general
    confirmed = general.state == on_list.state == Consent.CONFIRMED
    if confirmed and general.at and on_list.at and general.at > on_list.at:
        return general
    if on_list.state == Consent.PENDING and on_list.basis == Basis.NONE:
        return general if general.basis != Basis.NONE else on_list
    return replace(on_list, of_list=True)
