"""Where an account's data centre is, and how to log in there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ... import answers, oauth
from ...api import Api
from ...auth import Auth, BasicAuth
from ...contract import TokenStore
from ...error_table import ErrorRow, ErrorTable
from ...errors import BadAnswer, MisConfigured, ReconnectNeeded
from ...transport import Transport

LOGIN_HOST = "https://login.mailchimp.com"
#: a key ends in its data centre; without it there is no host to ask (sheet section 1)
_KEY = re.compile(r"[0-9a-f]{32}-([a-z]{2}\d{1,4})")
_DATA_CENTRE = re.compile(r"[a-z]{2}\d{1,4}")
#: no token, no account: a person has to log in again
_METADATA = ErrorTable([ErrorRow(ReconnectNeeded, (401, 403))])


class Door:
    """The way into one account. A key tells its data centre, a token has to be asked.

    :param developer_url: replaces Mailchimp's hosts; "" outside of development
    :raises MisConfigured: the key is malformed
    """

    def __init__(
        self,
        credentials: Mapping[str, str],
        transport: Transport,
        tokens: TokenStore | None,
        errors: ErrorTable,
        developer_url: str = "",
    ):
        self._transport, self._tokens = transport, tokens
        self._errors, self._developer_url = errors, developer_url
        self._api: Api | None = None
        given = {key: (value or "").strip() for key, value in credentials.items()}
        host = developer_url or LOGIN_HOST
        self.app = oauth.OAuthApp(
            given.get("client_id", ""),
            given.get("client_secret", ""),
            token_url=host + "/oauth2/token",
            authorize_url=host + "/oauth2/authorize",
        )
        self._by_token = given.get("login") == "oauth"
        #: such as us19; "" until a token's is known
        self.data_centre = ""
        if not self._by_token:
            match = _KEY.fullmatch(given.get("api_key", ""))
            if not match:
                raise MisConfigured(
                    "the API key has 32 letters and digits, a hyphen and the data"
                    " centre, such as us19"
                )
            self.data_centre = match[1]
            self._auth: Auth = BasicAuth("odoo", match[0], transport.hide)
        else:
            # A token never ends; once it is refused, only a person helps.
            self._auth = oauth.OAuthAuth(
                transport,
                tokens,
                lambda stored: oauth.refresh(transport, self.app, stored),
            )

    @property
    def api(self) -> Api:
        """Calls below ``/3.0`` of the account's data centre.

        :raises ReconnectNeeded: nobody has logged in yet, or the token is dead
        """
        if self._api is None:
            if self._by_token:
                self.data_centre = self._ask_data_centre()
            host = (
                self._developer_url or f"https://{self.data_centre}.api.mailchimp.com"
            )
            self._api = Api(self._transport, host + "/3.0", self._auth, self._errors)
        return self._api

    def _ask_data_centre(self) -> str:
        token = self._auth.headers()["Authorization"].partition(" ")[2]
        told: Any = self._transport.call(
            "GET",
            (self._developer_url or LOGIN_HOST) + "/oauth2/metadata",
            headers={"Authorization": f"OAuth {token}"},
            errors=_METADATA,
        ).json()
        found = answers.text(answers.object_(told, "metadata").get("dc"))
        if not _DATA_CENTRE.fullmatch(found):
            raise BadAnswer("the login tells no data centre")
        return found

    @property
    def home(self) -> str:
        """The web page of the account, once its data centre is known."""
        return (
            f"https://{self.data_centre}.admin.mailchimp.com"
            if self.data_centre
            else ""
        )
