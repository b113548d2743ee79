"""Mailman's dialect: one row or test for each fact that the provider notes measured."""

import pytest
import requests

LOGIN = ("restadmin", "restpass")
ANNA, BOB = "anna@example.org", "bob@example.org"
LIST = "weekly.news.example.test"
POLICIES = ("open", "confirm", "moderate", "confirm_then_moderate")
ALL = {"pre_verified": True, "pre_confirmed": True, "pre_approved": True}


class Client:
    """Speaks to one sandbox's Mailman."""

    def __init__(self, sandbox):
        self.base = sandbox.url("mailman") + "/3.1"

    def raw(self, method, path, data=None, auth=LOGIN, **options):
        return requests.request(
            method, self.base + path, data=data, auth=auth, timeout=20, **options
        )

    def __call__(self, method, path, data=None, **params):
        reply = self.raw(method, path, data, params=params)
        assert reply.ok, (reply.status_code, reply.text)
        return reply.json() if reply.content else reply.headers.get("Location")

    def refused(self, method, path, data=None, **params):
        reply = self.raw(method, path, data, params=params)
        # Only some of the 404s have one.
        text = reply.json().get("description", "")
        return reply.status_code, "" if reply.status_code == 404 else text

    def add(self, email=ANNA, **more):
        given = {"list_id": LIST, "subscriber": email, **ALL, **more}
        return self("POST", "/members", given).rpartition("/")[2]

    def emails(self, **params):
        found = self("GET", f"/lists/{LIST}/roster/member", **params)
        return [entry["email"] for entry in found.get("entries", [])]


@pytest.fixture
def client(sandbox):
    client = Client(sandbox)
    client("POST", "/lists", {"fqdn_listname": "weekly@news.example.test"})
    return client


@pytest.fixture
def act(sandbox, client):
    """``act(name, email)`` on the list."""
    return lambda name, email=ANNA, **more: sandbox.act(
        "mailman", name, LIST, email, **more
    )


# --- conventions ------------------------------------------------------------------
@pytest.mark.parametrize("auth", [None, ("restadmin", "wrong"), ("", "")])
def test_a_login_that_is_wrong(client, auth):
    reply = client.raw("GET", "/system/versions", auth=auth)
    assert reply.status_code == 401
    assert reply.json()["description"] == "REST API authorization failed"
    assert reply.headers["WWW-Authenticate"].startswith("Basic ")


@pytest.mark.parametrize(
    "method, path, data, status, text",
    [
        ("GET", "/nothing", None, 404, ""),
        ("GET", "/lists/none.example.test", None, 404, ""),
        ("GET", f"/lists/{LIST}/member/{BOB}", None, 404, ""),
        ("GET", "/members/12", None, 404, ""),
        ("POST", "/members", {"subscriber": ANNA}, 400, "Missing Parameter: list_id"),
        (
            "POST",
            "/members",
            {"list_id": LIST, "subscriber": ANNA, "foo": 1},
            400,
            "Unexpected parameters: foo",
        ),
        (
            "POST",
            "/members",
            {"list_id": LIST, "subscriber": "ü@example.org"},
            400,
            'Invalid Parameter "subscriber": .',
        ),
        (
            "POST",
            "/members",
            {"list_id": "no.example.test", "subscriber": ANNA},
            400,
            "No such list",
        ),
        (
            "POST",
            "/lists",
            {"fqdn_listname": "x@other.test"},
            400,
            "Domain does not exist: other.test",
        ),
        (
            "POST",
            "/lists",
            {"fqdn_listname": "weekly@news.example.test"},
            400,
            "Mailing list exists",
        ),
        (
            "POST",
            "/domains",
            {"mail_host": "news.example.test"},
            400,
            "Duplicate email host: news.example.test",
        ),
    ],
)
def test_refusals(client, method, path, data, status, text):
    assert client.refused(method, path, data) == (status, text)


def test_json_and_forms_are_both_taken(client):
    for email, how in ((ANNA, "json"), (BOB, "data")):
        body = {"list_id": LIST, "subscriber": email, **ALL}
        options = {how: body}
        assert client.raw("POST", "/members", **options).status_code == 201
    assert client.emails() == [ANNA, BOB]


def test_created_has_a_link_and_no_body(client):
    given = {"list_id": LIST, "subscriber": ANNA, **ALL}
    reply = client.raw("POST", "/members", given)
    assert (reply.status_code, reply.content) == (201, b"")
    link = reply.headers["Location"]
    assert requests.get(link, auth=LOGIN, timeout=20).json()["email"] == ANNA


def test_links_may_name_another_host(client, sandbox):
    sandbox.set(awkward={"foreign_links"})
    link = client("GET", f"/lists/{LIST}")["self_link"]
    assert link.startswith("http://mailman-core.example.test:8001/3.1/")


# --- pages ------------------------------------------------------------------------
@pytest.mark.parametrize(
    "params, status, wanted",
    [
        ({}, 200, "abc"),
        ({"count": 2, "page": 1}, 200, "ab"),
        ({"count": 2, "page": 2}, 200, "c"),
        ({"count": 2, "page": 3}, 200, ""),
        ({"count": 0, "page": 1}, 200, ""),
        ({"count": 2}, 500, ""),
        ({"page": 1}, 500, ""),
        ({"count": -1, "page": 1}, 400, ""),
        ({"count": 1, "page": 0}, 400, ""),
    ],
)
def test_pages(client, params, status, wanted):
    for name in "cab":
        client.add(f"{name}@example.org")
    reply = client.raw("GET", f"/lists/{LIST}/roster/member", params=params)
    assert reply.status_code == status
    if status == 200:
        assert reply.json()["total_size"] == 3
        assert ("entries" in reply.json()) == bool(wanted)
        assert client.emails(**params) == [f"{name}@example.org" for name in wanted]


def test_columns_may_be_chosen(client):
    client.add()
    found = client("GET", f"/lists/{LIST}/roster/member", fields=["email"])
    assert set(found["entries"][0]) == {"email", "http_etag"}


# --- subscribing ------------------------------------------------------------------
#: flags → answer by policy: who has to act next, "" for a member
WAYS = {
    (): ("subscriber",) * 4,
    ("pre_verified",): ("", "subscriber", "moderator", "subscriber"),
    ("pre_verified", "pre_confirmed"): ("", "", "moderator", "moderator"),
    ("pre_verified", "pre_confirmed", "pre_approved"): ("",) * 4,
    ("pre_confirmed", "pre_approved"): ("subscriber",) * 4,
    ("invitation",): ("subscriber",) * 4,
}


@pytest.mark.parametrize("flags", WAYS)
@pytest.mark.parametrize("policy", range(len(POLICIES)))
def test_policy_and_flags(client, policy, flags):
    client("PATCH", f"/lists/{LIST}/config", {"subscription_policy": POLICIES[policy]})
    given = {"list_id": LIST, "subscriber": ANNA, **dict.fromkeys(flags, True)}
    reply = client.raw("POST", "/members", given)
    owner = WAYS[flags][policy]
    assert reply.status_code == (202 if owner else 201)
    assert (reply.json()["token_owner"] if owner else "") == owner
    assert client.emails() == ([] if owner else [ANNA])


@pytest.mark.parametrize(
    "before, status, text",
    [
        ("member", 409, "Member already subscribed"),
        ("pending", 409, "Subscription request already pending"),
        ("banned here", 400, "Membership is banned"),
        ("banned everywhere", 400, "Membership is banned"),
    ],
)
def test_who_cannot_be_subscribed(client, before, status, text):
    if before == "member":
        client.add()
    elif before == "pending":
        client("POST", "/members", {"list_id": LIST, "subscriber": ANNA})
    else:
        where = "/bans" if "everywhere" in before else f"/lists/{LIST}/bans"
        client("POST", where, {"email": ANNA})
    given = {"list_id": LIST, "subscriber": ANNA.upper(), **ALL}
    assert client.refused("POST", "/members", given) == (status, text)


def test_a_name_counts_only_where_the_address_is_new(client):
    first = client.add(display_name="Anna")
    client("DELETE", f"/members/{first}")
    second = client.add(display_name="Other")
    assert first != second
    assert client("GET", f"/members/{second}")["display_name"] == "Anna"
    client("PATCH", f"/addresses/{ANNA}", {"display_name": ""})
    # The user's own name shows through.
    assert client("GET", f"/members/{second}")["display_name"] == "Anna"


@pytest.mark.parametrize("action", ["accept", "reject", "discard", "defer", "hold"])
def test_requests_are_settled(client, action):
    client("POST", "/members", {"list_id": LIST, "subscriber": ANNA})
    (pending,) = client("GET", f"/lists/{LIST}/requests")["entries"]
    assert (pending["email"], pending["type"]) == (ANNA, "subscription")
    path = f"/lists/{LIST}/requests/{pending['token']}"
    client("POST", path, {"action": action})
    assert client.emails() == ([ANNA] if action == "accept" else [])
    gone = action in ("accept", "reject", "discard")
    assert (client.raw("GET", path).status_code == 404) == gone
    assert client("GET", f"/lists/{LIST}/requests/count")["count"] == int(not gone)


def test_the_person_answers_the_mail(client, sandbox):
    client("POST", "/members", {"list_id": LIST, "subscriber": ANNA})
    (mail,) = sandbox.store.notes("mail")
    assert requests.get(mail["link"], timeout=20).ok
    assert client.emails() == []
    assert requests.post(mail["link"], timeout=20).ok
    assert client.emails() == [ANNA]
    assert "verified_on" in client("GET", f"/addresses/{ANNA}")
    assert requests.post(mail["link"], timeout=20).status_code == 404


# --- leaving, pausing, bouncing ---------------------------------------------------
def test_leaving_leaves_an_address_only(client):
    member_id = client.add()
    client("DELETE", f"/members/{member_id}")
    assert client.emails() == []
    assert client.raw("DELETE", f"/members/{member_id}").status_code == 404
    assert client("GET", f"/addresses/{ANNA}")["email"] == ANNA


def test_leaving_may_have_to_be_confirmed(client):
    member_id = client.add()
    reply = client.raw("DELETE", f"/members/{member_id}", {"pre_confirmed": False})
    assert reply.status_code == 202
    assert client.emails() == [ANNA]
    assert "entries" not in client("GET", f"/lists/{LIST}/requests")
    params = {"request_type": "unsubscription"}
    assert len(client("GET", f"/lists/{LIST}/requests", **params)["entries"]) == 1


def test_many_at_once(client):
    client.add()
    data = {"emails": [ANNA, BOB]}
    told = client("DELETE", f"/lists/{LIST}/roster/member", data)
    assert (told[ANNA], told[BOB]) == (True, False)


@pytest.mark.parametrize(
    "act_name, status", [("pause", "by_user"), ("bounce", "by_bounces")]
)
def test_who_gets_no_mail(client, act, act_name, status):
    member_id = client.add()
    act(act_name)
    assert "delivery_status" not in client("GET", f"/members/{member_id}")
    found = client("GET", f"/members/{member_id}/preferences")
    assert found["delivery_status"] == status
    for wanted, number in ((status, 1), ("enabled", 0)):
        body = {"list_id": LIST, "delivery_status": wanted}
        assert client("POST", "/members/find", body)["total_size"] == number
    assert client.refused("PATCH", f"/members/{member_id}", {"delivery_status": "x"})


def test_bounces_are_counted_once_a_day(client, act, sandbox):
    sandbox.clock.freeze(1_900_000_000)
    member_id = client.add()
    for day in range(1, 5):
        for _ in range(2):
            act("soft_bounce")
        member = client("GET", f"/members/{member_id}")
        assert member["bounce_score"] == day
        sandbox.clock.advance(86_400)
    act("soft_bounce")
    member = client("GET", f"/members/{member_id}")
    assert (member["bounce_score"], member["total_warnings_sent"]) == (0, 1)
    assert member["last_bounce_received"].startswith("2030-03-21T")
    found = client("GET", f"/members/{member_id}/all/preferences")
    assert found["delivery_status"] == "by_bounces"


@pytest.mark.parametrize("gone_by", ["delete", "pause", "bounce"])
def test_reactivations_are_journalled(client, act, sandbox, gone_by):
    member_id = client.add()
    if gone_by == "delete":
        client("DELETE", f"/members/{member_id}")
        client.add()
    else:
        act(gone_by)
        path = f"/members/{member_id}/preferences"
        client("PATCH", path, {"delivery_status": "enabled"})
    (note,) = sandbox.store.notes("reactivation")
    assert (note["email"], note["via"]) == (ANNA, "write")


# --- addresses, users, bans -------------------------------------------------------
def test_another_address_in_three_steps(client):
    member_id = client.add(display_name="Anna")
    user = client("GET", f"/addresses/{ANNA}")["user"].rpartition("/")[2]
    path = f"/members/{member_id}"
    move = {"address": BOB}
    assert client.refused("PATCH", path, move) == (400, "Address not registered")
    client("POST", f"/users/{user}/addresses", {"email": BOB})
    assert client.refused("PATCH", path, move) == (400, "Unverified address")
    client("POST", f"/addresses/{BOB}/verify")
    client("PATCH", path, move)
    client("DELETE", f"/addresses/{ANNA}")
    assert client.emails() == [BOB]
    assert client("GET", path)["email"] == BOB


def test_somebody_elses_address(client):
    client.add()
    client.add(BOB)
    user = client("GET", f"/addresses/{ANNA}")["user"].rpartition("/")[2]
    refusal = client.refused("POST", f"/users/{user}/addresses", {"email": BOB})
    assert refusal == (400, "Address belongs to other user")


@pytest.mark.parametrize("what", ["addresses", "users"])
def test_deleting_ends_the_memberships(client, what):
    client.add()
    client("DELETE", f"/{what}/{ANNA}")
    assert client.emails() == []
    assert client.raw("GET", f"/addresses/{ANNA}").status_code == 404


def test_bans(client):
    client.add()
    client("POST", "/bans", {"email": ANNA})
    client("POST", "/bans", {"email": r"^.*@example\.net"})
    assert client.emails() == [ANNA]
    assert client.refused("POST", "/bans", {"email": ANNA})[0] == 400
    client("POST", "/bans", {"email": "Bob@example.org"})
    client.add(BOB)  # no ban fits
    client("DELETE", "/bans/Bob@example.org")
    given = {"list_id": LIST, "subscriber": "x@example.net", **ALL}
    assert client.refused("POST", "/members", given)[1] == "Membership is banned"
    client("DELETE", f"/bans/{ANNA}")
    assert client.raw("DELETE", f"/bans/{ANNA}").status_code == 404
    assert [ban["email"] for ban in client("GET", "/bans")["entries"]] == [
        r"^.*@example\.net"
    ]


# --- acts, faults, seeds ----------------------------------------------------------
def test_what_people_do(client, act):
    act("subscribe", values={"display_name": "Anna"})
    assert client.emails() == []
    act("confirm")
    act("change_address", new=BOB)
    act("edit", BOB, values={"display_name": "Änne"})
    assert client("GET", f"/lists/{LIST}/member/{BOB}")["display_name"] == "Änne"
    act("unsubscribe", BOB)
    assert client.emails() == []


@pytest.mark.parametrize(
    "fault, status",
    [({"kind": "status", "status": 503}, 503), ({"kind": "html"}, 200)],
)
def test_faults(client, sandbox, fault, status):
    sandbox.faults.add(tool="mailman", path="/lists", **fault)
    assert client.raw("GET", "/lists").status_code == status


def test_refused_addresses(client, sandbox):
    sandbox.faults.add("partial", tool="mailman", addresses="bob@")
    given = {"list_id": LIST, "subscriber": BOB, **ALL}
    assert client.refused("POST", "/members", given)[0] == 400
    client.add()


def test_seeded_people(client, sandbox):
    tool = sandbox.tools["mailman"]
    tool.seed(tool.list_number(LIST), 100, unsubscribed=10, bounced=5, pending=5)
    assert client("GET", f"/lists/{LIST}")["member_count"] == 85
    (first, *_rest) = client("GET", f"/lists/{LIST}/roster/member")["entries"]
    assert client("GET", f"/members/{first['member_id']}")["email"] == first["email"]
    body = {"list_id": LIST, "delivery_status": "by_bounces"}
    assert client("POST", "/members/find", body)["total_size"] == 5
