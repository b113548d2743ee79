"""Both rules with dates: who is on the list by which date, in every direction.

Two tables by hand. A verdict of the first one is the same whatever both sides agreed on
before, the second one is about what they had agreed on:

    <  Odoo takes the tool's status       >  the tool is told to unsubscribe
    ?  conflict, nothing is changed       .  nothing is written

What they rest on (docs/two_way.md, "Who is subscribed"):

- F14: where the later date decides, a later one in the tool is taken over; F15: a later
  one in Odoo is a conflict. Both speak of subscribed and unsubscribed, and of nothing
  else: no return, nobody who is asked, no block is written or lifted by its date.
- F16: else an opt-out wins at once, and joining after it needs newer proof. A date is
  none; so it only tells whether somebody joined after leaving, which a person decides.
- Equal or unknown dates decide nothing: leaving wins.
- A side that is not written is not written by a date either (a leaving always is).
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter_sync.sync.reconcile import (
    LEFT,
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
MET = datetime(2020, 1, 1, tzinfo=timezone.utc)  #: when both sides agreed last
EARLY, LATE = MET + timedelta(days=10), MET + timedelta(days=20)
#: Odoo's date, the tool's: Odoo later, the tool later, equal, one missing
DATES = {
    "odoo": (LATE, EARLY),
    "tool": (EARLY, LATE),
    "equal": (EARLY, EARLY),
    "no_odoo": (None, EARLY),
    "no_tool": (EARLY, None),
}
NEWEST, CONSENT = StatusRule.NEWEST, StatusRule.CONSENT
RULES = {"newest": NEWEST, "consent": CONSENT}
DIRECTIONS = {
    "both": Direction.BOTH,
    "to_tool": Direction.TO_TOOL,
    "to_odoo": Direction.TO_ODOO,
}
BASES = {
    "none": None,
    "joined": S.SUBSCRIBED,
    "left": S.UNSUBSCRIBED,
    "asked": S.PENDING,
    "hard": S.HARD_BOUNCE,
    "soft": S.SOFT_BOUNCE,
    "general": S.GENERAL_BOUNCE,
    "blocked": S.BLOCKED,
}

# ------------------------------------------------ Odoo subscribed, the tool has left
# columns: DATES in their order
TOOL_LEFT = """
                      odoo tool equal no_odoo no_tool
 newest  both    none    ?   <    <     <       <
 newest  both    joined  ?   <    <     <       <
 newest  both    left    ?   <    ?     ?       ?
 newest  both    asked   ?   <    <     <       <
 newest  both    hard    ?   <    <     <       <
 newest  both    soft    ?   <    <     <       <
 newest  both    general ?   <    <     <       <
 newest  both    blocked ?   <    ?     ?       ?
 newest  to_tool none    ?   <    <     <       <
 newest  to_tool joined  ?   <    <     <       <
 newest  to_tool left    ?   <    ?     ?       ?
 newest  to_tool asked   ?   <    <     <       <
 newest  to_tool hard    ?   <    <     <       <
 newest  to_tool soft    ?   <    <     <       <
 newest  to_tool general ?   <    <     <       <
 newest  to_tool blocked ?   <    ?     ?       ?
 newest  to_odoo none    ?   <    <     <       <
 newest  to_odoo joined  ?   <    <     <       <
 newest  to_odoo left    ?   <    <     <       <
 newest  to_odoo asked   ?   <    <     <       <
 newest  to_odoo hard    ?   <    <     <       <
 newest  to_odoo soft    ?   <    <     <       <
 newest  to_odoo general ?   <    <     <       <
 newest  to_odoo blocked ?   <    <     <       <
 consent both    none    ?   <    <     <       <
 consent both    joined  <   <    <     <       <
 consent both    left    ?   ?    ?     ?       ?
 consent both    asked   <   <    <     <       <
 consent both    hard    <   <    <     <       <
 consent both    soft    <   <    <     <       <
 consent both    general <   <    <     <       <
 consent both    blocked ?   ?    ?     ?       ?
 consent to_tool none    ?   <    <     <       <
 consent to_tool joined  <   <    <     <       <
 consent to_tool left    ?   ?    ?     ?       ?
 consent to_tool asked   <   <    <     <       <
 consent to_tool hard    <   <    <     <       <
 consent to_tool soft    <   <    <     <       <
 consent to_tool general <   <    <     <       <
 consent to_tool blocked ?   ?    ?     ?       ?
 consent to_odoo none    <   <    <     <       <
 consent to_odoo joined  <   <    <     <       <
 consent to_odoo left    <   <    <     <       <
 consent to_odoo asked   <   <    <     <       <
 consent to_odoo hard    <   <    <     <       <
 consent to_odoo soft    <   <    <     <       <
 consent to_odoo general <   <    <     <       <
 consent to_odoo blocked <   <    <     <       <
"""

# ------------------------------------------------ Odoo has left, the tool subscribed
ODOO_LEFT = """
                      odoo tool equal no_odoo no_tool
 newest  both    none    ?   <    >     >       >
 newest  both    joined  ?   <    >     >       >
 newest  both    left    ?   <    ?     ?       ?
 newest  both    asked   ?   <    >     >       >
 newest  both    hard    ?   >    >     >       >
 newest  both    soft    ?   >    >     >       >
 newest  both    general ?   >    >     >       >
 newest  both    blocked ?   <    ?     ?       ?
 newest  to_tool none    ?   ?    >     >       >
 newest  to_tool joined  ?   >    >     >       >
 newest  to_tool left    ?   ?    >     >       >
 newest  to_tool asked   ?   ?    >     >       >
 newest  to_tool hard    ?   >    >     >       >
 newest  to_tool soft    ?   >    >     >       >
 newest  to_tool general ?   >    >     >       >
 newest  to_tool blocked ?   ?    >     >       >
 newest  to_odoo none    ?   <    >     >       >
 newest  to_odoo joined  ?   <    >     >       >
 newest  to_odoo left    ?   <    ?     ?       ?
 newest  to_odoo asked   ?   <    >     >       >
 newest  to_odoo hard    ?   >    >     >       >
 newest  to_odoo soft    ?   >    >     >       >
 newest  to_odoo general ?   >    >     >       >
 newest  to_odoo blocked ?   <    ?     ?       ?
 consent both    none    >   ?    >     >       >
 consent both    joined  >   >    >     >       >
 consent both    left    >   ?    ?     ?       ?
 consent both    asked   >   >    >     >       >
 consent both    hard    >   >    >     >       >
 consent both    soft    >   >    >     >       >
 consent both    general >   >    >     >       >
 consent both    blocked >   ?    ?     ?       ?
 consent to_tool none    >   >    >     >       >
 consent to_tool joined  >   >    >     >       >
 consent to_tool left    >   >    >     >       >
 consent to_tool asked   >   >    >     >       >
 consent to_tool hard    >   >    >     >       >
 consent to_tool soft    >   >    >     >       >
 consent to_tool general >   >    >     >       >
 consent to_tool blocked >   >    >     >       >
 consent to_odoo none    >   ?    >     >       >
 consent to_odoo joined  >   >    >     >       >
 consent to_odoo left    >   ?    ?     ?       ?
 consent to_odoo asked   >   >    >     >       >
 consent to_odoo hard    >   >    >     >       >
 consent to_odoo soft    >   >    >     >       >
 consent to_odoo general >   >    >     >       >
 consent to_odoo blocked >   ?    ?     ?       ?
"""


def cells(table):
    heading, *rows = (line.split() for line in table.split("\n") if line.strip())
    assert heading == list(DATES)
    seen = [tuple(row[:3]) for row in rows]
    wanted = [(r, d, b) for r in RULES for d in DIRECTIONS for b in BASES]
    assert seen == wanted, "the table names each row once"
    for rule, direction, before, *verdicts in rows:
        for dates, verdict in zip(DATES, verdicts, strict=True):
            name = f"{rule}-{direction}-{before}-{dates}"
            yield pytest.param(rule, direction, before, dates, verdict, id=name)


def every(table):
    return pytest.mark.parametrize(
        ("rule", "direction", "before", "dates", "verdict"), list(cells(table))
    )


def found(ours, theirs, rule, direction, before, dates):
    here, there = DATES[dates]
    base = Base(BASES[before], MAIL, at=MET) if BASES[before] else None
    policy = Policy(DIRECTIONS[direction], RULES[rule])
    local, remote = Side(ours, here, MAIL, known=True), Side(theirs, there, MAIL)
    return plan(base, local, remote, policy)


def check(verdict, outcome, takes):
    assert outcome.local.status is (takes if verdict == "<" else None), outcome
    assert outcome.task is (Task.UNSUBSCRIBE if verdict == ">" else None), outcome
    asks = Result.CONFLICT if verdict == "?" else Result.SUCCESS
    assert outcome.result is asks, outcome
    leaves = verdict == ">" or (verdict == "<" and takes in LEFT)
    assert outcome.urgent is leaves, outcome


@every(TOOL_LEFT)
def test_the_tool_says_left(rule, direction, before, dates, verdict):
    outcome = found(S.SUBSCRIBED, S.UNSUBSCRIBED, rule, direction, before, dates)
    check(verdict, outcome, S.UNSUBSCRIBED)


@every(ODOO_LEFT)
def test_odoo_says_left(rule, direction, before, dates, verdict):
    outcome = found(S.UNSUBSCRIBED, S.SUBSCRIBED, rule, direction, before, dates)
    check(verdict, outcome, S.SUBSCRIBED)


# --------------------------------------------- what has no date in the classic table
OTHERS = [(ours, theirs) for ours in Status for theirs in Status]
OTHERS = [
    pair for pair in OTHERS if set(pair) != {Status.SUBSCRIBED, Status.UNSUBSCRIBED}
]


@pytest.mark.parametrize(("ours", "theirs"), OTHERS)
def test_returns_blocks_and_who_is_asked_have_no_date(ours, theirs):
    """Neither a return nor a block is lifted, or overlooked, because of its date."""
    for direction, before, dates in product(DIRECTIONS, BASES, DATES):
        one, other = (
            found(ours, theirs, rule, direction, before, dates) for rule in RULES
        )
        told = f"{direction} {before} {dates}"
        assert one.local == other.local, told
        assert (one.task, one.result) == (other.task, other.result), told
        assert one.agreed == other.agreed, told


# --------------------------------------------------- the date rule brings nobody back
BOUNCES = [S.HARD_BOUNCE, S.SOFT_BOUNCE, S.GENERAL_BOUNCE]
CLASSIC = Policy(status_rule=NEWEST)


def test_a_date_that_our_own_transmission_has_made_is_no_joining():
    """Somebody leaves while they are sent: the tool's date is later than that."""
    left = Side(S.UNSUBSCRIBED, EARLY, MAIL, known=True)
    sent = Base(S.SUBSCRIBED, MAIL, at=LATE)
    for moment in (LATE, LATE + timedelta(seconds=30)):  # the clocks differ a little
        outcome = plan(sent, left, Side(S.SUBSCRIBED, moment, MAIL), CLASSIC)
        assert (outcome.task, outcome.urgent) == (Task.UNSUBSCRIBE, True)
        assert not outcome.local
    again = Side(S.SUBSCRIBED, LATE + timedelta(days=1), MAIL)
    assert plan(sent, left, again, CLASSIC).local.status is S.SUBSCRIBED


def test_what_was_agreed_on_nobody_knows_when_is_no_joining_either():
    left = Side(S.UNSUBSCRIBED, EARLY, MAIL, known=True)
    base = Base(S.SUBSCRIBED, MAIL)
    outcome = plan(base, left, Side(S.SUBSCRIBED, LATE, MAIL), CLASSIC)
    assert outcome.task is Task.UNSUBSCRIBE


@pytest.mark.parametrize("before", [None, S.SUBSCRIBED])
@pytest.mark.parametrize("bounce", BOUNCES)
def test_a_return_that_the_tool_lifts_is_no_joining(bounce, before):
    left = Side(S.UNSUBSCRIBED, EARLY, MAIL, known=True)
    base = Base(before, MAIL, at=MET) if before else None
    first = plan(base, left, Side(bounce, LATE, MAIL), CLASSIC)
    assert not first.local
    lifted = Side(S.SUBSCRIBED, LATE + timedelta(days=1), MAIL)
    assert plan(first.agreed, left, lifted, CLASSIC).task is Task.UNSUBSCRIBE


def test_nobody_who_was_deleted_here_comes_back_by_a_date():
    left = Side(S.UNSUBSCRIBED, EARLY, MAIL, known=True)
    policy = Policy(status_rule=NEWEST, forgotten=True)
    for base in (None, Base(S.SUBSCRIBED, MAIL, at=MET)):
        outcome = plan(base, left, Side(S.SUBSCRIBED, LATE, MAIL), policy)
        assert not outcome.local


moments = st.none() | st.sampled_from([MET, EARLY, LATE])
statuses = st.sampled_from(Status)


@given(
    st.none() | st.builds(Base, statuses, st.just(MAIL), at=moments),
    st.builds(Side, statuses, moments, st.just(MAIL), known=st.just(True)),
    st.builds(Side, statuses, moments, st.just(MAIL), read_at=moments),
    st.builds(
        Policy,
        st.sampled_from(Direction),
        st.sampled_from(StatusRule),
        proof_at=moments,
        remote_proof_at=moments,
        forgotten=st.booleans(),
    ),
)
def test_whoever_left_is_subscribed_by_newer_news_only(base, local, remote, policy):
    """By a proof, by a click that was awaited, or, where the later date decides, by a
    status of the tool that is known to be younger than the leaving and than what both
    sides knew of each other."""
    outcome = plan(base, local, remote, policy)
    before = base or Base()

    def newer(moment, than):
        return moment is not None and than is not None and moment > than

    left_at = local.status_at
    proven = newer(policy.proof_at, left_at) or newer(policy.remote_proof_at, left_at)
    if local.status in LEFT and outcome.local.status is S.SUBSCRIBED:
        clicked = before.status is S.PENDING and newer(before.at, left_at)
        dated = policy.status_rule is NEWEST and newer(remote.status_at, left_at)
        if dated and before.status is S.SUBSCRIBED:
            dated = newer(remote.status_at, before.at)
        assert proven or clicked or dated
    if outcome.task in (Task.TRANSMIT, Task.SIGNUP) and remote.status in LEFT:
        left_at = remote.status_at
        assert newer(policy.proof_at, left_at) or newer(policy.remote_proof_at, left_at)
    awaited = outcome.agreed.status is S.PENDING and local.status in LEFT
    if awaited and before.status is not S.PENDING and remote.status is S.PENDING:
        assert newer(remote.read_at, local.status_at), "the click may be older"
