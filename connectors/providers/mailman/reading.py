"""What reads people: whole lists, single members, requests, bans, bounces."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any

from ....sync.address import normalise
from ....sync.vocabulary import RemoteMember
from ... import answers
from ...contract import Bounce, MemberRef, Page
from ...errors import Conflict, Invalid, NotFound, ServerFault, Unreachable
from ...url_guard import path
from . import mapping

#: begins the cursor of pages with those who wait
WAITING = "requests:"


class Reading:
    """The reading half of the connector; needs ``_api``, ``_page`` and ``_entries``."""

    # --- a whole list ----------------------------------------------------------
    def members(self, list_id: str, cursor: str = "") -> Iterator[Page]:
        """Members by address, then those who wait to become some.

        Pages are numbered: who comes or goes meanwhile shifts the rest by one. Look a
        person up before taking them for gone.
        """
        if not cursor.startswith(WAITING):
            yield from self._members(list_id, cursor)
        else:
            yield from self._waiting(list_id, cursor)

    def _members(self, list_id: str, cursor: str) -> Iterator[Page]:
        number, last = _position(cursor), False
        where = path("lists", list_id, "roster", "member")
        enabled: set[str] | None = None
        while not last:
            entries, last = self._page(where, number)
            if enabled is None and entries:
                enabled = self._enabled(list_id)
            found = tuple(self._member_of(entry, enabled) for entry in entries)
            number += 1
            if not last:
                yield Page(found, str(number))
        waiting = list(self._waiting(list_id))
        yield Page(found, WAITING + "1" if waiting else "")
        yield from waiting

    def _waiting(self, list_id: str, cursor: str = "") -> Iterator[Page]:
        """Pages of people with an open request; none where nobody waits."""
        number, last = _position(cursor.removeprefix(WAITING)), False
        while not last:
            entries, last = self._page(path("lists", list_id, "requests"), number)
            number += 1
            if entries:
                found = tuple(map(mapping.pending_of, entries))
                yield Page(found, "" if last else f"{WAITING}{number}")

    def _enabled(self, list_id: str) -> set[str]:
        """Ids of all members who get mail, by one call; few are asked for singly then.

        Mailman looks at each member for that. For a long list this may take longer than
        we wait: then nobody is known to get mail, and every member is asked for. (A
        POST, so that the transport does not try it again.)
        """
        body = {
            "list_id": list_id,
            "role": "member",
            "delivery_status": "enabled",
            "fields": "member_id",
        }
        try:
            answer = self._api.call("POST", "/members/find", data=body)
        except (Unreachable, ServerFault):
            return set()
        found = answers.object_(answer, "members").get("entries", [])
        return {
            answers.text(entry.get("member_id"))
            for entry in answers.objects(found, "members")
        }

    def _member_of(
        self, entry: dict[str, Any], enabled: set[str] | None = None
    ) -> RemoteMember:
        member_id = answers.identifier(entry.get("member_id"), "member")
        delivery = "enabled"
        if member_id not in (enabled or ()):
            delivery = self._delivery(member_id)
        return mapping.member_of(entry, delivery)

    def _delivery(self, member_id: str) -> str:
        """The delivery status that holds, inherited ones included."""
        where = path("members", member_id, "all", "preferences")
        try:
            told = answers.object_(self._api.get(where), "preferences")
        except NotFound:
            return "gone"  # since the page was read
        return answers.text(told.get("delivery_status")) or "enabled"

    # --- one person --------------------------------------------------------------
    def member(self, list_id: str, ref: MemberRef) -> RemoteMember | None:
        entry = self._entry(list_id, ref)
        if entry is not None:
            return self._member_of(entry)
        waiting = self._request(list_id, ref.email)
        return mapping.pending_of(waiting) if waiting else None

    def _entry(self, list_id: str, ref: MemberRef) -> dict[str, Any] | None:
        """A membership as Mailman tells it, by id or by address."""
        if ref.remote_id:
            with suppress(NotFound):
                found = self._api.get(path("members", ref.remote_id))
                entry = answers.object_(found, "member")
                if entry.get("list_id") == list_id and entry.get("role") == "member":
                    return entry
        if not ref.email:
            return None
        return next(iter(self._memberships(ref.email, list_id=list_id)), None)

    def _memberships(self, email: str, **params: Any) -> Iterator[dict[str, Any]]:
        """What an address is subscribed to.

        By a search, for an address with a slash cannot stand in a path. A ``*`` in an
        address is taken for a wildcard, so what is found is looked at.
        """
        params = {"role": "member", **params, "subscriber": email}
        for entry in self._entries("/members/find", **params):
            if mapping.address_of(entry) == normalise(email):
                yield entry

    def _request(self, list_id: str, email: str) -> dict[str, Any] | None:
        """The open request of an address. There is no search, so all are read.

        :raises NotFound: there is no such list (a search for members does not say so)
        """
        for request in self._entries(path("lists", list_id, "requests")):
            if mapping.address_of(request) == normalise(email):
                return request
        return None

    # --- bans, bounces -------------------------------------------------------------
    def blocked(self) -> Iterator[str]:
        """Addresses that the whole server keeps out. Patterns (they begin with ``^``)
        are no addresses; they keep people out all the same."""
        for ban in self._bans():
            yield normalise(ban)

    def _bans(self) -> Iterator[str]:
        """Banned addresses as they were typed."""
        for ban in self._entries("/bans"):
            email = answers.text(ban.get("email"))
            if "@" in email and not email.startswith("^"):
                yield email

    def block(self, email: str, comment: str = "") -> None:
        """Keeps somebody from being subscribed; who is a member stays one. In lower
        case: Mailman keeps a ban as it is typed and then compares letter by letter."""
        body = {"email": normalise(email)}
        with suppress(Conflict):  # banned already
            self._api.reply("POST", "/bans", data=body, idempotent=True)

    def unblock(self, email: str) -> None:
        for ban in list(self._bans()):
            if normalise(ban) == normalise(email):
                self._api.reply("DELETE", path("bans", ban), idempotent=True)

    def bounces(self, since: datetime | None = None) -> Iterator[Bounce]:
        """Whom Mailman stopped mailing because of bounces, on any list."""
        body = {"role": "member", "delivery_status": "by_bounces"}
        answer = self._api.call("POST", "/members/find", data=body, idempotent=True)
        found = answers.object_(answer, "members").get("entries", [])
        for bounce in map(mapping.bounce_of, answers.objects(found, "members")):
            if since is None or bounce.at is None or bounce.at >= since:
                yield bounce


def _position(cursor: str) -> int:
    """A page number out of a cursor."""
    if cursor and not re.fullmatch(r"[1-9]\d{0,8}", cursor):
        raise Invalid("this is no position in the list")
    return int(cursor or 1)
