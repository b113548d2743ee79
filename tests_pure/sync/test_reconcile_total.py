"""``plan`` has an outcome for everything, and what it plans is done after one round."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from newsletter_sync.sync.reconcile import (
    Base,
    Decision,
    Direction,
    FieldRule,
    Level,
    Policy,
    Result,
    Rule,
    Side,
    StatusRule,
    Task,
    plan,
)
from newsletter_sync.sync.vocabulary import Status

START = datetime(2026, 1, 1, tzinfo=timezone.utc)
LEFT = {Status.UNSUBSCRIBED, Status.BLOCKED}

times = st.none() | st.integers(0, 9).map(lambda day: START + timedelta(days=day))
any_times = times | st.just(datetime(2026, 1, 3))
emails = st.sampled_from(["", "a@example.org", "b@example.org", "A@Example.org"])
words = st.sampled_from([None, "", "Anna", "anna", " Anna ", "Jürgen", "Ju\u0308rgen"])
anything = st.one_of(
    words,
    st.booleans(),
    st.integers(),
    st.floats(),
    st.dates(),
    st.datetimes(),
    st.text(),
)
FIELDS = ("1", "2", "3")


def dictionaries(values):
    return st.dictionaries(st.sampled_from(FIELDS), values)


def sides(values=words, moments=times):
    return st.builds(
        Side,
        status=st.none() | st.sampled_from(Status),
        status_at=moments,
        email=emails,
        values=dictionaries(values),
        changed_at=moments,
        known=st.booleans(),
    )


def bases(values=words):
    return st.none() | st.builds(
        Base,
        status=st.none() | st.sampled_from(Status),
        email=emails,
        values=dictionaries(values),
        at=times,
    )


decisions = st.builds(
    Decision,
    task=st.sampled_from(Task),
    difference=st.sampled_from(["", "x", "a-b-c"]),
    values=dictionaries(words),
)


maybe_decided = st.none() | decisions


def policies(moments=times, decided=maybe_decided):
    return st.builds(
        Policy,
        direction=st.sampled_from(Direction),
        status_rule=st.sampled_from(StatusRule),
        fields=dictionaries(
            st.builds(
                FieldRule,
                direction=st.sampled_from(Direction),
                rule=st.sampled_from(Rule),
                type=st.sampled_from(["text", "number", "boolean", "date", "?"]),
            )
        ),
        stop=st.sampled_from(["", "", "", "blocklisted", "archived", "withdrawn"]),
        consent_missing=st.sampled_from(["", "", "none", "aged", "withdrawn"]),
        remote_stop=st.sampled_from(["", "", "", "blocklisted", "invalid"]),
        replaceable=st.booleans(),
        proof_at=moments,
        remote_proof_at=moments,
        asked_at=moments,
        forgotten=st.booleans(),
        gone_is_leaving=st.booleans(),
        new_contacts=st.sampled_from(["contact", "mailing_contact", "ask"]),
        join=st.sampled_from([Task.TRANSMIT, Task.SIGNUP]),
        transmit_missing=st.booleans(),
        snoozed=st.booleans(),
        decision=decided,
    )


@settings(suppress_health_check=[HealthCheck.too_slow])  # loads Unicode's tables
@given(
    bases(anything),
    sides(anything, any_times),
    sides(anything, any_times),
    policies(any_times),
)
def test_never_raises(base, local, remote, policy):
    assert plan(base, local, remote, policy).result in Result


def applied(local, change):
    """Odoo after the change."""
    return replace(
        local,
        status=change.status or local.status,
        status_at=(change.status_at if change.status else local.status_at),
        email=change.email or local.email,
        values={**local.values, **change.values},
        known=local.known or bool(change.create or change.add),
    )


@settings(max_examples=600)
@given(bases(), sides(), sides(), policies(decided=st.none()))
def test_odoo_is_written_once(base, local, remote, policy):
    """With the local change written and the agreement stored, nothing is left for Odoo;
    the task for the tool is still the same."""
    # whom Odoo does not know has no values there
    assume(local.known or not local.values)
    first = plan(base, local, remote, policy)
    second = plan(first.agreed, applied(local, first.local), remote, policy)
    assert not second.local, (first, second)
    assert second.task is first.task
    assert second.conflicts == first.conflicts


@given(bases(), sides(), sides(), policies())
def test_a_one_way_side_gets_opt_outs_only(base, local, remote, policy):
    outcome = plan(base, local, remote, policy)
    if policy.direction is Direction.TO_TOOL:
        change = outcome.local
        assert not (change.values or change.email or change.create or change.add)
        assert change.status is None or change.status in LEFT
    if policy.direction is Direction.TO_ODOO and not outcome.decided:
        assert outcome.task in (None, Task.UNSUBSCRIBE)
        assert not outcome.remote_values


@given(bases(), sides(), sides(), policies())
def test_nobody_stopped_is_written_to_the_tool(base, local, remote, policy):
    outcome = plan(base, local, remote, policy)
    if policy.stop:
        assert outcome.result is Result.BLOCKED
        assert outcome.task in (None, Task.UNSUBSCRIBE, Task.DELETE)
        assert not outcome.remote_values and not outcome.local.values
        assert outcome.local.status in (None, Status.UNSUBSCRIBED)
        assert not outcome.local.create and not outcome.local.add


@given(bases(), sides(), sides(), policies(decided=st.none()))
def test_we_bring_nobody_in_without_consent(base, local, remote, policy):
    outcome = plan(base, local, remote, policy)
    if policy.consent_missing or policy.forgotten:
        assert outcome.task not in (Task.TRANSMIT, Task.SIGNUP, Task.CHANGE_ADDRESS)
    if policy.forgotten and local.status in (None, *LEFT):
        assert outcome.local.status is not Status.SUBSCRIBED


@given(bases(), sides(), sides(), policies())
def test_consent_brings_nobody_back_without_newer_proof(base, local, remote, policy):
    policy = replace(policy, status_rule=StatusRule.CONSENT, decision=None)
    outcome = plan(base, local, remote, policy)
    raised_in_odoo = local.status in LEFT and outcome.local.status is Status.SUBSCRIBED
    raised_at_tool = remote.status in LEFT and outcome.task in (
        Task.TRANSMIT,
        Task.SIGNUP,
    )
    left_at = local.status_at if raised_in_odoo else remote.status_at
    if raised_in_odoo or raised_at_tool:
        proofs = [one for one in (policy.proof_at, policy.remote_proof_at) if one]
        if base and base.status is Status.PENDING and base.at and raised_in_odoo:
            proofs.append(base.at)
        assert left_at is not None and proofs and max(proofs) > left_at


@given(bases(), sides(), sides(), policies(decided=st.none()))
def test_a_plain_comparison_turns_no_bounce_into_subscribed(
    base, local, remote, policy
):
    bounces = {Status.HARD_BOUNCE, Status.SOFT_BOUNCE, Status.GENERAL_BOUNCE}
    policy = replace(policy, proof_at=None, remote_proof_at=None)
    outcome = plan(base, local, remote, policy)
    if local.status in bounces:
        assert outcome.local.status is not Status.SUBSCRIBED
    if remote.status in bounces:
        assert outcome.task not in (Task.TRANSMIT, Task.SIGNUP)


@given(bases(), sides(), sides(), policies(decided=st.none()))
def test_whatever_differs_has_a_reason_that_is_told(base, local, remote, policy):
    outcome = plan(base, local, remote, policy)
    if outcome.conflicts:
        told = {note.field for note in outcome.notes if note.level is Level.WARNING}
        asked = {conflict.field for conflict in outcome.conflicts}
        assert policy.snoozed or asked <= told
    if outcome.local.status or outcome.task is Task.UNSUBSCRIBE:
        assert any(note.field == "status" for note in outcome.notes)
