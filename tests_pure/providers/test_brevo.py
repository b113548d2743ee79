"""Brevo's own shapes and oddities."""

import json
from datetime import date, datetime, timezone

import pytest
import requests

from newsletter_sync.connectors import registry
from newsletter_sync.connectors.contract import (
    Delivery,
    FieldType,
    Join,
    MemberDraft,
    MemberRef,
    Outcome,
    Refusal,
    RemoteField,
    WebhookRegistration,
)
from newsletter_sync.connectors.errors import (
    BadAnswer,
    Conflict,
    Invalid,
    LoginRefused,
    NotFound,
    PermissionMissing,
    Throttled,
    WebhookRefused,
)
from newsletter_sync.connectors.providers.brevo import Brevo, mapping
from newsletter_sync.sync.vocabulary import Status
from newsletter_sync.tests_pure.scripted_http import Clock, ScriptedHttp, transport

ANNA, BOB = "anna@example.org", "bob@example.org"
LIST = "/v3/contacts/lists/7"
IP = (
    "We have detected you are using an unrecognised IP address 192.0.2.7. If you "
    "performed this action make sure to add the new IP address in this link: "
    "https://app.brevo.com/security/authorised_ips"
)
ATTRIBUTES = {
    "attributes": [
        {"name": "FIRSTNAME", "category": "normal", "type": "text"},
        {"name": "BORN", "category": "normal", "type": "date"},
        {"name": "POINTS", "category": "normal", "type": "float"},
        {"name": "VIP", "category": "normal", "type": "boolean"},
        {"name": "TOPICS", "category": "normal", "type": "multiple-choice"},
        {
            "name": "KIND",
            "category": "category",
            "enumeration": [
                {"value": 1, "label": "Gold"},
                {"value": 2, "label": "Blue"},
            ],
        },
        {"name": "SENT", "category": "calculated", "calculatedValue": "COUNT()"},
    ]
}
CREDENTIALS = {"api_key": "xkeysib-1", "redirect_url": "https://example.org/thanks"}


@pytest.fixture
def http():
    http = ScriptedHttp()
    yield http
    http.finish()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def speak(http, clock):
    speak = Brevo(CREDENTIALS, transport(http, clock))
    speak._known_lists.add("7")
    return speak


def contact(**more):
    return {
        "id": 12,
        "email": ANNA,
        "emailBlacklisted": False,
        "listIds": [7],
        "listUnsubscribed": None,
        "attributes": {},
    } | more


def expect_contact(http, found=None, name="anna%40example.org"):
    path = f"/v3/contacts/{name}"
    if found is None:
        http.expect("GET", path, {"code": "document_not_found"}, status=404)
    else:
        http.expect("GET", path, found)


def bodies(http, method):
    """The JSON bodies of all calls with a method."""
    return [json.loads(r.body) for r in http.sent if r.method == method]


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


def test_the_wait_stands_in_a_header_of_its_own(http, speak, clock):
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


# --- writing ----------------------------------------------------------------------
def test_an_update_never_names_a_list_or_a_block(http, speak):
    http.expect("GET", "/v3/contacts/attributes", ATTRIBUTES)
    expect_contact(http, contact(emailBlacklisted=True))
    http.expect("PUT", "/v3/contacts/12", "", status=204)
    (row,) = speak.upsert("7", [MemberDraft(ANNA, {"FIRSTNAME": "Anna"})]).rows
    assert (row.outcome, row.status) == (Outcome.UPDATED, Status.UNSUBSCRIBED)
    assert bodies(http, "PUT") == [{"attributes": {"FIRSTNAME": "Anna"}}]


def test_who_left_this_list_is_not_put_on_it(http, speak):
    expect_contact(http, contact(listIds=[8], listUnsubscribed=[7]))
    (row,) = speak.upsert("7", [MemberDraft(ANNA)]).rows
    assert (row.outcome, row.status) == (Outcome.WRITTEN, Status.UNSUBSCRIBED)


def test_who_left_the_account_is_not_put_on_another_list(http, speak):
    expect_contact(http, contact(listIds=[8], emailBlacklisted=True))
    (row,) = speak.upsert("7", [MemberDraft(ANNA)]).rows
    assert row.refusal is Refusal.BLOCKED


def test_a_contact_that_comes_meanwhile_is_looked_at(http, speak):
    taken = {"message": "taken", "metadata": {"duplicate_identifiers": ["email"]}}
    expect_contact(http)
    http.expect("POST", "/v3/contacts", taken, status=400)
    expect_contact(http, contact(listIds=[], emailBlacklisted=True))
    (row,) = speak.upsert("7", [MemberDraft(ANNA)]).rows
    assert row.refusal is Refusal.BLOCKED


def test_lifting_the_block_ends_the_other_lists(http, speak):
    expect_contact(http, contact(listIds=[7, 8, 9], emailBlacklisted=True))
    http.expect("PUT", "/v3/contacts/12", "", status=204)
    expect_contact(http, contact(), name="12")
    row = speak.subscribe("7", MemberDraft(ANNA))
    assert row.status is Status.SUBSCRIBED
    assert bodies(http, "PUT") == [
        {"listIds": [7], "emailBlacklisted": False, "unlinkListIds": [8, 9]}
    ]


def test_leaving_needs_to_be_on_the_list(http, speak):
    expect_contact(http, contact(listIds=[8]))
    speak.unsubscribe("7", MemberRef(ANNA))  # and no call that blocks


# --- double opt-in ----------------------------------------------------------------
TEMPLATES = [
    {"id": 1, "name": "Please confirm", "tag": "optin", "isActive": True},
    {"id": 2, "name": "News", "tag": "", "isActive": True},
]


def test_the_only_template_asks(http, speak):
    expect_contact(http)
    http.expect("GET", "/v3/smtp/templates", {"templates": TEMPLATES, "count": 2})
    http.expect("POST", "/v3/contacts/doubleOptinConfirmation", "", status=201)
    (row,) = speak.upsert("7", [MemberDraft(ANNA, join=Join.ASK)]).rows
    assert row.status is Status.PENDING
    assert bodies(http, "POST") == [
        {
            "email": ANNA,
            "attributes": {},
            "includeListIds": [7],
            "templateId": 1,
            "redirectionUrl": "https://example.org/thanks",
        }
    ]


@pytest.mark.parametrize("templates", [[], [TEMPLATES[0], TEMPLATES[0] | {"id": 3}]])
def test_without_one_template_nobody_is_asked(http, speak, templates):
    expect_contact(http)
    answer = {"templates": templates, "count": len(templates)}
    http.expect("GET", "/v3/smtp/templates", answer)
    (row,) = speak.upsert("7", [MemberDraft(ANNA, join=Join.ASK)]).rows
    assert row.outcome is Outcome.REFUSED


# --- import -----------------------------------------------------------------------
def people(number):
    return [MemberDraft(f"p{n}@example.org") for n in range(number)]


def test_an_import_holds_strangers_only(http, speak):
    known = [contact(email="p0@example.org", emailBlacklisted=True, listIds=[])]
    http.expect("GET", "/v3/contacts", {"contacts": known, "count": 1})
    http.expect("GET", "/v3/contacts", {"contacts": known, "count": 1})
    http.expect("POST", "/v3/contacts/import", {"processId": 78}, status=202)
    drafts = [*people(60), MemberDraft(BOB, join=Join.NEVER)]
    answer = speak.upsert("7", drafts)
    assert answer.job == "78@1800000000@59"
    (sent,) = bodies(http, "POST")
    emails = {row["email"] for row in sent.pop("jsonBody")}
    assert emails == {f"p{n}@example.org" for n in range(1, 60)}
    assert sent == {
        "listIds": [7],
        "updateExistingContacts": False,
        "disableNotification": True,
    }


def test_a_large_account_is_not_read_for_few(http, speak):
    http.expect("GET", "/v3/contacts", {"contacts": [], "count": 60_001})
    names = [f"p{n}%40example.org" for n in range(10, 70)]
    for name in names * 2:
        expect_contact(http, contact(), name=name)
    answer = speak.upsert("7", people(70)[10:])
    assert not answer.job
    assert {row.outcome for row in answer.rows} == {Outcome.WRITTEN}


def test_an_import_that_is_refused(http, speak):
    http.expect("GET", "/v3/contacts", {"contacts": [], "count": 0})
    http.expect("GET", "/v3/contacts", {"contacts": [], "count": 0})
    http.expect("POST", "/v3/contacts/import", {"message": "too large"}, status=400)
    for n in range(10, 70):
        expect_contact(http, contact(), name=f"p{n}%40example.org")
    assert len(speak.upsert("7", people(70)[10:]).rows) == 60


JOB = "78@1800000000@2"


@pytest.mark.parametrize("state", ["queued", "processing", "suspended"])
def test_an_import_that_runs(http, speak, state):
    http.expect("GET", LIST + "/contacts", {"contacts": [], "count": 1})
    http.expect("GET", "/v3/processes/78", {"status": state})
    assert speak.poll("7", JOB, people(2)).job == JOB


def test_processes_may_be_asked_for_seldom(http, speak):
    http.expect("GET", LIST + "/contacts", {"contacts": [], "count": 1})
    wait = {"x-sib-ratelimit-reset": "3000"}
    http.expect("GET", "/v3/processes/78", {}, status=429, headers=wait)
    assert speak.poll("7", JOB, people(2)).job == JOB


@pytest.mark.parametrize("state", ["completed", "failed", "cancelled"])
def test_the_end_is_read_back(http, speak, state):
    """Who has arrived is done, who has not is written singly."""
    rows = [contact(email="p0@example.org")]
    http.expect("GET", LIST + "/contacts", {"contacts": [], "count": 1})
    http.expect("GET", "/v3/processes/78", {"status": state, "info": {"import": None}})
    http.expect("GET", LIST + "/contacts", {"contacts": rows, "count": 1})
    expect_contact(http, name="p1%40example.org")
    bad = {"code": "invalid_parameter", "message": "Invalid email address"}
    http.expect("POST", "/v3/contacts", bad, status=400)
    done, refused = speak.poll("7", JOB, people(2)).rows
    assert (done.outcome, done.remote_id) == (Outcome.WRITTEN, "12")
    assert refused.refusal is Refusal.INVALID
    assert "modifiedSince=2027-01-15T07%3A49%3A59.000Z" in http.sent[0].url


@pytest.mark.parametrize("job", ["", "78", "78@x@2", "../x@1@2"])
def test_no_import_of_ours(speak, job):
    with pytest.raises(Invalid):
        speak.poll("7", job, [])


# --- a real run against the sandbox -----------------------------------------------
@pytest.mark.parametrize("lifts", [True, False])
def test_nobody_blocked_is_ever_in_an_import(lifts):
    from newsletter_sync.sandbox.server import Sandbox

    from .test_brevo_contract import BrevoSide

    with Sandbox() as sandbox:
        sandbox.set(import_lifts_block=lifts)
        side = BrevoSide(sandbox)
        blocked = [f"p{n}@example.org" for n in range(10)]
        side.write(*blocked[:5])
        side.connector.upsert(side.other_list, [MemberDraft(e) for e in blocked[5:]])
        for email in blocked:
            side.connector.unsubscribe_everywhere(MemberRef(email))
        rows = side.write(*(f"p{n}@example.org" for n in range(200)))
        assert [row.status for row in rows[:5]] == [Status.UNSUBSCRIBED] * 5
        assert {row.refusal for row in rows[5:10]} == {Refusal.BLOCKED}
        assert all(row.status is Status.SUBSCRIBED for row in rows[10:])
        assert side.calls(("POST", "/contacts/import$")) == 1
        assert side.reactivations() == 0


# --- webhooks ---------------------------------------------------------------------
def delivery(body, headers=None):
    return Delivery("POST", headers or {}, {}, json.dumps(body).encode())


def test_the_token_is_ours(http, speak):
    hooks = [{"id": 3, "url": "https://odoo.example.com/h"}, {"id": 4, "url": "x"}]
    http.expect("GET", "/v3/webhooks", {"webhooks": hooks})
    http.expect("DELETE", "/v3/webhooks/3", "", status=204)
    http.expect("POST", "/v3/webhooks", {"id": 5}, status=201)
    (made,) = speak.register_webhooks("https://odoo.example.com/h", "7", "v" * 20)
    (body,) = bodies(http, "POST")
    token = made.secrets["token"]
    assert body["auth"] == {"type": "bearer", "token": token}
    assert body["type"] == "marketing"
    assert token not in repr(made)
    good = delivery({}, {"authorization": f"Bearer {token}"})
    Brevo.verify(good, made.secrets)
    for headers in ({}, {"authorization": token}, {"authorization": "Bearer x"}):
        with pytest.raises(WebhookRefused):
            Brevo.verify(delivery({}, headers), made.secrets)
    with pytest.raises(WebhookRefused):
        Brevo.verify(delivery({}, {"authorization": "Bearer "}), {})


def test_unregistering_is_harmless_when_repeated(http, speak):
    http.expect("DELETE", "/v3/webhooks/5", {}, status=404)
    speak.unregister_webhooks([WebhookRegistration("5", "marketing")], "7")


@pytest.mark.parametrize(
    "event, kind",
    [
        ("unsubscribe", "unsubscribed"),
        ("list_addition", "subscribed"),
        ("contact_updated", "updated"),
        ("contact_deleted", "deleted"),
        ("hard_bounce", "bounced"),
        ("spam", "complained"),
        ("proxy_open", "unknown"),
    ],
)
def test_events(event, kind):
    body = {"event": event, "email": "Anna@Example.org", "id": 99, "ts": 1_800_000_000}
    (found,) = Brevo.parse(delivery(body))
    assert (found.kind, found.email, found.remote_id) == (kind, ANNA, "")
    assert found.at == datetime.fromtimestamp(1_800_000_000, timezone.utc)


def test_one_event_for_each_address_and_list():
    gone = {"event": "contact_deleted", "email": [ANNA, BOB]}
    left = {"event": "unsubscribe", "email": ANNA, "list_id": [7, 8], "ts_event": 1}
    found = Brevo.parse(delivery([gone, left]))
    assert [(e.kind, e.email, e.list_id) for e in found] == [
        ("deleted", ANNA, ""),
        ("deleted", BOB, ""),
        ("unsubscribed", ANNA, "7"),
        ("unsubscribed", ANNA, "8"),
    ]
    assert len({event.key for event in found}) == 4


@pytest.mark.parametrize("body", [None, 5, "x", [1], {}, {"event": 5}])
def test_malformed_calls(body):
    with pytest.raises(WebhookRefused):
        Brevo.parse(delivery(body))


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
