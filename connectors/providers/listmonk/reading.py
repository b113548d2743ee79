"""What reads subscribers: lists page by page, changes, single people; and bounces."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timezone
from typing import Any

from ....sync.vocabulary import RemoteMember, Status
from ... import answers
from ...contract import Bounce, MemberRef, Page
from ...errors import BadAnswer, Invalid, PermissionMissing
from ...url_guard import path
from . import mapping

#: letters that mean themselves, whether the tool searches by substring or by pattern
_PLAIN = re.compile(r"[\w.@-]+")
#: the subscriber's own time misses leaving, confirming and bouncing (sheet section 6)
_CHANGED = (
    "subscribers.updated_at > '{since}'"
    " OR EXISTS (SELECT 1 FROM subscriber_lists sl WHERE"
    " sl.subscriber_id = subscribers.id AND sl.updated_at > '{since}')"
    " OR EXISTS (SELECT 1 FROM bounces b WHERE"
    " b.subscriber_id = subscribers.id AND b.created_at > '{since}')"
)

Person = Mapping[str, Any]


class Reading:
    """The reading half of the connector; needs ``_api`` and ``_list``."""

    #: whether this login may ask by SQL; None until the tool has been asked
    _may_query: bool | None = None

    # --- many ----------------------------------------------------------------
    def members(self, list_id: str, cursor: str = "") -> Iterator[Page]:
        """By pages in the order of ids. Who is deleted meanwhile may shift a row out of
        sight: look a person up before taking them for gone."""
        yield from self._read(list_id, cursor)

    def changes(
        self, list_id: str, since: datetime, cursor: str = ""
    ) -> Iterator[Page]:
        """By an SQL condition, which wants the right ``subscribers:sql_query``.

        :raises PermissionMissing: without that right; there is no other way to ask
        """
        moment = since.astimezone(timezone.utc).strftime("%Y-%m-%d %H:%M:%S+00")
        yield from self._read(list_id, cursor, query=_CHANGED.format(since=moment))

    def _read(self, list_id: str, cursor: str, **condition: str) -> Iterator[Page]:
        # A list that is gone answers like one without members.
        self._list(list_id)
        condition |= {"list_id": list_id, "order": "asc"}
        bounce = self._bounces_when_needed()
        newest = 0
        for number, rows, last in self._pages("/subscribers", cursor, **condition):
            # Who joined with an old id has moved the others to the next page.
            fresh = [
                row for row in rows if (answers.number(row.get("id")) or 0) > newest
            ]
            newest = max(
                (answers.number(row.get("id")) or 0 for row in rows), default=0
            )
            members = (mapping.member_of(row, list_id, bounce(row)) for row in fresh)
            found = tuple(member for member in members if member)
            yield Page(found, "" if last else str(number + 1))

    def _pages(
        self, where: str, cursor: str = "", **params: Any
    ) -> Iterator[tuple[int, list[dict[str, Any]], bool]]:
        """Pages, with their number and whether it is the last one.

        The answer's own page size counts, in case the tool limits it one day.
        """
        if cursor and not re.fullmatch(r"[1-9]\d{0,8}", cursor):
            raise Invalid("this is no position in the list")
        number, before = int(cursor or 1), None
        size = self.capabilities.page_size
        while True:
            answer = self._data(
                self._api.get(where, page=number, per_page=size, **params), where
            )
            rows = answers.objects(answer.get("results"), where)
            total = answers.number(answer.get("total"))
            if total is None:
                raise BadAnswer(f"{where}: a total was expected")
            seen = [row.get("id") for row in rows]
            if rows and seen == before:
                raise BadAnswer("the same page came twice")
            told = answers.number(answer.get("per_page")) or size
            last = not rows or number * told >= total
            yield number, rows, last
            if last:
                return
            number, before = number + 1, seen

    def _data(self, answer: Any, what: str) -> dict[str, Any]:
        return answers.object_(answers.mapping(answer).get("data"), what)

    def _newest(self) -> list[dict[str, Any]]:
        """The people who changed last, one page of them."""
        params = {"order_by": "updated_at", "order": "desc"}
        return next(self._pages("/subscribers", **params))[1]

    # --- single --------------------------------------------------------------
    def lookup(self, list_id: str, refs: Iterable[MemberRef]) -> Iterator[RemoteMember]:
        """By id where known, else by address; a bounced one costs a call more."""
        refs, met = list(refs), set()
        for person in self._people(refs):
            if person and mapping.membership_of(person, list_id):
                member = mapping.member_of(person, list_id, self._bounced(person))
                if member.remote_id not in met:
                    met.add(member.remote_id)
                    yield member
        if refs and not met:
            self._list(list_id)  # a list that is gone has no members either

    def member(self, list_id: str, ref: MemberRef) -> RemoteMember | None:
        return next(self.lookup(list_id, [ref]), None)

    def _people(self, refs: Sequence[MemberRef]) -> list[Person | None]:
        """Who is meant, in the order of the refs, whatever list they are on."""
        size = self.capabilities.lookup_batch
        found: list[Person | None] = []
        for start in range(0, len(refs), size):
            part = refs[start : start + size]
            asked = None if self._may_query is False else self._asked(part)
            found += [self._searched(ref) for ref in part] if asked is None else asked
        return found

    def _person(self, ref: MemberRef) -> Person | None:
        return self._people([ref])[0]

    def _asked(self, refs: Sequence[MemberRef]) -> list[Person | None] | None:
        """By one SQL condition; None if this login may not ask so."""
        ids = sorted({ref.remote_id for ref in refs if ref.remote_id.isdecimal()})
        emails = sorted({key for ref in refs if (key := _key(ref.email))})
        texts = ["'" + email.replace("'", "''") + "'" for email in emails]
        parts = [
            f"subscribers.{column} IN ({', '.join(values)})"
            for column, values in (("id", ids), ("email", texts))
            if values
        ]
        rows: list[dict[str, Any]] = []
        try:
            if parts:
                query = {"query": " OR ".join(parts), "order": "asc"}
                for _, page, _ in self._pages("/subscribers", **query):
                    rows += page
                self._may_query = True
        except PermissionMissing:
            self._may_query = False
            return None
        by_id = {mapping.identifier(row): row for row in rows}
        by_email = {mapping.address(row).lower(): row for row in rows}
        return [
            by_id.get(ref.remote_id) or by_email.get(_key(ref.email)) for ref in refs
        ]

    def _searched(self, ref: MemberRef) -> Person | None:
        """By id, else by the tool's search, which finds too much."""
        if ref.remote_id.isdecimal():
            with suppress(Invalid):  # 400 is how the tool says "not found"
                where = path("subscribers", ref.remote_id)
                return self._data(self._api.get(where), "subscriber")
        email = _key(ref.email)
        word = max(_PLAIN.findall(email), key=len, default="")
        if not word:
            return None
        for _, rows, _ in self._pages("/subscribers", search=word, order="asc"):
            for row in rows:
                if mapping.address(row).lower() == email:
                    return row
        return None

    # --- bounces, blocklist --------------------------------------------------
    def bounces(self, since: datetime | None = None) -> Iterator[Bounce]:
        for record in self._bounce_records():
            bounce = mapping.bounce_of(record)
            if since is None or bounce.at is None or bounce.at >= since:
                yield bounce

    def blocked(self) -> Iterator[str]:
        """Everybody is read: only a login with the right to ask by SQL could ask for
        the blocklisted ones alone."""
        for _, rows, _ in self._pages("/subscribers", order="asc"):
            for row in rows:
                if row.get("status") == "blocklisted":
                    yield mapping.address(row)

    def _bounce_records(self) -> Iterator[dict[str, Any]]:
        order = {"order_by": "created_at", "order": "asc"}
        for _, rows, _ in self._pages("/bounces", **order):
            yield from rows

    def _bounced(self, person: Person) -> Bounce | None:
        """The hard bounce that blocklisted a person, if it was one."""
        if person.get("status") != "blocklisted":
            return None
        where = path("subscribers", mapping.identifier(person), "bounces")
        try:
            answer = self._api.get(where)
        except PermissionMissing:
            return None
        records = answers.mapping(answer).get("data")
        return _hard(answers.objects(records, "bounces"))

    def _bounces_when_needed(self) -> Callable[[Person], Bounce | None]:
        """The same for a whole list: all records are read once, for the first person
        who may have bounced."""
        known: dict[str, Bounce] | None = None

        def bounced(person: Person) -> Bounce | None:
            nonlocal known
            if person.get("status") != "blocklisted":
                return None
            if known is None:
                known = {}
                with suppress(PermissionMissing):
                    for record in self._bounce_records():
                        if hard := _hard([record]):
                            known[answers.text(record.get("subscriber_id"))] = hard
            return known.get(mapping.identifier(person))

        return bounced


def _hard(records: Iterable[dict[str, Any]]) -> Bounce | None:
    bounces = map(mapping.bounce_of, records)
    return next((b for b in bounces if b.status is Status.HARD_BOUNCE), None)


def _key(email: str) -> str:
    """An address as the tool keeps it; "" for what cannot be one and would only make
    the database refuse the whole question."""
    email = email.strip().lower()
    return email if "@" in email and email.isprintable() else ""
