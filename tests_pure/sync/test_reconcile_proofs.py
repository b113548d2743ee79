"""Who left stays away: what counts as proof, and when, on either side."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from newsletter_sync.sync.reconcile import (
    Base,
    Direction,
    Policy,
    Result,
    Side,
    StatusRule,
    Task,
    plan,
)
from newsletter_sync.sync.vocabulary import Status

S = Status
MAIL = "anna@example.org"
EARLY = datetime(2026, 1, 1, tzinfo=timezone.utc)
LATE = EARLY + timedelta(days=1)
LATEST = EARLY + timedelta(days=2)
LEFT = Base(S.UNSUBSCRIBED, MAIL)


# ---------------------------------------------- both had left, and somebody came back
@pytest.mark.parametrize(
    ("left_at", "joined_at", "task"),
    [
        (LATE, EARLY, Task.UNSUBSCRIBE),  # left here after having joined there
        (EARLY, LATE, None),
        (EARLY, EARLY, None),
        (LATE, None, None),
        (None, EARLY, None),
    ],
)
def test_who_leaves_after_having_joined_again_has_left(left_at, joined_at, task):
    local, remote = (
        Side(S.UNSUBSCRIBED, left_at, MAIL),
        Side(S.SUBSCRIBED, joined_at, MAIL),
    )
    for rule in StatusRule:
        found = plan(LEFT, local, remote, Policy(status_rule=rule))
        if rule is StatusRule.CONSENT:
            assert found.task is task
            assert found.result is (Result.SUCCESS if task else Result.CONFLICT)
        assert not found.local or rule is StatusRule.NEWEST


@pytest.mark.parametrize(
    ("asked_at", "left_at", "text"),
    [
        (LATE, EARLY, "asked"),
        (LATE, None, "asked"),
        (EARLY, LATE, "returned_without_proof"),
        (EARLY, EARLY, "returned_without_proof"),
    ],
)
def test_a_question_from_before_a_leaving_is_no_question_any_more(
    asked_at, left_at, text
):
    """The tool shows nothing of whom it has asked; who left since then has left."""
    local, remote = Side(S.SUBSCRIBED, LATE, MAIL), Side(S.UNSUBSCRIBED, left_at, MAIL)
    found = plan(LEFT, local, remote, Policy(asked_at=asked_at))
    assert (found.text, found.task) == (text, None)
    proven = Policy(asked_at=asked_at, proof_at=LATEST, join=Task.SIGNUP)
    asks_again = left_at is not None and text != "asked"
    task = Task.SIGNUP if asks_again else None
    assert plan(LEFT, local, remote, proven).task is task


# -------------------------------------------------------- whom nothing brings back
def test_no_later_date_brings_back_somebody_who_was_deleted():
    local, remote = Side(S.UNSUBSCRIBED, EARLY, MAIL), Side(S.SUBSCRIBED, LATE, MAIL)
    policy = Policy(status_rule=StatusRule.NEWEST)
    assert plan(LEFT, local, remote, policy).local.status is S.SUBSCRIBED
    found = plan(LEFT, local, remote, replace(policy, forgotten=True))
    assert (found.result, found.text) == (Result.CONFLICT, "joined_there")
    assert not found.local


def test_a_click_at_the_tool_does_not_write_a_one_way_odoo():
    waiting, clicked = Side(S.PENDING, EARLY, MAIL), Side(S.SUBSCRIBED, LATE, MAIL)
    base = Base(S.PENDING, MAIL)
    assert plan(base, waiting, clicked, Policy()).local.status is S.SUBSCRIBED
    for proof in (None, LATE):
        policy = Policy(Direction.TO_TOOL, remote_proof_at=proof)
        found = plan(base, waiting, clicked, policy)
        assert not found.local and found.task is None


# ----------------------------------------------------- who must not be mailed at all
@pytest.mark.parametrize(
    ("stop", "ours", "theirs", "settled"),
    [
        # nobody mails them, and both sides know it
        ("archived", S.UNSUBSCRIBED, None, S.UNSUBSCRIBED),
        ("archived", S.SUBSCRIBED, S.UNSUBSCRIBED, S.UNSUBSCRIBED),
        ("blocklisted", S.SUBSCRIBED, S.HARD_BOUNCE, S.UNSUBSCRIBED),
        # Odoo says still subscribed: nothing was agreed on
        ("archived", S.SUBSCRIBED, None, S.SUBSCRIBED),
        ("invalid", S.SUBSCRIBED, S.HARD_BOUNCE, S.SUBSCRIBED),
        # the tool has to be told first
        ("blocklisted", S.UNSUBSCRIBED, S.SUBSCRIBED, S.SUBSCRIBED),
    ],
)
def test_what_is_agreed_on_about_who_must_not_be_mailed(stop, ours, theirs, settled):
    local, remote = Side(ours, EARLY, MAIL), Side(theirs, EARLY, MAIL)
    found = plan(Base(S.SUBSCRIBED, MAIL), local, remote, Policy(stop=stop))
    assert found.agreed.status is settled
    assert (found.task is Task.UNSUBSCRIBE) is (theirs is S.SUBSCRIBED)
