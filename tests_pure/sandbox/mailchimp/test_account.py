"""Mailchimp's dialect: login, audiences, limits."""

import threading
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from newsletter_sync.sandbox.dialects.mailchimp import AWKWARD
from newsletter_sync.tests_pure.sandbox.mailchimp.client import BOB, NEEDED, tags


# --- login ------------------------------------------------------------------
def test_ping_and_account(client):
    assert client("GET", "/ping") == {"health_status": "Everything's Chimpy!"}
    assert client("GET", "/")["total_subscribers"] == 0


@pytest.mark.parametrize(
    "login, title",
    [
        (("x", "wrong-us19"), "API Key Invalid"),
        (("x", ""), "API Key Missing"),
        (None, "API Key Missing"),
    ],
)
def test_wrong_login(client, login, title):
    answer = client.raw("GET", "/ping", auth=login)
    assert (answer.status_code, answer.json()["title"]) == (401, title)
    assert answer.headers["Content-Type"].startswith("application/problem+json")


def test_oauth(sandbox, client):
    back = "http://127.0.0.1:9/back"
    asked = {"client_id": "sandbox-id", "redirect_uri": back, "state": "s"}
    answer = requests.get(
        client.base + "/oauth2/authorize",
        params={**asked, "response_type": "code"},
        allow_redirects=False,
        timeout=10,
    )
    sent = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert sent["state"] == ["s"]
    form = asked | {"client_secret": "sandbox-secret", "code": sent["code"][0]}
    token = requests.post(client.base + "/oauth2/token", data=form, timeout=10).json()
    client.login = None
    bearer = {"Authorization": f"Bearer {token['access_token']}"}
    assert client.raw("GET", "/ping", headers=bearer).status_code == 200
    headers = {"Authorization": f"OAuth {token['access_token']}"}
    url = client.base + "/oauth2/metadata"
    meta = requests.get(url, headers=headers, timeout=10).json()
    assert meta["dc"] == "us19" and meta["api_endpoint"] == client.base


# --- audiences --------------------------------------------------------------
def test_audiences(client, audience):
    assert len(audience) == 10 and int(audience, 16)
    found = client("GET", "/lists", fields="lists.id,lists.stats.member_count")
    assert found == {"lists": [{"id": audience, "stats": {"member_count": 0}}]}
    assert client("PATCH", f"/lists/{audience}", {"name": "New"})["name"] == "New"
    assert client("DELETE", f"/lists/{audience}") == 204
    assert client.refused("GET", f"/lists/{audience}")[1] == "Resource Not Found"


@pytest.mark.parametrize("name", NEEDED)
def test_audience_needs_everything(client, name):
    body = {key: value for key, value in NEEDED.items() if key != name}
    status, title, problem = client.refused("POST", "/lists", body)
    assert (status, title) == (400, "Invalid Resource")
    assert problem["errors"][0]["field"] == name


def test_stats_lag(sandbox, client, audience, path, anna):
    sandbox.set(stats_lag=300)
    before = client("GET", f"/lists/{audience}")["stats"]
    client("POST", path, {"email_address": BOB, "status": "subscribed"})
    assert client("GET", f"/lists/{audience}")["stats"] == before
    sandbox.clock.advance(300)
    assert client("GET", f"/lists/{audience}")["stats"]["member_count"] == 2


# --- limits, faults, oddities -----------------------------------------------
def test_too_many_side_by_side(sandbox, client):
    sandbox.set(latency=0.3)
    statuses = []

    def ask():
        statuses.append(client.raw("GET", "/ping").status_code)

    threads = [threading.Thread(target=ask) for _ in range(11)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200] * 10 + [429]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_faults_in_the_tools_words(sandbox, client, status):
    sandbox.faults.add("status", status=status, times=1)
    answer = client.raw("GET", "/lists")
    assert answer.json()["status"] == answer.status_code == status
    assert {"type", "title", "detail", "instance"} <= set(answer.json())


def test_every_answer_has_an_id(client):
    assert client.raw("GET", "/ping").headers["X-Request-Id"]


@pytest.mark.parametrize("oddity", AWKWARD)
def test_oddities(sandbox, client, path, anna, oddity):
    who = f"{path}/{anna['id']}"
    client("POST", f"{who}/tags", tags(active=["A", "B", "C"]))
    operation = {"method": "GET", "path": "/ping"}
    sandbox.set(awkward={oddity}, batch_seconds=0.001)
    batch = client("POST", "/batches", {"operations": [operation]})
    sandbox.clock.advance(1)
    batch = client("GET", f"/batches/{batch['id']}")
    late = [
        requests.get(batch["response_body_url"], timeout=10).status_code
        for _ in range(2)
    ]
    member = client("GET", who)
    sandbox.faults.add("status", status=503, times=1)
    broken = client.raw("GET", "/ping")
    seen = {
        "no_type": "type" not in client.refused("GET", "/lists/x")[2],
        "html_errors": broken.headers["Content-Type"] == "text/html",
        "late_results": late == [400, 200],
        "tag_case": member["tags"][0]["name"] == "a",
        "some_tags": len(member["tags"]) == 2 and member["tags_count"] == 3,
    }
    assert [name for name, on in seen.items() if on] == [oddity]
