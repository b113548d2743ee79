"""A small engine: what ``models/`` do with SQL, done with dictionaries.

Whatever is decided is decided by the functions of ``sync/`` that ``models/`` call. What
is modelled is the work around them: pairing, remembering, marking as in flight, reading
back. A process may be killed wherever :meth:`Engine._pause` is called; what stands in
the attributes then is what the database would hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime

from newsletter_sync.connectors.contract import MemberRef
from newsletter_sync.sync.consent import Kind
from newsletter_sync.sync.protection import OthersWill, others_will, protection
from newsletter_sync.sync.reconcile import (
    LEFT,
    Base,
    LocalChange,
    Policy,
    Result,
    Side,
    plan,
)
from newsletter_sync.sync.vocabulary import Consent, RemoteMember, Status
from newsletter_sync.tests_pure.sync.model_member import Case, Member
from newsletter_sync.tests_pure.sync.model_odoo import Odoo, Person, Row

#: what the tool reports and a subscription cannot express
REPORTED = (
    Status.PENDING,
    Status.HARD_BOUNCE,
    Status.SOFT_BOUNCE,
    Status.GENERAL_BOUNCE,
)
UNDELIVERABLE = (Status.HARD_BOUNCE, Status.GENERAL_BOUNCE)


class Killed(Exception):
    """The process died."""


class Engine:
    """Fetches and decides. Transmitting is :class:`.model_transmit.Transmission`."""

    def __init__(self, odoo: Odoo, connector, list_id: str, settings: dict):
        self.odoo, self.connector, self.list_id = odoo, connector, list_id
        #: of ``Policy``, the same for everybody
        self.settings = settings
        self.clock = odoo.clock
        self.members: list[Member] = []
        self.fetched_at: datetime | None = None
        #: when the reading began that is compared
        self.read_at: datetime | None = None
        #: the tool says since when somebody has a status
        self.tells_times = True
        #: a changed address is sent without an approval; else nobody ever gives one
        self.moves_by_itself = True
        #: what was written in Odoo, as (address, change)
        self.written: list[tuple[str, LocalChange]] = []
        #: what happens after the last look at people and before the tool is told
        self.meanwhile: Callable[[], None] = lambda: None
        #: pauses until the process is killed; None: it lives
        self.pauses_left: int | None = None

    def _pause(self) -> None:
        """Here a transaction has ended, or a call has been answered."""
        if self.pauses_left is not None:
            self.pauses_left -= 1
            if self.pauses_left < 0:
                self.pauses_left = None
                raise Killed

    def active(self) -> list[Member]:
        return [member for member in self.members if member.active]

    # --- fetching ---------------------------------------------------------------------
    def fetch(self, *, whole: bool = True) -> None:
        """Read the tool's list, or what has changed there, and compare."""
        started, stage = self.clock(), []
        self.read_at = started
        if whole or self.fetched_at is None:
            pages, whole = self.connector.members(self.list_id), True
        else:
            pages = self.connector.changes(self.list_id, self.fetched_at)
        for page in pages:
            stage += page.members
            self._pause()
        self.compare(stage, whole=whole)
        self.fetched_at = started

    def read_back(self, refs: Iterable[MemberRef]) -> None:
        """Read the people whom the tool has named, and compare."""
        refs, self.read_at = list(refs), self.clock()
        found = list(self.connector.lookup(self.list_id, refs))
        self._pause()
        ids = {one.remote_id for one in found}
        emails = {one.email for one in found}
        gone = [
            member
            for member in self.active()
            if member.remote_id
            and any(ref.remote_id == member.remote_id for ref in refs)
            and member.remote_id not in ids
            and member.email not in emails
        ]
        self.compare(found, gone=gone)

    def compare(self, stage, *, whole: bool = False, gone: Iterable[Member] = ()):
        """Decide about everybody who was read or has changed in Odoo, a few at a time.

        The models leave out who is the same on both sides as they were before.
        """
        # read twice, decided about once; what was read last counts
        stage = list({row.remote_id: row for row in stage}.values())
        if not self.tells_times:
            stage = [replace(row, status_at=None) for row in stage]
        for case in self._cases(stage, whole, list(gone)):
            self._settle(case)
            self._pause()

    def _cases(self, stage, whole: bool, gone: list[Member]) -> list[Case]:
        """Pair by the tool's id, then by address; each person once."""
        of_id = {member.remote_id: member for member in self.active()}
        of_id.pop("", None)
        paired = {id(of_id[row.remote_id]) for row in stage if row.remote_id in of_id}
        of_email = {m.email: m for m in self.active() if id(m) not in paired}
        cases = []
        for row in stage:
            member = of_id.get(row.remote_id) or of_email.pop(row.email, None)
            cases.append(self._case(member, row))
        met = {id(case.member) for case in cases}
        changed, self.odoo.outbox = self.odoo.outbox, set()
        for member in self.active():
            if id(member) not in met and (
                whole or member.person in changed or member in gone
            ):
                case = self._case(member, None)
                case.gone = whole or member in gone
                cases.append(case)
        known = {case.person.id for case in cases if case.person}
        known |= {member.person for member in self.active()}
        # who was not found by the tool's id may be found by the address
        emails = {row.email for row in stage if row.remote_id not in of_id}
        emails |= {member.email for member in self.active()}
        for person in list(self.odoo.people.values()):
            listed = person.id in self.odoo.rows
            if person.id in known or person.email in emails or not listed:
                continue
            if whole or person.id in changed:
                cases.append(Case(None, None, person, gone=whole))
        return cases

    def _case(self, member: Member | None, row: RemoteMember | None) -> Case:
        person = self.odoo.people.get(member.person) if member else None
        if person is None:
            named = self.odoo.named(row.email if row else member.email)
            person = named[0] if named else None
        return Case(member, row, person)

    # --- deciding ---------------------------------------------------------------------
    def _settle(self, case: Case) -> None:
        self.look(case)
        case.outcome = plan(
            self.base(case.member), case.local, case.remote, self.policy(case)
        )
        self.write_odoo(case)
        self.remember(case)
        self._witness(case)

    def look(self, case: Case) -> None:
        """Fill in what both sides say."""
        member, person = case.member, case.person
        status, at = self._local_status(case)
        case.local = Side(
            status=status,
            status_at=at,
            email=person.email if person else (member.email if member else ""),
            values=dict(person.values) if person else {},
            changed_at=person.changed_at if person else None,
            known=person is not None,
        )
        if case.fetched:
            row = case.fetched
            case.remote = Side(
                row.status,
                row.status_at,
                row.email,
                row.values,
                row.changed_at,
                known=True,
                read_at=self.read_at,
            )
        elif member and member.remote_id and member.remote_status and not case.gone:
            case.remote = Side(
                status=member.remote_status,
                status_at=member.remote_status_at,
                email=member.remote_email or member.email,
                values=member.remote_values,
                known=True,
            )
        else:
            case.remote = Side()

    def _local_status(self, case: Case):
        row = self.odoo.rows.get(case.person.id) if case.person else None
        if row is None:
            return None, None
        if row.left:
            return Status.UNSUBSCRIBED, row.left_at
        member = case.member
        at = (member.local_status_at if member else None) or row.created_at
        if member and member.local_status in REPORTED:
            return member.local_status, at
        return Status.SUBSCRIBED, at

    def base(self, member: Member | None) -> Base | None:
        if member is None or not (member.base_status or member.base_values):
            return None
        return Base(
            member.base_status, member.email, member.base_values, member.synced_at
        )

    def policy(self, case: Case) -> Policy:
        member, odoo, email = case.member, self.odoo, case.email
        left = case.local.status in LEFT
        # a return belongs to the address that the tool mailed, not to a new one
        bounced = (
            bool(member)
            and member.remote_status in UNDELIVERABLE
            and email in ("", member.email, member.remote_email)
        )
        proof_at = odoo.proof_at(email)
        tool_proof = (case.fetched and case.fetched.opt_in_at) or (
            member.opt_in_at if member else None
        )
        protected = protection(
            odoo.facts(email, left=left, hard_bounce=bounced), tool_proof
        )
        other = case.remote.email
        asked = member and member.base_status is not Status.SUBSCRIBED
        will = OthersWill()
        if other and other != email:
            will = others_will(odoo.facts(other, left=left), tool_proof, proof_at)
        return Policy(
            stop=protected.stop,
            consent_missing=protected.consent_missing,
            remote_stop=will.stop,
            replaceable=will.replaceable and self._movable(member, email),
            forgotten=email in odoo.buried
            or (case.person is None and other in odoo.buried),
            proof_at=proof_at,
            remote_proof_at=tool_proof,
            accepted=member.accepted if member else "",
            decision=member.decision if member else None,
            asked_at=member.asked_at if asked else None,
            **self.settings,
        )

    def _movable(self, member: Member | None, email: str) -> bool:
        """The tool gets the address that Odoo has without anybody being asked."""
        taken = any(one.email == email and one is not member for one in self.active())
        return self.moves_by_itself and not taken

    # --- writing down -----------------------------------------------------------------
    def write_odoo(self, case: Case) -> None:
        """Odoo's side; whoever left at the tool has left by the one entrance."""
        change, odoo = case.outcome.local, self.odoo
        if not change:
            return
        self.written.append((case.email, change))
        if change.create or (change.add and not case.person):
            email = change.email or case.remote.email
            case.person = odoo.add(email, {}, listed=False)
        person = case.person
        if person and change.values:
            person.values.update(change.values)
        if person and change.email:
            person.email = change.email
        if person:
            self._write_row(case, person)
            person.changed_at = self.clock()
            # our own writes are no news
            odoo.outbox.discard(person.id)
        told = change.set_by_tool and change.status and not change.add
        if told and case.outcome.urgent:
            at = change.status_at or self.clock()
            # the mailbox that the tool has mailed, and the one that Odoo mails
            for email in {case.email, case.remote.email} - {""}:
                odoo.told_to_leave(email, at)

    def _write_row(self, case: Case, person: Person) -> None:
        change, row = case.outcome.local, self.odoo.rows.get(person.id)
        left = change.status in LEFT
        at = change.status_at or self.clock()
        if change.add and row is None:
            self.odoo.rows[person.id] = Row(self.clock(), left, at if left else None)
        elif row and (left or change.status is Status.SUBSCRIBED) and row.left != left:
            row.left, row.left_at = left, at if left else None

    def remember(self, case: Case) -> None:
        """The member: what both sides say now, what was found, what shall be done."""
        outcome, change, remote = case.outcome, case.outcome.local, case.remote
        member = case.member
        if member is None:
            member = Member(change.email or remote.email or case.local.email)
            if any(one.email == member.email for one in self.active()):
                return  # an address is one member, whoever has it besides
            self.members.append(member)
            case.member = member
        # whom Odoo does not know is called as the tool calls them, unless something
        # stands against them by the name that they had
        unknown = not case.person and outcome.result is not Result.BLOCKED
        both = remote.email if remote.email == case.local.email else ""
        followed = change.email or both or (remote.email if unknown else "")
        self._keep_apart(member, followed or member.email, remote.email)
        member.person = case.person.id if case.person else None
        member.local_status = change.status or case.local.status
        if change.status:
            member.local_status_at = change.status_at or self.clock()
        member.remote_status = remote.status
        member.remote_status_at = remote.status_at
        member.remote_values = dict(remote.values)
        member.base_status = outcome.agreed.status
        member.base_values = dict(outcome.agreed.values)
        member.result, member.text = outcome.result, outcome.text
        member.task, member.sends = outcome.task, dict(outcome.remote_values)
        member.difference, member.outdated = outcome.difference, outcome.outdated
        member.synced_at = self.clock()
        if not outcome.decided:
            member.decision, member.reason = None, False
            member.decided_at = None
        if case.fetched:
            member.remote_id = case.fetched.remote_id
            member.opt_in_at = case.fetched.opt_in_at

    def _keep_apart(self, member: Member, email: str, remote_email: str) -> None:
        """An address that another member has stays with that one."""
        taken = any(one.email == email and one is not member for one in self.active())
        if not taken:
            member.email = email
        elif member.email != email:
            remote_email = remote_email or email
        member.remote_email = remote_email if remote_email != member.email else ""

    def _witness(self, case: Case) -> None:
        """The tool's own double opt-in becomes evidence."""
        row = case.fetched
        if (
            row
            and case.member
            and row.opt_in_at
            and row.status
            in (
                Status.SUBSCRIBED,
                Status.SOFT_BOUNCE,
            )
        ):
            given = self.odoo.given(case.member.email)
            ours = given.state is Consent.CONFIRMED and given.at
            if not ours or (row.opt_in_at - ours).total_seconds() >= 60:
                self.odoo.witness(
                    Kind.TOOL, case.member.email, row.opt_in_at, on_list=True
                )
