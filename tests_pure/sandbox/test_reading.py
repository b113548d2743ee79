"""Reading recipients: pages, single ones, filters, tags, events."""

import pytest


def pages(client, group, size, **more):
    page, found = 0, []
    while True:
        got = client(
            "GET", f"/groups/{group}/receivers", pagesize=size, page=page, **more
        )
        found += got
        if len(got) < size:
            return found
        page += 1


@pytest.mark.parametrize("number", [0, 1, 49, 50, 51, 1000, 1001])
def test_pages_give_everybody_once(sandbox, client, group, number):
    sandbox.seed(group, number)
    found = [one["email"] for one in pages(client, group, 50)]
    assert found == [f"person{i:07d}@example.org" for i in range(number)]


def test_ten_thousand_in_two_pages_and_an_empty_one(sandbox, client, group):
    sandbox.seed(group, 10_000)
    assert len(pages(client, group, 5000)) == 10_000
    assert sandbox.requests.count("GET", "/receivers$") == 3


def test_default_and_largest_page(sandbox, client, group):
    sandbox.seed(group, 6000)
    assert len(client("GET", f"/groups/{group}/receivers")) == 50
    assert len(client("GET", f"/groups/{group}/receivers", pagesize=9999)) == 5000


@pytest.mark.parametrize("order", ["id asc", "email asc"])
def test_a_deletion_between_two_pages_moves_the_next(sandbox, client, group, order):
    sandbox.seed(group, 30)
    path = f"/groups/{group}/receivers"
    asked = {"pagesize": 10, "order_by": order}
    client("GET", path, page=0, **asked)
    client("DELETE", f"{path}/person0000000@example.org")
    second = client("GET", path, page=1, **asked)
    assert second[0]["email"] == "person0000011@example.org"


def test_new_people_come_last_while_paging(sandbox, client, group):
    sandbox.seed(group, 30)
    first = client("GET", f"/groups/{group}/receivers", pagesize=20)
    sandbox.act("cleverreach", "subscribe", group, "aaa@example.org")
    second = client("GET", f"/groups/{group}/receivers", pagesize=20, page=1)
    emails = [one["email"] for one in first + second]
    assert len(set(emails)) == 31 and emails[-1] == "aaa@example.org"


def test_page_that_was_empty_fills(sandbox, client, group):
    path = f"/groups/{group}/receivers"
    sandbox.seed(group, 5)
    assert client("GET", path, pagesize=10, page=1) == []
    sandbox.seed(group, 10, start=5)
    assert len(client("GET", path, pagesize=10, page=1)) == 5


def test_order_by_email(sandbox, client, group):
    sandbox.seed(group, 60)
    client("POST", f"/groups/{group}/receivers", {"email": "a@example.org"})
    found = [one["email"] for one in pages(client, group, 25, order_by="email asc")]
    assert found == sorted(found) and len(found) == 61


@pytest.mark.parametrize(
    "kind, number", [("all", 100), ("active", 91), ("inactive", 6), ("bounce", 3)]
)
def test_types(sandbox, client, group, kind, number):
    sandbox.seed(group, 100, unsubscribed=4, bounced=3, pending=2)
    assert len(pages(client, group, 40, type=kind)) == number


def test_unknown_type(client, group):
    assert client.status("GET", f"/groups/{group}/receivers", type="x") == 400


def test_chosen_ones_by_query_and_by_body(sandbox, client, group):
    sandbox.seed(group, 20)
    emails = [
        "PERSON0000003@example.org",
        "person0000004@example.org",
        "no@example.org",
    ]
    path = f"/groups/{group}/receivers"
    found = client("GET", path, email_list=",".join(emails))
    assert len(found) == 2
    ids = [one["id"] for one in found]
    by_body = client("POST", f"/groups/{group}/get_receivers", {"id_list": ids})
    assert by_body == found
    by_text = client(
        "POST", f"/groups/{group}/get_receivers", {"email_list": ",".join(emails)}
    )
    assert by_text == found


def test_profile_shape(sandbox, client, group):
    sandbox.seed(group, 1)
    client("POST", f"/groups/{group}/attributes", {"name": "Size", "type": "number"})
    path = f"/groups/{group}/receivers/person0000000@example.org"
    found = client("GET", path)
    assert found["id"].isdigit() and found["group_id"] == group
    assert found["active"] is True
    assert found["activated"] > 0 and found["deactivated"] == 0
    assert found["global_attributes"]["firstname"] == "Anna"
    assert found["attributes"] == {"size": ""}
    assert not {"events", "orders", "tags"} & found.keys()
    assert client("GET", path, detail=7).keys() - found.keys() == {
        "events",
        "orders",
        "tags",
    }
    assert client("GET", f"/groups/{group}/receivers/{found['id']}") == found
    assert client("GET", f"/receivers/{found['id']}") == found
    assert client("GET", f"/receivers/{found['email']}", group_id=group) == found


def test_not_there(client, group):
    for path in ("/receivers/1", "/receivers/x@example.org", "/groups/1/receivers/1"):
        assert client.status("GET", path) == 404
    assert client.status("GET", f"/groups/{group}/receivers/x@example.org") == 404


@pytest.mark.parametrize(
    "rules, number",
    [
        ([("deactivated", "bg", 0)], 4),
        ([("bounced", "bg", 0)], 3),
        ([("activated", "bg", 0)], 98),
        ([("email", "eq", "PERSON0000007@example.org")], 1),
        ([("email", "contains", "00001")], 11),
        ([("email", "contains", "_")], 0),
        ([("firstname", "eq", "Ben")], 11),
        ([("firstname", "eq", "Ben"), ("deactivated", "bg", 0)], 1),
        ([], 100),
    ],
)
def test_filter_rules(sandbox, client, group, rules, number):
    sandbox.seed(group, 100, unsubscribed=4, bounced=3, pending=2)
    keys = ("field", "logic", "condition")
    body = {"rules": [dict(zip(keys, rule, strict=True)) for rule in rules]}
    asked = body | {"groups": [group], "operator": "AND", "pagesize": 1000}
    assert len(client("POST", "/receivers/filter", asked)) == number
    made = client("POST", f"/groups/{group}/filters", body | {"name": "F"})
    assert made["success"] is True
    path = f"/groups/{group}/filters/{made['id']}"
    assert client("GET", f"{path}/count") == number
    assert len(client("GET", f"{path}/receivers", pagesize=1000)) == number


def test_filter_changed_since(sandbox, client, group):
    sandbox.clock.freeze()
    sandbox.seed(group, 20)
    sandbox.clock.advance(100)
    now = int(sandbox.clock.now())
    sandbox.act("cleverreach", "unsubscribe", group, "person0000005@example.org")
    rule = {"field": "deactivated", "logic": "bg", "condition": now - 1}
    body = {"groups": [group], "rules": [rule]}
    (found,) = client("POST", "/receivers/filter", body)
    assert found["email"] == "person0000005@example.org"
    rule["condition"] = now
    assert client("POST", "/receivers/filter", body) == []


@pytest.mark.parametrize(
    "rule",
    [
        {"field": "email", "logic": "sm", "condition": "x"},
        {"field": "nobody_knows", "logic": "eq", "condition": "x"},
    ],
)
def test_unknown_rules_are_refused(client, group, rule):
    assert client.status("POST", "/receivers/filter", {"rules": [rule]}) == 400


def test_filter_over_all_groups_names_each_membership(sandbox, client, group):
    other = client("POST", "/groups", {"name": "Other"})["id"]
    for each in (group, other):
        client("POST", f"/groups/{each}/receivers", {"email": "a@example.org"})
    found = client("POST", "/receivers/filter", {"rules": []})
    assert {one["group_id"] for one in found} == {group, other}
    assert len({one["id"] for one in found}) == 1
    assert len(client("GET", "/receivers/a@example.org/groups")) == 2


def test_tags(client, group):
    path = f"/groups/{group}/receivers"
    row = {"email": "a@example.org", "tags": ["Shop.big spender", "Shop.new", "x"]}
    client("POST", f"{path}/upsert", [row])

    def tags():
        return client("GET", f"{path}/a@example.org", detail=4)["tags"]

    assert tags() == ["Shop.big_spender", "Shop.new", "x"]
    client("POST", f"{path}/upsert", [{"email": "a@example.org", "tags": ["-x", "y"]}])
    assert tags() == ["Shop.big_spender", "Shop.new", "y"]
    client("POST", f"{path}/upsert", [{"email": "a@example.org", "tags": ["-Shop.*"]}])
    assert tags() == ["y"]
    assert client(
        "POST", "/receivers/a@example.org/tags", {"tags": ["z"], "group_id": group}
    ) == ["z"]
    assert client("GET", "/tags", group_id=group) == ["y", "z"]
    assert client("GET", "/tags/count", tag="z", group_id=group) == 1
    assert client("GET", "/tags/count", tag="z", active="true") == 1
    assert client("GET", "/tags/count", tag="none") == 0


def test_events_newest_first_and_at_most_250(sandbox, client, group):
    client("POST", f"/groups/{group}/receivers", {"email": "a@example.org"})
    path = f"/groups/{group}/receivers/a@example.org/events"
    assert client("POST", path, {"type": "api", "value": "first"}) is True
    member = sandbox.store.member(int(group), "a@example.org")
    for number in range(260):
        sandbox.tools["cleverreach"].event(member, "mail_open", str(number))
    events = client("GET", path)
    assert len(events) == 250
    assert events[0]["value"] == "259" and events[0]["groups_id"] == group


def test_bounced_list(sandbox, client, group):
    sandbox.seed(group, 100, bounced=3)
    assert len(client("GET", "/receivers/bounced")) == 3
