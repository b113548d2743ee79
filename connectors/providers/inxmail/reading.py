"""What reads: members of a list, changes, single people; blacklist and bounces.

Whether somebody is on a list is a matter of the list and asked by filters; the person's
values, the bounce and the blacklist belong to the account.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any

from ....sync.address import normalise
from ....sync.vocabulary import RemoteMember, Status
from ...contract import Bounce, MemberRef, Page
from ...errors import Conflict, Invalid, NotFound
from ...url_guard import path
from . import mapping
from .hal import PAGE
from .recent import SUBSCRIPTIONS, UNSUBSCRIPTIONS, WITH_PERSON, spelled

#: addresses in one question; more would make its URL too long
LOOKUP = 100
#: state of a membership -> the filter that finds it
FILTERS = {"subscribed": "subscribedTo", "unsubscribed": "unsubscribedFromAny"}
#: where changes show: recipients by time, then events, whose people are looked up
EVENTS = {
    "came": SUBSCRIPTIONS,
    "went": UNSUBSCRIPTIONS,
    "bounced": "/bounces",
}
#: cursor of a chunk, and its people
Chunks = Iterator[tuple[str, Iterable[RemoteMember]]]


class Reading:
    """The reading half of the connector; needs ``_api``, ``_pages``, ``_recent`` and
    ``_fields``."""

    # --- many ----------------------------------------------------------------
    def members(self, list_id: str, cursor: str = "") -> Iterator[Page]:
        """Who is subscribed, then who left, then who was asked to confirm.

        Pages follow the tool's own links, so people who come or go meanwhile move
        nobody else.
        """
        self._require(list_id)
        phases = (*FILTERS, "asked")
        phase, at = _position(cursor, phases)
        yield from _pages(self._everybody(list_id, phases[phases.index(phase) :], at))

    def _everybody(self, list_id: str, phases: tuple[str, ...], at: str) -> Chunks:
        for phase in phases:
            if phase == "asked":
                yield from self._asked(list_id, at)
            else:
                yield from self._recipients(list_id, phase, at)
            at = ""

    def _recipients(self, list_id: str, state: str, at: str, **asked: str) -> Chunks:
        """Who left and came back may still be among those who left; the membership
        counts."""
        bounced = self._recent.bounced() if state == "subscribed" else set()
        for here, rows, _upcoming in self._pages.walk(
            "recipients",
            at,
            "/recipients",
            attributes=self._names(),
            **{FILTERS[state]: list_id},
            **asked,
        ):
            if state == "unsubscribed":
                emails = [mapping.email_of(row) for row in rows]
                back = self._query(emails, **{FILTERS["subscribed"]: list_id})
                known = {mapping.email_of(row) for row in back}
                rows = [row for row in rows if mapping.email_of(row) not in known]
            yield f"{state} {here}", self._told(state, rows, bounced)

    def _told(
        self, state: str, rows: list[dict[str, Any]], bounced: set[str]
    ) -> list[RemoteMember]:
        """Recipients of one state as members."""
        found = []
        for row in rows:
            status = Status(state)
            if state == "subscribed" and mapping.email_of(row) in bounced:
                status = Status.HARD_BOUNCE
            found.append(mapping.member_of(row, self._fields(), status))
        return found

    def _asked(self, list_id: str, start: str) -> Chunks:
        """Who waits for the confirmation and is nothing else on this list."""
        waiting = sorted(e for e in self._recent.asked(list_id) if e >= start)
        for begin in range(0, len(waiting), PAGE):
            part = waiting[begin : begin + PAGE]
            found = self._members(list_id, part).values()
            pending = [one for one in found if one.status is Status.PENDING]
            yield f"asked {part[0]}", pending

    def changes(
        self, list_id: str, since: datetime, cursor: str = ""
    ) -> Iterator[Page]:
        """Whose values changed, who came, left or bounced since a time.

        Who was known and came on the list by an import leaves neither a changed value
        nor an event behind; full reads find those.
        """
        self._require(list_id)
        phases = (*FILTERS, *EVENTS)
        phase, at = _position(cursor, phases)
        remaining = phases[phases.index(phase) :]
        yield from _pages(self._changed(list_id, remaining, at, spelled(since)))

    def _changed(
        self, list_id: str, phases: tuple[str, ...], at: str, since: str
    ) -> Chunks:
        for phase in phases:
            if phase in FILTERS:
                yield from self._recipients(list_id, phase, at, lastModifiedSince=since)
            else:
                asked = {"embedded": WITH_PERSON, "startDate": since}
                if phase != "bounced":
                    asked["listIds"] = list_id
                for here, rows, _upcoming in self._pages.walk(
                    "events", at, EVENTS[phase], **asked
                ):
                    people = {
                        email for row in rows if (email := mapping.person_of(row))
                    }
                    found = self._members(list_id, people)
                    yield f"{phase} {here}", found.values()
            at = ""

    # --- some ----------------------------------------------------------------
    def lookup(self, list_id: str, refs: Iterable[MemberRef]) -> Iterator[RemoteMember]:
        """By address, many in a call; by id, one a call, where the address leads to
        nobody or to somebody else."""
        refs = list(refs)
        found = self._members(list_id, [ref.email for ref in refs])
        told: set[str] = set()
        for ref in refs:
            member = found.get(normalise(ref.email))
            if ref.remote_id and (member is None or member.remote_id != ref.remote_id):
                member = self._moved(list_id, ref) or member
            if member is not None and member.email not in told:
                told.add(member.email)
                yield member
        if len(told) < len(refs):
            self._require(list_id)  # nobody there, or no such list

    def _moved(self, list_id: str, ref: MemberRef) -> RemoteMember | None:
        """Who has this id, under whatever address, if on the list."""
        recipient = self._recipient(MemberRef("", ref.remote_id))
        if recipient is None:
            return None
        email = mapping.email_of(recipient)
        return self._members(list_id, [email]).get(email)

    def member(self, list_id: str, ref: MemberRef) -> RemoteMember | None:
        return next(self.lookup(list_id, [ref]), None)

    def _members(self, list_id: str, emails: Iterable[str]) -> dict[str, RemoteMember]:
        """Address -> member, of those who are, were or may soon be on the list."""
        mapping.list_number(list_id)
        wanted = sorted({normalise(email) for email in emails})
        found: dict[str, RemoteMember] = {}
        for state, name in FILTERS.items():
            rest = [email for email in wanted if email not in found]
            rows = list(self._query(rest, **{name: list_id}))
            bounced = self._recent.bounced() if rows and not found else set()
            found |= {one.email: one for one in self._told(state, rows, bounced)}
        rest = [email for email in wanted if email not in found]
        waiting = self._recent.asked(list_id) if rest else {}
        for email in rest:
            if email in waiting:
                at = waiting[email]
                found[email] = RemoteMember("", email, Status.PENDING, at)
        return found

    def _query(self, emails: list[str], **asked: str) -> Iterator[dict[str, Any]]:
        """Recipients with these addresses; a comma would separate two of them."""
        usable = [email for email in emails if "@" in email and "," not in email]
        for start in range(0, len(usable), LOOKUP):
            yield from self._pages.rows(
                "recipients",
                "/recipients",
                email=",".join(usable[start : start + LOOKUP]),
                attributes=self._names(),
                **asked,
            )

    def _recipient(self, ref: MemberRef) -> dict[str, Any] | None:
        """Somebody in the account, on whatever list; by id, else by address."""
        if ref.remote_id.isdigit():
            with suppress(NotFound):
                answer = self._api.get(path("recipients", ref.remote_id))
                return mapping.recipient_of(answer)
        wanted = normalise(ref.email)
        for recipient in self._query([wanted]):
            if mapping.email_of(recipient) == wanted:
                return recipient
        return None

    def _require(self, list_id: str) -> None:
        """Raise ``NotFound`` if the list is gone: filters may not tell."""
        self._api.get(path("lists", list_id))

    # --- blacklist, bounces --------------------------------------------------
    def blocked(self) -> Iterator[str]:
        """Whole addresses on the blacklist. Patterns for many addresses, such as a
        domain, work in the tool; they show as refused rows."""
        for entry in self._pages.rows("blacklist", "/blacklist-entries"):
            pattern = mapping.pattern_of(entry)
            if mapping.is_address(pattern):
                yield normalise(pattern)

    def block(self, email: str, comment: str = "") -> None:
        """An entry has no known place for a comment."""
        if not mapping.is_address(email):
            raise Invalid("this would block more than one address")
        if self._entries(email):
            return
        with suppress(Conflict):
            body = {"pattern": email}
            self._api.call("POST", "/blacklist-entries", json=body)

    def unblock(self, email: str) -> None:
        for entry_id in self._entries(email):
            where = path("blacklist-entries", entry_id)
            with suppress(NotFound):
                self._api.reply("DELETE", where, idempotent=True)

    def _entries(self, email: str) -> list[str]:
        """Ids of the entries for exactly this address."""
        entries = self._pages.rows(
            "blacklist", "/blacklist-entries", patternContainsIgnoreCase=email
        )
        return [
            mapping.entry_id(entry)
            for entry in entries
            if normalise(mapping.pattern_of(entry)) == normalise(email)
        ]

    def bounces(self, since: datetime | None = None) -> Iterator[Bounce]:
        """Of all lists, oldest first."""
        asked = {"startDate": spelled(since)} if since else {}
        for event in self._pages.rows(
            "bounces", "/bounces", embedded=WITH_PERSON, **asked
        ):
            bounce = mapping.bounce_of(event)
            if bounce and not (since and bounce.at and bounce.at < since):
                yield bounce


def _position(cursor: str, phases: tuple[str, ...]) -> tuple[str, str]:
    """The phase of a cursor, and where in it."""
    phase, _, at = cursor.partition(" ")
    if cursor and phase not in phases:
        raise Invalid("this is no position in the list")
    return phase or phases[0], at


def _pages(chunks: Chunks) -> Iterator[Page]:
    """Chunks that hold somebody, as pages; each tells where the next one begins."""
    held: tuple[RemoteMember, ...] = ()
    for cursor, members in chunks:
        members = tuple(members)
        if held and members:
            yield Page(held, cursor)
        held = members or held
    yield Page(held)
