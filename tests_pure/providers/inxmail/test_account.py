"""Inxmail's own ways: lists, attributes, errors, limits."""

from datetime import date, datetime, timezone

import pytest

from newsletter_sync.connectors.contract import (
    FieldType,
    ListDraft,
    RemoteField,
)
from newsletter_sync.connectors.errors import (
    BadAnswer,
    Conflict,
    Invalid,
    PermissionMissing,
)
from newsletter_sync.connectors.providers.inxmail import Inxmail, mapping
from newsletter_sync.tests_pure.providers.inxmail.side import BASE, LINKS
from newsletter_sync.tests_pure.scripted_http import Clock, transport


# --- lists, attributes ------------------------------------------------------
def test_a_list_needs_its_sender(side):
    with pytest.raises(Invalid):
        side.connector.create_list(ListDraft("x"))


def test_lists_that_cannot_be_joined_are_not_offered(side):
    assert {one.name for one in side.connector.lists()} == {"One", "Two"}


def test_types_of_attributes(side):
    kinds = {field.name: field.type for field in side.connector.fields()}
    assert kinds == {
        "Vorname": FieldType.TEXT,
        "Nachname": FieldType.TEXT,
        "Kunden-Nr.": FieldType.NUMBER,
        "Umsatz": FieldType.NUMBER,
        "Geburtstag": FieldType.DATE,
        "Letzter Kauf": FieldType.DATETIME,
        "VIP Kunde": FieldType.BOOLEAN,
    }


@pytest.mark.parametrize("name", ["", " ", "E-Mail, privat", "email", "EMAIL", 'a"b'])
def test_names_that_no_attribute_can_have(side, name):
    with pytest.raises(Invalid):
        side.connector.create_field(name, FieldType.TEXT)


def test_names_that_differ_by_case_are_not_made(side):
    with pytest.raises(Conflict):
        side.connector.create_field("VORNAME", FieldType.TEXT)


@pytest.mark.parametrize(
    ("type", "given", "json", "cell"),
    [
        (FieldType.TEXT, "Zoë", "Zoë", "Zoë"),
        (FieldType.TEXT, 5, "5", "5"),
        (FieldType.TEXT, True, "true", "true"),
        (FieldType.NUMBER, 5.0, 5, "5"),
        (FieldType.NUMBER, 5.25, 5.25, "5.25"),
        (FieldType.NUMBER, float("nan"), None, ""),
        (FieldType.BOOLEAN, False, False, "false"),
        (FieldType.DATE, date(2026, 1, 2), "2026-01-02", "2026-01-02"),
        (FieldType.DATE, datetime(2026, 1, 2, 3), "2026-01-02", "2026-01-02"),
        (FieldType.DATETIME, date(2026, 1, 2), *["2026-01-02T00:00:00Z"] * 2),
        (FieldType.DATETIME, datetime(2026, 1, 2, 3), *["2026-01-02T03:00:00Z"] * 2),
        (FieldType.TEXT, "", None, ""),
        (FieldType.NUMBER, None, None, ""),
    ],
)
def test_values(type, given, json, cell):
    field = RemoteField("x", "x", type)
    assert mapping.encoded(given, field) == json
    assert mapping.cell(given, field) == cell


# --- errors, limits ---------------------------------------------------------
def test_a_full_minute_is_waited_for_as_the_header_says(http, speak):
    headers = {"X-RateLimit-Limit": "600", "X-RateLimit-Reset": "17"}
    problem = {"type": "x", "title": "Too Many Requests"}
    http.expect("GET", BASE + "/", problem, status=429, headers=headers)
    http.expect("GET", BASE + "/", {"_links": {"inx:lists": {"href": "x"}}})
    account = speak.account()
    assert 17 <= speak.transport._clock.now - 1_800_000_000 < 19
    assert len(account.warnings) == 2


def test_the_header_is_no_wait_for_other_failures(http, speak):
    headers = {"X-RateLimit-Reset": "59"}
    http.expect("GET", BASE + "/", {}, status=500, headers=headers)
    http.expect("GET", BASE + "/", {"_links": {"inx:lists": {"href": "x"}}})
    speak.account()
    assert speak.transport._clock.now - 1_800_000_000 < 5


def test_a_refused_body_names_the_fields(http, speak):
    problem = {
        "type": "x",
        "title": "Validation failed",
        "generalErrors": [],
        "invalidFields": [{"field": "senderAddress", "problem": "no address"}],
    }
    http.expect("POST", BASE + "/lists", problem, status=400)
    draft = ListDraft("x", settings={"sender_email": "nobody"})
    with pytest.raises(Invalid) as caught:
        speak.create_list(draft)
    assert "senderAddress: no address" in caught.value.detail


def test_a_missing_role_is_told_as_such(sandbox, side):
    sandbox.set(missing_roles={"bounces"})
    try:
        with pytest.raises(PermissionMissing):
            list(side.connector.bounces())
    finally:
        sandbox.set(missing_roles=frozenset())


@pytest.mark.parametrize(
    "page",
    [
        {},
        [],
        "page",
        {"_embedded": None},
        {"_embedded": []},
        {"_embedded": {"inx:lists": {}}},
        {"_embedded": {"inx:lists": [1]}},
        {"_embedded": {"a": [], "b": []}},
    ],
)
def test_what_is_no_page_is_not_an_empty_one(http, speak, page):
    http.expect("GET", BASE + "/lists", page)
    if page == {"_embedded": None}:
        assert speak.lists() == []
    else:
        with pytest.raises(BadAnswer):
            speak.lists()


def test_links_that_lead_in_a_circle(http, speak):
    host = "https://api.inxmail.com" + BASE
    first = {"_links": {"next": {"href": host + "/lists?afterId=1"}}}
    for _ in range(2):
        http.expect("GET", BASE + "/lists", first)
    with pytest.raises(BadAnswer):
        speak.lists()


@pytest.mark.parametrize("key", ["creationDate", "eventDate", "bounceTime", "date"])
def test_the_time_of_an_event_whatever_its_name(key):
    event = {"id": 5, "lastUpdate": "?", key: "2026-01-02T03:04:05Z"}
    assert mapping.time_of(event) == datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
    assert mapping.time_of({"id": 5}) is None


def test_the_customer_is_part_of_every_address(http):
    login = {"customer": "a/b", "key": "k", "secret": "s"}
    login["base_url"] = "https://evil.example.net"
    speak = Inxmail(login, transport(http, Clock()))
    http.expect("GET", "/a%2Fb/rest/v1/", LINKS)
    speak.account()
    assert http.sent[0].url.startswith("https://api.inxmail.com/")


def test_the_login_page_is_the_only_link(http):
    login = {"customer": "acme", "key": "k", "secret": "s"}
    login["web_url"] = "https://login.example.com"
    speak = Inxmail(login, transport(http, Clock()))
    http.expect("GET", BASE + "/", LINKS)
    home = speak.account().web_url
    assert speak.web_url("home", home=home) == "https://login.example.com"
    assert speak.web_url("member", "5", home=home) == ""
