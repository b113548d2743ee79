"""listmonk's dialect: login, lists, pages, writing, changes."""

import pytest

from newsletter_sync.tests_pure.sandbox.listmonk_client import (
    ANNA,
    BOB,
    Client,
)

TEXTS = {
    "en": "E-mail already exists.",
    "de": "E-Mail existiert bereits.",
}


@pytest.fixture
def client(sandbox):
    return Client(sandbox)


@pytest.fixture
def single(client):
    return client("POST", "/lists", {"name": "Single"})["id"]


@pytest.fixture
def double(client):
    body = {"name": "Double", "type": "public", "optin": "double"}
    return client("POST", "/lists", body)["id"]


@pytest.fixture
def mails(sandbox):
    """``mails()``: how many opt-in mails went out."""
    return lambda: len(sandbox.store.notes("mail", "listmonk"))


# --- login, conventions -----------------------------------------------------------
@pytest.mark.parametrize(
    "headers, message",
    [
        ({}, "invalid session"),
        ({"Authorization": "token odoo:wrong"}, "invalid API credentials"),
        ({"Authorization": "Basic AAAA"}, "invalid API credentials"),
        (
            {"Authorization": "Bearer x"},
            "code=400, message=unknown Authorization scheme",
        ),
        (
            {"Authorization": "token odoo:sandbox-token", "Cookie": "session=x"},
            "invalid session",
        ),
    ],
)
def test_every_login_failure_is_403(client, headers, message):
    reply = client.raw("GET", "/api/lists", auth=None, headers=headers)
    assert (reply.status_code, reply.json()["message"]) == (403, message)


def test_two_ways_to_log_in(client):
    header = {"Authorization": "token odoo:sandbox-token"}
    assert client.raw("GET", "/api/health", auth=None, headers=header).ok
    assert client.raw("GET", "/api/health").json() == {"data": True}
    assert client.raw("GET", "/health", auth=None).ok


@pytest.mark.parametrize(
    "right, method, path",
    [
        ("subscribers:get_all", "GET", "/subscribers"),
        ("subscribers:sql_query", "GET", "/subscribers?query=1%3D1"),
        ("subscribers:manage", "POST", "/subscribers"),
        ("lists:manage_all", "POST", "/lists"),
        ("bounces:get", "GET", "/bounces"),
        ("subscribers:import", "GET", "/import/subscribers"),
    ],
)
def test_missing_rights_are_403_too(client, sandbox, right, method, path):
    sandbox.set(missing_rights={right})
    reply = client.raw(method, "/api" + path, {"name": "x"})
    assert reply.status_code == 403
    assert reply.json()["message"] == f"permission denied: {right}"
    assert right not in client("GET", "/profile")["user_role"]["permissions"]


@pytest.mark.parametrize(
    "method, path, body, status",
    [
        ("GET", "/nothing", None, 404),
        ("GET", "/subscribers/9", None, 400),
        ("GET", "/lists/9", None, 400),
        ("POST", "/lists", {"name": ""}, 400),
        ("POST", "/lists", {"name": "x", "optin": "triple"}, 400),
        ("POST", "/subscribers", {"email": "nobody"}, 400),
        ("PUT", "/subscribers/lists", {"ids": [], "action": "add"}, 400),
        ("POST", "/subscribers/query/delete", {}, 400),
        ("POST", "/import/subscribers", {}, 400),
    ],
)
def test_refusals(client, method, path, body, status):
    assert client.status(method, path, body) == status


@pytest.mark.parametrize("language", TEXTS)
def test_messages_are_translated(client, sandbox, language):
    sandbox.set(language=language)
    client.add()
    reply = client.raw("POST", "/api/subscribers", {"email": ANNA.upper()})
    assert (reply.status_code, reply.json()["message"]) == (409, TEXTS[language])


# --- lists, pages -----------------------------------------------------------------
def test_lists(client, single, double):
    assert client("GET", "/lists")["total"] == 2
    assert [e["id"] for e in client("GET", "/lists", optin="double")["results"]] == [
        double
    ]
    client("PUT", f"/lists/{single}", {"name": "Other", "tags": ["a"]})
    found = client("GET", "/lists", tag="a")["results"]
    assert [(each["name"], each["optin"]) for each in found] == [("Other", "single")]
    client("DELETE", f"/lists/{single}")
    assert client.status("GET", f"/lists/{single}") == 400


def test_minimal_without_lists_is_an_array(client):
    assert client("GET", "/lists", minimal="true") == []


@pytest.mark.parametrize(
    "params, wanted",
    [
        ({"per_page": 2}, "ab"),
        ({"per_page": 2, "page": 2}, "c"),
        ({"per_page": "all"}, "abc"),
        ({"per_page": "all", "order": "desc"}, "cba"),
        ({"per_page": 2, "page": 9}, ""),
        ({"search": "B@EXAMPLE"}, "b"),
        ({"query": "subscribers.email = 'c@example.org'"}, "c"),
        ({"query": "subscribers.email IN ('a@example.org', 'x')"}, "a"),
        ({"query": "subscribers.attribs->>'city' = 'Bonn'"}, "b"),
        ({"query": "subscribers.email ILIKE 'A%'", "search": "b"}, ""),
    ],
)
def test_pages_and_queries(client, single, params, wanted):
    for name in "abc":
        city = {"city": "Bonn"} if name == "b" else {}
        client.add(single, email=f"{name}@example.org", attribs=city)
    found = client("GET", "/subscribers", list_id=single, **params)
    names = "".join(each["email"][0] for each in found["results"])
    assert names == wanted


def test_twenty_to_a_page(client, single, sandbox):
    sandbox.seed(single, 25)
    found = client("GET", "/subscribers", list_id=single)
    assert (len(found["results"]), found["total"], found["per_page"]) == (20, 25, 20)


def test_two_lists_give_double_rows(client, single, double):
    client.add(single, double)
    found = client("GET", "/subscribers", list_id=[single, double])
    assert (len(found["results"]), found["total"]) == (2, 2)


@pytest.mark.parametrize(
    "query",
    ["nonsense(", "1 = 1; DROP TABLE x", "EXISTS (SELECT 1 FROM people)", "id = 'x"],
)
def test_queries_that_are_refused(client, query):
    assert client.status("GET", "/subscribers", query=query) == 400


# --- writing ----------------------------------------------------------------------
def test_put_wipes_what_is_not_sent(client, single):
    one = client.add(single, attribs={"city": "Bonn"}, name="Anna")
    path = f"/subscribers/{one['id']}"
    after = client("PUT", path, {"email": ANNA, "name": ""})
    assert (after["lists"], after["attribs"], after["name"]) == ([], {}, "Anna")


def test_put_without_an_address_is_carried_out_and_fails(client, single):
    one = client.add(single)
    assert client.status("PUT", f"/subscribers/{one['id']}", {"name": "New"}) == 400
    after = client("GET", f"/subscribers/{one['id']}")
    assert (after["name"], after["lists"]) == ("New", [])


def test_patch_merges(client, single):
    one = client.add(single, attribs={"city": "Bonn", "zip": "1"})
    path = f"/subscribers/{one['id']}"
    after = client("PATCH", path, {"attribs": {"city": "Köln"}})
    assert after["attribs"] == {"city": "Köln", "zip": "1"}
    assert len(after["lists"]) == 1
    assert client("PATCH", path, {"lists": []})["lists"] == []


def test_patch_came_with_6_1(client, sandbox, single):
    one = client.add(single)
    sandbox.set(version="v5.1.0")
    assert client("GET", "/about")["version"] == "v5.1.0"
    assert client.status("PATCH", f"/subscribers/{one['id']}", {}) == 405


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_somebody_elses_address_is_a_fault_of_the_database(client, method):
    client.add(email=BOB)
    one = client.add()
    reply = client.raw(method, f"/api/subscribers/{one['id']}", {"email": BOB})
    assert reply.status_code == 500
    assert "duplicate key" in reply.json()["message"]


def test_a_name_is_made_of_the_address(client):
    assert client.add()["name"] == "anna"


def test_domains_may_be_blocked(client, sandbox):
    sandbox.set(domain_blocklist={"example.org"})
    assert client.status("POST", "/subscribers", {"email": ANNA}) == 400


# --- changes ----------------------------------------------------------------------
@pytest.mark.parametrize(
    "act, moves", [("edit", True), ("unsubscribe", False), ("bounce", False)]
)
def test_which_time_moves(client, sandbox, single, act, moves):
    sandbox.clock.freeze(1_900_000_000)
    client.add(single)
    sandbox.clock.advance(100)
    since = "2030-03-17 19:47:30+02"  # fifty seconds after the start
    more = {"values": {"city": "Bonn"}} if act == "edit" else {}
    sandbox.act("listmonk", act, single, ANNA, **more)
    own = f"subscribers.updated_at > '{since}'"
    assert client("GET", "/subscribers", query=own)["total"] == int(moves)
    lists = (
        "EXISTS (SELECT 1 FROM subscriber_lists sl WHERE sl.subscriber_id ="
        f" subscribers.id AND sl.updated_at > '{since}')"
    )
    found = client("GET", "/subscribers", query=f"{own} OR {lists}")
    assert found["total"] == 1
