"""Two ways into KlickTipp: a session of a user, or a partner's developer key."""

from __future__ import annotations

import binascii
import hashlib
import hmac
import re
from collections.abc import Callable
from typing import Any

from ... import answers
from ...auth import Auth
from ...error_table import ErrorRow, ErrorTable
from ...errors import BadAnswer, LoginRefused, MisConfigured
from ...transport import Transport

#: what a failed login means; wrong types are answered by 400, odd states by 406
ERRORS = ErrorTable([ErrorRow(LoginRefused, (400, 401, 406))])


class DeveloperKey(Auth):
    """Headers of partner applications (sheet section 1b): no session, no expiry.

    :raises MisConfigured: the developer key is not hexadecimal
    """

    def __init__(self, user: str, developer: str, customer: str, hide: Callable):
        try:
            key = bytes.fromhex(developer.strip())
        except ValueError:
            key = b""
        if not key or not f"{user}{customer}".isascii():
            raise MisConfigured("the developer key has to be hexadecimal")
        cipher = make_cipher(key, customer.strip())
        hide(cipher)
        self._headers = {"X-Un": user.strip(), "X-Ci": cipher}

    def headers(self) -> dict[str, str]:
        return dict(self._headers)


def make_cipher(key: bytes, customer: str) -> str:
    """The customer key behind its HMAC-SHA256, in base64."""
    digest = hmac.new(key, customer.encode(), hashlib.sha256).digest()
    return binascii.b2a_base64(digest + customer.encode(), newline=False).decode()


def log_in(
    transport: Transport, base: str, user: str, password: str
) -> tuple[dict[str, str], dict[str, Any]]:
    """Open a session: the header to send from now on, and the account's facts.

    No cookie may be sent along, or the call is refused as a second login. The cookie's
    name differs from host to host, so it is taken from the answer.
    """
    reply = transport.call(
        "POST",
        base + "/account/login",
        json={"username": user, "password": password},
        idempotent=True,
        errors=ERRORS,
    )
    told = answers.object_(reply.json(), "login")
    name, sessid = (answers.text(told.get(k)) for k in ("session_name", "sessid"))
    transport.hide(sessid)
    if not re.fullmatch(r"[\w.-]+", name, re.ASCII) or not _is_token(sessid):
        raise BadAnswer("the login gives no session")
    return {"Cookie": f"{name}={sessid}"}, answers.mapping(told.get("account"))


def _is_token(text: str) -> bool:
    """Letters that cannot end a header or a cookie."""
    return bool(re.fullmatch(r"[\w.~+/=%-]+", text, re.ASCII))
