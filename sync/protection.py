"""What protects a person in a comparison: why they are signed off, or not joined.

The facts are those of ``sync.eligibility``; so a comparison can never see a reason that
a transmission does not know, nor the other way round.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .eligibility import Facts, Reason, reasons
from .reconcile_status import WILL, later

#: By these, whoever is in the tool is signed off; the others only keep people from
#: being added, for the tool may hold a consent of its own. The person's own will comes
#: first: it ends the subscription in Odoo too, which a broken address must not hide.
_STOPS = (
    Reason.UNWANTED,
    Reason.BLOCKLISTED,
    Reason.WITHDRAWN,
    Reason.NO_MAILING,
    Reason.FORGOTTEN,
    Reason.INVALID,
    Reason.ARCHIVED,
)
#: These only keep somebody from being joined by us.
_LACKS = (
    Reason.WITHDRAWN,
    Reason.UNDELIVERABLE,
    Reason.PENDING,
    Reason.NONE,
    Reason.SINGLE,
    Reason.AGED,
)


@dataclass(frozen=True, slots=True)
class Protection:
    """``stop`` and ``consent_missing`` of a policy, "" where nothing stands against."""

    stop: str = ""
    consent_missing: str = ""


def protection(
    facts: Facts, *proofs: datetime | None, buried_at: datetime | None = None
) -> Protection:
    """Return what protects the address that these facts are about.

    :param facts: ``left``: this is what Odoo's list says. A leaving stops nothing by
        itself: the statuses of both sides say so, and the rules decide which counts.
    :param proofs: when the person confirmed elsewhere, such as at the tool. Later than
        a withdrawal, it stops no more; we join nobody because of it.
    :param buried_at: when the person objected or was erased, if nothing but a tombstone
        is left of that; it ends what the evidence would end, and by the same proof
    """
    against = set(reasons(facts))
    stops = against
    if any(later(proof, facts.consent_at) for proof in proofs):
        stops = against - {Reason.WITHDRAWN}
    if buried_at and not any(later(proof, buried_at) for proof in proofs):
        stops = stops | {Reason.FORGOTTEN}
    return Protection(_first(_STOPS, stops), _first(_LACKS, against))


def ends_subscription(facts: Facts) -> Reason | None:
    """Return why the tool must let go somebody whom it mails, None if it need not.

    For people of whom no comparison knows yet: a leaving, which the rules find in the
    statuses of both sides else, counts by itself.
    """
    if facts.forgotten:
        return Reason.FORGOTTEN
    if stop := protection(facts).stop:
        return Reason(stop)
    return Reason.LEFT_LIST if Reason.LEFT_LIST in reasons(facts) else None


@dataclass(frozen=True, slots=True)
class OthersWill:
    """``remote_stop`` and ``replaceable`` of a policy."""

    stop: str = ""
    replaceable: bool = False


def others_will(
    facts: Facts,
    tool_proof: datetime | None,
    own_proof: datetime | None,
    buried_at: datetime | None = None,
) -> OthersWill:
    """Return why the tool must not mail another address than Odoo's.

    Only the will of whoever has it counts; that Odoo knows no consent of an address is
    no reason to end what the tool may have a consent of its own for.

    :param tool_proof: when the recipient confirmed at the tool, as above
    :param own_proof: when the person agreed by the address that Odoo has. That is no
        consent for the other one, which must not be mailed on; but the other one may
        give way to it.
    :param buried_at: as above, of the tool's address
    """
    stop = _will(facts, buried_at, tool_proof)
    both = _will(facts, buried_at, tool_proof, own_proof)
    return OthersWill(stop, bool(stop) and not both)


def _will(facts: Facts, buried_at: datetime | None, *proofs: datetime | None) -> str:
    stop = protection(facts, *proofs, buried_at=buried_at).stop
    return stop if stop in WILL else ""


def _first(order: tuple[Reason, ...], against: set[Reason]) -> str:
    return next((reason.value for reason in order if reason in against), "")
