"""The last look before something is sent, and the look back after it.

What a person approved may be hours old. ``barred`` decides about everybody once more
with the facts of now; ``arrived`` decides whether the tool holds what it was told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from math import ceil

from .eligibility import Facts, Options, Reason, decide
from .protection import ends_subscription
from .reconcile_records import Task
from .reconcile_status import LEFT
from .values import same
from .vocabulary import RemoteMember, Status, Value

#: tasks by which somebody is subscribed, or asked whether they want to be
JOINING = frozenset({Task.TRANSMIT, Task.SIGNUP})
#: tasks that take somebody out; nothing ever stands against them
LEAVING = frozenset({Task.UNSUBSCRIBE, Task.DELETE})

#: what only the person's answer to the tool's question can mend
_ASKED_FOR = frozenset({Reason.NONE, Reason.PENDING, Reason.SINGLE})


# ------------------------------------------------------------- just before sending
@dataclass(frozen=True, slots=True)
class Decided:
    """Who stands behind a task. ``at``: when a person decided, None for a rule.

    ``reason``: the person said why somebody who left is brought back.
    """

    at: datetime | None = None
    reason: bool = False


def barred(
    task: Task, facts: Facts, decided: Decided, options: Options
) -> Reason | None:
    """Return why a task must not be carried out now, None if it may be.

    :param facts: of the address that the tool will mail; with a change of address that
        is the new one, which needs a consent of its own

    An update changes nobody's status, so it needs no consent; but whoever must not be
    mailed at all is signed off, not brought up to date.
    """
    if task in LEAVING:
        return None
    if task == Task.UPDATE:
        # who left is known to the rules, and updated only with a newer proof
        stop = ends_subscription(facts)
        return None if stop == Reason.LEFT_LIST else stop
    reason = decide(_lifted(task, facts, decided), options)
    if task == Task.SIGNUP and decided.at and reason in _ASKED_FOR:
        return None
    return reason


def _lifted(task: Task, facts: Facts, decided: Decided) -> Facts:
    """A leaving that the person knew of, who brings somebody back and says why.

    Who left again after that decision stays away.
    """
    if task not in JOINING or not (facts.left and decided.reason and decided.at):
        return facts
    known = facts.left_at is None or facts.left_at <= decided.at
    return replace(facts, left=False, left_at=None) if known else facts


# ---------------------------------------------------------------------- afterwards
@dataclass(frozen=True, slots=True)
class Expected:
    """What the tool shall hold after a task. ``values``: by the tool's own names.

    ``left``: the person had left before, and was to be brought back.
    """

    task: Task
    values: Mapping[str, Value]
    email: str
    types: Mapping[str, str]
    left: bool = False


def arrived(
    expected: Expected, remote: RemoteMember | None, tells_pending: bool
) -> bool:
    """Whether the tool holds what it was told.

    Who has left in the meantime by their own will was there: the next comparison takes
    the leaving over. A tool that does not tell whom it has asked is believed.
    """
    if expected.task in LEAVING:
        return remote is None or remote.status in LEFT
    if expected.task == Task.SIGNUP and not tells_pending:
        return True
    if remote is None:
        return False
    if expected.task == Task.CHANGE_ADDRESS:
        return remote.email.lower() == expected.email.lower()
    if expected.task == Task.SIGNUP and remote.status == Status.PENDING:
        return True
    if expected.task in JOINING and remote.status in LEFT:
        # nor does every tool tell that it has asked somebody who had left
        return expected.task == Task.SIGNUP or not expected.left
    return all(
        same(value, remote.values.get(name), expected.types.get(name, "text"))
        for name, value in expected.values.items()
    )


def cheapest_reading(
    people: int,
    lookup_batch: int,
    page_size: int,
    changes: bool,
    recipients: int | None,
) -> str:
    """How to read so many people back with the fewest calls: lookup, changes or list.

    :param changes: the tool can tell what changed since a time
    :param recipients: how many its list has, None where that is not known
    """
    pages = ceil(people / page_size) + 1
    costs = {"lookup": ceil(people / max(1, lookup_batch))}
    if changes:
        costs["changes"] = pages
    if recipients is not None:
        costs["list"] = ceil(recipients / page_size) + 1
    return min(costs, key=costs.__getitem__)
