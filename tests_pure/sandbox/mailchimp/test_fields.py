"""Mailchimp's dialect: merge fields, tags, segments, interests."""

import pytest

from newsletter_sync.tests_pure.sandbox.mailchimp.client import (
    ANNA,
    BOB,
    FULL,
    md5,
    tags,
)


# --- merge fields -----------------------------------------------------------
def test_merge_fields(client, audience):
    path = f"/lists/{audience}/merge-fields"
    found = client("GET", path)["merge_fields"]
    assert [one["tag"] for one in found] == ["FNAME", "LNAME", "ADDRESS", "PHONE"]
    made = client("POST", path, {"name": "Kunde", "type": "text"})
    assert (made["tag"], made["merge_id"]) == ("MMERGE5", 5)
    for body in (
        {"name": "x", "type": "text", "tag": "FNAME"},
        {"name": "x", "type": "text", "tag": "ELEVENCHARS"},
        {"name": "x", "type": "nonsense"},
        {"type": "text"},
    ):
        assert client.refused("POST", path, body)[0] == 400
    changed = client("PATCH", f"{path}/5", {"name": "Neu", "type": "number"})
    assert (changed["name"], changed["type"]) == ("Neu", "text")
    assert client("DELETE", f"{path}/5") == 204
    for _ in range(26):
        client("POST", path, {"name": "x", "type": "text"})
    assert client.refused("POST", path, {"name": "x", "type": "text"})[0] == 400
    assert client("GET", path)["total_items"] == 30


@pytest.mark.parametrize(
    "kind, given, read",
    [
        ("text", "Zoë", "Zoë"),
        ("text", 5, "5"),
        ("number", 5, 5),
        ("number", "5.5", 5.5),
        ("date", "2024-02-29", "2024-02-29"),
        ("date", "02/29/2024", "2024-02-29"),
        ("birthday", "02/29", "02/29"),
        ("dropdown", "m", "m"),
        ("url", "https://www.example.org", "https://www.example.org"),
        ("phone", "+49 171 5550123", "+49 171 5550123"),
        ("address", FULL, FULL | {"addr2": "", "country": ""}),
        ("address", {"addr1": "", "city": ""}, ""),
    ],
)
def test_values(client, audience, path, anna, kind, given, read):
    body = {"name": "x", "type": kind, "tag": "X", "options": {"choices": ["m", "w"]}}
    client("POST", f"/lists/{audience}/merge-fields", body)
    who = f"{path}/{anna['id']}"
    body = {"merge_fields": {"X": given, "NOBODY": "x"}}
    found = client("PATCH", who, body)["merge_fields"]
    assert found["X"] == read and "NOBODY" not in found
    client("PATCH", who, {"merge_fields": {"X": None}})
    assert client("GET", who)["merge_fields"]["X"] == read
    found = client("PATCH", who, {"merge_fields": {"X": ""}})
    assert found["merge_fields"]["X"] == ""


@pytest.mark.parametrize(
    "kind, given, message",
    [
        ("number", "many", "Please enter a number"),
        ("dropdown", "z", "Value must be one of: m, w,  (not z)"),
        ("text", True, "Schema describes string, boolean found instead"),
        ("date", "29.02.2024", "Please enter the date"),
        ("birthday", "29/02", "Please enter MM/DD"),
        ("address", {"addr1": "Weg 1"}, "Please enter a complete address"),
        ("address", "Weg 1", "Please enter a complete address"),
    ],
)
def test_values_refused(client, audience, path, anna, kind, given, message):
    body = {"name": "x", "type": kind, "tag": "X", "options": {"choices": ["m", "w"]}}
    client("POST", f"/lists/{audience}/merge-fields", body)
    body = {"merge_fields": {"FNAME": "A", "X": given}}
    who = f"{path}/{anna['id']}"
    status, title, problem = client.refused("PATCH", who, body)
    assert (status, title) == (400, "Invalid Resource")
    assert problem["detail"] == "Your merge fields were invalid."
    assert problem["errors"] == [{"field": "X", "message": message}]
    assert client("GET", who)["full_name"] == ""


def test_required_fields(client, audience, path):
    body = {"name": "x", "type": "text", "tag": "X", "required": True}
    client("POST", f"/lists/{audience}/merge-fields", body)
    body = {"email_address": ANNA, "status": "subscribed"}
    assert client.refused("POST", path, body)[2]["errors"][0]["field"] == "X"
    made = client("POST", path, body, skip_merge_validation="true")
    assert made["status"] == "subscribed"
    row = {"email_address": BOB, "status": "subscribed"}
    (error,) = client("POST", f"/lists/{audience}", {"members": [row]})["errors"]
    assert (error["error_code"], error["field"]) == ("ERROR_GENERIC", "X")


# --- tags, segments, interests ----------------------------------------------
def test_tags(client, audience, path, anna):
    who = f"{path}/{anna['id']}/tags"
    assert client("POST", who, tags(active=["VIP", "*star*"])) == 204
    assert client("POST", who, tags(active=["vip"], inactive=["none"])) == 204
    found = client("GET", who)
    assert {tag["name"] for tag in found["tags"]} == {"VIP", "*star*"}
    assert all(tag["date_added"] for tag in found["tags"])
    assert client("POST", who, tags(inactive=["*STAR*"])) == 204
    assert client("GET", f"{path}/{anna['id']}")["tags_count"] == 1
    search = client("GET", f"/lists/{audience}/tag-search", name="v")
    assert [tag["name"] for tag in search["tags"]] == ["VIP"]
    missing = f"{path}/{md5(BOB)}/tags"
    assert client.refused("POST", missing, tags(active=["x"]))[0] == 404


def test_segments(client, audience, path, anna, act):
    call = f"/lists/{audience}/segments"
    made = client("POST", call, {"name": "VIP", "static_segment": [ANNA]})
    assert (made["type"], made["member_count"]) == ("static", 1)
    assert client.refused("POST", call, {"name": "vip", "static_segment": []})[0] == 400
    client("POST", path, {"email_address": BOB, "status": "subscribed"})
    body = {"members_to_add": [BOB, "x@example.org"], "members_to_remove": [ANNA]}
    found = client("POST", f"{call}/{made['id']}", body)
    assert (found["total_added"], found["total_removed"]) == (1, 1)
    assert found["errors"][0]["email_addresses"] == ["x@example.org"]
    assert client("GET", f"{call}/{made['id']}/members")["total_items"] == 1
    act("unsubscribe", BOB)
    assert client("GET", f"{call}/{made['id']}/members")["total_items"] == 0
    more = {"include_unsubscribed": "true"}
    assert client("GET", f"{call}/{made['id']}/members", **more)["total_items"] == 1
    assert client("GET", call, type="static")["segments"][0]["name"] == "VIP"
    many = {"members_to_add": [f"p{n}@example.org" for n in range(501)]}
    assert client.refused("POST", f"{call}/{made['id']}", many)[0] == 400
    assert client("DELETE", f"{call}/{made['id']}") == 204
    assert client("GET", f"{path}/{md5(BOB)}")["tags"] == []


def test_interests(client, audience, path, anna):
    call = f"/lists/{audience}/interest-categories"
    made = client("POST", call, {"title": "Themen", "type": "checkboxes"})
    call += f"/{made['id']}/interests"
    sport = client("POST", call, {"name": "Sport"})["id"]
    assert client("GET", call)["total_items"] == 1
    who = f"{path}/{anna['id']}"
    assert client("GET", who)["interests"] == {sport: False}
    assert client("PATCH", who, {"interests": {sport: True}})["interests"][sport]
    assert client.refused("PATCH", who, {"interests": {"x": True}})[0] == 400
    params = {"interest_ids": sport, "interest_match": "any"}
    assert client("GET", path, **params)["total_items"] == 1
