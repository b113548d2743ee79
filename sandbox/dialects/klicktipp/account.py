"""Logging in: a session with a cookie, or a developer key with a customer key."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

from ..base import Refusal, route

USER, PASSWORD = "sandbox-user", "sandbox-password"
DEVELOPER_KEY, CUSTOMER_KEY = "0123456789abcdef", "customer-key"


def cipher(developer_key: str, customer_key: str) -> str:
    """The header ``X-Ci``: the customer key behind its HMAC, in base64."""
    customer = customer_key.encode()
    digest = hmac.new(bytes.fromhex(developer_key), customer, hashlib.sha256).digest()
    return base64.b64encode(digest + customer).decode()


class Account:
    """Sessions end after ``session_lifetime`` seconds: 403, as for a missing right.

    A wrong cipher is answered like a missing right too; the notes do not tell.
    """

    @route("POST", "/account/login", login=False)
    def log_in(self, request):
        """A session; refused while another one's cookie is sent."""
        if self._session(request):
            raise Refusal(406, self.text("twice"))
        body = self.given(request)
        for key in ("username", "password"):
            if not isinstance(self.needed(body, key), str):
                raise Refusal(400, f'The key "{key}" must be a string.')
        if (body["username"], body["password"]) != (USER, PASSWORD):
            raise Refusal(401, self.text("login"))
        sessid, name = secrets.token_urlsafe(32), self.switches["cookie_name"]
        end = self.sandbox.clock.now() + self.switches["session_lifetime"]
        self.store.put(self.code, "session", sessid, end)
        account = {
            "uid": 4711,
            "status": 1,
            "tier": 20,
            "usergroup": "42",
            "username": USER,
            "email": "owner@example.org",
            "firstname": "Olga",
            "lastname": "Ohnesorge",
            "company": "Sandbox",
            "country": "DE",
        }
        answer = {"sessid": sessid, "session_name": name, "account": account}
        cookie = f"{name}={sessid}; path=/; secure; httponly"
        return self.json(answer, **{"Set-Cookie": cookie})

    @route("POST", "/account/logout", login=False)
    def log_out(self, request):
        """End the session; 406 without one."""
        sessid = self._session(request)
        if not sessid:
            raise Refusal(406, self.text("nobody"))
        self.store.drop(self.code, "session", sessid)
        return [True]

    def login(self, request) -> None:
        """403 for whoever may not."""
        sent = request.headers.get("X-Ci", "")
        if request.headers.get("X-Un") == USER and sent:
            good = hmac.compare_digest(sent, cipher(DEVELOPER_KEY, CUSTOMER_KEY))
        else:
            good = bool(self._session(request))
        if not good or not self.switches["permitted"]:
            raise Refusal(403, self.text("denied"))

    def _session(self, request) -> str:
        """The id of the session whose cookie is sent, or nothing."""
        sessid = request.cookies.get(self.switches["cookie_name"], "")
        end = self.store.get(self.code, "session", sessid) if sessid else None
        return sessid if end and end > self.sandbox.clock.now() else ""
