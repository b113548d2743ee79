"""What a person can do about a member, and what follows from it.

``offered_tasks`` names the tasks that make sense, each with what it would set off;
``resolve`` turns an answer in the conflict wizard into changes of both sides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Protocol

from .opt_in import Joining, OptIn, joins
from .reconcile import plan
from .reconcile_records import (
    Base,
    Decision,
    LocalChange,
    Outcome,
    Policy,
    Result,
    Side,
    Task,
    Text,
)
from .reconcile_status import (
    LEFT,
    PRESENT,
    may_join,
    proof_after,
    writes_odoo,
    writes_tool,
)
from .vocabulary import Status, Value, empty


# ---------------------------------------------------------------------- tasks
class Abilities(Protocol):
    """What the tool can do, as ``connectors.capabilities.Capabilities`` says it."""

    unsubscribe: str  #: how far it reaches: "none", "list" or "account"
    remove_from_list: bool
    erase: bool
    erase_is_final: bool
    change_address: bool
    double_opt_in: bool
    asks_strangers_only: bool
    resubscribe: bool
    return_by_asking: bool


@dataclass(frozen=True, slots=True)
class Offer:
    """One task that makes sense now, with all that a clerk must know before."""

    task: Task
    #: what becomes of somebody who joins by it, and so whether a mail goes out
    joining: Joining | None = None
    #: it reaches the other lists of the account, too
    every_list: bool = False
    #: it cannot be undone
    final: bool = False
    #: only with a reason, which is logged with the name of who gave it
    needs_reason: bool = False


def offered_tasks(
    outcome: Outcome,
    local: Side,
    remote: Side,
    policy: Policy,
    tool: Abilities,
    mode: OptIn = OptIn.DOUBLE,
    process: str = "",
) -> tuple[Offer, ...]:
    """Return the tasks that make sense for a member, the gentlest first.

    A coupling that only reads the tool offers nothing but the opt-out, and a list that
    asks nobody offers nobody to be asked.

    :param mode: how the tool asks on this list, ``process``: as in ``opt_in.joins``
    """
    offers = []
    if writes_tool(policy):
        offers += _sending(outcome, remote, policy, tool)
        for offer in _joining(local, remote, policy, tool):
            if offer.task != Task.SIGNUP or mode is not OptIn.SINGLE:
                joining = joins(offer.task, mode, process)
                offers.append(replace(offer, joining=joining))
    if remote.status in PRESENT and tool.unsubscribe != "none":
        offers.append(Offer(Task.UNSUBSCRIBE, every_list=tool.unsubscribe == "account"))
    if writes_tool(policy) and remote.status is not None:
        if tool.remove_from_list:
            offers.append(Offer(Task.DELETE))
        elif tool.erase:
            offers.append(Offer(Task.DELETE, every_list=True, final=True))
    return tuple(offers)


def _sending(outcome: Outcome, remote: Side, policy: Policy, tool: Abilities):
    """Update the data or the address of somebody who is there."""
    if policy.stop or remote.status not in PRESENT:
        return
    asked = {conflict.field for conflict in outcome.conflicts}
    if outcome.remote_values or asked - {"status", "email"}:
        yield Offer(Task.UPDATE)
    moves = "email" in asked or outcome.task == Task.CHANGE_ADDRESS
    if moves and may_join(policy) and outcome.text != Text.ADDRESS_REMOVED:
        # Without a call of its own the old address is taken off and the new one added.
        yield Offer(Task.CHANGE_ADDRESS)


def _joining(local: Side, remote: Side, policy: Policy, tool: Abilities):
    """Subscribe directly, or let the tool ask."""
    if policy.stop or policy.forgotten or local.status in (None, Status.PENDING):
        return
    if remote.status not in LEFT and remote.status is not None:
        return
    came_from = remote.status in LEFT
    proven = proof_after(remote.status_at if came_from else None, policy)
    left = came_from or local.status in LEFT
    direct = not left or (tool.resubscribe and not tool.return_by_asking)
    if not policy.consent_missing and direct and local.status == Status.SUBSCRIBED:
        yield Offer(Task.TRANSMIT, needs_reason=left and not proven)
    if tool.double_opt_in and not (left and tool.asks_strangers_only):
        yield Offer(Task.SIGNUP, needs_reason=left and not proven)


# ------------------------------------------------------------------ conflicts
class Choice(str, Enum):
    """One answer in the conflict wizard."""

    ODOO = "odoo"
    TOOL = "tool"
    ACCEPT = "accept"  #: both may stay as they are
    OWN = "own"  #: another value, for both sides


class Refused(str, Enum):
    """Why an answer is not possible."""

    NOTHING_TO_DECIDE = "nothing_to_decide"
    ONE_WAY = "one_way"  #: the side to be written is not written
    MUST_NOT_BE_MAILED = "must_not_be_mailed"
    NO_CONSENT = "no_consent"
    NO_OWN_VALUE = "no_own_value"  #: a status is not a value; use the task
    OTHERS_OPEN = "others_open"  #: what stays is accepted as a whole, or not at all


@dataclass(frozen=True, slots=True)
class Resolution:
    """What follows from an answer; nothing does if it is ``refused``.

    ``local`` is written in Odoo at once; ``decision`` becomes the member's open task;
    ``accepted`` is stored as the accepted difference.
    """

    local: LocalChange = field(default_factory=LocalChange)
    decision: Decision | None = None
    accepted: str = ""
    #: somebody who left is brought back without newer proof: log who and why
    needs_reason: bool = False
    refused: Refused | None = None


@dataclass(slots=True)
class _Draft:
    """A resolution in the making."""

    values: dict[str, Value] = field(default_factory=dict)
    remote_values: dict[str, Value] = field(default_factory=dict)
    status: Status | None = None
    email: str = ""
    add: bool = False
    task: Task | None = None
    needs_reason: bool = False
    refused: Refused | None = None


def resolve(
    choice: Choice,
    base: Base | None,
    local: Side,
    remote: Side,
    policy: Policy,
    fields: frozenset[str] | None = None,
    own: Mapping[str, Value] = empty(),
) -> Resolution:
    """Answer the open question of a member.

    :param fields: the conflicts that the answer is for (keys, "status", "email"); None:
        all of them. Others stay open.
    :param own: with ``Choice.OWN`` the values by key, and ``email``
    """
    asked = questions(plan(base, local, remote, _undecided(policy)))
    names = (name for name in asked if fields is None or name in fields)
    choices = dict.fromkeys(names, choice)
    return resolve_each(choices, base, local, remote, policy, own)


def questions(found: Outcome) -> tuple[str, ...]:
    """Name what a person is asked about: keys of fields, "status", "email"."""
    asked = tuple(conflict.field for conflict in found.conflicts)
    missing = found.result == Result.NOT_IN_TOOL or _is_stranger(found)
    return (*asked, "status") if missing else asked


def _is_stranger(found: Outcome) -> bool:
    """Whether only the tool knows the person and somebody shall say what to do."""
    return found.text == Text.ASKS_FOR_CONTACT.value


def resolve_each(
    choices: Mapping[str, Choice],
    base: Base | None,
    local: Side,
    remote: Side,
    policy: Policy,
    own: Mapping[str, Value] = empty(),
    create: str = "mailing_contact",
) -> Resolution:
    """Answer each open question of a member with a choice of its own.

    :param choices: {key, "status" or "email": choice}; who is not asked about it has
        nothing to decide there, and what is not named stays open
    :param create: what a stranger of the tool becomes who is taken in, "contact" or
        "mailing_contact"
    """
    found = plan(base, local, remote, _undecided(policy))
    asked = questions(found)
    chosen = {name: choices[name] for name in asked if name in choices}
    if not chosen:
        return Resolution(refused=Refused.NOTHING_TO_DECIDE)
    if _is_stranger(found):
        return _resolve_stranger(found, chosen, base, local, remote, policy, create)
    accepts = Choice.ACCEPT in chosen.values()
    if accepts and len(chosen) < len(asked):
        return Resolution(refused=Refused.OTHERS_OPEN)
    draft = _Draft()
    for name, choice in chosen.items():
        if choice == Choice.ACCEPT:
            continue
        if name == "status":
            _resolve_status(choice, draft, base, local, remote, policy)
        elif name == "email":
            _resolve_address(choice, draft, local, remote, policy, own)
        else:
            _resolve_field(choice, draft, name, local, remote, policy, own)
    if draft.refused:
        return Resolution(refused=draft.refused)
    return _resolution(draft, base, local, remote, policy, accepts)


def _undecided(policy: Policy) -> Policy:
    """The rules without what somebody said before about this member."""
    return replace(policy, decision=None, accepted="")


def _resolution(draft: _Draft, base, local, remote, policy, accepts) -> Resolution:
    """The decision is about what differs once Odoo is written, so it outlives that.

    What is accepted is the difference that stays when the tool was told, too.
    """
    change = LocalChange(
        status=draft.status,
        values=draft.values,
        email=draft.email,
        add=draft.add,
        set_by_tool=draft.status is not None and draft.status == remote.status,
    )
    after = replace(
        local,
        status=draft.status or local.status,
        email=draft.email or local.email,
        values={**local.values, **draft.values},
    )
    decision, policy = None, _undecided(policy)
    if draft.task:
        then = plan(base, after, remote, policy)
        decision = Decision(draft.task, then.difference, draft.remote_values)
    accepted = ""
    if accepts:
        told = _told(draft, after, remote, policy)
        accepted = plan(base, after, told, policy).difference
    return Resolution(change, decision, accepted, draft.needs_reason)


def _told(draft: _Draft, local: Side, remote: Side, policy: Policy) -> Side:
    """The tool's side after the transmission of the decision."""
    status = remote.status
    if draft.task == Task.UNSUBSCRIBE:
        status = Status.UNSUBSCRIBED
    elif draft.task in (Task.TRANSMIT, Task.SIGNUP):
        status = Status.SUBSCRIBED
    moved = draft.task == Task.CHANGE_ADDRESS
    return replace(
        remote,
        status=status,
        email=local.email if moved else remote.email,
        values={**remote.values, **draft.remote_values},
    )


def _resolve_status(
    choice, draft: _Draft, base, local: Side, remote: Side, policy: Policy
):
    if choice == Choice.OWN:
        draft.refused = Refused.NO_OWN_VALUE
    elif choice == Choice.TOOL:
        _follow_the_tool(draft, base, local, remote, policy)
    elif local.status in LEFT or local.status is None:
        draft.task = Task.UNSUBSCRIBE
    elif not writes_tool(policy):
        draft.refused = Refused.ONE_WAY
    elif policy.stop or policy.forgotten:
        draft.refused = Refused.MUST_NOT_BE_MAILED
    elif remote.status in LEFT or remote.status is None:
        if policy.consent_missing:
            draft.refused = Refused.NO_CONSENT
        draft.task = policy.join
        draft.needs_reason = remote.status in LEFT and not proof_after(
            remote.status_at, policy
        )
    else:
        # Odoo's bounce cannot be written at the tool: accepting is the answer.
        draft.refused = Refused.NOTHING_TO_DECIDE


def _resolve_stranger(found, chosen, base, local, remote, policy: Policy, create):
    """Take somebody in whom only the tool knows, or sign them off there."""
    if chosen["status"] == Choice.TOOL:
        policy = replace(_undecided(policy), new_contacts=create)
        return Resolution(plan(base, local, remote, policy).local)
    if chosen["status"] == Choice.ODOO:
        return Resolution(decision=Decision(Task.UNSUBSCRIBE, found.difference))
    return Resolution(refused=Refused.NO_OWN_VALUE)


def _follow_the_tool(draft: _Draft, base, local: Side, remote, policy: Policy):
    joins = remote.status == Status.SUBSCRIBED
    if joins and not writes_odoo(policy):
        draft.refused = Refused.ONE_WAY
    elif joins and (policy.stop or policy.forgotten):
        draft.refused = Refused.MUST_NOT_BE_MAILED
    draft.status = remote.status or Status.UNSUBSCRIBED
    draft.add = local.status is None
    left = local.status in LEFT or (base is not None and base.status in LEFT)
    draft.needs_reason = joins and left and not proof_after(local.status_at, policy)


def _resolve_address(choice, draft: _Draft, local, remote, policy: Policy, own):
    email = {Choice.ODOO: local.email, Choice.TOOL: remote.email}.get(
        choice, str(own.get("email") or "")
    )
    if not email:
        draft.refused = Refused.NO_OWN_VALUE
    elif (email != local.email and not writes_odoo(policy)) or (
        email != remote.email and not writes_tool(policy)
    ):
        draft.refused = Refused.ONE_WAY
    elif email != remote.email and not may_join(policy):
        draft.refused = Refused.NO_CONSENT
    if email != local.email:
        draft.email = email
    if email != remote.email and draft.task is None:
        draft.task = Task.CHANGE_ADDRESS


def _resolve_field(choice, draft: _Draft, name, local, remote, policy: Policy, own):
    if choice == Choice.OWN and name not in own:
        draft.refused = Refused.NO_OWN_VALUE
        return
    if choice in (Choice.TOOL, Choice.OWN):
        draft.values[name] = remote.values.get(name)
    if choice in (Choice.ODOO, Choice.OWN):
        draft.remote_values[name] = local.values.get(name)
        draft.task = draft.task or Task.UPDATE
    if choice == Choice.OWN:
        draft.values[name] = draft.remote_values[name] = own[name]
