"""OAuth 2 and the debug calls. The one registered app is fixed, see the README."""

from __future__ import annotations

import base64
import html
import json
import secrets
from typing import Any
from urllib.parse import urlencode, urlsplit

from werkzeug.wrappers import Response

from ..base import Refusal, route

ACCOUNT = "123456"
CLIENT_ID, CLIENT_SECRET = "sandbox-id", "sandbox-secret"
CODE_LIFETIME = 600
SCOPE = "basic"

AUTHORIZE_PAGE = """<!DOCTYPE html><html><head><meta charset="utf-8">
<title>CleverReach sandbox</title></head>
<body style="font-family:sans-serif;max-width:30em;margin:4em auto">
<h1>CleverReach sandbox</h1>
<p>Shall the app <b>{client}</b> read and change the recipients of
account {account}?</p>
<form method="post"><button name="answer" value="yes">Allow</button>
<button name="answer" value="no">Refuse</button></form></body></html>"""


class OAuth:
    """Tokens: JWT in form, looked up in the store in truth.

    A refresh voids the whole old pair. That the old access token stops at once is how
    "the old pair must not be reused" is read here: it shows who keeps using it.
    """

    # ------------------------------------------------------------------- login
    def login(self, request) -> None:
        """A valid bearer token, or 401. ``?token=`` works too, as with the vendor."""
        if not self._bearer(request):
            raise Refusal(401, "Unauthorized")
        if not self._pair(request):
            raise Refusal(401, "Unauthorized: invalid token")

    def _bearer(self, request) -> str:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return token.strip()
        return request.args.get("token", "")

    def _pair(self, request) -> dict[str, Any] | None:
        pair = self.store.get(self.code, "access", self._bearer(request))
        return pair if pair and pair["expires"] > self.now() else None

    def issue(self, refreshable: bool = True) -> dict[str, Any]:
        """A fresh pair, as the token endpoint answers it."""
        lifetime = self.switches["token_lifetime"]
        pair = {"expires": self.now() + lifetime}
        access, refresh = _jwt(pair["expires"]), secrets.token_hex(32)
        if refreshable:
            pair["refresh"] = refresh
            self.store.put(self.code, "refresh", refresh, {"access": access})
        self.store.put(self.code, "access", access, pair)
        answer = {
            "access_token": access,
            "expires_in": lifetime,
            "token_type": "bearer",
            "scope": SCOPE,
        }
        return answer | ({"refresh_token": refresh} if refreshable else {})

    # -------------------------------------------------------------- authorise
    @route("GET", "/oauth/authorize.php", login=False)
    @route("POST", "/oauth/authorize.php", login=False)
    def authorize(self, request):
        """One page, one click, and back with ``code`` and ``state``."""
        asked = request.args
        target = asked.get("redirect_uri", "")
        if (
            asked.get("client_id") != CLIENT_ID
            or asked.get("response_type") != "code"
            or urlsplit(target).scheme not in ("http", "https")
        ):
            raise Refusal(400, "wrong client_id, response_type or redirect_uri")
        if request.method == "GET":
            page = AUTHORIZE_PAGE.format(client=html.escape(CLIENT_ID), account=ACCOUNT)
            return Response(page, content_type="text/html; charset=utf-8")
        back = {"state": asked["state"]} if "state" in asked else {}
        if request.form.get("answer", "yes") == "yes":
            back["code"] = self._new_code(target)
        else:
            back["error"] = "access_denied"
        glue = "&" if urlsplit(target).query else "?"
        return Response(
            status=302, headers={"Location": target + glue + urlencode(back)}
        )

    def _new_code(self, target: str) -> str:
        code = secrets.token_hex(20)
        self.store.put(
            self.code,
            "code",
            code,
            {"redirect_uri": target, "expires": self.now() + CODE_LIFETIME},
        )
        return code

    # ------------------------------------------------------------------ tokens
    @route("POST", "/oauth/token.php", login=False)
    def token(self, request):
        """The three grants; credentials in the body (form or JSON) or as Basic."""
        given = request.form.to_dict()
        if request.mimetype == "application/json":
            given = request.get_json(silent=True) or {}
        client = given.get("client_id"), given.get("client_secret")
        if request.authorization and request.authorization.type == "basic":
            client = request.authorization.username, request.authorization.password
        if client != (CLIENT_ID, CLIENT_SECRET):
            raise Refusal(
                400, "The client credentials are invalid", oauth="invalid_client"
            )
        grants = {
            "authorization_code": self._by_code,
            "refresh_token": self._by_refresh,
            "client_credentials": lambda given: self.issue(refreshable=False),
        }
        grant = grants.get(given.get("grant_type"))
        if grant is None:
            raise Refusal(
                400, "Grant type is not supported", oauth="unsupported_grant_type"
            )
        with self.store.transaction():
            return grant(given)

    def _by_code(self, given) -> dict[str, Any]:
        code = given.get("code", "")
        known = self.store.get(self.code, "code", code)
        self.store.drop(self.code, "code", code)
        if (
            not known
            or known["expires"] <= self.now()
            or known["redirect_uri"] != given.get("redirect_uri")
        ):
            self._refuse("Authorization code doesn't exist or is invalid")
        return self.issue()

    def _by_refresh(self, given) -> dict[str, Any]:
        refresh = given.get("refresh_token", "")
        known = self.store.get(self.code, "refresh", refresh)
        if not known:
            self._refuse("Invalid refresh token")
        if not self.switches["rotation"]:
            return self.issue(refreshable=False) | {"refresh_token": refresh}
        self.store.drop(self.code, "refresh", refresh)
        self.store.drop(self.code, "access", known["access"])
        return self.issue()

    def _refuse(self, text: str) -> None:
        raise Refusal(400, text, oauth="invalid_grant")

    @route("DELETE", "/v3/oauth/token", "/oauth/token", "/oauth/token.json")
    @route("DELETE", "/v3/oauth/token.json")
    def revoke(self, request):
        """Void the pair that the call is made with."""
        pair = self._pair(request)
        self.store.drop(self.code, "access", self._bearer(request))
        self.store.drop(self.code, "refresh", pair.get("refresh", ""))
        return True

    # ------------------------------------------------------------------- debug
    @route("GET", "/v3/debug/ping", login=False)
    def ping(self, request):
        """Alive, without a token."""
        return "pong"

    @route("GET", "/v3/debug/validate")
    def validate(self, request):
        """The token is good, else 401."""
        return True

    @route("GET", "/v3/debug/ttl")
    def ttl(self, request):
        """Seconds that the token still lives."""
        return {"ttl": self._pair(request)["expires"] - self.now()}

    @route("GET", "/v3/debug/exchange")
    def exchange(self, request):
        """A fresh pair for a living one."""
        return self.issue()

    @route("GET", "/v3/debug/whoami")
    def whoami(self, request):
        """The account. Its ``login_domain`` leads back to the sandbox's own page."""
        return self.one(
            {
                "id": self.id(int(ACCOUNT)),
                "name": "Muster",
                "firstname": "Erika",
                "salutation": "Frau",
                "street": "Musterweg 1",
                "company": "Beispiel GmbH",
                "zip": "12345",
                "city": "Musterstadt",
                "phone": "",
                "fax": "",
                "email": "erika@example.org",
                "country": "DE",
                "login_domain": f"127.0.0.1:{self.sandbox.port}/{self.code}",
                "whitelabel_id": "0",
                "lang": "de",
            }
        )

    @route("GET", "/admin/<path:page>", login=False)
    def screens(self, request, page):
        """The tool's own screens: the sandbox has one page for all."""
        return Response(status=302, headers={"Location": self.sandbox.url() + "/"})


def _jwt(expires: int) -> str:
    """A string in the form of a JWT with ``exp``; its signature is random."""
    parts = ({"alg": "HS256", "typ": "JWT"}, {"iss": ACCOUNT, "exp": expires})
    texts = [_base64(json.dumps(part).encode()) for part in parts]
    return ".".join([*texts, _base64(secrets.token_bytes(32))])


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
