"""The connector: what each call of the contract is in Brevo's words.

A list lies in a folder and holds *contacts* of the account. Unsubscribing is
account-wide: it sets ``emailBlacklisted``, as the link in a mail does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from ... import answers
from ...api import Api
from ...auth import HeaderAuth
from ...capabilities import Capabilities, Level
from ...contract import (
    Account,
    Connector,
    CredentialField,
    Delivery,
    FieldType,
    ListDraft,
    RemoteEvent,
    RemoteField,
    RemoteList,
    WebhookRegistration,
)
from ...error_table import ErrorRow, ErrorTable, Failure, read_failure
from ...errors import (
    BadAnswer,
    Conflict,
    Invalid,
    NotFound,
    PermissionMissing,
    QuotaExceeded,
)
from ...records import _lt
from ...transport import Reply
from ...url_guard import path
from . import hooks, mapping
from .importing import Importing
from .mapping import Attribute
from .reading import Reading
from .writing import Writing

HOST = "https://api.brevo.com"
HOME = "https://app.brevo.com"
#: the folder for lists that we make
FOLDER = "Odoo"
#: the code that we give to "somebody else has this", whatever code it came with
DUPLICATE = "duplicate"


def _read_failure(reply: Reply) -> Failure | None:
    """What is somebody else's stands in the metadata; codes differ (section 3)."""
    failure = read_failure(reply)
    if failure is None:
        return None
    body = answers.mapping(reply.json_or_none())
    taken = answers.mapping(body.get("metadata")).get("duplicate_identifiers")
    if taken and isinstance(taken, list):
        named = ", ".join(map(answers.text, taken))
        return Failure(failure.status, DUPLICATE, f"{failure.message} ({named})")
    return failure


ERRORS = ErrorTable(
    [
        # The key is right; the account allows other addresses only (section 1).
        ErrorRow(PermissionMissing, (401,), text="unrecognised IP"),
        ErrorRow(Conflict, (400,), code=DUPLICATE),
        ErrorRow(Conflict, (400,), text="Contact already exist"),
        ErrorRow(QuotaExceeded, (400, 402, 403), code="not_enough_credits"),
    ],
    read=_read_failure,
    wait_headers=("retry-after", "x-sib-ratelimit-reset"),
)


class Brevo(Reading, Importing, Writing, Connector):
    """Brevo (formerly Sendinblue) over its API v3."""

    code = "brevo"
    label = "Brevo"
    website = "https://www.brevo.com"
    credential_fields = (
        CredentialField(
            "api_key",
            _lt("API Key"),
            kind="secret",
            help=_lt("In Brevo: Settings, SMTP & API, API keys."),
        ),
        CredentialField(
            "redirect_url",
            _lt("Page after Confirmation"),
            kind="url",
            required=False,
            help=_lt("Needed for double opt-in: where the click in the mail leads."),
        ),
        CredentialField(
            "base_url",
            _lt("Address of the API"),
            kind="url",
            required=False,
            help=_lt("For developers only; used while loopback addresses are allowed."),
            developer=True,
        ),
    )
    capabilities = Capabilities(
        create_list=True,
        update_list=True,
        delete_list=True,
        create_field=True,
        delete_field=True,
        account_fields=True,
        changes=True,
        changes_overlap=600,
        lookup_batch=1,
        batch_size=1000,
        page_size=500,
        asynchronous_batch=True,
        unsubscribe=Level.ACCOUNT,
        keeps_leavers=True,
        unsubscribe_everywhere=True,
        remove_from_list=True,
        erase=True,
        change_address=True,
        double_opt_in=True,
        tells_pending=False,
        opt_in_process=True,
        read_blocklist=True,
        webhooks=True,
        register_webhooks=True,
        webhook_reach=Level.ACCOUNT,
        parallel_calls=2,
        calls_per_second=10,
        calls_per_hour=36_000,
    )

    def __init__(self, credentials, transport, tokens=None):
        super().__init__(credentials, transport, tokens)
        base = HOST
        if transport.allow_loopback and credentials.get("base_url"):
            base = credentials["base_url"].strip().rstrip("/")
        login = HeaderAuth("api-key", credentials.get("api_key") or "", transport.hide)
        self._api = Api(transport, base + "/v3", login, ERRORS)
        self._known_attributes: dict[str, Attribute] = {}
        self._told_attributes: list[Mapping[str, Any]] = []
        self._known_lists: set[str] = set()

    # --- account --------------------------------------------------------------
    def account(self) -> Account:
        told = answers.object_(self._api.get("/account"), "account")
        email = answers.identifier(told.get("email"), "account")
        person = [answers.text(told.get(key)) for key in ("firstName", "lastName")]
        plans = told.get("plan") if isinstance(told.get("plan"), list) else []
        return Account(
            remote_id=email,
            name=answers.text(told.get("companyName"))
            or " ".join(filter(None, person)),
            email=email,
            web_url=HOME,
            recipients=self._total("/contacts"),
            plan=", ".join(
                filter(
                    None, (answers.text(answers.mapping(p).get("type")) for p in plans)
                )
            ),
        )

    def web_url(self, kind: str, remote_id: str = "", home: str = "") -> str:
        if kind == "list" and remote_id:
            return HOME + "/contact/list-listing/id" + path(remote_id)
        if kind == "member" and remote_id:
            return HOME + "/contact/index" + path(remote_id)
        return HOME if kind == "home" else ""

    # --- lists ----------------------------------------------------------------
    def lists(self) -> list[RemoteList]:
        return [self._list(one) for one in self._all("/contacts/lists", "lists", 50)]

    def create_list(self, draft: ListDraft) -> RemoteList:
        """In a folder of ours, for every list must lie in one."""
        body = {"name": draft.name, "folderId": self._folder()}
        made = answers.object_(
            self._api.call("POST", "/contacts/lists", json=body), "list"
        )
        return self._list({"id": made.get("id"), "name": draft.name})

    def update_list(self, list_id: str, draft: ListDraft) -> RemoteList:
        where = path("contacts", "lists", list_id)
        self._api.reply("PUT", where, json={"name": draft.name}, idempotent=True)
        return self._list(answers.object_(self._api.get(where), "list"))

    def delete_list(self, list_id: str) -> None:
        """Its contacts stay."""
        with suppress(NotFound):
            where = path("contacts", "lists", list_id)
            self._api.reply("DELETE", where, idempotent=True)

    def _folder(self) -> int:
        for folder in self._all("/contacts/folders", "folders", 50):
            if folder.get("name") == FOLDER:
                return _int(folder.get("id"))
        made = self._api.call("POST", "/contacts/folders", json={"name": FOLDER})
        return _int(answers.object_(made, "folder").get("id"))

    def _list(self, entry: Mapping[str, Any]) -> RemoteList:
        remote_id = answers.identifier(entry.get("id"), "list")
        count = answers.number(entry.get("uniqueSubscribers"))
        return RemoteList(
            remote_id,
            answers.text(entry.get("name")) or remote_id,
            count=None if count is None or count < 0 else int(count),
            web_url=self.web_url("list", remote_id),
            raw=entry,
        )

    def count(self, list_id: str) -> int | None:
        return self._total(path("contacts", "lists", list_id, "contacts"))

    def opt_in_processes(self) -> list[RemoteList]:
        """Active templates with the tag ``optin``: their mail asks (section 5)."""
        return [
            RemoteList(
                answers.identifier(one.get("id"), "template"),
                answers.text(one.get("name")) or answers.text(one.get("id")),
                raw=one,
            )
            for one in self._all(
                "/smtp/templates", "templates", 100, templateStatus="true"
            )
            if answers.text(one.get("tag")) == "optin"
        ]

    # --- attributes -----------------------------------------------------------
    def fields(self, list_id: str = "") -> list[RemoteField]:
        told = answers.object_(self._api.get("/contacts/attributes"), "attributes")
        listed = answers.objects(told.get("attributes"), "attributes")
        self._know(listed)
        return [one.field for one in self._known_attributes.values()]

    def _know(self, listed: list[Mapping[str, Any]]) -> None:
        self._told_attributes = listed
        made = map(mapping.attribute_of, listed)
        self._known_attributes = {one.field.name: one for one in made}

    def knowledge(self) -> dict[str, Any]:
        told = self._told_attributes if self._known_attributes else None
        return {"attributes": told} if told else {}

    def recall(self, knowledge: Mapping[str, Any]) -> None:
        self._know(knowledge.get("attributes") or [])

    def _attributes(self) -> dict[str, Attribute]:
        """Attributes by name, read once for each connector."""
        if not self._known_attributes:
            self.fields()
        return self._known_attributes

    def create_field(
        self, label: str, type: FieldType, list_id: str = ""
    ) -> RemoteField:
        """For the whole account; what Brevo has no type for becomes a text."""
        name = mapping.technical_name(label)
        if not name:
            raise Invalid(f"no attribute can be named {label!r}")
        if name in {field.name for field in self.fields()}:
            raise Conflict(f"there is an attribute {name}")
        where = path("contacts", "attributes", "normal", name)
        body = {"type": mapping.NEW_TYPES.get(type, "text")}
        self._api.reply("POST", where, json=body)
        for field in self.fields():
            if field.name == name:
                return field
        raise BadAnswer("the new attribute is not listed")

    def delete_field(self, remote_field: RemoteField) -> None:
        category, _, name = remote_field.remote_id.partition("/")
        self._known_attributes = {}
        with suppress(NotFound):
            where = path("contacts", "attributes", category, name)
            self._api.reply("DELETE", where, idempotent=True)

    # --- shared ---------------------------------------------------------------
    def _all(
        self, where: str, key: str, size: int, **params: Any
    ) -> Iterator[dict[str, Any]]:
        """Everything in a collection. One that is empty lacks its key (seen)."""
        offset, last = 0, False
        while not last:
            rows, last = self._page(where, key, size, offset, **params)
            yield from rows
            offset += size

    def _page(
        self, where: str, key: str, size: int, offset: int, **params: Any
    ) -> tuple[list[dict[str, Any]], bool]:
        """``size`` entries from ``offset`` on, and whether they are the last ones."""
        answer = self._api.get(where, limit=size, offset=offset, **params)
        answer = answers.object_(answer, where)
        total = answers.number(answer.get("count"))
        if total is None:
            raise BadAnswer(f"{where}: the answer tells no count")
        rows = answers.objects(answer.get(key, []), where)
        return rows, not rows or offset + len(rows) >= total

    def _total(self, where: str) -> int:
        """How many a collection of contacts holds."""
        total = answers.number(
            answers.object_(self._api.get(where, limit=1), where).get("count")
        )
        if total is None:
            raise BadAnswer(f"{where}: the answer tells no count")
        return int(total)

    def _require(self, list_id: str) -> int:
        """The list's number.

        :raises NotFound: there is no such list
        """
        where = path("contacts", "lists", list_id)
        if not re.fullmatch(r"[1-9]\d{0,17}", list_id):
            raise NotFound("there is no such list", status=404)
        if list_id not in self._known_lists:
            answers.object_(self._api.get(where), "list")
            self._known_lists.add(list_id)
        return int(list_id)

    # --- webhooks -------------------------------------------------------------
    def register_webhooks(
        self, url: str, list_id: str, verify: str
    ) -> list[WebhookRegistration]:
        """One for the whole account; an older one for the same URL is replaced."""
        for hook in self._hooks():
            if hook.get("url") == url:
                self._unregister(answers.text(hook.get("id")))
        body, secrets = hooks.registration(url)
        self.transport.hide(*secrets.values())
        made = answers.object_(
            self._api.call("POST", "/webhooks", json=body), "webhook"
        )
        remote_id = answers.identifier(made.get("id"), "webhook")
        return [WebhookRegistration(remote_id, "marketing", secrets)]

    def unregister_webhooks(
        self, registrations: Iterable[WebhookRegistration], list_id: str
    ) -> None:
        for registration in registrations:
            self._unregister(registration.remote_id)

    def _hooks(self) -> list[dict[str, Any]]:
        try:
            told = self._api.get("/webhooks", type="marketing")
        except NotFound:  # none at all
            return []
        listed = answers.object_(told, "webhooks").get("webhooks", [])
        return answers.objects(listed, "webhooks")

    def _unregister(self, remote_id: str) -> None:
        with suppress(NotFound):
            self._api.reply("DELETE", path("webhooks", remote_id), idempotent=True)

    @classmethod
    def verify(cls, delivery: Delivery, secrets: Mapping[str, str]) -> None:
        hooks.verify(delivery, secrets)

    @classmethod
    def parse(cls, delivery: Delivery) -> list[RemoteEvent]:
        return hooks.parse(delivery)


def _int(value: Any) -> int:
    """A number that must be there.

    :raises BadAnswer: it is not
    """
    number = answers.number(value)
    if not isinstance(number, int):
        raise BadAnswer("an id was expected")
    return number
