"""The permission to record opens and clicks: only by its own tick, ended for good."""

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter_sync.sync.consent import NOTHING, Basis, Given, Kind, follow
from newsletter_sync.sync.reactions import allowed, allowed_since, box, ticked
from newsletter_sync.sync.vocabulary import Consent

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
HOUR = timedelta(hours=1)
GIVES = (Kind.CONFIRMATION, Kind.STAFF)


def _replay(pieces):
    """What stands after pieces of evidence: (consent, since when it is allowed)."""
    stands, since = NOTHING, None
    for kind, at, boxes in pieces:
        stands = follow(stands, kind, at)
        since = allowed_since(since, stands.withdrawn_at, kind, at, boxes)
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
            st.sampled_from([None, box()]),
        )
    )
)
def test_it_never_stands_before_or_without_its_tick(pieces):
    stands, since = _replay(pieces)
    if since is None:
        return
    ticks = [at for kind, at, boxes in pieces if boxes and kind in GIVES]
    assert since in ticks
    assert stands.withdrawn_at is None or since >= stands.withdrawn_at
    assert stands.basis is not Basis.NONE
