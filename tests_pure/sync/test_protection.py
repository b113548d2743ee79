"""What protects somebody in a comparison is what keeps them out of a transmission."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter_sync.sync.consent import Basis
from newsletter_sync.sync.eligibility import Facts, Options, Reason, decide
from newsletter_sync.sync.protection import ends_subscription, others_will, protection
from newsletter_sync.sync.reconcile_records import Task
from newsletter_sync.sync.reconcile_status import WILL
from newsletter_sync.sync.transmission import Decided, barred
from newsletter_sync.sync.vocabulary import Consent

EARLY = datetime(2026, 1, 1, tzinfo=timezone.utc)
LATE = EARLY + timedelta(days=1)
FREE = Facts(
    address_problem=None,
    active=True,
    blocklisted=False,
    unwanted=False,
    forgotten=False,
    left=False,
    consent=Consent.CONFIRMED,
    consent_at=EARLY,
)
moments = st.none() | st.sampled_from([EARLY, LATE])
facts = st.builds(
    Facts,
    address_problem=st.sampled_from([None, "no_address", "no_mailing", "invalid"]),
    active=st.booleans(),
    blocklisted=st.booleans(),
    unwanted=st.booleans(),
    forgotten=st.just(False),  # a tombstone has its own place among the rules
    consent=st.sampled_from(Consent),
    left=st.booleans(),
    left_at=moments,
    consent_at=moments,
    basis=st.sampled_from(Basis),
    aged=st.booleans(),
    of_list=st.booleans(),
    hard_bounce=st.booleans(),
)


def test_somebody_with_a_confirmed_consent_may_come():
    for known in (FREE, replace(FREE, left=True)):
        assert (protection(known).stop, protection(known).consent_missing) == ("", "")


@pytest.mark.parametrize(
    ("change", "stop"),
    [
        ({"blocklisted": True}, "blocklisted"),
        ({"unwanted": True}, "unwanted"),
        ({"unwanted": True, "blocklisted": True}, "unwanted"),
        ({"consent": Consent.WITHDRAWN}, "withdrawn"),
        ({"address_problem": "no_mailing"}, "no_mailing"),
        ({"address_problem": "invalid"}, "invalid"),
        ({"active": False}, "archived"),
        # the will of the person is never hidden behind what can be repaired
        ({"address_problem": "invalid", "blocklisted": True}, "blocklisted"),
        ({"address_problem": "no_mailing", "active": False}, "no_mailing"),
        ({"active": False, "consent": Consent.WITHDRAWN}, "withdrawn"),
        # nobody is signed off for the lack of something
        ({"address_problem": "no_address"}, ""),
        ({"hard_bounce": True}, ""),
        ({"consent": Consent.NONE}, ""),
        ({"consent": Consent.PENDING}, ""),
        ({"consent": Consent.SINGLE}, ""),
        ({"aged": True}, ""),
        ({"left": True}, ""),
    ],
)
def test_why_somebody_is_signed_off(change, stop):
    assert protection(replace(FREE, **change)).stop == stop


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        ({"consent": Consent.NONE}, "none"),
        ({"consent": Consent.PENDING}, "pending"),
        ({"consent": Consent.SINGLE}, "single"),
        ({"consent": Consent.WITHDRAWN}, "withdrawn"),
        ({"aged": True}, "aged"),
        ({"hard_bounce": True}, "undeliverable"),
        ({"consent": Consent.NONE, "hard_bounce": True}, "undeliverable"),
        ({"consent": Consent.NONE, "basis": Basis.CUSTOMER}, ""),
    ],
)
def test_why_nobody_is_joined(change, missing):
    assert protection(replace(FREE, **change)).consent_missing == missing


def test_who_withdrew_from_this_list_only_is_decided_about_by_both_statuses():
    withdrawn = replace(FREE, consent=Consent.WITHDRAWN, of_list=True)
    assert protection(withdrawn).stop == "withdrawn"
    left = protection(replace(withdrawn, left=True))
    assert (left.stop, left.consent_missing) == ("", "none")


def test_a_later_proof_of_the_tool_ends_the_objection_and_joins_nobody():
    withdrawn = replace(FREE, consent=Consent.WITHDRAWN)
    for proof, stop in [(LATE, ""), (EARLY, "withdrawn"), (None, "withdrawn")]:
        found = protection(withdrawn, proof)
        assert (found.stop, found.consent_missing) == (stop, "withdrawn")
    unknown = protection(replace(withdrawn, consent_at=None), LATE)
    assert unknown.stop == "withdrawn", "an unknown time proves nothing"
    blocked = protection(replace(withdrawn, blocklisted=True), LATE)
    assert blocked.stop == "blocklisted", "the proof speaks of nothing else"


def test_who_objected_or_was_erased_is_signed_off_without_the_evidence():
    unknown = replace(FREE, consent=Consent.NONE, consent_at=None)
    for proof, stop in [(None, "forgotten"), (EARLY, "forgotten"), (LATE, "")]:
        assert protection(unknown, proof, buried_at=EARLY).stop == stop
        will = others_will(unknown, proof, None, EARLY)
        assert (will.stop, will.replaceable) == (stop, False)
    # what the person says of it comes first, what can be repaired comes last
    blocked = replace(unknown, blocklisted=True)
    assert protection(blocked, buried_at=EARLY).stop == "blocklisted"
    archived = replace(unknown, active=False)
    assert protection(archived, buried_at=EARLY).stop == "forgotten"


@given(facts, moments)
def test_whoever_may_be_transmitted_is_not_held_and_the_other_way_round(known, proof):
    found = protection(known, proof)
    reason = decide(known)
    if reason is None:
        assert (found.stop, found.consent_missing) == ("", "")
    elif reason not in (Reason.NO_ADDRESS, Reason.LEFT_LIST):
        assert found.stop or found.consent_missing
    if found.stop:
        assert decide(known) is not None
        # what is sent asks for the evidence itself: a proof of the tool is none yet
        stop = protection(known).stop
        assert barred(Task.UPDATE, known, Decided(), Options()) == stop


@given(facts, moments, moments)
def test_of_another_address_only_the_will_counts(known, proof, own):
    stop = protection(known, proof).stop
    will = others_will(known, proof, own)
    assert will.stop == (stop if stop in WILL else ""), "whatever Odoo's address may"
    assert not will.replaceable or will.stop == Reason.WITHDRAWN


@pytest.mark.parametrize(
    ("own", "change", "replaceable"),
    [
        (LATE, {}, True),
        (EARLY, {}, False),
        (None, {}, False),
        (LATE, {"consent_at": None}, False),
        (LATE, {"blocklisted": True}, False),
    ],
)
def test_a_later_consent_of_odoos_address_lets_it_replace_the_other(
    own, change, replaceable
):
    """It is none for the other address, which is not mailed on because of it."""
    withdrawn = replace(FREE, consent=Consent.WITHDRAWN, **change)
    will = others_will(withdrawn, None, own)
    assert (bool(will.stop), will.replaceable) == (True, replaceable)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, None),
        ({"blocklisted": True}, Reason.BLOCKLISTED),
        ({"forgotten": True, "blocklisted": True}, Reason.FORGOTTEN),
        ({"left": True}, Reason.LEFT_LIST),
        ({"left": True, "hard_bounce": True}, Reason.LEFT_LIST),
        ({"left": True, "left_at": EARLY, "consent_at": LATE}, None),
        ({"left": True, "left_at": LATE, "consent_at": EARLY}, Reason.LEFT_LIST),
        # these keep from joining; the tool may hold a consent of its own
        ({"consent": Consent.NONE, "consent_at": None}, None),
        ({"hard_bounce": True}, None),
    ],
)
def test_who_has_to_be_let_go(change, reason):
    assert ends_subscription(replace(FREE, **change)) == reason
