"""The tool mails an address whose owner withdrew; Odoo has one with a consent."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given

from newsletter_sync.sync.reconcile import Base, Direction, Policy, Result, Side, plan
from newsletter_sync.sync.reconcile_records import Decision, Task
from newsletter_sync.sync.reconcile_status import MAILED, WILL
from newsletter_sync.sync.vocabulary import Status

from .test_reconcile_total import bases, policies, sides, words

NEW, OLD = "anna@example.org", "old@example.org"
EARLY = datetime(2026, 1, 1, tzinfo=timezone.utc)
LATE = EARLY + timedelta(days=1)
BASE = Base(Status.SUBSCRIBED, OLD)
HERE = Side(Status.SUBSCRIBED, EARLY, NEW, known=True)
THERE = Side(Status.SUBSCRIBED, EARLY, OLD, known=True)
#: OLD has withdrawn; NEW was confirmed after that
POLICY = Policy(remote_stop="withdrawn", replaceable=True, proof_at=LATE)


def test_the_new_address_takes_the_place_of_the_withdrawn_one():
    found = plan(BASE, HERE, THERE, POLICY)
    assert (found.task, found.result) == (Task.CHANGE_ADDRESS, Result.SUCCESS)


@pytest.mark.parametrize(
    ("change", "base"),
    [
        ({"direction": Direction.TO_ODOO}, BASE),
        ({"consent_missing": "aged"}, BASE),
        ({"consent_missing": "undeliverable"}, BASE),
        ({"forgotten": True}, BASE),
        # both sides changed it, or never agreed on one: a person would have to say
        ({}, replace(BASE, email="third@example.org")),
        ({}, None),
        # an earlier consent replaces nothing
        ({"replaceable": False}, BASE),
        # something else would be sent first
        ({"decision": Decision(Task.UPDATE)}, BASE),
        # somebody wanted to, but it is not certain to happen
        ({"decision": Decision(Task.CHANGE_ADDRESS)}, replace(BASE, email="")),
        # somebody had decided about another change, so this one would wait
        ({"decision": Decision(Task.CHANGE_ADDRESS, ".abc.")}, BASE),
    ],
)
def test_where_it_cannot_the_tool_mails_the_withdrawn_one_no_more(change, base):
    found = plan(base, HERE, THERE, replace(POLICY, **change))
    assert (found.task, found.result) == (Task.UNSUBSCRIBE, Result.BLOCKED)
    assert found.urgent


def test_brought_back_at_the_tool_without_proof_nothing_is_replaced():
    """A question of its own is asked about the status; meanwhile OLD is not mailed."""
    base = replace(BASE, status=Status.UNSUBSCRIBED)
    left = replace(HERE, status=Status.UNSUBSCRIBED, status_at=LATE)
    found = plan(base, left, replace(THERE, status_at=LATE), POLICY)
    assert found.task is Task.UNSUBSCRIBE


@given(bases(), sides(words), sides(words), policies())
def test_whoever_does_not_want_the_tools_address_mailed_is_obeyed(
    base, local, remote, policy
):
    """It is signed off or taken out, whatever else is known or decided; replaced only
    where that waits for nobody."""
    found = plan(base, local, remote, policy)
    if policy.remote_stop in WILL and remote.status in MAILED:
        if found.task is Task.CHANGE_ADDRESS:
            assert policy.replaceable and not found.outdated
        else:
            assert found.task in (Task.UNSUBSCRIBE, Task.DELETE)
