"""OAuth 2: one refresh, by one worker, and the right error at the end."""

import threading
import time
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from newsletter_sync.connectors import oauth
from newsletter_sync.connectors.api import Api
from newsletter_sync.connectors.contract import TokenPair
from newsletter_sync.connectors.errors import (
    BadAnswer,
    LoginRefused,
    MisConfigured,
    ReconnectNeeded,
    ServerFault,
    Unreachable,
)
from newsletter_sync.connectors.pacing import Backoff
from newsletter_sync.tests_pure.scripted_http import (
    Clock,
    FunctionHttp,
    ScriptedHttp,
    answer,
    transport,
)

BASE = "https://api.example.org"
TOKEN = "/oauth/token"
APP = oauth.OAuthApp("id", "client-secret", BASE + TOKEN, BASE + "/oauth/authorize")
BACK = "https://odoo.example.com/newsletter_sync/oauth/callback"


@pytest.fixture
def http():
    script = ScriptedHttp()
    yield script
    script.finish()


def api_of(door, store):
    fetch = lambda stored: oauth.refresh(door, APP, stored)
    return Api(door, BASE, oauth.OAuthAuth(door, store, fetch))


def pair(number, **more):
    return TokenPair(f"access-{number}", f"refresh-{number}", **more)


def granted(number, **more):
    return {
        "access_token": f"access-{number}",
        "refresh_token": f"refresh-{number}",
        "expires_in": 3600,
        **more,
    }


def form(request):
    return {key: value for key, (value,) in parse_qs(request.body).items()}


# --- the first pair -----------------------------------------------------------------
def test_the_page_on_which_a_person_allows_it():
    url = oauth.authorize_url(APP, BACK, "our state", grant="basic")
    query = {key: value for key, (value,) in parse_qs(urlsplit(url).query).items()}
    assert url.startswith(APP.authorize_url + "?")
    assert query == {
        "response_type": "code",
        "client_id": "id",
        "redirect_uri": BACK,
        "state": "our state",
        "grant": "basic",
    }
    assert "client-secret" not in url


def test_a_code_becomes_a_pair(http):
    clock = Clock()
    http.expect("POST", TOKEN, granted(1, scope="basic"))
    store = oauth.MemoryTokenStore(pair(0))
    oauth.connect(transport(http, clock), APP, store, "the-code", BACK)
    stored = store.load()
    assert stored == pair(1, expires_at=stored.expires_at, scope="basic")
    assert stored.expires_at == datetime.fromtimestamp(clock(), timezone.utc) + (
        timedelta(hours=1)
    )
    assert form(http.sent[0]) == {
        "grant_type": "authorization_code",
        "code": "the-code",
        "redirect_uri": BACK,
        "client_id": "id",
        "client_secret": "client-secret",
    }


@pytest.mark.parametrize("status", [400, 401, 200])
def test_a_used_code_is_refused(http, status):
    http.expect("POST", TOKEN, {"error": "invalid_grant"}, status=status)
    with pytest.raises(LoginRefused) as caught:
        oauth.exchange_code(transport(http), APP, "used", BACK)
    assert not isinstance(caught.value, ReconnectNeeded)


@pytest.mark.parametrize(
    "body", [{}, [], None, {"access_token": 5}, {"access_token": "a\nb"}, "<html>"]
)
def test_an_answer_without_token(http, body):
    http.expect("POST", TOKEN, body)
    with pytest.raises(BadAnswer):
        oauth.client_credentials(transport(http), APP)


@pytest.mark.parametrize("expires", [None, "soon", 0, -5, 1e300, True, [], 10**40])
def test_an_end_that_is_not_told(http, expires):
    http.expect("POST", TOKEN, answer(granted(1, expires_in=expires))[2])
    assert oauth.client_credentials(transport(http), APP).expires_at is None


def test_pairs_are_never_printed(http):
    assert "access-1" not in repr(pair(1))
    assert "refresh-1" not in repr(pair(1))
    assert "client-secret" not in repr(APP)


# --- renewing -----------------------------------------------------------------------
def test_a_401_leads_to_one_refresh(http):
    http.expect("GET", "/me", {}, status=401)
    http.expect("POST", TOKEN, granted(2))
    http.expect("GET", "/me", {"id": 1})
    store = oauth.MemoryTokenStore(pair(1))
    assert api_of(transport(http), store).get("/me") == {"id": 1}
    assert store.load().access == "access-2"
    assert [r.headers.get("Authorization") for r in http.sent] == [
        "Bearer access-1",
        None,
        "Bearer access-2",
    ]
    assert form(http.sent[1])["refresh_token"] == "refresh-1"


def test_a_second_401_is_the_end(http):
    http.expect("GET", "/me", {}, status=401)
    http.expect("POST", TOKEN, granted(2))
    http.expect("GET", "/me", {}, status=401)
    with pytest.raises(LoginRefused):
        api_of(transport(http), oauth.MemoryTokenStore(pair(1))).get("/me")


@pytest.mark.parametrize("status", [400, 401, 403, 200])
def test_a_dead_refresh_token_needs_a_person(http, status):
    http.expect("GET", "/me", {}, status=401)
    http.expect("POST", TOKEN, {"error": "invalid_grant"}, status=status)
    store = oauth.MemoryTokenStore(pair(1))
    with pytest.raises(ReconnectNeeded):
        api_of(transport(http), store).get("/me")
    assert store.load() == pair(1)


def test_a_passing_fault_of_the_token_endpoint_kills_nothing(http):
    http.expect("GET", "/me", {}, status=401)
    http.expect("POST", TOKEN, {}, status=503)
    store = oauth.MemoryTokenStore(pair(1))
    with pytest.raises(ServerFault) as caught:
        api_of(transport(http), store).get("/me")
    assert caught.value.retryable
    assert store.load() == pair(1)


def test_without_a_refresh_token_a_person_is_needed(http):
    http.expect("GET", "/me", {}, status=401)
    with pytest.raises(ReconnectNeeded):
        api_of(transport(http), oauth.MemoryTokenStore(TokenPair("a"))).get("/me")


def test_without_any_token_no_call_is_made(http):
    with pytest.raises(ReconnectNeeded):
        api_of(transport(http), oauth.MemoryTokenStore()).get("/me")
    with pytest.raises(MisConfigured):
        api_of(transport(http), None)


def test_a_refresh_token_that_is_not_replaced_is_kept(http):
    http.expect("POST", TOKEN, {"access_token": "access-2"})
    assert oauth.refresh(transport(http), APP, pair(1)).refresh == "refresh-1"


def test_a_known_end_is_met_ahead(http):
    clock = Clock()
    end = datetime.fromtimestamp(clock() + 120, timezone.utc)
    http.expect("POST", TOKEN, granted(2))
    http.expect("GET", "/me", {})
    store = oauth.MemoryTokenStore(pair(1, expires_at=end))
    api_of(transport(http, clock), store).get("/me")
    assert http.sent[1].headers["Authorization"] == "Bearer access-2"


def test_ahead_of_the_end_a_passing_fault_does_not_matter(http):
    clock = Clock()
    end = datetime.fromtimestamp(clock() + 120, timezone.utc)
    http.expect("POST", TOKEN, {}, status=503)
    http.expect("GET", "/me", {})
    store = oauth.MemoryTokenStore(pair(1, expires_at=end))
    api_of(transport(http, clock), store).get("/me")
    assert http.sent[1].headers["Authorization"] == "Bearer access-1"


def test_ahead_of_the_end_a_dead_refresh_token_is_told(http):
    clock = Clock()
    end = datetime.fromtimestamp(clock() + 120, timezone.utc)
    http.expect("POST", TOKEN, {"error": "invalid_grant"}, status=400)
    store = oauth.MemoryTokenStore(pair(1, expires_at=end))
    with pytest.raises(ReconnectNeeded):
        api_of(transport(http, clock), store).get("/me")


def test_behind_the_end_a_fault_is_told(http):
    clock = Clock()
    end = datetime.fromtimestamp(clock() - 1, timezone.utc)
    http.expect("POST", TOKEN, {}, status=503)
    store = oauth.MemoryTokenStore(pair(1, expires_at=end))
    with pytest.raises(ServerFault):
        api_of(transport(http, clock), store).get("/me")


# --- many workers -------------------------------------------------------------------
def test_many_workers_refresh_once():
    """Each refresh token works once, as in real life; nobody may lose the login."""
    lock, valid, refreshes = threading.Lock(), [1], []
    met = threading.Barrier(8)

    def reply(request):
        if request.url.endswith(TOKEN):
            with lock:
                sent = form(request)["refresh_token"]
                if sent != f"refresh-{valid[0]}":
                    return answer({"error": "invalid_grant"}, status=400)
                valid[0] += 1
                time.sleep(0.05)  # long enough for all others to come and wait
                refreshes.append(sent)
                return answer(granted(valid[0]))
        sent = request.headers["Authorization"]
        if sent == "Bearer access-1":
            met.wait(5)  # all have been refused before anybody refreshes
            return answer({}, status=401)
        return answer({"with": sent})

    store = oauth.MemoryTokenStore(pair(1))
    got = []

    def work():
        door = transport(FunctionHttp(reply), backoff=Backoff(tries=1))
        got.append(api_of(door, store).get("/me"))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refreshes == ["refresh-1"]
    assert got == [{"with": "Bearer access-2"}] * 8


def test_a_lost_answer_of_the_token_endpoint_is_not_repeated(http):
    http.expect("GET", "/me", {}, status=401)
    http.expect("POST", TOKEN, requests.ConnectionError("cut"))
    with pytest.raises(Unreachable):
        api_of(transport(http), oauth.MemoryTokenStore(pair(1))).get("/me")
