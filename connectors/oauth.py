"""OAuth 2 (RFC 6749): authorisation code, refresh, client credentials.

A refresh token often works only once, so two workers that refresh at the same time
would lose the login for good. Hence every renewal goes through ``TokenStore.renew``,
which lets one worker fetch and gives its result to the others.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from .answers import number
from .auth import Auth
from .contract import TokenPair, TokenStore
from .error_table import ErrorRow, ErrorTable, Failure, described, read_failure
from .errors import (
    BadAnswer,
    ConnectorError,
    LoginRefused,
    MisConfigured,
    ReconnectNeeded,
)
from .transport import Reply, Transport

#: a token that ends within this time is renewed before it is used
AHEAD = timedelta(minutes=5)

_LASTING_REFUSALS = tuple(s for s in range(400, 500) if s not in (408, 425, 429))


def _read_failure(reply: Reply) -> Failure | None:
    """A refusal is a 400 with ``error`` (5.2); some tools give it the status 200."""
    body = reply.json_or_none()
    if reply.ok and isinstance(body, dict) and body.get("error"):
        return described(400, body)
    return read_failure(reply)


#: the tool does not know this application or does not accept the code
_GRANT_REFUSED = ErrorTable(
    [ErrorRow(LoginRefused, _LASTING_REFUSALS)], read=_read_failure
)
#: nothing can bring this token back
_TOKEN_DEAD = ErrorTable(
    [ErrorRow(ReconnectNeeded, _LASTING_REFUSALS)], read=_read_failure
)


@dataclass(frozen=True, slots=True)
class OAuthApp:
    """An application that is registered at the tool."""

    client_id: str
    client_secret: str = field(repr=False)
    token_url: str
    authorize_url: str = ""


def authorize_url(app: OAuthApp, redirect_uri: str, state: str, **more: str) -> str:
    """The tool's page on which a person allows the access (RFC 6749, 4.1.1).

    :param state: the caller's random text, to be compared when the person comes back
    :param more: parameters of this tool only, such as a scope
    """
    query = {
        "response_type": "code",
        "client_id": app.client_id,
        "redirect_uri": redirect_uri,
        "state": state,
        **more,
    }
    return f"{app.authorize_url}?{urlencode(query)}"


def exchange_code(
    transport: Transport, app: OAuthApp, code: str, redirect_uri: str
) -> TokenPair:
    """The first token pair for a code (4.1.3).

    :raises LoginRefused: the code is used up or expired, or the application is unknown
    """
    transport.hide(code)
    grant = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
    }
    return _fetch(transport, app, grant, _GRANT_REFUSED)


def connect(
    transport: Transport,
    app: OAuthApp,
    tokens: TokenStore | None,
    code: str,
    redirect_uri: str,
) -> None:
    """Trade a code for a token pair and keep it in place of whatever was stored.

    :raises LoginRefused: see :func:`exchange_code`
    """
    if tokens is None:
        raise MisConfigured("there is no place to keep the access token")
    fresh = exchange_code(transport, app, code, redirect_uri)
    # The old pair may be renewed at this very moment; then that renewed one is stale.
    while tokens.renew(tokens.load(), lambda stored: fresh) != fresh:
        pass


def refresh(transport: Transport, app: OAuthApp, stale: TokenPair | None) -> TokenPair:
    """A new pair for an old one (section 6). The refresh token may have changed.

    :raises ReconnectNeeded: there is no refresh token, or it is dead
    """
    if stale is None or not stale.refresh:
        raise ReconnectNeeded("there is no token with which to renew the access")
    grant = {"grant_type": "refresh_token", "refresh_token": stale.refresh}
    transport.hide(stale.refresh)
    return _fetch(transport, app, grant, _TOKEN_DEAD, stale.refresh)


def client_credentials(transport: Transport, app: OAuthApp) -> TokenPair:
    """A token for the application itself (4.4); there is nothing to refresh.

    :raises LoginRefused: client id or secret is wrong
    """
    grant = {"grant_type": "client_credentials"}
    return _fetch(transport, app, grant, _GRANT_REFUSED)


def _fetch(
    transport: Transport,
    app: OAuthApp,
    grant: Mapping[str, str],
    errors: ErrorTable,
    refresh_token: str = "",
) -> TokenPair:
    transport.hide(app.client_secret)
    form = {
        **grant,
        "client_id": app.client_id,
        "client_secret": app.client_secret,
    }
    answer = transport.call("POST", app.token_url, data=form, errors=errors).json()
    access = answer.get("access_token") if isinstance(answer, dict) else None
    if not isinstance(access, str) or not access.isascii() or not access.isprintable():
        raise BadAnswer("the answer holds no access token")
    new_refresh = answer.get("refresh_token")
    if not isinstance(new_refresh, str) or not new_refresh:
        new_refresh = refresh_token
    transport.hide(access, new_refresh)
    return TokenPair(
        access=access,
        refresh=new_refresh,
        expires_at=_expiry(transport.now(), answer.get("expires_in")),
        scope=answer["scope"] if isinstance(answer.get("scope"), str) else "",
    )


def _expiry(now: datetime, expires_in: Any) -> datetime | None:
    seconds = number(expires_in)
    if seconds is None or not 0 < seconds < 10**9:
        return None
    return now + timedelta(seconds=seconds)


class OAuthAuth(Auth):
    """Sends the stored token, renews it ahead of its end and once after a 401.

    :param fetch: gives a new pair for the stored one, such as :func:`refresh`
    :param first_by_itself: whether ``fetch`` works without any stored pair
    """

    renew_on = frozenset({401})

    def __init__(
        self,
        transport: Transport,
        tokens: TokenStore | None,
        fetch: Callable[[TokenPair | None], TokenPair],
        first_by_itself: bool = False,
    ):
        if tokens is None:
            raise MisConfigured("there is no place to keep the access token")
        self._transport, self._tokens = transport, tokens
        self._fetch, self._first_by_itself = fetch, first_by_itself

    def headers(self) -> dict[str, str]:
        pair = self._tokens.load()
        if pair is None:
            if not self._first_by_itself:
                raise ReconnectNeeded("the access has not been granted yet")
            pair = self._tokens.renew(None, self._fetch)
        elif self._ends_soon(pair):
            pair = self._renewed_ahead(pair)
        return self._as_headers(pair)

    def renew(self, used: Mapping[str, str]) -> bool:
        pair = self._tokens.load()
        if pair is None or self._as_headers(pair) == dict(used):
            self._tokens.renew(pair, self._fetch)
        return True  # else somebody has renewed it meanwhile

    def _ends_soon(self, pair: TokenPair) -> bool:
        end = pair.expires_at
        return end is not None and end - self._transport.now() < AHEAD

    def _renewed_ahead(self, pair: TokenPair) -> TokenPair:
        try:
            return self._tokens.renew(pair, self._fetch)
        except ConnectorError as error:
            # The old token still has some minutes; a passing fault may use them up.
            if error.retryable and pair.expires_at > self._transport.now():
                return pair
            raise

    def _as_headers(self, pair: TokenPair) -> dict[str, str]:
        self._transport.hide(pair.access, pair.refresh)
        return {"Authorization": f"Bearer {pair.access}"}


class MemoryTokenStore:
    """A ``TokenStore`` of one process: for tests, and where a token costs nothing."""

    def __init__(self, pair: TokenPair | None = None):
        self._pair = pair
        self._lock = threading.Lock()

    def load(self) -> TokenPair | None:
        """The pair as stored now."""
        return self._pair

    def renew(
        self,
        stale: TokenPair | None,
        fetch: Callable[[TokenPair | None], TokenPair],
    ) -> TokenPair:
        """See ``contract.TokenStore``."""
        with self._lock:
            if self._pair is None or self._pair == stale:
                self._pair = fetch(self._pair)
            return self._pair
