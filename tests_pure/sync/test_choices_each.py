"""Whatever is answered field by field, the promises hold and the answer settles it."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from newsletter_sync.sync.choices import Choice, questions, resolve_each
from newsletter_sync.sync.reconcile import (
    Base,
    Direction,
    FieldRule,
    Policy,
    Rule,
    Side,
    Task,
    plan,
)
from newsletter_sync.sync.vocabulary import Status

MAIL = "anna@example.org"
ASK = FieldRule(Direction.BOTH, Rule.ASK)
POLICY = Policy(fields={"1": ASK, "2": ASK, "3": ASK})
OWN = {"1": "own", "2": "own", "3": "own"}

texts = st.sampled_from(["a", "b", "c"])
values = st.fixed_dictionaries({"1": texts, "2": texts, "3": texts})
choices = st.dictionaries(st.sampled_from(["1", "2", "3"]), st.sampled_from(Choice))
statuses = st.sampled_from([Status.SUBSCRIBED, Status.UNSUBSCRIBED])


def present(held):
    return Side(Status.SUBSCRIBED, None, MAIL, held, known=True)


@given(values, values, values, choices)
def test_answered_fields_are_settled_and_the_others_stay_open(base, odoo, tool, chosen):
    agreed = Base(Status.SUBSCRIBED, MAIL, base)
    local, remote = present(odoo), present(tool)
    asked = questions(plan(agreed, local, remote, POLICY))
    answer = resolve_each(chosen, agreed, local, remote, POLICY, OWN)
    if answer.refused:
        return
    local = replace(local, values={**odoo, **answer.local.values})
    policy = replace(POLICY, decision=answer.decision, accepted=answer.accepted)
    waiting = plan(agreed, local, remote, policy)
    assert not waiting.outdated
    if answer.decision:
        assert waiting.task is Task.UPDATE and waiting.decided
    for name, value in waiting.remote_values.items():
        if chosen.get(name) in (Choice.TOOL, Choice.ACCEPT) and name in asked:
            raise AssertionError(f"{name} was to stay, and {value} is sent")
    remote = replace(remote, values={**tool, **waiting.remote_values})
    then = plan(
        waiting.agreed, local, remote, replace(POLICY, accepted=answer.accepted)
    )
    left = {name for name in asked if name not in chosen}
    assert {conflict.field for conflict in then.conflicts} == left


@given(
    statuses,
    statuses,
    st.dictionaries(st.sampled_from(["status", "1"]), st.sampled_from(Choice)),
    st.sampled_from(["", "none"]),
    st.sampled_from(["", "blocklisted"]),
)
def test_no_mixture_of_answers_joins_whom_a_promise_protects(
    ours, theirs, chosen, missing, stop
):
    local = Side(ours, None, MAIL, {"1": "a"}, known=True)
    remote = Side(theirs, None, MAIL, {"1": "b"}, known=True)
    policy = replace(POLICY, consent_missing=missing, stop=stop)
    base = Base(Status.UNSUBSCRIBED, MAIL, {"1": "c"})
    answer = resolve_each(chosen, base, local, remote, policy, OWN)
    joins = bool(answer.decision) and answer.decision.task in (
        Task.TRANSMIT,
        Task.SIGNUP,
    )
    back = answer.local.status is Status.SUBSCRIBED
    if stop:
        assert not joins and not back
    if missing:
        assert not joins
    if joins or back:
        assert answer.needs_reason, "nothing newer proves the return"
