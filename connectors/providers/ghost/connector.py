"""The connector: login, site, newsletters. A list is a newsletter, a tag a label."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ... import answers
from ...api import Api
from ...capabilities import Capabilities, Level
from ...contract import (
    Account,
    Connector,
    CredentialField,
    ListDraft,
    RemoteField,
    RemoteList,
)
from ...error_table import ErrorRow, ErrorTable, Failure, read_failure
from ...errors import BadAnswer, Conflict, Invalid, NotFound
from ...records import _lt
from ...transport import Reply
from ...url_guard import path
from . import mapping
from .hooks import Hooks
from .key import AdminKey
from .reading import Reading
from .writing import Writing

COUNTED = {"include": "count.members"}


def _read_failure(reply: Reply) -> Failure | None:
    """As usual, with the property that is wrong in place of the general code."""
    failure = read_failure(reply)
    if failure is None:
        return None
    errors = answers.mapping(reply.json_or_none()).get("errors")
    first = errors[0] if isinstance(errors, list) and errors else None
    named = answers.text(answers.mapping(first).get("property"))
    return replace(failure, code=named or failure.code)


ERRORS = ErrorTable(
    [
        ErrorRow(Conflict, (422,), text="already exists"),
        ErrorRow(Conflict, (422,), text="already been used"),
    ],
    read=_read_failure,
)


class Ghost(Reading, Writing, Hooks, Connector):
    """Ghost 5. Who is off a newsletter looks like somebody who never was on it."""

    code = "ghost"
    label = "Ghost"
    website = "https://ghost.org"
    credential_fields = (
        CredentialField(
            "base_url",
            _lt("Address"),
            kind="url",
            help=_lt("The address of the site, without /ghost."),
        ),
        CredentialField(
            "key",
            _lt("Admin API key"),
            kind="secret",
            help=_lt("In Ghost: Settings, Integrations, add a custom integration."),
        ),
    )
    capabilities = Capabilities(
        create_list=True,
        list_options=("description",),
        update_list=True,
        changes=True,
        changes_overlap=300,
        lookup_batch=50,
        page_size=100,
        unsubscribe=Level.LIST,
        unsubscribe_everywhere=True,
        remove_from_list=True,
        erase=True,
        change_address=True,
        double_opt_in=True,
        asks_strangers_only=True,
        tags=True,
        webhooks=True,
        register_webhooks=True,
        webhook_reach=Level.ACCOUNT,
        parallel_calls=2,
    )

    def __init__(self, credentials: Mapping[str, str], transport, tokens=None):
        super().__init__(credentials, transport, tokens)
        self._site = (credentials.get("base_url") or "").strip().rstrip("/")
        key = AdminKey(credentials.get("key") or "", transport.now, transport.hide)
        self._api = Api(transport, self._site + "/ghost/api/admin", key, ERRORS)
        # What visitors of the site use; our key has no business there.
        self._public = Api(transport, self._site + "/members/api", errors=ERRORS)

    # --- account -------------------------------------------------------------
    def account(self) -> Account:
        """The site tells itself to anybody; the members prove the key."""
        answer = answers.mapping(self._api.get("/members/", limit=1))
        meta = answers.mapping(answers.mapping(answer.get("meta")).get("pagination"))
        site = answers.object_(
            answers.mapping(self._api.get("/site/")).get("site"), "site"
        )
        return Account(
            remote_id=self._site,
            name=answers.text(site.get("title")) or self._site,
            web_url=self.web_url("home"),
            recipients=answers.number(meta.get("total")),
            plan=f"Ghost {answers.text(site.get('version'))}".strip(),
        )

    def web_url(self, kind: str, remote_id: str = "", home: str = "") -> str:
        return f"{self._site}/ghost/" if kind == "home" else ""

    # --- newsletters ---------------------------------------------------------
    def lists(self) -> list[RemoteList]:
        """The active ones: an archived one takes nobody in. Ghost gives a hundred at a
        time, whatever is asked."""
        found: list[RemoteList] = []
        number: Any = 1
        while number:
            answer = answers.mapping(
                self._api.get("/newsletters/", limit=100, page=number, **COUNTED)
            )
            rows = answers.objects(answer.get("newsletters"), "newsletters")
            found += [_list(row) for row in rows if row.get("status") != "archived"]
            meta = answers.mapping(
                answers.mapping(answer.get("meta")).get("pagination")
            )
            # Behind the end there is a "next" for ever, but no newsletter.
            following = meta.get("next") if rows else None
            if following not in (None, number + 1):
                raise BadAnswer("newsletters: the next page has a strange number")
            number = following
        return found

    def create_list(self, draft: ListDraft) -> RemoteList:
        """Nobody comes onto it by signing up for the site only."""
        body = {"name": draft.name, "description": draft.description}
        body["subscribe_on_signup"] = False
        answer = self._api.call("POST", "/newsletters/", json={"newsletters": [body]})
        return _list(mapping.one(answer, "newsletters"))

    def update_list(self, list_id: str, draft: ListDraft) -> RemoteList:
        self._newsletter(list_id)
        body = {"name": draft.name}
        if draft.description:
            body["description"] = draft.description
        where = path("newsletters", list_id) + "/"
        body = {"newsletters": [body]}
        answer = self._api.call("PUT", where, json=body, idempotent=True)
        return _list(mapping.one(answer, "newsletters"))

    def count(self, list_id: str) -> int | None:
        return _list(self._newsletter(list_id)).count

    def _newsletter(self, list_id: str) -> dict[str, Any]:
        """One that is active.

        :raises NotFound: there is none; what cannot be an id is called invalid
        """
        where = path("newsletters", list_id) + "/"
        try:
            answer = self._api.get(where, **COUNTED)
        except Invalid as error:
            raise NotFound(error.detail, status=404) from None
        found = mapping.one(answer, "newsletters")
        if found.get("status") == "archived":
            raise NotFound("this newsletter is archived", status=404)
        return found

    def fields(self, list_id: str = "") -> list[RemoteField]:
        return list(mapping.FIELDS)


def _list(row: Mapping[str, Any]) -> RemoteList:
    remote_id = mapping.identifier(row)
    count = answers.number(answers.mapping(row.get("count")).get("members"))
    name = answers.text(row.get("name")) or remote_id
    return RemoteList(
        remote_id,
        name,
        None if count is None else int(count),
        settings={"description": answers.text(row.get("description"))},
        raw=row,
    )
