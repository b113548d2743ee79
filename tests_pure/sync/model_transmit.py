"""The transmission of the model: marked in flight, sent, kept, read back."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from newsletter_sync.connectors.contract import (
    BatchAnswer,
    Join,
    MemberDraft,
    MemberRef,
    Outcome,
    RowAnswer,
)
from newsletter_sync.connectors.errors import Conflict, ConnectorError, NotFound
from newsletter_sync.sync.eligibility import Options
from newsletter_sync.sync.reconcile import LEFT, Result, Task
from newsletter_sync.sync.transmission import (
    LEAVING,
    Decided,
    Expected,
    arrived,
    barred,
)
from newsletter_sync.sync.vocabulary import RemoteMember, Status, Value
from newsletter_sync.tests_pure.sync.model_engine import UNDELIVERABLE, Engine
from newsletter_sync.tests_pure.sync.model_member import Member

#: the order of the tasks, and whether of people who come back after leaving
ORDER = (
    (Task.UNSUBSCRIBE, False),
    (Task.DELETE, False),
    (Task.CHANGE_ADDRESS, False),
    (Task.UPDATE, False),
    (Task.TRANSMIT, False),
    (Task.TRANSMIT, True),
    (Task.SIGNUP, False),
    (Task.SIGNUP, True),
)
#: of these several people are told of in one call
IN_BATCHES = (Task.UNSUBSCRIBE, Task.UPDATE, Task.TRANSMIT)
BATCH = 2
SENDING = (Task.TRANSMIT, Task.UPDATE, Task.SIGNUP)
JOINS = {Task.TRANSMIT: Join.SUBSCRIBE, Task.SIGNUP: Join.ASK}
STATUS_AFTER = {
    Task.TRANSMIT: Status.SUBSCRIBED,
    Task.SIGNUP: Status.PENDING,
    Task.UNSUBSCRIBE: Status.UNSUBSCRIBED,
}


@dataclass(eq=False)
class Line:
    """One approved task, as it stood in the dry run."""

    member: Member
    task: Task
    email: str
    remote_id: str
    remote_status: Status | None
    values: dict[str, Value]
    new_email: str = ""
    state: str = "waiting"  #: then in_flight, and done, failed or skipped

    @property
    def came_back(self) -> bool:
        """Somebody who has left is brought back: a call of its own."""
        return self.task in JOINS and self.remote_status in LEFT


@dataclass
class Transmission:
    """Carries out what was approved, and nothing else."""

    engine: Engine
    lines: list[Line] = field(default_factory=list)
    #: whom the tool refused in the last run; the models park them after some tries
    refused: list[Line] = field(default_factory=list)

    def run(self) -> None:
        """Plan, send, prove. Whatever an earlier process left in flight comes first."""
        self._recover()
        self.refused = []
        self.lines = [self._line(member) for member in self._due()]
        self.engine._pause()
        for place in ORDER:
            alike = [
                line
                for line in self.lines
                if (line.task, line.came_back) == place and line.state == "waiting"
            ]
            size = BATCH if place[0] in IN_BATCHES and not place[1] else 1
            for start in range(0, len(alike), size):
                self._carry_out(alike[start : start + size])
        self._prove()

    # --- what is to be sent -----------------------------------------------------------
    def _due(self) -> list[Member]:
        return [
            one
            for one in self.engine.active()
            if one.task
            and not one.outdated
            and (one.task is not Task.CHANGE_ADDRESS or self.engine.moves_by_itself)
        ]

    def _line(self, member: Member) -> Line:
        return Line(
            member,
            member.task,
            member.email,
            member.remote_id,
            member.remote_status,
            dict(member.sends) if member.task in SENDING else {},
            self._wanted(member),
        )

    def _wanted(self, member: Member) -> str:
        person = self.engine.odoo.people.get(member.person)
        return person.email if person and member.task is Task.CHANGE_ADDRESS else ""

    def _carry_out(self, lines: list[Line]) -> None:
        """One call. Who is not named in its answer is read back."""
        fit = [line for line in lines if self._fits_still(line)]
        if not fit:
            return
        for line in fit:
            line.state = "in_flight"
        self.engine._pause()
        self.engine.meanwhile()
        try:
            answer = self._speak(fit)
        except ConnectorError:
            answer = BatchAnswer()
        else:
            self.engine._pause()
        self._keep(fit, answer)
        self._judge([line for line in fit if line.state == "in_flight"])
        self.engine._pause()

    def _fits_still(self, line: Line) -> bool:
        self._look_again(line.member)
        if not self._unfit(line):
            return True
        line.state = "skipped"
        if line.member.task is Task.CHANGE_ADDRESS:
            # the tool may have to be told something else instead
            self.engine._settle(self.engine._case(line.member, None))
        return False

    def _look_again(self, member: Member) -> None:
        """Whose record changed since the dry run is decided about once more."""
        odoo = self.engine.odoo
        if member.person in odoo.outbox:
            odoo.outbox.discard(member.person)
            self.engine._settle(self.engine._case(member, None))

    def _unfit(self, line: Line) -> bool:
        member = line.member
        fits = (
            member.active
            and member.task is line.task
            and not member.outdated
            and member.email == line.email
            and self._wanted(member) == line.new_email
            and (line.task not in SENDING or member.sends == line.values)
        )
        return not fits or bool(self._barred(line))

    def _barred(self, line: Line):
        if line.task in LEAVING:
            return None
        email, odoo, member = (
            line.new_email or line.email,
            self.engine.odoo,
            line.member,
        )
        rows = [odoo.rows.get(person.id) for person in odoo.named(email)]
        left_at = [row.left_at for row in rows if row and row.left]
        of_tool = [m for m in self.engine.active() if m.email == email]
        left_at += [m.remote_status_at for m in of_tool if m.remote_status in LEFT]
        bounced = any(m.remote_status in UNDELIVERABLE for m in of_tool)
        latest = None if None in left_at else max(left_at, default=None)
        facts = replace(
            odoo.facts(email, left=bool(left_at), hard_bounce=bounced),
            left_at=latest,
            forgotten=email in odoo.buried,
        )
        if line.task is Task.CHANGE_ADDRESS and (not line.new_email or of_tool):
            return "duplicate"
        decided = Decided(member.decided_at, member.reason)
        return barred(line.task, facts, decided, Options())

    # --- speaking ---------------------------------------------------------------------
    def _speak(self, lines: list[Line]) -> BatchAnswer:
        tool, list_id = self.engine.connector, self.engine.list_id
        line = lines[0]
        ref = MemberRef(line.email, line.remote_id)
        done = RowAnswer(line.email, Outcome.WRITTEN)
        if line.task is Task.UNSUBSCRIBE:
            refs = [MemberRef(each.email, each.remote_id) for each in lines]
            return tool.unsubscribe_many(list_id, refs)
        if line.task is Task.DELETE:
            tool.remove(list_id, ref)
            return BatchAnswer((done,))
        if line.task is Task.CHANGE_ADDRESS:
            try:
                tool.change_address(ref, line.new_email)
            except (Conflict, NotFound):
                done = RowAnswer(line.email, Outcome.REFUSED)
            return BatchAnswer((done,))
        drafts = [self._draft(each) for each in lines]
        if line.came_back:
            try:
                done = tool.subscribe(list_id, drafts[0])
            except Conflict:
                done = RowAnswer(line.email, Outcome.REFUSED)
            return BatchAnswer((done,))
        return tool.upsert(list_id, drafts)

    @staticmethod
    def _draft(line: Line) -> MemberDraft:
        return MemberDraft(
            line.email,
            line.values,
            line.remote_id,
            JOINS.get(line.task, Join.NEVER),
        )

    # --- keeping ----------------------------------------------------------------------
    def _keep(self, lines: list[Line], answer: BatchAnswer) -> None:
        said = {row.email.lower(): row for row in answer.rows}
        for line in lines:
            row = said.get(line.email.lower())
            if row is None or row.outcome is Outcome.UNKNOWN:
                continue
            if row.outcome is Outcome.REFUSED:
                line.state = "failed"
                self.refused.append(line)
            elif row.outcome is Outcome.SKIPPED and line.task not in LEAVING:
                line.state = "skipped"
                line.member.task = line.member.decision = None
            else:
                self._done(line, row.status, row.remote_id)

    def _done(self, line: Line, status, remote_id: str, at: datetime | None = None):
        """Both sides agree on what was sent."""
        status = status or STATUS_AFTER.get(line.task)
        line.state = "done"
        if line.task is Task.TRANSMIT and status in LEFT:
            if line.remote_status in LEFT:
                line.state = "failed"
                return
            line.state = "skipped"
        member, now = line.member, self.engine.clock()
        fits = member.task is line.task and not member.outdated
        agreed = status or member.remote_status
        asked = line.task is Task.SIGNUP
        if status in LEFT and not asked and member.local_status not in LEFT:
            agreed = member.base_status or Status.SUBSCRIBED
        member.base_status = agreed
        if at is None and status in (None, member.remote_status):
            at = member.remote_status_at
        # the time of another status tells nothing about this one
        member.remote_status_at = at
        member.remote_status = status or member.remote_status
        member.remote_id = remote_id or member.remote_id
        member.asked_at = now if line.task is Task.SIGNUP else None
        member.synced_at = now
        member.base_values = {**member.base_values, **line.values}
        member.remote_values = {**member.remote_values, **line.values}
        if line.new_email:
            member.email, member.remote_email = line.new_email, ""
        if line.task is Task.DELETE:
            self._bury(member)
        was_open = member.result is Result.CONFLICT or not fits
        if fits:
            member.task = member.decision = member.decided_at = None
            member.reason, member.sends = False, {}
        if not was_open:
            member.result = Result.SUCCESS
        off = status in LEFT and member.local_status not in LEFT
        if member.active and (was_open or off):
            self.engine._settle(self.engine._case(member, None))

    def _bury(self, member: Member) -> None:
        odoo = self.engine.odoo
        odoo.buried.add(member.email)
        for person in odoo.named(member.email):
            odoo.rows.pop(person.id, None)
        member.active, member.remote_id = False, ""

    # --- reading back -----------------------------------------------------------------
    def _recover(self) -> None:
        """What a process left in flight is read back before anything is sent again."""
        self._judge([line for line in self.lines if line.state == "in_flight"])
        self._doubt()

    def _prove(self) -> None:
        self._doubt()
        self.lines = []

    def _judge(self, lines: list[Line]) -> None:
        """What arrived is done; what did not is open still."""
        for line, remote in self._held(lines):
            if not self._arrived(line, remote):
                line.state = "failed"
            elif remote is None:
                self._done(line, None, "")
            else:
                self._done(line, remote.status, remote.remote_id, remote.status_at)

    def _doubt(self) -> None:
        """The tool does not hold what it was told: the task is open again."""
        for line, remote in self._held([e for e in self.lines if e.state == "done"]):
            member = line.member
            if self._arrived(line, remote) or member.task:
                continue
            member.task, member.sends = line.task, line.values
            member.base_status = member.remote_status = line.remote_status
            member.email, member.active = line.email, True
            member.result = Result.ABORTED

    def _held(self, lines: list[Line]) -> list[tuple[Line, RemoteMember | None]]:
        """Each with what the tool holds, found by its id, else by the address."""
        tool, list_id = self.engine.connector, self.engine.list_id
        asked = [(line, line.new_email or line.email) for line in lines]
        refs = [MemberRef(email, line.remote_id) for line, email in asked]
        found: dict[str, RemoteMember] = {}
        for member in tool.lookup(list_id, refs):
            found[member.remote_id] = found[member.email.lower()] = member
        return [
            (line, found.get(line.remote_id) or found.get(email.lower()))
            for line, email in asked
        ]

    def _arrived(self, line: Line, remote: RemoteMember | None) -> bool:
        expected = Expected(
            line.task,
            line.values,
            line.new_email or line.email,
            {},
            left=line.remote_status in LEFT,
        )
        tells = self.engine.connector.capabilities.tells_pending
        return arrived(expected, remote, tells)
