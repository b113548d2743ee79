"""How a connector logs in to a tool: small strategies that all have the same face.

OAuth 2 is a strategy too, but has a module of its own (:mod:`.oauth`).
"""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable, Mapping

from .errors import MisConfigured


class Auth:
    """No login. Base class of all strategies."""

    #: statuses after which :meth:`renew` is asked once and the call is repeated once
    renew_on: frozenset[int] = frozenset()

    def headers(self) -> dict[str, str]:
        """The headers that prove who we are.

        :raises ConnectorError: if getting them needs a call, and that fails
        """
        return {}

    def renew(self, used: Mapping[str, str]) -> bool:
        """Replace a login that was refused; ``used``: the headers of the refused call.

        Returns whether repeating the call makes sense.
        """
        return False


class HeaderAuth(Auth):
    """A key in a header: ``HeaderAuth("api-key", key)``.

    ``hide`` is ``Transport.hide``: what is sent must never be printed.

    :raises MisConfigured: if the key is empty or holds letters a header cannot have
    """

    def __init__(self, name: str, value: str, hide: Callable[..., None]):
        value = value.strip()
        if not value or not value.isascii() or not value.isprintable():
            raise MisConfigured("the key is empty or holds letters that no key has")
        hide(value)
        self._headers = {name: value}

    def headers(self) -> dict[str, str]:
        return dict(self._headers)


class BasicAuth(HeaderAuth):
    """HTTP Basic (RFC 7617), in UTF-8."""

    def __init__(self, user: str, password: str, hide: Callable[..., None]):
        pair = base64.b64encode(f"{user}:{password}".encode()).decode()
        hide(password, pair)
        super().__init__("Authorization", f"Basic {pair}", hide)


class SessionAuth(Auth):
    """A login call whose answer becomes headers, such as a session cookie.

    The login happens on the first call and again when the session has died. A tool that
    says 403 for a dead session says the same for a missing permission: hence one new
    login and one more try, never more.

    :param login: makes the call and returns the headers to send from now on
    """

    renew_on = frozenset({401, 403})

    def __init__(self, login: Callable[[], dict[str, str]], hide: Callable[..., None]):
        self._login, self._hide = login, hide
        self._current: dict[str, str] | None = None
        self._lock = threading.Lock()

    def headers(self) -> dict[str, str]:
        with self._lock:
            if self._current is None:
                self._current = self._login()
                self._hide(*self._current.values())
            return dict(self._current)

    def renew(self, used: Mapping[str, str]) -> bool:
        with self._lock:
            if self._current == dict(used):
                self._current = None
        return True
