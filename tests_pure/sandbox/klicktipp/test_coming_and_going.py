"""KlickTipp's dialect: who comes, changes and goes."""

import pytest
import requests

from newsletter_sync.sandbox.dialects.klicktipp.listbuilding import KEY
from newsletter_sync.tests_pure.sandbox.klicktipp.client import ANNA, Client


# --- subscribing ------------------------------------------------------------
def test_without_a_process_a_mail_goes_out(sandbox, client):
    found = client("POST", "/subscriber", {"email": ANNA})
    assert found["status"] == "Opt-In Pending"
    (mail,) = sandbox.store.notes("mail", "klicktipp")
    assert (mail["email"], mail["purpose"]) == (ANNA, "confirm")
    page = requests.get(mail["link"], timeout=10)
    assert "<button>Confirm" in page.text
    assert client("GET", f"/subscriber/{found['id']}")["optin"] == ""
    requests.post(mail["link"], timeout=10)
    after = client("GET", f"/subscriber/{found['id']}")
    assert after["status"] == "Subscribed" and after["optin"]
    assert sandbox.store.notes("reactivation")[0]["via"] == "click"


@pytest.mark.parametrize(
    "before, process, after, came_back",
    [
        ("subscribed", "single", "Subscribed", 0),
        ("subscribed", "double", "Subscribed", 0),
        ("unsubscribed", "single", "Unsubscribed", 0),
        ("unsubscribed", "double", "Opt-In Pending", 0),
        ("pending", "double", "Opt-In Pending", 0),
        ("pending", "single", "Subscribed", 1),
    ],
)
def test_signing_up_again(
    sandbox, client, single, tag, before, process, after, came_back
):
    double = before == "pending"
    client("POST", "/subscriber", {"email": ANNA} | ({} if double else _id(single)))
    if before == "unsubscribed":
        client("POST", "/subscriber/unsubscribe", {"email": ANNA})
    body = {"email": ANNA} | (_id(single) if process == "single" else {})
    assert client("POST", "/subscriber", body)["status"] == after
    assert len(sandbox.store.notes("reactivation")) == came_back


def _id(process):
    return {"listid": process}


@pytest.mark.parametrize(
    "body, error",
    [
        ({"email": "nonsense"}, {"error": 5}),
        ({"email": "blocked1@example.org"}, {"error": 10, "code": 30}),
        ({"email": "mailfails@example.org"}, {"error": 6}),
        ({"email": "internal@example.org"}, {"error": 12}),
        ({"email": ANNA, "listid": 5}, {"error": 402}),
        ({"email": ANNA, "tagid": 5}, {"error": 403}),
        ({}, {"error": 32}),
        ({"smsnumber": "0171"}, {"error": 11}),
    ],
)
def test_refused(client, body, error):
    assert client.refused("POST", "/subscriber", body) == (406, error)


def test_fault_by_address(sandbox, client):
    sandbox.faults.add("partial", addresses=ANNA)
    assert client.refused("POST", "/subscriber", {"email": ANNA})[1] == {"error": 5}


@pytest.mark.parametrize("status", [429, 500])
def test_faults_in_the_tools_words(sandbox, client, status):
    sandbox.faults.add("status", status=status, times=1)
    answer = client.raw("GET", "/list")
    assert answer.status_code == status and isinstance(answer.json()[0], str)


def test_wrong_verb(client):
    assert client.raw("PATCH", "/subscriber/5").status_code == 405


# --- leaving, changing ------------------------------------------------------
def test_unsubscribe_is_for_the_account_and_told_twice(client, anna, tag):
    assert client("POST", "/subscriber/unsubscribe", {"email": ANNA}) == [True]
    assert client.refused("POST", "/subscriber/unsubscribe", {"email": ANNA}) == (
        406,
        {"error": 9},
    )
    found = client("GET", f"/subscriber/{anna}")
    assert found["status"] == "Unsubscribed" and found["unsubscription"]
    assert str(tag) in found["tags"]


def test_updates_keep_the_status(sandbox, client, anna):
    client("POST", "/subscriber/unsubscribe", {"email": ANNA})
    client("PUT", f"/subscriber/{anna}", {"fields": {"fieldCity": "Ulm"}})
    client("PUT", f"/subscriber/{anna}", {"newemail": "new@example.org"})
    found = client("GET", f"/subscriber/{anna}")
    assert (found["status"], found["fieldCity"]) == ("Unsubscribed", "Ulm")
    assert sandbox.store.notes("reactivation") == []


def test_untag(client, anna, tag):
    for _ in range(2):
        body = {"email": ANNA, "tagid": tag}
        assert client("POST", "/subscriber/untag", body) == [True]
    assert client("GET", f"/subscriber/{anna}")["tags"] == []


def test_one_unknown_tag_gives_none(client, anna, tag):
    (other,) = client("POST", "/tag", {"name": "Other"})
    body = {"email": ANNA, "tagids": [other, 5]}
    assert client.refused("POST", "/subscriber/tag", body)[1] == {"error": 403}
    assert client("GET", f"/subscriber/{anna}")["tags"] == [str(tag)]


def test_smart_tags_cannot_be_taken_away(sandbox, client, anna, tag):
    client("POST", "/subscriber/unsubscribe", {"email": ANNA})
    found = client("GET", f"/subscriber/{anna}")
    (smart,) = found["smart_tags"]
    assert sorted(found["tags"]) == sorted([smart, str(tag)])
    body = {"email": ANNA, "tagid": smart}
    assert client.refused("POST", "/subscriber/untag", body)[1] == {"error": 31}
    assert client.refused("DELETE", f"/tag/{smart}")[1] == {"error": 31}
    assert smart not in client("GET", "/tag")


def test_delete_forgets(client, single, anna):
    client("POST", "/subscriber/unsubscribe", {"email": ANNA})
    assert client("DELETE", f"/subscriber/{anna}") == [True]
    again = client("POST", "/subscriber", {"email": ANNA, "listid": single})
    assert again["id"] != anna and again["status"] == "Subscribed"
    assert again["tags"] == []


@pytest.mark.parametrize(
    "new, error",
    [
        ("bob@example.org", {"error": 30}),
        ("nonsense", {"error": 10, "code": 5}),
        ("blocked@example.org", {"error": 10, "code": 30}),
    ],
)
def test_address_change_refused(client, single, anna, new, error):
    client("POST", "/subscriber", {"email": "bob@example.org", "listid": single})
    assert client.refused("PUT", f"/subscriber/{anna}", {"newemail": new})[1] == error


def test_address_change_keeps_the_id(client, anna):
    client("PUT", f"/subscriber/{anna}", {"newemail": "Neu+1@example.org"})
    assert client("GET", f"/subscriber/{anna}")["email"] == "neu+1@example.org"


def test_contacts_by_number_only(sandbox, client, single, anna, tag):
    made = client("POST", "/subscriber", {"smsnumber": "+49 171 5550123"})
    assert (made["email"], made["sms_phone"]) == ("", "00491715550123")
    assert made["sms_status"] == "Subscribed"
    body = {"newsmsnumber": "00491715550123"}
    error = client.refused("PUT", f"/subscriber/{anna}", body)[1]
    assert error == {"error": 10, "code": 9}
    client("PUT", f"/subscriber/{anna}", {"newsmsnumber": "+491715550999"})
    sandbox.act("klicktipp", "sms_unsubscribe", tag, ANNA)
    body = {"newsmsnumber": "+491715550999"}
    error = client.refused("PUT", f"/subscriber/{anna}", body)[1]
    assert error == {"error": 10, "code": 10}


# --- the listbuilding key ---------------------------------------------------
def test_listbuilding(sandbox):
    client = Client(sandbox, login=False)
    assert client.raw("POST", "/subscriber/signin").status_code == 401
    wrong = {"apikey": "x", "email": ANNA}
    assert client.refused("POST", "/subscriber/signin", wrong)[1] == {"error": 100}
    body = {"apikey": KEY, "email": ANNA}
    assert "/pending/" in client("POST", "/subscriber/signin", body)[0]
    assert client("POST", "/subscriber/signout", body) == [True]
    assert client("POST", "/subscriber/signoff", body) == [True]


# --- acts, webhooks ---------------------------------------------------------
@pytest.mark.parametrize(
    "act, more, wanted",
    [
        ("unsubscribe", {}, {"status": "Unsubscribed"}),
        ("bounce", {}, {"status": "Subscribed", "bounce": "Hard Bounce"}),
        ("soft_bounce", {}, {"bounce": "Soft Bounce"}),
        ("complain", {}, {"bounce": "Spam Bounce"}),
        ("change_address", {"new": "b@example.org"}, {"email": "b@example.org"}),
        ("edit", {"values": {"fieldCity": "Ulm"}}, {"fieldCity": "Ulm"}),
        ("untag", {}, {"tags": []}),
        ("block", {}, {"status": "Subscribed"}),
    ],
)
def test_acts(sandbox, client, anna, tag, act, more, wanted):
    sandbox.act("klicktipp", act, tag, ANNA, **more)
    found = client("GET", f"/subscriber/{anna}")
    assert {key: found[key] for key in wanted} == wanted


def test_sign_up_confirm_and_delete(sandbox, client, tag):
    sandbox.act("klicktipp", "subscribe", tag, ANNA)
    assert sandbox.store.counts(tag) == {"pending": 1}
    sandbox.act("klicktipp", "confirm", tag, ANNA)
    assert sandbox.store.counts(tag) == {"subscribed": 1}
    sandbox.act("klicktipp", "delete", tag, ANNA)
    assert sandbox.store.counts(tag) == {}


def test_webhooks_pause_for_six_hours(sandbox, client, anna, hook):
    (tag,) = client("POST", "/tag", {"name": "Trigger"})
    sandbox.tools["klicktipp"].new_hook(
        hook.url, tag, {"Authorization": "token"}, {"city": "fieldCity"}
    )
    for seconds in (0, 60, 6 * 3600):
        sandbox.clock.advance(seconds)
        sandbox.act("klicktipp", "untag", tag, ANNA)
        sandbox.act("klicktipp", "tag", tag, ANNA)
    sandbox.settle()
    assert hook.forms == [{"email": ANNA, "Authorization": "token", "city": ""}] * 2


def test_seeded_people(sandbox, client, tag):
    sandbox.seed(tag, 200, unsubscribed=3, bounced=2, pending=1)
    found = client("POST", "/subscriber/tagged", {"tagid": tag})
    assert len(found) == 188
    assert len(client("GET", "/subscriber")["subscribers"]) == 188
    one = client("GET", f"/subscriber/{next(iter(found))}")
    assert one["fieldFirstName"] and one["status"] == "Subscribed"
