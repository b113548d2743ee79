"""Brevo's shapes and oddities: errors, who is subscribed, attributes, account."""

from datetime import date, datetime, timezone

import pytest
import requests

from newsletter_sync.connectors import registry
from newsletter_sync.connectors.contract import (
    FieldType,
    MemberDraft,
    MemberRef,
    Outcome,
    Refusal,
    RemoteField,
)
from newsletter_sync.connectors.errors import (
    BadAnswer,
    Conflict,
    LoginRefused,
    NotFound,
    PermissionMissing,
    Throttled,
)
from newsletter_sync.connectors.providers.brevo import Brevo, mapping
from newsletter_sync.sync.vocabulary import Status
from newsletter_sync.tests_pure.providers.brevo_answers import (
    ANNA,
    ATTRIBUTES,
    BOB,
    CREDENTIALS,
    IP,
    LIST,
    bodies,
    connector,
    contact,
    expect_contact,
)
from newsletter_sync.tests_pure.scripted_http import Clock, ScriptedHttp, transport


@pytest.fixture
def http():
    http = ScriptedHttp()
    yield http
    http.finish()


@pytest.fixture
def speak(http):
    return connector(http)


# --- errors -----------------------------------------------------------------------
@pytest.mark.parametrize(
    "message, error",
    [
        ("Key not found", LoginRefused),
        ("authentication not found in headers", LoginRefused),
        (IP, PermissionMissing),
    ],
)
def test_a_wrong_key_and_a_foreign_address_are_two_things(http, speak, message, error):
    body = {"message": message, "code": "unauthorized"}
    http.expect("GET", "/v3/account", body, status=401)
    with pytest.raises(error) as caught:
        speak.account()
    assert type(caught.value) is error
    assert ("authorised_ips" in str(caught.value)) == (message == IP)


@pytest.mark.parametrize("code", ["duplicate_parameter", "invalid_parameter"])
def test_duplicates_are_told_by_the_metadata(http, speak, code):
    body = {
        "code": code,
        "message": "Unable to update contact",
        "metadata": {"duplicate_identifiers": ["email"]},
    }
    expect_contact(http, contact())
    http.expect("PUT", "/v3/contacts/12", body, status=400)
    with pytest.raises(Conflict):
        speak.change_address(MemberRef(ANNA), BOB)
    assert bodies(http, "PUT") == [{"attributes": {"EMAIL": BOB}}]


def test_the_wait_stands_in_a_header_of_its_own(http):
    clock = Clock()
    speak = connector(http, clock)
    wait = {"x-sib-ratelimit-reset": "4"}
    http.expect("GET", "/v3/contacts/attributes", {}, status=429, headers=wait)
    http.expect("GET", "/v3/contacts/attributes", ATTRIBUTES)
    assert len(speak.fields()) == 7
    assert clock.slept == [4.0]


def test_a_number_of_somebody_else(http, speak):
    """A new address, but an SMS that is taken: nobody to fall back on."""
    taken = {"message": "taken", "metadata": {"duplicate_identifiers": ["SMS"]}}
    expect_contact(http)
    http.expect("POST", "/v3/contacts", taken, status=400)
    expect_contact(http)
    (row,) = speak.upsert("7", [MemberDraft(ANNA)]).rows
    assert row.refusal is Refusal.DUPLICATE
    assert "SMS" in row.message


# --- who is subscribed ------------------------------------------------------------
EVENT = {"campaignId": 1, "eventTime": "2026-05-02T16:40:31.123+02:00"}


@pytest.mark.parametrize(
    "more, status",
    [
        ({}, Status.SUBSCRIBED),
        ({"listUnsubscribed": [7]}, Status.UNSUBSCRIBED),
        ({"listUnsubscribed": [8]}, Status.SUBSCRIBED),
        ({"emailBlacklisted": True}, Status.UNSUBSCRIBED),
        ({"emailBlacklisted": None}, Status.UNSUBSCRIBED),
        (
            {"emailBlacklisted": True, "statistics": {"hardBounces": [EVENT]}},
            Status.HARD_BOUNCE,
        ),
        (
            {"emailBlacklisted": True, "statistics": {"softBounces": [EVENT]}},
            Status.UNSUBSCRIBED,
        ),
        (
            {
                "emailBlacklisted": True,
                "statistics": {
                    "hardBounces": [EVENT],
                    "unsubscriptions": {"userUnsubscription": [EVENT]},
                },
            },
            Status.UNSUBSCRIBED,
        ),
        ({"statistics": {"hardBounces": [EVENT]}}, Status.SUBSCRIBED),
    ],
)
def test_who_is_subscribed(more, status):
    found, at, _reason = mapping.status_of(contact(**more), "7")
    assert found is status
    assert at in (None, datetime(2026, 5, 2, 14, 40, 31, 123000, timezone.utc))


def test_people_without_an_address_are_left_out(http, speak):
    rows = [contact(), contact(email="4912@mailin-sms.com"), contact(email=None)]
    http.expect("GET", LIST + "/contacts", {"contacts": rows, "count": 3})
    (page,) = speak.members("7")
    assert [member.email for member in page.members] == [ANNA]


@pytest.mark.parametrize("body", [{}, [], {"contacts": []}, {"count": "x"}, None])
def test_what_is_no_page(http, speak, body):
    http.expect("GET", LIST + "/contacts", body)
    with pytest.raises(BadAnswer):
        list(speak.members("7"))


def test_changes_ask_for_a_second_more(http, speak):
    http.expect("GET", LIST + "/contacts", {"contacts": [], "count": 0})
    since = datetime(2026, 1, 1, tzinfo=timezone.utc)
    assert [page.members for page in speak.changes("7", since)] == [()]
    assert "modifiedSince=2025-12-31T23%3A59%3A59.000Z" in http.sent[0].url


def test_a_list_that_is_gone_is_not_somebody_who_is_not_there(http, speak):
    expect_contact(http)
    http.expect("GET", "/v3/contacts/lists/8", {}, status=404)
    with pytest.raises(NotFound):
        speak.member("8", MemberRef(ANNA))
    with pytest.raises(NotFound):
        speak.upsert("no-number", [])


# --- attributes -------------------------------------------------------------------
@pytest.mark.parametrize(
    "name, stored, value",
    [
        ("FIRSTNAME", "Änne", "Änne"),
        ("FIRSTNAME", 5, "5"),
        ("BORN", "2026-05-02", date(2026, 5, 2)),
        ("BORN", "soon", "soon"),
        ("POINTS", 1.5, 1.5),
        ("VIP", True, True),
        ("VIP", "false", False),
        ("KIND", 2, "Blue"),
        ("KIND", 9, "9"),
        ("TOPICS", ["A", "B"], "A, B"),
        ("BORN", "", None),
    ],
)
def test_values_are_read_by_type(http, speak, name, stored, value):
    http.expect("GET", "/v3/contacts/attributes", ATTRIBUTES)
    assert speak._attributes()[name].decoded(stored) == value


@pytest.mark.parametrize(
    "name, value, sent",
    [
        ("BORN", date(2026, 5, 2), "2026-05-02"),
        ("BORN", "2026-05-02", "2026-05-02"),
        ("BORN", "soon", None),
        ("POINTS", "1.5", 1.5),
        ("POINTS", "many", None),
        ("VIP", "1", True),
        ("VIP", "perhaps", None),
        ("KIND", "gold", 1),
        ("KIND", "Red", None),
        ("TOPICS", "A", None),
        ("SENT", "1", None),
        ("FIRSTNAME", None, ""),
        ("NOTHING", "x", None),
    ],
)
def test_what_brevo_would_drop_is_refused(http, speak, name, value, sent):
    """``sent`` None: the row is refused, for the tool would be silent about it."""
    http.expect("GET", "/v3/contacts/attributes", ATTRIBUTES)
    if name == "NOTHING":  # perhaps made meanwhile
        http.expect("GET", "/v3/contacts/attributes", ATTRIBUTES)
    if sent is not None:
        expect_contact(http, contact(attributes={"FIRSTNAME": "Old"}))
        http.expect("PUT", "/v3/contacts/12", "", status=204)
    (row,) = speak.upsert("7", [MemberDraft(ANNA, {name: value})]).rows
    if sent is None:
        assert row.refusal is Refusal.FIELD
    else:
        assert bodies(http, "PUT") == [{"attributes": {name: sent}}]


def test_kinds_of_attributes(http, speak):
    http.expect("GET", "/v3/contacts/attributes", ATTRIBUTES)
    fields = {field.name: field for field in speak.fields()}
    assert fields["KIND"].choices == ("Gold", "Blue")
    assert fields["KIND"].type is FieldType.CHOICE
    assert {n for n, field in fields.items() if field.read_only} == {"TOPICS", "SENT"}


@pytest.mark.parametrize(
    "label, name", [("Straße & Nr.", "STRASSE_NR"), (" Größe ", "GROESSE"), ("—", "")]
)
def test_technical_names(label, name):
    assert mapping.technical_name(label) == name


def test_deleting_names_the_kind(http, speak):
    http.expect("DELETE", "/v3/contacts/attributes/category/KIND", "", status=204)
    speak.delete_field(RemoteField("KIND", "KIND", remote_id="category/KIND"))


# --- account ----------------------------------------------------------------------
def test_the_account(http, speak):
    told = {
        "email": "owner@example.org",
        "companyName": "Färber",
        "plan": [{"type": "free"}, {"type": "sms"}],
    }
    http.expect("GET", "/v3/account", told)
    http.expect("GET", "/v3/contacts", {"contacts": [], "count": 12})
    account = speak.account()
    assert (account.name, account.recipients, account.plan) == (
        "Färber",
        12,
        "free, sms",
    )
    assert registry.get("brevo") is Brevo
    assert speak.web_url("list", "7").endswith("/contact/list-listing/id/7")
    assert speak.web_url("member", "12").endswith("/contact/index/12")
    assert speak.web_url("forms") == ""


def test_the_address_of_the_api_is_fixed(http):
    credentials = CREDENTIALS | {"base_url": "https://evil.example.net"}
    assert (
        Brevo(credentials, transport(http))._api.base_url == "https://api.brevo.com/v3"
    )


def test_too_long_a_wait_is_told(http, speak):
    wait = {"x-sib-ratelimit-reset": "3600"}
    http.expect("GET", "/v3/account", {}, status=429, headers=wait)
    with pytest.raises(Throttled) as caught:
        speak.account()
    assert caught.value.retry_after == 3600


def test_lost_answers_are_unknown_and_a_dead_line_is_told(http, speak):
    cut = requests.ConnectionError("cut")
    for _ in range(4):  # as often as the transport tries
        http.expect("GET", "/v3/contacts/anna%40example.org", cut)
    expect_contact(http, contact(email=BOB), name="bob%40example.org")
    lost, done = speak.upsert("7", [MemberDraft(ANNA), MemberDraft(BOB)]).rows
    assert (lost.outcome, done.outcome) == (Outcome.UNKNOWN, Outcome.WRITTEN)
