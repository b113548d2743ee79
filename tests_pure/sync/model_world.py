"""Odoo, the tool and the engine together, and what must hold of them always.

:class:`World` remembers who left and who proved that they want to come back, apart from
everything that the engine remembers, and looks at each change that the engine makes.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone

from newsletter_sync.connectors.contract import RemoteField
from newsletter_sync.connectors.errors import ConnectorError
from newsletter_sync.connectors.memory import MemoryConnector
from newsletter_sync.connectors.memory_account import MemoryAccount
from newsletter_sync.sync.eligibility import decide
from newsletter_sync.sync.reconcile import (
    LEFT,
    MAILED,
    PRESENT,
    Direction,
    FieldRule,
    Result,
    StatusRule,
    Task,
    Text,
)
from newsletter_sync.sync.values import normalise
from newsletter_sync.sync.vocabulary import RemoteMember, Status
from newsletter_sync.tests_pure.sync.model_engine import Engine, Killed
from newsletter_sync.tests_pure.sync.model_member import Member
from newsletter_sync.tests_pure.sync.model_odoo import Odoo, Person
from newsletter_sync.tests_pure.sync.model_transmit import Transmission

START = datetime(2026, 1, 1, tzinfo=timezone.utc)
FIELDS = ("name", "city")
#: rounds of fetching and transmitting after which nothing may move any more
ROUNDS = 4
#: calls by which the tool is told something
WRITES = frozenset(
    {"upsert", "subscribe", "unsubscribe_many", "change_address", "remove"}
)
#: calls that the tool may refuse for good
REFUSABLE = {
    Task.CHANGE_ADDRESS: "change_address",
    Task.TRANSMIT: "subscribe",
    Task.SIGNUP: "subscribe",
}
#: conflicts that only times could decide
UNDATED = (Text.JOINED_WITHOUT_PROOF.value,)
#: why somebody may stand differently on both sides without a question or a task
EXPLAINED = {
    text.value
    for text in (
        Text.ASKED,
        Text.TAKEN_BOUNCED,
        Text.ACCEPTED,
        Text.LEFT_IN_TOOL,
        Text.STRANGER_LEFT,
    )
}


class ForgettingConnector(MemoryConnector):
    """A tool for which leaving is being gone."""

    capabilities = replace(MemoryConnector.capabilities, keeps_leavers=False)

    def _unsubscribe(self, list_id, ref, reason):
        self._remove(list_id, ref)


@dataclass
class Truth:
    """What really happened, by address: times of the latest of each."""

    left: dict[str, datetime] = field(default_factory=dict)
    proved: dict[str, datetime] = field(default_factory=dict)
    #: came back in whatever way, also without any proof
    joined: dict[str, datetime] = field(default_factory=dict)
    #: brought back by a person of the staff who said why
    wanted: dict[str, datetime] = field(default_factory=dict)

    def moved(self, old: str, new: str, *, left: bool) -> None:
        """Somebody has a new address: what was said goes along."""
        books = [self.proved, self.joined, self.wanted]
        for book in [*books, self.left] if left else books:
            if old in book:
                book[new] = book[old]


class World:
    def __init__(
        self, settings: dict, *, forgets: bool = False, tells_times: bool = True
    ):
        self.now = START
        self.tool = MemoryAccount("model", clock=self.clock)
        self.list_id = self.tool.add_list("Club news")
        self.tool.fields = {
            name: RemoteField(name, name.title(), remote_id=name) for name in FIELDS
        }
        cls = ForgettingConnector if forgets else MemoryConnector
        # small, so that a few people are several pages and several batches
        can = replace(cls.capabilities, page_size=1, lookup_batch=2, batch_size=2)
        own = {"tool": self.tool, "capabilities": can}
        self.connector = type("Connector", (cls,), own)({}, None)
        self.connector.register_webhooks("https://example.org", self.list_id, "x")
        self.forgets = forgets
        self.odoo = Odoo(self.clock)
        settings = {**settings, "gone_is_leaving": forgets}
        self.engine = Engine(self.odoo, self.connector, self.list_id, settings)
        self.engine.tells_times = tells_times
        self.transmission = Transmission(self.engine)
        self.truth = Truth()
        #: who left while the tool was told of them
        self.overtaken: set[str] = set()

    def clock(self) -> datetime:
        return self.now

    def tick(self) -> None:
        self.now += timedelta(minutes=5)

    # --- who is where -----------------------------------------------------------------
    @property
    def there(self) -> dict[str, RemoteMember]:
        """{recipient id: who is on the tool's list}"""
        return self.tool.lists[self.list_id].members

    def at_tool(self, email: str) -> RemoteMember | None:
        return self.tool.find(self.list_id, email)

    def here(self, email: str) -> Person | None:
        named = self.odoo.named(email)
        return named[0] if named else None

    # --- the engine at work -----------------------------------------------------------
    @contextmanager
    def watched(self, kill_after: int | None = None):
        """Whatever the engine changes meanwhile is looked at, even if it is killed.

        Where the tool fails without being asked anything new, the run ends there.
        """
        odoo, tool = self._odoo_now(), dict(self.there)
        self.engine.pauses_left = kill_after
        self.overtaken.clear()
        try:
            yield
        except (Killed, ConnectorError):
            pass
        finally:
            self.engine.pauses_left = None
            self._check_odoo(odoo)
            self._check_tool(tool)

    def settle(self) -> None:
        """Fetch and transmit until both sides rest, and see that they do."""
        self.tool.faults.clear()
        self.engine.meanwhile = lambda: None
        for _ in range(ROUNDS):
            before = self.picture()
            self._round()
            if self.picture() == before:
                break
        else:
            raise AssertionError(f"no rest: {before} {self.picture()}")
        self._check_rest()
        self.check_end()

    def _round(self) -> None:
        self.tick()
        with self.watched():
            self.transmission.run()
        self.tick()
        with self.watched():
            self.engine.fetch()

    def _check_rest(self) -> None:
        """One run more tells the tool nothing and writes nothing in Odoo.

        An equal picture does not say so: a value may be planned, sent, planned again.
        """
        self.tool.calls.clear()
        self.engine.written.clear()
        self._round()
        told = [call for call in self.tool.calls if call in WRITES]
        # another address there, or somebody else who has the new one: a person decides
        parked = [REFUSABLE[line.task] for line in self.transmission.refused]
        assert told == parked, f"told again: {told}"
        assert not self.engine.written, f"written again: {self.engine.written}"

    def picture(self):
        """All that counts, without times of work and numbers of rows."""
        people = {
            person.email: (dict(person.values), self._row(person))
            for person in self.odoo.people.values()
        }
        tool = {
            member.email: (member.status, dict(member.values))
            for member in self.there.values()
        }
        members = {
            member.email: (
                member.result,
                member.text,
                member.task,
                member.outdated,
                member.base_status,
                dict(member.base_values),
            )
            for member in self.engine.active()
        }
        return people, tool, members

    def _row(self, person: Person):
        row = self.odoo.rows.get(person.id)
        return None if row is None else row.left

    def _odoo_now(self):
        return {
            person.id: (
                person.email,
                dict(person.values),
                (row := self.odoo.rows.get(person.id)) and (row.left, row.left_at),
            )
            for person in self.odoo.people.values()
        }

    # --- what the engine did to Odoo --------------------------------------------------
    def _check_odoo(self, before) -> None:
        one_way = self.engine.settings["direction"] is Direction.TO_TOOL
        for key, (email, values, row) in self._odoo_now().items():
            old_email, old_values, old_row = before.get(key, (None, None, None))
            old_left, left = old_row and old_row[0], row and row[0]
            if one_way:
                assert (email, values) == (old_email, old_values), "Odoo was written"
                assert old_left == left or left, "Odoo was written"
                assert (row is None) == (old_row is None), "Odoo was written"
            if row and not left and (old_row is None or old_left):
                self._check_joined_odoo(email, old_row)

    def _check_joined_odoo(self, email: str, old_row) -> None:
        """Somebody is on the list who was not."""
        assert email not in self.odoo.buried, "a deleted person is back"
        assert email not in self.odoo.blocked, "a blocked person is back"
        left_at = old_row[1] if old_row and old_row[0] else self.truth.left.get(email)
        if left_at is None and old_row is None:
            return
        proofs = [
            book[email]
            for book in (self.truth.proved, self.truth.wanted)
            if email in book
        ]
        classic = self.engine.settings["status_rule"] is StatusRule.NEWEST
        if old_row is None or classic:
            # by the date that the tool tells of what others did, never of our own push
            proofs += [self.truth.joined[email]] if email in self.truth.joined else []
        assert left_at is not None and proofs and max(proofs) > left_at, (
            f"{email} left and is on the list again without newer proof"
        )

    # --- what the engine did to the tool ----------------------------------------------
    def _check_tool(self, before: dict[str, RemoteMember]) -> None:
        one_way = self.engine.settings["direction"] is Direction.TO_ODOO
        for key, new in self.there.items():
            old = before.get(key)
            if one_way:
                assert old is not None, "the tool was written"
                assert new.values == old.values, "the tool was written"
                assert new.email == old.email, "the tool was written"
                assert new.status in (old.status, Status.UNSUBSCRIBED)
            raised = old is None or (old.status in LEFT and new.status not in LEFT)
            if raised:
                self._check_joined_tool(new, old)
            elif old.email != new.email:
                self._check_consent(new.email)

    def _check_joined_tool(self, new: RemoteMember, old: RemoteMember | None) -> None:
        email = new.email
        if email in self.overtaken:
            return  # nobody could know; they are out again at the end
        assert email not in self.odoo.buried, "a deleted person is brought back"
        self._check_consent(email, asks=new.status is Status.PENDING)
        left_at = old.status_at if old else self.truth.left.get(email)
        if left_at is None:
            return
        proofs = [
            book[email]
            for book in (self.truth.proved, self.truth.wanted)
            if email in book
        ]
        assert proofs and max(proofs) > left_at, (
            f"{email} left the tool's list and is brought back without newer proof"
        )

    def _check_consent(self, email: str, *, asks: bool = False) -> None:
        assert email not in self.odoo.blocked, "a blocked person is transmitted"
        if asks and email in self.truth.wanted:
            return
        facts = self.odoo.facts(email, left=False)
        assert decide(facts) is None, f"{email} enters without consent: {facts}"

    # --- when all is at rest ----------------------------------------------------------
    def check_end(self) -> None:
        members = self.engine.active()
        emails = [member.email for member in members]
        assert len(emails) == len(set(emails)), "two members with one address"
        for member in members:
            self._check_agreement(member)
        for person in self.odoo.people.values():
            if person.id in self.odoo.rows:
                assert any(one.person == person.id for one in members) or any(
                    one.email == person.email for one in members
                ), f"nobody remembers {person}"
        for remote in self.there.values():
            known = [one for one in members if one.remote_id == remote.remote_id]
            assert len(known) == 1, f"nobody (or several) remember {remote}"
        self._check_left()

    def _check_agreement(self, member: Member) -> None:
        """Both sides agree, or it is told why not."""
        remote = self.there.get(member.remote_id) if member.remote_id else None
        person = self.odoo.people.get(member.person)
        row = self.odoo.rows.get(person.id) if person else None
        ours = row is not None and not row.left
        theirs = remote is not None and remote.status in PRESENT
        told = (
            member.result is not Result.SUCCESS
            or member.task
            or member.text in EXPLAINED
        )
        assert ours == theirs or told, f"differs and says nothing: {member} {remote}"
        if ours and theirs and not told:
            assert person.email == remote.email, f"addresses differ: {member}"
            for name, rule in self.engine.settings["fields"].items():
                self._check_field(name, rule, person, remote)

    def _check_field(self, name: str, rule: FieldRule, person, remote) -> None:
        one, other = (normalise(side.values.get(name)) for side in (person, remote))
        directions = {rule.direction, self.engine.settings["direction"]}
        crossed = {Direction.TO_TOOL, Direction.TO_ODOO} <= directions
        # where a field travels one way, nothing does not overwrite what was never
        # agreed on
        one_sided = directions != {Direction.BOTH} and not (one and other)
        assert one == other or crossed or one_sided, f"{name}: {one} != {other}"

    def _check_left(self) -> None:
        """Whose last word was to leave is mailed by nobody."""
        for email, left_at in self.truth.left.items():
            joined = self.truth.joined.get(email)
            if joined and joined >= left_at:
                continue
            remote, person = self.at_tool(email), self.here(email)
            row = self.odoo.rows.get(person.id) if person else None
            member = next((m for m in self.engine.active() if m.email == email), None)
            asks = member and (
                member.result is Result.CONFLICT or member.text == Text.ACCEPTED
            )
            classic = self.engine.settings["status_rule"] is StatusRule.NEWEST
            timeless = not self.engine.tells_times
            proven = member and member.text == Text.JOINED_THERE
            if asks and (classic or proven or (timeless and member.text in UNDATED)):
                continue
            # who is only asked gets no newsletter without a click
            mailed = remote and remote.status in MAILED - {Status.PENDING}
            assert not mailed, f"{email} is mailed still"
            assert row is None or row.left, f"{email} is on the list still"
