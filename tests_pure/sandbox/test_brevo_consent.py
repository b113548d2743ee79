"""Brevo's dialect: who is blocked, imported, asked, and who is told."""

import pytest
import requests

from newsletter_sync.tests_pure.sandbox.brevo_client import (
    ANNA,
    BOB,
    Client,
    journal,
)


@pytest.fixture
def client(sandbox):
    sandbox.set(contacts_per_second=10**6, others_per_hour=10**6)
    return Client(sandbox)


@pytest.fixture
def list_id(client):
    return client("POST", "/contacts/lists", {"name": "News", "folderId": 1})["id"]


# --- batches ------------------------------------------------------------------
def test_the_old_batch_is_all_or_nothing(client):
    client.add(ANNA)
    rows = [{"email": ANNA, "attributes": {"FIRSTNAME": "A"}}, {"email": BOB}]
    answer = client.raw("POST", "/contacts/batch", {"contacts": rows})
    assert answer.status_code == 404
    assert answer.json()["message"] == "No contact found for indexes 1"
    assert client.contact(ANNA)["attributes"] == {}
    assert client.status("POST", "/contacts/batch", {"contacts": rows[:1]}) == 204


def test_an_import(sandbox, client, list_id):
    sandbox.set(job_polls=2)
    rows = [{"email": "Anna@Example.org", "attributes": {"FIRSTNAME": "A", "NO": "x"}}]
    done, states = client.run(rows, [list_id])
    assert states == ["queued", "processing", "completed"]
    assert done["name"] == "IMPORTUSER"
    found = client.contact(ANNA)
    assert (found["attributes"], found["listIds"]) == ({"FIRSTNAME": "A"}, [list_id])


def test_an_import_that_nobody_asks_for_is_carried_out(client, list_id):
    body = {"fileBody": f"EMAIL;FIRSTNAME\n{ANNA};Anna", "listIds": [list_id]}
    assert client.status("POST", "/contacts/import", body) == 202
    assert client.contact(ANNA)["attributes"] == {"FIRSTNAME": "Anna"}


@pytest.mark.parametrize("end", ["failed", "cancelled"])
def test_an_import_may_fail(sandbox, client, list_id, end):
    sandbox.set(import_end=end)
    done, _ = client.run([{"email": ANNA}], [list_id])
    assert done["status"] == end
    assert client.status("GET", f"/contacts/{ANNA}") == 404


@pytest.mark.parametrize("shape", ["number", "url", "null"])
def test_bad_rows_are_hardly_told(sandbox, client, list_id, shape):
    sandbox.set(import_invalid=shape)
    sandbox.faults.add("partial", tool="brevo", addresses="^bob@")
    rows = [{"email": ANNA}, {"email": "no address"}, {"email": BOB}]
    done, _ = client.run(rows, [list_id])
    told = done["info"]["import"]["invalid_emails"]
    if shape == "number":
        assert told == 2
    elif shape == "url":
        text = requests.get(told, timeout=5).text
        assert text.splitlines() == ["EMAIL", "no address", BOB]
    else:
        assert told is None
    assert client("GET", f"/contacts/lists/{list_id}/contacts")["count"] == 1


@pytest.mark.parametrize("blanks, kept", [(False, {"FIRSTNAME": "Anna"}), (True, {})])
def test_blanks_of_an_import(client, list_id, blanks, kept):
    client.add(ANNA, FIRSTNAME="Anna")
    rows = [{"email": ANNA, "attributes": {"FIRSTNAME": ""}}]
    client.run(rows, [list_id], emptyContactsAttributes=blanks)
    assert client.contact(ANNA)["attributes"] == kept


def test_known_contacts_may_be_left_alone(client, list_id):
    client.add(ANNA)
    rows = [{"email": ANNA, "attributes": {"FIRSTNAME": "A"}}]
    client.run(rows, [list_id], updateExistingContacts=False)
    assert client.contact(ANNA)["attributes"] == {}


@pytest.mark.parametrize("lifts", [True, False])
def test_an_import_and_the_block(sandbox, client, list_id, lifts):
    sandbox.set(import_lifts_block=lifts)
    client.add(ANNA, list_id)
    sandbox.act("brevo", "unsubscribe", list_id, ANNA)
    client.run([{"email": ANNA}], [list_id])
    assert client.contact(ANNA)["emailBlacklisted"] is not lifts
    assert journal(sandbox) == (["import"] if lifts else [])


# --- consent ------------------------------------------------------------------
def test_the_block_is_lifted_by_a_write_that_says_so(sandbox, client, list_id):
    client.add(ANNA, list_id)
    client.raw("PUT", f"/contacts/{ANNA}", {"emailBlacklisted": True})
    body = {"email": ANNA, "updateEnabled": True, "listIds": [list_id]}
    client.raw("POST", "/contacts", body)
    assert client.contact(ANNA)["emailBlacklisted"] is True
    assert journal(sandbox) == []
    client.raw("POST", "/contacts", body | {"emailBlacklisted": False})
    assert client.contact(ANNA)["emailBlacklisted"] is False
    assert journal(sandbox) == ["api"]


@pytest.mark.parametrize(
    "act, statistic",
    [
        ("unsubscribe", "unsubscriptions"),
        ("bounce", "hardBounces"),
        ("complain", "complaints"),
        ("block", "unsubscriptions"),
    ],
)
def test_why_somebody_is_blocked_is_in_the_statistics(
    sandbox, client, list_id, act, statistic
):
    client.add(ANNA, list_id)
    sandbox.act("brevo", act, list_id, ANNA)
    found = client.contact(ANNA)
    assert found["emailBlacklisted"] is True and found["listIds"] == [list_id]
    assert list(found["statistics"]) == [statistic]
    sandbox.clock.advance(91 * 86400)
    assert client.contact(ANNA)["statistics"] == {}


def test_leaving_one_list(sandbox, client, list_id):
    client.add(ANNA, list_id)
    sandbox.act("brevo", "leave", list_id, ANNA)
    found = client.contact(ANNA)
    assert (found["emailBlacklisted"], found["listIds"]) == (False, [])
    assert found["listUnsubscribed"] == [list_id]
    assert client("GET", f"/contacts/lists/{list_id}/contacts")["count"] == 0
    path = f"/contacts/lists/{list_id}/contacts/add"
    assert client.status("POST", path, {"emails": [ANNA]}) == 201
    assert client.contact(ANNA)["listUnsubscribed"] is None
    assert journal(sandbox) == ["api"]


def test_double_opt_in(sandbox, client, list_id):
    path = "/contacts/doubleOptinConfirmation"
    body = {
        "email": ANNA,
        "includeListIds": [list_id],
        "templateId": 1,
        "redirectionUrl": "https://example.org/danke",
        "attributes": {"FIRSTNAME": "Anna"},
    }
    for bad in ({"templateId": 2}, {"templateId": 9}, {"redirectionUrl": ""}):
        assert client.status("POST", path, body | bad) == 400
    assert client.status("POST", path, body) == 201
    assert client.status("GET", f"/contacts/{ANNA}") == 404
    assert client("GET", f"/contacts/lists/{list_id}/contacts")["count"] == 0
    sandbox.act("brevo", "confirm", list_id, ANNA)
    found = client.contact(ANNA)
    assert (found["listIds"], found["attributes"]) == ([list_id], {"FIRSTNAME": "Anna"})
    client.raw("PUT", f"/contacts/{ANNA}", {"emailBlacklisted": True})
    assert client.status("POST", path, body) == 204
    assert client.contact(ANNA)["emailBlacklisted"] is True
    sandbox.act("brevo", "confirm", list_id, ANNA)
    assert client.contact(ANNA)["emailBlacklisted"] is False
    assert journal(sandbox) == ["click"]
    templates = client("GET", "/smtp/templates", templateStatus="true")["templates"]
    assert [one["tag"] for one in templates] == ["optin", "newsletter"]


def test_blocks_of_the_shop_are_another_thing(sandbox, client, list_id):
    client.add(ANNA, list_id)
    sandbox.act("brevo", "bounce", list_id, ANNA)
    (entry,) = client("GET", "/smtp/blockedContacts")["contacts"]
    assert (entry["email"], entry["reason"]["code"]) == (ANNA, "hardBounce")
    assert client.status("DELETE", f"/smtp/blockedContacts/{ANNA}") == 204
    assert client.status("DELETE", f"/smtp/blockedContacts/{ANNA}") == 404
    assert client.contact(ANNA)["emailBlacklisted"] is True


def test_acts(sandbox, client, list_id):
    def act(name, email=ANNA, **more):
        return sandbox.act("brevo", name, list_id, email, **more)

    act("subscribe", values={"FIRSTNAME": "Anna"})
    act("confirm")
    act("edit", values={"FIRSTNAME": "Änne"})
    act("soft_bounce")
    assert client.contact(ANNA)["emailBlacklisted"] is False
    act("change_address", new=BOB)
    assert client.contact(BOB)["attributes"] == {"FIRSTNAME": "Änne"}
    act("unsubscribe", BOB)
    act("activate", BOB)
    assert journal(sandbox) == ["staff"]
    act("delete", BOB)
    assert client("GET", "/contacts")["count"] == 0


# --- webhooks -----------------------------------------------------------------
class Sent:
    """In place of the courier: keeps what would be sent."""

    def __init__(self, sandbox, monkeypatch):
        self.calls = []
        monkeypatch.setattr(sandbox.courier, "send", self)

    def __call__(self, tool, event, url, json, headers):
        self.calls.append((event, json, headers))


@pytest.mark.parametrize("batched", [False, True])
def test_webhooks(sandbox, client, list_id, monkeypatch, batched):
    sent = Sent(sandbox, monkeypatch)
    body = {
        "url": "https://odoo.example.org/hook",
        "type": "marketing",
        "events": ["unsubscribed", "listAddition", "contactUpdated", "contactDeleted"],
        "batched": batched,
        "auth": {"type": "bearer", "token": "t-1"},
        "headers": [{"key": "x-mine", "value": "1"}],
    }
    hook = client("POST", "/webhooks", body)["id"]
    client.add(ANNA, list_id)
    sandbox.act("brevo", "unsubscribe", list_id, ANNA)
    client.raw("DELETE", f"/contacts/{ANNA}")
    told = [call[1][0] if batched else call[1] for call in sent.calls]
    assert [one["event"] for one in told] == [
        "list_addition",
        "contact_updated",
        "unsubscribe",
        "contact_deleted",
    ]
    assert {one["id"] for one in told} == {hook}
    left, gone = told[2], told[3]
    assert left["list_id"] == [list_id] and left["campaign name"] == "Newsletter"
    assert isinstance(left["ts_event"], int) and "+" not in left["date_event"]
    assert gone["email"] == [ANNA] and "key" in gone
    assert sent.calls[0][2] == {"x-mine": "1", "Authorization": "Bearer t-1"}
    assert client.status("DELETE", f"/webhooks/{hook}") == 204
    assert client("GET", "/webhooks", type="marketing") == {"webhooks": []}


@pytest.mark.parametrize(
    "change",
    [
        {"type": "transactional"},
        {"events": ["nosuch"]},
        {"events": []},
        {"url": "http://example.org/x"},
    ],
)
def test_webhooks_that_are_refused(client, change):
    body = {
        "url": "https://odoo.example.org/hook",
        "type": "marketing",
        "events": ["contactUpdated"],
    }
    assert client.status("POST", "/webhooks", body | change) == 400


def test_a_reset_leaves_nobody(sandbox, client, list_id):
    client.add(ANNA, list_id)
    sandbox.reset()
    assert client("GET", "/contacts")["count"] == 0
    assert client("GET", "/contacts/lists")["count"] == 0
    assert client("GET", "/contacts/folders")["folders"][0]["id"] == 1
