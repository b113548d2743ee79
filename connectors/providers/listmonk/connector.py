"""The connector: login, rights, lists and attributes in listmonk's words.

A member is a *subscriber* of the whole installation with one membership for each list.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
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
    FieldType,
    ListDraft,
    RemoteField,
    RemoteList,
)
from ...error_table import ErrorRow, ErrorTable
from ...errors import (
    BadAnswer,
    Conflict,
    Invalid,
    LoginRefused,
    NotFound,
    PermissionMissing,
)
from ...records import _lt
from ...transport import Reply
from ...url_guard import path
from . import mapping
from .importing import Importing
from .reading import Reading
from .writing import Writing

#: the first version that can change some values and keep the rest
PATCH_SINCE = (6, 1)
#: ours -> page of the web interface
WEB_PAGES = {
    "home": "/admin",
    "list": "/admin/lists/{}",
    "member": "/admin/subscribers/{}",
    "mailings": "/admin/campaigns",
    "reports": "/admin/campaigns/analytics",
}
#: words of the database, not of listmonk, whose own texts are translated
ERRORS = ErrorTable([ErrorRow(Conflict, (500,), text="duplicate key")])


class _Api(Api):
    """403 is "wrong login" as well as "missing right", told apart by translated texts
    only: so the call that needs no right is asked, too (sheet section 1)."""

    def reply(self, method: str, path: str, **options: Any) -> Reply:
        try:
            return super().reply(method, path, **options)
        except PermissionMissing:
            try:
                super().reply("GET", "/health")
            except PermissionMissing as error:
                raise LoginRefused(error.detail, status=403) from None
            raise


class Listmonk(Reading, Writing, Importing, Connector):
    """listmonk over its API, version 4 or newer."""

    code = "listmonk"
    label = "listmonk"
    website = "https://listmonk.app"
    credential_fields = (
        CredentialField(
            "base_url",
            _lt("Address"),
            kind="url",
            help=_lt("Where listmonk is installed, without /admin."),
        ),
        CredentialField(
            "user",
            _lt("API user"),
            help=_lt("In listmonk: Admin, Users, new user of the type API."),
        ),
        CredentialField("token", _lt("Token"), kind="secret"),
    )
    capabilities = Capabilities(
        create_list=True,
        list_options=("description", "optin", "type"),
        update_list=True,
        delete_list=True,
        create_field=True,
        account_fields=True,
        free_fields=True,
        changes=True,
        changes_overlap=300,
        lookup_batch=50,
        batch_size=500,
        page_size=1000,
        asynchronous_batch=True,
        unsubscribe=Level.LIST,
        unsubscribe_batch=50,
        keeps_leavers=True,
        unsubscribe_everywhere=True,
        remove_from_list=True,
        erase=True,
        change_address=True,
        double_opt_in=True,
        asks_by_list=True,
        tells_pending=True,
        read_blocklist=True,
        write_blocklist=True,
        bounces=True,
        status_time=True,
        parallel_calls=2,
    )

    def __init__(self, credentials: Mapping[str, str], transport, tokens=None):
        super().__init__(credentials, transport, tokens)
        self._base = (credentials.get("base_url") or "").strip().rstrip("/")
        auth = BasicAuth(
            (credentials.get("user") or "").strip(),
            (credentials.get("token") or "").strip(),
            transport.hide,
        )
        self._api = _Api(transport, self._base + "/api", auth, ERRORS)
        self._version: tuple[int, ...] | None = None
        self._made: set[str] = set()

    # --- account -------------------------------------------------------------
    def account(self) -> Account:
        """The installation; missing rights are told as warnings."""
        version = self._about()
        recipients, warnings = None, []
        for right, query in (
            ("subscribers:get_all", {}),
            ("subscribers:sql_query", {"query": "subscribers.id = 0"}),
        ):
            try:
                answer = self._api.get("/subscribers", page=1, per_page=1, **query)
            except PermissionMissing:
                warnings.append(f"the API user lacks the right {right}")
                continue
            if not query:
                data = self._data(answer, "subscribers")
                recipients = answers.number(data.get("total"))
        address = urlsplit(self._base)
        return Account(
            remote_id=self._base,
            name=f"{address.netloc}{address.path}",
            web_url=self.web_url("home"),
            recipients=recipients,
            plan=f"listmonk {version}",
            warnings=tuple(warnings),
        )

    def _about(self) -> str:
        """The version as the tool writes it, such as ``v6.2.0``."""
        about = self._data(self._api.get("/about"), "about")
        version = answers.text(about.get("version"))
        if not version:
            raise BadAnswer("about: a version was expected")
        found = re.match(r"v?(\d+)\.(\d+)", version)
        # What is no version (a nightly build) is treated like an old one: slower, safe.
        self._version = tuple(map(int, found.groups())) if found else (0,)
        return version

    def _can_patch(self) -> bool:
        if self._version is None:
            self._about()
        return self._version >= PATCH_SINCE

    def web_url(self, kind: str, remote_id: str = "", home: str = "") -> str:
        page = WEB_PAGES.get(kind, "")
        if not page or "{}" in page and not remote_id.isdecimal():
            return ""
        return self._base + page.format(remote_id)

    # --- lists ---------------------------------------------------------------
    def lists(self) -> list[RemoteList]:
        pages = self._pages("/lists", order_by="name", order="asc")
        return [self._list_of(row) for _, rows, _ in pages for row in rows]

    def create_list(self, draft: ListDraft) -> RemoteList:
        """Private and with double opt-in, unless ``settings`` name another ``type``
        (public, private) or ``optin`` (single, double)."""
        body = {
            "name": draft.name,
            "type": draft.settings.get("type") or "private",
            "optin": draft.settings.get("optin") or "double",
            "tags": [],
            "description": draft.description,
        }
        return self._list_of(
            self._data(self._api.call("POST", "/lists", json=body), "list")
        )

    def update_list(self, list_id: str, draft: ListDraft) -> RemoteList:
        """Everything is written, so what is not named is read before."""
        raw = self._list(list_id).raw
        body = {
            "name": draft.name,
            "type": draft.settings.get("type") or raw.get("type"),
            "optin": draft.settings.get("optin") or raw.get("optin"),
            "tags": raw.get("tags") or [],
            "description": draft.description or raw.get("description") or "",
        }
        if raw.get("status"):
            body["status"] = raw["status"]
        where = path("lists", list_id)
        answer = self._api.call("PUT", where, json=body, idempotent=True)
        return self._list_of(self._data(answer, "list"))

    def delete_list(self, list_id: str) -> None:
        """Its subscribers stay. An id that there is not is looked for before: the
        answer for it would be the same as for a mistake of ours."""
        with suppress(NotFound):
            self._list(list_id)
            self._api.call("DELETE", path("lists", list_id), idempotent=True)

    def count(self, list_id: str) -> int | None:
        """Everybody with a membership, left ones included; may lag."""
        return self._list(list_id).count

    def _list(self, list_id: str) -> RemoteList:
        """One list.

        :raises NotFound: listmonk says 400 for that
        """
        try:
            answer = self._api.get(path("lists", list_id))
        except Invalid as error:
            raise NotFound(error.detail, status=404) from None
        return self._list_of(self._data(answer, "list"))

    def _list_of(self, row: Mapping[str, Any]) -> RemoteList:
        remote_id = answers.identifier(row.get("id"), "list")
        if not remote_id.isdecimal():
            raise BadAnswer("list: the id is no number")
        count = answers.number(row.get("subscriber_count"))
        return RemoteList(
            remote_id,
            answers.text(row.get("name")) or remote_id,
            None if count is None else int(count),
            opt_in=answers.text(row.get("optin")),
            web_url=self.web_url("list", remote_id),
            settings={
                name: answers.text(row.get(name))
                for name in ("type", "optin", "description")
            },
            raw=row,
        )

    # --- attributes ----------------------------------------------------------
    def fields(self, list_id: str = "") -> list[RemoteField]:
        """Name, and what the thousand people have who changed last: there is no list of
        attributes."""
        return mapping.fields_of(self._newest())

    def create_field(
        self, label: str, type: FieldType, list_id: str = ""
    ) -> RemoteField:
        """Finds a name. The attribute is there as soon as somebody has a value."""
        name = mapping.technical_name(label)
        if not name:
            raise Invalid(f"no attribute can be named {label!r}")
        if name in {field.name for field in self.fields()} | self._made:
            raise Conflict(f"there is an attribute {name}", status=409)
        self._made.add(name)
        return mapping.field(name, label, type)
