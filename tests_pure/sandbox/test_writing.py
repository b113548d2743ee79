"""Writing: batches, what the times do, and calls on one recipient."""

import pytest

NOW = 1_900_000_000
#: the times of the four states before a write, and what our word for them is
STATES = {
    "subscribed": (1000, 1000, 0),
    "pending": (1000, 0, 0),
    "unsubscribed": (1000, 1000, 2000),
}


@pytest.fixture
def path(sandbox, group):
    sandbox.clock.freeze(NOW)
    # The login must live on in that future.
    sandbox.set(token_lifetime=10**10)
    return f"/groups/{group}/receivers"


@pytest.fixture
def client(sandbox, client):
    sandbox.set(token_lifetime=10**10)
    token = sandbox.tools["cleverreach"].issue()["access_token"]
    client.session.headers["Authorization"] = f"Bearer {token}"
    return client


def status(receiver):
    if receiver["deactivated"]:
        return "unsubscribed"
    return "subscribed" if receiver["activated"] else "pending"


@pytest.mark.parametrize(
    "given, wanted",
    [
        ({}, "subscribed"),
        ({"registered": 5}, "subscribed"),
        ({"registered": 5, "activated": 5}, "subscribed"),
        ({"registered": 5, "activated": 5, "deactivated": 0}, "subscribed"),
        ({"registered": 5, "activated": 0}, "pending"),
        ({"deactivated": 7}, "unsubscribed"),
        ({"activated": 5, "deactivated": 7}, "unsubscribed"),
    ],
)
@pytest.mark.parametrize("call", ["", "/insert", "/upsert", "/upsertplus"])
def test_new_receiver(client, path, call, given, wanted):
    row = {"email": "New@Example.org", **given}
    client("POST", path + call, [row] if call else row)
    found = client("GET", f"{path}/new@example.org")
    assert status(found) == wanted
    assert found["active"] is (wanted == "subscribed")
    assert found["registered"] == given.get("registered", NOW)


@pytest.mark.parametrize("before", STATES)
@pytest.mark.parametrize(
    "given, after",
    [
        ({}, {}),
        ({"registered": 3000}, {}),
        ({"deactivated": 0}, {"unsubscribed": "subscribed"}),
        ({"activated": 3000}, {"unsubscribed": "subscribed", "pending": "subscribed"}),
        ({"activated": 0}, {"subscribed": "unsubscribed"}),
        ({"activated": 0, "deactivated": 0}, {"subscribed": "unsubscribed"}),
        ({"deactivated": 3000}, dict.fromkeys(STATES, "unsubscribed")),
    ],
)
def test_known_receiver(sandbox, client, path, before, given, after):
    times = dict(
        zip(("registered", "activated", "deactivated"), STATES[before], strict=True)
    )
    client("POST", f"{path}/upsert", [{"email": "a@example.org", **times}])
    client("POST", f"{path}/upsert", [{"email": "a@example.org", **given}])
    found = client("GET", f"{path}/a@example.org")
    wanted = after.get(before, before)
    assert status(found) == wanted
    came_back = wanted == "subscribed" != before
    assert len(sandbox.store.notes("reactivation")) == came_back
    if not given:
        assert {key: found[key] for key in times} == times


def test_reactivation_says_who_and_how(sandbox, client, path):
    row = {"email": "a@example.org", "deactivated": 5}
    client("POST", f"{path}/upsert", [row])
    client("POST", f"{path}/upsert", [row | {"deactivated": 0}])
    (note,) = sandbox.store.notes("reactivation")
    assert note["email"] == "a@example.org"
    assert (note["before"], note["via"]) == ("unsubscribed", "write")


def test_upsert_answers_in_order_with_text_for_refused(client, path):
    emails = ["a@example.org", "bad", "b@example.org", "", "a@example.org"]
    answer = client("POST", f"{path}/upsert", [{"email": each} for each in emails])
    assert len(answer) == 5
    assert [isinstance(row, str) for row in answer] == [False, True, False, True, False]
    assert answer[1] == "invalid address 'bad'"
    assert answer[0]["id"] == answer[4]["id"]
    assert len(client("GET", path)) == 2


def test_upsertplus_leaves_refused_out(client, path):
    rows = [{"email": "a@example.org", "tags": ["x"]}, {"email": "bad"}]
    (row,) = client("POST", f"{path}/upsertplus", rows)
    assert row["email"] == "a@example.org" and row["tags"] == ["x"]


@pytest.mark.parametrize("call", ["upsert", "upsertplus", "insert"])
def test_all_refused_is_false(client, path, call):
    assert client("POST", f"{path}/{call}", [{"email": "bad"}, {"email": "b"}]) is False


@pytest.mark.parametrize("call", ["upsert", "upsertplus", "insert"])
def test_nothing_asked_nothing_answered(client, path, call):
    assert client("POST", f"{path}/{call}", []) == []


def test_insert_refuses_duplicates(client, path):
    client("POST", path, {"email": "a@example.org"})
    rows = [{"email": "a@example.org"}, {"email": "b@example.org"}]
    answer = client("POST", f"{path}/insert", rows)
    assert answer[0] == "duplicate address 'a@example.org'"
    assert answer[1]["status"] == "insert success"
    assert client.status("POST", path, {"email": "a@example.org"}) == 409
    assert client.status("POST", path, {"email": "bad"}) == 400


def test_update_touches_known_ones_only(client, path):
    client("POST", path, {"email": "a@example.org"})
    rows = [
        {"email": "a@example.org", "global_attributes": {"city": "Kiel"}},
        {"email": "b@example.org"},
    ]
    answer = client("PUT", f"{path}/update", rows)
    assert answer[0]["email"] == "a@example.org" and isinstance(answer[1], str)
    (row,) = client("PUT", f"{path}/updateplus", rows)
    assert row["global_attributes"]["city"] == "Kiel"
    assert client.status("GET", f"{path}/b@example.org") == 404


def test_batch_too_large(sandbox, client, path):
    rows = [{"email": f"p{i}@example.org"} for i in range(1001)]
    answer = client.raw("POST", f"/v3{path}/upsert", json=rows)
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, 413)
    assert client("GET", path) == []
    assert len(client("POST", f"{path}/upsert", rows[:1000])) == 1000
    sandbox.set(max_batch=10)
    assert client.status("POST", f"{path}/upsert", rows[:11]) == 413
    assert (
        client.status("POST", f"{path}/delete", [r["email"] for r in rows[:11]]) == 413
    )


def test_broken_bodies(client, path):
    for body in (b"{", b'"text"', b"[1, 2"):
        answer = client.raw("POST", f"/v3{path}/upsert", data=body)
        assert answer.status_code == 400


def test_values(client, group, path):
    client("POST", f"/groups/{group}/attributes", {"name": "Score", "type": "number"})
    first = {
        "email": "a@example.org",
        "attributes": {"score": 5, "undefined": "x"},
        "global_attributes": {"FIRSTNAME": "Zoë", "city": "Köln"},
    }
    client("POST", f"{path}/upsert", [first])
    second = {
        "email": "a@example.org",
        "attributes": {"score": "+2"},
        "global_attributes": {"city": ""},
    }
    client("POST", f"{path}/upsert", [second])
    found = client("GET", f"{path}/a@example.org")
    assert found["attributes"] == {"score": "7"}
    assert found["global_attributes"]["firstname"] == "Zoë"
    assert found["global_attributes"]["city"] == ""


def test_global_values_are_shared_between_groups(client, path):
    other = client("POST", "/groups", {"name": "Other"})["id"]
    row = {"email": "a@example.org", "global_attributes": {"city": "Kiel"}}
    (first,) = client("POST", f"{path}/upsertplus", [row])
    plain = [{"email": "a@example.org"}]
    (second,) = client("POST", f"/groups/{other}/receivers/upsertplus", plain)
    assert second["id"] == first["id"] and second["group_id"] == other
    assert second["global_attributes"]["city"] == "Kiel"


def test_change_part_of_one(client, path):
    client("POST", path, {"email": "a@example.org", "deactivated": 5})
    body = {"global_attributes": {"city": "Kiel"}}
    found = client("PUT", f"{path}/a@example.org", body)
    assert found["global_attributes"]["city"] == "Kiel" and found["deactivated"] == 5


@pytest.mark.parametrize(
    "off, on", [("deactivate", "activate"), ("setinactive", "setactive")]
)
def test_in_and_out(sandbox, client, path, off, on):
    client("POST", path, {"email": "a@example.org"})
    assert client("PUT", f"{path}/a@example.org/{off}") is True
    assert client("GET", f"{path}/a@example.org")["deactivated"] == NOW
    sandbox.clock.advance(10)
    client("PUT", f"{path}/a@example.org/{off}")
    assert client("GET", f"{path}/a@example.org")["deactivated"] == NOW
    assert client("PUT", f"{path}/a@example.org/{on}") is True
    found = client("GET", f"{path}/a@example.org")
    assert found["active"] and found["activated"] == NOW + 10
    assert sandbox.store.notes("reactivation")[0]["via"] == "activate"
    assert client.status("PUT", f"{path}/b@example.org/{off}") == 404


def test_leaving_one_group_keeps_the_other(client, group, path):
    other = client("POST", "/groups", {"name": "Other"})["id"]
    for each in (group, other):
        client("POST", f"/groups/{each}/receivers", {"email": "a@example.org"})
    client("PUT", f"{path}/a@example.org/deactivate")
    assert client("GET", f"/groups/{other}/receivers/a@example.org")["active"]


def test_delete_forgets(client, path):
    old = client("POST", path, {"email": "a@example.org", "deactivated": 5})
    assert client("DELETE", f"{path}/{old['id']}") is True
    assert client.status("DELETE", f"{path}/a@example.org") == 404
    new = client("POST", path, {"email": "a@example.org"})
    assert new["id"] != old["id"] and new["active"]


def test_delete_many_and_everywhere(client, group, path):
    other = client("POST", "/groups", {"name": "Other"})["id"]
    emails = [f"p{i}@example.org" for i in range(4)]
    for each in (group, other):
        rows = [{"email": email} for email in emails]
        client("POST", f"/groups/{each}/receivers/upsert", rows)
    client("POST", f"{path}/delete", [emails[0], "no@example.org"])
    assert client("DELETE", f"/receivers/{emails[1]}") is True
    client("POST", "/receivers/delete", {"receivers": [emails[2].upper()]})
    assert [one["email"] for one in client("GET", path)] == [emails[3]]
    left = client("GET", f"/groups/{other}/receivers")
    assert [one["email"] for one in left] == [emails[0], emails[3]]


def test_address_change_keeps_the_id(client, path):
    old = client("POST", path, {"email": "a@example.org"})
    client("POST", path, {"email": "b@example.org"})
    change = f"/receivers/{old['id']}/email"
    assert client.status("PUT", change, {"email": "B@example.org"}) == 409
    assert client.status("PUT", change, {"email": "bad"}) == 400
    assert client.status("PUT", change, {"email": "new+1@example.org"}) == 200
    assert client("GET", f"{path}/new%2B1%40example.org")["id"] == old["id"]
    assert client.status("GET", f"{path}/a@example.org") == 404


def test_clone_and_single_value(client, path):
    client("POST", path, {"email": "a@example.org"})
    value = {"value": "Kiel"}
    assert client("PUT", "/receivers/a@example.org/attributes/city", value) is True
    assert client("GET", "/receivers/a@example.org/attributes")["city"] == "Kiel"
    twin = client("POST", "/receivers/a@example.org/clone", {"email": "c@example.org"})
    assert twin["global_attributes"]["city"] == "Kiel"
    assert twin["id"] != client("GET", "/receivers/a@example.org")["id"]


@pytest.mark.parametrize("oddity", ["wrapped", "int_ids", "row_objects", "error_200"])
def test_oddities(sandbox, client, group, path, oddity):
    sandbox.set(awkward={oddity})
    rows = [{"email": "a@example.org"}, {"email": "bad"}]
    answer = client("POST", f"{path}/upsert", rows)
    groups = [client("GET", f"/groups/{group}") for _ in range(2)]
    missing = client.raw("GET", "/v3/receivers/1")
    assert isinstance(answer[1], dict) is (oddity == "row_objects")
    assert isinstance(answer[0]["id"], int) is (oddity == "int_ids")
    assert any(isinstance(one, list) for one in groups) is (oddity == "wrapped")
    assert (missing.status_code == 200) is (oddity == "error_200")
    assert missing.json()["error"]["code"] == 404
