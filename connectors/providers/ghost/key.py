"""The login: a token that we sign ourselves, anew every few minutes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime

from ...auth import Auth
from ...errors import MisConfigured

#: seconds after which a token is made anew; Ghost takes it for 300 after its making
TOKEN_AGE = 240


class AdminKey(Auth):
    """A JWT for the Admin API (sheet section 2).

    :param key: ``<id>:<hexadecimal secret>``, as Ghost shows it
    :param now: tells the present time
    :raises MisConfigured: the key does not look like that
    """

    renew_on = frozenset({401})

    def __init__(self, key: str, now: Callable[[], datetime], hide: Callable):
        key = key.strip().lower()
        if not re.fullmatch(r"[0-9a-f]+:([0-9a-f]{2})+", key):
            raise MisConfigured("the key has to look like 6489…:a1b2c3…")
        self._id, _, secret = key.partition(":")
        hide(secret)
        self._secret, self._now, self._hide = bytes.fromhex(secret), now, hide
        self._made, self._token = 0, ""

    def headers(self) -> dict[str, str]:
        now = int(self._now().timestamp())
        if not 0 <= now - self._made < TOKEN_AGE:
            self._made, self._token = now, self._signed(now)
            self._hide(self._token)
        return {"Authorization": f"Ghost {self._token}"}

    def renew(self, used: Mapping[str, str]) -> bool:
        """Only a token of another moment is worth a second try."""
        self._made = 0
        return self.headers() != dict(used)

    def _signed(self, now: int) -> str:
        head = {"alg": "HS256", "typ": "JWT", "kid": self._id}
        claims = {"iat": now, "exp": now + 300, "aud": "/admin/"}
        parts = (_base64(json.dumps(part).encode()) for part in (head, claims))
        signed = ".".join(parts)
        digest = hmac.new(self._secret, signed.encode(), hashlib.sha256).digest()
        return f"{signed}.{_base64(digest)}"


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
