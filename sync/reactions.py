"""Whether opens and clicks of a person may be recorded: a permission of its own (L10).

It hangs on a consent and is given by a tick of its own, never by the consent alone.
Like the state it follows from the evidence, one piece after the other.
"""

from __future__ import annotations

import json
from datetime import datetime

from .consent import Basis, Given, Kind, later

#: the name of the tick among the boxes of a piece of evidence
BOX = "opens_and_clicks"
#: the pieces in which it counts: a request shows only what somebody typed into a form
_GIVES = (Kind.CONFIRMATION, Kind.STAFF)


def box(given: bool = True) -> str:
    """The boxes of a piece of evidence that gives the permission or takes it back."""
    return json.dumps({BOX: given})


def ticked(boxes: str | None) -> bool:
    """Whether the boxes of a piece of evidence, as JSON, give the permission."""
    return bool(boxes) and BOX in boxes and json.loads(boxes).get(BOX) is True


def taken_back(kind: Kind, boxes: str | None) -> bool:
    """Whether a piece of evidence takes the permission back, and nothing else."""
    if kind is not Kind.NOTE or not boxes or BOX not in boxes:
        return False
    return json.loads(boxes).get(BOX) is False


def ended_since(
    ended_at: datetime | None, kind: Kind, at: datetime, boxes: str | None
) -> datetime | None:
    """When the person said the last time that nothing is to be recorded.

    :param ended_at: what stood before
    """
    if not taken_back(kind, boxes):
        return ended_at
    return max(filter(None, (ended_at, at)))


def allowed_since(
    since: datetime | None,
    withdrawn_at: datetime | None,
    kind: Kind,
    at: datetime,
    boxes: str | None,
) -> datetime | None:
    """Since when it is allowed after one more piece of evidence; None: it is not.

    :param since: what stood before
    :param withdrawn_at: the latest withdrawal on file, of the consent or of this alone
    :param boxes: those of the piece, as JSON

    The withdrawal of the consent ends it, and so does a word about nothing but this. A
    later consent does not bring it back without its own tick. A missing tick changes
    nothing.
    """
    if kind is Kind.WITHDRAWAL or taken_back(kind, boxes):
        return since if since and since > at else None
    if kind not in _GIVES or not ticked(boxes):
        return since
    if withdrawn_at and not later(kind, at, withdrawn_at):
        return since
    return max(filter(None, (since, at)))


def allowed(
    counts: Given, since: datetime | None, general_withdrawn_at: datetime | None
) -> bool:
    """Whether the consent that counts for somebody allows it.

    :param counts: the answer of ``sync.consent.effective``
    :param since: since when the consent behind it allows it
    :param general_withdrawn_at: the latest objection to everything, which ended what a
        list was allowed before
    """
    if not since or counts.basis not in (Basis.DOI, Basis.OTHER):
        return False
    ended = general_withdrawn_at if counts.of_list else None
    return not ended or since > ended
