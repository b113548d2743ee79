"""What mapped fields and addresses become, once it is clear who is on the list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .address import normalise as normalise_address
from .reconcile_records import (
    Base,
    Conflict,
    Direction,
    FieldRule,
    Level,
    Note,
    Policy,
    Rule,
    Side,
    Text,
)
from .reconcile_status import later, may_join, writes_odoo, writes_tool
from .values import normalise, same
from .vocabulary import Value


@dataclass(slots=True)
class Fields:
    """What the fields become: values to be written, agreed on, or asked about."""

    to_odoo: dict[str, Value] = field(default_factory=dict)
    to_tool: dict[str, Value] = field(default_factory=dict)
    agreed: dict[str, Value] = field(default_factory=dict)
    conflicts: list[Conflict] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)


def merge(base: Base | None, local: Side, remote: Side, policy: Policy) -> Fields:
    """Compare all mapped fields of somebody who is present on both sides.

    Changed on one side only: that side wins. On both, or never agreed on: the rule of
    the field. A field that travels one way follows its source. Without an agreement on
    some value, nothing does not overwrite a value: it is no statement.
    """
    fields = Fields()
    known = base.values if base else {}
    for name, rule in policy.fields.items():
        direction = _direction(rule, policy)
        if direction is None:
            continue
        ours, theirs = local.values.get(name), remote.values.get(name)
        kind = rule.type
        if same(ours, theirs, kind):
            fields.agreed[name] = theirs
            continue
        winner, because = _winner(name, rule, direction, known, local, remote, kind)
        if winner is remote:
            fields.to_odoo[name] = fields.agreed[name] = theirs
        elif winner is local:
            fields.to_tool[name] = ours
        elif because == Rule.ASK:
            fields.conflicts.append(Conflict(name, ours, theirs))
        if because:
            text = Text.VALUES_DIFFER if winner else Text.DIFFERS
            level = Level.INFO if winner else Level.WARNING
            note = Note(text.value, name, ours, theirs, because.value, level)
            fields.notes.append(note)
    return fields


def to_write(values: Mapping[str, Value], policy: Policy) -> dict[str, Value]:
    """All values that go to the tool with somebody who is new there."""
    return {
        name: values.get(name)
        for name, rule in policy.fields.items()
        if _direction(rule, policy) in (Direction.BOTH, Direction.TO_TOOL)
        and normalise(values.get(name), rule.type)
    }


def to_create(values: Mapping[str, Value], policy: Policy) -> dict[str, Value]:
    """All values that a new contact starts with.

    Fields that only travel to the tool are among them: nothing is overwritten, and a
    contact without a name helps nobody.
    """
    return {
        name: values[name]
        for name, rule in policy.fields.items()
        if normalise(values.get(name), rule.type)
    }


def _direction(rule: FieldRule, policy: Policy) -> Direction | None:
    """Where a field may travel: its mapping's direction within the coupling's."""
    if rule.direction == Direction.BOTH:
        return policy.direction
    if policy.direction in (Direction.BOTH, rule.direction):
        return rule.direction
    return None


def _winner(name, rule, direction, known, local: Side, remote: Side, kind):
    """The side whose value stands and why; nobody with the reason ASK: a conflict.

    Nobody without a reason: both keep what they have.
    """
    ours, theirs = local.values.get(name), remote.values.get(name)
    agreed = name in known and bool(normalise(known[name], kind))
    if not agreed:
        filled = (bool(normalise(ours, kind)), bool(normalise(theirs, kind)))
        source = {(True, False): local, (False, True): remote}.get(filled)
        if source:
            allowed = direction in (
                Direction.BOTH,
                Direction.TO_TOOL if source is local else Direction.TO_ODOO,
            )
            return (source, direction) if allowed else (None, None)
    if direction != Direction.BOTH:
        return (local if direction == Direction.TO_TOOL else remote), direction
    if agreed:
        if same(theirs, known[name], kind):
            return local, direction
        if same(ours, known[name], kind):
            return remote, direction
    return _by_rule(rule.rule, local, remote)


def _by_rule(rule: Rule, local: Side, remote: Side):
    if rule == Rule.ODOO or (
        rule == Rule.NEWER and later(local.changed_at, remote.changed_at)
    ):
        return local, rule
    if rule == Rule.TOOL or (
        rule == Rule.NEWER and later(remote.changed_at, local.changed_at)
    ):
        return remote, rule
    return None, Rule.ASK


# -------------------------------------------------------------------- address
@dataclass(frozen=True, slots=True)
class Address:
    """What becomes of two addresses of one person."""

    text: Text = Text.AGREES
    to_odoo: str = ""
    change_at_tool: bool = False
    agreed: str = ""
    conflict: bool = False


def address(base: Base | None, local: Side, remote: Side, policy: Policy) -> Address:
    """Compare the addresses of two sides that were matched by the recipient's id.

    The side that changed its address since both agreed is followed, where the coupling
    writes the other one; the new address needs a consent of its own before it is
    written at the tool.
    """
    ours, theirs = normalise_address(local.email), normalise_address(remote.email)
    before = normalise_address(base.email) if base else ""
    if ours == theirs or not theirs:
        return Address(agreed=ours)
    if before == ours and writes_odoo(policy):  # also: Odoo never had an address
        if policy.address_guarded:
            return Address(Text.ADDRESS_GUARDED, agreed=before, conflict=True)
        return Address(Text.ADDRESS_CHANGED_THERE, to_odoo=theirs, agreed=theirs)
    if ours and before == theirs and writes_tool(policy) and may_join(policy):
        return Address(Text.ADDRESS_CHANGED_HERE, change_at_tool=True, agreed=before)
    if not ours:
        text = Text.ADDRESS_REMOVED
    elif before == theirs and writes_tool(policy):
        text = Text.NEW_ADDRESS_WITHOUT_CONSENT
    else:
        text = Text.ADDRESS_DIFFERS
    return Address(text, agreed=before, conflict=True)
