"""Reading members: whole audiences, tags, changes, single people."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

from ....sync.vocabulary import RemoteMember
from ... import answers
from ...contract import MemberRef, Page
from ...errors import BadAnswer, Invalid, NotFound
from ...url_guard import path
from . import mapping

Member = dict[str, Any]
#: parts of a member that nobody needs, and that make up most of an answer
EXCLUDED = "_links,members._links,members.location,members.stats"
#: what the tool leaves out of a tag's members unless it is asked for
EVERY_STATUS = {
    "include_cleaned": "true",
    "include_transactional": "true",
    "include_unsubscribed": "true",
}
_SECOND = timedelta(seconds=1)


def split(list_id: str) -> tuple[str, str]:
    """Audience and tag of a list; the tag is "" for an audience.

    :raises Invalid: neither
    """
    audience, slash, tag = list_id.strip().partition("/")
    if not audience or bool(slash) != bool(tag.strip()):
        raise Invalid("an empty id of a list")
    return audience, tag.strip()


class Reading:
    """The reading half of the connector; needs ``_api``, ``_check`` and ``_fields``."""

    def members(self, list_id: str, cursor: str = "") -> Iterator[Page]:
        """All but the archived, in the order of their joining, which does not move.

        A tag's members come in two parts, as the tool leaves out who is pending: those
        are found among the audience's. Who is deleted meanwhile may shift a row out of
        sight: look a person up before taking them for gone.
        """
        audience, tag = split(list_id)
        everybody = path("lists", audience, "members")
        order = {"sort_field": "timestamp_signup", "sort_dir": "ASC"}
        parts = [(everybody, order)]
        if tag:
            parts = [
                (path("lists", audience, "segments", tag, "members"), EVERY_STATUS),
                (everybody, {"status": "pending", **order}),
            ]
        part, offset = _position(cursor, len(parts))
        for number in range(part, len(parts)):
            where, params = parts[number]
            for rows, following in self._pages(where, params, offset):
                shown = self._shown(rows, audience, tag, among_all=number > 0)
                if following:
                    yield Page(shown, f"{number}:{following}")
                else:
                    last = number + 1 == len(parts)
                    yield Page(shown, "" if last else f"{number + 1}:0")
            offset = 0

    def _pages(
        self, where: str, params: dict[str, Any], offset: int
    ) -> Iterator[tuple[list[Member], int]]:
        """Rows, and the offset of those that follow (0: none)."""
        before = None
        while True:
            told = answers.object_(
                self._api.get(
                    where,
                    count=self.capabilities.page_size,
                    offset=offset,
                    exclude_fields=EXCLUDED,
                    **params,
                ),
                "members",
            )
            rows = answers.objects(told.get("members"), "members")
            seen = [row.get("id") for row in rows]
            if rows and seen == before:
                raise BadAnswer("the same page came twice")
            offset, before = offset + len(rows), seen
            total = answers.number(told.get("total_items"))
            full = len(rows) >= self.capabilities.page_size
            more = bool(rows) and (full if total is None else offset < total)
            yield rows, offset if more else 0
            if not more:
                return

    def changes(
        self, list_id: str, since: datetime, cursor: str = ""
    ) -> Iterator[Page]:
        """Sorted by the time of the change. Whoever changes meanwhile moves to the end
        and would shift others, so each page starts anew at the last one's time: some
        come twice, nobody is left out. Archived and deleted ones are not told."""
        audience, tag = split(list_id)
        where = path("lists", audience, "members")
        # Whether the moment itself is in or out is not documented.
        start, offset = _moment(cursor) if cursor else (since - _SECOND, 0)
        while True:
            params = {
                "since_last_changed": mapping.iso(start),
                "sort_field": "last_changed",
                "sort_dir": "ASC",
            }
            rows, following = next(self._pages(where, params, offset))
            shown = self._shown(rows, audience, tag, among_all=True)
            if not following:
                yield Page(shown)
                return
            last = answers.iso_time(rows[-1].get("last_changed"))
            if last and last - _SECOND > start:
                start, offset = last - _SECOND, 0
            else:  # a whole page in one second, as an import leaves it
                offset = following
            yield Page(shown, f"{mapping.iso(start)}|{offset}")

    def _shown(
        self, rows: list[Member], audience: str, tag: str, among_all: bool
    ) -> tuple[RemoteMember, ...]:
        """Rows as members; ``among_all``: of a tag, only those who have it."""
        there = [row for row in rows if mapping.is_there(row)]
        found = []
        for row in there:
            tags = self._tags(row, audience)
            if not (tag and among_all) or tag in tags:
                found.append(self._member(row, audience, tag, tags))
        return tuple(found)

    def _member(
        self, row: Member, audience: str, tag: str, tags: dict[str, str]
    ) -> RemoteMember:
        names = frozenset(name for id, name in tags.items() if id != tag)
        return mapping.member_of(row, self._fields(audience), names)

    def _tags(self, row: Member, audience: str) -> dict[str, str]:
        """Tags by id; a member shows some only, if there are many."""
        tags = _tags_in(row.get("tags"))
        count = answers.number(row.get("tags_count"))
        if count is not None and count > len(tags):
            email_hash = answers.identifier(row.get("id"), "member")
            where = path("lists", audience, "members", email_hash, "tags")
            told = answers.object_(self._api.get(where, count=1000), "tags")
            tags |= _tags_in(told.get("tags"))
        return tags

    # --- one -----------------------------------------------------------------
    def member(self, list_id: str, ref: MemberRef) -> RemoteMember | None:
        audience, tag = split(list_id)
        self._check(audience)
        row = self._find(audience, ref)
        if row is None or not mapping.is_there(row):
            return None
        tags = self._tags(row, audience)
        if tag and tag not in tags:
            return None
        return self._member(row, audience, tag, tags)

    def _find(self, audience: str, ref: MemberRef) -> Member | None:
        """Somebody known to an audience, archived or not; by id, else by address."""
        names = [ref.remote_id.strip()] if ref.remote_id.strip() else []
        if ref.email.strip():
            names.append(mapping.subscriber_hash(ref.email))
        if not names:
            raise Invalid("a person without id and address")
        for name in names:
            where = path("lists", audience, "members", name)
            try:
                return answers.object_(self._api.get(where), "member")
            except NotFound:
                continue
        return None


def _tags_in(told: Any) -> dict[str, str]:
    tags = (
        [tag for tag in told if isinstance(tag, dict)] if isinstance(told, list) else []
    )
    named = (
        (answers.text(tag.get("id")), answers.text(tag.get("name"))) for tag in tags
    )
    return {id: name for id, name in named if id and name}


def _position(cursor: str, parts: int) -> tuple[int, int]:
    """Part and offset of a cursor."""
    match = re.fullmatch(r"(\d):(\d{1,9})", cursor or "0:0")
    if not match or int(match[1]) >= parts:
        raise Invalid("this is no position in the list")
    return int(match[1]), int(match[2])


def _moment(cursor: str) -> tuple[datetime, int]:
    text, _, offset = cursor.partition("|")
    moment = answers.iso_time(text)
    if moment is None or not re.fullmatch(r"\d{1,9}", offset):
        raise Invalid("this is no position in the changes")
    return moment.astimezone(timezone.utc), int(offset)
