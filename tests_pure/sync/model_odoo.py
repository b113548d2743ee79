"""Odoo's side of the model: people, one mailing list, consents, blocks, tombstones.

What staff and people do here does what ``models/`` do, by the same functions of
``sync/``; see :mod:`.model_engine` for the engine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from newsletter_sync.sync.consent import NOTHING, Given, Kind, effective, follow
from newsletter_sync.sync.eligibility import Facts
from newsletter_sync.sync.vocabulary import Consent


@dataclass
class Person:
    """A mailing contact."""

    id: int
    email: str
    values: dict[str, str]
    changed_at: datetime


@dataclass
class Row:
    """A subscription to the list."""

    created_at: datetime
    left: bool = False
    left_at: datetime | None = None


@dataclass
class Odoo:
    clock: Callable[[], datetime]
    people: dict[int, Person] = field(default_factory=dict)
    rows: dict[int, Row] = field(default_factory=dict)
    general: dict[str, Given] = field(default_factory=dict)
    on_list: dict[str, Given] = field(default_factory=dict)
    blocked: set[str] = field(default_factory=set)
    buried: set[str] = field(default_factory=set)
    #: ids of people who changed and were not compared yet
    outbox: set[int] = field(default_factory=set)
    _numbers: int = 0

    # --- what staff and people do -----------------------------------------------------
    def add(self, email: str, values: dict, *, listed: bool = True) -> Person:
        self._numbers += 1
        person = Person(self._numbers, email, dict(values), self.clock())
        self.people[person.id] = person
        if listed:
            self.rows[person.id] = Row(self.clock())
        self.outbox.add(person.id)
        return person

    def edit(self, person: Person, values: dict) -> None:
        person.values.update(values)
        self._touch(person)

    def rename(self, person: Person, email: str) -> None:
        person.email = email
        self._touch(person)

    def leave(self, person: Person, at: datetime | None = None) -> None:
        """Off this list, whoever notes it; who is off already has left before."""
        row = self.rows[person.id]
        if row.left:
            return
        row.left, row.left_at = True, at or self.clock()
        self.witness(Kind.WITHDRAWAL, person.email, row.left_at, on_list=True)
        self._touch(person)

    def told_to_leave(self, email: str, at: datetime) -> None:
        """An address has left this list: whoever has it, and so has its consent."""
        self.witness(Kind.WITHDRAWAL, email, at, on_list=True)
        for person in self.named(email):
            row = self.rows.get(person.id)
            if row and not row.left:
                row.left, row.left_at = True, at
                self._touch(person)

    def tick_again(self, person: Person) -> None:
        """A clerk puts somebody back on the list, with nothing to prove it."""
        self.rows[person.id].left = False
        self.rows[person.id].left_at = None
        self._touch(person)

    def block(self, email: str) -> None:
        """On the blocklist: all subscriptions end, and so does the consent."""
        self.blocked.add(email)
        self.witness(Kind.WITHDRAWAL, email, self.clock())
        for person in self.named(email):
            row = self.rows.get(person.id)
            if row and not row.left:
                row.left, row.left_at = True, self.clock()
            self._touch(person)

    def unblock(self, email: str) -> None:
        """Off the blocklist again; that subscribes nobody."""
        self.blocked.discard(email)
        self.outbox.update(person.id for person in self.named(email))

    def confirm(self, email: str, *, joins: bool) -> None:
        """The person's own click: blocks fall, and the list is joined if asked for."""
        self.witness(Kind.REQUEST, email, self.clock(), on_list=joins)
        self.witness(Kind.CONFIRMATION, email, self.clock(), on_list=joins)
        self.blocked.discard(email)
        self.buried.discard(email)
        found = self.named(email)[:1]
        if joins and not found:
            self.add(email, {})
        for person in found:
            if joins:
                self.rows[person.id] = Row(self.clock())
            self._touch(person)

    def delete(self, person: Person) -> None:
        self.buried.add(person.email)
        self.rows.pop(person.id, None)
        del self.people[person.id]
        self.outbox.discard(person.id)

    def _touch(self, person: Person) -> None:
        person.changed_at = self.clock()
        self.outbox.add(person.id)

    # --- what is known ----------------------------------------------------------------
    def named(self, email: str) -> list[Person]:
        """Who has this address: on the list first, then the lowest id."""
        found = [person for person in self.people.values() if person.email == email]
        return sorted(found, key=lambda one: (one.id not in self.rows, one.id))

    def witness(
        self, kind: Kind, email: str, at: datetime | None, *, on_list: bool = False
    ) -> None:
        """One more piece of evidence."""
        book = self.on_list if on_list else self.general
        book[email] = follow(book.get(email, NOTHING), kind, at)

    def given(self, email: str) -> Given:
        general = self.general.get(email, NOTHING)
        return effective(general, self.on_list.get(email, NOTHING))

    def facts(self, email: str, *, left: bool, hard_bounce: bool = False) -> Facts:
        given = self.given(email)
        return Facts(
            address_problem=None,
            active=True,
            blocklisted=email in self.blocked,
            unwanted=False,
            forgotten=False,
            consent=given.state,
            consent_at=given.at,
            basis=given.basis,
            of_list=given.of_list,
            left=left,
            hard_bounce=hard_bounce,
        )

    def proof_at(self, email: str) -> datetime | None:
        given = self.given(email)
        return given.at if given.state is Consent.CONFIRMED else None
