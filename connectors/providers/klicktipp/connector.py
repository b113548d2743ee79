"""The connector: what each call of the contract is in KlickTipp's words.

People are *contacts* in one pool with one status each; a *tag* is what comes closest to
a list. What KlickTipp calls a list is an opt-in process.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from ... import answers
from ...api import Api
from ...auth import Auth, SessionAuth
from ...capabilities import Capabilities, Level
from ...contract import (
    Account,
    Connector,
    CredentialField,
    Delivery,
    ListDraft,
    RemoteEvent,
    RemoteField,
    RemoteList,
)
from ...error_table import ErrorRow, ErrorTable, Failure, described
from ...errors import BadAnswer, Conflict, Invalid, NotFound, ServerFault
from ...records import _lt
from ...transport import Reply
from ...url_guard import path
from . import hooks, login, mapping
from .reading import Reading
from .writing import Writing

HOST = "https://api.klicktipp.com"
#: the only stable address of the web page; those of contacts and tags are not known
HOME = "https://app.klicktipp.com"


def _read_failure(reply: Reply) -> Failure | None:
    """Business errors are numbers; their texts come in German or English.

    ``10/30``: error 10 with code 30. ``field``: a value that does not fit its field,
    which shares its number with "no such address".
    """
    if reply.ok:
        return None
    body = reply.json_or_none()
    number = answers.mapping(body).get("error")
    if not isinstance(number, int | str) or isinstance(number, bool):
        return described(reply.status, body)
    code = answers.text(number)
    if "field" in body:
        reason = answers.text(body.get("reason")) or "the value does not fit"
        name = answers.text(body.get("name")) or answers.text(body.get("field"))
        return Failure(reply.status, "field", f"{name}: {reason}")
    if code == "10":
        code += "/" + answers.text(body.get("code"))
    return Failure(reply.status, code, f"error {code}")


#: The numbers 401 to 406 inside a body are KlickTipp's own and no HTTP status.
ERRORS = ErrorTable(
    [
        *(ErrorRow(NotFound, (406,), code=code) for code in ("4", "7", "402", "403")),
        ErrorRow(Conflict, (406,), code="30"),
        *(ErrorRow(ServerFault, (406,), code=code) for code in ("12", "10/12")),
        ErrorRow(Invalid, (401, 406), code="32"),
        ErrorRow(Invalid, (401,), text="Missing required argument"),
    ],
    read=_read_failure,
)


class KlickTipp(Reading, Writing, Connector):
    """KlickTipp over its Management API."""

    code = "klicktipp"
    label = "KlickTipp"
    website = "https://www.klicktipp.com"
    credential_fields = (
        CredentialField(
            "login",
            _lt("Login"),
            kind="choice",
            choices=(
                ("password", _lt("User name and password")),
                ("developer", _lt("Developer key and customer key")),
            ),
            default="password",
        ),
        CredentialField(
            "username",
            _lt("User name"),
            help=_lt("Best a sub-account of KlickTipp with the role API user."),
        ),
        CredentialField(
            "password", _lt("Password"), kind="secret", only_if=("login", "password")
        ),
        CredentialField(
            "developer_key",
            _lt("Developer key"),
            kind="secret",
            only_if=("login", "developer"),
        ),
        CredentialField(
            "customer_key",
            _lt("Customer key"),
            kind="secret",
            only_if=("login", "developer"),
        ),
        CredentialField(
            "field_types",
            _lt("Types of own fields"),
            required=False,
            help=_lt(
                "KlickTipp does not tell them. Name those that are no text, such as:"
                " field123 = decimal, field124 = date"
            ),
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
        list_options=("description",),
        update_list=True,
        delete_list=True,
        unsubscribe=Level.ACCOUNT,
        unsubscribe_everywhere=True,
        keeps_leavers=True,
        remove_from_list=True,
        erase=True,
        change_address=True,
        double_opt_in=True,
        tells_pending=True,
        opt_in_process=True,
        resubscribe=False,
        return_by_asking=True,
        tags=True,
        status_time=True,
        webhooks=True,
        webhook_reach=Level.ACCOUNT,
        calls_per_second=5,
    )
    webhook_steps = (
        _lt("In KlickTipp open Automation > Webhook and create a webhook."),
        _lt("Choose POST as the method and enter the address above."),
        _lt("Let it send the e-mail address of the contact."),
        _lt(
            "Add a static parameter with the name Authorization; its value is the"
            " secret above."
        ),
        _lt(
            "Choose the SmartTag “Unsubscribed” as the trigger. Repeat this for"
            " “Bounced” and for each tag that is coupled."
        ),
    )

    def __init__(self, credentials: Mapping[str, str], transport, tokens=None):
        super().__init__(credentials, transport, tokens)
        self._base = HOST
        if transport.allow_loopback:
            own = (credentials.get("base_url") or "").strip().rstrip("/")
            self._base = own or HOST
        self._who: Mapping[str, Any] = {}
        self._api = Api(transport, self._base, self._auth(), ERRORS)
        self._kinds = mapping.BUILT_IN | mapping.field_kinds(
            credentials.get("field_types") or ""
        )
        self._known_tags: dict[str, str] | None = None
        #: under "", for all tags have the same; not handed on as ``knowledge``, for the
        #: tool drops a field that is gone without a word
        self._known_fields: dict[str, dict[str, RemoteField]] = {}
        self._known_processes: dict[str, RemoteList] | None = None

    # --- login, account --------------------------------------------------------
    def _auth(self) -> Auth:
        given = {key: (value or "").strip() for key, value in self.credentials.items()}
        user = given.get("username", "")
        if given.get("login") == "developer":
            keys = given.get("developer_key", ""), given.get("customer_key", "")
            return login.DeveloperKey(user, *keys, self.transport.hide)
        return SessionAuth(self._log_in, self.transport.hide)

    def _log_in(self) -> dict[str, str]:
        user, password = (
            self.credentials.get(key) or "" for key in ("username", "password")
        )
        headers, self._who = login.log_in(
            self.transport, self._base, user.strip(), password
        )
        return headers

    def account(self) -> Account:
        """Reading the tags proves login and right; only a login tells who it is."""
        self.lists()
        user = (self.credentials.get("username") or "").strip()
        names = (answers.text(self._who.get(key)) for key in ("firstname", "lastname"))
        person = " ".join(name for name in names if name)
        return Account(
            remote_id=answers.text(self._who.get("uid")) or user,
            name=answers.text(self._who.get("company")) or person or user,
            email=answers.text(self._who.get("email")),
            web_url=HOME,
            plan=answers.text(self._who.get("tier")),
        )

    def web_url(self, kind: str, remote_id: str = "", home: str = "") -> str:
        return HOME if kind == "home" else ""

    # --- tags as lists ---------------------------------------------------------
    def lists(self) -> list[RemoteList]:
        self._known_tags = self._names("/tag", "tags")
        return [RemoteList(id, name or id) for id, name in self._known_tags.items()]

    def create_list(self, draft: ListDraft) -> RemoteList:
        remote_id = self._create_tag(draft.name, draft.description)
        return self._list(remote_id, draft)

    @staticmethod
    def _list(remote_id: str, draft: ListDraft) -> RemoteList:
        settings = {"description": draft.description} if draft.description else {}
        return RemoteList(remote_id, draft.name, settings=settings)

    def update_list(self, list_id: str, draft: ListDraft) -> RemoteList:
        body = {"name": draft.name}
        if draft.description:
            body["text"] = draft.description
        where = path("tag", list_id)
        self._done(self._api.call("PUT", where, json=body, idempotent=True))
        self._known_tags = None
        return self._list(list_id, draft)

    def delete_list(self, list_id: str) -> None:
        """The tag disappears from all contacts; they stay."""
        with suppress(NotFound):
            self._check_tag(list_id, live=True)
            where = path("tag", list_id)
            self._done(self._api.call("DELETE", where, idempotent=True))
        self._known_tags = None

    def _create_tag(self, name: str, description: str = "") -> str:
        """A new tag's id. What the tool says of a name that is taken is not known, so
        that is found out before.

        :raises Conflict: the name is taken
        """
        self.lists()
        if name in self._known_tags.values():
            raise Conflict(f"there is a tag {name!r}", status=409)
        body = {"name": name, "text": description}
        made = self._api.call("POST", "/tag", json=body)
        remote_id = _only_id(made, "tag")
        self._known_tags[remote_id] = name
        return remote_id

    def count(self, list_id: str) -> int | None:
        """All contacts with the tag, whatever their status."""
        self._check_tag(list_id)
        return len(self._tagged(list_id))

    def _names(self, where: str, what: str) -> dict[str, str]:
        """Id -> name; an empty map may come as an empty list."""
        found = self._api.get(where)
        if found == []:
            return {}
        if not isinstance(found, dict):
            raise BadAnswer(f"{what}: an object was expected")
        return {str(id): answers.text(name) for id, name in found.items() if id}

    def _check_tag(self, list_id: str, live: bool = False) -> None:
        """A tag that is gone is answered like one that nobody has.

        :param live: ask the tool even for a tag that was there a while ago
        :raises NotFound: there is no such tag
        """
        if not live and self._known_tags and list_id in self._known_tags:
            return
        self._api.get(path("tag", list_id))
        if self._known_tags is not None:
            self._known_tags.setdefault(list_id, "")

    # --- fields, opt-in processes ----------------------------------------------
    def fields(self, list_id: str = "") -> list[RemoteField]:
        """Of the whole account; the types are those that the connection names."""
        named = self._names("/field", "fields")
        known = {
            name: mapping.field_of(name, label, self._kinds.get(name, "line"))
            for name, label in named.items()
        }
        self._known_fields[""] = known
        return list(known.values())

    def opt_in_processes(self) -> list[RemoteList]:
        """The one without a name is the account's own double opt-in."""
        found = []
        for remote_id, name in self._names("/list", "opt-in processes").items():
            told = answers.object_(self._api.get(path("list", remote_id)), "process")
            single = told.get("usesingleoptin") in (True, 1, "1", "true")
            opt_in = "single" if single else "double"
            shown = name or _lt("Standard (double opt-in)")
            found.append(RemoteList(remote_id, shown, opt_in=opt_in, raw=told))
        self._known_processes = {each.remote_id: each for each in found}
        return found

    # --- webhooks ----------------------------------------------------------------
    @classmethod
    def verify(cls, delivery: Delivery, secrets: Mapping[str, str]) -> None:
        hooks.verify(delivery, secrets)

    @classmethod
    def parse(cls, delivery: Delivery) -> list[RemoteEvent]:
        return hooks.parse(delivery)


def _only_id(answer: Any, what: str) -> str:
    """The id in ``[49]``."""
    if not isinstance(answer, list) or not answer:
        raise BadAnswer(f"{what}: an id was expected")
    return answers.identifier(answer[0], what)
