"""listmonk's dialect: one row or test for each fact of the provider notes."""

import io
import json
import zipfile

import pytest
import requests

ANNA, BOB = "anna@example.org", "bob@example.org"
LOGIN = ("odoo", "sandbox-token")
TEXTS = {
    "en": "E-mail already exists.",
    "de": "E-Mail existiert bereits.",
}


class Client:
    """Speaks to one sandbox's listmonk."""

    def __init__(self, sandbox):
        self.base = sandbox.url("listmonk")

    def raw(self, method, path, json=None, auth=LOGIN, **options):
        return requests.request(
            method, self.base + path, json=json, auth=auth, timeout=20, **options
        )

    def __call__(self, method, path, json=None, **params):
        reply = self.raw(method, "/api" + path, json, params=params)
        assert reply.ok, (reply.status_code, reply.text)
        return reply.json()["data"]

    def status(self, method, path, json=None, **params):
        return self.raw(method, "/api" + path, json, params=params).status_code

    def add(self, *lists, email=ANNA, **more):
        return self("POST", "/subscribers", {"email": email, "lists": lists, **more})

    def on(self, id, list_id):
        """Somebody's status on a list; None if not there."""
        for each in self("GET", f"/subscribers/{id}")["lists"]:
            if each["id"] == list_id:
                return each["subscription_status"]
        return None


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


def put_on(client, id, list_id, status):
    if status:
        body = {"ids": [id], "action": "add", "target_list_ids": [list_id]}
        client("PUT", "/subscribers/lists", body | {"status": status})


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
