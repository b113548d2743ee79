"""Decide about one person on one coupling: the only place where both sides meet.

Used by the scheduled run, the webhook, the dry run and the tests alike. No clock, no
database: every fact is an argument. The order of the rules is the order of the
promises: who must not be mailed, who left, who joined, and last what they are called.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from .reconcile_records import (
    Base,
    Conflict,
    Direction,
    FieldRule,
    LocalChange,
    Note,
    Outcome,
    Policy,
    Result,
    Rule,
    Side,
    StatusRule,
    Task,
)
from .values import digest, same
from .vocabulary import Status, Value

LEFT = frozenset((Status.UNSUBSCRIBED, Status.BLOCKED))
BOUNCED = frozenset((Status.HARD_BOUNCE, Status.SOFT_BOUNCE, Status.GENERAL_BOUNCE))
#: a field that must go one way on a coupling that goes the other does not travel
ONE_WAY = {Direction.TO_TOOL, Direction.TO_ODOO}
#: statuses under which a tool may send something
MAILED = BOUNCED | {Status.SUBSCRIBED, Status.PENDING}


def plan(base: Base | None, local: Side, remote: Side, policy: Policy) -> Outcome:
    """Compare both sides of one person and say what follows. Never raises.

    :param base: what both sides agreed on last; None if they never met
    """
    if policy.forgotten and local.status is None:
        outcome = Outcome(Result.BLOCKED, "forgotten")
    elif policy.stop:
        outcome = _stopped(local, remote, policy)
    elif remote.status is None:
        outcome = _only_here(base, local, policy)
    elif local.status is None:
        outcome = _only_there(base, local, remote, policy)
    else:
        outcome = _both(base, local, remote, policy)
    return _decided(outcome, policy)


# --------------------------------------------------------------------- one side only
def _stopped(local: Side, remote: Side, policy: Policy) -> Outcome:
    """Who must not be mailed is taken off the tool and never brought there."""
    if remote.status not in MAILED:
        return Outcome(Result.BLOCKED, policy.stop)
    note = Note("unsubscribe_wanted", "status", policy.stop, remote.status.value)
    change = LocalChange()
    if local.status in MAILED and policy.stop == "withdrawn":
        change = LocalChange(status=Status.UNSUBSCRIBED)
    return Outcome(
        Result.BLOCKED,
        policy.stop,
        task=Task.UNSUBSCRIBE,
        local=change,
        notes=(note,),
        urgent=True,
    )


def _only_here(base: Base | None, local: Side, policy: Policy) -> Outcome:
    """Missing in the tool: new, or removed there; who was removed is not sent again."""
    if local.status is None or local.status in LEFT:
        return Outcome(Result.SUCCESS, "nowhere")
    if base is not None and base.status is not None:
        if policy.gone_is_leaving:
            change = LocalChange(status=Status.UNSUBSCRIBED)
            note = Note("left_in_tool", "status", local.status.value, None, "leaving")
            return Outcome(Result.SUCCESS, "left_in_tool", local=change, notes=(note,))
        return Outcome(Result.NOT_IN_TOOL, "removed_in_tool")
    if policy.direction is Direction.TO_ODOO:
        return Outcome(Result.NOT_IN_TOOL, "one_way")
    if policy.consent_missing:
        return Outcome(Result.NOT_IN_TOOL, policy.consent_missing)
    if not policy.transmit_missing:
        return Outcome(Result.NOT_IN_TOOL, "not_in_tool")
    return Outcome(
        Result.NOT_IN_TOOL, "will_join", task=policy.join, remote_values=local.values
    )


def _only_there(
    base: Base | None, local: Side, remote: Side, policy: Policy
) -> Outcome:
    """Met in the tool only. Who was taken off the list here is not put on it again."""
    if base is not None and base.status is not None:
        if remote.status in LEFT:
            return Outcome(Result.SUCCESS, "left_everywhere")
        conflict = Conflict("status", None, remote.status.value)
        return _conflict("removed_here", (conflict,))
    result = Result.NEW_IN_LIST if local.known else Result.NEW_CONTACT
    text = result.value
    if policy.direction is Direction.TO_TOOL:
        return Outcome(result, "one_way")
    if remote.status in LEFT:
        if not local.known:
            return Outcome(Result.SUCCESS, "stranger_left")
        text = "left_in_tool"
    create = "" if local.known else policy.new_contacts
    if create == "ask":
        return Outcome(result, "asks_for_contact")
    change = LocalChange(
        status=remote.status,
        status_at=remote.status_at,
        values={} if local.known else dict(remote.values),
        create=create,
        add=True,
    )
    note = Note(text, "status", None, remote.status.value)
    return Outcome(result, text, local=change, notes=(note,))


# ------------------------------------------------------------------------- both sides
def _both(base: Base | None, local: Side, remote: Side, policy: Policy) -> Outcome:
    status = _status(base, local, remote, policy)
    if status.task is Task.UNSUBSCRIBE or status.conflicts:
        return status
    left = (status.local.status or local.status) in LEFT
    if left:
        return status
    address = _address(base, local, remote, policy)
    values = _values(base, local, remote, policy)
    conflicts = address.conflicts + values.conflicts
    task = address.task or status.task or values.task
    change = replace(
        status.local, email=address.local.email, values=values.local.values
    )
    text = next(
        (each.text for each in (address, status, values) if each.text != "agrees"),
        "agrees",
    )
    merged = Outcome(
        Result.SUCCESS,
        text,
        task=task,
        local=change,
        remote_values=values.remote_values if task else {},
        notes=status.notes + address.notes + values.notes,
    )
    if conflicts:
        # what is beyond doubt is done, the rest waits for a person
        return replace(
            _conflict("differs", conflicts, merged),
            task=task if task is not Task.UPDATE else None,
        )
    if task in (Task.TRANSMIT, Task.SIGNUP):
        merged = replace(merged, remote_values=local.values)
    return merged


def _status(base: Base | None, local: Side, remote: Side, policy: Policy) -> Outcome:
    here, there = local.status, remote.status
    if here == there or (here in LEFT and there in LEFT):
        return Outcome(Result.SUCCESS, "agrees")
    if there is Status.PENDING:
        # it is being asked; nothing is decided and nobody is in conflict
        if here in LEFT:
            return Outcome(Result.SUCCESS, "pending")
        return _take(local, remote, "pending")
    if here in LEFT:
        return _left_here(base, local, remote, policy)
    if there in LEFT:
        return _left_there(base, local, remote, policy)
    if here in BOUNCED and there is Status.SUBSCRIBED:
        return Outcome(Result.SUCCESS, "bounce_kept")
    # bounces come from the tool only; a pending person has confirmed
    return _take(local, remote, "bounced" if there in BOUNCED else "confirmed")


def _left_here(base, local: Side, remote: Side, policy: Policy) -> Outcome:
    """Unsubscribed in Odoo, mailed by the tool."""
    may_join = policy.direction is not Direction.TO_TOOL
    classic = _by_date(local, remote, policy)
    if classic is not None:
        if classic:
            return _take(local, remote, "newest")
        return _status_conflict(local, remote, "newer_here")
    proven = _later(policy.remote_proof_at, local.status_at) or _confirmed(base, local)
    if remote.status is Status.SUBSCRIBED and proven:
        if may_join:
            return _take(local, remote, "newer_proof")
        return _status_conflict(local, remote, "joined_there")
    if base is not None and base.status is not None:
        joined = base.status in LEFT
    else:
        joined = _later(remote.status_at, local.status_at)
    if joined:
        return _status_conflict(local, remote, "joined_without_proof")
    note = Note("unsubscribe_wanted", "status", "unsubscribed", remote.status.value)
    return Outcome(
        Result.SUCCESS,
        "left_in_odoo",
        task=Task.UNSUBSCRIBE,
        notes=(replace(note, rule="leaving"),),
        urgent=True,
    )


def _confirmed(base: Base | None, local: Side) -> bool:
    """Whether the tool had asked after the person left: then a click joined them."""
    if base is None or base.status is not Status.PENDING:
        return False
    return not _later(local.status_at, base.at)


def _left_there(base, local: Side, remote: Side, policy: Policy) -> Outcome:
    """Subscribed in Odoo, gone in the tool: leaving wins, unless proof is newer."""
    classic = _by_date(local, remote, policy)
    if classic is not None:
        if classic:
            return _take(local, remote, "newest")
        return _status_conflict(local, remote, "newer_here")
    left_at = remote.status_at
    if left_at is None and base is not None and base.status in LEFT:
        left_at = base.at
    if (
        policy.direction is not Direction.TO_ODOO
        and not policy.consent_missing
        and local.status is Status.SUBSCRIBED
        and _later(policy.proof_at, left_at)
    ):
        note = Note("comes_back", "status", "subscribed", remote.status.value, "proof")
        return Outcome(Result.SUCCESS, "comes_back", task=policy.join, notes=(note,))
    return _take(local, remote, "leaving")


def _by_date(local: Side, remote: Side, policy: Policy) -> bool | None:
    """The classic rule: True, the tool's status is newer; None: it cannot decide."""
    known = local.status_at is not None and remote.status_at is not None
    if policy.status_rule is not StatusRule.NEWEST or not known:
        return None
    if policy.direction is Direction.TO_TOOL and remote.status not in LEFT:
        return None
    return remote.status_at >= local.status_at


def _take(local: Side, remote: Side, rule: str) -> Outcome:
    """Odoo takes the tool's status over, with the tool's time."""
    change = LocalChange(status=remote.status, status_at=remote.status_at)
    here = local.status.value if local.status else None
    note = Note("status_taken", "status", here, remote.status.value, rule)
    return Outcome(Result.SUCCESS, f"taken_{rule}", local=change, notes=(note,))


def _status_conflict(local: Side, remote: Side, text: str) -> Outcome:
    conflict = Conflict("status", local.status.value, remote.status.value)
    return _conflict(text, (conflict,))


def _later(one: datetime | None, other: datetime | None) -> bool:
    """Whether ``one`` is known to be after ``other``; the unknown proves nothing."""
    return one is not None and other is not None and one > other


# ---------------------------------------------------------------------------- address
def _address(base, local: Side, remote: Side, policy: Policy) -> Outcome:
    """Another address for the same recipient id is a change, not a new person."""
    if not local.email or not remote.email or local.email == remote.email:
        return Outcome(Result.SUCCESS, "agrees")
    known = base.email if base is not None else ""
    here, there = local.email != known, remote.email != known
    conflict = Conflict("email", local.email, remote.email)
    note = Note("address_changed", "email", local.email, remote.email)
    if there and not here and policy.direction is not Direction.TO_TOOL:
        change = LocalChange(email=remote.email)
        return Outcome(
            Result.SUCCESS, "address_changed_there", local=change, notes=(note,)
        )
    if here and not there and policy.direction is not Direction.TO_ODOO:
        if policy.consent_missing:
            return _conflict("new_address_without_consent", (conflict,))
        return Outcome(
            Result.SUCCESS, "address_changed_here", Task.CHANGE_ADDRESS, notes=(note,)
        )
    return _conflict("address_differs", (conflict,))


# ----------------------------------------------------------------------------- values
def _values(base, local: Side, remote: Side, policy: Policy) -> Outcome:
    to_odoo: dict[str, Value] = {}
    to_tool: dict[str, Value] = {}
    conflicts, notes = [], []
    agreed = base.values if base is not None else None
    for key, rule in policy.fields.items():
        here, there = local.values.get(key), remote.values.get(key)
        opposed = {policy.direction, rule.direction} == ONE_WAY
        if opposed or same(here, there, rule.type):
            continue
        winner, why = _winner(key, rule, agreed, local, remote, policy)
        if winner is None:
            conflicts.append(Conflict(key, here, there))
            continue
        if winner is Direction.TO_TOOL:
            to_tool[key] = here
        else:
            to_odoo[key] = there
        notes.append(Note(f"value_{winner.value}", key, here, there, why))
    outcome = Outcome(
        Result.SUCCESS,
        "values_differ" if notes else "agrees",
        task=Task.UPDATE if to_tool else None,
        local=LocalChange(values=to_odoo),
        remote_values=to_tool,
        notes=tuple(notes),
    )
    return replace(outcome, conflicts=tuple(conflicts))


def _winner(
    key: str,
    rule: FieldRule,
    agreed: Mapping[str, Value] | None,
    local: Side,
    remote: Side,
    policy: Policy,
) -> tuple[Direction | None, str]:
    """Where the value goes, None: somebody has to decide; and by which rule."""
    for direction in (policy.direction, rule.direction):
        if direction is not Direction.BOTH:
            return direction, "direction"
    here, there = local.values.get(key), remote.values.get(key)
    if agreed is None:
        # never met: an empty value is no statement
        if same(there, None, rule.type):
            return Direction.TO_TOOL, "fills_gap"
        if same(here, None, rule.type):
            return Direction.TO_ODOO, "fills_gap"
    else:
        before = agreed.get(key)
        if same(there, before, rule.type):
            return Direction.TO_TOOL, "changed_in_odoo"
        if same(here, before, rule.type):
            return Direction.TO_ODOO, "changed_in_tool"
    if rule.rule is Rule.ODOO:
        return Direction.TO_TOOL, "odoo"
    if rule.rule is Rule.TOOL:
        return Direction.TO_ODOO, "tool"
    if rule.rule is Rule.NEWER:
        if _later(local.changed_at, remote.changed_at):
            return Direction.TO_TOOL, "newer"
        if _later(remote.changed_at, local.changed_at):
            return Direction.TO_ODOO, "newer"
    return None, "ask"


# -------------------------------------------------------------------------- decisions
def _conflict(
    text: str, conflicts: tuple[Conflict, ...], beside: Outcome | None = None
) -> Outcome:
    """A conflict; ``beside`` is what can be done in spite of it."""
    values: dict[str, Value] = {}
    for conflict in conflicts:
        values[f"{conflict.field} odoo"] = conflict.odoo
        values[f"{conflict.field} tool"] = conflict.tool
    notes = tuple(
        Note("conflict", each.field, each.odoo, each.tool, "ask") for each in conflicts
    )
    beside = beside or Outcome(Result.CONFLICT, text)
    return replace(
        beside,
        result=Result.CONFLICT,
        text=text,
        conflicts=conflicts,
        notes=beside.notes + notes,
        difference=digest(values),
    )


def _decided(outcome: Outcome, policy: Policy) -> Outcome:
    """Honour what a person decided before: accepted differences and open tasks."""
    if outcome.conflicts and policy.accepted and outcome.difference == policy.accepted:
        kept = tuple(note for note in outcome.notes if note.code != "conflict")
        outcome = replace(
            outcome, result=Result.SUCCESS, text="accepted", notes=kept, conflicts=()
        )
    decision = policy.decision
    if decision is None or outcome.urgent:
        return outcome
    fits = decision.difference == outcome.difference
    if outcome.task and outcome.task is not decision.task:
        fits = False
    return replace(outcome, task=decision.task, outdated=not fits)
