"""The one decision whether an address may be transmitted to a newsletter tool.

Everything that can push asks here, and everything that reports a skipped person shows
the reason found here. Nothing but the option for single opt-ins can widen it, and no
option reaches people who left, objected or never agreed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from .consent import Basis
from .vocabulary import Consent


class Reason(str, Enum):
    """Why somebody is not transmitted, in the order of decision: the first one counts.

    Without a usable address nothing else can be said. Then comes the person's own will,
    so that it is never hidden behind something that can be repaired, and what was said
    more closely before the blocklist that follows from it; then the state of the
    record; then missing consent. A duplicate comes last: it means that this person
    would be transmitted, only not twice.
    """

    NO_ADDRESS = "no_address"
    INVALID = "invalid"
    FORGOTTEN = "forgotten"  #: erased person, kept out by a tombstone
    NO_MAILING = "no_mailing"  #: marked so inside the address field
    UNWANTED = "unwanted"  #: the contact wants no e-mails at all
    BLOCKLISTED = "blocklisted"
    WITHDRAWN = "withdrawn"
    LEFT_LIST = "left_list"  #: opted out of this list, here or at the tool
    ARCHIVED = "archived"
    UNDELIVERABLE = "undeliverable"  #: a hard bounce is known
    PENDING = "pending"
    NONE = "none"
    SINGLE = "single"  #: single opt-in, and the option for it is off
    AGED = "aged"  #: no mailing for years: the consent must be confirmed anew
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known about one address on one list.

    Whatever protects a person has no default, so that no caller can forget to look it
    up. ``address_problem`` is that of ``sync.address``; times are aware UTC.
    """

    address_problem: str | None
    active: bool
    blocklisted: bool
    unwanted: bool
    forgotten: bool
    consent: Consent
    left: bool
    left_at: datetime | None = None
    consent_at: datetime | None = None
    #: existing customers have no consent, yet may be written to (see ``Basis``)
    basis: Basis = Basis.NONE
    aged: bool = False
    #: the consent is the list's own; see ``sync.consent.Given``
    of_list: bool = False
    hard_bounce: bool = False
    duplicate: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a user may allow for one run."""

    include_single: bool = False


def decide(facts: Facts, options: Options = Options()) -> Reason | None:
    """Return why this address must not be transmitted, or ``None`` if it may be."""
    return next(reasons(facts, options), None)


def reasons(facts: Facts, options: Options = Options()) -> Iterator[Reason]:
    """Return all that stands against transmitting this address, in the order above."""
    return (reason for reason, applies in _RULES if applies(facts, options))


def _newer_proof(facts: Facts) -> bool:
    """Tell whether a confirmed consent is known to be later than the leaving.

    An unknown time proves nothing, and at the same moment leaving wins.
    """
    return (
        facts.consent == Consent.CONFIRMED
        and facts.consent_at is not None
        and facts.left_at is not None
        and facts.consent_at > facts.left_at
    )


def _customer(facts: Facts) -> bool:
    """Tell whether the ground is the sale, whether or not a request is open as well."""
    return facts.basis == Basis.CUSTOMER and facts.consent in (
        Consent.NONE,
        Consent.PENDING,
    )


_AGREED = (Consent.SINGLE, Consent.CONFIRMED)
#: Address problems with a reason of their own; any other text there counts as invalid.
_NAMED_PROBLEMS = (Reason.NO_ADDRESS, Reason.NO_MAILING)

_RULES: tuple[tuple[Reason, Callable[[Facts, Options], bool]], ...] = (
    (Reason.NO_ADDRESS, lambda f, o: f.address_problem == Reason.NO_ADDRESS),
    (
        Reason.INVALID,
        lambda f, o: (
            bool(f.address_problem) and f.address_problem not in _NAMED_PROBLEMS
        ),
    ),
    (Reason.FORGOTTEN, lambda f, o: f.forgotten),
    (Reason.NO_MAILING, lambda f, o: f.address_problem == Reason.NO_MAILING),
    (Reason.UNWANTED, lambda f, o: f.unwanted),
    (Reason.BLOCKLISTED, lambda f, o: f.blocklisted),
    (
        Reason.WITHDRAWN,
        lambda f, o: f.consent == Consent.WITHDRAWN and not (f.of_list and f.left),
    ),
    (Reason.LEFT_LIST, lambda f, o: f.left and not _newer_proof(f)),
    (Reason.ARCHIVED, lambda f, o: not f.active),
    (Reason.UNDELIVERABLE, lambda f, o: f.hard_bounce),
    (Reason.PENDING, lambda f, o: f.consent == Consent.PENDING and not _customer(f)),
    (Reason.NONE, lambda f, o: f.consent not in _AGREED and not _customer(f)),
    (
        Reason.SINGLE,
        lambda f, o: f.consent == Consent.SINGLE and not o.include_single,
    ),
    (Reason.AGED, lambda f, o: f.aged),
    (Reason.DUPLICATE, lambda f, o: f.duplicate),
)
