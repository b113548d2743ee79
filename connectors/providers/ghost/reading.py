"""What reads members: newsletters by id, changes by events, single people by filter."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from ....sync.vocabulary import RemoteMember
from ... import answers
from ...contract import MemberRef, Page
from ...errors import BadAnswer, Invalid
from . import mapping
from .mapping import Row, quoted

_ID = re.compile(r"[0-9a-f]{24}")
#: cursor of the second half of the changes
_EVENTS = "events"


class Reading:
    """The reading half of the connector; needs ``_api`` and ``_newsletter``."""

    # --- many ----------------------------------------------------------------
    def members(self, list_id: str, cursor: str = "") -> Iterator[Page]:
        """In the order of ids, which grow: nobody slips from page to page."""
        self._newsletter(list_id)
        yield from self._on(list_id, cursor)

    def changes(
        self, list_id: str, since: datetime, cursor: str = ""
    ) -> Iterator[Page]:
        """First whose data changed. Then who came or went, which moves no time of the
        member but writes an event; who went is told as unsubscribed. Bulk actions and
        deletions leave no trace (section 6)."""
        self._newsletter(list_id)
        start = mapping.moment(since)
        if cursor != _EVENTS:
            for page in self._on(list_id, cursor, f"updated_at:>='{start}'"):
                yield Page(page.members, page.cursor or _EVENTS)
        yield from self._moved(list_id, start)

    def _on(self, list_id: str, cursor: str, *conditions: str) -> Iterator[Page]:
        if cursor and not _ID.fullmatch(cursor):
            raise Invalid("this is no position in the list")
        while True:
            parts = [f"newsletters.id:{quoted(list_id)}", *conditions]
            if cursor:
                parts.append(f"id:>{quoted(cursor)}")
            rows = self._browse("+".join(parts), order="id asc")
            full = len(rows) >= self.capabilities.page_size
            last, cursor = cursor, mapping.identifier(rows[-1]) if full else ""
            if full and cursor <= last:
                raise BadAnswer("the same page came twice")
            found = (mapping.member_of(row, list_id) for row in rows)
            yield Page(tuple(member for member in found if member), cursor)
            if not full:
                return

    def _moved(self, list_id: str, start: str) -> Iterator[Page]:
        """From the newest event on: it is the one that counts."""
        met: set[str] = set()
        older = ""
        while True:
            events = self._events(f"data.created_at:>='{start}'{older}")
            gone: dict[str, RemoteMember] = {}
            for event in events:
                if answers.text(event.get("newsletter_id")) == list_id:
                    person = mapping.gone(event)
                    if person.remote_id not in met:
                        gone[person.remote_id] = person
                        met.add(person.remote_id)
            refs = [MemberRef(one.email, one.remote_id) for one in gone.values()]
            here = {one.remote_id: one for one in self.lookup(list_id, refs)}
            full = len(events) >= self.capabilities.page_size
            yield Page(tuple((gone | here).values()), _EVENTS if full else "")
            if not full:
                return
            before, older = older, self._before(events[-1])
            if older == before:
                raise BadAnswer("the same page came twice")

    def _before(self, event: Row) -> str:
        """The condition for what happened before an event; pages are not obeyed here,
        and several events can share a second."""
        at = answers.iso_time(event.get("created_at"))
        if at is None:
            raise BadAnswer("an event without time")
        time, last = mapping.moment(at), quoted(mapping.identifier(event))
        return f"+(data.created_at:<'{time}',(data.created_at:'{time}'+id:<{last}))"

    def _events(self, condition: str) -> list[dict[str, Any]]:
        answer = self._api.get(
            "/members/events/",
            filter=f"type:newsletter_event+{condition}",
            limit=self.capabilities.page_size,
        )
        events = answers.objects(answers.mapping(answer).get("events"), "events")
        return [answers.object_(event.get("data"), "event") for event in events]

    # --- single --------------------------------------------------------------
    def lookup(self, list_id: str, refs: Iterable[MemberRef]) -> Iterator[RemoteMember]:
        refs, met = list(refs), set()
        if refs:
            self._newsletter(list_id)
        for row in self._people(refs):
            member = row and mapping.member_of(row, list_id)
            if member and member.remote_id not in met:
                met.add(member.remote_id)
                yield member

    def member(self, list_id: str, ref: MemberRef) -> RemoteMember | None:
        return next(self.lookup(list_id, [ref]), None)

    def _people(self, refs: Iterable[MemberRef]) -> Iterator[Row | None]:
        """Who is meant, in the order of the refs, on whatever newsletter."""
        refs, size = list(refs), self.capabilities.lookup_batch
        for start in range(0, len(refs), size):
            part = refs[start : start + size]
            rows = list(self._matching(part))
            by_id = {mapping.identifier(row): row for row in rows}
            by_email: dict[str, Row] = {}
            for row in rows:  # of two spellings the older member counts
                by_email.setdefault(mapping.address(row).lower(), row)
            for ref in part:
                named = by_email.get(ref.email.strip().lower())
                yield by_id.get(ref.remote_id) or named

    def _person(self, ref: MemberRef) -> Row | None:
        return next(self._people([ref]))

    def _matching(self, refs: list[MemberRef]) -> Iterator[dict[str, Any]]:
        """Members with one of the ids, or whose address holds one of the addresses.

        Ghost keeps addresses as they were typed and tells capital letters apart;
        only "holds" does not.
        """
        ids = sorted({ref.remote_id for ref in refs if _ID.fullmatch(ref.remote_id)})
        emails = sorted({ref.email.strip() for ref in refs if "@" in ref.email})
        parts = [f"id:{quoted(one)}" for one in ids]
        parts += [f"email:~{quoted(email)}" for email in emails]
        last = ""
        while parts:
            after = f"+id:>{quoted(last)}" if last else ""
            rows = self._browse(f"({','.join(parts)}){after}", order="id asc")
            yield from rows
            if len(rows) < self.capabilities.page_size:
                return
            before, last = last, mapping.identifier(rows[-1])
            if last <= before:
                raise BadAnswer("the same page came twice")

    def _browse(self, condition: str, **params: Any) -> list[dict[str, Any]]:
        size = self.capabilities.page_size
        answer = self._api.get("/members/", filter=condition, limit=size, **params)
        return answers.objects(answers.mapping(answer).get("members"), "members")
