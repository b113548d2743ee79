"""What reads receivers: whole groups, changes, single people; and the blocklist."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from ....sync.address import normalise
from ....sync.vocabulary import RemoteMember
from ... import answers
from ...contract import Bounce, MemberRef, MembersLater, Page
from ...errors import BadAnswer, Conflict, Invalid, NotFound
from ...url_guard import path
from . import mapping

#: ``detail`` of a reading call: 4 adds the tags
WITH_TAGS = 4
BOUNCES_PAGE = 500
#: times that tell a change; attribute changes leave none behind
CHANGE_TIMES = ("activated", "deactivated", "bounced")


class Reading:
    """The reading half of the connector; needs ``_api``, ``_fields`` and ``_done``."""

    def members(self, list_id: str, cursor: str = "") -> Iterator[Page]:
        """By pages, sorted by address. Who is deleted meanwhile may shift a row out of
        sight: look a person up before taking them for gone."""
        where = path("groups", list_id, "receivers")

        def page(number: int) -> Any:
            return self._api.get(
                where,
                pagesize=self.capabilities.page_size,
                page=number,
                type="all",
                detail=WITH_TAGS,
                order_by="email asc",
            )

        start = _position(cursor)
        for number, rows, last in self._pages(page, start):
            members = self._members(rows, list_id)
            yield Page(members, "" if last else str(number + 1))

    def changes(
        self, list_id: str, since: datetime, cursor: str = ""
    ) -> Iterator[Page]:
        """Who was activated, deactivated or bounced. New pending ones and changed
        attributes leave no time behind; webhooks and full reads find those."""
        field, _, start = (cursor or CHANGE_TIMES[0]).partition(":")
        if field not in CHANGE_TIMES:
            raise Invalid("this is no position in the changes")
        after = int(since.timestamp()) - 1  # "bg" leaves out the moment itself
        remaining = CHANGE_TIMES[CHANGE_TIMES.index(field) :]
        for name, following in zip(remaining, (*remaining[1:], ""), strict=True):
            query = {
                "groups": [list_id],
                "operator": "AND",
                "rules": [{"field": name, "logic": "bg", "condition": str(after)}],
                "orderby": "email asc",
                "detail": WITH_TAGS,
                "activeonly": False,
            }
            begin = _position(start) if name == field else 0
            for number, rows, last in self._pages(self._filter(query), begin):
                cursor = following if last else f"{name}:{number + 1}"
                yield Page(self._members(rows, list_id), cursor)

    def _filter(self, query: dict[str, Any]) -> Callable[[int], Any]:
        return lambda number: self._ask(
            "/receivers/filter",
            {**query, "pagesize": self.capabilities.page_size, "page": number},
        )

    def _pages(
        self, read: Callable[[int], Any], number: int
    ) -> Iterator[tuple[int, list[dict[str, Any]], bool]]:
        """Pages until one is not full: no answer tells the total."""
        before = None
        while True:
            rows = answers.objects(read(number), "receivers")
            seen = [row.get("email") for row in rows]
            if rows and seen == before:
                raise BadAnswer("the same page came twice")
            last = len(rows) < self.capabilities.page_size
            yield number, rows, last
            if last:
                return
            number, before = number + 1, seen

    def lookup(self, list_id: str, refs: Iterable[MemberRef]) -> Iterator[RemoteMember]:
        """By id where known, and by address for all others and those not found."""
        refs = list(refs)
        by_id = [ref.remote_id for ref in refs if ref.remote_id]
        found = list(self._listed(list_id, "id_list", by_id))
        yield from found
        met = {member.remote_id for member in found}
        emails = {ref.email for ref in refs if ref.email and ref.remote_id not in met}
        for member in self._listed(list_id, "email_list", sorted(emails)):
            if member.remote_id not in met:
                yield member

    def _listed(
        self, list_id: str, key: str, values: list[str]
    ) -> Iterator[RemoteMember]:
        size = self.capabilities.lookup_batch
        for start in range(0, len(values), size):
            body = {
                key: ",".join(values[start : start + size]),
                "pagesize": size,
                "page": 0,
                "type": "all",
                "detail": WITH_TAGS,
            }
            rows = self._ask(path("groups", list_id, "get_receivers"), body)
            yield from self._members(answers.objects(rows, "receivers"), list_id)

    def member(self, list_id: str, ref: MemberRef) -> RemoteMember | None:
        """By the listing call: unlike the single one it tells a missing receiver
        (nothing) from a missing group (404)."""
        return next(self.lookup(list_id, [ref]), None)

    def _ask(self, where: str, body: dict[str, Any]) -> Any:
        """A question by POST; some answer ``false`` for "none"."""
        answer = self._api.call("POST", where, json=body, idempotent=True)
        return [] if answer is False else answer

    def _members(
        self, rows: list[dict[str, Any]], list_id: str
    ) -> Sequence[RemoteMember]:
        """A page is long, and most of its time is not the tool's: see the records."""
        if not rows:
            return ()
        fields = self._fields(list_id)
        return MembersLater(rows, lambda rows: mapping.members_of(rows, fields))

    # --- blacklist, bounces --------------------------------------------------
    def blocked(self) -> Iterator[str]:
        """The account's blacklist, read in one go; how it is paged is not known."""
        entries = self._api.get("/blacklist")
        if not isinstance(entries, list):
            raise BadAnswer("blacklist: a list was expected")
        for entry in entries:
            email = entry.get("email") if isinstance(entry, dict) else entry
            if not isinstance(email, str):
                raise BadAnswer("blacklist: an address was expected")
            yield normalise(email)

    def block(self, email: str, comment: str = "") -> None:
        body = {"email": email, "comment": comment}
        with suppress(Conflict):  # it is there
            self._api.call("POST", "/blacklist", json=body, idempotent=True)

    def unblock(self, email: str) -> None:
        where = path("blacklist", email)
        with suppress(NotFound):
            self._done(self._api.call("DELETE", where, idempotent=True))

    def bounces(self, since: datetime | None = None) -> Iterator[Bounce]:
        """All reports are read, as their order is not known; old ones are left out."""
        number, before = 0, None
        while True:
            rows = answers.objects(
                self._api.get("/bounces", page=number, pagesize=BOUNCES_PAGE), "bounces"
            )
            if rows and rows == before:
                raise BadAnswer("the same page came twice")
            for bounce in map(mapping.bounce_of, rows):
                if since is None or bounce.at is None or bounce.at >= since:
                    yield bounce
            if len(rows) < BOUNCES_PAGE:
                return
            number, before = number + 1, rows


def _position(cursor: str) -> int:
    """A page number out of a cursor."""
    if cursor and not re.fullmatch(r"\d{1,9}", cursor):
        raise Invalid("this is no position in the list")
    return int(cursor or 0)
