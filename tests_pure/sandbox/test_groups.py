"""Groups and attributes."""

import pytest


def test_group_shape_and_life(client):
    made = client("POST", "/groups.json", {"name": "A", "receiver_info": "x"})
    assert isinstance(made["id"], str)
    assert made["locked"] is False and made["backup"] is True
    assert isinstance(made["stamp"], int) and made["last_mailing"] == 0
    path = f"/groups/{made['id']}"
    assert client("PUT", path, {"name": "B"})["name"] == "B"
    assert client("GET", path)["receiver_info"] == "x"
    assert client("DELETE", path) is True
    assert client.status("GET", path) == 404


def test_list_is_not_paged_and_sorts(client):
    for number in range(60):
        client("POST", "/groups", {"name": f"G{number:02d}"})
    assert len(client("GET", "/groups")) == 60
    names = [one["name"] for one in client("GET", "/groups", order="name DESC")]
    assert names == sorted(names, reverse=True)


@pytest.mark.parametrize(
    "method, path, status",
    [
        ("GET", "/groups/1", 404),
        ("GET", "/groups/x", 404),
        ("GET", "/groups/", 404),
        ("DELETE", "/groups/", 404),
        ("DELETE", "/groups//receivers/1", 404),
        ("GET", "/mailings", 404),
        ("GET", "/reports", 404),
        ("PATCH", "/groups", 405),
        ("POST", "/groups", 400),
    ],
)
def test_errors_have_a_body(client, method, path, status):
    answer = client.raw(method, "/v3" + path)
    assert answer.status_code == status
    assert answer.json()["error"]["code"] == status
    assert answer.json()["error"]["message"]


def test_suffix_belongs_to_the_first_segment_only(client, group):
    assert client.status("GET", f"/groups.json/{group}/receivers") == 200
    assert client.status("GET", f"/groups/{group}/receivers.json") == 404


def test_clear_empties_and_is_noted(sandbox, client, group):
    sandbox.seed(group, 3)
    assert client("DELETE", f"/groups/{group}/clear") is True
    assert client("GET", f"/groups/{group}/receivers") == []
    assert len(sandbox.store.notes("clear")) == 1


def test_stats_count_and_lag(sandbox, client, group):
    sandbox.set(stats_lag=60)
    sandbox.clock.freeze()
    sandbox.seed(group, 100, unsubscribed=4, bounced=3, pending=2)
    stats = client("GET", f"/groups/{group}/stats")
    wanted = {"total": 100, "active": 91, "inactive": 6, "bounce": 3}
    assert {key: stats[f"{key}_count"] for key in wanted} == wanted
    sandbox.seed(group, 10, start=100)
    assert client("GET", f"/groups/{group}/stats")["total_count"] == 100
    sandbox.clock.advance(60)
    assert client("GET", f"/groups/{group}/stats")["total_count"] == 110


@pytest.mark.parametrize(
    "name, technical",
    [("Shoe size", "shoe_size"), ("VIP", "vip"), ("Größe (cm)", "gr__e__cm_")],
)
def test_attribute_name_is_made_technical(client, name, technical):
    made = client("POST", "/attributes", {"name": name, "type": "text"})
    assert made["name"] == technical
    assert made["description"] == name
    assert made["groups_id"] == "0"
    assert made["tag"] == "{" + technical.upper() + "}"


def test_attribute_conflict_and_scope(client, group):
    body = {"name": "Shoe size", "type": "number"}
    assert client("POST", f"/groups/{group}/attributes", body)["groups_id"] == group
    assert client.status("POST", f"/groups/{group}/attributes", body) == 409
    assert client.status("POST", "/attributes", body | {"group_id": group}) == 409
    assert client.status("POST", "/attributes", body) == 200
    assert len(client("GET", "/attributes", group_id=group)) == 1
    assert len(client("GET", f"/groups/{group}/attributes")) == 1
    assert client.status("POST", "/attributes", {"name": "x", "type": "blob"}) == 400


def test_attribute_limit(client, group):
    limit = client("GET", "/attributes/limits")
    there = len(client("GET", "/attributes"))
    for number in range(limit - there):
        body = {"name": f"a{number}", "type": "text"}
        assert client.status("POST", f"/groups/{group}/attributes", body) == 200
    assert client.status("POST", "/attributes", {"name": "one more"}) == 400


def test_attribute_change_and_delete(client, group):
    made = client("POST", "/attributes", {"name": "Hat", "type": "text"})
    path = f"/attributes/{made['id']}"
    assert client("PUT", path, {"description": "Cap"})["description"] == "Cap"
    row = {"email": "a@example.org", "global_attributes": {"hat": "blue"}}
    client("POST", f"/groups/{group}/receivers", row)
    assert client("DELETE", path) is True
    assert client.status("DELETE", path) == 404
    client("POST", "/attributes", {"name": "Hat", "type": "text"})
    there = client("GET", f"/groups/{group}/receivers/a@example.org")
    assert there["global_attributes"]["hat"] == ""
