"""The one door to the network: time limits, retries, rate budget, redaction.

No other module imports an HTTP library to make a call. Whatever happens, only a
``ConnectorError`` leaves, and no text of it holds a secret.
"""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import BaseAdapter

from .capabilities import Capabilities
from .error_table import DEFAULT, ErrorTable
from .errors import BadAnswer, ConnectorError, MisConfigured, Throttled, Unreachable
from .masked_log import get_logger
from .pacing import Backoff, RateBudget, chance
from .redaction import Redactor
from .url_guard import GuardedAdapter, UrlGuard

_logger = get_logger(__name__)

#: methods that change nothing, so that repeating them is always right
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

_CHUNK = 65_536
_UNPARSED = object()
_NO_PROXY = {"http": None, "https": None, "all": None}


@dataclass(slots=True)
class Reply:
    """One answer; ``headers`` ignores case. Neither body nor headers are printed."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    _json: Any = field(default=_UNPARSED, repr=False)

    @property
    def ok(self) -> bool:
        """A 2xx status (which some tools give to errors as well)."""
        return 200 <= self.status < 300

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        """The parsed body; ``None`` if it is empty.

        :raises BadAnswer: HTML, garbage, or numbers that JSON does not know
        """
        if self._json is _UNPARSED:
            self._json = self._parsed()
        return self._json

    def json_or_none(self) -> Any:
        """The parsed body, or None where it is not JSON."""
        try:
            return self.json()
        except BadAnswer:
            return None

    def _parsed(self) -> Any:
        if not self.body.strip():
            return None
        try:
            text = self.body.decode("utf-8-sig")
            return json.loads(text, parse_constant=_refuse_constant)
        except (ValueError, RecursionError):
            kind = "an HTML page" if b"<html" in self.body[:1000].lower() else "no JSON"
        raise BadAnswer(f"{self.status} the answer is {kind}", status=self.status)


def _refuse_constant(name: str):
    raise ValueError(name)


@dataclass(frozen=True, slots=True)
class Call:
    """What the ``on_call`` hook gets: one attempt, free of secrets and addresses."""

    method: str
    url: str
    #: 0: no answer came
    status: int
    seconds: float
    attempt: int


class Transport:
    """Makes calls for one connection.

    :param capabilities: tell the rate budget and how many calls may run side by side
    :param allow_loopback: the developer switch, see :class:`UrlGuard`
    :param timeout: seconds for connecting, and for each silence while reading. One
        number: Odoo's test harness cannot take a pair.
    :param deadline: seconds that the whole body may take
    :param max_bytes: largest body that is taken
    :param budget: a budget shared with other transports (``pacing.shared_budget``)
    :param on_call: is given a :class:`Call` after every attempt
    :param clock: unix seconds; ``sleep`` and ``chance`` are stand-ins for tests, too
    :param adapter: a ``requests`` adapter in place of the network
    """

    def __init__(
        self,
        capabilities: Capabilities | None = None,
        *,
        allow_loopback: bool = False,
        timeout: float = 30.0,
        deadline: float = 300.0,
        max_bytes: int = 64 * 1024 * 1024,
        backoff: Backoff | None = None,
        budget: RateBudget | None = None,
        on_call: Callable[[Call], None] | None = None,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
        chance: Callable[[], float] = chance,
        adapter: BaseAdapter | None = None,
        guard: UrlGuard | None = None,
    ):
        capabilities = capabilities or Capabilities()
        self.guard = guard or UrlGuard(allow_loopback)
        self.redact = Redactor()
        self.backoff = backoff or Backoff()
        self._timeout, self._deadline = timeout, deadline
        self._max_bytes = max_bytes
        self._budget = budget or RateBudget.of(capabilities)
        self._slots = threading.BoundedSemaphore(max(1, capabilities.parallel_calls))
        self._on_call = on_call
        self._clock, self._sleep, self._chance = clock, sleep, chance
        self._session = _session(adapter or GuardedAdapter(self.guard))

    @property
    def allow_loopback(self) -> bool:
        """Whether the developer switch is on."""
        return self.guard.allow_loopback

    def now(self) -> datetime:
        """The present moment, aware UTC; connectors have no clock of their own."""
        return datetime.fromtimestamp(self._clock(), timezone.utc)

    def hide(self, *secrets: str) -> None:
        """Values that no text may ever show."""
        self.redact.hide(*secrets)

    def call(
        self,
        method: str,
        url: str,
        *,
        idempotent: bool | None = None,
        errors: ErrorTable = DEFAULT,
        **request: Any,
    ) -> Reply:
        """Make a call and return the answer of a success.

        :param idempotent: whether the call may be repeated when its fate is unknown;
            by default only safe methods may. A ``Throttled`` call was not carried out
            and is repeated in any case.
        :param errors: what a failure means
        :param request: params, json, data, files, headers, as ``requests`` takes them;
            contents as text or bytes, since a repeated call cannot rewind a file
        :raises ConnectorError: by the rows of ``errors``; ``Unreachable`` when no
            answer came, ``BadAnswer`` when it is too large, ``MisConfigured`` for an
            address that must not be called
        """
        repeatable = method in SAFE_METHODS if idempotent is None else idempotent
        waited, attempt = 0.0, 0
        while True:
            attempt += 1
            outcome = self._attempt(method, url, errors, attempt, request)
            if isinstance(outcome, Reply):
                return outcome
            again = isinstance(outcome, Throttled) or (repeatable and outcome.retryable)
            wait = self.backoff.wait(attempt, outcome.retry_after, self._chance)
            waited += wait
            if (
                not again
                or attempt >= self.backoff.tries
                or waited > self.backoff.patience
            ):
                raise outcome
            self._sleep(wait)

    def _attempt(
        self, method: str, url: str, errors: ErrorTable, attempt: int, request: dict
    ) -> Reply | ConnectorError:
        """One attempt. Errors are returned, so that none chains to one of ``requests``,
        whose text would show the URL and more."""
        try:
            self.guard.check(url)
            self._keep_pace()
        except ConnectorError as error:
            return error
        started, outcome, status = self._clock(), None, 0
        with self._slots:
            try:
                reply = self._send(method, url, request)
                status = reply.status
                outcome = errors.error_for(reply, self._clock(), self.redact) or reply
            except ConnectorError as error:
                outcome = error
            except _NETWORK_FAULTS as error:
                outcome = _as_error(error, urlsplit(url).hostname)
        self._report(method, url, status, self._clock() - started, attempt)
        return outcome

    def _keep_pace(self) -> None:
        wait = self._budget.take(self._clock(), self.backoff.patience)
        if wait > self.backoff.patience:
            raise Throttled("the tool's rate limit is used up", retry_after=wait)
        if wait > 0:
            self._sleep(wait)

    def _send(self, method: str, url: str, request: dict) -> Reply:
        local = urlsplit(url).hostname in ("127.0.0.1", "::1", "localhost")
        with self._session.request(
            method,
            url,
            timeout=self._timeout,
            allow_redirects=False,
            stream=True,
            proxies=_NO_PROXY if local else None,
            **request,
        ) as response:
            return Reply(response.status_code, response.headers, self._body(response))

    def _body(self, response: requests.Response) -> bytes:
        end = self._clock() + self._deadline
        body = bytearray()
        for chunk in response.iter_content(_CHUNK):
            body += chunk
            if len(body) > self._max_bytes:
                raise BadAnswer(f"the answer is larger than {self._max_bytes} bytes")
            if self._clock() > end:
                raise Unreachable("the answer takes too long")
        return bytes(body)

    def _report(
        self, method: str, url: str, status: int, seconds: float, attempt: int
    ) -> None:
        shown = self.redact.for_log(url.partition("?")[0])
        _logger.debug("%s %s -> %s (%.2f s)", method, shown, status, seconds)
        if self._on_call:
            self._on_call(Call(method, shown, status, seconds, attempt))


def _session(adapter: BaseAdapter) -> requests.Session:
    session = requests.Session()
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    # No cookie is ever kept: a stray session cookie would outrank the login we send.
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    # Proxy and CA settings of the environment are honoured, a .netrc login is not:
    # requests looks for one only where no other login is set.
    session.auth = lambda request: request
    session.headers.update(
        {"User-Agent": "newsletter_sync (Odoo)", "Accept": "application/json"}
    )
    return session


_NETWORK_FAULTS = (
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    http.client.HTTPException,
    OSError,
    UnicodeError,
)

#: errors in what we were told to send; repeating cannot help
_OUR_FAULTS = (
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidHeader,
    requests.exceptions.InvalidSchema,
    requests.exceptions.MissingSchema,
    urllib3.exceptions.LocationValueError,
    UnicodeError,
)


def _as_error(error: Exception, host: str | None) -> ConnectorError:
    """Our word for a fault below HTTP; the fault's own text may hold secrets."""
    if isinstance(error, _OUR_FAULTS):
        return MisConfigured("the address or the login holds letters it cannot have")
    if isinstance(error, requests.exceptions.SSLError):
        return Unreachable(f"the certificate of {host} is not accepted")
    if isinstance(error, requests.exceptions.Timeout):
        return Unreachable(f"{host} does not answer in time")
    return Unreachable(f"the connection to {host} failed ({type(error).__name__})")
