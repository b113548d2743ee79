"""What the model's engine remembers of one address, and one person being decided on."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from newsletter_sync.sync.reconcile import Decision, Outcome, Result, Side, Task
from newsletter_sync.sync.vocabulary import RemoteMember, Status, Value
from newsletter_sync.tests_pure.sync.model_odoo import Person


@dataclass(eq=False)
class Member:
    """What is remembered of one address."""

    email: str
    remote_id: str = ""
    person: int | None = None
    local_status: Status | None = None
    local_status_at: datetime | None = None
    remote_status: Status | None = None
    remote_status_at: datetime | None = None
    remote_email: str = ""
    remote_values: dict[str, Value] = field(default_factory=dict)
    base_status: Status | None = None
    base_values: dict[str, Value] = field(default_factory=dict)
    synced_at: datetime | None = None
    asked_at: datetime | None = None
    opt_in_at: datetime | None = None
    result: Result = Result.SUCCESS
    text: str = ""
    task: Task | None = None
    sends: dict[str, Value] = field(default_factory=dict)
    difference: str = ""
    outdated: bool = False
    #: what a person decided, when, and whether they said why
    decision: Decision | None = None
    decided_at: datetime | None = None
    reason: bool = False
    accepted: str = ""
    active: bool = True


@dataclass(eq=False)
class Case:
    """One person while they are decided about."""

    member: Member | None
    fetched: RemoteMember | None
    person: Person | None
    gone: bool = False
    local: Side = field(default_factory=Side)
    remote: Side = field(default_factory=Side)
    outcome: Outcome | None = None

    @property
    def email(self) -> str:
        return self.local.email or self.remote.email
