"""Who is on the list: the decision about the two statuses of one member.

Leaving travels to both sides in every direction, because the promise that nobody who
left is mailed again stands above the direction of a coupling. Everything else stops at
a side that is not written. Joining after leaving needs proof that is known to be newer;
an unknown time proves nothing, and at the same moment leaving wins.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone

from .eligibility import Reason
from .reconcile_records import (
    Base,
    Direction,
    Policy,
    Result,
    Side,
    StatusRule,
    Task,
    Text,
)
from .vocabulary import Status

LEFT = frozenset({Status.UNSUBSCRIBED, Status.BLOCKED})
BOUNCED = frozenset({Status.HARD_BOUNCE, Status.SOFT_BOUNCE, Status.GENERAL_BOUNCE})
_CLASSIC = frozenset({Status.SUBSCRIBED, Status.UNSUBSCRIBED})
#: On the list, whether or not mails arrive.
PRESENT = frozenset({Status.SUBSCRIBED, Status.PENDING}) | BOUNCED
#: The tool mails, or goes on mailing as soon as it can.
MAILED = PRESENT - {Status.HARD_BOUNCE}
#: The clocks of the tool and of Odoo may differ by so much.
CLOCKS = timedelta(minutes=1)
#: The person's own will, which lifting the reason later does not turn around.
WILL = frozenset(
    {
        Reason.BLOCKLISTED,
        Reason.UNWANTED,
        Reason.NO_MAILING,
        Reason.WITHDRAWN,
        Reason.FORGOTTEN,  # as a stop: objected or erased, see ``sync.protection``
    }
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of the two statuses. ``settled``: on what both sides agree now."""

    text: str
    result: Result = Result.SUCCESS
    task: Task | None = None
    local: Status | None = None
    add: bool = False
    create: str = ""
    settled: Status | None = None
    #: what decided, for the log
    rule: str = ""

    @property
    def leaving(self) -> bool:
        """An opt-out travels: no other data leaves the house with it."""
        return self.task == Task.UNSUBSCRIBE or self.local in LEFT


def writes_tool(policy: Policy) -> bool:
    """Whether more than an opt-out may be written at the tool."""
    return policy.direction in (Direction.BOTH, Direction.TO_TOOL)


def writes_odoo(policy: Policy) -> bool:
    """Whether more than an opt-out may be written in Odoo."""
    return policy.direction in (Direction.BOTH, Direction.TO_ODOO)


def judge(base: Base | None, local: Side, remote: Side, policy: Policy) -> Verdict:
    """Decide about the two statuses."""
    base = base or Base()
    remote_stop = policy.remote_stop if policy.remote_stop in WILL else ""
    if policy.stop or remote_stop:
        return _stopped(base, local, remote, policy)
    if policy.forgotten and local.status is None:
        return Verdict(Text.FORGOTTEN, Result.BLOCKED, settled=base.status)
    if remote.status is None:
        return _only_in_odoo(base, local, remote, policy)
    if local.status is None:
        return _only_in_tool(base, local, remote, policy)
    return _on_both(base, local, remote, policy)


def may_join(policy: Policy) -> bool:
    """Whether we may subscribe Odoo's address at the tool."""
    return not (policy.consent_missing or policy.forgotten)


def proof_after(moment: datetime | None, policy: Policy) -> bool:
    """Whether a confirmed consent is known to be later than a leaving."""
    return later(policy.proof_at, moment) or later(policy.remote_proof_at, moment)


def later(one: datetime | None, other: datetime | None) -> bool:
    """Whether a time is known to be later than another known one."""
    return one is not None and other is not None and _utc(one) > _utc(other)


def _utc(moment: datetime) -> datetime:
    """Odoo's naive times are UTC; mixing both kinds must not break a decision."""
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


# ----------------------------------------------------------------- who must not
def _stopped(base: Base, local: Side, remote: Side, policy: Policy) -> Verdict:
    """Sign off at the tool; in Odoo too, where it is the will of the person."""
    follows = local.status in PRESENT and (policy.stop in WILL or remote.status in LEFT)
    settled = base.status
    if remote.status not in MAILED and (local.status in LEFT or follows):
        settled = Status.UNSUBSCRIBED
    reason = policy.stop or policy.remote_stop
    return Verdict(
        reason,
        Result.BLOCKED,
        Task.UNSUBSCRIBE if remote.status in MAILED else None,
        Status.UNSUBSCRIBED if follows else None,
        settled=settled,
        rule=reason,
    )


# ------------------------------------------------------------------- one side
def _only_in_odoo(base: Base, local: Side, remote: Side, policy: Policy) -> Verdict:
    """The tool does not have this person on the list (any more)."""
    if local.status is None:
        return Verdict(Text.NOWHERE)
    if local.status in LEFT:
        return Verdict(Text.AGREES, settled=local.status)
    if local.status == Status.PENDING or policy.asked_at is not None:
        return Verdict(Text.ASKED, settled=base.status)
    if local.status in BOUNCED:
        return Verdict(Text.TAKEN_BOUNCED, settled=base.status)
    if base.status is None:
        return _never_in_tool(policy)
    if not writes_tool(policy) and base.status in LEFT:
        return Verdict(Text.ONE_WAY, Result.NOT_IN_TOOL, settled=base.status)
    if proof_after(remote.status_at, policy) and writes_tool(policy):
        return _join_at_tool(base, policy, Result.NOT_IN_TOOL)
    if base.status in LEFT:
        return _conflict(Text.RETURNED_WITHOUT_PROOF, base)
    if base.status == Status.SUBSCRIBED and policy.gone_is_leaving:
        return Verdict(
            Text.LEFT_IN_TOOL,
            local=Status.UNSUBSCRIBED,
            settled=Status.UNSUBSCRIBED,
            rule="leaving",
        )
    # Whoever was removed there is not sent again by itself.
    return Verdict(Text.REMOVED_IN_TOOL, Result.NOT_IN_TOOL, settled=base.status)


def _never_in_tool(policy: Policy) -> Verdict:
    if not writes_tool(policy):
        return Verdict(Text.ONE_WAY, Result.NOT_IN_TOOL)
    if not may_join(policy):
        reason = policy.consent_missing or Text.FORGOTTEN
        return Verdict(reason, Result.NOT_IN_TOOL)
    if policy.transmit_missing:
        return Verdict(Text.WILL_JOIN, Result.NOT_IN_TOOL, policy.join)
    return Verdict(Text.NOT_IN_TOOL, Result.NOT_IN_TOOL)


def _only_in_tool(base: Base, local: Side, remote: Side, policy: Policy) -> Verdict:
    """Odoo's list does not have this person (any more)."""
    if remote.status in LEFT:
        if not local.known:
            return Verdict(Text.STRANGER_LEFT, settled=remote.status)
        if base.status is not None or not writes_odoo(policy):
            return Verdict(Text.LEFT_IN_TOOL, settled=remote.status)
        return _add(Text.LEFT_IN_TOOL, Result.NEW_IN_LIST, remote.status)
    if remote.status in BOUNCED:
        return Verdict(Text.TAKEN_BOUNCED, settled=base.status)
    if remote.status == Status.PENDING:
        return Verdict(Text.ASKED, settled=base.status)
    left = base.status in LEFT
    if left and not proof_after(local.status_at, policy):
        return _conflict(Text.JOINED_WITHOUT_PROOF, base)
    if base.status is not None and not left:
        return _conflict(Text.REMOVED_HERE, base)
    result = Result.NEW_IN_LIST if local.known else Result.NEW_CONTACT
    if not writes_odoo(policy):
        return Verdict(Text.ONE_WAY, result, settled=base.status)
    if local.known:
        return _add(Text.NEW_IN_LIST, result, Status.SUBSCRIBED)
    if policy.new_contacts == "ask":
        return Verdict(Text.ASKS_FOR_CONTACT, result, settled=base.status)
    return _add(Text.NEW_CONTACT, result, Status.SUBSCRIBED, policy.new_contacts)


# ----------------------------------------------------------------- both sides
def _on_both(base: Base, local: Side, remote: Side, policy: Policy) -> Verdict:
    ours, theirs = local.status, remote.status
    if theirs == Status.PENDING:
        waits = ours not in LEFT or _asked_since(base, local, remote)
        # the tool knows nothing of a leaving that it did not agree to before
        former = base.status if base.status in LEFT else None
        return Verdict(Text.ASKED, settled=Status.PENDING if waits else former)
    if ours == theirs or (ours in LEFT and theirs in LEFT):
        return Verdict(Text.AGREES, settled=theirs)
    if theirs in BOUNCED:
        return _tool_bounced(base, local, remote, policy)
    if theirs in LEFT:
        if ours in BOUNCED:
            return _take_leaving(theirs)
        return _tool_left(base, local, remote, policy)
    if ours in LEFT:
        return _odoo_left(base, local, remote, policy)
    return _tool_says_subscribed(base, local, policy)


def _asked_since(base: Base, local: Side, remote: Side) -> bool:
    """Whether the tool is known to have been asking after the person left in Odoo.

    Else the click may be older than the leaving: the tool's side may be remembered from
    before it, or was read before it and is compared only now.
    """
    still = base.status == Status.PENDING and later(base.at, local.status_at)
    return still or later(remote.read_at, local.status_at)


def _tool_bounced(base: Base, local: Side, remote: Side, policy: Policy) -> Verdict:
    """Bounces come from the tool only, and never hide that somebody left."""
    if local.status in LEFT:
        if remote.status == Status.HARD_BOUNCE:
            # Nobody is mailed. As the leaving is not settled, a bounce that the tool
            # lifts later finds the person leaving, not coming back.
            return Verdict(Text.TAKEN_BOUNCED, settled=remote.status)
        settled = base.status if base.status in LEFT else remote.status
        return replace(_sign_off(base), settled=settled)
    # After it was taken over once, a person in Odoo may have said otherwise.
    takes = base.status != remote.status and writes_odoo(policy)
    return Verdict(
        Text.TAKEN_BOUNCED,
        local=remote.status if takes else None,
        settled=remote.status,
        rule="bounced",
    )


def _tool_left(base: Base, local: Side, remote: Side, policy: Policy) -> Verdict:
    """The tool says left, Odoo says subscribed or waits for a click."""
    classic = _classic(local, remote, policy)
    if classic is remote:
        return replace(_take_leaving(remote.status), rule="newest")
    if classic is local:
        return _conflict(Text.NEWER_HERE, base)
    came_back = base.status in LEFT or (
        base.status is None and later(local.status_at, remote.status_at)
    )
    proof = proof_after(remote.status_at, policy)
    if not writes_tool(policy) or not (came_back or proof):
        return _take_leaving(remote.status)
    asked = policy.asked_at is not None and (
        remote.status_at is None or later(policy.asked_at, remote.status_at)
    )
    if local.status == Status.PENDING or asked:
        return Verdict(Text.ASKED, settled=base.status)
    if proof:
        return _join_at_tool(base, policy, Result.CONFLICT)
    return _conflict(Text.RETURNED_WITHOUT_PROOF, base)


def _odoo_left(base: Base, local: Side, remote: Side, policy: Policy) -> Verdict:
    """Odoo says left, the tool says subscribed."""
    classic = _classic(local, remote, policy)
    if classic is local:
        if policy.leaving_told:
            return _sign_off(base)
        return _conflict(Text.NEWER_HERE, base)
    if classic and not _joined_since(base, remote, policy):
        classic = None
    if classic or _proven(base, local, policy):
        if not writes_odoo(policy) or policy.forgotten:
            return _conflict(Text.JOINED_THERE, base)
        text = Text.TAKEN_NEWEST if classic else Text.TAKEN_NEWER_PROOF
        return _join_in_odoo(text)
    # who left here after having joined there has left, whatever was before
    came_back = (
        base.status in LEFT and not later(local.status_at, remote.status_at)
    ) or (base.status is None and later(remote.status_at, local.status_at))
    if came_back and writes_odoo(policy):
        return _conflict(Text.JOINED_WITHOUT_PROOF, base)
    return _sign_off(base)


def _joined_since(base: Base, remote: Side, policy: Policy) -> bool:
    """Whether the tool's date may be that of somebody's joining, for the classic rule.

    The date of what both sides had agreed on is older news than the leaving, whatever
    it says: a transmission of ours may have set it while the person left. And nobody
    joins by a return that the tool lifts.
    """
    if base.status in BOUNCED:
        return False
    if base.status != Status.SUBSCRIBED:
        return True
    if not writes_odoo(policy) or policy.forgotten or base.at is None:
        return False
    return later(remote.status_at, base.at + CLOCKS)


def _proven(base: Base, local: Side, policy: Policy) -> bool:
    """Whether the person agreed anew after leaving.

    If the tool was asking when both sides last met, and that was after the leaving,
    then the click has come since.
    """
    asked = base.status == Status.PENDING and later(base.at, local.status_at)
    return asked or proof_after(local.status_at, policy)


def _tool_says_subscribed(base: Base, local: Side, policy: Policy) -> Verdict:
    """Odoo knows a bounce, or waits for a click."""
    clicked = local.status == base.status == Status.PENDING
    if (clicked or _proven(base, local, policy)) and writes_odoo(policy):
        return _join_in_odoo(Text.TAKEN_CONFIRMED)
    if local.status in BOUNCED:
        return _conflict(Text.BOUNCE_LIFTED, base)
    if base.status in LEFT:
        return _conflict(Text.JOINED_WITHOUT_PROOF, base)
    return Verdict(Text.ASKED, settled=base.status)


def _classic(local: Side, remote: Side, policy: Policy) -> Side | None:
    """The side with the later date under the classic rule, if both are known.

    Its table knows subscribed and unsubscribed, no block and nobody who is asked. Equal
    or unknown dates decide nothing; what protects the person decides instead.
    """
    statuses = {local.status, remote.status}
    if policy.status_rule != StatusRule.NEWEST or statuses != _CLASSIC:
        return None
    if later(local.status_at, remote.status_at):
        return local
    return remote if later(remote.status_at, local.status_at) else None


# --------------------------------------------------------------------- verdicts
def _conflict(text: Text, base: Base) -> Verdict:
    return Verdict(text, Result.CONFLICT, settled=base.status)


def _take_leaving(status: Status) -> Verdict:
    return Verdict(Text.TAKEN_LEAVING, local=status, settled=status, rule="leaving")


def _sign_off(base: Base) -> Verdict:
    return Verdict(
        Text.LEFT_IN_ODOO, task=Task.UNSUBSCRIBE, settled=base.status, rule="leaving"
    )


def _add(text: Text, result: Result, status: Status, create: str = "") -> Verdict:
    return Verdict(text, result, local=status, add=True, create=create, settled=status)


def _join_in_odoo(text: Text) -> Verdict:
    return Verdict(
        text, local=Status.SUBSCRIBED, settled=Status.SUBSCRIBED, rule="newer_proof"
    )


def _join_at_tool(base: Base, policy: Policy, otherwise: Result) -> Verdict:
    """Bring back somebody with newer proof, if nothing else keeps them out."""
    if not may_join(policy):
        reason = policy.consent_missing or Text.FORGOTTEN
        return Verdict(reason, otherwise, settled=base.status)
    return Verdict(
        Text.COMES_BACK, task=policy.join, settled=base.status, rule="newer_proof"
    )
