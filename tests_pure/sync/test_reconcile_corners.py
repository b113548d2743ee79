"""Corners of the decision that no table shows; each was found by a changed rule that no
other test had noticed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from newsletter_sync.sync.reconcile import (
    Base,
    Direction,
    FieldRule,
    Policy,
    Result,
    Rule,
    Side,
    StatusRule,
    Task,
    plan,
)
from newsletter_sync.sync.vocabulary import Status

S = Status
MAIL, OLD = "anna@example.org", "old@example.org"
EARLY = datetime(2026, 1, 1, tzinfo=timezone.utc)
LATE = EARLY + timedelta(days=1)
TO_TOOL = {"1": FieldRule(Direction.TO_TOOL)}
ASKING = FieldRule(Direction.BOTH, Rule.ASK)


def present(**values):
    return Side(S.SUBSCRIBED, EARLY, MAIL, values, known=True)


@pytest.mark.parametrize(
    ("reason", "stops"),
    [("blocklisted", True), ("withdrawn", True), ("archived", False), ("", False)],
)
def test_of_the_tools_address_only_the_will_of_its_owner_counts(reason, stops):
    remote = replace(present(), email=OLD)
    found = plan(None, present(), remote, Policy(remote_stop=reason))
    assert (found.task is Task.UNSUBSCRIBE) is stops
    assert (found.result is Result.BLOCKED) is stops


@pytest.mark.parametrize("nothing", [{}, {"1": ""}, {"1": None}, {"1": " "}])
def test_nothing_was_never_agreed_on(nothing):
    """A field that Odoo never had does not empty the tool's."""
    base = Base(S.SUBSCRIBED, MAIL, nothing)
    found = plan(base, present(), present(**{"1": "Anna"}), Policy(fields=TO_TOOL))
    assert (found.task, dict(found.remote_values)) == (None, {})


def test_what_is_accepted_holds_up_nothing_else():
    """One field is in question and accepted; another one changed in Odoo."""
    policy = Policy(fields={"1": ASKING, "2": ASKING})
    base = Base(S.SUBSCRIBED, MAIL, {"1": "Anna", "2": "Ulm"})
    local = present(**{"1": "Anne", "2": "Bonn"})
    remote = present(**{"1": "Ana", "2": "Ulm"})
    asked = plan(base, local, remote, policy)
    assert (asked.result, asked.task) == (Result.CONFLICT, Task.UPDATE)
    found = plan(base, local, remote, replace(policy, accepted=asked.difference))
    assert (found.result, found.text) == (Result.SUCCESS, "accepted")
    assert (found.task, dict(found.remote_values)) == (Task.UPDATE, {"2": "Bonn"})


def test_leaving_once_more_is_another_question_than_leaving_before():
    base, joined = Base(S.UNSUBSCRIBED, MAIL), replace(present(), status_at=None)
    digests = {
        plan(base, Side(S.UNSUBSCRIBED, at, MAIL), joined, Policy()).difference
        for at in (EARLY, LATE, None)
    }
    assert len(digests) == 3


def test_the_date_of_waiting_for_a_click_is_no_date_of_joining():
    waiting, left = Side(S.PENDING, LATE, MAIL), Side(S.UNSUBSCRIBED, EARLY, MAIL)
    for rule in StatusRule:
        found = plan(None, waiting, left, Policy(status_rule=rule))
        assert (found.result, found.text) == (Result.SUCCESS, "asked")
        assert not found.local and found.task is None
