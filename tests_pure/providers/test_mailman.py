"""Mailman's own shapes and oddities."""

import pytest
import requests

from newsletter_sync.connectors import registry
from newsletter_sync.connectors.contract import (
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
    Invalid,
    MisConfigured,
    Unreachable,
)
from newsletter_sync.connectors.providers.mailman import Mailman, mapping
from newsletter_sync.sync.vocabulary import Status
from newsletter_sync.tests_pure.scripted_http import ScriptedHttp, transport

ANNA = "anna@example.org"
LIST = "news.example.test"
MEMBERS, FIND = "/3.1/members", "/3.1/members/find"
ID = "0e6188eb5fa54280945beae6cc1cac7b"


@pytest.fixture
def http():
    http = ScriptedHttp()
    yield http
    http.finish()


@pytest.fixture
def speak(http):
    credentials = {
        "base_url": "https://lists.example.org/mailman/3.1/",
        "user": "restadmin",
        "password": "pass",
    }
    speak = Mailman(credentials, transport(http))
    speak._api.base_url = "https://lists.example.org/3.1"
    return speak


def entry(**more):
    return {
        "email": ANNA,
        "list_id": LIST,
        "role": "member",
        "member_id": ID,
        "display_name": "Anna",
        "user": "http://core:8001/3.1/users/77",
        "subscription_mode": "as_address",
    } | more


def page(*entries, total=None, start=0):
    found = {"start": start, "total_size": len(entries) if total is None else total}
    return found | ({"entries": list(entries)} if entries else {})


def form(request):
    """The fields of a form that was sent."""
    return dict(pair.split("=") for pair in request.body.split("&"))


# --- address of the API -----------------------------------------------------------
@pytest.mark.parametrize(
    "typed",
    [
        "https://lists.example.org/mailman",
        " https://lists.example.org/mailman/ ",
        "https://lists.example.org/mailman/3.1",
        "https://lists.example.org/mailman/3.0/",
    ],
)
def test_the_version_is_ours(http, typed):
    credentials = {"base_url": typed, "user": "u", "password": "p"}
    made = Mailman(credentials, transport(http))
    assert made._api.base_url == "https://lists.example.org/mailman/3.1"


def test_the_registry_finds_it():
    assert registry.get("mailman") is Mailman


def test_another_server(http, speak):
    http.expect("GET", "/3.1/system/versions", {"version": "1"})
    with pytest.raises(BadAnswer):
        speak.account()


# --- lists ------------------------------------------------------------------------
@pytest.mark.parametrize(
    "label, name",
    [
        ("Färber & Söhne", "faerber-soehne"),
        ("  News 2026! ", "news-2026"),
        ("Łódź", "odz"),
        ("—", ""),
    ],
)
def test_the_address_of_a_new_list(label, name):
    assert mapping.list_name(label) == name


def test_a_list_needs_a_domain(http, speak):
    http.expect("GET", "/3.1/domains", page())
    with pytest.raises(MisConfigured):
        speak.create_list(ListDraft("News"))
    with pytest.raises(Invalid):
        speak.create_list(ListDraft("—"))


def test_a_list_that_exists(http, speak):
    http.expect("GET", "/3.1/domains", page({"mail_host": "example.test"}))
    refusal = {"title": "400 Bad Request", "description": "Mailing list exists"}
    http.expect("POST", "/3.1/lists", refusal, status=400)
    with pytest.raises(Conflict):
        speak.create_list(ListDraft("News"))


# --- reading ----------------------------------------------------------------------
@pytest.mark.parametrize(
    "delivery, status",
    [
        ("enabled", Status.SUBSCRIBED),
        ("by_user", Status.UNSUBSCRIBED),
        ("by_bounces", Status.GENERAL_BOUNCE),
        ("by_moderator", Status.BLOCKED),
        ("unknown", Status.UNSUBSCRIBED),
        ("a_new_word", Status.UNSUBSCRIBED),
    ],
)
def test_who_gets_mail(delivery, status):
    member = mapping.member_of(entry(), delivery)
    assert member.status is status
    assert bool(member.reason) == (status is not Status.SUBSCRIBED)


def test_only_the_others_are_asked_for_singly(http, speak):
    bob = entry(email="Bob@example.org", member_id="b" * 32)
    http.expect("GET", f"/3.1/lists/{LIST}/roster/member", page(entry(), bob))
    http.expect("POST", FIND, page({"member_id": ID}))
    where = f"{MEMBERS}/{'b' * 32}/all/preferences"
    http.expect("GET", where, {"delivery_status": "by_user"})
    http.expect("GET", f"/3.1/lists/{LIST}/requests", page())
    (found,) = speak.members(LIST)
    assert [member.status for member in found.members] == [
        Status.SUBSCRIBED,
        Status.UNSUBSCRIBED,
    ]
    assert found.members[1].email == "bob@example.org"


@pytest.mark.parametrize(
    "failure", [requests.Timeout("slow"), {"title": "500 Internal Server Error"}]
)
def test_a_list_that_is_too_long_for_one_question(http, speak, failure):
    http.expect("GET", f"/3.1/lists/{LIST}/roster/member", page(entry()))
    more = {} if isinstance(failure, Exception) else {"status": 500}
    http.expect("POST", FIND, failure, **more)
    where = f"{MEMBERS}/{ID}/all/preferences"
    http.expect("GET", where, {"delivery_status": "enabled"})
    http.expect("GET", f"/3.1/lists/{LIST}/requests", page())
    (found,) = speak.members(LIST)
    assert found.members[0].status is Status.SUBSCRIBED


def test_who_waits_comes_last_and_may_be_resumed(http, speak):
    waiting = {"email": ANNA, "token": "t", "when": "2026-11-22T21:44:13"}
    http.expect("GET", f"/3.1/lists/{LIST}/roster/member", page())
    http.expect("GET", f"/3.1/lists/{LIST}/requests", page(waiting))
    first, last = speak.members(LIST)
    assert (first.members, first.cursor) == ((), "requests:1")
    assert (last.members[0].status, last.cursor) == (Status.PENDING, "")
    assert last.members[0].status_at.hour == 21
    http.expect("GET", f"/3.1/lists/{LIST}/requests", page(waiting))
    assert list(speak.members(LIST, first.cursor)) == [last]


@pytest.mark.parametrize("cursor", ["x", "0", "-1", "requests:x", "1" * 20])
def test_no_position(speak, cursor):
    with pytest.raises(Invalid):
        list(speak.members(LIST, cursor))


@pytest.mark.parametrize("body", [{}, [], {"start": 0}, {"total_size": 5}, None, "x"])
def test_what_is_no_page(http, speak, body):
    http.expect("GET", "/3.1/lists", body)
    with pytest.raises(BadAnswer):
        speak.lists()


def test_a_wildcard_finds_one(http, speak):
    others = [entry(email="axb@example.org"), entry(email="a*b@example.org")]
    http.expect("GET", FIND, page(*others))
    http.expect("GET", f"{MEMBERS}/{ID}/all/preferences", {})
    found = speak.member(LIST, MemberRef("A*b@example.org"))
    assert found.email == "a*b@example.org"


def test_an_id_of_another_list_is_not_taken(http, speak):
    http.expect("GET", f"{MEMBERS}/{ID}", entry(list_id="other.example.test"))
    http.expect("GET", FIND, page())
    http.expect("GET", f"/3.1/lists/{LIST}/requests", page())
    assert speak.member(LIST, MemberRef(ANNA, ID)) is None


# --- writing ----------------------------------------------------------------------
def test_only_a_new_address_takes_the_name(http, speak):
    link = {"Location": f"http://core:8001/3.1/members/{ID}"}
    http.expect("POST", MEMBERS, "", status=201, headers=link)
    http.expect("GET", f"{MEMBERS}/{ID}", entry(display_name="Old"))
    http.expect("PATCH", "/3.1/addresses/anna%40example.org", "", status=204)
    draft = MemberDraft(ANNA, {"display_name": "New"})
    (row,) = speak.upsert(LIST, [draft]).rows
    assert (row.outcome, row.remote_id) == (Outcome.CREATED, ID)
    assert form(http.sent[0])["pre_verified"] == "true"
    assert form(http.sent[0])["send_welcome_message"] == "false"


def test_asking_sends_no_flag_but_an_invitation(http, speak):
    body = {"token": "t", "token_owner": "subscriber"}
    http.expect("POST", MEMBERS, body, status=202)
    (row,) = speak.upsert(LIST, [MemberDraft(ANNA, join=Join.ASK)]).rows
    assert row.status is Status.PENDING
    assert set(form(http.sent[0])) == {
        "list_id",
        "subscriber",
        "send_welcome_message",
        "invitation",
    }


@pytest.mark.parametrize(
    "text, refusal",
    [
        ("Membership is banned", Refusal.BLOCKED),
        ('Invalid Parameter "subscriber": .', Refusal.INVALID),
        ("List posting address cannot subscribe", Refusal.INVALID),
    ],
)
def test_refusals(http, speak, text, refusal):
    body = {"title": "400 Bad Request", "description": text}
    http.expect("POST", MEMBERS, body, status=400)
    (row,) = speak.upsert(LIST, [MemberDraft(ANNA)]).rows
    assert row.refusal is refusal


def test_a_name_for_an_address_with_a_slash(http, speak):
    odd = "a/b@example.org"
    http.expect("POST", MEMBERS, {"title": "409 Conflict"}, status=409)
    http.expect("GET", FIND, page(entry(email=odd)))
    (row,) = speak.upsert(LIST, [MemberDraft(odd, {"display_name": "New"})]).rows
    assert row.refusal is Refusal.FIELD


def test_an_empty_name_is_written_to_the_user_too(http, speak):
    http.expect("POST", MEMBERS, {"title": "409 Conflict"}, status=409)
    http.expect("GET", FIND, page(entry()))
    http.expect("PATCH", "/3.1/addresses/anna%40example.org", "", status=204)
    http.expect("PATCH", "/3.1/users/77", "", status=204)
    speak.upsert(LIST, [MemberDraft(ANNA, {"display_name": None})])


def test_newer_proof_replaces_an_open_request(http, speak):
    waiting = {"email": ANNA, "token": "t0k"}
    http.expect("GET", FIND, page())
    http.expect("GET", f"/3.1/lists/{LIST}/requests", page(waiting))
    http.expect("POST", f"/3.1/lists/{LIST}/requests/t0k", "", status=204)
    link = {"Location": f"http://core:8001/3.1/members/{ID}"}
    http.expect("POST", MEMBERS, "", status=201, headers=link)
    row = speak.subscribe(LIST, MemberDraft(ANNA))
    assert row.status is Status.SUBSCRIBED
    assert form(http.sent[2]) == {"action": "discard"}


def test_a_member_who_paused_cannot_be_asked(http, speak):
    http.expect("GET", FIND, page(entry()))
    where = f"{MEMBERS}/{ID}/all/preferences"
    http.expect("GET", where, {"delivery_status": "by_user"})
    http.expect("POST", MEMBERS, {"title": "409 Conflict"}, status=409)
    http.expect("GET", FIND, page(entry()))
    row = speak.subscribe(LIST, MemberDraft(ANNA, join=Join.ASK))
    assert row.outcome is Outcome.REFUSED


def test_a_cut_line_says_nothing_about_the_person(http, speak):
    for _ in range(5):
        http.expect("POST", MEMBERS, requests.ConnectionError("cut"))
    with pytest.raises(Unreachable):
        speak.upsert(LIST, [MemberDraft(ANNA)])
    http.script.clear()


# --- bans -------------------------------------------------------------------------
def test_a_ban_is_taken_off_as_it_was_typed(http, speak):
    bans = page({"email": "Anna@Example.org"}, {"email": "^.*@example[.]net"})
    http.expect("GET", "/3.1/bans", bans)
    assert list(speak.blocked()) == [ANNA]
    http.expect("GET", "/3.1/bans", bans)
    http.expect("DELETE", "/3.1/bans/Anna%40Example.org", "", status=204)
    speak.unblock(ANNA)
