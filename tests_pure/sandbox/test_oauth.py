"""Tokens: who gets them, how they die, and what the debug calls say."""

import re

import pytest
import requests

GOOD = {"client_id": "sandbox-id", "client_secret": "sandbox-secret"}
BACK = "https://odoo.example.org/back"


def ask(sandbox, grant, as_json=False, basic=False, **more):
    given = {"grant_type": grant, **more}
    auth = tuple(GOOD.values()) if basic else None
    given |= {} if basic else GOOD
    body = {"json": given} if as_json else {"data": given}
    url = sandbox.url("cleverreach") + "/oauth/token.php"
    return requests.post(url, auth=auth, timeout=10, **body)


def works(sandbox, token):
    url = sandbox.url("cleverreach") + "/v3/debug/validate"
    answer = requests.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=10)
    return answer.status_code == 200


def authorise(sandbox, answer="yes", **more):
    asked = {
        "client_id": "sandbox-id",
        "redirect_uri": BACK,
        "response_type": "code",
        "grant": "basic",
        "state": "s t",
        **more,
    }
    url = sandbox.url("cleverreach") + "/oauth/authorize.php"
    assert "sandbox-id" in requests.get(url, params=asked, timeout=10).text
    done = requests.post(
        url,
        params=asked,
        data={"answer": answer},
        allow_redirects=False,
        timeout=10,
    )
    return done.headers["Location"]


@pytest.mark.parametrize("as_json", [True, False])
@pytest.mark.parametrize("basic", [True, False])
def test_credentials_in_body_or_basic(sandbox, as_json, basic):
    answer = ask(sandbox, "client_credentials", as_json, basic).json()
    assert answer["token_type"] == "bearer"
    assert answer["expires_in"] == 30 * 86400
    assert "refresh_token" not in answer
    assert works(sandbox, answer["access_token"])


@pytest.mark.parametrize(
    "grant, more, error",
    [
        ("client_credentials", {"client_secret": "x"}, "invalid_client"),
        ("password", {}, "unsupported_grant_type"),
        ("refresh_token", {"refresh_token": "x"}, "invalid_grant"),
        ("authorization_code", {"code": "x", "redirect_uri": BACK}, "invalid_grant"),
    ],
)
def test_refusals(sandbox, grant, more, error):
    url = sandbox.url("cleverreach") + "/oauth/token.php"
    given = GOOD | {"grant_type": grant} | more
    answer = requests.post(url, data=given, timeout=10)
    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert answer.json()["error_description"]


def test_code_is_good_once_and_for_its_address(sandbox):
    place = authorise(sandbox)
    assert place.startswith(BACK + "?") and "state=s+t" in place
    code = re.search("code=([0-9a-f]+)", place)[1]
    pair = ask(sandbox, "authorization_code", code=code, redirect_uri=BACK)
    assert works(sandbox, pair.json()["access_token"])
    again = ask(sandbox, "authorization_code", code=code, redirect_uri=BACK)
    assert again.json()["error"] == "invalid_grant"
    other = re.search("code=([0-9a-f]+)", authorise(sandbox))[1]
    wrong = ask(sandbox, "authorization_code", code=other, redirect_uri=BACK + "x")
    assert wrong.json()["error"] == "invalid_grant"


def test_refusing_person(sandbox):
    assert "error=access_denied" in authorise(sandbox, "no")


def test_refresh_rotates_and_voids_the_old_pair(sandbox):
    old = sandbox.tools["cleverreach"].issue()
    new = ask(sandbox, "refresh_token", refresh_token=old["refresh_token"]).json()
    assert new["refresh_token"] != old["refresh_token"]
    assert works(sandbox, new["access_token"])
    assert not works(sandbox, old["access_token"])
    again = ask(sandbox, "refresh_token", refresh_token=old["refresh_token"])
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


def test_refresh_without_rotation(sandbox):
    sandbox.set(rotation=False)
    old = sandbox.tools["cleverreach"].issue()
    for _ in range(2):
        new = ask(sandbox, "refresh_token", refresh_token=old["refresh_token"]).json()
        assert new["refresh_token"] == old["refresh_token"]
    assert works(sandbox, old["access_token"])


def test_token_expires_by_the_clock(sandbox, client):
    sandbox.clock.freeze()
    sandbox.set(token_lifetime=60)
    token = sandbox.tools["cleverreach"].issue()["access_token"]
    sandbox.clock.advance(59)
    assert works(sandbox, token)
    sandbox.clock.advance(1)
    assert not works(sandbox, token)


def test_401_in_the_vendors_words(sandbox):
    url = sandbox.url("cleverreach") + "/v3/groups"
    none = requests.get(url, timeout=10)
    assert none.status_code == 401
    assert none.json() == {"error": {"code": 401, "message": "Unauthorized"}}
    bad = requests.get(url, params={"token": "x"}, timeout=10)
    assert bad.json()["error"]["message"].startswith("Unauthorized")


def test_token_in_the_query(sandbox):
    token = sandbox.tools["cleverreach"].issue()["access_token"]
    url = sandbox.url("cleverreach") + "/v3/groups.json"
    assert requests.get(url, params={"token": token}, timeout=10).json() == []


def test_debug_calls(sandbox, client):
    assert client("GET", "/debug/validate") is True
    assert 0 < client("GET", "/debug/ttl")["ttl"] <= 30 * 86400
    me = client("GET", "/debug/whoami")
    assert me["id"] == "123456" and me["login_domain"]
    assert works(sandbox, client("GET", "/debug/exchange")["access_token"])
    ping = requests.get(sandbox.url("cleverreach") + "/v3/debug/ping", timeout=10)
    assert ping.status_code == 200


@pytest.mark.parametrize(
    "path", ["/v3/oauth/token", "/oauth/token", "/oauth/token.json"]
)
def test_revoke(sandbox, client, path):
    assert client.raw("DELETE", path).json() is True
    assert client.status("GET", "/groups") == 401
