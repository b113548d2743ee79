"""Logging in, by key or OAuth, and what the account says of itself."""

from __future__ import annotations

import base64
import hmac
import secrets
from urllib.parse import urlencode

from werkzeug.wrappers import Response

from ...courier import is_loopback
from ..base import Refusal, route
from .shapes import address, problem

KEY = "0123456789abcdef0123456789abcdef-us19"
CLIENT_ID, CLIENT_SECRET = "sandbox-id", "sandbox-secret"


class Account:
    """Access tokens never expire; there is no refresh."""

    @route("GET", "/3.0/ping")
    def ping(self, request):
        """A greeting."""
        return {"health_status": "Everything's Chimpy!"}

    @route("GET", "/3.0/")
    @route("GET", "/3.0")
    def root(self, request):
        """The account."""
        lists = self.store.lists(self.code)
        return {
            "account_id": "8d3a3db4d97663a9074efcc16",
            "login_id": "4711",
            "account_name": "Sandbox",
            "email": "owner@example.org",
            "first_name": "Olga",
            "last_name": "Ohnesorge",
            "username": "sandbox",
            "role": "owner",
            "account_timezone": "Europe/Berlin",
            "pricing_plan_type": "monthly",
            "contact": {"company": "Sandbox", "city": "Berlin", "country": "DE"},
            "total_subscribers": sum(
                self.store.count(one.id, "subscribed") for one in lists
            ),
            "_links": [],
        }

    @route("GET", "/3.0/search-members")
    def search_members(self, request):
        """Exact: this address; full: part of an address or value."""
        query, only = address(request.args.get("query")), request.args.get("list_id")
        if not query:
            raise problem(400, "Invalid Resource", "query is required")
        lists = [self.audience(only)] if only else self.store.lists(self.code)
        exact, full = [], []
        for entry in lists:
            where = (
                "m.list_id = ? AND (p.email LIKE ? OR m.attributes LIKE ?) LIMIT 100"
            )
            found = self.store.select(where, [entry.id, f"%{query}%", f"%{query}%"])
            full += self.profiles(entry, found)
            alike = [one for one in found if one.email == query]
            exact += self.profiles(entry, alike)
        return {
            "exact_matches": {"members": exact, "total_items": len(exact)},
            "full_search": {"members": full, "total_items": len(full)},
            "_links": [],
        }

    def login(self, request) -> None:
        """401 without a credential or with a wrong one."""
        kind, _, sent = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() == "basic":
            try:
                sent = base64.b64decode(sent).decode().partition(":")[2]
            except ValueError:
                sent = ""
        if not sent:
            text = "Your request did not include an API key."
            raise problem(401, "API Key Missing", text)
        good = hmac.compare_digest(sent.encode(), KEY.encode())
        if not good and not self.store.get(self.code, "token", sent):
            text = (
                "Your API key may be invalid, or you've attempted to access the wrong"
                " datacenter."
            )
            raise problem(401, "API Key Invalid", text)

    # ------------------------------------------------------------------- OAuth
    @route("GET", "/oauth2/authorize", login=False)
    def authorize(self, request):
        """The person says yes at once; to loopback only."""
        args = request.args
        target = args.get("redirect_uri", "")
        if args.get("client_id") != CLIENT_ID or not is_loopback(target):
            raise Refusal(400, "invalid client or redirect_uri")
        code = secrets.token_hex(16)
        self.store.put(self.code, "code", code, target)
        back = urlencode({"code": code, "state": args.get("state", "")})
        glue = "&" if "?" in target else "?"
        return Response(status=302, headers={"Location": f"{target}{glue}{back}"})

    @route("POST", "/oauth2/token", login=False)
    def token(self, request):
        """A token for a code, once."""
        form = request.form
        client = form.get("client_id"), form.get("client_secret")
        target = self.store.get(self.code, "code", form.get("code", ""))
        if client != (CLIENT_ID, CLIENT_SECRET):
            return self.json({"error": "invalid_client"}, 401)
        if target is None or target != form.get("redirect_uri"):
            return self.json({"error": "invalid_grant"}, 400)
        self.store.drop(self.code, "code", form["code"])
        token = secrets.token_hex(16)
        self.store.put(self.code, "token", token, True)
        return {"access_token": token, "expires_in": 0, "scope": None}

    @route("GET", "/oauth2/metadata", login=False)
    def metadata(self, request):
        """Where the API of this account is."""
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        if kind != "OAuth" or not self.store.get(self.code, "token", token):
            return self.json({"error": "invalid_token"}, 401)
        return {
            "dc": "us19",
            "role": "owner",
            "accountname": "Sandbox",
            "user_id": 4711,
            "login": {"email": "owner@example.org", "login_id": 4711},
            "login_url": "https://login.mailchimp.com",
            "api_endpoint": self.sandbox.url(self.code),
        }
