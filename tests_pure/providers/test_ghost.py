"""Ghost's own shapes: signed login, changes by events, sign-up by mail, webhooks."""

import base64
import json
from datetime import datetime, timedelta, timezone

import pytest

from newsletter_sync.connectors import webhook
from newsletter_sync.connectors.contract import (
    Delivery,
    Join,
    ListDraft,
    MemberDraft,
    MemberRef,
    Outcome,
    Refusal,
)
from newsletter_sync.connectors.errors import (
    BadAnswer,
    Conflict,
    LoginRefused,
    MisConfigured,
    NotFound,
    WebhookRefused,
)
from newsletter_sync.connectors.providers.ghost import Ghost
from newsletter_sync.sandbox.server import Sandbox
from newsletter_sync.sync.vocabulary import Status
from newsletter_sync.tests_pure.contract import ANNA, BOB, CARLA, draft
from newsletter_sync.tests_pure.providers.test_ghost_contract import GhostSide
from newsletter_sync.tests_pure.scripted_http import Clock, ScriptedHttp, transport

API = "/blog/ghost/api/admin"
KEY = "6489c1d1f8a7b1a1c0de0001:" + "ab" * 32
WEEKLY = "b" * 24


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def side(sandbox):
    sandbox.reset()
    return GhostSide(sandbox)


@pytest.fixture
def http():
    script = ScriptedHttp()
    yield script
    script.finish()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def speak(http, clock):
    login = {"base_url": "https://example.org/blog/", "key": KEY}
    return Ghost(login, transport(http, clock))


def refusal(code="INVALID_JWT", **more):
    return {"errors": [{"context": "Invalid token", "code": code, **more}]}


def claims(request):
    _, part, _ = request.headers["Authorization"].removeprefix("Ghost ").split(".")
    return json.loads(base64.urlsafe_b64decode(part + "=="))


# --- login -----------------------------------------------------------------------
@pytest.mark.parametrize("key", ["", "abc", "6489:", ":abcd", "6489:abc", "x:abcd"])
def test_a_key_that_cannot_be_one(http, key):
    with pytest.raises(MisConfigured):
        Ghost({"base_url": "https://example.org", "key": key}, transport(http))


def test_a_token_is_made_anew_before_it_is_too_old(http, speak, clock):
    for _ in range(3):
        http.expect("GET", f"{API}/newsletters/", {"newsletters": []})
    speak.lists()
    clock.now += 200
    speak.lists()
    clock.now += 50
    speak.lists()
    first, second, third = (claims(request) for request in http.sent)
    assert first == second
    assert third["iat"] == first["iat"] + 250
    assert first["aud"] == "/admin/"


def test_a_refused_token_is_not_sent_again_at_once(http, speak):
    http.expect("GET", f"{API}/newsletters/", refusal(), status=401)
    with pytest.raises(LoginRefused):
        speak.lists()


def test_the_site_is_not_told_our_key(side, http, speak):
    newsletter = {"id": WEEKLY, "name": "Weekly", "status": "active"}
    http.expect("GET", f"{API}/newsletters/{WEEKLY}/", {"newsletters": [newsletter]})
    http.expect("GET", f"{API}/members/", {"members": []})
    http.expect("POST", "/blog/members/api/send-magic-link/", "Created.", status=201)
    (row,) = speak.upsert(WEEKLY, [draft(ANNA, join=Join.ASK)]).rows
    assert row.outcome is Outcome.WRITTEN
    assert "Authorization" not in http.sent[-1].headers
    assert http.bodies()[-1]["newsletters"] == [{"name": "Weekly"}]


# --- newsletters -----------------------------------------------------------------
def test_newsletters_page_by_page_without_the_archived(http, speak):
    def page(id, following, status="active"):
        row = {"id": id, "name": id, "status": status, "count": {"members": 3}}
        meta = {"pagination": {"next": following}}
        return {"newsletters": [row], "meta": meta}

    http.expect("GET", f"{API}/newsletters/", page("a", 2))
    http.expect("GET", f"{API}/newsletters/", page("b", 3, "archived"))
    http.expect("GET", f"{API}/newsletters/", page("c", None))
    assert [(each.name, each.count) for each in speak.lists()] == [("a", 3), ("c", 3)]


def test_an_archived_newsletter_is_gone(side):
    side.write(ANNA)
    side.act("archive", ANNA)
    with pytest.raises(NotFound):
        side.write(BOB)
    assert side.list_id not in {each.remote_id for each in side.connector.lists()}


def test_a_name_that_is_taken(side):
    side.connector.create_list(ListDraft("Weekly"))
    with pytest.raises(Conflict):
        side.connector.create_list(ListDraft("Weekly"))


def test_nobody_comes_onto_our_newsletters_by_signing_up_elsewhere(side):
    side.sandbox.tools["ghost"].ask(ANNA, "", [], [])
    side.act("confirm", ANNA)
    assert side.members() == {}


# --- people ----------------------------------------------------------------------
def test_two_spellings_are_one_person(side):
    tool = side.sandbox.tools["ghost"]
    tool.add_member(ANNA.upper(), {}, [tool.list_number(side.list_id)], "admin")
    (row,) = side.write(MemberDraft(ANNA, {"note": "tall"}))
    assert row.outcome is Outcome.UPDATED
    assert side.members()[ANNA].values["note"] == "tall"
    side.write(BOB)
    with pytest.raises(Conflict):  # Ghost would take it
        side.connector.change_address(MemberRef(BOB), ANNA)


def test_a_member_cannot_be_asked(side):
    side.connector.upsert(side.other_list, [draft(ANNA)])
    (row,) = side.write(draft(ANNA, join=Join.ASK))
    assert (row.outcome, row.refusal) == (Outcome.REFUSED, Refusal.OTHER)
    assert side.sandbox.store.notes("mail", "ghost") == []


def test_asking_hands_name_and_labels_over(side):
    tags = frozenset({"Odoo.vip"})
    side.write(MemberDraft(ANNA, {"name": "Anna"}, join=Join.ASK, tags_add=tags))
    side.act("confirm", ANNA)
    member = side.members()[ANNA]
    assert (member.values["name"], member.tags) == ("Anna", tags)


def test_a_site_that_lets_nobody_sign_up(side):
    side.sandbox.set(allow_signup=False)
    with pytest.raises(Exception, match="invite-only"):
        side.write(draft(ANNA, join=Join.ASK))
    side.sandbox.set(allow_signup=True)


@pytest.mark.parametrize(
    ("act", "status"), [("bounce", Status.HARD_BOUNCE), ("complain", Status.BLOCKED)]
)
def test_whom_ghost_mails_nothing(side, act, status):
    side.write(ANNA)
    side.act(act, ANNA)
    assert side.members()[ANNA].status is status
    (row,) = side.connector.upsert(side.other_list, [draft(ANNA)]).rows
    assert row.refusal is Refusal.BLOCKED


def test_a_name_that_is_too_long_harms_no_other(side):
    rows = side.write(MemberDraft(ANNA, {"name": "x" * 192}), BOB)
    assert rows[0].refusal is Refusal.FIELD
    assert rows[1].outcome is Outcome.CREATED


def test_another_newsletter_stays_through_all(side):
    for list_id in (side.list_id, side.other_list):
        side.connector.upsert(list_id, [draft(ANNA)])
    side.write(MemberDraft(ANNA, {"name": "Anna"}, tags_add=frozenset({"a"})))
    side.connector.unsubscribe(side.list_id, MemberRef(ANNA))
    assert side.status(ANNA) is None
    assert side.status(ANNA, side.other_list) is Status.SUBSCRIBED


def test_who_comes_in_at_the_same_moment_is_updated(http, speak):
    newsletter = {"id": WEEKLY, "name": "Weekly", "status": "active"}
    one = {"id": "c" * 24, "email": ANNA, "labels": [], "newsletters": [newsletter]}
    http.expect("GET", f"{API}/newsletters/{WEEKLY}/", {"newsletters": [newsletter]})
    http.expect("GET", f"{API}/members/", {"members": []})
    taken = refusal(None, context="Member already exists.", property="email")
    http.expect("POST", f"{API}/members/", taken, status=422)
    http.expect("GET", f"{API}/members/", {"members": [one]})
    http.expect("PUT", f"{API}/members/{'c' * 24}/", {"members": [one]})
    (row,) = speak.upsert(WEEKLY, [MemberDraft(ANNA, {"name": "Anna"})]).rows
    assert row.outcome is Outcome.UPDATED
    assert "newsletters" not in http.bodies()[-1]["members"][0]


# --- changes ---------------------------------------------------------------------
def changed(side, since):
    pages = list(side.connector.changes(side.list_id, since))
    assert pages[-1].cursor == ""
    return {member.email: member for page in pages for member in page.members}


def test_changes_tell_who_left_and_when(side):
    side.write(ANNA, BOB, CARLA, "dora@example.org")
    side.pass_time(100)
    since = side.now() - timedelta(seconds=50)
    side.act("unsubscribe", ANNA)
    side.act("edit", BOB, values={"note": "new"})
    side.connector.unsubscribe(side.list_id, MemberRef(CARLA))
    side.connector.subscribe(side.list_id, draft(CARLA))
    found = changed(side, since)
    assert {email: one.status for email, one in found.items()} == {
        ANNA: Status.UNSUBSCRIBED,
        BOB: Status.SUBSCRIBED,
        CARLA: Status.SUBSCRIBED,
    }
    assert abs(found[ANNA].status_at - side.now()) < timedelta(seconds=5)
    assert found[ANNA].reason == "member"


def test_changes_of_many_in_one_second(side):
    emails = [f"p{n}@example.org" for n in range(250)]
    tool = side.sandbox.tools["ghost"]
    number = tool.list_number(side.list_id)
    for email in emails:
        tool.add_member(email, {}, [number], "member")
    side.pass_time(100)
    since = side.now() - timedelta(seconds=50)
    for email in emails:
        side.act("unsubscribe", email)
    found = changed(side, since)
    assert sorted(found) == sorted(emails)
    assert {one.status for one in found.values()} == {Status.UNSUBSCRIBED}


def test_changes_go_on_at_the_events(side):
    side.write(ANNA)
    since = datetime(2020, 1, 1, tzinfo=timezone.utc)
    first, *rest = side.connector.changes(side.list_id, since)
    assert first.cursor == "events"
    again = side.another().changes(side.list_id, since, first.cursor)
    assert [page.members for page in again] == [page.members for page in rest]


def test_the_same_page_for_ever_is_no_answer(http, speak):
    newsletter = {"id": WEEKLY, "name": "Weekly", "status": "active"}
    http.expect("GET", f"{API}/newsletters/{WEEKLY}/", {"newsletters": [newsletter]})
    member = {"id": "c" * 24, "email": ANNA, "labels": [], "newsletters": [newsletter]}
    for _ in range(2):
        http.expect("GET", f"{API}/members/", {"members": [member] * 100})
    with pytest.raises(BadAnswer, match="twice"):
        list(speak.members(WEEKLY))


# --- webhooks --------------------------------------------------------------------
def signed(body, secret="s3cret", at="1790000000000"):
    text = json.dumps(body).encode()
    digest = webhook.hmac_hex(secret, text, at.encode())
    headers = {"x-ghost-signature": f"sha256={digest}, t={at}"}
    return Delivery("POST", headers, {}, text)


@pytest.mark.parametrize(
    ("now", "before", "kind", "old"),
    [
        ({"id": "1", "email": ANNA}, {}, "subscribed", ""),
        ({"id": "1", "email": ANNA}, {"name": "A"}, "updated", ""),
        ({"id": "1", "email": ANNA}, {"email": BOB}, "address_changed", BOB),
        ({"id": "1", "email": ANNA}, {"email": ANNA}, "updated", ""),
        ({}, {"id": "1", "email": ANNA}, "deleted", ""),
    ],
)
def test_events(now, before, kind, old):
    delivery = signed({"member": {"current": now, "previous": before}})
    Ghost.verify(delivery, {"secret": "s3cret"})
    (event,) = Ghost.parse(delivery)
    assert (event.kind, event.remote_id, event.email) == (kind, "1", ANNA)
    assert event.old_email == old


@pytest.mark.parametrize(
    ("secret", "header"),
    [
        ("other", None),
        ("", None),
        ("s3cret", ""),
        ("s3cret", "sha256=, t=1"),
        ("s3cret", "sha256=" + "0" * 64 + ", t=1"),
    ],
)
def test_a_call_that_proves_nothing(secret, header):
    delivery = signed({"member": {}})
    if header is not None:
        delivery = Delivery("POST", {"x-ghost-signature": header}, {}, delivery.body)
    with pytest.raises(WebhookRefused):
        Ghost.verify(delivery, {"secret": secret})


def test_webhooks_are_registered_whole_or_not_at_all(side):
    url = "http://127.0.0.1:9/hook"
    made = side.connector.register_webhooks(url, side.list_id, "v" * 20)
    assert [each.event for each in made] == [
        *("member.added", "member.edited", "member.deleted"),
    ]
    assert len({each.secrets["secret"] for each in made}) == 1
    with pytest.raises(Conflict):
        side.connector.register_webhooks(url, side.list_id, "v" * 20)
    side.connector.unregister_webhooks(made[:1], side.list_id)
    with pytest.raises(Conflict):  # the second one is still there
        side.connector.register_webhooks(url, side.list_id, "v" * 20)
    for _ in range(2):
        side.connector.unregister_webhooks(made, side.list_id)
    assert len(side.connector.register_webhooks(url, side.list_id, "v" * 20)) == 3
