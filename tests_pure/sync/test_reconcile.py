"""What follows from two sides that differ: the rules, row by row."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter_sync.sync.reconcile import LEFT, plan
from newsletter_sync.sync.reconcile_records import (
    Base,
    Decision,
    Direction,
    FieldRule,
    Policy,
    Result,
    Rule,
    Side,
    StatusRule,
    Task,
)
from newsletter_sync.sync.vocabulary import Status

S = Status
MAIL = "anna@example.org"


def day(text: str) -> datetime:
    return datetime.strptime(text, "%d.%m.%Y").replace(tzinfo=timezone.utc)


OLD, NEW = day("01.01.2020"), day("05.02.2020")
POLICY = Policy()


def side(status=S.SUBSCRIBED, at=None, **more) -> Side:
    return Side(status, at, more.pop("email", MAIL), known=True, **more)


def base(status=S.SUBSCRIBED, at=OLD, **more) -> Base:
    return Base(status, more.pop("email", MAIL), at=at, **more)


# ---------- joining after leaving (F16)
def test_a_date_alone_brings_nobody_back():
    outcome = plan(None, side(S.UNSUBSCRIBED, OLD), side(S.SUBSCRIBED, NEW), POLICY)
    assert (outcome.result, outcome.text) == (Result.CONFLICT, "joined_without_proof")
    assert not outcome.local


def test_the_tools_own_click_after_the_leaving_does():
    policy = replace(POLICY, remote_proof_at=NEW)
    outcome = plan(None, side(S.UNSUBSCRIBED, OLD), side(S.SUBSCRIBED, NEW), policy)
    assert outcome.local.status is S.SUBSCRIBED


def test_but_not_on_a_list_that_only_odoo_may_fill():
    policy = replace(POLICY, remote_proof_at=NEW, direction=Direction.TO_TOOL)
    outcome = plan(None, side(S.UNSUBSCRIBED, OLD), side(S.SUBSCRIBED, NEW), policy)
    assert outcome.result is Result.CONFLICT
    assert not outcome.local


@pytest.mark.parametrize(("proof", "back"), [(NEW, True), (OLD, False), (None, False)])
def test_odoos_proof_counts_if_it_is_newer_than_the_leaving(proof, back):
    left = side(S.UNSUBSCRIBED, day("10.01.2020"))
    outcome = plan(base(), side(), left, replace(POLICY, proof_at=proof))
    assert outcome.task is (Task.TRANSMIT if back else None)
    assert outcome.local.status is (None if back else S.UNSUBSCRIBED)


def test_a_leaving_without_a_time_beats_every_proof():
    policy = replace(POLICY, proof_at=NEW)
    assert plan(base(), side(), side(S.UNSUBSCRIBED), policy).task is None


def test_leaving_travels_against_a_one_way_direction():
    for direction in Direction:
        policy = replace(POLICY, direction=direction)
        assert plan(base(), side(S.UNSUBSCRIBED), side(), policy).urgent
        left = plan(base(), side(), side(S.UNSUBSCRIBED), policy)
        assert left.local.status is S.UNSUBSCRIBED


def test_pending_is_no_conflict_and_its_click_is_proof_B17():
    outcome = plan(base(S.UNSUBSCRIBED), side(S.UNSUBSCRIBED), side(S.PENDING), POLICY)
    assert (outcome.result, outcome.text, outcome.task) == (
        Result.SUCCESS,
        "asked",
        None,
    )
    asked = base(S.PENDING, at=NEW)
    joined = plan(asked, side(S.UNSUBSCRIBED, OLD), side(S.SUBSCRIBED), POLICY)
    assert joined.local.status is S.SUBSCRIBED
    # who left after being asked did not join by a click that may be older
    again = plan(base(S.PENDING), side(S.UNSUBSCRIBED, NEW), side(), POLICY)
    assert again.task is Task.UNSUBSCRIBE


# ---------- one side only
def test_who_is_only_in_the_tool_F05_F06():
    known = plan(None, Side(known=True), side(), POLICY)
    assert (known.result, known.local.add, known.local.create) == (
        Result.NEW_IN_LIST,
        True,
        "",
    )
    named = replace(POLICY, fields={"1": FieldRule()})
    stranger = plan(None, Side(), side(values={"1": "Anna", "2": "?"}), named)
    assert stranger.result is Result.NEW_CONTACT
    assert stranger.local.create == "mailing_contact"
    assert stranger.local.values == {"1": "Anna"}
    asked = plan(None, Side(), side(), replace(POLICY, new_contacts="ask"))
    assert asked.result is Result.NEW_CONTACT
    assert not asked.local


def test_a_stranger_who_left_makes_no_contact():
    assert not plan(None, Side(), side(S.UNSUBSCRIBED), POLICY).local
    known = plan(None, Side(known=True), side(S.UNSUBSCRIBED), POLICY)
    assert known.local.status is S.UNSUBSCRIBED


def test_who_is_only_in_odoo_F07():
    automatic = replace(POLICY, transmit_missing=True)
    assert plan(None, side(), Side(), POLICY).task is None
    assert plan(None, side(), Side(), automatic).task is Task.TRANSMIT
    for hindered in (
        replace(automatic, consent_missing="none"),
        replace(automatic, direction=Direction.TO_ODOO),
        replace(automatic, forgotten=True),
    ):
        outcome = plan(None, side(), Side(), hindered)
        assert (outcome.result, outcome.task) == (Result.NOT_IN_TOOL, None)
    assert plan(None, side(S.UNSUBSCRIBED), Side(), automatic).task is None


def test_who_was_removed_in_the_tool_is_not_sent_again():
    automatic = replace(POLICY, transmit_missing=True)
    outcome = plan(base(), side(), Side(), automatic)
    assert (outcome.result, outcome.task) == (Result.NOT_IN_TOOL, None)
    forgets = replace(automatic, gone_is_leaving=True)
    assert plan(base(), side(), Side(), forgets).local.status is S.UNSUBSCRIBED


def test_who_was_removed_here_is_not_taken_in_again_N02():
    outcome = plan(base(), Side(known=True), side(), POLICY)
    assert outcome.result is Result.CONFLICT
    assert not outcome.local
    forgotten = replace(POLICY, forgotten=True)
    for known in (True, False):
        outcome = plan(None, Side(known=known), side(), forgotten)
        assert (outcome.result, bool(outcome.local)) == (Result.BLOCKED, False)


# ---------- blocklist (I)
@pytest.mark.parametrize(
    "stop", ["blocklisted", "unwanted", "withdrawn", "invalid", "forgotten"]
)
def test_who_must_not_be_mailed_is_taken_off_and_never_brought_there(stop):
    policy = replace(POLICY, stop=stop, transmit_missing=True, proof_at=NEW)
    for local in (side(), Side(known=True), Side()):
        outcome = plan(None, local, side(), policy)
        assert (outcome.task, outcome.urgent) == (Task.UNSUBSCRIBE, True)
        assert not outcome.local.add
        assert not outcome.local.create
    assert plan(None, side(), Side(), policy).task is None
    assert plan(None, side(), side(S.UNSUBSCRIBED), policy).task is None


# ---------- address (O)
def test_an_address_changed_on_one_side_is_a_change_not_a_new_person():
    there = plan(base(), side(), side(email="new@example.org"), POLICY)
    assert there.local.email == "new@example.org"
    here = plan(base(), side(email="new@example.org"), side(), POLICY)
    assert here.task is Task.CHANGE_ADDRESS
    no_consent = replace(POLICY, consent_missing="none")
    unproven = plan(base(), side(email="new@example.org"), side(), no_consent)
    assert (unproven.result, unproven.task) == (Result.CONFLICT, None)
    guarded = plan(
        base(),
        side(),
        side(email="new@example.org"),
        replace(POLICY, address_guarded=True),
    )
    assert (guarded.result, guarded.local.email) == (Result.CONFLICT, "")
    both = plan(
        base(), side(email="b@example.org"), side(email="c@example.org"), POLICY
    )
    assert both.result is Result.CONFLICT


# ---------- values (F08)
def with_rule(rule, direction=Direction.BOTH):
    return replace(POLICY, fields={"1": FieldRule(direction, rule)})


def people(before, here, there, **times):
    return (
        base(values={"1": before}),
        side(values={"1": here}, changed_at=times.get("here_at")),
        side(values={"1": there}, changed_at=times.get("there_at")),
    )


@pytest.mark.parametrize("rule", Rule)
def test_a_change_on_one_side_needs_no_rule(rule):
    outcome = plan(*people("Emil", "Emil Niklas", "Emil"), with_rule(rule))
    assert (outcome.task, outcome.remote_values) == (Task.UPDATE, {"1": "Emil Niklas"})
    outcome = plan(*people("Emil", "Emil", "Emil Niklas"), with_rule(rule))
    assert (outcome.task, outcome.local.values) == (None, {"1": "Emil Niklas"})


def test_a_change_on_both_sides_follows_the_rule_G10_G14():
    both = people("Emil", "Emil Niklas", "Emile")
    assert plan(*both, with_rule(Rule.ODOO)).remote_values == {"1": "Emil Niklas"}
    assert plan(*both, with_rule(Rule.TOOL)).local.values == {"1": "Emile"}
    asked = plan(*both, with_rule(Rule.ASK))
    assert asked.result is Result.CONFLICT
    assert [(c.field, c.odoo, c.tool) for c in asked.conflicts] == [
        ("1", "Emil Niklas", "Emile")
    ]
    assert plan(*both, with_rule(Rule.NEWER)).result is Result.CONFLICT
    dated = people("Emil", "Emil Niklas", "Emile", here_at=NEW, there_at=OLD)
    assert plan(*dated, with_rule(Rule.NEWER)).task is Task.UPDATE


def test_the_same_change_on_both_sides_and_spelling_are_no_difference():
    for before, here, there in [
        ("Emil", "Björn", "Bjo\u0308rn"),
        ("Emil", None, ""),
        ("Emil", " Anna ", "Anna"),
    ]:
        outcome = plan(*people(before, here, there), with_rule(Rule.ASK))
        assert (outcome.result, outcome.task) == (Result.SUCCESS, None)
        assert not outcome.local


def test_a_one_way_field_or_coupling_is_never_written_backwards():
    both = people("Emil", "Emil Niklas", "Emile")
    one_way = replace(with_rule(Rule.TOOL), direction=Direction.TO_TOOL)
    assert plan(*both, one_way).remote_values == {"1": "Emil Niklas"}
    back = replace(with_rule(Rule.ODOO), direction=Direction.TO_ODOO)
    assert plan(*both, back).local.values == {"1": "Emile"}
    opposed = replace(
        with_rule(Rule.ASK, Direction.TO_ODOO), direction=Direction.TO_TOOL
    )
    nothing = plan(*both, opposed)
    assert (nothing.task, bool(nothing.local)) == (None, False)


# ---------- decisions (F18, G13)
def test_an_accepted_difference_is_no_conflict_until_it_changes():
    both = people("Emil", "Emil Niklas", "Emile")
    asked = plan(*both, with_rule(Rule.ASK))
    accepted = replace(with_rule(Rule.ASK), accepted=asked.difference)
    assert plan(*both, accepted).result is Result.SUCCESS
    other = people("Emil", "Emil Niklas", "Emilio")
    assert plan(*other, accepted).result is Result.CONFLICT


def test_an_open_decision_survives_and_is_marked_when_it_no_longer_fits():
    both = people("Emil", "Emil Niklas", "Emile")
    asked = plan(*both, with_rule(Rule.ASK))
    decided = replace(
        with_rule(Rule.ASK), decision=Decision(Task.UPDATE, asked.difference)
    )
    kept = plan(*both, decided)
    assert (kept.task, kept.outdated) == (Task.UPDATE, False)
    other = plan(*people("Emil", "Emil Niklas", "Emilio"), decided)
    assert (other.task, other.outdated) == (Task.UPDATE, True)
    left = plan(base(), side(S.UNSUBSCRIBED), side(), decided)
    assert left.task is Task.UNSUBSCRIBE


# ---------- whatever comes
moments = st.sampled_from([None, OLD, NEW, day("20.03.2020")])
statuses = st.sampled_from([None, *Status])
sides = st.builds(
    Side,
    statuses,
    moments,
    st.sampled_from(["", MAIL, "other@example.org"]),
    st.dictionaries(st.sampled_from("12"), st.sampled_from(["", "A", "B"])),
    moments,
    st.booleans(),
)
bases = st.none() | st.builds(
    Base,
    statuses,
    st.sampled_from([MAIL, "other@example.org"]),
    st.dictionaries(st.sampled_from("12"), st.sampled_from(["", "A", "B"])),
    moments,
)
rules = st.builds(FieldRule, st.sampled_from(Direction), st.sampled_from(Rule))
policies = st.builds(
    Policy,
    st.sampled_from(Direction),
    st.sampled_from(StatusRule),
    st.dictionaries(st.sampled_from("12"), rules),
    st.sampled_from(["", "", "blocklisted", "withdrawn"]),
    st.sampled_from(["", "none"]),
    st.booleans(),
    moments,
    moments,
    st.sampled_from(["contact", "mailing_contact", "ask"]),
    st.booleans(),
    st.sampled_from([Task.TRANSMIT, Task.SIGNUP]),
    st.booleans(),
)


@given(bases, sides, sides, policies)
def test_nothing_is_ever_done_against_the_promises(base, local, remote, policy):
    outcome = plan(base, local, remote, policy)
    joins = outcome.task in (Task.TRANSMIT, Task.SIGNUP)
    if policy.consent_missing:
        assert not joins
    if policy.stop:
        assert outcome.task in (None, Task.UNSUBSCRIBE)
    if joins and remote.status in LEFT:
        # the consent in Odoo or the tool's own double opt-in, which no clerk gives
        assert policy.proof_at or policy.remote_proof_at
    if outcome.local.status is Status.SUBSCRIBED and local.status in LEFT:
        # by the date of the tool only what ``test_reconcile_dates`` says of it
        proof = policy.remote_proof_at or (base and base.status is Status.PENDING)
        dated = policy.status_rule is StatusRule.NEWEST and remote.status_at
        assert proof or (dated and dated > local.status_at)
    if policy.direction is Direction.TO_TOOL:
        assert not outcome.local.values
        assert not outcome.local.add
        assert outcome.local.status is not Status.SUBSCRIBED or (
            local.status is Status.PENDING
        )
    if policy.direction is Direction.TO_ODOO:
        assert outcome.task in (None, Task.UNSUBSCRIBE)
    if outcome.result is Result.CONFLICT:
        assert outcome.conflicts
        assert outcome.difference


@given(bases, sides, sides, policies)
def test_what_was_taken_over_is_settled(base, local, remote, policy):
    """After Odoo's side was written, the same comparison writes it no more."""
    first = plan(base, local, remote, policy)
    if local.status is None or not first.local:
        return
    after = replace(
        local,
        status=first.local.status or local.status,
        status_at=first.local.status_at or local.status_at,
        email=first.local.email or local.email,
        values={**local.values, **first.local.values},
    )
    second = plan(base, after, remote, policy)
    assert not second.local.values
    assert not second.local.email
    assert second.local.status in (None, after.status)
