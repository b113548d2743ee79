"""Faults: each kind, and how they choose their requests."""

import time

import pytest
import requests


@pytest.fixture
def path(group):
    return f"/groups/{group}/receivers"


@pytest.mark.parametrize("status", [401, 413, 429, 500, 503])
def test_status_in_the_tools_words(sandbox, client, path, status):
    sandbox.faults.add("status", status=status, retry_after=7, times=1)
    answer = client.raw("POST", f"/v3{path}", json={"email": "a@example.org"})
    assert answer.status_code == answer.json()["error"]["code"] == status
    assert answer.headers["Retry-After"] == "7"
    assert client("GET", path) == []


def test_slow(sandbox, client):
    sandbox.faults.add("slow", seconds=0.2)
    started = time.perf_counter()
    assert client("GET", "/debug/validate") is True
    assert time.perf_counter() - started >= 0.2


def test_cut_does_nothing(sandbox, client, path):
    sandbox.faults.add("cut", method="POST")
    with pytest.raises(requests.ConnectionError):
        client("POST", path, {"email": "a@example.org"})
    assert client("GET", path) == []
    assert sandbox.requests.count("POST", "receivers", status=0) == 1


@pytest.mark.parametrize("middle", [False, True])
def test_cut_after_has_done_it(sandbox, client, path, middle):
    sandbox.faults.add("cut_after", method="POST", middle=middle)
    with pytest.raises(
        (requests.ConnectionError, requests.exceptions.ChunkedEncodingError)
    ):
        client("POST", path, {"email": "a@example.org"})
    assert len(client("GET", path)) == 1


@pytest.mark.parametrize("kind", ["html", "garbage"])
def test_no_json(sandbox, client, kind):
    sandbox.faults.add(kind, times=1)
    answer = client.raw("GET", "/v3/groups")
    assert answer.status_code == 200
    with pytest.raises(ValueError):
        answer.json()
    assert client("GET", "/groups") == []


def test_partial_refuses_by_address(sandbox, client, path):
    sandbox.faults.add("partial", addresses=r"@example\.net$")
    rows = [{"email": "a@example.org"}, {"email": "b@example.net"}]
    good, bad = client("POST", f"{path}/upsert", rows)
    assert good["id"] and bad == "invalid address 'b@example.net'"
    assert len(client("GET", path)) == 1


def test_choice_by_method_path_skip_and_times(sandbox, client):
    sandbox.faults.add("status", method="get", path="/groups$", skip=1, times=2)
    statuses = [client.status("GET", "/groups") for _ in range(5)]
    assert statuses == [200, 503, 503, 200, 200]
    assert client.status("GET", "/attributes") == 200
    sandbox.faults.clear()
    assert sandbox.faults.all() == []


def test_choice_by_tool(sandbox, client):
    sandbox.faults.add("status", tool="another")
    assert client.status("GET", "/groups") == 200


def test_chance_is_repeatable(sandbox, client):
    sandbox.faults.add("status", rate=0.3)

    def run():
        sandbox.faults.seed(7)
        return [client.status("GET", "/groups") for _ in range(60)]

    first = run()
    assert first == run()
    assert 5 < first.count(503) < 35


def test_rate_limit(sandbox, client):
    sandbox.clock.freeze()
    sandbox.set(rate_limit=3)
    statuses = [client.status("GET", "/groups") for _ in range(4)]
    assert statuses == [200, 200, 200, 429]
    sandbox.clock.advance(60)
    assert client.status("GET", "/groups") == 200


def test_by_http(sandbox, client):
    url = sandbox.url() + "/_sandbox/faults"
    set_ = requests.post(url, json={"kind": "status", "times": 1}, timeout=10).json()
    assert requests.get(url, timeout=10).json() == [set_]
    assert client.status("GET", "/groups") == 503
    assert requests.post(url, json={"kind": "x"}, timeout=10).status_code == 400
    assert (
        requests.post(url, json={"kind": "cut", "path": "("}, timeout=10).status_code
        == 400
    )
    assert requests.delete(url, params={"id": set_["id"]}, timeout=10).json() is True
    assert requests.get(url, timeout=10).json() == []


@pytest.mark.parametrize("wrong", [{"kind": "x"}, {"kind": "cut", "rate": 2}])
def test_mistakes_are_told(sandbox, wrong):
    with pytest.raises(ValueError):
        sandbox.faults.add(**wrong)
