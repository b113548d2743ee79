"""Inxmail's dialect, fact by fact of the provider notes."""

from datetime import datetime, timedelta, timezone

import pytest

from newsletter_sync.tests_pure.sandbox.inxmail_client import (
    ANNA,
    BOB,
    HAL,
    PROBLEM,
    Client,
    journal,
)


@pytest.fixture
def client(sandbox):
    return Client(sandbox)


@pytest.fixture
def list_id(client):
    body = {"name": "News", "type": "STANDARD", "senderAddress": "a@example.org"}
    return client("POST", "/lists", body)["id"]


# --- login, budget, shapes --------------------------------------------------
def test_entry_point(client):
    links = client("GET", "/")["_links"]
    assert links["inx:recipients"]["href"] == client.base + "/recipients"
    assert links["curies"][0]["templated"] is True


@pytest.mark.parametrize("auth", [None, ("sandbox-key", "x"), ("x", "sandbox-secret")])
def test_wrong_login(client, auth):
    client.session.auth = auth
    answer = client.raw("GET", "/lists")
    assert answer.status_code == 401
    assert answer.headers["Content-Type"] == PROBLEM


def test_missing_role(sandbox, client):
    sandbox.tools["inxmail"].switches["missing_roles"] = {"blacklist-entries"}
    assert client.status("GET", "/blacklist-entries") == 403
    assert client.status("GET", "/lists") == 200


def test_another_customer(client):
    client.base = client.base.replace("/sandbox/", "/other/")
    assert client.status("GET", "/lists") == 404


def test_budget_is_told_and_runs_out(sandbox, client):
    sandbox.clock.freeze()
    sandbox.set(requests_per_minute=2)
    answer = client.raw("GET", "/lists")
    assert answer.headers["X-RateLimit-Limit"] == "2"
    assert answer.headers["X-RateLimit-Remaining"] == "1"
    sandbox.clock.advance(20)
    assert client.status("GET", "/lists") == 200
    answer = client.raw("GET", "/lists")
    assert answer.status_code == 429
    assert answer.headers["Content-Type"] == PROBLEM
    assert answer.headers["X-RateLimit-Reset"] == "40"
    assert "Retry-After" not in answer.headers
    sandbox.clock.advance(40)
    assert client.status("GET", "/lists") == 200


def test_a_fault_waits_in_the_tools_own_words(sandbox, client):
    sandbox.faults.add("status", tool="inxmail", status=429, retry_after=7)
    answer = client.raw("GET", "/lists")
    assert answer.headers["X-RateLimit-Reset"] == "7"
    assert answer.json()["title"]


@pytest.mark.parametrize(
    "method, path, headers, status",
    [
        ("GET", "/lists", {"Accept": "application/json"}, 406),
        ("GET", "/lists", {"Accept": "*/*"}, 200),
        ("POST", "/recipients", {"Content-Type": "text/csv"}, 415),
        ("PATCH", "/recipients/1", {"Content-Type": "application/json"}, 415),
        ("POST", "/imports/recipients", {"Content-Type": HAL}, 415),
    ],
)
def test_content_types(client, method, path, headers, status):
    answer = client.raw(method, path, data=b"{}", headers=headers)
    assert answer.status_code == status


@pytest.mark.parametrize(
    "method, path",
    [
        ("GET", "/serverinfo"),
        ("GET", "/recipients/1000001/lists"),
        ("GET", "/recipients?subscriptionDatesForLists=1"),
        ("POST", "/memberships"),
        ("DELETE", "/attributes/1"),
        ("GET", "/mailings"),
        ("GET", "/clicks"),
    ],
)
def test_what_nobody_knows_is_501(client, method, path):
    assert client.status(method, path, {} if method == "POST" else None) == 501


# --- lists ------------------------------------------------------------------
def test_lists(client, list_id):
    found = {one["id"]: one for one in client.items("/lists")}
    assert found[list_id]["type"] == "STANDARD"
    assert {one["type"] for one in found.values()} == {"STANDARD", "SYSTEM"}
    body = {"name": "Neu", "senderAddress": "b@example.org", "description": "d"}
    assert client("PUT", f"/lists/{list_id}", body)["name"] == "Neu"
    assert [o["id"] for o in client.items("/lists", name="Neu")] == [list_id]
    assert client.items("/lists", senderDomain="example.net") == []
    assert client.status("DELETE", f"/lists/{list_id}") == 204
    assert client.status("GET", f"/lists/{list_id}") == 404


@pytest.mark.parametrize(
    "change, field",
    [
        ({"name": " x"}, "name"),
        ({"name": ""}, "name"),
        ({"name": "x" * 256}, "name"),
        ({"type": "ADMIN"}, "type"),
        ({"senderAddress": None}, "senderAddress"),
        ({"description": "x" * 256}, "description"),
    ],
)
def test_lists_that_are_refused(client, change, field):
    body = {"name": "x", "type": "STANDARD", "senderAddress": "a@example.org"}
    answer = client.raw("POST", "/lists", body | change)
    assert answer.status_code == 400
    assert [one["field"] for one in answer.json()["invalidFields"]] == [field]


def test_the_system_list_cannot_be_joined(client, sandbox):
    system = sandbox.tools["inxmail"].pool
    body = {"listId": system, "email": ANNA}
    assert client.status("POST", "/events/subscriptions", body) == 400


def test_counts_are_cached(sandbox, client, list_id):
    sandbox.clock.freeze()
    sandbox.set(count_lag=300)
    assert client("GET", f"/lists/{list_id}/count")["count"] == 0
    client.result("subscriptions", list_id, ANNA)
    assert client("GET", f"/lists/{list_id}/count")["count"] == 0
    sandbox.clock.advance(300)
    assert client("GET", f"/lists/{list_id}/count")["count"] == 1


def test_settings_are_texts(client, list_id):
    path = f"/lists/{list_id}/settings/TrackingPermissionDetachedFromMembership"
    assert client("GET", path) == {"value": "false"}
    assert client.status("PATCH", path, {"value": True}) == 400
    assert client("PATCH", path, {"value": "true"}) == {"value": "true"}
    assert client("GET", path) == {"value": "true"}


# --- pages ------------------------------------------------------------------
def test_pages_by_cursor(sandbox, client, list_id):
    sandbox.seed(list_id, 25)
    page, seen = client("GET", "/recipients", pageSize=10, subscribedTo=list_id), []
    while True:
        seen += [one["email"] for one in page["_embedded"]["inx:recipients"]]
        following = page["_links"].get("next")
        if not following:
            break
        page = client("GET", following["href"])
    assert seen == [f"person{n:07}@example.org" for n in range(25)]
    assert "_embedded" not in client("GET", "/recipients", email="nobody@example.org")


@pytest.mark.parametrize("size, status", [(1000, 200), (1001, 400), (0, 400)])
def test_page_sizes(client, size, status):
    assert client.status("GET", "/recipients", pageSize=size) == status


def test_upcoming_links_are_valid_for_ever(client, list_id):
    client.result("subscriptions", list_id, ANNA)
    page = client("GET", "/events/subscriptions")
    upcoming = page["_links"]["inx:upcoming"]["href"]
    for _ in range(2):
        assert "_embedded" not in client("GET", upcoming)
    client.result("subscriptions", list_id, BOB)
    for _ in range(2):
        (event,) = client.items(upcoming)
        assert event["type"] == "MANUAL_SUBSCRIPTION"


def test_unknown_parameters_are_refused(client):
    assert client.status("GET", "/recipients", subscribed=1) == 400


# --- attributes -------------------------------------------------------------
def test_attributes(client):
    made = client("POST", "/attributes", {"name": "Größe cm", "type": "INTEGER"})
    found = {one["name"]: one for one in client.items("/attributes")}
    assert found["Größe cm"]["id"] == made["id"]
    assert found["Vorname"]["maxLength"] == 255
    body = {"name": "Größe cm", "type": "TEXT"}
    assert client.status("POST", "/attributes", body) == 409
    assert client.status("GET", f"/attributes/{made['id']}") == 200
    for bad in ({"name": "x", "type": "text"}, {"name": "Email", "type": "TEXT"}):
        assert client.status("POST", "/attributes", bad) == 400
    later = {"If-Modified-Since": "Wed, 01 Jan 2098 00:00:00 GMT"}
    assert client.raw("GET", "/attributes", headers=later).status_code == 304


@pytest.mark.parametrize(
    "name, value, status, told",
    [
        ("Vorname", "Änne", 200, "Änne"),
        ("Vorname", None, 200, None),
        ("Vorname", 5, 400, None),
        ("Vorname", "x" * 256, 400, None),
        ("Kunden-Nr.", 5, 200, 5),
        ("Kunden-Nr.", "5", 400, None),
        ("Kunden-Nr.", True, 400, None),
        ("Umsatz", 1.5, 200, 1.5),
        ("VIP Kunde", False, 200, False),
        ("VIP Kunde", "true", 400, None),
        ("Geburtstag", "2001-02-28", 200, "2001-02-28"),
        ("Geburtstag", "28.02.2001", 400, None),
        ("Letzter Kauf", "2021-05-27T05:27:55Z", 200, "2021-05-27T05:27:55Z"),
        ("Letzter Kauf", "2021-05-27T07:27:55+02:00", 200, "2021-05-27T05:27:55Z"),
        ("Letzter Kauf", "2021-05-27", 400, None),
        ("vorname", "x", 400, None),
    ],
)
def test_values_are_typed(client, name, value, status, told):
    client("POST", "/recipients", {"email": ANNA, "attributes": {}})
    change = {"attributes": {name: value}}
    assert client.status("PATCH", f"/recipients/{ANNA}", change) == status
    if status == 200:
        found = client("GET", f"/recipients/{ANNA}", attributes=name)
        assert found["attributes"] == {name: told}


def test_an_unknown_attribute_is_named(client):
    answer = client.raw("GET", "/recipients?attributes=Vorname,Nochwas")
    assert answer.status_code == 400 and "Nochwas" in answer.json()["detail"]


# --- recipients -------------------------------------------------------------
def test_a_recipient_is_on_no_list(client, list_id):
    body = {"email": "Anna@Example.org", "attributes": {"Vorname": "Anna"}}
    made = client("POST", "/recipients", body)
    assert client.status("POST", "/recipients", body) == 409
    assert client.status("POST", "/recipients", {"email": BOB}) == 400
    assert client.emails() == [ANNA]
    assert client.emails(subscribedTo=list_id) == []
    assert client("GET", f"/recipients/{ANNA}")["attributes"] == {}
    every = client.raw("GET", f"/recipients/{made['id']}?allAttributes").json()
    assert every["attributes"]["Vorname"] == "Anna" and len(every["attributes"]) == 7
    assert client.status("GET", "/recipients?allAttributes") == 400


def test_changing_the_address_keeps_the_id(client):
    made = client("POST", "/recipients", {"email": ANNA, "attributes": {}})
    client("POST", "/recipients", {"email": BOB, "attributes": {}})
    assert client.status("PATCH", f"/recipients/{ANNA}", {"email": BOB}) == 409
    assert client.status("PATCH", f"/recipients/{ANNA}", {"email": "no"}) == 400
    new = "a+b/c@example.net"
    changed = client("PATCH", f"/recipients/{ANNA}", {"email": new})
    assert (changed["id"], changed["email"]) == (made["id"], new)
    assert client.status("GET", f"/recipients/{ANNA}") == 404
    for name in ("a%2Bb/c@example.net", "a%2Bb%2Fc%40example.net"):
        assert client.status("GET", f"/recipients/{name}") == 200


def test_deleting_forgets_that_somebody_left(sandbox, client, list_id):
    client.result("subscriptions", list_id, ANNA)
    client.result("unsubscriptions", list_id, ANNA)
    (anna,) = client.items("/recipients")
    assert client.status("DELETE", f"/recipients/{ANNA}") == 404  # by id only
    assert client.status("DELETE", f"/recipients/{anna['id']}") == 204
    assert client.status("DELETE", f"/recipients/{anna['id']}") == 404
    client.run(list_id, f"email\n{ANNA}")
    assert client.emails(subscribedTo=list_id) == [ANNA]
    assert journal(sandbox) == []


def test_last_modified_moves_with_values_only(sandbox, client, list_id):
    sandbox.clock.freeze()
    client("POST", "/recipients", {"email": ANNA, "attributes": {}})
    sandbox.clock.advance(100)
    client.result("subscriptions", list_id, ANNA)
    moment = datetime.fromtimestamp(sandbox.clock.now(), timezone.utc)
    since = (moment - timedelta(seconds=50)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert client.emails(lastModifiedSince=since) == []
    client("PATCH", f"/recipients/{ANNA}", {"attributes": {"Vorname": "A"}})
    assert client.emails(lastModifiedSince=since) == [ANNA]
    assert client.status("GET", "/recipients", lastModifiedSince="gestern") == 400


def test_filters(client, list_id):
    for email in (ANNA, BOB):
        client.result("subscriptions", list_id, email, attributes={"Vorname": email})
    client.result("unsubscriptions", list_id, BOB)
    assert client.emails(subscribedTo=list_id) == [ANNA]
    assert client.emails(subscribedToAny=f"{list_id}") == [ANNA]
    assert client.emails(unsubscribedFromAny=list_id) == [BOB]
    assert client.emails(email=f"{ANNA},{BOB},c@example.org") == [ANNA, BOB]
    assert client.emails(**{"attributes.Vorname": BOB}) == [BOB]
    assert client.status("GET", "/recipients", subscribedTo=1) == 404
