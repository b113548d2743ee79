"""What a reconciliation is told and what it answers: records, see ``reconcile``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from .vocabulary import Status, Value, empty


class Direction(str, Enum):
    """Which side of a coupling or a field may be written.

    Leaving travels against a one-way direction, too: the promise that nobody who left
    is mailed again stands above it.
    """

    BOTH = "both"
    TO_TOOL = "to_tool"
    TO_ODOO = "to_odoo"


class Rule(str, Enum):
    """Who wins if a field was changed on both sides to different values."""

    ASK = "ask"
    ODOO = "odoo"
    TOOL = "tool"
    NEWER = "newer"


class StatusRule(str, Enum):
    """How two different statuses are settled."""

    CONSENT = "consent"
    NEWEST = "newest"


class Result(str, Enum):
    """What the comparison found."""

    SUCCESS = "success"
    NEW_IN_LIST = "new_in_list"
    NEW_CONTACT = "new_contact"
    NOT_IN_TOOL = "not_in_tool"
    CONFLICT = "conflict"
    ABORTED = "aborted"
    BLOCKED = "blocked"


class Task(str, Enum):
    """What the next transmission shall do."""

    TRANSMIT = "transmit"
    UPDATE = "update"
    SIGNUP = "signup"
    UNSUBSCRIBE = "unsubscribe"
    DELETE = "delete"
    CHANGE_ADDRESS = "change_address"


@dataclass(frozen=True, slots=True)
class FieldRule:
    """How one mapped field travels; ``type`` as in ``sync.values``."""

    direction: Direction = Direction.TO_TOOL
    rule: Rule = Rule.ODOO
    type: str = "text"


@dataclass(frozen=True, slots=True)
class Side:
    """A person on one side. ``status`` None: not on this list there.

    ``values`` are keyed by mapping; ``known``: there is a record of the person, perhaps
    not on the list. Times are aware UTC, None where the side does not tell.
    """

    status: Status | None = None
    status_at: datetime | None = None
    email: str = ""
    values: Mapping[str, Value] = field(default_factory=empty)
    changed_at: datetime | None = None
    known: bool = False


@dataclass(frozen=True, slots=True)
class Base:
    """What both sides agreed on last, and when."""

    status: Status | None = None
    email: str = ""
    values: Mapping[str, Value] = field(default_factory=empty)
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """A task that a person chose, and the difference that it was chosen for."""

    task: Task
    difference: str


@dataclass(frozen=True, slots=True)
class Policy:
    """The coupling's rules and the facts that protect a person.

    ``stop``: why the address must not be mailed at all (blocklisted, unwanted,
    withdrawn, archived, invalid, no_mailing), "" if nothing stands against it.
    ``consent_missing``: why it may not be *joined* by us, "" if it may.
    """

    direction: Direction
    status_rule: StatusRule
    fields: Mapping[str, FieldRule]
    stop: str
    consent_missing: str
    #: somebody deleted the person here; nothing may bring them back
    forgotten: bool
    #: since when there is a confirmed consent in Odoo
    proof_at: datetime | None = None
    #: when the tool itself saw the person's confirmation
    remote_proof_at: datetime | None = None
    #: "contact", "mailing_contact" or "ask"
    new_contacts: str = "mailing_contact"
    #: transmit people missing in the tool without asking
    transmit_missing: bool = False
    join: Task = Task.TRANSMIT
    #: the tool forgets who left, so who is gone has left
    gone_is_leaving: bool = False
    #: the digest of a difference that somebody accepted
    accepted: str = ""
    decision: Decision | None = None


@dataclass(frozen=True, slots=True)
class Conflict:
    """A difference that a person has to decide: a field's key, "status" or "email"."""

    field: str
    odoo: Value
    tool: Value


@dataclass(frozen=True, slots=True)
class Note:
    """One line for the log: what was done about which field, and by which rule."""

    code: str
    field: str = ""
    odoo: Value = None
    tool: Value = None
    rule: str = ""


@dataclass(frozen=True, slots=True)
class LocalChange:
    """What is to be written in Odoo; None and empty: nothing of the kind."""

    status: Status | None = None
    status_at: datetime | None = None
    values: Mapping[str, Value] = field(default_factory=empty)
    email: str = ""
    #: "contact" or "mailing_contact" to create, "" if none
    create: str = ""
    #: put on the list
    add: bool = False

    def __bool__(self) -> bool:
        return bool(self.status or self.values or self.email or self.create or self.add)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was found and what follows. ``text`` is the code of an explanation."""

    result: Result
    text: str
    task: Task | None = None
    local: LocalChange = LocalChange()
    #: values that an update, a transmission or a sign-up shall write in the tool
    remote_values: Mapping[str, Value] = field(default_factory=empty)
    conflicts: tuple[Conflict, ...] = ()
    notes: tuple[Note, ...] = ()
    #: an opt-out: it is transmitted at once, whatever the coupling's automation says
    urgent: bool = False
    #: a person's decision does not fit any more
    outdated: bool = False
    #: digest of the differences in ``conflicts``
    difference: str = ""
