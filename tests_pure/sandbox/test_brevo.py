"""Brevo's dialect, fact by fact of the provider notes."""

from datetime import datetime, timedelta, timezone

import pytest

from newsletter_sync.sandbox.dialects.brevo import IP_HINT, KEY
from newsletter_sync.tests_pure.sandbox.brevo_client import (
    ANNA,
    BOB,
    CARLA,
    Client,
)


@pytest.fixture
def client(sandbox):
    sandbox.set(contacts_per_second=10**6, others_per_hour=10**6)
    return Client(sandbox)


@pytest.fixture
def list_id(client):
    return client("POST", "/contacts/lists", {"name": "News", "folderId": 1})["id"]


# --- login, budgets, errors ---------------------------------------------------
@pytest.mark.parametrize(
    "key, foreign, message",
    [
        (None, False, "authentication not found in headers"),
        ("xkeysib-wrong", False, "Key not found"),
        (KEY, True, IP_HINT),
    ],
)
def test_three_kinds_of_401(sandbox, client, key, foreign, message):
    sandbox.set(foreign_ip=foreign)
    client.session.headers["api-key"] = key
    answer = client.raw("GET", "/account")
    assert answer.status_code == 401
    assert answer.json() == {"code": "unauthorized", "message": message}
    assert answer.headers["sib-request-id"]


def test_account(client):
    told = client("GET", "/account")
    assert told["email"] == "owner@example.org" and told["plan"][0]["credits"]


def test_two_budgets(sandbox, client):
    sandbox.clock.freeze()
    sandbox.set(contacts_per_second=2, contacts_per_hour=3, others_per_hour=1)
    assert client.status("GET", "/account") == 200
    answer = client.raw("GET", "/account")
    assert answer.status_code == 429
    assert answer.headers["x-sib-ratelimit-reset"] == "3600"
    assert answer.headers["x-sib-ratelimit-remaining"] == "0"
    assert "Retry-After" not in answer.headers
    assert [client.status("GET", "/contacts") for _ in range(3)] == [200, 200, 429]
    sandbox.clock.advance(1)
    assert [client.status("GET", "/contacts") for _ in range(2)] == [200, 429]
    sandbox.clock.advance(3600)
    answer = client.raw("GET", "/contacts")
    assert answer.headers["x-sib-ratelimit-limit"] == "2"
    assert answer.headers["x-sib-ratelimit-remaining"] == "1"


def test_a_fault_waits_in_the_tools_own_words(sandbox, client):
    sandbox.faults.add("status", tool="brevo", status=429, retry_after=7)
    assert client.raw("GET", "/contacts").headers["x-sib-ratelimit-reset"] == "7"


@pytest.mark.parametrize(
    "method, path, body, status, code",
    [
        ("GET", "/contacts?limit=1001", None, 400, "out_of_range"),
        ("GET", "/contacts/lists?limit=51", None, 400, "out_of_range"),
        ("GET", "/contacts/lists/1/contacts", None, 404, "document_not_found"),
        ("GET", "/contacts?limit=x", None, 400, "invalid_parameter"),
        ("GET", "/contacts?modifiedSince=2026-01-01", None, 400, "invalid_parameter"),
        ("GET", f"/contacts/{ANNA}", None, 404, "document_not_found"),
        ("PUT", f"/contacts/{ANNA}", {}, 404, "document_not_found"),
        ("DELETE", f"/contacts/{ANNA}", None, 404, "document_not_found"),
        ("POST", "/contacts", {}, 400, "missing_parameter"),
        ("POST", "/contacts", {"email": "x"}, 400, "invalid_parameter"),
        ("POST", "/contacts/lists", {"name": "x"}, 400, "missing_parameter"),
        ("POST", "/contacts/import", {"jsonBody": [{}]}, 400, "missing_parameter"),
        ("GET", "/processes/1", None, 404, "invalid_parameter"),
        ("POST", "/webhooks", {"url": "https://x.test"}, 400, "missing_parameter"),
        ("PATCH", "/contacts", {}, 405, "method_not_allowed"),
        ("GET", "/emailCampaigns", None, 404, "document_not_found"),
    ],
)
def test_errors(client, method, path, body, status, code):
    answer = client.raw(method, path, body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_the_network_in_front_answers_with_a_page(client):
    answer = client.raw("DELETE", "/contacts/anna%40example.org.old")
    assert answer.status_code == 403
    assert answer.headers["Content-Type"].startswith("text/html")


# --- contacts -----------------------------------------------------------------
def test_a_contact(client, list_id):
    made = client.add("Anna@Example.org", list_id, firstname="Anna", NOSUCH="x")
    found = client.contact(ANNA)
    assert found["id"] == made["id"]
    assert found["email"] == ANNA
    assert found["attributes"] == {"FIRSTNAME": "Anna"}
    assert found["listIds"] == [list_id] and found["listUnsubscribed"] is None
    assert found["statistics"] == {}
    assert found["emailBlacklisted"] is False
    assert found["createdAt"].endswith(".000+02:00")
    assert client("GET", f"/contacts/{made['id']}")["email"] == ANNA


def test_times_may_be_told_in_utc(sandbox, client):
    sandbox.set(time_offset=None)
    client.add(ANNA)
    assert client.contact(ANNA)["createdAt"].endswith(".000Z")


def test_upsert(client):
    body = {"email": ANNA, "updateEnabled": True}
    assert client.status("POST", "/contacts", body) == 201
    assert client.status("POST", "/contacts", body) == 204
    assert client.status("PUT", f"/contacts/{ANNA}", {"ext_id": "7"}) == 204
    found = client("GET", "/contacts/7", identifierType="ext_id")
    assert (found["email"], found["ext_id"]) == (ANNA, "7")


@pytest.mark.parametrize("code", ["duplicate_parameter", "invalid_parameter"])
def test_duplicates(sandbox, client, code):
    sandbox.set(duplicate_code=code)
    client.add(ANNA, SMS="+491")
    client.add(BOB)
    for method, path, body, who in [
        ("POST", "/contacts", {"email": ANNA}, ["email"]),
        ("POST", "/contacts", {"email": CARLA, "attributes": {"SMS": "+491"}}, ["SMS"]),
        ("PUT", f"/contacts/{BOB}", {"attributes": {"EMAIL": ANNA}}, ["email"]),
        ("PUT", f"/contacts/{BOB}", {"attributes": {"SMS": "+491"}}, ["SMS"]),
    ]:
        answer = client.raw(method, path, body)
        assert answer.status_code == 400
        assert answer.json()["code"] == code
        assert answer.json()["metadata"] == {"duplicate_identifiers": who}


@pytest.mark.parametrize(
    "name, given, kept",
    [
        ("FIRSTNAME", "Änne", "Änne"),
        ("firstname", "x", "x"),
        ("FIRSTNAME", 5, None),
        ("FIRSTNAME", "", None),
        ("HEIGHT", 1.5, 1.5),
        ("HEIGHT", "1.5", None),
        ("BORN", "2001-02-28", "2001-02-28"),
        ("BORN", "28.02.2001", None),
        ("VIP", False, False),
        ("VIP", "true", None),
        ("DOUBLE_OPT-IN", "Yes", 1),
        ("DOUBLE_OPT-IN", 2, 2),
        ("DOUBLE_OPT-IN", "Maybe", None),
        ("HOBBIES", ["Chess"], ["Chess"]),
        ("HOBBIES", ["Golf"], None),
        ("NOSUCH", "x", None),
    ],
)
def test_values(client, name, given, kept):
    for new, kind in (("HEIGHT", "float"), ("BORN", "date"), ("VIP", "boolean")):
        client.raw("POST", f"/contacts/attributes/normal/{new}", {"type": kind})
    several = {"type": "multiple-choice", "multiCategoryOptions": ["Chess", "Go"]}
    client.raw("POST", "/contacts/attributes/normal/hobbies", several)
    client.add(ANNA, **{name: given})
    values = client.contact(ANNA)["attributes"]
    assert values == ({} if kept is None else {name.upper(): kept})


def test_a_blank_empties_and_what_is_not_named_stays(client):
    client.add(ANNA, FIRSTNAME="Anna", LASTNAME="Alt")
    client.raw("PUT", f"/contacts/{ANNA}", {"attributes": {"LASTNAME": ""}})
    assert client.contact(ANNA)["attributes"] == {"FIRSTNAME": "Anna"}


def test_a_new_address_keeps_the_id(client):
    made = client.add("o'neil+x@example.org", FIRSTNAME="Anna")
    change = {"attributes": {"EMAIL": "Neu/1@example.org"}}
    path = "/contacts/o%27neil%2Bx%40example.org"
    assert client.status("PUT", path, change) == 204
    found = client("GET", "/contacts/neu%2F1%40example.org")
    assert (found["id"], found["attributes"]) == (made["id"], {"FIRSTNAME": "Anna"})


def test_deleting_forgets_the_block(client, list_id):
    client.add(ANNA, list_id)
    client.raw("PUT", f"/contacts/{ANNA}", {"emailBlacklisted": True})
    assert client.status("DELETE", f"/contacts/{ANNA}") == 204
    client.run([{"email": ANNA}], [list_id])
    assert client.contact(ANNA)["emailBlacklisted"] is False
    client.add("owner@example.org")
    assert client.status("DELETE", "/contacts/owner@example.org") == 405


def test_pages(sandbox, client, list_id):
    sandbox.seed(list_id, 25, unsubscribed=10)
    path = f"/contacts/lists/{list_id}/contacts"
    found = [client("GET", path, limit=10, offset=n, sort="asc") for n in (0, 10, 20)]
    emails = [one["email"] for page in found for one in page["contacts"]]
    assert emails == [f"person{n:07}@example.org" for n in range(25)]
    assert {page["count"] for page in found} == {25}
    newest = client("GET", "/contacts", limit=3, offset=1)
    assert [one["email"][:13] for one in newest["contacts"]] == [
        f"person00000{n}" for n in (23, 22, 21)
    ]
    assert found[0]["contacts"][0]["emailBlacklisted"] is True


def test_filters(sandbox, client, list_id):
    sandbox.clock.freeze()
    client.add(ANNA, list_id, FIRSTNAME="Anna")
    client.add(BOB, FIRSTNAME="Bob")
    moment = datetime.fromtimestamp(sandbox.clock.now(), timezone.utc)
    sandbox.clock.advance(100)
    client.raw("PUT", f"/contacts/{BOB}", {"emailBlacklisted": True})

    def emails(**params):
        return [
            one["email"] for one in client("GET", "/contacts", **params)["contacts"]
        ]

    assert emails(listIds=list_id) == [ANNA]
    assert emails(filter='equals(FIRSTNAME,"Bob")') == [BOB]
    since = (moment + timedelta(seconds=50)).isoformat()
    assert emails(modifiedSince=since) == [BOB]
    assert emails(createdSince=since) == []
    assert client.status("GET", "/contacts", listIds=1, segmentId=1) == 400


# --- lists --------------------------------------------------------------------
def test_lists_and_folders(client, list_id):
    folder = client("POST", "/contacts/folders", {"name": "Odoo"})["id"]
    body = {"name": "Zwei", "folderId": folder}
    second = client("POST", "/contacts/lists", body)["id"]
    assert [o["id"] for o in client("GET", "/contacts/lists")["lists"]] == [
        second,
        list_id,
    ]
    inside = client("GET", f"/contacts/folders/{folder}/lists")
    assert [one["name"] for one in inside["lists"]] == ["Zwei"]
    assert client.status("PUT", f"/contacts/lists/{second}", {"name": "2"}) == 204
    assert client("GET", f"/contacts/lists/{second}")["name"] == "2"
    assert client.status("DELETE", f"/contacts/lists/{second}") == 204
    assert client("GET", "/contacts/lists")["count"] == 1
    assert client("GET", "/contacts/folders")["count"] == 2
    bad = {"name": "x", "folderId": 77}
    assert client.status("POST", "/contacts/lists", bad) == 400


@pytest.mark.parametrize("old, total, blocked", [(True, 1, 1), (False, 0, 0)])
def test_counts(sandbox, client, list_id, old, total, blocked):
    sandbox.set(old_counts=old)
    for email in (ANNA, BOB):
        client.add(email, list_id)
    client.raw("PUT", f"/contacts/{BOB}", {"emailBlacklisted": True})
    found = client("GET", f"/contacts/lists/{list_id}")
    assert found["uniqueSubscribers"] == 2
    assert (found["totalSubscribers"], found["totalBlacklisted"]) == (total, blocked)


@pytest.mark.parametrize("flat", [False, True])
def test_add_and_remove(sandbox, client, list_id, flat):
    sandbox.set(flat_answers=flat)
    for email in (ANNA, BOB):
        client.add(email)
    path = f"/contacts/lists/{list_id}/contacts"
    answer = client.raw("POST", f"{path}/add", {"emails": [ANNA, "no@example.org"]})
    assert answer.status_code == 201
    told = answer.json() if flat else answer.json()["contacts"]
    assert (told["success"], told["failure"]) == ([ANNA], ["no@example.org"])
    answer = client.raw("POST", f"{path}/add", {"emails": [ANNA]})
    assert answer.status_code == 400
    assert answer.json()["message"] == "Contact already in list and/or does not exist"
    bob = client.contact(BOB)["id"]
    assert client.status("POST", f"{path}/add", {"ids": [bob]}) == 201
    assert client.status("POST", f"{path}/remove", {"emails": [ANNA]}) == 201
    assert client("GET", path)["count"] == 1
    many = {"ids": list(range(1, 152))}
    assert client.status("POST", f"{path}/add", many) == 400
    assert client.status("POST", f"{path}/add", {"ids": [1], "emails": [ANNA]}) == 400


def test_lists_of_a_write_are_added(client, list_id):
    second = client("POST", "/contacts/lists", {"name": "2", "folderId": 1})["id"]
    client.add(ANNA, list_id)
    client.raw("PUT", f"/contacts/{ANNA}", {"listIds": [second]})
    assert client.contact(ANNA)["listIds"] == [list_id, second]
    client.raw("PUT", f"/contacts/{ANNA}", {"unlinkListIds": [list_id]})
    assert client.contact(ANNA)["listIds"] == [second]
    assert client.status("PUT", f"/contacts/{ANNA}", {"listIds": [1]}) == 400


# --- attributes ---------------------------------------------------------------
def test_attributes(client):
    path = "/contacts/attributes"
    assert client.status("POST", f"{path}/normal/Strasse", {"type": "text"}) == 201
    for bad in (f"{path}/normal/STRASSE", f"{path}/normal/A-B", f"{path}/odd/X"):
        assert client.status("POST", bad, {"type": "text"}) == 400
    assert client.status("POST", f"{path}/normal/X", {"type": "number"}) == 400
    choices = {"enumeration": [{"value": 1, "label": "Gold"}]}
    assert client.status("POST", f"{path}/category/LEVEL", choices) == 201
    found = {one["name"]: one for one in client("GET", path)["attributes"]}
    assert found["STRASSE"]["type"] == "text"
    assert "type" not in found["LEVEL"]
    assert found["LEVEL"]["enumeration"][0]["label"] == "Gold"
    client.add(ANNA, STRASSE="Weg 1")
    assert client.status("DELETE", f"{path}/normal/STRASSE") == 204
    assert client.status("DELETE", f"{path}/normal/STRASSE") == 404
    assert client.contact(ANNA)["attributes"] == {}
