"""KlickTipp's shapes and oddities: login, contacts, fields, webhooks."""

import json
from datetime import date, datetime, timezone

import pytest

from newsletter_sync.connectors.contract import (
    Delivery,
    FieldType,
    MemberDraft,
    MemberRef,
    Refusal,
)
from newsletter_sync.connectors.errors import (
    BadAnswer,
    Invalid,
    LoginRefused,
    MisConfigured,
    NotFound,
    PermissionMissing,
    WebhookRefused,
)
from newsletter_sync.connectors.providers.klicktipp import KlickTipp, login, mapping
from newsletter_sync.sync.vocabulary import Status
from newsletter_sync.tests_pure.providers.klicktipp_answers import (
    ANNA,
    SESSION,
    TAGS,
    connector,
    contact,
)
from newsletter_sync.tests_pure.scripted_http import ScriptedHttp


@pytest.fixture
def http():
    script = ScriptedHttp()
    yield script
    script.finish()


@pytest.fixture
def speak(http):
    """Logged in, and with the tags read."""
    http.expect("POST", "/account/login", SESSION)
    http.expect("GET", "/tag", TAGS)
    speak = connector(http)
    speak.lists()
    return speak


# --- login --------------------------------------------------------------------
def test_the_vendors_test_vector():
    made = login.make_cipher(bytes.fromhex("0123456789abcdef"), "customer-key")
    assert made == "cZkWFoPs3rLacJ4OpaooJMMOcb/fLxbZpeeOzJFCGh1jdXN0b21lci1rZXk="


def test_the_cookie_has_the_name_that_the_tool_gives(http, speak):
    asked, tags = http.sent
    assert "Cookie" not in asked.headers
    assert tags.headers["Cookie"] == "SSESSx1=abc-123"


def test_the_session_ends_once(http, speak):
    denied = ["API access denied."]
    http.expect("GET", "/tag", denied, status=403)
    http.expect("POST", "/account/login", SESSION | {"sessid": "def-456"})
    http.expect("GET", "/tag", TAGS)
    assert [each.name for each in speak.lists()] == ["News", "Odoo.vip"]
    assert http.sent[-1].headers["Cookie"] == "SSESSx1=def-456"
    http.expect("GET", "/tag", denied, status=403)
    http.expect("POST", "/account/login", SESSION)
    http.expect("GET", "/tag", denied, status=403)
    with pytest.raises(PermissionMissing):
        speak.lists()


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (401, ["Falscher Benutzername oder Passwort."]),
        (400, ['The key "username" must be a string.']),
        (406, {"error": 507}),
    ],
)
def test_a_refused_login(http, status, body):
    http.expect("POST", "/account/login", body, status=status)
    with pytest.raises(LoginRefused):
        connector(http).account()


@pytest.mark.parametrize("name", ["", "a b", "x;y", "x\r\nEvil: 1"])
def test_a_session_that_is_none(http, name):
    http.expect("POST", "/account/login", SESSION | {"session_name": name})
    with pytest.raises(BadAnswer):
        connector(http).lists()


def test_a_developer_key_needs_no_session(http):
    speak = connector(
        http, login="developer", developer_key="0123456789abcdef", customer_key="c-key"
    )
    http.expect("GET", "/tag", [])
    account = speak.account()
    assert (account.remote_id, account.name) == ("anna", "anna")
    assert http.sent[0].headers["X-Un"] == "anna"
    with pytest.raises(MisConfigured):
        connector(http, login="developer", developer_key="xyz", customer_key="c-key")


def test_the_account(http):
    http.expect("POST", "/account/login", SESSION)
    http.expect("GET", "/tag", TAGS)
    speak = connector(http)
    account = speak.account()
    assert (account.remote_id, account.name, account.plan) == ("7", "Färber", "20")
    assert speak.web_url("home") == account.web_url != ""
    assert speak.web_url("member", "5") == ""


def test_the_address_of_the_api_is_fixed(http):
    speak = connector(http, base_url="https://evil.example.net")
    http.expect("POST", "/account/login", SESSION)
    http.expect("GET", "/tag", TAGS)
    speak.lists()
    assert http.sent[0].url == "https://api.klicktipp.com/account/login"


# --- contacts -----------------------------------------------------------------
@pytest.mark.parametrize(
    ("changes", "status", "at"),
    [
        ({}, Status.SUBSCRIBED, datetime(2024, 12, 28, 21, 52, 9)),
        ({"optin": "25.07.2025"}, Status.SUBSCRIBED, datetime(2025, 7, 24, 22)),
        ({"optin": "32.13.2025", "date": ""}, Status.SUBSCRIBED, None),
        (
            {"status": "subscribed"},
            Status.SUBSCRIBED,
            datetime(2024, 12, 28, 21, 52, 9),
        ),
        ({"status": "Opt-In Pending"}, Status.PENDING, datetime(2024, 9, 24, 22)),
        ({"status": "something new"}, Status.PENDING, datetime(2024, 9, 24, 22)),
        ({"status": None}, Status.PENDING, datetime(2024, 9, 24, 22)),
        (
            {"status": "Unsubscribed", "unsubscription": "01.01.2025 00:30:00"},
            Status.UNSUBSCRIBED,
            datetime(2024, 12, 31, 23, 30),
        ),
        (
            {"status": "odd", "unsubscription": "01.01.2025"},
            Status.UNSUBSCRIBED,
            datetime(2024, 12, 31, 23),
        ),
        ({"status": "Unsubscribed", "bounce": "Hard"}, Status.UNSUBSCRIBED, None),
        ({"bounce": "Hard Bounce"}, Status.HARD_BOUNCE, None),
        ({"bounce": "softbounce"}, Status.SOFT_BOUNCE, None),
        ({"bounce": "Spam Bounce"}, Status.GENERAL_BOUNCE, None),
        ({"bounce": ""}, Status.SUBSCRIBED, datetime(2024, 12, 28, 21, 52, 9)),
    ],
)
def test_statuses(changes, status, at):
    at = at.replace(tzinfo=timezone.utc) if at else None
    assert mapping.status_of(contact(**changes)) == (status, at)


@pytest.mark.parametrize(
    "changes",
    [
        {"tags": ["21"], "manual_tags": None},
        {"tags": [21], "manual_tags": []},
        {"tags": [], "manual_tags": {"21": "1"}},
        {"tags": None, "manual_tags": {}, "smart_tags": {"21": "1"}},
    ],
)
def test_tags_stand_in_three_places(changes):
    assert mapping.tag_ids(contact(**changes)) == {"21"}


def test_a_member(http, speak):
    told = contact(
        tags=["21", "22", "99"],
        smart_tags={"99": "1"},
        manual_tags={"21": "1", "22": "1"},
        fieldFirstName="Anna",
        fieldBirthday="0",
        fieldPhone="00492201234567",
        optin="28.12.2024 22:52:09",
        optin_ip="192.0.2.1",
    )
    http.expect("GET", "/subscriber/5", told)
    member = speak.member("21", MemberRef(ANNA, "5"))
    assert member.tags == {"Odoo.vip"}
    assert member.values["fieldFirstName"] == "Anna"
    assert member.values["fieldBirthday"] == date(1970, 1, 1)
    assert member.values["fieldPhone"] == "+492201234567"
    assert member.opt_in_at and member.opt_in_ip == "192.0.2.1"


def test_whom_a_program_wrote_in_has_not_clicked():
    told = contact(optin="28.12.2024 22:52:09", optin_ip="192.0.2.1 - By API Request")
    member = mapping.member_of(told, {}, frozenset())
    assert (member.opt_in_at, member.opt_in_ip) == (None, "")


def test_a_full_read_names_every_filter(http, speak):
    http.expect("GET", "/tag/21", {"tagid": "21", "name": "News"})
    http.expect("POST", "/subscriber/tagged", {"7": "1760530436", "5": "1760530436"})
    http.expect("GET", "/subscriber/5", contact())
    http.expect("GET", "/subscriber/7", "", status=404)
    (page,) = speak.members("21")
    assert [member.email for member in page.members] == [ANNA]
    asked = http.sent[3]
    body = json.loads(asked.body)
    assert set(body["status"]) == {"pending", "subscribed", "unsubscribed"}
    assert len(body["bounceStatus"]) == 4
    assert "status=pending%2Csubscribed%2Cunsubscribed" in asked.url


def test_a_contact_of_text_messages_only_is_left_out(http, speak):
    http.expect("GET", "/tag/21", {"tagid": "21"})
    http.expect("POST", "/subscriber/tagged", {"5": "1"})
    http.expect("GET", "/subscriber/5", contact(email=""))
    assert [page.members for page in speak.members("21")] == [()]


def test_a_tag_that_is_gone_is_no_empty_list(http, speak):
    missing = ["There is no such entity."]
    http.expect("GET", "/tag/21", missing, status=404)
    with pytest.raises(NotFound):
        list(speak.members("21"))


@pytest.mark.parametrize("cursor", ["-1", "x", "1.5"])
def test_positions_that_are_none(speak, cursor):
    with pytest.raises(Invalid):
        list(speak.members("21", cursor))


# --- fields -------------------------------------------------------------------
KINDS = "field1 = decimal, 2=date\nfield3=datetime; field4 = time, field5=number"


def test_the_connection_names_the_types(http):
    speak = connector(http, field_types=KINDS)
    http.expect("POST", "/account/login", SESSION)
    http.expect("GET", "/field", {"fieldFirstName": "Vorname", "field1": "Umsatz"})
    first, own = speak.fields()
    assert (first.name, first.label, first.type) == (
        "fieldFirstName",
        "Vorname",
        FieldType.TEXT,
    )
    assert (own.name, own.type, own.remote_id) == ("field1", FieldType.NUMBER, "1")
    with pytest.raises(MisConfigured):
        connector(http, field_types="field1 = money")


@pytest.mark.parametrize(
    ("kind", "value", "written", "read", "back"),
    [
        ("decimal", 19.99, "1999", "19.99", 19.99),
        ("decimal", -0.05, "-5", "-0.05", -0.05),
        ("decimal", 3, "300", "3.00", 3.0),
        ("decimal", 0.285, "29", "0.29", 0.29),
        ("number", 7, "7", "7", 7),
        ("number", True, "1", "1", 1),
        ("date", date(1969, 12, 31), "-86400", "-86400", date(1969, 12, 31)),
        (
            "datetime",
            datetime(2025, 1, 1, tzinfo=timezone.utc),
            "1735689600",
            "1735689600",
            datetime(2025, 1, 1, tzinfo=timezone.utc),
        ),
        ("time", "08:30", "30600", "30600", "08:30:00"),
        ("line", 1.50, "1.5", "1.5", "1.5"),
        ("line", date(2025, 1, 31), "2025-01-31", "2025-01-31", "2025-01-31"),
        ("line", None, "", "", None),
        ("line", float("inf"), "", "", None),
        ("phone", "+49 30 1", "+49 30 1", "0049301", "+49301"),
        ("number", "n/a", "n/a", "n/a", "n/a"),
    ],
)
def test_values_there_and_back(kind, value, written, read, back):
    assert mapping.encoded(value, kind) == written
    assert mapping.decoded(read, kind) == back


def test_an_unknown_field_is_not_sent(http, speak):
    http.expect("GET", "/field", {"fieldFirstName": "Vorname"})
    (row,) = speak.upsert("21", [MemberDraft(ANNA, {"field9": "x"})]).rows
    assert row.refusal is Refusal.FIELD


# --- webhooks -----------------------------------------------------------------
FORM = b"email=anna%40example.org&Authorization=a-long-token&Vorname=Anna"


def call(body=FORM, query=None, method="POST"):
    return Delivery(method, {}, query or {}, body)


@pytest.mark.parametrize(
    "delivery",
    [
        call(),
        call(b'{"E-Mail": "anna@example.org", "authorization": "a-long-token"}'),
        call(b"", {"Mail": ANNA, "Authorization": "a-long-token"}, "GET"),
        call(b"Authorization=a-long-token&adresse=anna%40example.org"),
    ],
)
def test_a_call(delivery):
    KlickTipp.verify(delivery, {"token": "a-long-token"})
    (event,) = KlickTipp.parse(delivery)
    assert (event.kind, event.email) == ("updated", ANNA)
    assert "a-long-token" not in str(event.raw)
    for secrets in ({}, {"token": ""}, {"token": "other"}):
        with pytest.raises(WebhookRefused):
            KlickTipp.verify(delivery, secrets)


@pytest.mark.parametrize("body", [b"", b"x=1", b"{", b"\xff", b"[1]"])
def test_malformed_calls(body):
    with pytest.raises(WebhookRefused):
        KlickTipp.parse(call(body))
    with pytest.raises(WebhookRefused):
        KlickTipp.verify(call(body), {"token": "a-long-token"})
