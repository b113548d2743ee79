"""The connector: what each call of the contract is in Mailman's words.

A member is one subscription; who leaves is no member any more, and nothing tells it
from never having been there. Facts: the project's measurements on Mailman 3.3.10.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from ... import answers
from ...api import Api
from ...auth import BasicAuth
from ...capabilities import Capabilities, Level
from ...contract import (
    Account,
    Connector,
    CredentialField,
    ListDraft,
    RemoteField,
    RemoteList,
)
from ...error_table import ErrorRow, ErrorTable
from ...errors import BadAnswer, Conflict, Invalid, MisConfigured, NotFound
from ...records import _lt
from ...url_guard import path
from . import mapping
from .reading import Reading
from .writing import Writing

#: Mailman says 400 for nearly everything; its descriptions are not translated.
ERRORS = ErrorTable(
    [
        ErrorRow(NotFound, (400,), text="No such list"),
        ErrorRow(Conflict, (400,), text="Mailing list exists"),
        ErrorRow(Conflict, (400,), text="already banned"),
        ErrorRow(Conflict, (400,), text="belongs to other user"),
        ErrorRow(MisConfigured, (400,), text="Domain does not exist"),
    ]
)
#: entries of a page, of whatever collection
PAGE = 100


class Mailman(Reading, Writing, Connector):
    """GNU Mailman 3 core over its REST API."""

    code = "mailman"
    label = "GNU Mailman 3"
    website = "https://list.org"
    credential_fields = (
        CredentialField(
            "base_url",
            _lt("Address of the REST API"),
            kind="url",
            help=_lt(
                "Over https and reachable by Odoo, such as https://lists.example.org."
            ),
        ),
        CredentialField("user", _lt("User"), default="restadmin"),
        CredentialField("password", _lt("Password"), kind="secret"),
        CredentialField(
            "domain",
            _lt("Domain of new lists"),
            required=False,
            help=_lt("Empty: Mailman's first one."),
        ),
    )
    capabilities = Capabilities(
        create_list=True,
        list_options=("description",),
        update_list=True,
        delete_list=True,
        delete_list_takes_people=True,
        lookup_batch=1,
        batch_size=1,
        page_size=PAGE,
        unsubscribe=Level.LIST,
        unsubscribe_batch=100,
        unsubscribe_everywhere=True,
        keeps_leavers=False,
        remove_from_list=True,
        erase=True,
        change_address=True,
        double_opt_in=True,
        tells_pending=True,
        read_blocklist=True,
        write_blocklist=True,
        bounces=True,
        parallel_calls=2,
    )

    def __init__(self, credentials, transport, tokens=None):
        super().__init__(credentials, transport, tokens)
        base = (credentials.get("base_url") or "").strip().rstrip("/")
        base = re.sub(r"/3\.\d$", "", base) + "/3.1"
        login = BasicAuth(
            credentials.get("user") or "",
            credentials.get("password") or "",
            transport.hide,
        )
        self._api = Api(transport, base, login, ERRORS)

    # --- account, lists, fields ------------------------------------------------
    def account(self) -> Account:
        """There is one login for the whole server, which therefore is the account."""
        told = answers.object_(self._api.get("/system/versions"), "versions")
        version = answers.text(told.get("mailman_version"))
        if not version:
            raise BadAnswer("this is no Mailman")
        host = urlsplit(self._api.base_url).netloc
        return Account(remote_id=host, name=f"{version}, {host}")

    def lists(self) -> list[RemoteList]:
        return [self._list(entry) for entry in self._entries("/lists")]

    def create_list(self, draft: ListDraft) -> RemoteList:
        """A list in the style for announcements, where only allowed people write."""
        local = mapping.list_name(draft.name)
        if not local:
            raise Invalid(f"no address of a list can be made of {draft.name!r}")
        domain = self.credentials.get("domain") or self._first_domain()
        address = f"{local}@{domain}"
        body = {"fqdn_listname": address, "style_name": "legacy-announce"}
        self._api.reply("POST", "/lists", data=body)
        config = {"display_name": draft.name, "description": draft.description}
        where = path("lists", f"{local}.{domain}")
        self._api.reply("PATCH", where + "/config", data=config, idempotent=True)
        return self._list(answers.object_(self._api.get(where), "list"))

    def update_list(self, list_id: str, draft: ListDraft) -> RemoteList:
        """The name for people; the address of the list stays."""
        config = {"display_name": draft.name}
        if draft.description:
            config["description"] = draft.description
        where = path("lists", list_id)
        self._api.reply("PATCH", where + "/config", data=config, idempotent=True)
        return self._list(answers.object_(self._api.get(where), "list"))

    def delete_list(self, list_id: str) -> None:
        """With its memberships; people's addresses stay in the address book."""
        with suppress(NotFound):
            self._api.reply("DELETE", path("lists", list_id), idempotent=True)

    def _first_domain(self) -> str:
        for domain in self._entries("/domains"):
            return answers.identifier(domain.get("mail_host"), "domain")
        raise MisConfigured("Mailman has no domain yet: create one there first")

    def _list(self, entry: Mapping[str, Any]) -> RemoteList:
        remote_id = answers.identifier(entry.get("list_id"), "list")
        name = answers.text(entry.get("display_name"))
        return RemoteList(
            remote_id,
            name or answers.text(entry.get("fqdn_listname")) or remote_id,
            count=_count(entry),
            settings={"description": answers.text(entry.get("description"))},
            raw=entry,
        )

    def count(self, list_id: str) -> int | None:
        return _count(answers.object_(self._api.get(path("lists", list_id)), "list"))

    def fields(self, list_id: str = "") -> list[RemoteField]:
        return [mapping.NAME_FIELD]

    # --- shared ------------------------------------------------------------------
    def _entries(self, where: str, **params: Any) -> Iterator[dict[str, Any]]:
        """Everything in a collection, page by page."""
        number, last = 1, False
        while not last:
            entries, last = self._page(where, number, **params)
            yield from entries
            number += 1

    def _page(
        self, where: str, number: int, **params: Any
    ) -> tuple[list[dict[str, Any]], bool]:
        """Page ``number`` (from 1), and whether it is the last one.

        An empty page has no ``entries``; the total is told in any case.
        """
        answer = self._api.get(where, count=PAGE, page=number, **params)
        answer = answers.object_(answer, where)
        start = answers.number(answer.get("start"))
        total = answers.number(answer.get("total_size"))
        if start is None or total is None:
            raise BadAnswer(f"{where}: a page of a collection was expected")
        entries = answers.objects(answer.get("entries", []), where)
        return entries, not entries or start + len(entries) >= total


def _count(entry: Mapping[str, Any]) -> int | None:
    count = answers.number(entry.get("member_count"))
    return None if count is None or count < 0 else int(count)
