"""The permission to record opens and clicks: only by its own tick, ended for good."""

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter_sync.sync.consent import NOTHING, Basis, Given, Kind, follow
from newsletter_sync.sync.reactions import (
    allowed,
    allowed_since,
    box,
    ended_since,
    ticked,
)
from newsletter_sync.sync.vocabulary import Consent

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
HOUR = timedelta(hours=1)
GIVES = (Kind.CONFIRMATION, Kind.STAFF)


def _replay(pieces):
    """What stands after pieces of evidence: (consent, since when it is allowed)."""
    stands, since, ended_at = NOTHING, None, None
    for kind, at, boxes in pieces:
        stands = follow(stands, kind, at)
        ends = max(filter(None, (stands.withdrawn_at, ended_at)), default=None)
        since = allowed_since(since, ends, kind, at, boxes)
        ended_at = ended_since(ended_at, kind, at, boxes)
    return stands, since


@pytest.mark.parametrize("kind", list(Kind))
def test_only_the_persons_confirmation_and_staff_give_it(kind):
    _stands, since = _replay([(kind, NOON, box())])
    assert since == (NOON if kind in GIVES else None)


@pytest.mark.parametrize(
    "boxes", [None, "", "{}", '{"opens_and_clicks": false}', '{"opens_and_clicks": 1}']
)
def test_without_the_tick_nothing_is_allowed(boxes):
    assert not ticked(boxes)
    assert _replay([(Kind.CONFIRMATION, NOON, boxes)])[1] is None


def test_a_withdrawal_ends_it_and_a_later_consent_needs_the_tick_anew():
    pieces = [
        (Kind.CONFIRMATION, NOON, box()),
        (Kind.WITHDRAWAL, NOON + HOUR, None),
        (Kind.CONFIRMATION, NOON + 2 * HOUR, None),
    ]
    stands, since = _replay(pieces)
    assert (stands.state, since) == (Consent.CONFIRMED, None)
    assert _replay([*pieces, (Kind.STAFF, NOON + 3 * HOUR, box())])[1]


def test_the_person_takes_back_this_alone():
    pieces = [
        (Kind.CONFIRMATION, NOON, box()),
        (Kind.NOTE, NOON + HOUR, box(given=False)),
    ]
    stands, since = _replay(pieces)
    assert (stands.state, since) == (Consent.CONFIRMED, None)
    old_paper = (Kind.STAFF, NOON + HOUR / 2, box())
    assert _replay([*pieces, old_paper])[1] is None
    assert _replay([*pieces, (Kind.STAFF, NOON + 2 * HOUR, box())])[1]


@pytest.mark.parametrize("kind", list(Kind))
def test_no_other_piece_takes_it_back(kind):
    pieces = [(Kind.CONFIRMATION, NOON, box()), (kind, NOON + HOUR, box(given=False))]
    ends = kind in (Kind.NOTE, Kind.WITHDRAWAL)
    assert (_replay(pieces)[1] is None) == ends
    assert _replay([pieces[0], (Kind.NOTE, NOON + HOUR, None)])[1] == NOON


def test_a_word_from_before_takes_back_nothing_later():
    pieces = [(Kind.CONFIRMATION, NOON, box())]
    pieces += [(Kind.NOTE, NOON - HOUR, box(given=False))]
    assert _replay(pieces)[1] == NOON


def test_old_paper_lifts_no_later_withdrawal():
    pieces = [(Kind.WITHDRAWAL, NOON, None), (Kind.STAFF, NOON - HOUR, box())]
    assert _replay(pieces)[1] is None


def test_an_objection_to_everything_ends_what_a_list_was_allowed_before():
    own = Given(state=Consent.CONFIRMED, basis=Basis.DOI, of_list=True)
    assert allowed(own, NOON, None)
    assert allowed(own, NOON, NOON - HOUR)
    assert not allowed(own, NOON, NOON + HOUR)
    assert not allowed(own, None, None)
    assert not allowed(Given(state=Consent.WITHDRAWN), NOON, None)
    assert not allowed(Given(basis=Basis.CUSTOMER), NOON, None)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(list(Kind)),
            st.integers(0, 20).map(lambda hours: NOON + hours * HOUR),
            st.sampled_from([None, box(), box(given=False)]),
        )
    )
)
def test_it_never_stands_before_or_without_its_tick(pieces):
    stands, since = _replay(pieces)
    if since is None:
        return
    ticks = [at for kind, at, boxes in pieces if ticked(boxes) and kind in GIVES]
    assert since in ticks
    ends = [ended_since(None, *piece) for piece in pieces]
    assert all(end is None or since >= end for end in ends)
    assert stands.withdrawn_at is None or since >= stands.withdrawn_at
    assert stands.basis is not Basis.NONE
