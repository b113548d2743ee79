"""How evidence moves a consent, and what counts on a list."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter_sync.sync.consent import (
    NOTHING,
    Basis,
    Given,
    Kind,
    effective,
    follow,
)
from newsletter_sync.sync.vocabulary import Consent

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
EARLIER, LATER = NOON - timedelta(days=1), NOON + timedelta(days=1)

CONFIRMED = Given(state=Consent.CONFIRMED, at=NOON, basis=Basis.DOI)
SINGLE = Given(state=Consent.SINGLE, at=NOON, basis=Basis.OTHER)
PENDING = Given(state=Consent.PENDING, at=NOON)
WITHDRAWN = Given(state=Consent.WITHDRAWN, at=NOON)
CUSTOMER = Given(at=NOON, basis=Basis.CUSTOMER)

moments = st.sampled_from([EARLIER, NOON, LATER])
histories = st.lists(st.tuples(st.sampled_from(list(Kind)), moments), max_size=8)


def told(history):
    """What stands after a history."""
    now = NOTHING
    for kind, at in history:
        now = follow(now, kind, at)
    return now


@pytest.mark.parametrize(
    ("kind", "state", "basis"),
    [
        (Kind.REQUEST, Consent.PENDING, Basis.NONE),
        (Kind.CONFIRMATION, Consent.CONFIRMED, Basis.DOI),
        (Kind.TOOL, Consent.CONFIRMED, Basis.DOI),
        (Kind.DECLARATION, Consent.SINGLE, Basis.OTHER),
        (Kind.STAFF, Consent.SINGLE, Basis.OTHER),
        (Kind.IMPORT, Consent.SINGLE, Basis.OTHER),
        (Kind.CUSTOMER, Consent.NONE, Basis.CUSTOMER),
        (Kind.WITHDRAWAL, Consent.WITHDRAWN, Basis.NONE),
    ],
)
def test_what_each_kind_leads_to(kind, state, basis):
    assert follow(NOTHING, kind, NOON) == Given(state=state, at=NOON, basis=basis)


@pytest.mark.parametrize("kind", [Kind.MAIL, Kind.NOTE, Kind.EXPIRY])
@pytest.mark.parametrize("now", [NOTHING, CONFIRMED, SINGLE, WITHDRAWN, CUSTOMER])
def test_what_says_nothing_changes_nothing(now, kind):
    assert follow(now, kind, LATER) == now


@pytest.mark.parametrize("now", [CONFIRMED, SINGLE, WITHDRAWN, PENDING])
def test_a_request_lowers_nothing(now):
    """Anybody can type an address into a form."""
    assert follow(now, Kind.REQUEST, LATER) == now


def test_a_request_that_nobody_confirmed_ends():
    assert follow(PENDING, Kind.EXPIRY, LATER) == Given(at=LATER)
    asked = follow(CUSTOMER, Kind.REQUEST, LATER)
    assert asked.basis is Basis.CUSTOMER
    assert follow(asked, Kind.EXPIRY, LATER).basis is Basis.CUSTOMER


@pytest.mark.parametrize(
    ("kind", "at", "back"),
    [
        (Kind.CONFIRMATION, LATER, True),
        (Kind.CONFIRMATION, NOON, True),
        (Kind.CONFIRMATION, EARLIER, False),
        (Kind.TOOL, LATER, True),
        (Kind.TOOL, NOON, False),
        (Kind.TOOL, None, False),
        (Kind.STAFF, LATER, True),
        (Kind.STAFF, NOON, False),
        (Kind.IMPORT, EARLIER, False),
        (Kind.CUSTOMER, LATER, False),
    ],
)
def test_W6_only_a_later_consent_ends_a_withdrawal(kind, at, back):
    assert (follow(WITHDRAWN, kind, at) != WITHDRAWN) is back


def test_W6_a_withdrawal_yields_to_what_is_later_only():
    assert follow(CONFIRMED, Kind.WITHDRAWAL, EARLIER) == CONFIRMED
    for at in (NOON, LATER, None):
        assert follow(CONFIRMED, Kind.WITHDRAWAL, at).state is Consent.WITHDRAWN
    # of several withdrawals the latest counts, an undated one most
    assert follow(WITHDRAWN, Kind.WITHDRAWAL, EARLIER) == WITHDRAWN
    assert follow(WITHDRAWN, Kind.WITHDRAWAL, LATER).at == LATER
    assert follow(WITHDRAWN, Kind.WITHDRAWAL, None).at is None
    assert follow(Given(state=Consent.WITHDRAWN), Kind.WITHDRAWAL, NOON).at is None
    # a request is no consent, so that an objection from before it counts as well
    assert follow(PENDING, Kind.WITHDRAWAL, EARLIER).state is Consent.WITHDRAWN


def test_what_is_known_already_is_not_lowered():
    for kind in (Kind.STAFF, Kind.IMPORT, Kind.CUSTOMER, Kind.REQUEST):
        assert follow(CONFIRMED, kind, LATER) == CONFIRMED
    assert follow(CONFIRMED, Kind.TOOL, EARLIER) == CONFIRMED
    assert follow(CONFIRMED, Kind.CONFIRMATION, LATER).at == LATER
    assert follow(SINGLE, Kind.CUSTOMER, LATER) == SINGLE


@given(histories)
def test_nobody_is_agreed_without_evidence_that_says_so(history):
    now, kinds = told(history), {kind for kind, _at in history}
    if now.state is Consent.CONFIRMED:
        assert kinds & {Kind.CONFIRMATION, Kind.TOOL}
    if now.state is Consent.SINGLE:
        assert kinds & {Kind.STAFF, Kind.IMPORT, Kind.DECLARATION}
    if now.basis is Basis.CUSTOMER:
        assert Kind.CUSTOMER in kinds


@given(histories)
def test_after_the_last_withdrawal_only_a_later_consent_counts(history):
    now = told(history)
    left = [at for kind, at in history if kind is Kind.WITHDRAWAL]
    if left and now.basis is not Basis.NONE:
        assert now.at >= max(left)


def test_proof_from_before_a_withdrawal_is_history_whatever_came_between():
    """A clerk's note after the withdrawal opens no door for an old double opt-in."""
    history = [
        (Kind.WITHDRAWAL, NOON),
        (Kind.STAFF, LATER),
        (Kind.TOOL, EARLIER),
        (Kind.CONFIRMATION, EARLIER),
    ]
    for order in (history, [history[1], history[0], *history[2:]]):
        assert told(order) == Given(
            state=Consent.SINGLE, at=LATER, basis=Basis.OTHER
        ), "the leaving may be told late"
    assert told([*history, (Kind.TOOL, LATER)]).state is Consent.CONFIRMED


def test_without_a_withdrawal_an_older_proof_says_more_than_a_note():
    """A list is imported, and then the tool's proof of years ago is read."""
    assert told([(Kind.IMPORT, LATER), (Kind.TOOL, EARLIER)]) == Given(
        state=Consent.CONFIRMED, at=EARLIER, basis=Basis.DOI
    )


# --- what counts on a list ----------------------------------------------------------
@pytest.mark.parametrize("general", [NOTHING, CONFIRMED, SINGLE, WITHDRAWN, CUSTOMER])
def test_without_a_consent_of_its_own_the_general_one_counts(general):
    assert effective(general) == general
    # a note was taken, an old request ran out: nothing was agreed
    assert effective(general, Given(at=LATER)) == general


@pytest.mark.parametrize("general", [NOTHING, CONFIRMED, SINGLE, PENDING, CUSTOMER])
@pytest.mark.parametrize("on_list", [CONFIRMED, SINGLE, WITHDRAWN, CUSTOMER])
def test_the_lists_own_consent_counts(general, on_list):
    assert effective(general, on_list) == on_list


def test_of_two_confirmations_the_later_one_is_the_proof():
    """Who objected, and then confirmed everything anew, is back on the list, too."""
    later = Given(state=Consent.CONFIRMED, at=LATER, basis=Basis.DOI)
    assert effective(later, CONFIRMED) == effective(CONFIRMED, later) == later
    unknown = Given(state=Consent.CONFIRMED, basis=Basis.DOI)
    assert effective(unknown, CONFIRMED) == CONFIRMED
    assert effective(later, WITHDRAWN) == WITHDRAWN


def test_W3_an_objection_to_everything_covers_the_lists():
    for at, counts in ((EARLIER, False), (NOON, False), (LATER, True), (None, False)):
        on_list = Given(state=Consent.CONFIRMED, at=at, basis=Basis.DOI)
        expected = on_list if counts else WITHDRAWN
        assert effective(WITHDRAWN, on_list) == expected
    undated = Given(state=Consent.WITHDRAWN)
    assert effective(undated, CONFIRMED) == undated
    asked = Given(state=Consent.PENDING, at=LATER)
    assert effective(WITHDRAWN, asked) == WITHDRAWN, "a request alone"


def test_an_open_request_for_a_list_takes_nothing_away():
    assert effective(CONFIRMED, PENDING) == CONFIRMED
    assert effective(NOTHING, PENDING) == PENDING


@given(histories, histories)
def test_nobody_counts_whom_neither_consent_allows(general, on_list):
    general, on_list = told(general), told(on_list)
    counts = effective(general, on_list)
    assert counts in (general, on_list)
    if counts.basis is not Basis.NONE and general.state is Consent.WITHDRAWN:
        assert counts == on_list and on_list.at > general.at
