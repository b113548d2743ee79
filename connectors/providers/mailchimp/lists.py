"""Audiences and their tags, which are the lists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from ... import answers
from ...contract import ListDraft, RemoteList
from ...errors import Invalid, NotFound
from ...url_guard import path
from .reading import split

#: most items of a collection in one answer
LARGEST_PAGE = 1000
#: settings of a new audience (``ListDraft.settings``) -> where Mailchimp wants them
CONTACT = {
    "company": "company",
    "address": "address1",
    "zip": "zip",
    "city": "city",
    "country": "country",
}
SENDER = {
    "sender_name": "from_name",
    "sender_email": "from_email",
    "language": "language",
}
NEEDED = ("company", "address", "city", "country", "sender_name", "sender_email")


class Lists:
    """Part of the connector; needs ``_api``, ``_door`` and ``_known_audiences``."""

    def lists(self) -> list[RemoteList]:
        """Audiences, each with its tags."""
        found = []
        for audience in self._collection("/lists", "lists"):
            entry = self._audience(audience)
            found.append(entry)
            where = path("lists", entry.remote_id, "segments")
            for segment in self._collection(where, "segments", type="static"):
                found.append(self._tag_list(entry, segment))
        return found

    def _audience(self, told: Mapping[str, Any]) -> RemoteList:
        remote_id = answers.identifier(told.get("id"), "audience")
        self._known_audiences.add(remote_id)
        web_id = answers.text(told.get("web_id"))
        home = self._door.home
        return RemoteList(
            remote_id,
            answers.text(told.get("name")) or remote_id,
            count=_total(told),
            opt_in="double" if told.get("double_optin") is True else "",
            web_url=f"{home}/lists/members/?id={web_id}" if home and web_id else "",
            settings=_settings(told),
            raw=told,
        )

    def _tag_list(self, audience: RemoteList, told: Mapping[str, Any]) -> RemoteList:
        tag = answers.identifier(told.get("id"), "tag")
        count = answers.number(told.get("member_count"))
        return RemoteList(
            f"{audience.remote_id}/{tag}",
            answers.text(told.get("name")) or tag,
            count=int(count) if count is not None else None,
            parent=audience.remote_id,
            raw=told,
        )

    def _collection(
        self, where: str, key: str, **params: Any
    ) -> Iterator[dict[str, Any]]:
        """All items of a short collection."""
        offset = 0
        while True:
            told = answers.object_(
                self._api.get(where, count=LARGEST_PAGE, offset=offset, **params), key
            )
            items = answers.objects(told.get(key), key)
            yield from items
            offset += len(items)
            if len(items) < LARGEST_PAGE:
                return

    def create_list(self, draft: ListDraft) -> RemoteList:
        given = _given(draft)
        if missing := [key for key in NEEDED if not given.get(key)]:
            raise Invalid(f"a new audience needs: {', '.join(missing)}")
        contact = {theirs: given.get(ours, "") for ours, theirs in CONTACT.items()}
        sender = {theirs: given.get(ours) or "en" for ours, theirs in SENDER.items()}
        body = {
            "name": draft.name,
            "contact": {**contact, "state": ""},
            "permission_reminder": draft.description or draft.name,
            "campaign_defaults": {**sender, "subject": draft.name},
            "email_type_option": False,
        }
        told = answers.object_(self._api.call("POST", "/lists", json=body), "audience")
        return replace(self._audience(told), count=0)

    def update_list(self, list_id: str, draft: ListDraft) -> RemoteList:
        """Everything that the tool calls required is written, so it is read before. A
        tag has a name only."""
        audience, tag = split(list_id)
        where = path("lists", audience)
        if tag:
            body: dict[str, Any] = {"name": draft.name}
            at = path("lists", audience, "segments", tag)
            told = self._api.call("PATCH", at, json=body, idempotent=True)
            entry = self._audience(answers.object_(self._api.get(where), "audience"))
            return self._tag_list(entry, answers.object_(told, "tag"))
        known = answers.object_(self._api.get(where), "audience")
        given = _given(draft)
        reminder = draft.description or known.get("permission_reminder")
        body = {
            "name": draft.name,
            "permission_reminder": str(reminder or draft.name),
            "email_type_option": bool(known.get("email_type_option")),
        }
        for key, names in (("contact", CONTACT), ("campaign_defaults", SENDER)):
            new = {names[ours]: given[ours] for ours in names if given.get(ours)}
            body[key] = {**answers.mapping(known.get(key)), **new}
        told = self._api.call("PATCH", where, json=body, idempotent=True)
        return self._audience(answers.object_(told, "audience"))

    def delete_list(self, list_id: str) -> None:
        """An audience with everybody in it and who left it; of a tag the tag alone."""
        audience, tag = split(list_id)
        where = path("lists", audience)
        if tag:
            where = path("lists", audience, "segments", tag)
        with suppress(NotFound):
            self._api.reply("DELETE", where, idempotent=True)
        if not tag:
            self._known_audiences.discard(audience)

    def count(self, list_id: str) -> int | None:
        """From statistics that lag by some minutes."""
        audience, tag = split(list_id)
        if tag:
            told = self._api.get(path("lists", audience, "segments", tag))
            found = answers.number(answers.object_(told, "tag").get("member_count"))
            return None if found is None else int(found)
        told = self._api.get(path("lists", audience))
        return _total(answers.object_(told, "audience"))


def _given(draft: ListDraft) -> dict[str, str]:
    return {key: (text or "").strip() for key, text in draft.settings.items()}


def _settings(told: Mapping[str, Any]) -> dict[str, str]:
    """An audience's settings in our words."""
    found = {"description": answers.text(told.get("permission_reminder"))}
    for key, names in (("contact", CONTACT), ("campaign_defaults", SENDER)):
        part = answers.mapping(told.get(key))
        found |= {ours: answers.text(part.get(their)) for ours, their in names.items()}
    return found


def _total(told: Mapping[str, Any]) -> int | None:
    """Members of all statuses, as the statistics tell."""
    stats = answers.mapping(told.get("stats"))
    names = ("member_count", "unsubscribe_count", "cleaned_count")
    counts = [answers.number(stats.get(name)) for name in names]
    if any(count is None for count in counts):
        return None
    return int(sum(counts))
