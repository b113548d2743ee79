"""Every pair of statuses × what was agreed before × every direction, without dates.

Both rules are the same then; those with dates are in ``test_reconcile_dates``.

The tables are written by hand from the rules in words, not from the code:

    .  nothing happens          ?  conflict
    <  Odoo takes the status    !  the tool is told to unsubscribe
    m  missing in the tool      n  new in Odoo
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone

import pytest

from newsletter_sync.sync.reconcile import (
    Base,
    Direction,
    Policy,
    Result,
    Side,
    StatusRule,
    Task,
    Text,
    plan,
)
from newsletter_sync.sync.vocabulary import Status

S = Status
MAIL = "anna@example.org"
COLUMNS = [None, *Status]
assert [each and each.value for each in COLUMNS] == [
    *(None, "subscribed", "unsubscribed", "pending"),
    *("hard_bounce", "soft_bounce", "general_bounce", "blocked"),
]

# rows: Odoo; columns: the tool; both in the order
# none subscribed unsubscribed pending hard soft general blocked
TABLES = {
    # Both sides never met; no times are known.
    None: """
        . n < . . . . <
        m . < . < < < <
        . ! . . . ! ! .
        . . < . < < < <
        . ? < . . < < <
        . ? < . < . < <
        . ? < . < < . <
        . ! . . . ! ! .
    """,
    # Both said subscribed: whatever is different is news.
    S.SUBSCRIBED: """
        . ? . . . . . .
        m . < . < < < <
        . ! . . . ! ! .
        . . < . < < < <
        . ? < . . < < <
        . ? < . < . < <
        . ? < . < < . <
        . ! . . . ! ! .
    """,
    # Both said left: joining again needs proof, and there is none.
    S.UNSUBSCRIBED: """
        . ? . . . . . .
        ? . ? . < < < ?
        . ? . . . ! ! .
        . ? . . < < < .
        . ? < . . < < <
        . ? < . < . < <
        . ? < . < < . <
        . ? . . . ! ! .
    """,
}
LEFT = (S.UNSUBSCRIBED, S.BLOCKED)
BOUNCED = (S.HARD_BOUNCE, S.SOFT_BOUNCE, S.GENERAL_BOUNCE)


def cells():
    for before, table in TABLES.items():
        rows = [line.split() for line in table.split("\n") if line.strip()]
        assert [len(row) for row in rows] == [8] * 8
        for ours, row in zip(COLUMNS, rows, strict=True):
            for theirs, cell in zip(COLUMNS, row, strict=True):
                yield before, ours, theirs, cell


def one_way(direction, before, ours, theirs, cell):
    """How a one-way coupling differs from the table: only leaving passes it."""
    if direction is Direction.TO_TOOL:
        if theirs in BOUNCED and cell == "<":
            return "."  # a return is no opt-out, so it stays at the tool
        if ours is None and cell in "n<":
            return "n" if theirs is S.SUBSCRIBED else "."
        if before in LEFT and ours in LEFT and theirs is S.SUBSCRIBED:
            return "!"  # Odoo decides, and it says left
    if direction is Direction.TO_ODOO and before in LEFT:
        if ours in (S.SUBSCRIBED, S.PENDING) and theirs in LEFT:
            return "<"  # the tool decides, and it says left
        if ours is S.SUBSCRIBED and theirs is None:
            return "m"
    return cell


def name(value):
    return value.value if value else "none"


CELLS = [pytest.param(*cell, id="-".join([*map(name, cell[:3])])) for cell in cells()]
POLICY = Policy(new_contacts="contact")


@pytest.mark.parametrize(("before", "ours", "theirs", "cell"), CELLS)
def test_every_pair(before, ours, theirs, cell):
    base = Base(before, MAIL) if before else None
    for known in (True, False):
        local, remote = Side(ours, email=MAIL, known=known), Side(theirs, email=MAIL)
        for direction in Direction:
            expected = one_way(direction, before, ours, theirs, cell)
            for rule in StatusRule:  # without dates, both decide by who is protected
                policy = replace(POLICY, direction=direction, status_rule=rule)
                found = plan(base, local, remote, policy)
                told = f"{direction.value} {rule.value} known={known}: {found}"
                check(expected, ours, theirs, known, direction, found, told)


def check(expected, ours, theirs, known, direction, found, told):
    takes = expected == "<" and not (ours is None and not known)
    arrives = expected == "n" and direction is not Direction.TO_TOOL
    status = theirs if takes or arrives else None
    assert found.local.status is status, told
    assert found.task is (Task.UNSUBSCRIBE if expected == "!" else None), told
    assert found.local.create == ("contact" if arrives and not known else ""), told
    assert found.local.add is (arrives or (takes and ours is None)), told
    result = {
        "?": Result.CONFLICT,
        "m": Result.NOT_IN_TOOL,
        "n": Result.NEW_IN_LIST if known else Result.NEW_CONTACT,
    }.get(expected, Result.SUCCESS)
    if takes and ours is None:
        result = Result.NEW_IN_LIST
    assert found.result is result, told
    assert found.urgent is (expected == "!" or (takes and theirs in LEFT)), told
    assert not found.remote_values and not found.local.values, told
    assert bool(found.conflicts) is (expected == "?"), told


# ------------------------------------------------------- the classic table of dates
def day(text: str) -> datetime:
    return datetime.strptime(text, "%d.%m.%Y").replace(tzinfo=timezone.utc)


CLASSIC = [
    # Odoo, since, the tool, since, what both say afterwards (None: conflict)
    (S.SUBSCRIBED, "01.01.2020", S.UNSUBSCRIBED, "05.02.2020", S.UNSUBSCRIBED),
    (S.SUBSCRIBED, "20.03.2020", S.UNSUBSCRIBED, "05.02.2020", None),
    (S.UNSUBSCRIBED, "01.01.2020", S.SUBSCRIBED, "05.02.2020", S.SUBSCRIBED),
    (S.UNSUBSCRIBED, "20.03.2020", S.SUBSCRIBED, "05.02.2020", None),
]


@pytest.mark.parametrize("before", [None, S.SUBSCRIBED, S.UNSUBSCRIBED])
@pytest.mark.parametrize(("ours", "since", "theirs", "their_since", "then"), CLASSIC)
def test_the_four_rows_of_the_date_table(
    ours, since, theirs, their_since, then, before
):
    policy = Policy(status_rule=StatusRule.NEWEST)
    local = Side(ours, day(since), MAIL)
    remote = Side(theirs, day(their_since), MAIL)
    base = Base(before, MAIL, at=day("15.01.2020"))
    found = plan(base, local, remote, policy)
    assert found.task is None
    if then is None:
        assert (found.result, found.text) == (Result.CONFLICT, "newer_here")
        assert not found.local
    else:
        assert found.result is Result.SUCCESS
        assert (found.local.status, found.local.status_at) == (then, remote.status_at)
        assert found.local.set_by_tool


@pytest.mark.parametrize("before", [None, S.SUBSCRIBED, S.UNSUBSCRIBED])
def test_a_leaving_that_the_tool_is_being_told_of_is_no_question(before):
    policy = Policy(status_rule=StatusRule.NEWEST, leaving_told=True)
    rows = [row for row in CLASSIC if row[0] is S.UNSUBSCRIBED]
    older, newer = (
        plan(
            Base(before, MAIL, at=day("15.01.2020")),
            Side(ours, day(since), MAIL),
            Side(theirs, day(their_since), MAIL),
            policy,
        )
        for ours, since, theirs, their_since, _then in rows
    )
    assert (newer.result, newer.task) == (Result.SUCCESS, Task.UNSUBSCRIBE)
    assert newer.urgent
    assert not newer.conflicts
    assert older.local.status is S.SUBSCRIBED, "who came back there since did so"


@pytest.mark.parametrize(
    ("row", "result", "task", "takes"),
    [
        (0, Result.SUCCESS, None, S.UNSUBSCRIBED),
        (1, Result.CONFLICT, None, None),  # joined later, but nothing proves it
        (2, Result.CONFLICT, None, None),  # a date alone brings nobody back
        (3, Result.SUCCESS, Task.UNSUBSCRIBE, None),  # an opt-out does not wait
    ],
)
def test_the_same_four_rows_when_consent_decides(row, result, task, takes):
    ours, since, theirs, their_since, _ = CLASSIC[row]
    local = Side(ours, day(since), MAIL)
    remote = Side(theirs, day(their_since), MAIL)
    found = plan(None, local, remote, Policy())
    assert (found.result, found.task, found.local.status) == (result, task, takes)


def test_in_the_classic_table_too_a_one_way_tool_list_brings_nobody_back_in_odoo():
    policy = Policy(Direction.TO_TOOL, StatusRule.NEWEST)
    ours, since, theirs, their_since, _ = CLASSIC[2]
    local = Side(ours, day(since), MAIL)
    remote = Side(theirs, day(their_since), MAIL)
    found = plan(None, local, remote, policy)
    assert (found.result, found.text) == (Result.CONFLICT, "joined_there")
    assert not found.local


def test_the_same_date_on_both_sides_is_decided_for_the_person():
    policy = Policy(status_rule=StatusRule.NEWEST)
    same_day = day("05.02.2020")
    left = Side(S.UNSUBSCRIBED, same_day, MAIL)
    stayed = Side(S.SUBSCRIBED, same_day, MAIL)
    assert plan(None, left, stayed, policy).task is Task.UNSUBSCRIBE
    assert plan(None, stayed, left, policy).local.status is S.UNSUBSCRIBED


# ---------------------------------------------------------------- newer proof
EARLY, LATE = day("01.01.2020"), day("05.02.2020")


@pytest.mark.parametrize("proof", ["proof_at", "remote_proof_at"])
@pytest.mark.parametrize("before", [None, S.SUBSCRIBED, S.UNSUBSCRIBED])
def test_newer_proof_brings_back_on_either_side(before, proof):
    policy = Policy(**{proof: LATE})
    base = Base(before, MAIL)
    left, stayed = Side(S.UNSUBSCRIBED, EARLY, MAIL), Side(S.SUBSCRIBED, None, MAIL)
    odoo = plan(base, left, stayed, policy)
    assert (odoo.local.status, odoo.text) == (S.SUBSCRIBED, Text.TAKEN_NEWER_PROOF)
    tool = plan(base, stayed, left, policy)
    assert (tool.task, tool.text) == (Task.TRANSMIT, Text.COMES_BACK)
    assert not tool.local
    asks = plan(base, stayed, left, replace(policy, join=Task.SIGNUP))
    assert asks.task is Task.SIGNUP


@pytest.mark.parametrize("left_at", [LATE, None], ids=["same_moment", "unknown"])
def test_proof_that_may_be_older_brings_nobody_back(left_at):
    policy = Policy(proof_at=LATE, remote_proof_at=EARLY)
    base = Base(S.SUBSCRIBED, MAIL)
    left, stayed = Side(S.UNSUBSCRIBED, left_at, MAIL), Side(S.SUBSCRIBED, None, MAIL)
    assert plan(base, left, stayed, policy).task is Task.UNSUBSCRIBE
    assert plan(base, stayed, left, policy).local.status is S.UNSUBSCRIBED


def test_proof_does_not_help_who_must_not_be_joined():
    local, remote = Side(S.SUBSCRIBED, None, MAIL), Side(S.UNSUBSCRIBED, EARLY, MAIL)
    policy = Policy(proof_at=LATE, consent_missing="undeliverable")
    found = plan(None, local, remote, policy)
    assert (found.result, found.task) == (Result.CONFLICT, None)
    assert found.text == "undeliverable"


def test_proof_at_the_tool_does_not_write_a_one_way_odoo():
    policy = Policy(Direction.TO_TOOL, remote_proof_at=LATE)
    left = Side(S.UNSUBSCRIBED, EARLY, MAIL)
    found = plan(None, left, Side(S.SUBSCRIBED, LATE, MAIL), policy)
    assert (found.result, found.text) == (Result.CONFLICT, "joined_there")
    assert not found.local and found.task is None


# -------------------------------------------------------------- pending (B17)
def test_who_confirms_after_leaving_is_back_and_never_was_a_conflict():
    left = Side(S.UNSUBSCRIBED, EARLY, MAIL)
    waiting = Side(S.PENDING, None, MAIL, read_at=LATE)
    asked = plan(Base(S.UNSUBSCRIBED, MAIL), left, waiting, Policy())
    assert (asked.result, asked.text) == (Result.SUCCESS, "asked")
    assert not asked.local and asked.task is None
    base = replace(asked.agreed, at=LATE)
    clicked = plan(base, left, Side(S.SUBSCRIBED, None, MAIL), Policy())
    assert clicked.local.status is S.SUBSCRIBED


def test_a_click_counts_only_if_the_leaving_is_known_to_be_older():
    joined = Side(S.SUBSCRIBED, None, MAIL)
    for asked_at, left_at in [(EARLY, LATE), (LATE, None), (None, EARLY)]:
        base = Base(S.PENDING, MAIL, at=asked_at)
        found = plan(base, Side(S.UNSUBSCRIBED, left_at, MAIL), joined, Policy())
        assert found.task is Task.UNSUBSCRIBE


@pytest.mark.parametrize("theirs", [None, S.UNSUBSCRIBED])
def test_a_tool_that_does_not_tell_pending_is_waited_for(theirs):
    """It was asked to sign somebody up, and shows nothing until the click."""
    base = Base(S.UNSUBSCRIBED, MAIL) if theirs else None
    remote = Side(theirs, EARLY, MAIL)
    policy = Policy(asked_at=LATE, proof_at=LATE, join=Task.SIGNUP)
    policy = replace(policy, transmit_missing=True)
    found = plan(base, Side(S.SUBSCRIBED, LATE, MAIL), remote, policy)
    assert (found.result, found.text, found.task) == (Result.SUCCESS, "asked", None)


def test_who_leaves_after_being_asked_has_left():
    left = Side(S.UNSUBSCRIBED, LATE, MAIL)
    found = plan(
        Base(S.SUBSCRIBED, MAIL), Side(S.SUBSCRIBED), left, Policy(asked_at=EARLY)
    )
    assert found.local.status is S.UNSUBSCRIBED


# -------------------------------------------------------------- bounces (J12)
@pytest.mark.parametrize("bounce", BOUNCED)
def test_a_bounce_becomes_subscribed_by_proof_or_by_a_person_only(bounce):
    local, remote = Side(bounce, EARLY, MAIL), Side(S.SUBSCRIBED, LATE, MAIL)
    for base in (None, Base(bounce, MAIL), Base(S.SUBSCRIBED, MAIL)):
        found = plan(base, local, remote, Policy())
        assert (found.result, found.text) == (Result.CONFLICT, "bounce_lifted")
        assert not found.local
        proven = plan(base, local, remote, Policy(remote_proof_at=LATE))
        assert proven.local.status is S.SUBSCRIBED


def test_a_bounce_is_taken_over_once():
    """Whether or not Odoo's list can show it, it is not written again and again."""
    remote = Side(S.SOFT_BOUNCE, EARLY, MAIL)
    first = plan(Base(S.SUBSCRIBED, MAIL), Side(S.SUBSCRIBED), remote, Policy())
    assert first.local.status is S.SOFT_BOUNCE
    assert not plan(first.agreed, Side(S.SUBSCRIBED), remote, Policy()).local
    assert not plan(first.agreed, Side(S.SOFT_BOUNCE), remote, Policy()).local


def test_a_lifted_bounce_finds_the_person_leaving():
    left = Side(S.UNSUBSCRIBED, EARLY, MAIL)
    for before in (None, S.SUBSCRIBED, S.UNSUBSCRIBED):
        first = plan(Base(before, MAIL), left, Side(S.HARD_BOUNCE), Policy())
        assert first.task is None
        lifted = Side(S.SUBSCRIBED, LATE, MAIL)
        assert plan(first.agreed, left, lifted, Policy()).task is Task.UNSUBSCRIBE
