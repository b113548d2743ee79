"""The one decision about one member: what Odoo gets, what the tool gets, what is asked.

``plan`` is used by the scheduled run, the webhook, the dry run and the tests. It knows
three states: what both sides agreed on last (base), Odoo now (local), the tool now
(remote), each value compared by what it says. docs/two_way.md shows the rules as
tables.

A direction is a promise about writing: a one-way coupling writes nothing on its source
but opt-outs. Opt-outs travel in every direction, to Odoo and to the tool, because that
nobody who left is mailed again stands above everything else.
"""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import blake2b

from .reconcile_fields import Address, Fields, address, merge, to_create, to_write
from .reconcile_records import (
    Base,
    Conflict,
    Decision,
    Direction,
    FieldRule,
    Level,
    LocalChange,
    Note,
    Outcome,
    Policy,
    Result,
    Rule,
    Side,
    StatusRule,
    Task,
    Text,
)
from .reconcile_status import BOUNCED, LEFT, MAILED, PRESENT, Verdict, judge
from .values import normalise, same
from .vocabulary import Status, Value

__all__ = [
    "BOUNCED",
    "LEFT",
    "MAILED",
    "Base",
    "Conflict",
    "Decision",
    "Direction",
    "FieldRule",
    "Level",
    "LocalChange",
    "Note",
    "Outcome",
    "Policy",
    "Result",
    "Rule",
    "Side",
    "StatusRule",
    "Task",
    "Text",
    "plan",
]

#: Tasks by which a person is (again) subscribed or their data goes out.
_SENDING = frozenset({Task.TRANSMIT, Task.SIGNUP, Task.UPDATE, Task.CHANGE_ADDRESS})
_JOINING = frozenset({Task.TRANSMIT, Task.SIGNUP})


def plan(base: Base | None, local: Side, remote: Side, policy: Policy) -> Outcome:
    """Decide about one member; total: every combination has an outcome.

    :param base: None if both sides never agreed on anything
    :return: what to write in Odoo at once, the task for the tool, and what to ask. With
        an open decision of a person (``policy.decision``) the task is that decision,
        as long as nobody has left and nothing forbids it.
    """
    found = _found(base, local, remote, policy)
    if policy.accepted and policy.accepted == found.difference:
        found = _accepted(found)
    if policy.decision:
        found = _with_decision(found, local, remote, policy, policy.decision)
    if policy.snoozed:
        kept = (note for note in found.notes if note.level != Level.WARNING)
        found = replace(found, notes=tuple(kept))
    return found


# ------------------------------------------------------------ what the facts say
def _found(base, local: Side, remote: Side, policy: Policy) -> Outcome:
    """Whose address is replaced gets no mail there: what stands against it ends.

    Whether it is replaced depends on much: the direction, the consent of the new one,
    what both sides agreed on, who is on the list, and whether it is sent without an
    approval (``replaceable``): a sign-off, which is, is given up for nothing less. What
    a person decided to send before that would hold it up, and so would their decision
    about another change of the address.
    """
    decided = policy.decision.task if policy.decision else None
    waits = decided in _SENDING - {Task.CHANGE_ADDRESS}
    if policy.remote_stop and policy.replaceable and not waits:
        moved = _compared(base, local, remote, replace(policy, remote_stop=""))
        outdated = decided and not _fits(moved.difference, policy.decision)
        if moved.task == Task.CHANGE_ADDRESS and not outdated:
            return moved
    return _compared(base, local, remote, policy)


def _compared(base, local: Side, remote: Side, policy: Policy) -> Outcome:
    verdict = judge(base, local, remote, policy)
    fields, place = _compare(base, local, remote, policy, verdict)
    task = verdict.task
    if task is None and place.change_at_tool:
        task = Task.CHANGE_ADDRESS
    if task is None and fields.to_tool:
        task = Task.UPDATE
    conflicts = _conflicts(verdict, fields, place, local, remote)
    return Outcome(
        result=_result(verdict, conflicts),
        text=_text(verdict, fields, place),
        task=task,
        local=LocalChange(
            status=verdict.local,
            status_at=remote.status_at if verdict.local == remote.status else None,
            values=fields.to_odoo,
            email=place.to_odoo,
            create=verdict.create,
            add=verdict.add,
            set_by_tool=bool(verdict.local) and verdict.result != Result.BLOCKED,
        ),
        remote_values=fields.to_tool,
        conflicts=conflicts,
        notes=_notes(verdict, fields, place, local, remote, policy),
        urgent=verdict.leaving,
        difference=_difference(local, remote, conflicts, policy),
        agreed=Base(
            verdict.settled,
            place.agreed,
            _agreed_values(base, fields, policy),
        ),
    )


def _agreed_values(base, fields: Fields, policy: Policy) -> dict[str, Value]:
    """What was agreed on before and now, without what is empty."""
    values = {**(base.values if base else {}), **fields.agreed}
    kinds = {name: policy.fields.get(name, FieldRule()).type for name in values}
    return {
        name: value for name, value in values.items() if normalise(value, kinds[name])
    }


def _compare(base, local: Side, remote: Side, policy: Policy, verdict: Verdict):
    """Compare fields and address, of people only whose data may travel.

    Whoever has left keeps what each side has: there is no reason to send it.
    """
    place = Address(agreed=local.email or remote.email)
    if base and base.email and remote.status is not None:
        place = replace(place, agreed=base.email)
    joins = verdict.task in _JOINING
    if verdict.leaving or verdict.result == Result.BLOCKED:
        return Fields(), place
    if remote.status is None or (remote.status in LEFT and joins):
        values = to_write(local.values, policy) if joins else {}
        return Fields(to_tool=values), place
    if remote.status not in PRESENT:
        return Fields(), place
    if verdict.create:
        values = to_create(remote.values, policy)
        place = Address(to_odoo=remote.email, agreed=remote.email)
        return Fields(to_odoo=values, agreed=dict(values)), place
    if local.status in PRESENT or verdict.local in PRESENT:
        place = address(base, local, remote, policy)
        return merge(base, local, remote, policy), place
    return Fields(), place


def _conflicts(verdict: Verdict, fields: Fields, place: Address, local, remote):
    found = list(fields.conflicts)
    if place.conflict:
        found.insert(0, Conflict("email", local.email, remote.email))
    if verdict.result == Result.CONFLICT:
        found.insert(0, Conflict("status", _word(local.status), _word(remote.status)))
    return tuple(found)


def _result(verdict: Verdict, conflicts: tuple[Conflict, ...]) -> Result:
    if conflicts and verdict.result != Result.BLOCKED:
        return Result.CONFLICT
    return verdict.result


def _text(verdict: Verdict, fields: Fields, place: Address) -> str:
    """What a person has to decide comes first, then the status, address, fields."""
    if verdict.result != Result.SUCCESS:
        return _word(verdict.text)
    if place.conflict:
        return place.text.value
    if fields.conflicts:
        return Text.DIFFERS.value
    if verdict.text != Text.AGREES:
        return _word(verdict.text)
    if place.text != Text.AGREES:
        return place.text.value
    changed = fields.to_odoo or fields.to_tool
    return (Text.VALUES_DIFFER if changed else Text.AGREES).value


def _notes(verdict, fields: Fields, place: Address, local, remote, policy):
    """One line for each thing that changes or is asked; nothing for who agrees."""
    notes = []
    asks = verdict.result == Result.CONFLICT
    if asks or verdict.task or verdict.local:
        notes.append(
            Note(
                _word(verdict.text),
                "status",
                _word(local.status),
                _word(remote.status),
                verdict.rule or _word(policy.status_rule),
                Level.WARNING if asks else Level.INFO,
            )
        )
    if place.text != Text.AGREES:
        notes.append(
            Note(
                place.text.value,
                "email",
                local.email,
                remote.email,
                _word(policy.direction),
                Level.WARNING if place.conflict else Level.INFO,
            )
        )
    return (*notes, *fields.notes)


# ---------------------------------------------------------- what a person has said
def _accepted(found: Outcome) -> Outcome:
    """Somebody said that this difference may stay; an opt-out is never held up."""
    if found.result not in (Result.CONFLICT, Result.NOT_IN_TOOL):
        return found
    stays = found.task not in _JOINING
    return replace(
        found,
        result=Result.SUCCESS,
        text=Text.ACCEPTED.value,
        task=found.task if stays else None,
        remote_values=found.remote_values if stays else {},
        conflicts=(),
        notes=tuple(note for note in found.notes if note.level != Level.WARNING),
    )


def _with_decision(
    found: Outcome, local: Side, remote: Side, policy: Policy, decision: Decision
) -> Outcome:
    """Let an open decision stand, drop it when done, flag it when facts moved on."""
    fits = _fits(found.difference, decision)
    if _done(found, remote, policy, decision):
        return found
    sending = decision.task in _SENDING
    forbidden = found.result == Result.BLOCKED or found.task == Task.UNSUBSCRIBE
    left_since = found.local.status in LEFT and not fits
    if sending and (forbidden or left_since):
        rule = _word(decision.task)
        note = Note(Text.OVERRULED.value, "status", rule=rule, level=Level.WARNING)
        return replace(found, notes=(*found.notes, note))
    change = found.local
    if decision.task in _JOINING and change.status in LEFT:
        # The person who decided knew of the leaving.
        change = replace(change, status=None, status_at=None, set_by_tool=False)
    values = {}
    if sending:
        chosen = decision.values or _odoo_values(found, decision)
        values = {**found.remote_values, **chosen}
    if decision.task in _JOINING:
        values = {**to_write(local.values, policy), **values}
    return replace(
        found,
        task=decision.task,
        remote_values=values,
        local=change,
        urgent=found.urgent and not sending,
        outdated=not fits,
        decided=True,
    )


def _odoo_values(found: Outcome, decision: Decision) -> dict[str, Value]:
    """To update without further words means: what Odoo says is right."""
    if decision.task != Task.UPDATE:
        return {}
    return {
        conflict.field: conflict.odoo
        for conflict in found.conflicts
        if conflict.field not in ("status", "email")
    }


def _done(found: Outcome, remote: Side, policy: Policy, decision: Decision) -> bool:
    """Whether the tool is already as the decision wants it."""
    if decision.task == Task.DELETE:
        return remote.status is None
    if decision.task == Task.UNSUBSCRIBE:
        return remote.status is None or remote.status in LEFT
    if decision.task in _JOINING and remote.status != Status.SUBSCRIBED:
        asked = decision.task == Task.SIGNUP and remote.status == Status.PENDING
        return asked
    if decision.task == Task.CHANGE_ADDRESS:
        return (
            not any(conflict.field == "email" for conflict in found.conflicts)
            and found.task != Task.CHANGE_ADDRESS
        )
    return not found.conflicts and all(
        _same(policy, name, value, remote) for name, value in decision.values.items()
    )


def _same(policy: Policy, name: str, value, remote: Side) -> bool:
    rule = policy.fields.get(name, FieldRule())
    return same(value, remote.values.get(name), rule.type)


# ------------------------------------------------------------- telling apart
def _difference(local: Side, remote: Side, conflicts, policy: Policy) -> str:
    """Digests of what is open: statuses, address, fields, parted by a dot.

    Apart, so that a decision about one of them outlives a change of another. Leaving
    once more is another difference than leaving before. "": nothing is open.
    """
    both_left = local.status in LEFT and remote.status in LEFT
    statuses = [
        [_word(side.status), str(side.status_at) if side.status in LEFT else ""]
        for side in (local, remote)
        if local.status != remote.status and not both_left
    ]
    addresses = [
        [conflict.odoo, conflict.tool]
        for conflict in conflicts
        if conflict.field == "email"
    ]
    fields = sorted(
        [conflict.field, *_pair(conflict, policy)]
        for conflict in conflicts
        if conflict.field not in ("status", "email")
    )
    parts = [_digest(part) for part in (statuses, addresses, fields)]
    return ".".join(parts) if any(parts) else ""


def _pair(conflict: Conflict, policy: Policy) -> list[str]:
    rule = policy.fields.get(conflict.field, FieldRule())
    return [normalise(value, rule.type) for value in (conflict.odoo, conflict.tool)]


def _fits(difference: str, decision: Decision) -> bool:
    """Whether what the decision was about is still as it was then."""
    now, then = (
        (text or "..").split(".") for text in (difference, decision.difference)
    )
    if decision.task == Task.UPDATE:
        return now == then
    part = 1 if decision.task == Task.CHANGE_ADDRESS else 0
    return now[part : part + 1] == then[part : part + 1]


def _digest(part: list) -> str:
    if not part:
        return ""
    return blake2b(json.dumps(part).encode(), digest_size=6).hexdigest()


def _word(value) -> str:
    """The bare text of an enumeration's member, "" for nothing."""
    return "" if value is None else str(getattr(value, "value", value))
