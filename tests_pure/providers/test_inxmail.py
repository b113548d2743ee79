"""Inxmail's own ways: imports, two levels, events, odd answers."""

import csv
import io
import re
from datetime import date, datetime, timedelta, timezone

import pytest

from newsletter_sync.connectors.contract import (
    FieldType,
    Join,
    ListDraft,
    MemberDraft,
    MemberRef,
    Outcome,
    Refusal,
    RemoteField,
)
from newsletter_sync.connectors.errors import (
    BadAnswer,
    Conflict,
    Invalid,
    MisConfigured,
    PermissionMissing,
    ServerFault,
)
from newsletter_sync.connectors.providers.inxmail import Inxmail, mapping
from newsletter_sync.connectors.providers.inxmail.imports import result_of
from newsletter_sync.sandbox.server import Sandbox
from newsletter_sync.sync.vocabulary import Status
from newsletter_sync.tests_pure.contract import ANNA, BOB, CARLA, draft
from newsletter_sync.tests_pure.scripted_http import Clock, ScriptedHttp, transport

from .test_inxmail_contract import InxmailSide

BASE = "/acme/rest/v1"
LINKS = {"_links": {"self": {"href": "https://api.inxmail.com/x"}}}


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def side(sandbox):
    sandbox.reset()
    sandbox.set(job_polls=1, requests_per_minute=600, max_import=20_000_000)
    return InxmailSide(sandbox)


@pytest.fixture
def http():
    script = ScriptedHttp()
    yield script
    script.finish()


@pytest.fixture
def speak(http):
    login = {"customer": "acme", "key": "k", "secret": "s"}
    return Inxmail(login, transport(http, Clock()))


def files(sandbox):
    """The files that were imported, as rows."""
    found = []
    for entry in sandbox.requests.all("POST", "/imports/recipients$"):
        text = re.search(rb"\r\n\r\n(.*)\r\n--", entry.body, re.DOTALL)[1].decode()
        found.append(list(csv.reader(io.StringIO(text), delimiter=";")))
    return found


# --- imports ------------------------------------------------------------------------
def test_an_import_never_brings_back_and_never_empties_a_list(sandbox, side):
    sandbox.requests.clear()
    side.write(ANNA, BOB)
    side.act("unsubscribe", ANNA)
    side.write(ANNA, BOB, CARLA)
    side.connector.subscribe(side.list_id, draft(ANNA))
    for entry in sandbox.requests.all("POST", "/imports/recipients$"):
        assert "resubscribe=false" in entry.query
        assert "truncate" not in entry.query
    assert side.reactivations() == 1  # by subscribe


def test_the_file(sandbox, side):
    sandbox.requests.clear()
    values = {"Nachname": 'von "X"; & Söhne', "Umsatz": 5.0, "VIP Kunde": True}
    values |= {"Geburtstag": date(1980, 2, 29), "Kunden-Nr.": 7}
    values["Letzter Kauf"] = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
    side.write(MemberDraft(ANNA, values))
    ((head, row),) = files(sandbox)
    assert head == ["email", *sorted(values)]
    assert dict(zip(head, row, strict=True))["Letzter Kauf"] == "2026-01-02T03:04:05Z"
    assert side.members()[ANNA].values == values | {"Umsatz": 5, "Vorname": None}


def test_people_with_other_attributes_share_no_file(sandbox, side):
    side.write(MemberDraft(ANNA, {"Vorname": "Anna", "Nachname": "Alt"}))
    sandbox.requests.clear()
    side.write(
        MemberDraft(ANNA, {"Nachname": "Neu"}),
        MemberDraft(BOB, {"Vorname": "Bob"}),
        MemberDraft(CARLA, {"Vorname": "Carla", "Nachname": None}),
    )
    assert [one[0] for one in files(sandbox)] == [
        ["email", "Nachname"],
        ["email", "Vorname"],
    ]
    assert side.members()[ANNA].values["Vorname"] == "Anna"


def test_only_what_is_filled_is_emptied(sandbox, side):
    side.write(MemberDraft(ANNA, {"Vorname": "Anna"}), BOB)
    sandbox.requests.clear()
    none = {"Vorname": None, "Nachname": None}
    side.write(MemberDraft(ANNA, none), MemberDraft(BOB, none))
    (patch,) = sandbox.requests.all("PATCH")
    assert patch.json == {"attributes": {"Vorname": None}}
    assert not side.members()[ANNA].values["Vorname"]


def test_who_left_is_in_no_import(sandbox, side):
    side.write(ANNA)
    side.act("unsubscribe", ANNA)
    sandbox.requests.clear()
    (row,) = side.write(MemberDraft(ANNA, {"Vorname": "Anna"}))
    assert (row.outcome, row.status) == (Outcome.UPDATED, Status.UNSUBSCRIBED)
    assert files(sandbox) == []


def test_who_leaves_between_the_look_and_the_import_stays_away(side, monkeypatch):
    side.write(ANNA)
    seen = side.connector._members(side.list_id, [ANNA])
    side.act("unsubscribe", ANNA)
    monkeypatch.setattr(side.connector, "_members", lambda *_: seen)
    (row,) = side.write(draft(ANNA, Vorname="Anna"))
    assert (row.outcome, row.status) == (Outcome.SKIPPED, Status.UNSUBSCRIBED)
    assert side.another().member(side.list_id, MemberRef(ANNA)).status is row.status
    assert side.reactivations() == 0


def test_every_kind_of_failure_is_told_for_its_row(sandbox, side):
    tool = sandbox.tools["inxmail"]
    tool.new_blocked("*@example.net")
    side.refuse(BOB)
    rows = side.write(
        ANNA,
        BOB,
        CARLA,
        "no address",
        MemberDraft("dora@example.org", {"Kunden-Nr.": "many"}),
        MemberDraft("emil@example.org", {"vorname": "spelled otherwise"}),
        ANNA.upper(),
    )
    assert [row.refusal for row in rows] == [
        None,
        Refusal.OTHER,
        Refusal.BLOCKED,
        Refusal.INVALID,
        Refusal.FIELD,
        Refusal.FIELD,
        Refusal.DUPLICATE,
    ]
    assert rows[0].outcome is Outcome.WRITTEN
    assert set(side.members()) == {ANNA}


def test_a_file_too_large_is_halved(sandbox, side):
    sandbox.set(max_import=60)
    long = "x" * 80
    rows = side.write(*(f"p{n}@example.org" for n in range(5)), long + "@example.org")
    assert [row.outcome for row in rows[:5]] == [Outcome.WRITTEN] * 5
    assert rows[5].refusal is Refusal.OTHER
    assert len(side.members()) == 5


def test_a_batch_is_polled_by_another_worker(sandbox, side):
    sandbox.set(job_polls=3)
    drafts = [draft(ANNA), draft("nonsense"), draft(BOB, join=Join.NEVER)]
    job = side.connector.upsert(side.list_id, drafts).job
    other = side.another()
    polls = 0
    while (answer := other.poll(side.list_id, job, drafts)).job:
        polls += 1
        assert answer.rows == ()
    outcomes = [row.outcome for row in answer.rows]
    assert outcomes == [Outcome.WRITTEN, Outcome.REFUSED, Outcome.SKIPPED]
    assert polls == 3


@pytest.mark.parametrize("job", ["1", "", "{}", '{"imports":[["1",[5]]],"rows":{}}'])
def test_a_job_of_other_people(side, job):
    with pytest.raises(Invalid):
        side.connector.poll(side.list_id, job, [draft(ANNA)])


@pytest.mark.parametrize("value", [ANNA, f'"{ANNA}";"Anna"', f"line 2: <{ANNA}>"])
def test_an_error_names_its_row_alone_or_in_a_line(value):
    errors = [{"error": "EMAIL_PARSE_ERROR", "value": value}]
    answer = {"state": "SUCCESS", "successCount": 1, "failCount": 1}
    rows = result_of(answer, errors, [draft(ANNA), draft(BOB)])
    assert [row.outcome for row in rows] == [Outcome.REFUSED, Outcome.WRITTEN]


@pytest.mark.parametrize(
    ("answer", "errors"),
    [
        ({"state": "SUCCESS", "failCount": 1}, []),
        ({"state": "SUCCESS"}, []),
        ({"state": "SUCCESS", "failCount": 1}, [{"error": "SAVE_ERROR", "value": "?"}]),
        ({"state": "FAILED", "failCount": 0}, []),
        ({"state": "CANCELED"}, []),
        ({}, []),
    ],
)
def test_a_failure_that_names_nobody_is_no_success(answer, errors):
    rows = result_of(answer, errors, [draft(ANNA), draft(BOB)])
    assert {row.outcome for row in rows} == {Outcome.UNKNOWN}


def test_a_column_that_is_gone_is_a_refusal():
    errors = [{"error": "COLUMN_NOT_FOUND_WARN", "value": "Vorname"}]
    answer = {"state": "SUCCESS", "failCount": 0}
    rows = result_of(answer, errors, [draft(ANNA, Vorname="A"), draft(BOB)])
    assert [row.refusal for row in rows] == [Refusal.FIELD, None]


# --- two levels ---------------------------------------------------------------------
def test_a_status_belongs_to_the_list_and_a_value_to_the_account(side):
    speak = side.connector
    side.write(MemberDraft(ANNA, {"Vorname": "Anna"}))
    speak.upsert(side.other_list, [draft(ANNA)])
    side.act("unsubscribe", ANNA)
    here, there = side.members()[ANNA], side.members(side.other_list)[ANNA]
    assert (here.status, there.status) == (Status.UNSUBSCRIBED, Status.SUBSCRIBED)
    assert here.remote_id == there.remote_id
    side.write(MemberDraft(ANNA, {"Vorname": "Änne"}))
    assert side.members(side.other_list)[ANNA].values["Vorname"] == "Änne"
    assert side.status(ANNA) is Status.UNSUBSCRIBED


def test_a_hard_bounce_belongs_to_the_address(side):
    side.write(ANNA, BOB)
    side.connector.upsert(side.other_list, [draft(ANNA)])
    side.act("bounce", ANNA)
    side.act("soft_bounce", BOB)
    for list_id in (side.list_id, side.other_list):
        assert side.status(ANNA, list_id) is Status.HARD_BOUNCE
    assert side.status(BOB) is Status.SUBSCRIBED
    told = {bounce.email: bounce.status for bounce in side.connector.bounces()}
    assert told == {ANNA: Status.HARD_BOUNCE, BOB: Status.SOFT_BOUNCE}


def test_a_bounce_is_forgotten_after_a_while(side):
    side.write(ANNA)
    side.act("bounce", ANNA)
    side.pass_time(91 * 86400)
    speak = side.another()
    member = speak.member(side.list_id, MemberRef(ANNA))
    assert member.status is Status.SUBSCRIBED


def test_who_does_not_answer_is_not_asked_for_ever(side):
    side.act("subscribe", ANNA)
    side.pass_time(31 * 86400)
    assert side.another().member(side.list_id, MemberRef(ANNA)) is None


def test_members_tell_all_three_states_and_resume_in_each(monkeypatch, side):
    for module in ("hal", "reading"):
        monkeypatch.setattr(f"{Inxmail.__module__.rpartition('.')[0]}.{module}.PAGE", 2)
    emails = [f"p{n}@example.org" for n in range(7)]
    side.write(*emails)
    for email in emails[4:]:
        side.act("unsubscribe", email)
    asked = [f"q{n}@example.org" for n in range(3)]
    for email in asked:
        side.act("subscribe", email)
    pages = list(side.connector.members(side.list_id))
    assert [len(page.members) for page in pages] == [2, 2, 2, 1, 2, 1]
    states = {m.email: m.status for page in pages for m in page.members}
    assert states == (
        dict.fromkeys(emails[:4], Status.SUBSCRIBED)
        | dict.fromkeys(emails[4:], Status.UNSUBSCRIBED)
        | dict.fromkeys(asked, Status.PENDING)
    )
    for at, page in enumerate(pages[:-1]):
        rest = list(side.another().members(side.list_id, page.cursor))
        assert [p.members for p in rest] == [p.members for p in pages[at + 1 :]]


def test_a_page_is_read_when_it_is_asked_for(sandbox, side):
    sandbox.seed(side.list_id, 5000)
    sandbox.requests.clear()
    reading = side.connector.members(side.list_id)
    next(reading)
    assert sandbox.requests.count("GET", "/recipients$") == 2  # one ahead
    assert sum(len(page.members) for page in reading) == 4000


@pytest.mark.parametrize("cursor", ["x", "-1", "left https://x", "0 0"])
def test_positions_that_are_none(side, cursor):
    with pytest.raises(Invalid):
        list(side.connector.members(side.list_id, cursor))
    with pytest.raises(Invalid):
        list(side.connector.changes(side.list_id, side.now(), cursor))


def test_a_link_to_another_host_is_not_followed(speak, http):
    http.expect("GET", BASE + "/lists/7", {"id": 7} | LINKS)
    http.expect("GET", BASE + "/attributes", LINKS)
    with pytest.raises(BadAnswer):
        list(speak.members("7", "unsubscribed https://evil.example.net/x"))


# --- changes ------------------------------------------------------------------------
def test_changes_come_from_values_and_events(side):
    people = [f"{letter}@example.org" for letter in "abcdef"]
    side.write(*people)
    side.pass_time(3600)
    since = side.now() - timedelta(seconds=10)
    side.write(MemberDraft(people[0], {"Vorname": "A"}))
    side.act("unsubscribe", people[1])
    side.act("bounce", people[2])
    side.act("subscribe", "new@example.org")
    found = {
        member.email: member.status
        for page in side.another().changes(side.list_id, since)
        for member in page.members
    }
    assert found == {
        people[0]: Status.SUBSCRIBED,
        people[1]: Status.UNSUBSCRIBED,
        people[2]: Status.HARD_BOUNCE,
        "new@example.org": Status.PENDING,
    }


# --- coming and going ---------------------------------------------------------------
@pytest.mark.parametrize("before", ["stranger", "of another list", "left"])
def test_a_list_that_does_not_ask_takes_nobody_in_by_asking(sandbox, side, before):
    if before == "of another list":
        side.connector.upsert(side.other_list, [draft(ANNA)])
    if before == "left":
        side.write(ANNA)
        side.act("unsubscribe", ANNA)
        row = side.connector.subscribe(side.list_id, draft(ANNA, join=Join.ASK))
    else:
        (row,) = side.write(draft(ANNA, join=Join.ASK))
    assert row.refusal is Refusal.OTHER and "double opt-in" in row.message
    assert side.status(ANNA) is not Status.SUBSCRIBED
    sandbox.requests.clear()
    (row,) = side.write(draft(BOB, join=Join.ASK))
    assert row.refusal is Refusal.OTHER
    assert sandbox.requests.count("POST", "/events/subscriptions") == 0
    if before == "of another list":
        assert side.status(ANNA, side.other_list) is Status.SUBSCRIBED


def test_who_is_asked_is_not_mailed_twice(sandbox, side):
    side.invite()
    for _ in range(2):
        side.write(draft(ANNA, join=Join.ASK))
        side.connector.subscribe(side.list_id, draft(ANNA, join=Join.ASK))
    assert len(sandbox.store.notes("mail", "inxmail")) == 1


def test_proof_alone_is_not_enough_where_the_list_asks(side):
    side.invite()
    side.write(ANNA)
    side.act("unsubscribe", ANNA)
    row = side.connector.subscribe(side.list_id, draft(ANNA))
    assert row.status is Status.PENDING
    assert side.status(ANNA) is Status.PENDING


def test_a_list_that_asks_who_leaves(sandbox, side):
    sandbox.tools["inxmail"].configure(side.list_id, confirm_unsubscribe=True)
    side.write(ANNA)
    with pytest.raises(MisConfigured) as caught:
        side.connector.unsubscribe(side.list_id, MemberRef(ANNA))
    assert not caught.value.retryable


def test_a_list_that_deletes_who_leaves(sandbox, side):
    sandbox.tools["inxmail"].configure(side.list_id, delete_unlisted=True)
    side.write(ANNA)
    for _ in range(2):
        side.connector.unsubscribe(side.list_id, MemberRef(ANNA))
    assert side.status(ANNA) is None


@pytest.mark.parametrize(
    ("result", "error"),
    [
        ("MANUAL_UNSUBSCRIPTION", None),
        ("VERIFIED_UNSUBSCRIPTION", None),
        ("PENDING_UNSUBSCRIPTION_DONE", None),
        ("DUPLICATE_UNSUBSCRIPTION", None),
        ("NOT_IN_LIST_UNSUBSCRIPTION", None),
        ("NOT_IN_SYSTEM_UNSUBSCRIPTION", None),
        ("LIST_UNSUBSCRIBE_HEADER_UNSUBSCRIPTION", None),
        ("PENDING_UNSUBSCRIPTION", MisConfigured),
        ("UNSUBSCRIPTION_INTERNAL_ERROR", ServerFault),
        ("UNSUBSCRIPTION_TIMED_OUT", Invalid),
        ("UNSUBSCRIPTION_ID_NOT_VALID", Invalid),
        ("UNSUBSCRIPTION_EMAIL_MISSMATCH", Invalid),
        ("UNSUBSCRIPTION_VERIFICATION_BOUNCED", Invalid),
        ("", BadAnswer),
        ("OK", BadAnswer),
    ],
)
def test_results_of_leaving(result, error):
    if error is None:
        mapping.check_left(result)
    else:
        with pytest.raises(error):
            mapping.check_left(result)


@pytest.mark.parametrize(
    ("result", "wanted"),
    [
        ("MANUAL_SUBSCRIPTION", Status.SUBSCRIBED),
        ("PENDING_SUBSCRIPTION_DONE", Status.SUBSCRIBED),
        ("DUPLICATE_SUBSCRIPTION", Status.SUBSCRIBED),
        ("PENDING_SUBSCRIPTION", Status.PENDING),
        ("BLACKLISTED", Refusal.BLOCKED),
        ("INVALID_ADDRESS_ERROR", Refusal.INVALID),
        ("SUBSCRIPTION_TIMED_OUT", Refusal.OTHER),
        ("SUBSCRIPTION_INTERNAL_ERROR", ServerFault),
        ("SUBSCRIBED", BadAnswer),
        ("", BadAnswer),
    ],
)
def test_results_of_coming(result, wanted):
    if isinstance(wanted, type):
        with pytest.raises(wanted):
            mapping.joined(ANNA, result)
    else:
        row = mapping.joined(ANNA, result)
        assert wanted in (row.status, row.refusal)


def test_leaving_everywhere_asks_only_where_somebody_is(sandbox, side):
    side.write(ANNA)
    sandbox.requests.clear()
    side.connector.unsubscribe_everywhere(MemberRef(ANNA))
    assert sandbox.requests.count("POST", "/events/unsubscriptions") == 1


def test_nobody_is_erased_without_a_name(side):
    for nobody in (MemberRef(""), MemberRef(" ", " ")):
        for call in (side.connector.erase, side.connector.unsubscribe_everywhere):
            with pytest.raises(Invalid):
                call(nobody)


# --- blacklist ----------------------------------------------------------------------
def test_patterns_are_not_taken_for_addresses(sandbox, side):
    tool = sandbox.tools["inxmail"]
    for pattern in ("example.net", "*@example.com", "a?@example.org", ANNA.upper()):
        tool.new_blocked(pattern)
    assert list(side.connector.blocked()) == [ANNA]
    for email in ("*@example.org", "example.org", "a%@example.org"):
        with pytest.raises(Invalid):
            side.connector.block(email)
    side.connector.unblock(ANNA)
    assert len(sandbox.store.find("inxmail", "blocked")) == 3


# --- lists, attributes --------------------------------------------------------------
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


# --- errors, limits -----------------------------------------------------------------
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
