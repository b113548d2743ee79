"""The connector: what each call of the contract is in Mailchimp's words.

A list is an *audience*, each on its own; a *tag* is a list inside an audience, with the
id ``<audience>/<tag>``. Fields are *merge fields* of one audience.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress

from ... import answers, oauth
from ...capabilities import Capabilities, Level
from ...contract import (
    Account,
    Connector,
    CredentialField,
    Delivery,
    FieldType,
    RemoteEvent,
    RemoteField,
    WebhookRegistration,
)
from ...error_table import ErrorRow, ErrorTable, Failure, described
from ...errors import (
    Conflict,
    Invalid,
    LoginRefused,
    NotFound,
    QuotaExceeded,
)
from ...field_memory import FieldMemory
from ...records import _lt
from ...transport import Reply
from ...url_guard import path
from . import hooks, mapping
from .lists import NEEDED, Lists
from .login import Door
from .reading import Reading, split
from .writing import Writing


def _read_failure(reply: Reply) -> Failure | None:
    """Problem documents with ``title`` and ``detail``; fields are named apart.

    A page instead of JSON comes from the network in front, which is busy for now.
    """
    if reply.ok:
        return None
    body = reply.json_or_none()
    if not isinstance(body, dict):
        status = 503 if reply.status in (403, 503) else reply.status
        return Failure(status, "", "no answer of the API itself")
    failure = described(reply.status, body)
    named = body.get("errors")
    if isinstance(named, list) and named and isinstance(named[0], dict):
        texts = (answers.text(named[0].get(key)) for key in ("field", "message"))
        detail = ": ".join(text for text in texts if text)
        message = f"{answers.text(body.get('detail'))} {detail}".strip()
        code = answers.text(body.get("title")) or failure.code
        return Failure(reply.status, code, message)
    return failure


ERRORS = ErrorTable(
    [
        ErrorRow(Conflict, (400,), code="Member Exists"),
        ErrorRow(Conflict, (405,), text="cannot be removed"),
        ErrorRow(LoginRefused, (403,), code="UserDisabled"),
        ErrorRow(LoginRefused, (403,), code="WrongDatacenter"),
        ErrorRow(QuotaExceeded, (400, 403), text="reached the limit"),
    ],
    read=_read_failure,
)


class Mailchimp(FieldMemory, Lists, Reading, Writing, Connector):
    """Mailchimp over its Marketing API v3."""

    code = "mailchimp"
    label = "Mailchimp"
    website = "https://mailchimp.com"
    credential_fields = (
        CredentialField(
            "login",
            _lt("Login"),
            kind="choice",
            choices=(
                ("key", _lt("API key")),
                ("oauth", _lt("Log in at Mailchimp")),
            ),
            default="key",
        ),
        CredentialField(
            "api_key",
            _lt("API key"),
            kind="secret",
            help=_lt(
                "In Mailchimp: Profile, Extras, API keys. It ends in -us19 or so."
            ),
            only_if=("login", "key"),
        ),
        CredentialField("client_id", _lt("Client ID"), only_if=("login", "oauth")),
        CredentialField(
            "client_secret",
            _lt("Client Secret"),
            kind="secret",
            only_if=("login", "oauth"),
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
        list_settings=NEEDED,
        list_options=("zip", "language", "description"),
        update_list=True,
        delete_list=True,
        delete_list_takes_people=True,
        create_field=True,
        delete_field=True,
        changes=True,
        changes_overlap=300,
        batch_size=500,
        page_size=1000,
        unsubscribe=Level.LIST,
        unsubscribe_everywhere=True,
        keeps_leavers=True,
        remove_from_list=True,
        erase=True,
        erase_is_final=True,
        change_address=True,
        double_opt_in=True,
        tells_pending=True,
        return_by_asking=True,
        unsubscribe_reason=True,
        tags=True,
        webhooks=True,
        register_webhooks=True,
        quota=True,
        parallel_calls=10,
    )

    def __init__(self, credentials: Mapping[str, str], transport, tokens=None):
        super().__init__(credentials, transport, tokens)
        developer_url = ""
        if transport.allow_loopback:
            developer_url = (credentials.get("base_url") or "").strip().rstrip("/")
        self._door = Door(credentials, transport, tokens, ERRORS, developer_url)
        self._known_audiences: set[str] = set()
        self._known_fields: dict[str, dict[str, RemoteField]] = {}

    @property
    def _api(self):
        return self._door.api

    # --- login, account --------------------------------------------------------
    def authorize_url(self, redirect_uri: str, state: str) -> str:
        return oauth.authorize_url(self._door.app, redirect_uri, state)

    def exchange_code(self, code: str, redirect_uri: str) -> None:
        oauth.connect(self.transport, self._door.app, self.tokens, code, redirect_uri)

    def account(self) -> Account:
        """``recipients``: those subscribed, over all audiences. The plan's number is
        not told."""
        told = answers.object_(self._api.get("/"), "account")
        total = answers.number(told.get("total_subscribers"))
        return Account(
            remote_id=answers.identifier(told.get("account_id"), "account"),
            name=answers.text(told.get("account_name")),
            email=answers.text(told.get("email")),
            web_url=self._door.home,
            recipients=int(total) if total is not None and total >= 0 else None,
            plan=answers.text(told.get("pricing_plan_type")),
        )

    def web_url(self, kind: str, remote_id: str = "", home: str = "") -> str:
        """Audiences and members have another id there; a list tells its own link."""
        return home if kind == "home" else ""

    # --- audiences ---
    def _check(self, audience: str) -> None:
        """A member who is not there is answered like an audience that is not.

        :raises NotFound: there is no such audience
        """
        if audience not in self._known_audiences:
            self._api.get(path("lists", audience), fields="id")
            self._known_audiences.add(audience)

    # --- merge fields ----------------------------------------------------------
    def fields(self, list_id: str = "") -> list[RemoteField]:
        """Those of an audience; an account has none of its own."""
        if not list_id:
            return []
        audience, _ = split(list_id)
        where = path("lists", audience, "merge-fields")
        found = [
            mapping.field_of(told, audience)
            for told in self._collection(where, "merge_fields")
        ]
        self._known_fields[audience] = {field.name: field for field in found}
        return found

    def _fields(self, audience: str) -> dict[str, RemoteField]:
        """Fields by tag, read once for each connector and audience."""
        if audience not in self._known_fields:
            self.fields(audience)
        return self._known_fields[audience]

    def create_field(
        self, label: str, type: FieldType, list_id: str = ""
    ) -> RemoteField:
        """What Mailchimp lacks becomes a number (truth) or a text (all others).

        :raises Conflict: there is a field of that name; the tool itself would not mind
        """
        audience, _ = split(list_id)
        self.fields(audience)
        known = self._known_fields[audience]
        if any(
            field.label.lower() == label.strip().lower() for field in known.values()
        ):
            raise Conflict(f"there is a merge field {label!r}", status=409)
        body = {"name": label.strip(), "type": mapping.NEW_TYPES.get(type, "text")}
        if tag := mapping.tag_for(label, known):
            body["tag"] = tag
        where = path("lists", audience, "merge-fields")
        told = self._api.call("POST", where, json=body)
        field = mapping.field_of(answers.object_(told, "merge field"), audience)
        known[field.name] = field
        return field

    def delete_field(self, remote_field: RemoteField) -> None:
        """With everybody's values."""
        audience, _ = split(remote_field.list_id)
        self._known_fields.pop(audience, None)
        where = path("lists", audience, "merge-fields", remote_field.remote_id)
        with suppress(NotFound):
            self._api.reply("DELETE", where, idempotent=True)

    # --- webhooks ----------------------------------------------------------------
    def register_webhooks(
        self, url: str, list_id: str, verify: str
    ) -> list[WebhookRegistration]:
        """For an audience. ``verify`` becomes the secret of our URL; a signing secret
        is told once, where the account has that at all."""
        if not 10 <= len(verify) <= 50:
            raise Invalid("the secret of the webhook has 10 to 50 letters")
        audience, _ = split(list_id)
        body = {
            "url": hooks.url_with_secret(url, verify),
            "events": hooks.EVENTS,
            "sources": hooks.SOURCES,
        }
        self.transport.hide(verify)
        where = path("lists", audience, "webhooks")
        told = answers.object_(self._api.call("POST", where, json=body), "webhook")
        secrets = {hooks.SECRET: verify}
        if signing := answers.text(told.get("signing_secret")):
            self.transport.hide(signing)
            secrets["signing_secret"] = signing
        remote_id = answers.identifier(told.get("id"), "webhook")
        return [WebhookRegistration(remote_id, "member", secrets)]

    def unregister_webhooks(
        self, registrations: Iterable[WebhookRegistration], list_id: str
    ) -> None:
        audience, _ = split(list_id)
        for registration in registrations:
            where = path("lists", audience, "webhooks", registration.remote_id)
            with suppress(NotFound):
                self._api.reply("DELETE", where, idempotent=True)

    @classmethod
    def handshake(cls, delivery: Delivery, verify: str) -> str | None:
        return hooks.handshake(delivery)

    @classmethod
    def verify(cls, delivery: Delivery, secrets: Mapping[str, str]) -> None:
        hooks.verify(delivery, secrets)

    @classmethod
    def parse(cls, delivery: Delivery) -> list[RemoteEvent]:
        return hooks.parse(delivery)

    @classmethod
    def concerns(cls, event: RemoteEvent, list_id: str) -> bool:
        """Events name the audience, in which the tags are."""
        return event.list_id in ("", split(list_id)[0])
