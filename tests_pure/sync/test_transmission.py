"""The last look before sending, and the look back."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter_sync.sync.eligibility import Facts, Options, Reason, decide
from newsletter_sync.sync.protection import protection
from newsletter_sync.sync.reconcile_records import Task
from newsletter_sync.sync.transmission import (
    LEAVING,
    Decided,
    Expected,
    arrived,
    barred,
    cheapest_reading,
)
from newsletter_sync.sync.vocabulary import Consent, RemoteMember, Status

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
LATER = NOON + timedelta(seconds=1)
NOBODY = Decided()
PLAIN = Options()


def facts(**more):
    fine = {
        "address_problem": None,
        "active": True,
        "blocklisted": False,
        "unwanted": False,
        "forgotten": False,
        "consent": Consent.CONFIRMED,
        "left": False,
    }
    return Facts(**{**fine, **more})


FACTS = st.builds(
    facts,
    address_problem=st.sampled_from([None, "invalid", "no_mailing"]),
    active=st.booleans(),
    blocklisted=st.booleans(),
    unwanted=st.booleans(),
    forgotten=st.booleans(),
    consent=st.sampled_from(Consent),
    left=st.booleans(),
    left_at=st.sampled_from([None, NOON, LATER]),
    consent_at=st.sampled_from([None, NOON, LATER]),
    hard_bounce=st.booleans(),
)
DECIDED = st.builds(
    Decided, at=st.sampled_from([None, NOON, LATER]), reason=st.booleans()
)


# ------------------------------------------------------------- just before sending
@given(FACTS, DECIDED)
def test_nothing_ever_holds_up_a_leaving(known, decided):
    assert all(barred(task, known, decided, PLAIN) is None for task in LEAVING)


@given(FACTS, DECIDED)
def test_whoever_must_not_be_mailed_gets_nothing_but_a_leaving(known, decided):
    """No decision, no reason and no option opens this door."""
    if not (known.blocklisted or known.unwanted or known.forgotten):
        return
    for task in set(Task) - LEAVING:
        assert barred(task, known, decided, Options(include_single=True))


@given(FACTS)
def test_without_a_person_who_decided_joining_is_what_may_be_transmitted(known):
    for task in (Task.TRANSMIT, Task.SIGNUP, Task.CHANGE_ADDRESS):
        assert barred(task, known, NOBODY, PLAIN) == decide(known, PLAIN)


@pytest.mark.parametrize("consent", [Consent.NONE, Consent.SINGLE, Consent.PENDING])
def test_nobody_without_consent_is_subscribed_whoever_decides(consent):
    word = Decided(NOON, reason=True)
    assert barred(Task.TRANSMIT, facts(consent=consent), word, PLAIN)
    # the tool's own question is how such a consent comes to be
    assert barred(Task.SIGNUP, facts(consent=consent), word, PLAIN) is None
    assert barred(Task.SIGNUP, facts(consent=consent), NOBODY, PLAIN)


def test_single_opt_ins_only_where_the_run_allows_them():
    single = facts(consent=Consent.SINGLE)
    assert barred(Task.TRANSMIT, single, NOBODY, PLAIN) is Reason.SINGLE
    wide = Options(include_single=True)
    assert barred(Task.TRANSMIT, single, NOBODY, wide) is None


def test_a_withdrawn_consent_is_not_asked_for_again():
    gone = facts(consent=Consent.WITHDRAWN)
    assert barred(Task.SIGNUP, gone, Decided(NOON, True), PLAIN) is Reason.WITHDRAWN


@pytest.mark.parametrize("task", [Task.TRANSMIT, Task.SIGNUP])
def test_who_left_comes_back_only_on_a_reasoned_word_given_after_that(task):
    known = facts(left=True, left_at=NOON, consent_at=NOON - timedelta(days=1))
    assert barred(task, known, NOBODY, PLAIN) is Reason.LEFT_LIST
    assert barred(task, known, Decided(LATER), PLAIN) is Reason.LEFT_LIST
    assert barred(task, known, Decided(LATER, reason=True), PLAIN) is None
    again = facts(left=True, left_at=LATER)
    assert barred(task, again, Decided(NOON, reason=True), PLAIN) is Reason.LEFT_LIST


def test_updates_need_no_consent_but_stop_with_an_objection():
    assert barred(Task.UPDATE, facts(consent=Consent.NONE), NOBODY, PLAIN) is None
    assert barred(Task.UPDATE, facts(left=True), NOBODY, PLAIN) is None
    withdrawn = facts(consent=Consent.WITHDRAWN)
    assert barred(Task.UPDATE, withdrawn, NOBODY, PLAIN) is Reason.WITHDRAWN
    assert barred(Task.UPDATE, facts(unwanted=True), NOBODY, PLAIN) is Reason.UNWANTED


@given(FACTS)
def test_an_update_stops_by_what_signs_somebody_off_in_a_comparison(known):
    """One rule: whom it signs off gets no update, and nobody else is left without."""
    reason = barred(Task.UPDATE, known, NOBODY, PLAIN)
    if known.forgotten:
        assert reason is Reason.FORGOTTEN
    else:
        assert (reason or "") == protection(known).stop


# ---------------------------------------------------------------------- afterwards
def at_tool(status=Status.SUBSCRIBED, email="anna@example.org", **values):
    return RemoteMember(remote_id="1", email=email, status=status, values=values)


def expect(task, left=False, email="anna@example.org", **values):
    return Expected(task, values, email, {"age": "number"}, left)


@pytest.mark.parametrize(
    ("wanted", "held", "fits"),
    [
        (expect(Task.UNSUBSCRIBE), None, True),
        (expect(Task.UNSUBSCRIBE), at_tool(Status.UNSUBSCRIBED), True),
        (expect(Task.UNSUBSCRIBE), at_tool(), False),
        (expect(Task.UNSUBSCRIBE), at_tool(Status.PENDING), False),
        (expect(Task.DELETE), at_tool(), False),
        (expect(Task.UPDATE, name="Ä"), at_tool(name="Ä"), True),
        (expect(Task.UPDATE, age="5"), at_tool(age=5.0), True),
        (expect(Task.UPDATE, name="Ä"), at_tool(name="A"), False),
        (expect(Task.UPDATE, name="Ä"), None, False),
        (expect(Task.UPDATE, name="Ä"), at_tool(Status.UNSUBSCRIBED, name="Ä"), True),
        (expect(Task.TRANSMIT), at_tool(), True),
        (expect(Task.TRANSMIT), at_tool(Status.PENDING), True),
        (expect(Task.TRANSMIT), None, False),
        # left by their own will since: the next comparison takes that over
        (expect(Task.TRANSMIT), at_tool(Status.UNSUBSCRIBED), True),
        (expect(Task.TRANSMIT, left=True), at_tool(Status.UNSUBSCRIBED), False),
        (expect(Task.SIGNUP), at_tool(Status.PENDING), True),
        (expect(Task.SIGNUP), None, False),
        (expect(Task.CHANGE_ADDRESS), at_tool(email="Anna@Example.org"), True),
        (expect(Task.CHANGE_ADDRESS), at_tool(email="old@example.org"), False),
    ],
)
def test_what_counts_as_arrived(wanted, held, fits):
    assert arrived(wanted, held, tells_pending=True) is fits


def test_a_tool_that_does_not_tell_whom_it_asked_is_believed():
    assert arrived(expect(Task.SIGNUP), None, tells_pending=False)


@pytest.mark.parametrize(
    ("people", "lookup", "page", "changes", "recipients", "way"),
    [
        (100_000, 1000, 1000, True, 5_000_000, "lookup"),
        (100_000, 1, 1000, True, None, "changes"),
        (100_000, 1, 1000, False, 120_000, "list"),
        (100, 1, 1000, False, 5_000_000, "lookup"),
        (3, 1, 500, True, 1_000_000, "changes"),
        (1, 1, 500, True, 1_000_000, "lookup"),
        (100, 0, 1000, False, None, "lookup"),
    ],
)
def test_the_fewest_calls_win(people, lookup, page, changes, recipients, way):
    assert cheapest_reading(people, lookup, page, changes, recipients) == way
