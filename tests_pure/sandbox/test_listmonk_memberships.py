"""listmonk's dialect: who is on a list, imported, asked, bounced."""

import io
import json
import zipfile

import pytest
import requests

from newsletter_sync.tests_pure.sandbox.listmonk_client import (
    ANNA,
    BOB,
    Client,
    put_on,
)


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


# --- memberships ------------------------------------------------------------------
#: (before, action, status) -> after
MATRIX = {
    (None, "add", None): "unconfirmed",
    (None, "add", "confirmed"): "confirmed",
    ("unconfirmed", "add", None): "unconfirmed",
    ("unconfirmed", "add", "confirmed"): "confirmed",
    ("unsubscribed", "add", None): "unsubscribed",
    ("unsubscribed", "add", "confirmed"): "confirmed",
    ("confirmed", "unsubscribe", None): "unsubscribed",
    ("confirmed", "remove", None): None,
    (None, "unsubscribe", None): None,
}


@pytest.mark.parametrize("before, action, status", MATRIX)
def test_memberships(client, double, before, action, status):
    id = client.add()["id"]
    put_on(client, id, double, before)
    body = {"ids": [id], "action": action, "target_list_ids": [double]}
    client("PUT", "/subscribers/lists", body | ({"status": status} if status else {}))
    assert client.on(id, double) == MATRIX[before, action, status]


@pytest.mark.parametrize("before", ["unconfirmed", "confirmed", "unsubscribed"])
@pytest.mark.parametrize("confirm", [False, True])
def test_put_keeps_who_confirmed_or_left(client, double, before, confirm):
    id = client.add()["id"]
    put_on(client, id, double, before)
    body = {"email": ANNA, "lists": [double], "preconfirm_subscriptions": confirm}
    client("PUT", f"/subscribers/{id}", body)
    risen = before == "unconfirmed" and confirm
    assert client.on(id, double) == ("confirmed" if risen else before)


@pytest.mark.parametrize("how", ["blocklist", "status", "many"])
def test_blocklisting_ends_every_membership(client, single, double, how):
    id = client.add(single, double)["id"]
    if how == "blocklist":
        client("PUT", f"/subscribers/{id}/blocklist")
    elif how == "many":
        client("PUT", "/subscribers/blocklist", {"ids": [id]})
    else:
        client("PATCH", f"/subscribers/{id}", {"status": "blocklisted"})
    assert {client.on(id, one) for one in (single, double)} == {"unsubscribed"}
    client("PATCH", f"/subscribers/{id}", {"status": "enabled"})
    assert client.on(id, single) == "unsubscribed"


def test_an_unknown_list_is_a_fault_of_the_database(client):
    body = {"ids": [client.add()["id"]], "action": "add", "target_list_ids": [1]}
    assert client.status("PUT", "/subscribers/lists", body) == 500


@pytest.mark.parametrize("lists, wanted", [("single", 0), ("double", 1)])
def test_reactivations_are_journalled(client, sandbox, request, lists, wanted):
    """Unconfirmed is mailable on a list with single opt-in."""
    list_id = request.getfixturevalue(lists)
    id = client.add(list_id)["id"]
    put_on(client, id, list_id, "confirmed")
    assert len(sandbox.store.notes("reactivation")) == wanted
    put_on(client, id, list_id, "unsubscribed")
    put_on(client, id, list_id, "unconfirmed")
    assert len(sandbox.store.notes("reactivation")) == 1


# --- hidden mails -----------------------------------------------------------------
@pytest.mark.parametrize(
    "method, body, wanted",
    [
        ("PATCH", {"attribs": {}}, 1),
        ("PATCH", {"attribs": {}, "preconfirm_subscriptions": True}, 0),
        ("PUT", {"email": ANNA, "lists": "double"}, 1),
        (
            "PUT",
            {"email": ANNA, "lists": "double", "preconfirm_subscriptions": True},
            0,
        ),
    ],
)
def test_changes_mail_who_is_pending(client, double, mails, method, body, wanted):
    id = client.add(double)["id"]
    assert mails() == 1
    if body.get("lists"):
        body = body | {"lists": [double]}
    client(method, f"/subscribers/{id}", body)
    assert mails() == 1 + wanted
    confirmed = method == "PUT" and not wanted
    assert client.on(id, double) == ("confirmed" if confirmed else "unconfirmed")


def test_no_mail_where_it_is_switched_off(client, double, sandbox, mails):
    sandbox.set(send_optin_confirmation=False)
    client.add(double)
    assert mails() == 0


def test_the_person_confirms_by_the_link(client, double, sandbox):
    id = client.add(double)["id"]
    before = client("GET", f"/subscribers/{id}")["updated_at"]
    sandbox.clock.advance(60)
    (mail,) = sandbox.store.notes("mail")
    assert requests.post(mail["link"], timeout=20).ok
    after = client("GET", f"/subscribers/{id}")
    assert client.on(id, double) == "confirmed"
    assert after["updated_at"] == before
    assert after["lists"][0]["subscription_updated_at"] > before


# --- import -----------------------------------------------------------------------
def start(client, text, zipped=False, **params):
    content = text.encode()
    if zipped:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("people.csv", content)
        content = buffer.getvalue()
    data = {"params": json.dumps({"mode": "subscribe", **params})}
    return client.raw(
        "POST", "/api/import/subscribers", data=data, files={"file": ("x.csv", content)}
    )


@pytest.mark.parametrize("zipped", [False, True])
def test_an_import(client, double, mails, zipped):
    text = 'email,name,attributes\na@example.org,A,"{""city"": ""Bonn""}"\nbad,B,\n'
    assert start(client, text, zipped, lists=[double]).ok
    assert start(client, text, lists=[double]).status_code == 400
    assert client("GET", "/import/subscribers")["status"] == "importing"
    after = client("GET", "/import/subscribers")
    assert (after["status"], after["imported"]) == ("finished", 1)
    assert "skipping line 3" in client("GET", "/import/subscribers/logs")
    (one,) = client("GET", "/subscribers", list_id=double)["results"]
    assert one["attribs"] == {"city": "Bonn"}
    assert client.on(one["id"], double) == "unconfirmed"
    assert mails() == 0
    client("DELETE", "/import/subscribers")
    assert client("GET", "/import/subscribers")["status"] == "none"


@pytest.mark.parametrize(
    "before, params, after",
    [
        ("unsubscribed", {}, "unsubscribed"),
        ("unsubscribed", {"overwrite_userinfo": True}, "unsubscribed"),
        ("unsubscribed", {"overwrite_subscription_status": True}, "confirmed"),
        ("unsubscribed", {"overwrite": True}, "confirmed"),
        ("blocklisted", {"overwrite": False}, "unsubscribed"),
    ],
)
def test_whom_an_import_brings_back(client, single, before, params, after):
    if before == "blocklisted":
        id = client.add(status="blocklisted")["id"]
    else:
        id = client.add(single)["id"]
        put_on(client, id, single, "unsubscribed")
    params = {"lists": [single], "subscription_status": "confirmed", **params}
    assert start(client, f"email,name\n{ANNA},New\n", **params).ok
    assert client.on(id, single) == after
    changed = params.get("overwrite_userinfo") or params.get("overwrite")
    name = client("GET", f"/subscribers/{id}")["name"]
    assert name == ("New" if changed else "anna")


def test_an_import_without_a_list(client):
    assert start(client, f"email\n{ANNA}\n", lists=[]).status_code == 403


def test_an_import_that_blocks(client, single):
    id = client.add(single)["id"]
    assert start(client, f"email\n{ANNA}\n", mode="blocklist").ok
    assert client("GET", f"/subscribers/{id}")["status"] == "blocklisted"


# --- bounces, the public form, acts -----------------------------------------------
@pytest.mark.parametrize(
    "kind, status",
    [("soft", "enabled"), ("hard", "blocklisted"), ("complaint", "blocklisted")],
)
def test_bounces(client, single, kind, status):
    id = client.add(single)["id"]
    body = {"email": ANNA, "type": kind, "source": "odoo"}
    assert client.raw("POST", "/webhooks/bounce", body).ok
    assert client.raw("POST", "/webhooks/bounce", body | {"email": BOB}).ok
    (bounce,) = client("GET", "/bounces")["results"]
    assert (bounce["email"], bounce["type"]) == (ANNA, kind)
    assert bounce["subscriber_status"] == status
    assert len(client("GET", f"/subscribers/{id}/bounces")) == 1
    assert client("GET", f"/subscribers/{id}")["status"] == status


def test_no_bounces_have_zeroed_paging(client):
    found = client("GET", "/bounces")
    assert (found["total"], found["page"], found["per_page"]) == (0, 0, 0)


def test_the_public_form(client, single, double, mails):
    lists = client.raw("GET", "/api/public/lists", auth=None).json()
    assert [each["name"] for each in lists] == ["Double"]
    body = {"email": ANNA, "name": "Anna", "list_uuids": [lists[0]["uuid"]]}
    reply = client.raw("POST", "/api/public/subscription", body, auth=None)
    assert reply.json() == {"data": {"has_optin": True}}
    assert mails() == 1


@pytest.mark.parametrize(
    "act, status, after",
    [
        ("confirm", "enabled", "confirmed"),
        ("unsubscribe", "enabled", "unsubscribed"),
        ("block_self", "blocklisted", "unsubscribed"),
        ("block", "blocklisted", "unsubscribed"),
        ("complain", "blocklisted", "unsubscribed"),
        ("disable", "disabled", "unconfirmed"),
        ("activate", "enabled", "unconfirmed"),
    ],
)
def test_acts(client, sandbox, double, act, status, after):
    sandbox.act("listmonk", "subscribe", double, ANNA, values={"city": "Bonn"})
    (one,) = client("GET", "/subscribers")["results"]
    assert one["attribs"] == {"city": "Bonn"}
    sandbox.act("listmonk", act, double, ANNA)
    assert client("GET", f"/subscribers/{one['id']}")["status"] == status
    assert client.on(one["id"], double) == after
    assert all(n["via"] == "click" for n in sandbox.store.notes("reactivation"))


def test_deleting_leaves_nothing_behind(client, sandbox, single):
    first = client.add(single)["id"]
    put_on(client, first, single, "unsubscribed")
    sandbox.act("listmonk", "delete", single, ANNA)
    assert client.status("GET", f"/subscribers/{first}") == 400
    again = client.add(single)["id"]
    assert again != first
    assert client.on(again, single) == "unconfirmed"
    client("DELETE", f"/subscribers?id={again}&id=7")
    assert client("GET", "/subscribers")["total"] == 0


def test_seeded_people(client, sandbox, single):
    sandbox.seed(single, 100, unsubscribed=10, bounced=5)
    found = client("GET", "/subscribers", list_id=single, per_page="all")["results"]
    assert len(found) == 100
    assert found[50]["attribs"]["firstname"]
    assert sum(one["status"] == "blocklisted" for one in found) == 5
    left = {"list_id": single, "subscription_status": "unsubscribed"}
    assert client("GET", "/subscribers", **left)["total"] == 15


def test_refused_addresses(client, sandbox):
    sandbox.faults.add("partial", tool="listmonk", addresses="bob@")
    assert client.status("POST", "/subscribers", {"email": BOB}) == 400
    client.add()
