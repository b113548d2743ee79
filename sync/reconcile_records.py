"""What goes into a decision about one member, and what comes out: frozen records.

Callers import them from :mod:`.reconcile`, where they are used. The values of the
enumerations are those of the selections in ``models/``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from .vocabulary import Status, Value, empty


# ------------------------------------------------------------------- settings
class Direction(str, Enum):
    """Which side of a coupling or a field may be written.

    Leaving travels against a one-way direction, too: the promise that nobody who left
    is mailed again stands above it.
    """

    BOTH = "both"
    TO_TOOL = "to_tool"
    TO_ODOO = "to_odoo"


class Rule(str, Enum):
    """Who wins when a field was changed on both sides."""

    ASK = "ask"
    ODOO = "odoo"
    TOOL = "tool"
    NEWER = "newer"  #: asks unless both times are known and differ


class StatusRule(str, Enum):
    """What decides when one side says subscribed and the other has left."""

    CONSENT = "consent"
    NEWEST = "newest"


# -------------------------------------------------------------------- answers
class Result(str, Enum):
    """What the comparison found."""

    SUCCESS = "success"
    NEW_IN_LIST = "new_in_list"
    NEW_CONTACT = "new_contact"
    NOT_IN_TOOL = "not_in_tool"
    CONFLICT = "conflict"
    ABORTED = "aborted"  #: never decided here: the engine says so when a run breaks
    BLOCKED = "blocked"


class Task(str, Enum):
    """What the next transmission does at the tool."""

    TRANSMIT = "transmit"
    UPDATE = "update"
    SIGNUP = "signup"
    UNSUBSCRIBE = "unsubscribe"
    DELETE = "delete"
    CHANGE_ADDRESS = "change_address"


class Text(str, Enum):
    """Explanations for the clerk; the models put them into words.

    Where something forbids mailing or joining, the text is that reason's own code.
    """

    AGREES = "agrees"
    NOWHERE = "nowhere"  #: on neither list any more
    # leaving
    LEFT_IN_ODOO = "left_in_odoo"  #: is signed off at the tool
    TAKEN_LEAVING = "taken_leaving"  #: left at the tool, so in Odoo
    LEFT_IN_TOOL = "left_in_tool"  #: left at a tool that forgets, or was never here
    STRANGER_LEFT = "stranger_left"  #: Odoo never knew this person
    FORGOTTEN = "forgotten"  #: was deleted here on purpose, does not come back
    # joining after leaving
    TAKEN_NEWER_PROOF = "taken_newer_proof"  #: Odoo follows the tool
    TAKEN_NEWEST = "taken_newest"  #: Odoo follows the later date
    COMES_BACK = "comes_back"  #: the tool follows Odoo, with newer proof
    NEWER_HERE = "newer_here"  #: the classic conflict: Odoo's date is later
    JOINED_WITHOUT_PROOF = "joined_without_proof"  #: brought back at the tool
    RETURNED_WITHOUT_PROOF = "returned_without_proof"  #: brought back in Odoo
    JOINED_THERE = "joined_there"  #: with proof, but Odoo is not written
    # waiting, returns
    ASKED = "asked"  #: the tool waits for the click of the person
    TAKEN_CONFIRMED = "taken_confirmed"
    TAKEN_BOUNCED = "taken_bounced"
    BOUNCE_LIFTED = "bounce_lifted"  #: the tool says subscribed after a return
    # on one side only
    NEW_IN_LIST = "new_in_list"
    NEW_CONTACT = "new_contact"
    ASKS_FOR_CONTACT = "asks_for_contact"
    NOT_IN_TOOL = "not_in_tool"
    WILL_JOIN = "will_join"
    REMOVED_IN_TOOL = "removed_in_tool"  #: deleted there; a person must say why
    REMOVED_HERE = "removed_here"  #: deleted in Odoo and still in the tool
    ONE_WAY = "one_way"  #: differs, and the side to be written is not written
    # fields and address
    VALUES_DIFFER = "values_differ"  #: one side gets the other's
    DIFFERS = "differs"  #: nobody's value is right by rule
    ADDRESS_CHANGED_HERE = "address_changed_here"
    ADDRESS_CHANGED_THERE = "address_changed_there"
    ADDRESS_DIFFERS = "address_differs"
    ADDRESS_GUARDED = "address_guarded"  #: changed there; in Odoo it opens a login
    ADDRESS_REMOVED = "address_removed"  #: Odoo has no address any more
    NEW_ADDRESS_WITHOUT_CONSENT = "new_address_without_consent"
    # what people said
    ACCEPTED = "accepted"  #: differs, and a person said that it may
    OVERRULED = "overruled"  #: a decision fell: the person left, or must not be mailed


class Level(str, Enum):
    """How loud a line of the event log is."""

    INFO = "info"
    WARNING = "warning"


# ---------------------------------------------------------------------- facts
@dataclass(frozen=True, slots=True)
class Side:
    """One side of a member now. Times are aware UTC; None: not told.

    ``status`` None: not on the list of this side. ``known``: not on the list, but
    the contact is known to Odoo (or the recipient to the tool). ``values`` are keyed by
    mapping id as text; a missing value is an empty one. A bounce that Odoo took over
    stays its status until somebody in Odoo sets another one. ``read_at``: when the tool
    was read at the earliest; None: its side is remembered, or nobody knows.
    """

    status: Status | None = None
    status_at: datetime | None = None
    email: str = ""
    values: Mapping[str, Value] = field(default_factory=empty)
    changed_at: datetime | None = None
    known: bool = False
    read_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Base:
    """What both sides agreed on last; a missing value was never agreed on.

    ``status`` pending: the tool was asking the person, and if they have left in Odoo,
    then after that. ``at``: when both sides were compared, so that a click after it is
    known to be later than a leaving before.
    """

    status: Status | None = None
    email: str = ""
    values: Mapping[str, Value] = field(default_factory=empty)
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class FieldRule:
    """How one mapped field travels; ``type`` as in ``sync.values``."""

    direction: Direction = Direction.TO_TOOL
    rule: Rule = Rule.ODOO
    type: str = "text"


@dataclass(frozen=True, slots=True)
class Decision:
    """An open decision of a person: a task that was not transmitted yet.

    ``difference``: that of the outcome (or resolution) on which the person decided.
    ``values``: chosen for single fields; an update without any writes all that Odoo
    says about the fields in conflict. Tasks that a rule set are not decisions:
    ``plan`` finds them again.
    """

    task: Task
    difference: str = ""
    values: Mapping[str, Value] = field(default_factory=empty)


@dataclass(frozen=True, slots=True)
class Policy:
    """The coupling's rules and the facts that protect a person.

    ``stop``: why Odoo's address must not be mailed at all, so that it is signed off at
    the tool; "" if nothing stands against it. ``consent_missing``: why it may not be
    *joined* by us, "" if it may. ``sync.protection`` makes both out of what is known.
    """

    direction: Direction = Direction.BOTH
    status_rule: StatusRule = StatusRule.CONSENT
    fields: Mapping[str, FieldRule] = field(default_factory=empty)
    stop: str = ""
    consent_missing: str = ""
    #: somebody deleted the person here; nothing may bring them back. What happens to
    #: them at the tool was asked then. Whoever objected or was erased has the ``stop``
    #: "forgotten", too, which signs them off.
    forgotten: bool = False
    #: since when there is a confirmed consent in Odoo, if it stands
    proof_at: datetime | None = None
    #: when the tool itself saw the person's confirmation
    remote_proof_at: datetime | None = None
    #: people whom only the tool knows: "contact", "mailing_contact" or "ask"
    new_contacts: str = "mailing_contact"
    #: transmit people missing in the tool without asking
    transmit_missing: bool = False
    #: how people are subscribed at the tool: transmit or signup
    join: Task = Task.TRANSMIT
    #: the tool forgets who left, so who is gone has left
    gone_is_leaving: bool = False
    #: the digest of a difference that somebody accepted
    accepted: str = ""
    decision: Decision | None = None
    #: ``stop`` of the tool's address, where it is another one
    remote_stop: str = ""
    #: the person agreed later by Odoo's address, and the tool gets that without an
    #: approval: ``remote_stop`` falls if it takes the place of the tool's address, and
    #: only then
    replaceable: bool = False
    #: when the tool was last asked to run its double opt-in, while nobody knows more
    asked_at: datetime | None = None
    #: Odoo's leaving is on its way to the tool, which is told whatever the dates say
    leaving_told: bool = False
    #: somebody logs in with Odoo's address: no tool changes that, a person does
    address_guarded: bool = False
    #: the open question is snoozed: it stays, but is not told again
    snoozed: bool = False


# ------------------------------------------------------------------- outcome
@dataclass(frozen=True, slots=True)
class LocalChange:
    """What is to be written in Odoo; falsy when nothing is.

    ``status``: the new one, else None; ``status_at``: its time, if known;
    ``set_by_tool``: the tool had it first. ``create``: "contact" or "mailing_contact".
    ``add``: the person gets a row on the Odoo list, with ``status``.
    """

    status: Status | None = None
    status_at: datetime | None = None
    values: Mapping[str, Value] = field(default_factory=empty)
    email: str = ""
    create: str = ""
    add: bool = False
    set_by_tool: bool = False

    def __bool__(self) -> bool:
        return bool(self.status or self.values or self.email or self.create or self.add)


@dataclass(frozen=True, slots=True)
class Conflict:
    """A difference that a person has to decide: a field's key, "status" or "email"."""

    field: str
    odoo: Value
    tool: Value


@dataclass(frozen=True, slots=True)
class Note:
    """One line for the log: what was found about which field, and what decided.

    ``code`` is a :class:`Text`'s or a reason's; ``rule`` a direction, a rule, a reason.
    """

    code: str
    field: str = ""
    odoo: Value = None
    tool: Value = None
    rule: str = ""
    level: Level = Level.INFO


@dataclass(frozen=True, slots=True)
class Outcome:
    """The decision about one member. ``text`` is a :class:`Text`'s or a reason's code.

    ``agreed`` is what both sides agree on as soon as ``local`` is written, and is
    stored with it as the new base. What a task still has to bring about is not in it.
    """

    result: Result
    text: str
    #: at the tool, by the next transmission
    task: Task | None = None
    #: in Odoo, at once
    local: LocalChange = LocalChange()
    #: {key: value} that the task writes at the tool
    remote_values: Mapping[str, Value] = field(default_factory=empty)
    conflicts: tuple[Conflict, ...] = ()
    notes: tuple[Note, ...] = ()
    #: an opt-out: it is transmitted at once, whatever the coupling's automation says
    urgent: bool = False
    #: the task is a person's decision, and the facts have changed since: ask again
    outdated: bool = False
    #: digest of what is open; "" when nothing is
    difference: str = ""
    #: without a time: whoever stores it knows the clock
    agreed: Base = Base()
    #: the task is a person's decision
    decided: bool = False
