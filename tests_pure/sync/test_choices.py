"""What is offered to a clerk, and what an answer in the conflict wizard does."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter_sync.connectors.capabilities import Capabilities, Level
from newsletter_sync.sync.choices import (
    Choice,
    Offer,
    Refused,
    offered_tasks,
    questions,
    resolve,
    resolve_each,
)
from newsletter_sync.sync.opt_in import Joining, OptIn
from newsletter_sync.sync.reconcile import (
    Base,
    Decision,
    Direction,
    FieldRule,
    Policy,
    Result,
    Rule,
    Side,
    Task,
    plan,
)
from newsletter_sync.sync.vocabulary import Status

S = Status
MAIL = "anna@example.org"
EARLY = datetime(2026, 1, 1, tzinfo=timezone.utc)
LATE = datetime(2026, 2, 1, tzinfo=timezone.utc)
ASK = FieldRule(Direction.BOTH, Rule.ASK)
POLICY = Policy(fields={"1": ASK, "2": ASK})
TOOL = Capabilities(remove_from_list=True, erase=True, double_opt_in=True)
#: unsubscribing and deleting reach every list, as in some real tools
GLOBAL = Capabilities(unsubscribe=Level.ACCOUNT, erase=True)


def side(status=S.SUBSCRIBED, at=None, email=MAIL, known=True, **values):
    texts = {name.strip("_"): value for name, value in values.items()}
    return Side(status, at, email, texts, known=known)


def offers(base, local, remote, policy=POLICY, tool=TOOL):
    return offered_tasks(plan(base, local, remote, policy), local, remote, policy, tool)


def tasks(*args, **more):
    return [offer.task for offer in offers(*args, **more)]


# -------------------------------------------------------------------- tasks (G05)
def test_a_conflict_of_names_offers_update_unsubscribe_delete():
    local, remote = side(_1="Emil Niklas"), side(_1="Emil")
    found = tasks(Base(S.SUBSCRIBED, MAIL, {"1": "E."}), local, remote)
    assert found == [Task.UPDATE, Task.UNSUBSCRIBE, Task.DELETE]


def test_who_is_new_in_the_tool_can_be_kept_unsubscribed_or_deleted():
    assert tasks(None, side(None), side()) == [Task.UNSUBSCRIBE, Task.DELETE]


def test_who_is_missing_in_the_tool_can_be_transmitted_or_asked():
    found = offers(None, side(), side(None))
    assert found == (
        Offer(Task.TRANSMIT, joining=Joining.AT_ONCE),
        Offer(Task.SIGNUP, joining=Joining.ASKED),
    )
    assert tasks(None, side(), side(None), tool=GLOBAL) == [Task.TRANSMIT]
    no_consent = replace(POLICY, consent_missing="none")
    assert tasks(None, side(), side(None), no_consent) == [Task.SIGNUP]


def test_bringing_back_who_left_needs_a_reason_unless_there_is_proof():
    local, remote = side(at=LATE), side(S.UNSUBSCRIBED, EARLY)
    found = offers(None, local, remote)
    assert found == (
        Offer(Task.TRANSMIT, Joining.AT_ONCE, needs_reason=True),
        Offer(Task.SIGNUP, Joining.ASKED, needs_reason=True),
        Offer(Task.DELETE),
    )
    proven = replace(POLICY, proof_at=LATE)
    assert not any(o.needs_reason for o in offers(None, local, remote, proven))
    only_by_asking = replace(TOOL, return_by_asking=True)
    found = tasks(None, local, remote, tool=only_by_asking)
    assert found == [Task.SIGNUP, Task.DELETE]
    strangers_only = replace(TOOL, asks_strangers_only=True, resubscribe=False)
    assert tasks(None, local, remote, tool=strangers_only) == [Task.DELETE]


@pytest.mark.parametrize("consent_missing", ["", "none"])
def test_a_list_that_asks_nobody_subscribes_or_does_nothing(consent_missing):
    policy = replace(POLICY, consent_missing=consent_missing)
    found = offered(policy, OptIn.SINGLE)
    assert found == ([] if consent_missing else [(Task.TRANSMIT, Joining.AT_ONCE)])


def test_a_tool_that_keeps_its_mode_to_itself_promises_nothing():
    found = offered(replace(POLICY, consent_missing="none"), OptIn.UNKNOWN)
    assert found == [(Task.SIGNUP, Joining.LIST_DECIDES)]


def offered(policy, mode):
    """What is offered for somebody who is missing in the tool."""
    local, remote = side(), side(None)
    found = plan(None, local, remote, policy)
    offers = offered_tasks(found, local, remote, policy, TOOL, mode)
    return [(offer.task, offer.joining) for offer in offers]


def test_global_effects_are_named():
    found = offers(Base(S.SUBSCRIBED, MAIL), side(), side(), tool=GLOBAL)
    assert found == (
        Offer(Task.UNSUBSCRIBE, every_list=True),
        Offer(Task.DELETE, every_list=True, final=True),
    )


@pytest.mark.parametrize("stop", ["blocklisted", "withdrawn", "unwanted"])
def test_nothing_is_offered_that_would_mail_somebody_who_must_not_be(stop):
    policy = replace(POLICY, stop=stop, consent_missing=stop)
    ending = {Task.UNSUBSCRIBE, Task.DELETE}
    for ours in (None, *Status):
        for theirs in (None, *Status):
            found = tasks(None, side(ours, _1="a"), side(theirs, _1="b"), policy)
            assert set(found) <= ending


def test_a_coupling_that_only_reads_offers_the_opt_out_alone():
    policy = replace(POLICY, direction=Direction.TO_ODOO)
    assert tasks(None, side(), side(_1="x"), policy) == [Task.UNSUBSCRIBE]
    assert tasks(None, side(), side(None), policy) == []


def test_another_address_offers_to_change_it():
    base, local = Base(S.SUBSCRIBED, MAIL), side(email="new@example.org")
    assert Task.CHANGE_ADDRESS in tasks(base, local, side())
    no_consent = replace(POLICY, consent_missing="none")
    assert Task.CHANGE_ADDRESS not in tasks(base, local, side(), no_consent)


# ---------------------------------------------------------------- conflicts (F25)
def settle(choice, base, local, remote, policy=POLICY, **more):
    """Answer, write Odoo, transmit, compare again."""
    answer = resolve(choice, base, local, remote, policy, **more)
    change = answer.local
    local = replace(
        local,
        status=change.status or local.status,
        email=change.email or local.email,
        values={**local.values, **change.values},
    )
    policy = replace(policy, decision=answer.decision, accepted=answer.accepted)
    waiting = plan(base, local, remote, policy)
    if answer.decision:
        assert waiting.task is answer.decision.task
        assert not waiting.outdated and waiting.decided
        status = {
            Task.UNSUBSCRIBE: S.UNSUBSCRIBED,
            Task.TRANSMIT: S.SUBSCRIBED,
        }.get(waiting.task, remote.status)
        remote = replace(
            remote,
            status=status,
            values={**remote.values, **waiting.remote_values},
            email=(
                local.email if waiting.task is Task.CHANGE_ADDRESS else remote.email
            ),
        )
    then = plan(waiting.agreed, local, remote, policy)
    return answer, local, remote, then


EMIL = Base(S.SUBSCRIBED, MAIL, {"1": "E.", "2": "same"})
ODOO, THERE = side(_1="Emil Niklas", _2="same"), side(_1="Emil", _2="same")


@pytest.mark.parametrize(
    ("choice", "own", "value"),
    [
        (Choice.ODOO, {}, "Emil Niklas"),
        (Choice.TOOL, {}, "Emil"),
        (Choice.OWN, {"1": "E. Niklas"}, "E. Niklas"),
    ],
)
def test_an_answer_settles_a_field(choice, own, value):
    _, local, remote, then = settle(choice, EMIL, ODOO, THERE, own=own)
    assert (local.values["1"], remote.values["1"]) == (value, value)
    assert (then.result, then.task, bool(then.local)) == (Result.SUCCESS, None, False)


def test_taking_the_tools_value_needs_no_transmission():
    answer = resolve(Choice.TOOL, EMIL, ODOO, THERE, POLICY)
    assert answer.decision is None


def test_one_field_can_be_answered_while_another_stays_open():
    base = Base(S.SUBSCRIBED, MAIL, {"1": "a", "2": "a"})
    local, remote = side(_1="b", _2="b"), side(_1="c", _2="c")
    first = resolve(Choice.TOOL, base, local, remote, POLICY, fields=frozenset({"1"}))
    assert first.local.values == {"1": "c"}
    local = replace(local, values={"1": "c", "2": "b"})
    second = resolve(Choice.ODOO, base, local, remote, POLICY)
    assert second.decision.values == {"2": "b"}


def test_each_field_can_be_answered_in_its_own_way():
    """One of Odoo's, one of the tool's, one may stay different: all in one answer."""
    base = Base(S.SUBSCRIBED, MAIL, {"1": "a", "2": "a", "3": "a"})
    policy = replace(POLICY, fields={"1": ASK, "2": ASK, "3": ASK})
    local = side(_1="odoo", _2="odoo", _3="odoo")
    remote = side(_1="tool", _2="tool", _3="tool")
    choices = {"1": Choice.ODOO, "2": Choice.TOOL, "3": Choice.ACCEPT}
    answer = resolve_each(choices, base, local, remote, policy)
    assert answer.local.values == {"2": "tool"}
    local = replace(local, values={**local.values, "2": "tool"})
    policy = replace(policy, decision=answer.decision, accepted=answer.accepted)
    waiting = plan(base, local, remote, policy)
    assert (waiting.task, waiting.remote_values) == (Task.UPDATE, {"1": "odoo"})
    remote = replace(remote, values={**remote.values, "1": "odoo"})
    then = plan(waiting.agreed, local, remote, policy)
    assert (then.result, then.task) == (Result.SUCCESS, None)
    # what was accepted is asked about again as soon as it changes
    remote = replace(remote, values={**remote.values, "3": "new"})
    assert plan(waiting.agreed, local, remote, policy).result == Result.CONFLICT


def test_a_part_cannot_be_accepted_while_another_part_stays_open():
    base = Base(S.SUBSCRIBED, MAIL, {"1": "a", "2": "a"})
    local, remote = side(_1="b", _2="b"), side(_1="c", _2="c")
    answer = resolve_each({"1": Choice.ACCEPT}, base, local, remote, POLICY)
    assert answer.refused is Refused.OTHERS_OPEN and not answer.accepted


def test_what_is_asked_is_named():
    missing = plan(None, side(), side(None), POLICY)
    assert questions(missing) == ("status",)
    assert questions(plan(EMIL, ODOO, THERE, POLICY)) == ("1",)
    nothing = resolve_each({"2": Choice.ODOO}, EMIL, ODOO, THERE, POLICY)
    assert nothing.refused is Refused.NOTHING_TO_DECIDE


def test_a_stranger_of_the_tool_is_taken_in_or_signed_off():
    policy = replace(POLICY, new_contacts="ask")
    local, remote = side(None, known=False, email=""), side(_1="Emil")
    assert questions(plan(None, local, remote, policy)) == ("status",)
    taken = resolve(Choice.TOOL, None, local, remote, policy)
    assert (taken.local.create, taken.local.add) == ("mailing_contact", True)
    assert taken.local.values == {"1": "Emil"}
    refused = resolve(Choice.ODOO, None, local, remote, policy)
    assert refused.decision.task is Task.UNSUBSCRIBE and not refused.local
    accepted = resolve(Choice.ACCEPT, None, local, remote, policy)
    assert accepted.refused is Refused.NO_OWN_VALUE


def test_to_update_without_further_words_sends_what_odoo_says():
    asked = plan(EMIL, ODOO, THERE, POLICY)
    decided = replace(POLICY, decision=Decision(Task.UPDATE, asked.difference))
    assert plan(EMIL, ODOO, THERE, decided).remote_values == {"1": "Emil Niklas"}


def test_an_accepted_difference_stays_until_it_changes():
    answer, *_, then = settle(Choice.ACCEPT, EMIL, ODOO, THERE)
    assert (then.result, then.text) == (Result.SUCCESS, "accepted")
    policy = replace(POLICY, accepted=answer.accepted)
    other = plan(EMIL, ODOO, side(_1="Emilio", _2="same"), policy)
    assert other.result is Result.CONFLICT
    # another field that travels by itself does not open the question again
    moved = plan(EMIL, ODOO, side(_1="Emil", _2="new"), policy)
    assert (moved.result, moved.local.values) == (Result.SUCCESS, {"2": "new"})


RETURNED = (Base(S.UNSUBSCRIBED, MAIL), side(at=LATE), side(S.UNSUBSCRIBED, EARLY))
REJOINED = (Base(S.UNSUBSCRIBED, MAIL), side(S.UNSUBSCRIBED, EARLY), side(at=LATE))


@pytest.mark.parametrize("who", [RETURNED, REJOINED], ids=["returned", "rejoined"])
@pytest.mark.parametrize("choice", [Choice.ODOO, Choice.TOOL])
def test_an_answer_settles_a_status(who, choice):
    base, local, remote = who
    assert plan(base, local, remote, POLICY).result is Result.CONFLICT
    answer, ours, theirs, then = settle(choice, base, local, remote)
    expected = local.status if choice is Choice.ODOO else remote.status
    assert (ours.status, theirs.status) == (expected, expected)
    assert answer.needs_reason is (expected is S.SUBSCRIBED)
    assert (then.result, then.task) == (Result.SUCCESS, None)


@pytest.mark.parametrize(
    ("choice", "who", "change", "refused"),
    [
        (Choice.ODOO, RETURNED, {"stop": "blocklisted"}, None),
        (Choice.ODOO, RETURNED, {"forgotten": True}, Refused.MUST_NOT_BE_MAILED),
        (Choice.TOOL, REJOINED, {"forgotten": True}, Refused.MUST_NOT_BE_MAILED),
        (Choice.ODOO, RETURNED, {"consent_missing": "none"}, Refused.NO_CONSENT),
        (Choice.OWN, RETURNED, {}, Refused.NO_OWN_VALUE),
    ],
)
def test_an_answer_that_would_break_a_promise_is_refused(choice, who, change, refused):
    answer = resolve(choice, *who, replace(POLICY, **change))
    # who must not be mailed is no conflict at all
    assert answer.refused is (refused or Refused.NOTHING_TO_DECIDE)
    assert not answer.local and answer.decision is None


def test_an_answer_against_the_direction_is_refused():
    base, local, remote = REJOINED
    policy = replace(POLICY, direction=Direction.TO_TOOL, remote_proof_at=LATE)
    answer = resolve(Choice.TOOL, base, local, remote, policy)
    assert answer.refused is Refused.ONE_WAY
    policy = replace(POLICY, direction=Direction.TO_ODOO)
    missing = resolve(Choice.ODOO, None, side(), side(None), policy)
    assert missing.refused is Refused.ONE_WAY


@pytest.mark.parametrize(
    ("choice", "own", "email"),
    [
        (Choice.ODOO, {}, "odoo@example.org"),
        (Choice.TOOL, {}, "tool@example.org"),
        (Choice.OWN, {"email": "own@example.org"}, "own@example.org"),
    ],
)
def test_an_answer_settles_an_address(choice, own, email):
    local, remote = side(email="odoo@example.org"), side(email="tool@example.org")
    base = Base(S.SUBSCRIBED, MAIL)
    _, ours, theirs, then = settle(choice, base, local, remote, own=own)
    assert (ours.email, theirs.email) == (email, email)
    assert (then.result, then.task) == (Result.SUCCESS, None)


def test_who_was_removed_here_is_taken_back_or_signed_off():
    base = Base(S.SUBSCRIBED, MAIL)
    back = resolve(Choice.TOOL, base, side(None), side(), POLICY)
    assert (back.local.status, back.local.add) == (S.SUBSCRIBED, True)
    assert not back.needs_reason
    off = resolve(Choice.ODOO, base, side(None), side(), POLICY)
    assert off.decision.task is Task.UNSUBSCRIBE


def test_who_was_removed_there_is_sent_again_or_taken_off():
    base = Base(S.SUBSCRIBED, MAIL)
    again = resolve(Choice.ODOO, base, side(), side(None), POLICY)
    assert again.decision.task is Task.TRANSMIT
    off = resolve(Choice.TOOL, base, side(), side(None), POLICY)
    assert off.local.status is S.UNSUBSCRIBED
    assert resolve(Choice.ACCEPT, base, side(), side(None), POLICY).accepted


statuses = st.none() | st.sampled_from(Status)
words = st.dictionaries(st.sampled_from("12"), st.sampled_from(["", "a", "b"]))
emails = st.sampled_from([MAIL, "b@example.org", ""])
anybody = st.builds(Side, statuses, st.sampled_from([None, EARLY, LATE]), emails, words)
any_base = st.none() | st.builds(Base, statuses, emails, words)


@given(
    st.sampled_from(Choice),
    any_base,
    anybody,
    anybody,
    st.sampled_from(Direction),
    st.sampled_from(["", "blocklisted"]),
    st.sampled_from(["", "none"]),
)
def test_whatever_is_answered_keeps_the_promises(
    choice, base, local, remote, direction, stop, missing
):
    policy = replace(POLICY, direction=direction, stop=stop, consent_missing=missing)
    answer = resolve(choice, base, local, remote, policy, own={"1": "x", "email": MAIL})
    task = answer.decision.task if answer.decision else None
    joins = task in (Task.TRANSMIT, Task.SIGNUP)
    if stop:
        assert not joins and answer.local.status is not S.SUBSCRIBED
    if missing:
        assert not joins
    if direction is Direction.TO_ODOO:
        assert task in (None, Task.UNSUBSCRIBE)
    if direction is Direction.TO_TOOL:
        assert not answer.local.values and not answer.local.email
        assert answer.local.status is not S.SUBSCRIBED
    left = (S.UNSUBSCRIBED, S.BLOCKED)
    if joins and remote.status in left:
        assert answer.needs_reason
