"""One tool's HTTP interface: base URL, login and error rows around the transport."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from .auth import Auth
from .error_table import DEFAULT, ErrorTable
from .errors import BadAnswer, ConnectorError
from .transport import Reply, Transport


class Api:
    """Calls below one base URL, logged in.

    :param base_url: such as ``https://api.example.org/v3``
    :param headers: go with every call, such as an ``Accept`` of the tool's own
    """

    def __init__(
        self,
        transport: Transport,
        base_url: str,
        auth: Auth | None = None,
        errors: ErrorTable | None = None,
        headers: Mapping[str, str] | None = None,
    ):
        self.transport = transport
        self.base_url = base_url.strip().rstrip("/")
        self.auth = auth or Auth()
        self.errors = errors or DEFAULT
        self._headers = dict(headers or {})

    def get(self, path: str, **params: Any) -> Any:
        """The parsed answer of a GET; see :meth:`reply`."""
        return self.call("GET", path, params=params)

    def call(self, method: str, path: str, **options: Any) -> Any:
        """The parsed answer of a call; see :meth:`reply`.

        :raises BadAnswer: if it is no JSON
        """
        return self.reply(method, path, **options).json()

    def reply(self, method: str, path: str, **options: Any) -> Reply:
        """Call ``path``; a refused login is renewed once, then its error leaves.

        :param path: made by ``url_guard.path``, or a whole URL of the same host that
            the tool gave as its next page
        :param options: as for :meth:`Transport.call`
        """
        headers = {**self._headers, **(options.pop("headers", None) or {})}
        login = self.auth.headers()

        def once() -> Reply:
            return self.transport.call(
                method,
                self.url(path),
                headers={**headers, **login},
                errors=self.errors,
                **options,
            )

        try:
            return once()
        except ConnectorError as error:
            if error.status not in self.auth.renew_on or not self.auth.renew(login):
                raise
        login = self.auth.headers()
        return once()

    def url(self, path: str) -> str:
        """The whole URL.

        :raises BadAnswer: if it belongs to another host; our login stays here
        """
        if path.startswith("/"):
            return self.base_url + path
        ours, theirs = urlsplit(self.base_url), urlsplit(path)
        if (ours.scheme, ours.netloc) != (theirs.scheme, theirs.netloc):
            raise BadAnswer("the tool's link leads to another host")
        return path
