"""The connector: what each call of the contract is in CleverReach's words.

Names differ: a list is a *group*, a member a *receiver*, a field an *attribute*.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from ... import answers, oauth
from ...api import Api
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
from ...error_table import ErrorRow, ErrorTable, Failure, described, read_failure
from ...errors import (
    BadAnswer,
    Invalid,
    NotFound,
    PermissionMissing,
    QuotaExceeded,
)
from ...field_memory import FieldMemory
from ...records import _lt
from ...transport import Reply
from ...url_guard import path
from . import hooks, mapping
from .reading import Reading
from .writing import Writing

HOST = "https://rest.cleverreach.com"
#: ours -> page of the web interface; links to single groups or people are not known
WEB_PAGES = {
    "home": "",
    "mailings": "/admin/mailing_list.php",
    "reports": "/admin/report_list.php",
    "forms": "/admin/forms_list.php",
    "plan": "/admin/account_plan.php",
}


def _read_failure(reply: Reply) -> Failure | None:
    """Some errors come with status 200; then their own code takes its place."""
    if not reply.ok:
        return read_failure(reply)
    body = reply.json_or_none()
    if not isinstance(body, dict) or not body.get("error"):
        return None
    code = answers.number(answers.mapping(body["error"]).get("code"))
    return described(int(code) if code and 400 <= code < 600 else 400, body)


ERRORS = ErrorTable(
    [
        ErrorRow(QuotaExceeded, (400, 403, 409, 422), text="too many attributes"),
        ErrorRow(QuotaExceeded, (400, 403, 409, 422), text="limit"),
        ErrorRow(QuotaExceeded, (403,), text="contingent"),
    ],
    read=_read_failure,
)


class CleverReach(FieldMemory, Reading, Writing, Connector):
    """CleverReach over its REST API v3."""

    code = "cleverreach"
    label = "CleverReach"
    website = "https://www.cleverreach.com"
    credential_fields = (
        CredentialField(
            "login",
            _lt("Login"),
            kind="choice",
            choices=(
                ("oauth", _lt("Log in at CleverReach")),
                ("client_credentials", _lt("Client id and secret only")),
            ),
            default="oauth",
        ),
        CredentialField(
            "client_id",
            _lt("Client ID"),
            help=_lt(
                "In CleverReach: My Account, Extras, REST API, create an OAuth app."
            ),
        ),
        CredentialField("client_secret", _lt("Client Secret"), kind="secret"),
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
        delete_list_takes_people=True,
        create_field=True,
        delete_field=True,
        account_fields=True,
        changes=True,
        changes_overlap=300,
        lookup_batch=1000,
        batch_size=250,
        page_size=1000,
        unsubscribe=Level.LIST,
        unsubscribe_batch=1000,
        keeps_leavers=True,
        unsubscribe_everywhere=True,
        remove_from_list=True,
        erase=True,
        change_address=True,
        double_opt_in=True,
        tells_pending=True,
        tags=True,
        read_blocklist=True,
        write_blocklist=True,
        bounces=True,
        status_time=True,
        webhooks=True,
        register_webhooks=True,
        parallel_calls=2,
    )

    def __init__(self, credentials: Mapping[str, str], transport, tokens=None):
        super().__init__(credentials, transport, tokens)
        base = HOST
        if transport.allow_loopback:
            base = (credentials.get("base_url") or "").strip().rstrip("/") or HOST
        self._app = oauth.OAuthApp(
            (credentials.get("client_id") or "").strip(),
            (credentials.get("client_secret") or "").strip(),
            token_url=base + "/oauth/token.php",
            authorize_url=base + "/oauth/authorize.php",
        )
        auth = self._auth(transport, tokens)
        self._api = Api(transport, base + "/v3", auth, ERRORS)
        self._hooks = Api(transport, base + "/hooks", auth, ERRORS)
        self._known_fields: dict[str, dict[str, RemoteField]] = {}

    # --- login ---------------------------------------------------------------
    def _auth(self, transport, tokens) -> oauth.OAuthAuth:
        if self.credentials.get("login") == "client_credentials":
            return oauth.OAuthAuth(
                transport,
                tokens or oauth.MemoryTokenStore(),
                lambda stored: oauth.client_credentials(transport, self._app),
                first_by_itself=True,
            )
        return oauth.OAuthAuth(
            transport,
            tokens,
            lambda stored: oauth.refresh(transport, self._app, stored),
        )

    def authorize_url(self, redirect_uri: str, state: str) -> str:
        return oauth.authorize_url(self._app, redirect_uri, state, grant="basic")

    def exchange_code(self, code: str, redirect_uri: str) -> None:
        oauth.connect(self.transport, self._app, self.tokens, code, redirect_uri)

    # --- account -------------------------------------------------------------
    def account(self) -> Account:
        """``recipients`` is told for at most one group: several may share people."""
        who = answers.object_(self._api.get("/debug/whoami"), "account")
        names = (answers.text(who.get(key)) for key in ("firstname", "name"))
        person = " ".join(name for name in names if name)
        recipients, warnings = None, ()
        try:
            groups = self.lists()
            if len(groups) < 2:
                recipients = self.count(groups[0].remote_id) if groups else 0
        except PermissionMissing as error:
            warnings = (f"the groups may not be read: {error.detail}",)
        return Account(
            remote_id=answers.identifier(who.get("id"), "account"),
            name=answers.text(who.get("company")) or person,
            email=answers.text(who.get("email")),
            web_url=self._home(answers.text(who.get("login_domain"))),
            recipients=recipients,
            warnings=warnings,
        )

    def _home(self, domain: str) -> str:
        """Address of the web interface; it differs from account to account."""
        if not re.fullmatch(r"[\w.-]+(:\d+)?(/[\w./-]*)?", domain, re.ASCII):
            return ""
        local = self.transport.allow_loopback and domain.startswith("127.0.0.1:")
        return f"{'http' if local else 'https'}://{domain.rstrip('/')}"

    def web_url(self, kind: str, remote_id: str = "", home: str = "") -> str:
        return home + WEB_PAGES[kind] if home and kind in WEB_PAGES else ""

    # --- groups and attributes -----------------------------------------------
    def lists(self) -> list[RemoteList]:
        groups = answers.objects(self._api.get("/groups"), "groups")
        return [self._list(group) for group in groups]

    def create_list(self, draft: ListDraft) -> RemoteList:
        body = {"name": draft.name, "receiver_info": draft.description}
        return self._list(
            answers.object_(self._api.call("POST", "/groups", json=body), "group")
        )

    def _list(self, group: Mapping[str, Any]) -> RemoteList:
        remote_id = answers.identifier(group.get("id"), "group")
        name = answers.text(group.get("name")) or remote_id
        settings = {"description": answers.text(group.get("receiver_info"))}
        return RemoteList(remote_id, name, settings=settings, raw=group)

    def update_list(self, list_id: str, draft: ListDraft) -> RemoteList:
        body = {"name": draft.name}
        if draft.description:
            body["receiver_info"] = draft.description
        where = path("groups", list_id)
        answer = self._api.call("PUT", where, json=body, idempotent=True)
        return self._list(answers.object_(answer, "group"))

    def delete_list(self, list_id: str) -> None:
        """With its recipients' places in it. Never its neighbour ``/clear``."""
        with suppress(NotFound):
            where = path("groups", list_id)
            self._done(self._api.call("DELETE", where, idempotent=True))

    def count(self, list_id: str) -> int | None:
        """From the group's statistics, which may lag by some minutes."""
        stats = answers.object_(
            self._api.get(path("groups", list_id, "stats")), "statistics"
        )
        total = answers.number(stats.get("total_count"))
        return None if total is None or total < 0 else int(total)

    def fields(self, list_id: str = "") -> list[RemoteField]:
        """Global attributes and the group's own; of two with one name the group's."""
        found = self._attributes("/attributes")
        if list_id:
            own = self._attributes(path("groups", list_id, "attributes"))
            found |= {
                name: replace(field, list_id=list_id)
                for name, field in own.items()
                if field.list_id or name not in found
            }
        self._known_fields[list_id] = found
        return list(found.values())

    def _attributes(self, where: str) -> dict[str, RemoteField]:
        listed = answers.objects(self._api.get(where), "attributes")
        return {field.name: field for field in map(mapping.field_of, listed)}

    def _fields(self, list_id: str) -> dict[str, RemoteField]:
        """Attributes by name, read once for each connector and group."""
        if list_id not in self._known_fields:
            self.fields(list_id)
        return self._known_fields[list_id]

    def create_field(
        self, label: str, type: FieldType, list_id: str = ""
    ) -> RemoteField:
        """What CleverReach lacks becomes a number (truth) or a text (all others)."""
        name = mapping.technical_name(label)
        if not name:
            raise Invalid(f"no attribute can be named {label!r}")
        body = {
            "name": name,
            "description": label,
            "type": mapping.NEW_TYPES.get(type, "text"),
        }
        where = path("groups", list_id, "attributes") if list_id else "/attributes"
        answer = answers.object_(self._api.call("POST", where, json=body), "attribute")
        self._known_fields.clear()
        # The tool has the last word about the name: it is read back by the id.
        remote_id = answers.identifier(answer.get("id"), "attribute")
        for field in self.fields(list_id):
            if field.remote_id == remote_id:
                return field
        raise BadAnswer("the new attribute is not listed")

    def delete_field(self, remote_field: RemoteField) -> None:
        self._known_fields.clear()
        where = path("attributes", remote_field.remote_id)
        with suppress(NotFound):
            self._done(self._api.call("DELETE", where, idempotent=True))

    # --- webhooks ------------------------------------------------------------
    def register_webhooks(
        self, url: str, list_id: str, verify: str
    ) -> list[WebhookRegistration]:
        """All events of a group's receivers. An older registration is replaced: the
        tool keeps one for each event and group."""
        if not 10 <= len(verify) <= 50:
            raise Invalid("the text of the handshake has 10 to 50 letters")
        registration = WebhookRegistration(f"{hooks.EVENT}:{list_id}", hooks.EVENT)
        self.unregister_webhooks([registration], list_id)
        body = {
            "url": url,
            "event": hooks.EVENT,
            "condition": list_id,
            "verify": verify,
        }
        answer = answers.object_(
            self._hooks.call("POST", "/eventhook", json=body), "webhook"
        )
        secrets = {
            key: answers.text(answer.get(key)) for key in ("call_token", "secret")
        }
        if not secrets["call_token"]:
            raise BadAnswer("the answer holds no token for the webhook")
        self.transport.hide(*secrets.values())
        return [
            WebhookRegistration(registration.remote_id, registration.event, secrets)
        ]

    def unregister_webhooks(
        self, registrations: Iterable[WebhookRegistration], list_id: str
    ) -> None:
        if not list_id:
            raise Invalid("without a group the webhooks of all groups would be meant")
        for registration in registrations:
            with suppress(NotFound):
                self._hooks.call(
                    "DELETE",
                    path("eventhook", registration.event),
                    params={"condition": list_id},
                    idempotent=True,
                )

    @classmethod
    def handshake(cls, delivery: Delivery, verify: str) -> str | None:
        return hooks.handshake(delivery, verify)

    @classmethod
    def verify(cls, delivery: Delivery, secrets: Mapping[str, str]) -> None:
        hooks.verify(delivery, secrets)

    @classmethod
    def parse(cls, delivery: Delivery) -> list[RemoteEvent]:
        return hooks.parse(delivery)
