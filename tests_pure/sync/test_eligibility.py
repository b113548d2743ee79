"""Who may be transmitted: every reason, every pair of reasons, every option."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from itertools import combinations, product

import pytest

from newsletter_sync.sync.consent import Basis
from newsletter_sync.sync.eligibility import Facts, Options, Reason, decide
from newsletter_sync.sync.reconcile_records import Task
from newsletter_sync.sync.transmission import Decided, barred
from newsletter_sync.sync.vocabulary import Consent

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
LATER = NOON + timedelta(seconds=1)

ELIGIBLE = {
    "address_problem": None,
    "active": True,
    "blocklisted": False,
    "unwanted": False,
    "forgotten": False,
    "consent": Consent.CONFIRMED,
    "left": False,
}

#: The order of decision, as promised, and what brings each reason about.
CAUSES = {
    Reason.NO_ADDRESS: {"address_problem": "no_address"},
    Reason.INVALID: {"address_problem": "invalid"},
    Reason.FORGOTTEN: {"forgotten": True},
    Reason.NO_MAILING: {"address_problem": "no_mailing"},
    Reason.UNWANTED: {"unwanted": True},
    Reason.BLOCKLISTED: {"blocklisted": True},
    Reason.WITHDRAWN: {"consent": Consent.WITHDRAWN},
    Reason.LEFT_LIST: {"left": True},
    Reason.ARCHIVED: {"active": False},
    Reason.UNDELIVERABLE: {"hard_bounce": True},
    Reason.PENDING: {"consent": Consent.PENDING},
    Reason.NONE: {"consent": Consent.NONE},
    Reason.SINGLE: {"consent": Consent.SINGLE},
    Reason.AGED: {"aged": True},
    Reason.DUPLICATE: {"duplicate": True},
}
PAIRS = [
    (first, second)
    for first, second in combinations(CAUSES, 2)
    if CAUSES[first].keys().isdisjoint(CAUSES[second])
]

EVERYTHING = {
    "address_problem": [None, "no_address", "no_mailing", "invalid"],
    "active": [True, False],
    "blocklisted": [False, True],
    "unwanted": [False, True],
    "forgotten": [False, True],
    "consent": list(Consent),
    "consent_at": [None, NOON, LATER],
    "left": [False, True],
    "left_at": [None, NOON, LATER],
    "basis": [Basis.NONE, Basis.CUSTOMER],
    "aged": [False, True],
    "hard_bounce": [False, True],
    "duplicate": [False, True],
}
STRICT, WIDE = Options(), Options(include_single=True)


def all_facts():
    """Every combination there is: 92,160, quick enough to leave nothing to chance."""
    for values in product(*EVERYTHING.values()):
        yield Facts(**dict(zip(EVERYTHING, values, strict=True)))


def reason(**changes):
    return decide(Facts(**{**ELIGIBLE, **changes}))


def test_confirmed_and_nothing_against_it():
    assert reason() is None


def test_order_is_that_of_the_reasons():
    assert list(CAUSES) == list(Reason)


@pytest.mark.parametrize("expected", CAUSES)
def test_each_cause_has_its_reason(expected):
    assert reason(**CAUSES[expected]) is expected


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_of_two_causes_the_first_counts(first, second):
    assert reason(**CAUSES[first], **CAUSES[second]) is first


def test_single_opt_in_needs_the_option():
    facts = Facts(**{**ELIGIBLE, "consent": Consent.SINGLE})
    assert decide(facts, Options()) is Reason.SINGLE
    assert decide(facts, Options(include_single=True)) is None


@pytest.mark.parametrize(
    ("consent", "consent_at", "left_at", "expected"),
    [
        (Consent.CONFIRMED, LATER, NOON, None),
        (Consent.CONFIRMED, NOON, NOON, Reason.LEFT_LIST),
        (Consent.CONFIRMED, NOON, LATER, Reason.LEFT_LIST),
        (Consent.CONFIRMED, None, NOON, Reason.LEFT_LIST),
        (Consent.CONFIRMED, LATER, None, Reason.LEFT_LIST),
        (Consent.CONFIRMED, None, None, Reason.LEFT_LIST),
        (Consent.SINGLE, LATER, NOON, Reason.LEFT_LIST),
        (Consent.PENDING, LATER, NOON, Reason.LEFT_LIST),
    ],
)
def test_leaving_yields_only_to_newer_proof(consent, consent_at, left_at, expected):
    found = reason(left=True, left_at=left_at, consent=consent, consent_at=consent_at)
    assert found is expected


@pytest.mark.parametrize("consent", [None, "", "yes"])
def test_unknown_consent_is_none(consent):
    assert reason(consent=consent) is Reason.NONE


def test_unknown_address_problem_is_invalid():
    assert reason(address_problem="odd") is Reason.INVALID


@pytest.mark.parametrize(
    ("options", "allowed"),
    [
        (STRICT, {Consent.CONFIRMED}),
        (WIDE, {Consent.CONFIRMED, Consent.SINGLE}),
    ],
)
def test_no_option_reaches_people_who_must_not_be_mailed(options, allowed):
    eligible = [facts for facts in all_facts() if decide(facts, options) is None]
    for facts in eligible:
        customer = facts.basis is Basis.CUSTOMER
        assert facts.consent in allowed or (
            customer and facts.consent in (Consent.NONE, Consent.PENDING)
        )
        assert facts.active and not facts.aged and facts.address_problem is None
        assert not (facts.blocklisted or facts.unwanted or facts.forgotten)
        assert not (facts.hard_bounce or facts.duplicate)
        if facts.left:
            assert facts.consent is Consent.CONFIRMED
            assert facts.consent_at > facts.left_at
    agreed = {f.consent for f in eligible if f.basis is not Basis.CUSTOMER}
    assert agreed == allowed


def test_L5_an_objection_ends_what_the_sale_allowed():
    customer = {"basis": Basis.CUSTOMER, "consent": Consent.NONE}
    assert reason(**customer) is None
    assert reason(**{**customer, "consent": Consent.PENDING}) is None
    assert reason(**{**customer, "consent": Consent.WITHDRAWN}) is Reason.WITHDRAWN
    assert reason(**customer, left=True, left_at=NOON) is Reason.LEFT_LIST
    assert reason(**customer, unwanted=True) is Reason.UNWANTED


def test_the_option_changes_nothing_but_single():
    for facts in all_facts():
        strict, wide = decide(facts, STRICT), decide(facts, WIDE)
        assert strict == wide or strict is Reason.SINGLE


def test_whoever_objected_is_signed_off_whatever_else_is_wrong():
    for facts in all_facts():
        objected = (
            facts.blocklisted
            or facts.unwanted
            or facts.forgotten
            or facts.consent is Consent.WITHDRAWN
        )
        if objected and facts.address_problem != "no_address":
            assert barred(Task.UPDATE, facts, Decided(), STRICT)
