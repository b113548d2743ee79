"""CleverReach's calls, oddities and webhooks, one by one."""

import json
from dataclasses import replace
from datetime import datetime, timezone

import pytest
import requests

from newsletter_sync.connectors.contract import (
    Delivery,
    FieldType,
    Join,
    MemberDraft,
    MemberRef,
    Outcome,
    TokenPair,
    WebhookRegistration,
)
from newsletter_sync.connectors.errors import (
    BadAnswer,
    Conflict,
    Invalid,
    QuotaExceeded,
    ServerFault,
    Unreachable,
    WebhookRefused,
)
from newsletter_sync.connectors.oauth import MemoryTokenStore
from newsletter_sync.connectors.providers.cleverreach import CleverReach
from newsletter_sync.sync.vocabulary import Status
from newsletter_sync.tests_pure.scripted_http import Clock, ScriptedHttp, transport

ANNA, BOB, CARLA = "anna@example.org", "bob@example.org", "carla@example.org"
NOW = 1_800_000_000
GROUP = "/v3/groups/7"
DONE = Outcome.WRITTEN


@pytest.fixture
def http():
    script = ScriptedHttp()
    yield script
    script.finish()


@pytest.fixture
def speak(http):
    store = MemoryTokenStore(TokenPair("a-token"))
    credentials = {"login": "oauth", "client_id": "id", "client_secret": "a-secret"}
    return CleverReach(credentials, transport(http, Clock(NOW)), store)


# --- calls ----------------------------------------------------------------------------
def test_an_update_sends_no_times(http, speak):
    http.expect("POST", GROUP + "/receivers/upsert", [{"id": 1}, {"id": 2}])
    speak.upsert("7", [MemberDraft(ANNA), MemberDraft(BOB, tags_add=frozenset({"x"}))])
    assert http.bodies() == [[{"email": ANNA}, {"email": BOB, "tags": ["x"]}]]


def test_own_and_global_attributes_are_told_apart(http, speak):
    listed = [
        {"id": 1, "groups_id": "0", "name": "firstname", "type": "text"},
        {"id": 2, "groups_id": "0", "name": "shop", "type": "text"},
    ]
    own = [{"id": 3, "groups_id": "7", "name": "shop", "type": "number"}]
    http.expect("GET", "/v3/attributes", listed)
    http.expect("GET", GROUP + "/attributes", own)
    http.expect("POST", GROUP + "/receivers/upsert", [{"id": 1}])
    values = {"firstname": "Anna", "shop": 5}
    speak.upsert("7", [MemberDraft(ANNA, values, tags_remove=frozenset({"O.x"}))])
    (row,) = http.bodies()[-1]
    assert row == {
        "email": ANNA,
        "global_attributes": {"firstname": "Anna"},
        "attributes": {"shop": "5"},
        "tags": ["-O.x"],
    }


def test_a_batch_that_is_too_large_is_halved(http, speak):
    where = GROUP + "/receivers/upsert"
    error = {"error": {"code": 413, "message": "Payload Too Large"}}
    emails = [f"p{n}@example.org" for n in range(4)]
    http.expect("POST", where, error, status=413)
    http.expect("POST", where, error, status=413)
    http.expect("POST", where, [{"id": 0}])
    http.expect("POST", where, error, status=413)
    http.expect("POST", where, [{"id": 2}, {"id": 3}])
    rows = speak.upsert("7", [MemberDraft(email) for email in emails]).rows
    assert [len(body) for body in http.bodies()] == [4, 2, 1, 1, 2]
    assert [row.email for row in rows] == emails
    assert [row.outcome for row in rows] == [DONE, Outcome.REFUSED, DONE, DONE]


def test_an_error_with_status_200_is_an_error(http, speak):
    body = {"error": {"code": 409, "message": "conflict"}}
    http.expect("POST", "/v3/attributes", body)
    with pytest.raises(Conflict):
        speak.create_field("Farbe", FieldType.TEXT)


@pytest.mark.parametrize(
    ("status", "message"),
    [(400, "Bad Request: too many attributes"), (403, "contingent exhausted")],
)
def test_a_limit_is_told_as_such(http, speak, status, message):
    error = {"error": {"code": status, "message": message}}
    http.expect("POST", "/v3/attributes", error, status=status)
    with pytest.raises(QuotaExceeded):
        speak.create_field("Farbe", FieldType.TEXT)


def test_the_tool_names_its_attributes_itself(http, speak):
    created = {"id": "5", "name": "farbe", "groups_id": "0", "type": "text"}
    listed = [created | {"name": "farbe_2", "description": "Farbe"}]
    http.expect("POST", "/v3/attributes", [created])
    http.expect("GET", "/v3/attributes", listed)
    field = speak.create_field("Farbe", FieldType.CHOICE)
    assert (field.name, field.label, field.remote_id) == ("farbe_2", "Farbe", "5")


def test_false_for_a_full_read_is_no_empty_list(http, speak):
    http.expect("GET", GROUP + "/receivers", False)
    with pytest.raises(BadAnswer):
        list(speak.members("7"))


def test_false_for_a_question_is_nobody(http, speak):
    http.expect("POST", GROUP + "/get_receivers", False)
    assert speak.member("7", MemberRef(ANNA)) is None


def test_a_tool_that_ignores_the_page_does_not_loop(http, speak, monkeypatch):
    small = replace(CleverReach.capabilities, page_size=1)
    monkeypatch.setattr(CleverReach, "capabilities", small)
    rows = [{"id": 1, "email": ANNA}]
    http.expect("GET", GROUP + "/receivers", rows)
    http.expect("GET", "/v3/attributes", [])
    http.expect("GET", GROUP + "/attributes", [])
    http.expect("GET", GROUP + "/receivers", rows)
    with pytest.raises(BadAnswer):
        list(speak.members("7"))


@pytest.mark.parametrize("cursor", ["-1", "x", "1.5", "activated:0", "9" * 50])
def test_positions_that_are_none(speak, cursor):
    with pytest.raises(Invalid):
        list(speak.members("7", cursor))


def test_changes_ask_for_each_time_and_resume_in_the_middle(http, speak):
    since = datetime.fromtimestamp(NOW, timezone.utc)
    for _ in range(3):
        http.expect("POST", "/v3/receivers/filter", [])
    pages = list(speak.changes("7", since))
    assert [page.cursor for page in pages] == ["deactivated", "bounced", ""]
    rules = [body["rules"][0] for body in http.bodies()]
    assert [rule["field"] for rule in rules] == ["activated", "deactivated", "bounced"]
    assert {rule["condition"] for rule in rules} == {str(NOW - 1)}
    http.expect("POST", "/v3/receivers/filter", [])
    assert [page.cursor for page in speak.changes("7", since, "bounced:4")] == [""]
    assert http.bodies()[-1]["page"] == 4


def test_a_person_with_another_address_is_not_doubled(http, speak):
    receiver = {"id": 12, "email": BOB, "activated": NOW, "deactivated": NOW}
    http.expect("POST", GROUP + "/get_receivers", [receiver])
    http.expect("GET", "/v3/attributes", [])
    http.expect("GET", GROUP + "/attributes", [])
    with pytest.raises(Conflict):
        speak.subscribe("7", MemberDraft(ANNA, remote_id="12"))


def test_who_has_left_keeps_the_time_of_leaving(http, speak):
    receiver = {"id": 1, "email": ANNA, "activated": NOW, "deactivated": NOW}
    http.expect("POST", GROUP + "/get_receivers", [receiver])
    http.expect("GET", "/v3/attributes", [])
    http.expect("GET", GROUP + "/attributes", [])
    speak.unsubscribe("7", MemberRef(ANNA))  # and no call that changes


def test_an_attribute_that_was_made_meanwhile(http, speak):
    new = {"id": 1, "groups_id": "0", "name": "city", "type": "text"}
    for listed in ([], [new]):
        http.expect("GET", "/v3/attributes", listed)
        http.expect("GET", GROUP + "/attributes", [])
    http.expect("POST", GROUP + "/receivers/upsert", [{"id": 1}])
    (row,) = speak.upsert("7", [MemberDraft(ANNA, {"city": "Bonn"})]).rows
    assert row.outcome is DONE


def test_false_when_leaving_is_looked_into(http, speak):
    receiver = {"id": 1, "email": ANNA, "activated": NOW, "deactivated": 0}
    http.expect("POST", GROUP + "/get_receivers", [receiver])
    http.expect("GET", "/v3/attributes", [])
    http.expect("GET", GROUP + "/attributes", [])
    http.expect("PUT", GROUP + "/receivers/1/deactivate", False)
    http.expect("POST", GROUP + "/get_receivers", [receiver])
    with pytest.raises(ServerFault):
        speak.unsubscribe("7", MemberRef(ANNA))


def test_false_when_deleting_is_looked_into(http, speak):
    missing = {"error": {"code": 404, "message": "Not Found"}}
    http.expect("DELETE", "/v3/receivers/anna%40example.org", False)
    http.expect("GET", "/v3/receivers/anna%40example.org", missing, status=404)
    speak.erase(MemberRef(ANNA))
    http.expect("DELETE", "/v3/receivers/anna%40example.org", False)
    http.expect("GET", "/v3/receivers/anna%40example.org", {"id": 1})
    with pytest.raises(ServerFault):
        speak.erase(MemberRef(ANNA))


def test_erasing_is_never_limited_to_a_group_nor_without_a_name(http, speak):
    http.expect("DELETE", "/v3/receivers/12", True)
    speak.erase(MemberRef(ANNA, "12"))
    assert "group_id" not in http.sent[0].url
    for nobody in (MemberRef(""), MemberRef(" ", " ")):
        with pytest.raises(Invalid):
            speak.erase(nobody)


# --- asking for a confirmation --------------------------------------------------------
def expect_invitation(http):
    http.expect("POST", GROUP + "/get_receivers", [])
    http.expect("GET", GROUP + "/forms", [{"id": "44", "customer_tables_id": "7"}])


@pytest.mark.parametrize("sent", [ANNA, {"success": True}, True, None])
def test_an_invitation(http, speak, sent):
    expect_invitation(http)
    http.expect("POST", GROUP + "/receivers", {"id": "5", "email": ANNA})
    http.expect("POST", "/v3/forms/44/send/activate", json.dumps(sent))
    draft = MemberDraft(ANNA, join=Join.ASK, opt_in_ip="192.0.2.7")
    (row,) = speak.upsert("7", [draft]).rows
    assert (row.outcome, row.status) == (Outcome.CREATED, Status.PENDING)
    created, mailed = http.bodies()[-2:]
    assert created == {"email": ANNA, "registered": NOW, "activated": 0}
    assert mailed["doidata"]["user_ip"] == "192.0.2.7"


@pytest.mark.parametrize("refusal", [{"error": "no"}, {"success": False}])
def test_who_was_not_mailed_does_not_stay(http, speak, refusal):
    ours = {"id": "5", "email": ANNA, "registered": NOW, "activated": 0}
    expect_invitation(http)
    http.expect("POST", GROUP + "/receivers", ours)
    http.expect("POST", "/v3/forms/44/send/activate", refusal)
    http.expect("POST", GROUP + "/get_receivers", [ours])
    http.expect("GET", "/v3/attributes", [])
    http.expect("GET", GROUP + "/attributes", [])
    http.expect("DELETE", GROUP + "/receivers/5", True)
    try:
        (row,) = speak.upsert("7", [MemberDraft(ANNA, join=Join.ASK)]).rows
        assert row.outcome is Outcome.REFUSED
    except ServerFault as error:
        assert error.retryable


def test_a_cut_invitation_takes_back_its_own_receiver_only(http, speak):
    theirs = {"id": "5", "email": ANNA, "registered": NOW - 60, "activated": 0}
    expect_invitation(http)
    http.expect("POST", GROUP + "/receivers", requests.ConnectionError("cut"))
    http.expect("POST", GROUP + "/get_receivers", [theirs])
    http.expect("GET", "/v3/attributes", [])
    http.expect("GET", GROUP + "/attributes", [])
    with pytest.raises(Unreachable):
        speak.upsert("7", [MemberDraft(ANNA, join=Join.ASK)])


def test_who_came_meanwhile_is_left_alone(http, speak):
    expect_invitation(http)
    http.expect("POST", GROUP + "/receivers", {"error": {"code": 409}}, status=409)
    (row,) = speak.upsert("7", [MemberDraft(ANNA, join=Join.ASK)]).rows
    assert row.outcome is Outcome.SKIPPED


# --- login, account -------------------------------------------------------------------
def test_the_address_of_the_api_is_fixed(http):
    credentials = {"login": "oauth", "base_url": "https://evil.example.net"}
    speak = CleverReach(credentials, transport(http), MemoryTokenStore(TokenPair("t")))
    url = speak.authorize_url("https://odoo.example.com/back", "state-1")
    assert url.startswith("https://rest.cleverreach.com/oauth/authorize.php?")
    assert "grant=basic" in url


def test_the_account(http, speak):
    http.expect(
        "GET",
        "/v3/debug/whoami",
        {"id": 1, "name": "Färber", "login_domain": "1.eu2.example.com"},
    )
    http.expect("GET", "/v3/groups", [{"id": "7", "name": "One"}])
    http.expect("GET", GROUP + "/stats", [{"total_count": "12"}])
    account = speak.account()
    assert (account.remote_id, account.name) == ("1", "Färber")
    assert account.web_url == "https://1.eu2.example.com"
    assert account.recipients == 12
    home = account.web_url
    assert speak.web_url("home", home=home) == home
    assert speak.web_url("reports", home=home) == home + "/admin/report_list.php"
    assert speak.web_url("member", "5", home=home) == ""
    assert speak.web_url("home") == ""


@pytest.mark.parametrize("domain", ["", "javascript:alert(1)", "a b", "x@y", "//e.net"])
def test_an_odd_login_domain_makes_no_link(http, speak, domain):
    http.expect("GET", "/v3/debug/whoami", {"id": 1, "login_domain": domain})
    http.expect("GET", "/v3/groups", {"error": {"code": 403}}, status=403)
    account = speak.account()
    assert account.web_url == ""
    assert account.warnings


# --- webhooks -------------------------------------------------------------------------
def delivery(body=b"", method="POST", headers=None, query=None):
    if not isinstance(body, bytes):
        body = json.dumps(body).encode()
    return Delivery(method, headers or {}, query or {}, body)


def test_the_handshake():
    asked = delivery(method="GET", query={"secret": "Abc123"})
    assert CleverReach.handshake(asked, "our-own-text") == "our-own-text Abc123"
    assert CleverReach.handshake(delivery(), "our-own-text") is None
    for bad in ("", "<script>", "a b", "x" * 300, "ä"):
        with pytest.raises(WebhookRefused):
            CleverReach.handshake(delivery(method="GET", query={"secret": bad}), "v")


def test_a_call_must_carry_the_token():
    good = delivery(headers={"x-cr-calltoken": "token"})
    CleverReach.verify(good, {"call_token": "token"})
    for call, secrets in (
        (good, {"call_token": "other"}),
        (good, {"call_token": ""}),
        (good, {}),
        (delivery(), {"call_token": "token"}),
        (delivery(headers={"x-cr-calltoken": ""}), {"call_token": ""}),
    ):
        with pytest.raises(WebhookRefused):
            CleverReach.verify(call, secrets)


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        ("receiver.subscribed", "subscribed"),
        ("receiver.unsubscribed", "unsubscribed"),
        ("receiver.created", "updated"),
        ("receiver.updated", "updated"),
        ("receiver.deleted", "deleted"),
        ("group.deleted", "list_changed"),
        ("form.created", "unknown"),
    ],
)
def test_events(event, kind):
    payload = {"pool_id": 12, "group_id": "7", "email": "encrypted"}
    body = {"condition": "7", "event": event, "payload": payload}
    (found,) = CleverReach.parse(delivery(body))
    assert (found.kind, found.list_id, found.remote_id) == (kind, "7", "12")
    assert found.email == ""
    assert found.key == CleverReach.parse(delivery(body))[0].key


@pytest.mark.parametrize("body", [b"", b"<html>", b"5", b"{}", b'{"event": 5}', b"[1]"])
def test_malformed_calls(body):
    with pytest.raises(WebhookRefused):
        CleverReach.parse(delivery(body))


def test_registering_replaces_and_keeps_both_secrets(http, speak):
    http.expect("DELETE", "/hooks/eventhook/receiver", {}, status=404)
    http.expect(
        "POST",
        "/hooks/eventhook",
        {"success": True, "call_token": "c" * 64, "secret": "s" * 32},
    )
    (made,) = speak.register_webhooks("https://odoo.example.com/h", "7", "v" * 20)
    assert made.secrets == {"call_token": "c" * 64, "secret": "s" * 32}
    assert "c" * 64 not in repr(made)
    assert "condition=7" in http.sent[0].url
    assert http.bodies()[1] == {
        "url": "https://odoo.example.com/h",
        "event": "receiver",
        "condition": "7",
        "verify": "v" * 20,
    }
    with pytest.raises(Invalid):
        speak.register_webhooks("https://odoo.example.com/h", "7", "short")
    with pytest.raises(Invalid):
        speak.unregister_webhooks([WebhookRegistration("x", "receiver")], "")
