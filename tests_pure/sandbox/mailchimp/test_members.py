"""Mailchimp's dialect: one member, and who may come back."""

import pytest
import requests

from newsletter_sync.tests_pure.sandbox.mailchimp.client import (
    ANNA,
    BOB,
    NEEDED,
    md5,
    tags,
)


# --- one member -------------------------------------------------------------
def test_a_member(sandbox, client, audience, path):
    sandbox.clock.freeze(1637707916)
    body = {"email_address": "Anna@Example.ORG", "status": "subscribed"}
    made = client("POST", path, body | {"merge_fields": {"FNAME": "Änne"}})
    wanted = {
        "id": md5(ANNA),
        "email_address": ANNA,
        "status": "subscribed",
        "full_name": "Änne",
        "merge_fields": {"FNAME": "Änne", "LNAME": "", "ADDRESS": "", "PHONE": ""},
        "last_changed": "2021-11-23T22:51:56+00:00",
        "timestamp_signup": "",
        "tags": [],
        "list_id": audience,
        "source": "API - Generic",
    }
    assert {key: made[key] for key in wanted} == wanted
    for who in (md5(ANNA), ANNA, made["contact_id"]):
        assert client("GET", f"{path}/{who}") == made
    assert client.refused("GET", f"{path}/{md5(BOB)}")[0] == 404


@pytest.mark.parametrize(
    "email, text",
    [
        ("nonsense", "Please provide a valid email address."),
        ("a@b", "a@b looks fake or invalid, please enter a real email address."),
    ],
)
def test_bad_addresses(client, path, email, text):
    body = {"email_address": email, "status": "subscribed"}
    status, title, problem = client.refused("POST", path, body)
    assert (status, title, problem["detail"]) == (400, "Invalid Resource", text)


@pytest.mark.parametrize("status", ["archived", "nonsense", "SUBSCRIBED"])
def test_bad_status(client, path, status):
    body = {"email_address": ANNA, "status": status}
    assert client.refused("POST", path, body)[2]["errors"][0]["field"] == "status"


def test_post_is_for_new_ones(client, path, anna):
    body = {"email_address": ANNA.upper(), "status": "subscribed"}
    assert client.refused("POST", path, body)[:2] == (400, "Member Exists")
    assert client("DELETE", f"{path}/{anna['id']}") == 204
    assert client.refused("POST", path, body)[1] == "Member Exists"


def test_put_creates_and_updates(client, path):
    who = f"{path}/{md5(ANNA)}"
    assert client.refused("PUT", who, {"merge_fields": {}})[0] == 400
    body = {"email_address": ANNA}
    error = client.refused("PUT", who, body)[2]["errors"][0]
    assert error["field"] == "status_if_new"
    body["status_if_new"] = "unsubscribed"
    assert client("PUT", who, body)["status"] == "unsubscribed"
    body |= {"status_if_new": "subscribed", "merge_fields": {"FNAME": "Anna"}}
    found = client("PUT", who, body)
    assert (found["status"], found["full_name"]) == ("unsubscribed", "Anna")
    assert client.refused("PUT", f"{path}/{md5('x')}", body)[1] == "Member Exists"


def test_patch_is_for_known_ones(client, path, anna):
    body = {"merge_fields": {"FNAME": "Anna"}}
    assert client.refused("PATCH", f"{path}/{md5(BOB)}", body)[0] == 404
    assert client("PATCH", f"{path}/{anna['id']}", body)["status"] == "subscribed"
    error = client.refused("PATCH", f"{path}/{anna['id']}", {"status": "transactional"})
    assert error[0] == 400


def test_method_override(client, path, anna):
    headers = {"X-HTTP-Method-Override": "PATCH"}
    body = {"language": "de"}
    answer = client.raw("POST", f"{path}/{anna['id']}", json=body, headers=headers)
    assert answer.json()["language"] == "de"


def test_address_change(client, path, anna):
    client("POST", f"{path}/{anna['id']}/tags", tags(active=["vip"]))
    body = {"email_address": "new+1@example.org"}
    moved = client("PATCH", f"{path}/{anna['id']}", body)
    assert moved["id"] == md5("new+1@example.org")
    for key in ("contact_id", "web_id", "status"):
        assert moved[key] == anna[key]
    assert [tag["name"] for tag in moved["tags"]] == ["vip"]
    assert client.refused("GET", f"{path}/{anna['id']}")[0] == 404
    assert client("GET", f"{path}/{anna['contact_id']}")["id"] == moved["id"]
    client("POST", path, {"email_address": BOB, "status": "subscribed"})
    error = client.refused("PUT", f"{path}/{moved['id']}", {"email_address": BOB})
    assert error[1] == "Member Exists"


def test_audiences_are_apart(client, audience, path, anna):
    other = client("POST", "/lists", NEEDED)["id"]
    body = {"email_address": ANNA, "status": "unsubscribed"}
    twin = client("POST", f"/lists/{other}/members", body)
    assert twin["unique_email_id"] == anna["unique_email_id"]
    assert twin["contact_id"] != anna["contact_id"]
    client("PATCH", f"{path}/{anna['id']}", {"email_address": BOB})
    assert client("GET", f"/lists/{other}/members/{md5(ANNA)}") == twin
    assert client("GET", f"{path}/{md5(BOB)}")["status"] == "subscribed"
    found = client("GET", "/lists", email=ANNA)["lists"]
    assert [one["id"] for one in found] == [other]


def test_archive(client, path, act, anna):
    who = f"{path}/{anna['id']}"
    assert client("DELETE", who) == 204
    assert client("GET", who)["status"] == "archived"
    again = client.raw("DELETE", who)
    assert (again.status_code, again.headers["Allow"]) == (405, "GET, PUT")
    assert client("PUT", who, {"status_if_new": "subscribed"})["status"] == "archived"
    assert client("PUT", who, {"status": "subscribed"})["status"] == "subscribed"
    act("bounce")
    assert client.raw("DELETE", who).status_code == 405


def test_forgotten(client, audience, path, anna, act):
    delete = f"{path}/{anna['id']}/actions/delete-permanent"
    assert client("POST", delete) == 204
    assert client.refused("GET", f"{path}/{anna['id']}")[0] == 404
    assert client.refused("POST", delete)[0] == 404
    title = "Forgotten Email Not Subscribed"
    for status in ("subscribed", "pending", "unsubscribed"):
        body = {"email_address": ANNA, "status": status}
        assert client.refused("POST", path, body)[1] == title
        assert client.refused("PUT", f"{path}/{anna['id']}", body)[1] == title
    row = {"email_address": ANNA, "status": "subscribed"}
    batch = client("POST", f"/lists/{audience}", {"members": [row]})
    assert "permanently deleted" in batch["errors"][0]["error"]
    act("subscribe")
    assert client("GET", f"{path}/{anna['id']}")["status"] == "pending"


# --- consent ----------------------------------------------------------------
@pytest.mark.parametrize(
    "acts, wanted, answer, came_back",
    [
        (["unsubscribe"], "subscribed", "Member In Compliance State", 0),
        (["complain"], "subscribed", "Member In Compliance State", 0),
        (["bounce"], "subscribed", "Member In Compliance State", 0),
        (["bounce"], "pending", "Member In Compliance State", 0),
        (["unsubscribe"], "pending", "pending", 0),
        (["unsubscribe"], "unsubscribed", "unsubscribed", 0),
        (["deactivate"], "subscribed", "subscribed", 1),
        (["unsubscribe", "archive"], "subscribed", "subscribed", 1),
        ([], "subscribed", "subscribed", 0),
        ([], "pending", "pending", 0),
    ],
)
def test_who_may_come_back(
    sandbox, client, path, act, anna, acts, wanted, answer, came_back
):
    for name in acts:
        act(name)
    found = client("PUT", f"{path}/{anna['id']}", {"status": wanted})
    assert found.get("title", found["status"]) == answer
    assert len(sandbox.store.notes("reactivation")) == came_back
    assert len(sandbox.store.notes("mail")) == (answer == "pending")


def test_asked_again_is_not_confirmed_by_a_write(sandbox, client, path, act, anna):
    act("unsubscribe")
    who = f"{path}/{anna['id']}"
    client("PATCH", who, {"status": "pending"})
    error = client.refused("PATCH", who, {"status": "subscribed"})
    assert error[1] == "Member In Compliance State"
    (mail,) = sandbox.store.notes("mail")
    requests.post(mail["link"], timeout=10)
    assert client("GET", who)["status"] == "subscribed"
    assert sandbox.store.notes("reactivation")[0]["via"] == "click"


def test_reasons(client, path, act, anna):
    who = f"{path}/{anna['id']}"
    client("PATCH", who, {"status": "unsubscribed"})
    found = client("GET", who)
    assert found["unsubscribe_reason"] == "N/A (Unsubscribed by admin)"
    assert "unsubscribe_reason" not in client("PATCH", who, {"status": "subscribed"})


def test_updates_without_a_status_keep_it(sandbox, client, path, act, anna):
    act("unsubscribe")
    who = f"{path}/{anna['id']}"
    for method in ("PUT", "PATCH"):
        found = client(method, who, {"merge_fields": {"FNAME": method}})
        assert (found["status"], found["full_name"]) == ("unsubscribed", method)
    assert sandbox.store.notes("reactivation") == []
