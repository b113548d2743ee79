"""What reads contacts: lists by pages, changes, single ones, and who is blocked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

from ....sync.vocabulary import RemoteMember
from ... import answers
from ...contract import MemberRef, Page
from ...errors import Invalid, NotFound
from ...url_guard import path
from . import mapping

#: contacts of the account in a page, the most there may be
LARGEST_PAGE = 1000


class Reading:
    """The reading half of the connector; needs ``_api``, ``_page`` and ``_require``."""

    def members(self, list_id: str, cursor: str = "") -> Iterator[Page]:
        """Oldest contacts first. Who left this list singly is not among them; who left
        the account is, and is told as unsubscribed."""
        yield from self._members(list_id, cursor)

    def changes(
        self, list_id: str, since: datetime, cursor: str = ""
    ) -> Iterator[Page]:
        """By ``modifiedAt``, which also moves for reasons that change nothing here.

        Whether the time itself counts is not known, so a second more is asked for.
        """
        yield from self._members(list_id, cursor, modifiedSince=moment(since))

    def _members(self, list_id: str, cursor: str, **params: str) -> Iterator[Page]:
        offset, last = _position(cursor), False
        size = self.capabilities.page_size
        while not last:
            rows, last = self._on_list(list_id, size, offset, **params)
            offset += size
            members = tuple(self._member_of(one, list_id) for one in rows)
            yield Page(members, "" if last else str(offset))

    def _on_list(
        self, list_id: str, size: int, offset: int, **params: str
    ) -> tuple[list[dict[str, Any]], bool]:
        where = path("contacts", "lists", list_id, "contacts")
        rows, last = self._page(where, "contacts", size, offset, sort="asc", **params)
        return mapping.people(rows), last

    def _member_of(self, contact: dict[str, Any], list_id: str) -> RemoteMember:
        attributes = self._attributes() if contact.get("attributes") else {}
        return mapping.member_of(contact, list_id, attributes)

    # --- one ------------------------------------------------------------------
    def member(self, list_id: str, ref: MemberRef) -> RemoteMember | None:
        contact = self._contact(ref)
        if contact is None or not mapping.is_on(contact, list_id):
            self._require(list_id)
            return None
        return self._member_of(contact, list_id)

    def _contact(self, ref: MemberRef) -> dict[str, Any] | None:
        """Somebody in the account, by id or else by address."""
        names = [("contact_id", ref.remote_id), ("email_id", ref.email)]
        for kind, name in names:
            if not name:
                continue
            try:
                found = self._api.get(path("contacts", name), identifierType=kind)
                return answers.object_(found, "contact")
            except (NotFound, Invalid):
                continue  # an address that cannot be one is refused, not searched
        return None

    # --- many -----------------------------------------------------------------
    def blocked(self) -> Iterator[str]:
        """Everybody in the account who gets no mail, on a list or not.

        (The transactional blocks of ``/smtp/blockedContacts`` are another thing.)
        """
        for contact in self._everybody():
            if contact.get("emailBlacklisted") is not False:
                yield mapping.address_of(contact)

    def _everybody(self) -> Iterator[dict[str, Any]]:
        """All contacts of the account that have an address."""
        everybody = self._all("/contacts", "contacts", LARGEST_PAGE, sort="asc")
        yield from mapping.people(everybody)

    def _existing(self, emails: set[str]) -> set[str]:
        """Those of the addresses that the account knows, with or without a list.

        Asked the cheaper way: all contacts by thousands, or these one by one.
        """
        if self._total("/contacts") > len(emails) * LARGEST_PAGE:
            return {e for e in sorted(emails) if self._contact(MemberRef(e))}
        return {
            email
            for contact in self._everybody()
            if (email := mapping.address_of(contact)) in emails
        }


def moment(at: datetime) -> str:
    """A time as Brevo takes it, a second early."""
    early = at.astimezone(timezone.utc) - timedelta(seconds=1)
    return early.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _position(cursor: str) -> int:
    """An offset out of a cursor."""
    if cursor and not re.fullmatch(r"\d{1,12}", cursor):
        raise Invalid("this is no position in the list")
    return int(cursor or 0)
