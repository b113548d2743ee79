"""Ghost's dialect: one row or test for each fact that was measured on Ghost 5.130.6.

``make test-ghost`` runs those that need no hand inside on a real Ghost.
"""

import base64
import hashlib
import hmac
import itertools
import json
import time

import pytest
import requests

from newsletter_sync.sandbox.dialects.ghost import KEY
from newsletter_sync.tests_pure.sandbox.form_receiver import FormReceiver

ANNA, BOB = "anna@example.org", "bob@example.org"
NOBODY = "a" * 24
_names = itertools.count(1)


def token(key, now=None, age=0, aud="/admin/"):
    """A token as the vendor describes it, made ``age`` seconds ago."""
    id, _, secret = key.partition(":")
    iat = int(now or time.time()) - age
    head = {"alg": "HS256", "typ": "JWT", "kid": id}
    claims = {"iat": iat, "exp": iat + 3600, "aud": aud}
    parts = [json.dumps(head), json.dumps(claims)]
    signed = b".".join(_text(part.encode()) for part in parts)
    digest = hmac.new(bytes.fromhex(secret), signed, hashlib.sha256).digest()
    return (signed + b"." + _text(digest)).decode()


def _text(content):
    return base64.urlsafe_b64encode(content).rstrip(b"=")


class Client:
    """Speaks to one Ghost."""

    def __init__(self, url, key):
        self.url, self.key = url, key
        self.weekly = self.newsletter()

    def raw(self, method, path, json=None, login=True, base="/ghost/api/admin", **more):
        headers = {"Authorization": f"Ghost {token(self.key)}"} if login is True else {}
        if isinstance(login, str):
            headers = {"Authorization": login}
        return requests.request(
            *(method, self.url + base + path),
            json=json,
            headers=headers,
            timeout=20,
            allow_redirects=False,
            **more,
        )

    def __call__(self, method, path, json=None, **params):
        reply = self.raw(method, path, json, params=params)
        assert reply.ok, (reply.status_code, reply.text)
        return reply.json() if reply.text else None

    def refused(self, method, path, json=None, **params):
        reply = self.raw(method, path, json, params=params)
        (error,) = reply.json()["errors"]
        return reply.status_code, error["property"] or error["type"]

    def newsletter(self, **more):
        """A new one; the whole resource."""
        body = {"name": f"News {next(_names)} {time.time()}", **more}
        body.setdefault("subscribe_on_signup", False)
        return self("POST", "/newsletters/", {"newsletters": [body]})["newsletters"][0]

    def add(self, email=ANNA, **more):
        more.setdefault("newsletters", [{"id": self.weekly["id"]}])
        body = {"members": [{"email": email, **more}]}
        return self("POST", "/members/", body)["members"][0]

    def change(self, member, **more):
        where = f"/members/{member['id']}/"
        return self("PUT", where, {"members": [more]})["members"][0]

    def found(self, filter, **params):
        params.setdefault("order", "id asc")
        rows = self("GET", "/members/", filter=filter, **params)["members"]
        return [row["email"] for row in rows]

    def events(self, condition="", **params):
        params.setdefault("limit", 100)
        filter = "type:newsletter_event" + condition
        answer = self("GET", "/members/events/", filter=filter, **params)
        return [event["data"] for event in answer["events"]]


@pytest.fixture
def client(sandbox):
    return Client(sandbox.url("ghost"), KEY)


@pytest.fixture
def act(sandbox, client):
    """``act(name, email)`` on the newsletter."""
    return lambda name, email=ANNA, **more: sandbox.act(
        "ghost", name, client.weekly["id"], email, **more
    )


@pytest.fixture
def receiver():
    receiver = FormReceiver()
    yield receiver
    receiver.stop()


# --- conventions -----------------------------------------------------------------
def test_logins_that_are_wrong(client):
    id, _, secret = client.key.partition(":")
    for login, status, code in (
        (False, 403, None),
        (f"Ghost {token(NOBODY + ':' + secret)}", 401, "UNKNOWN_ADMIN_API_KEY"),
        (f"Ghost {token(id + ':' + '00' * 32)}", 401, "INVALID_JWT"),
        (f"Ghost {token(client.key, age=310)}", 401, "INVALID_JWT"),
        (f"Ghost {token(client.key, aud='/other/')}", 401, "INVALID_JWT"),
    ):
        reply = client.raw("GET", "/members/", login=login)
        (error,) = reply.json()["errors"]
        assert (reply.status_code, error["code"]) == (status, code)
    login = f"Ghost {token(client.key, age=290)}"
    assert client.raw("GET", "/members/", login=login).ok


def test_the_site_is_told_to_anybody(client):
    site = client.raw("GET", "/site/", login=False).json()["site"]
    assert site["title"] and site["version"].startswith("5.")


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "about"),
    [
        ("GET", "/nothing/", None, 404, "NotFoundError"),
        ("GET", f"/members/{NOBODY}/", None, 404, "NotFoundError"),
        ("GET", "/members/987654321/", None, 422, "ValidationError"),
        ("GET", f"/newsletters/{NOBODY}/", None, 404, "NotFoundError"),
        ("DELETE", f"/members/{NOBODY}/", None, 404, "NotFoundError"),
        ("POST", "/members/", {"email": ANNA}, 400, "BadRequestError"),
        ("POST", "/members/", {"members": [{"email": "anna"}]}, 422, "email"),
        ("POST", "/members/", {"members": [{"email": " a@b.de "}]}, 422, "email"),
        (
            *("POST", "/members/", {"members": [{"email": BOB, "name": "x" * 192}]}),
            *(422, "name"),
        ),
        ("POST", "/members/", {"members": [{"email": BOB, "name": None}]}, 422, "name"),
        ("POST", "/members/", {"members": [{"email": BOB, "note": None}]}, 422, "note"),
        ("GET", "/members/?filter=email:a%2Bb", None, 400, "BadRequestError"),
        ("GET", "/members/?filter=nofield:a", None, 400, "BadRequestError"),
        ("GET", "/members/?limit=-1", None, 422, "ValidationError"),
    ],
)
def test_refusals(client, method, path, body, status, about):
    told = client.refused(method, path, body)
    assert told[0] == status
    if status == 422:
        assert told[1] == about


def test_paths_end_with_a_slash(client):
    # Ghost redirects, and a client that follows makes a GET of a POST.
    assert client.raw("GET", "/members").status_code in (301, 404)


# --- newsletters -----------------------------------------------------------------
def test_a_newsletter(client):
    now = time.time_ns()
    name = f"Färber & Söhne {now}"
    made = client.newsletter(name=name, description="")
    assert made["slug"] == f"farber-sohne-{now}"
    assert made["description"] is None
    assert (made["status"], made["subscribe_on_signup"]) == ("active", False)
    same = {"newsletters": [{"name": name}]}
    assert client.refused("POST", "/newsletters/", same) == (422, "name")
    client.add(newsletters=[{"id": made["id"]}])
    where = f"/newsletters/{made['id']}/"
    (read,) = client("GET", where, include="count.members")["newsletters"]
    assert read["count"]["members"] == 1


def test_an_archived_newsletter_is_dropped_without_a_word(client):
    where = f"/newsletters/{client.weekly['id']}/"
    client("PUT", where, {"newsletters": [{"status": "archived"}]})
    assert client.add()["newsletters"] == []


# --- members ---------------------------------------------------------------------
def test_who_names_no_newsletter_gets_the_default_ones(client):
    body = {"members": [{"email": ANNA}]}
    (one,) = client("POST", "/members/", body)["members"]
    assert [each["name"] for each in one["newsletters"]] == ["Newsletter"] or (
        one["newsletters"]
    )
    assert one["subscribed"] is True
    none = client.add(BOB, newsletters=[])
    assert (none["newsletters"], none["subscribed"]) == ([], False)


def test_addresses_are_kept_as_typed_and_told_apart(client):
    client.add(ANNA)
    client.add(ANNA.upper())
    again = {"members": [{"email": ANNA}]}
    assert client.refused("POST", "/members/", again) == (422, "email")
    assert client.found(f"email:'{ANNA}'") == [ANNA]
    assert client.found(f"email:~'{ANNA}'") == [ANNA, ANNA.upper()]


def test_what_is_not_sent_stays_and_empty_empties(client):
    labels = [{"name": "Odoo.a"}, {"name": "b"}]
    one = client.add(name="Anna", note="tall", labels=labels)
    same = client.change(one, name="Änne")
    assert (same["name"], same["note"]) == ("Änne", "tall")
    assert {each["name"] for each in same["labels"]} == {"Odoo.a", "b"}
    assert len(same["newsletters"]) == 1
    none = client.change(same, name="", note="", labels=[{"name": "c"}], newsletters=[])
    assert (none["name"], none["note"], none["newsletters"]) == (None, None, [])
    assert [each["name"] for each in none["labels"]] == ["c"]


def test_a_new_address(client):
    one = client.add()
    client.add(BOB)
    body = {"members": [{"email": BOB}]}
    assert client.refused("PUT", f"/members/{one['id']}/", body) == (422, "email")
    moved = client.change(one, email="new@example.org")
    assert (moved["id"], moved["email"]) == (one["id"], "new@example.org")


def test_deleting_takes_the_events_along(client):
    one = client.add()
    where = f"/members/{one['id']}/"
    assert client.raw("DELETE", where).status_code == 204
    assert client.refused("GET", where)[0] == 404
    assert client.events(f"+data.member_id:'{one['id']}'") == []


# --- reading ---------------------------------------------------------------------
def test_filters(client):
    odd = "o'neil+news_x%@example.org"
    ids = {email: client.add(email)["id"] for email in (ANNA, BOB, odd)}
    weekly = client.weekly
    quoted = odd.replace("'", "\\'")
    for condition, expected in (
        (f"newsletters.id:'{weekly['id']}'", [ANNA, BOB, odd]),
        (f"newsletters.slug:'{weekly['slug']}'", [ANNA, BOB, odd]),
        (f"newsletters.id:'{weekly['id']}'+id:>'{ids[ANNA]}'", [BOB, odd]),
        (f"id:'{ids[BOB]}',email:'{ANNA}'", [ANNA, BOB]),
        (f"(id:'{ids[BOB]}',email:'{ANNA}')+id:>'{ids[ANNA]}'", [BOB]),
        (f"id:['{ids[BOB]}','{ids[ANNA]}']", [ANNA, BOB]),
        (f"email:'{quoted}'", [odd]),
        (f"email:~'{quoted}'", [odd]),
        ("email:~'a_na@example.org'", []),
        ("email:~'anna%example.org'", []),
        (f"email:~^'ann'+newsletters.id:'{weekly['id']}'", [ANNA]),
    ):
        assert client.found(condition) == expected, condition


def test_a_page_holds_a_hundred_at_most(client):
    for number in range(3):
        client.add(f"p{number}@example.org")
    weekly = f"newsletters.id:'{client.weekly['id']}'"
    answer = client("GET", "/members/", filter=weekly, limit="all")
    assert answer["meta"]["pagination"]["limit"] == 100
    page = client("GET", "/members/", filter=weekly, limit=2, page=2, order="id asc")
    assert [row["email"] for row in page["members"]] == ["p2@example.org"]
    assert page["meta"]["pagination"]["next"] is None
    behind = client("GET", "/members/", filter=weekly, limit=2, page=5)
    assert behind["members"] == []
    assert behind["meta"]["pagination"]["next"] == 6


def test_times_in_filters_have_neither_t_nor_z(client):
    at = client.add()["updated_at"]
    weekly = f"newsletters.id:'{client.weekly['id']}'"
    plain = at[:19].replace("T", " ")
    assert client.found(f"{weekly}+updated_at:>='{plain}'") == [ANNA]
    assert client.found(f"{weekly}+updated_at:>='{at}'") == []


# --- events ----------------------------------------------------------------------
def test_events_tell_who_came_and_who_left(client):
    one = client.add()
    client.change(one, newsletters=[])
    about = f"+data.member_id:'{one['id']}'"
    left, came = client.events(about)
    assert (left["subscribed"], came["subscribed"]) == (False, True)
    assert left["newsletter_id"] == came["newsletter_id"] == client.weekly["id"]
    assert left["member"]["email"] == ANNA
    assert left["source"] == "api"
    assert client.events(about, limit="all") == []
    assert len(client.events(about, limit=1, page=2)) == 1
    older = left["created_at"][:19].replace("T", " ")
    before = (
        f"(data.created_at:<'{older}',(data.created_at:'{older}'+id:<'{left['id']}'))"
    )
    assert client.events(f"{about}+{before}")[:1] == [came]


@pytest.mark.parametrize("key", ["data.id", "data.newsletter_id", "data.source"])
def test_what_events_cannot_be_filtered_by(client, key):
    reply = client.raw("GET", "/members/events/", params={"filter": f"{key}:'a'"})
    assert reply.status_code == 400


def test_a_bulk_action_writes_no_event(client):
    one = client.add()
    bulk = {"action": "unsubscribe", "newsletter": client.weekly["id"]}
    where = f"/members/bulk/?filter=id:'{one['id']}'"
    client("PUT", where, {"bulk": bulk})
    assert client.found(f"newsletters.id:'{client.weekly['id']}'") == []
    (came,) = client.events(f"+data.member_id:'{one['id']}'")
    assert came["subscribed"] is True


# --- webhooks --------------------------------------------------------------------
def test_webhooks_cannot_be_registered_twice_nor_listed(client):
    url = f"http://127.0.0.1:9/{next(_names)}"
    hook = {"event": "member.added", "target_url": url, "secret": "s", "name": "x"}
    body = {"webhooks": [hook]}
    (made,) = client("POST", "/webhooks/", body)["webhooks"]
    assert client.refused("POST", "/webhooks/", body)[0] == 422
    assert client.raw("GET", "/webhooks/").status_code == 404
    where = f"/webhooks/{made['id']}/"
    assert client.raw("DELETE", where).status_code == 204
    assert client.refused("DELETE", where)[0] == 404


# --- with a hand inside ----------------------------------------------------------
def test_updated_at_moves_with_data_only(client, sandbox):
    sandbox.clock.freeze()
    one = client.add()
    sandbox.clock.advance(100)
    login = f"Ghost {token(client.key, now=sandbox.clock.now())}"
    where = f"/members/{one['id']}/"
    for change, moves in (({"newsletters": []}, False), ({"name": "Anna"}, True)):
        body = {"members": [change]}
        told = client.raw("PUT", where, body, login=login).json()["members"][0]
        assert (told["updated_at"] != one["updated_at"]) is moves


@pytest.mark.parametrize("name", ["bounce", "complain"])
def test_a_bounce_suppresses(client, act, name):
    one = client.add()
    act(name)
    (read,) = client("GET", f"/members/{one['id']}/")["members"]
    reason = {"bounce": "fail", "complain": "spam"}[name]
    assert read["email_suppression"]["info"]["reason"] == reason
    assert len(read["newsletters"]) == 1


def test_signing_up_by_mail(client, sandbox):
    def ask(email, **more):
        body = {"email": email, "emailType": "signup", **more}
        return client.raw(
            "POST", "/send-magic-link/", body, login=False, base="/members/api"
        )

    weekly = [{"name": client.weekly["name"]}]
    assert ask("no address").status_code == 400
    assert ask(ANNA, newsletters=[{"name": "none"}]).status_code == 400
    asked = ask(ANNA, name="Anna", newsletters=weekly, labels=["x"])
    assert (asked.status_code, asked.text) == (201, "Created.")
    assert client.found(f"email:'{ANNA}'") == []
    (mail,) = sandbox.store.notes("mail", "ghost")
    for _ in range(2):  # the link works again
        reply = requests.get(mail["link"], allow_redirects=False, timeout=20)
        assert reply.status_code == 302
    (one,) = client("GET", "/members/", filter=f"email:'{ANNA}'")["members"]
    assert [each["name"] for each in one["newsletters"]] == [client.weekly["name"]]
    assert (one["name"], [each["name"] for each in one["labels"]]) == ("Anna", ["x"])
    # Who is a member gets a link to log in with.
    client.change(one, newsletters=[])
    ask(ANNA, newsletters=weekly)
    mail = sandbox.store.notes("mail", "ghost")[-1]
    assert "action=signin" in mail["link"]
    requests.get(mail["link"], allow_redirects=False, timeout=20)
    assert client.found(f"newsletters.id:'{client.weekly['id']}'") == []


def test_webhooks_are_signed_and_tell_what_changed(client, sandbox, receiver):
    for event in ("member.added", "member.edited", "member.deleted"):
        hook = {"event": event, "target_url": receiver.url, "secret": "s3cret"}
        client("POST", "/webhooks/", {"webhooks": [{**hook, "name": "x"}]})
    one = client.add()
    client.change(one, newsletters=[])
    client("DELETE", f"/members/{one['id']}/")
    sandbox.settle()
    bodies = []
    for _, _, headers, body in receiver.calls:
        sent = headers["X-Ghost-Signature"]
        digest, _, at = sent.removeprefix("sha256=").partition(", t=")
        expected = hmac.new(b"s3cret", body + at.encode(), hashlib.sha256)
        assert digest == expected.hexdigest()
        bodies.append(json.loads(body)["member"])
    added, edited, gone = bodies
    assert added["previous"] == {}
    assert {"newsletters", "subscribed"} <= set(edited["previous"])
    assert (gone["current"], gone["previous"]["email"]) == ({}, ANNA)
