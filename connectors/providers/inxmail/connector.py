"""The connector: what each call of the contract is in Inxmail's words.

Spoken is the REST API of Inxmail Professional ("xpro rest v1"). A member is a
*recipient*: one pool of them for the account, in which lists are memberships.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

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
    MemberDraft,
    RemoteField,
    RemoteList,
)
from ...errors import BadAnswer, Conflict, Invalid, NotFound
from ...field_memory import FieldMemory
from ...records import _lt
from ...url_guard import path
from . import mapping
from .batches import Batches
from .hal import ACCEPT, ERRORS, Pages
from .reading import LOOKUP, Reading
from .recent import Recent
from .writing import Writing

HOST = "https://api.inxmail.com"
#: the only type of list that can be made and joined by the API
JOINABLE = "STANDARD"
#: ours -> the tool's key of a new list
LIST_SETTINGS = {
    "sender_email": "senderAddress",
    "sender_name": "senderName",
    "reply_to_email": "replyToAddress",
    "reply_to_name": "replyToName",
}
_TEXTS = tuple(LIST_SETTINGS.values())


class Inxmail(FieldMemory, Reading, Batches, Writing, Connector):
    """Inxmail Professional over its REST API."""

    code = "inxmail"
    label = "Inxmail"
    website = "https://www.inxmail.de"
    credential_fields = (
        CredentialField(
            "customer",
            _lt("Customer"),
            help=_lt("The name of your account, as in api.inxmail.com/<customer>."),
        ),
        CredentialField(
            "key",
            _lt("API key"),
            help=_lt("In Inxmail: Administration, API credentials."),
        ),
        CredentialField("secret", _lt("API secret"), kind="secret"),
        CredentialField(
            "web_url",
            _lt("Address of your login page"),
            kind="url",
            required=False,
            help=_lt("Only for links; Inxmail has no address that fits everybody."),
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
        list_settings=("sender_email",),
        list_options=("sender_name", "reply_to_email", "reply_to_name", "description"),
        update_list=True,
        delete_list=True,
        create_field=True,
        account_fields=True,
        changes=True,
        changes_overlap=300,
        lookup_batch=LOOKUP,
        batch_size=1000,
        page_size=1000,
        asynchronous_batch=True,
        unsubscribe=Level.LIST,
        keeps_leavers=True,
        unsubscribe_everywhere=True,
        erase=True,
        change_address=True,
        double_opt_in=True,
        asks_by_list=True,
        reactions=True,
        tells_pending=True,
        read_blocklist=True,
        write_blocklist=True,
        bounces=True,
        calls_per_second=10.0,
    )

    def __init__(self, credentials: Mapping[str, str], transport, tokens=None):
        super().__init__(credentials, transport, tokens)
        base = HOST
        if transport.allow_loopback:
            base = (credentials.get("base_url") or "").strip().rstrip("/") or HOST
        self._customer = (credentials.get("customer") or "").strip()
        auth = BasicAuth(
            (credentials.get("key") or "").strip(),
            (credentials.get("secret") or "").strip(),
            transport.hide,
        )
        where = base + path(self._customer) + "/rest/v1"
        self._api = Api(transport, where, auth, ERRORS, ACCEPT)
        self._pages = Pages(self._api)
        self._recent = Recent(self._pages, transport.now)
        #: under "", for all lists have the same
        self._known_fields: dict[str, dict[str, RemoteField]] = {}
        #: lists that turned out to take people in without asking them
        self._never_asks: set[str] = set()

    # --- account -------------------------------------------------------------
    def account(self) -> Account:
        """The entry point proves the login; it names nobody, so the customer does."""
        answer = answers.object_(self._api.get("/"), "entry point")
        links = answers.mapping(answer.get("_links"))
        if not links:
            raise BadAnswer("entry point: links were expected")
        missing = [
            name.partition(":")[2]
            for name in ("inx:recipients", "inx:lists", "inx:attributes")
            if name not in links
        ]
        return Account(
            remote_id=self._customer,
            name=self._customer,
            web_url=(self.credentials.get("web_url") or "").strip(),
            warnings=tuple(f"this login shows no {name}" for name in missing),
        )

    def web_url(self, kind: str, remote_id: str = "", home: str = "") -> str:
        """Addresses of lists and recipients are not known: the login page only."""
        return home if kind == "home" else ""

    # --- lists and attributes ------------------------------------------------
    def lists(self) -> list[RemoteList]:
        """Lists that can be joined by the API; dynamic and system lists cannot."""
        found = self._pages.rows("lists", "/lists")
        return [
            self._list(one) for one in found if one.get("type", JOINABLE) == JOINABLE
        ]

    def create_list(self, draft: ListDraft) -> RemoteList:
        """The sender's address is demanded by the tool."""
        body = self._list_body(draft)
        if "senderAddress" not in body:
            raise Invalid("a new list needs the address of its sender")
        answer = self._api.call("POST", "/lists", json=body)
        return self._list(answers.object_(answer, "list"))

    def update_list(self, list_id: str, draft: ListDraft) -> RemoteList:
        """All texts are written, so those that are not named are read before."""
        where = path("lists", list_id)
        one = answers.object_(self._api.get(where), "list")
        kept = {key: one[key] for key in (*_TEXTS, "description") if one.get(key)}
        body = kept | self._list_body(draft)
        answer = self._api.call("PUT", where, json=body, idempotent=True)
        return self._list(answers.object_(answer, "list"))

    def delete_list(self, list_id: str) -> None:
        """With the memberships; the recipients stay in the pool."""
        with suppress(NotFound):
            self._api.reply("DELETE", path("lists", list_id), idempotent=True)

    @staticmethod
    def _list_body(draft: ListDraft) -> dict[str, Any]:
        body: dict[str, Any] = {"name": draft.name.strip(), "type": JOINABLE}
        if draft.description:
            body["description"] = draft.description[: mapping.LONGEST_TEXT]
        for ours, theirs in LIST_SETTINGS.items():
            if draft.settings.get(ours):
                body[theirs] = draft.settings[ours]
        return body

    def _list(self, one: Mapping[str, Any]) -> RemoteList:
        remote_id = answers.identifier(one.get("id"), "list")
        settings = {
            ours: answers.text(one.get(theirs))
            for ours, theirs in (*LIST_SETTINGS.items(), ("description", "description"))
        }
        return RemoteList(
            remote_id,
            answers.text(one.get("name")) or remote_id,
            settings=settings,
            raw=one,
        )

    def count(self, list_id: str) -> int | None:
        """Those subscribed, as of a while ago."""
        answer = self._api.get(path("lists", list_id, "count"))
        count = answers.number(answers.object_(answer, "count").get("count"))
        return None if count is None or count < 0 else int(count)

    def fields(self, list_id: str = "") -> list[RemoteField]:
        """Attributes belong to the account. One whose name holds a comma cannot be
        asked for, since commas separate names, and is left out."""
        rows = self._pages.rows("attributes", "/attributes")
        found = [mapping.field_of(row) for row in rows]
        known = {one.name: one for one in found if "," not in one.name}
        self._known_fields[""] = known
        return list(known.values())

    def _fields(self) -> dict[str, RemoteField]:
        """Attributes by name, read once for each connector."""
        if "" not in self._known_fields:
            self.fields()
        return self._known_fields[""]

    def _fields_for(self, drafts: Sequence[MemberDraft]) -> set[str]:
        """Names of the attributes, read anew if a draft names one that is missing."""
        wanted = {name for draft in drafts for name in draft.values}
        if not wanted <= set(self._fields()):
            self.fields()
        return set(self._fields())

    def _names(self) -> str | None:
        """All attributes, as a question names them; None asks for none."""
        return ",".join(self._fields()) or None

    def create_field(
        self, label: str, type: FieldType, list_id: str = ""
    ) -> RemoteField:
        """The label is the name. A choice becomes a text."""
        name = label.strip()
        if not name or "," in name or '"' in name or name.lower() == "email":
            raise Invalid(f"no attribute can be named {label!r}")
        for known in self.fields():
            if known.name.casefold() == name.casefold():
                raise Conflict("there is such an attribute already", status=409)
        body: dict[str, Any] = {
            "name": name,
            "type": mapping.NEW_TYPES.get(type, "TEXT"),
        }
        if body["type"] == "TEXT":
            body["maxLength"] = mapping.LONGEST_TEXT
        answer = self._api.call("POST", "/attributes", json=body)
        self._known_fields.clear()
        return mapping.field_of(answers.object_(answer, "attribute"))
