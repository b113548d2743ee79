"""Reading contacts: ids by tag, then one call each; there are no pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ....sync.vocabulary import RemoteMember
from ... import answers
from ...contract import MemberRef, Page
from ...errors import BadAnswer, Invalid, NotFound
from ...url_guard import path
from . import mapping

#: Without these the tool leaves out who is pending, has left or bounced.
EVERY_STATUS = ("pending", "subscribed", "unsubscribed")
EVERY_BOUNCE = ("hardbounce", "softbounce", "spambounce", "nobounce")

Contact = dict[str, Any]


class Reading:
    """The reading half of the connector; needs ``_api``, ``_kinds`` and the tags."""

    def members(self, list_id: str, cursor: str = "") -> Iterator[Page]:
        """Ids of all who have the tag, then one call for each, in the order of ids.

        A contact without address (SMS only) is left out.
        """
        if cursor and not re.fullmatch(r"\d{1,18}", cursor):
            raise Invalid("this is no position in the list")
        self._check_tag(list_id, live=True)
        ids = [id for id in self._tagged(list_id) if id > int(cursor or 0)]
        size = self.capabilities.page_size
        for start in range(0, max(len(ids), 1), size):
            part = ids[start : start + size]
            found = (self._detail(str(id)) for id in part)
            members = tuple(
                self._member(one, list_id) for one in found if one and one.get("email")
            )
            last = start + size >= len(ids)
            yield Page(members, "" if last else str(part[-1]))

    def _tagged(self, list_id: str) -> list[int]:
        """Ids of all contacts with a tag; filters go into query and body, as sources
        differ about the place."""
        body = {
            "tagid": mapping.number_of(list_id),
            "status": list(EVERY_STATUS),
            "bounceStatus": list(EVERY_BOUNCE),
        }
        params = {
            "status": ",".join(EVERY_STATUS),
            "bounceStatus": ",".join(EVERY_BOUNCE),
        }
        found = self._api.call(
            "POST", "/subscriber/tagged", json=body, params=params, idempotent=True
        )
        if not isinstance(found, dict) and found != []:
            raise BadAnswer("contacts of a tag: an object was expected")
        try:
            return sorted(int(id) for id in found)
        except ValueError:
            raise BadAnswer("contacts of a tag: ids were expected") from None

    def member(self, list_id: str, ref: MemberRef) -> RemoteMember | None:
        self._check_tag(list_id)
        contact = self._contact(ref)
        if contact is None or list_id not in mapping.tag_ids(contact):
            return None
        return self._member(contact, list_id)

    def _contact(self, ref: MemberRef) -> Contact | None:
        """By id where known, else by address."""
        if not ref.remote_id.strip() and not ref.email.strip():
            raise Invalid("a person without id and address")
        contact = self._detail(ref.remote_id) if ref.remote_id.strip() else None
        if contact is None and ref.email.strip():
            contact = self._by_address(ref.email)
        return contact

    def _detail(self, remote_id: str) -> Contact | None:
        try:
            found = self._api.get(path("subscriber", remote_id))
        except NotFound:
            return None
        return answers.object_(found, "contact")

    def _by_address(self, email: str) -> Contact | None:
        """An address that could be none is nobody's."""
        try:
            found = self._api.call(
                "POST", "/subscriber/search", json={"email": email}, idempotent=True
            )
        except (NotFound, Invalid):
            return None
        if not isinstance(found, list):
            raise BadAnswer("search: a list was expected")
        if not found:
            return None
        return self._detail(answers.identifier(found[0], "contact"))

    def _member(self, contact: Contact, list_id: str) -> RemoteMember:
        tags = self._tag_names(contact, list_id)
        return mapping.member_of(contact, self._kinds, tags)

    def _tag_names(self, contact: Contact, list_id: str) -> frozenset[str]:
        """Names of the tags that people gave; SmartTags are the tool's own."""
        smart = set(answers.mapping(contact.get("smart_tags")))
        ids = mapping.tag_ids(contact) - smart - {list_id}
        if not ids:
            return frozenset()
        if self._known_tags is None or not ids <= set(self._known_tags):
            self.lists()
        names = self._known_tags or {}
        return frozenset(names[id] for id in ids if names.get(id))
