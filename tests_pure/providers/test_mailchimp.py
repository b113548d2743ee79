"""Mailchimp's shapes and oddities, one by one."""

import hashlib
import hmac
import json
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests

from newsletter_sync.connectors.contract import (
    Delivery,
    FieldType,
    Join,
    ListDraft,
    MemberDraft,
    MemberRef,
    Outcome,
    Refusal,
    RemoteField,
    TokenPair,
    WebhookRegistration,
)
from newsletter_sync.connectors.errors import (
    BadAnswer,
    Conflict,
    Invalid,
    LoginRefused,
    MisConfigured,
    NotFound,
    ReconnectNeeded,
    ServerFault,
    Throttled,
    WebhookRefused,
)
from newsletter_sync.connectors.oauth import MemoryTokenStore
from newsletter_sync.connectors.providers.mailchimp import Mailchimp, mapping
from newsletter_sync.sync.vocabulary import Status
from newsletter_sync.tests_pure.scripted_http import Clock, ScriptedHttp, transport

ANNA, BOB, CARLA = "anna@example.org", "bob@example.org", "carla@example.org"
KEY = "0123456789abcdef0123456789abcdef-us19"
AUDIENCE = "/3.0/lists/abc"
HASH = hashlib.md5(ANNA.encode(), usedforsecurity=False).hexdigest()
MEMBER = f"{AUDIENCE}/members/{HASH}"
FIELDS = {
    "merge_fields": [
        {"merge_id": 1, "tag": "FNAME", "name": "First Name", "type": "text"},
        {"merge_id": 2, "tag": "ADDRESS", "name": "Address", "type": "address"},
        {"merge_id": 3, "tag": "AGE", "name": "Age", "type": "number"},
    ]
}
SINCE = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)


@pytest.fixture
def http():
    script = ScriptedHttp()
    yield script
    script.finish()


def connector(http, tokens=None, **credentials):
    given = {"login": "key", "api_key": KEY} | credentials
    return Mailchimp(given, transport(http, Clock()), tokens)


@pytest.fixture
def speak(http):
    """One that knows the audience."""
    speak = connector(http)
    speak._known_audiences.add("abc")
    return speak


def member(email=ANNA, **changes):
    return {
        "id": mapping.subscriber_hash(email),
        "contact_id": f"contact-{email}",
        "email_address": email,
        "status": "subscribed",
        "merge_fields": {},
        "timestamp_opt": "2025-01-01T00:00:00+00:00",
        "timestamp_signup": "",
        "last_changed": "2026-01-01T12:00:00+00:00",
        "tags_count": 0,
        "tags": [],
        **changes,
    }


def problem(title, detail="", status=400, **more):
    return {"title": title, "detail": detail, "status": status, **more}


def page(*members, total=None):
    total = len(members) if total is None else total
    return {"members": list(members), "total_items": total}


def query(request):
    return {k: v[0] for k, v in parse_qs(urlsplit(request.url).query).items()}


# --- login --------------------------------------------------------------------
@pytest.mark.parametrize(
    "key",
    [KEY[:-5], KEY.upper(), "x" + KEY, KEY + "/", "a" * 32 + "-us19.evil.example.net"],
)
def test_a_key_without_data_centre_is_refused_before_any_call(http, key):
    with pytest.raises(MisConfigured):
        connector(http, api_key=key)


def test_the_key_tells_the_host(http):
    root = {"account_id": "a1", "account_name": "Färber", "total_subscribers": 12}
    http.expect("GET", "/3.0/", root)
    speak = connector(http, api_key=f"  {KEY} ", base_url="https://evil.example.net")
    account = speak.account()
    assert (account.remote_id, account.name, account.recipients) == ("a1", "Färber", 12)
    assert account.web_url == "https://us19.admin.mailchimp.com"
    assert speak.web_url("home", home=account.web_url) == account.web_url
    assert speak.web_url("member", "1", home=account.web_url) == ""
    sent = http.sent[0]
    assert sent.url == "https://us19.api.mailchimp.com/3.0/"
    assert sent.headers["Authorization"].startswith("Basic ")


@pytest.mark.parametrize(
    ("status", "title", "error"),
    [
        (401, "API Key Invalid", LoginRefused),
        (403, "UserDisabled", LoginRefused),
        (403, "WrongDatacenter", LoginRefused),
        (404, "Resource Not Found", NotFound),
        (429, "TooManyRequests", Throttled),
    ],
)
def test_problems(http, status, title, error):
    for _ in range(4 if status == 429 else 1):
        http.expect("GET", "/3.0/", problem(title, status=status), status=status)
    with pytest.raises(error):
        connector(http).account()


@pytest.mark.parametrize("status", [403, 503])
def test_a_page_of_the_network_in_front_passes(http, status):
    blocked = "<html>Request Blocked</html>"
    http.expect("GET", "/3.0/", blocked, status=status)
    http.expect("GET", "/3.0/", {"account_id": "a1"})
    assert connector(http).account().remote_id == "a1"
    for _ in range(4):
        http.expect("GET", "/3.0/", blocked, status=status)
    with pytest.raises(ServerFault):
        connector(http).account()


def test_a_token_asks_for_its_data_centre_once(http):
    store = MemoryTokenStore(TokenPair("a-token"))
    app = {"login": "oauth", "client_id": "id", "client_secret": "a-secret"}
    speak = connector(http, store, **app)
    http.expect("GET", "/oauth2/metadata", {"dc": "us7", "api_endpoint": "https://x.y"})
    for _ in range(2):
        http.expect("GET", "/3.0/", {"account_id": "a1"})
        assert speak.account().web_url == "https://us7.admin.mailchimp.com"
    asked, called = http.sent[:2]
    assert asked.url == "https://login.mailchimp.com/oauth2/metadata"
    assert asked.headers["Authorization"] == "OAuth a-token"
    assert called.url == "https://us7.api.mailchimp.com/3.0/"
    assert called.headers["Authorization"] == "Bearer a-token"
    url = speak.authorize_url("https://odoo.example.com/back", "state-1")
    assert url.startswith("https://login.mailchimp.com/oauth2/authorize?")


@pytest.mark.parametrize("answer", [{"dc": "evil.example.net/"}, {}, []])
def test_a_data_centre_that_is_none(http, answer):
    speak = connector(http, MemoryTokenStore(TokenPair("a-token")), login="oauth")
    http.expect("GET", "/oauth2/metadata", answer)
    with pytest.raises(BadAnswer):
        speak.account()


def test_a_token_that_was_taken_back(http):
    speak = connector(http, MemoryTokenStore(), login="oauth")
    with pytest.raises(ReconnectNeeded):
        speak.account()
    speak = connector(http, MemoryTokenStore(TokenPair("a-token")), login="oauth")
    http.expect("GET", "/oauth2/metadata", {"error": "invalid_token"}, status=401)
    with pytest.raises(ReconnectNeeded):
        speak.account()


# --- audiences, tags, fields --------------------------------------------------
def test_tags_are_lists_inside_their_audience(http, speak):
    stats = {"member_count": 5, "unsubscribe_count": 2, "cleaned_count": 1}
    audience = {"id": "abc", "web_id": 7, "name": "News", "stats": stats}
    http.expect("GET", "/3.0/lists", {"lists": [audience]})
    tag = {"id": 49, "name": "VIP", "member_count": 3}
    http.expect("GET", AUDIENCE + "/segments", {"segments": [tag]})
    news, vip = speak.lists()
    assert (news.remote_id, news.count, news.parent) == ("abc", 8, "")
    assert news.web_url == "https://us19.admin.mailchimp.com/lists/members/?id=7"
    assert (vip.remote_id, vip.parent, vip.name) == ("abc/49", "abc", "VIP")
    assert query(http.sent[1])["type"] == "static"


SETTINGS = {
    "company": "Färber",
    "address": "Weg 1",
    "city": "Berlin",
    "country": "DE",
    "sender_name": "Färber",
    "sender_email": "news@example.org",
    "language": "de",
}


def test_a_new_audience_needs_much(http, speak):
    http.expect("POST", "/3.0/lists", {"id": "new", "name": "News"})
    made = speak.create_list(ListDraft("News", "You asked for it", SETTINGS))
    assert (made.remote_id, made.count) == ("new", 0)
    body = http.bodies()[0]
    assert body["contact"]["address1"] == "Weg 1"
    assert body["campaign_defaults"]["language"] == "de"
    assert body["permission_reminder"] == "You asked for it"
    with pytest.raises(Invalid, match="city"):
        speak.create_list(ListDraft("News", settings=SETTINGS | {"city": " "}))


def test_a_new_field(http, speak):
    http.expect("GET", AUDIENCE + "/merge-fields", FIELDS)
    made = {"merge_id": 9, "tag": "STRASSE_NR", "name": "Straße & Nr.", "type": "text"}
    http.expect("POST", AUDIENCE + "/merge-fields", made)
    field = speak.create_field("Straße & Nr.", FieldType.CHOICE, "abc")
    assert (field.name, field.remote_id, field.list_id) == ("STRASSE_NR", "9", "abc")
    assert http.bodies()[1] == {
        "name": "Straße & Nr.",
        "type": "text",
        "tag": "STRASSE_NR",
    }
    http.expect("GET", AUDIENCE + "/merge-fields", FIELDS)
    with pytest.raises(Conflict):
        speak.create_field("first name", FieldType.TEXT, "abc")
    with pytest.raises(Invalid):
        speak.create_field("Farbe", FieldType.TEXT)


@pytest.mark.parametrize(
    ("label", "tag"),
    [
        ("Lieblingsfarbe", "LIEBLINGSF"),
        ("Größe (cm)", "GROESSE_CM"),
        ("E-Mail", "E_MAIL"),
        ("Email", ""),
        ("FName", ""),
        ("日本", ""),
    ],
)
def test_tags_made_of_labels(label, tag):
    assert mapping.tag_for(label, {"FNAME": 1}) == tag


@pytest.mark.parametrize(
    ("kind", "value", "sent", "told", "back"),
    [
        ("text", "0", "0", "0", "0"),
        ("text", None, "", "", None),
        ("text", True, "1", "1", "1"),
        ("text", 2.50, "2.5", "2.5", "2.5"),
        ("number", 2.5, 2.5, 2.5, 2.5),
        ("number", False, 0, 0, 0),
        ("number", float("nan"), "", "", None),
        ("number", "viele", "viele", "viele", "viele"),
        ("date", date(2026, 2, 28), "2026-02-28", "2026-02-28", date(2026, 2, 28)),
        ("date", SINCE, "2026-01-01", "2026-01-01", date(2026, 1, 1)),
        ("birthday", "02/28", "02/28", "02/28", "02/28"),
        ("dropdown", "m", "m", "m", "m"),
    ],
)
def test_values_there_and_back(kind, value, sent, told, back):
    field = mapping.field_of({"merge_id": 1, "tag": "X", "type": kind}, "abc")
    encoded = mapping.encoded(value, field)
    assert (encoded, type(encoded)) == (sent, type(sent))
    assert mapping.decoded(told, field) == back


def test_an_address_is_one_line():
    parts = {"addr1": "Weg 1", "city": "Berlin", "zip": "10115", "country": "DE"}
    assert mapping.decoded(parts, None) == "Weg 1, 10115, Berlin, DE"
    assert mapping.decoded("", None) is None


# --- reading ------------------------------------------------------------------
@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("subscribed", Status.SUBSCRIBED),
        ("unsubscribed", Status.UNSUBSCRIBED),
        ("cleaned", Status.HARD_BOUNCE),
        ("pending", Status.PENDING),
        ("transactional", Status.PENDING),
        ("something new", Status.PENDING),
        (None, Status.PENDING),
    ],
)
def test_statuses(word, status):
    assert mapping.status_of(member(status=word)) is status


def test_a_member():
    told = mapping.member_of(
        member("Anna@Example.org", unsubscribe_reason="N/A", ip_opt="192.0.2.1"),
        {},
        frozenset({"VIP"}),
    )
    assert (told.email, told.remote_id) == (ANNA, "contact-Anna@Example.org")
    assert told.status_at == datetime(2025, 1, 1, tzinfo=timezone.utc)
    assert told.changed_at == SINCE
    assert (told.reason, told.opt_in_ip) == ("N/A", "192.0.2.1")
    left = mapping.member_of(member(status="unsubscribed"), {}, frozenset())
    assert left.status_at is None
    old = member()
    del old["contact_id"]
    assert mapping.remote_id_of(old) == HASH
    with pytest.raises(BadAnswer):
        mapping.member_of(member(email_address=""), {}, frozenset())


def test_archived_members_are_not_told(http, speak):
    gone = member(BOB, status="archived")
    http.expect("GET", AUDIENCE + "/members", page(member(), gone))
    http.expect("GET", AUDIENCE + "/merge-fields", FIELDS)
    (only,) = speak.members("abc")
    assert [one.email for one in only.members] == [ANNA]
    http.expect("GET", MEMBER, gone)
    assert speak.member("abc", MemberRef(ANNA)) is None


def test_pages(http, speak, monkeypatch):
    small = replace(Mailchimp.capabilities, page_size=1)
    monkeypatch.setattr(Mailchimp, "capabilities", small)
    http.expect("GET", AUDIENCE + "/members", page(member(), total=2))
    http.expect("GET", AUDIENCE + "/merge-fields", FIELDS)
    http.expect("GET", AUDIENCE + "/members", page(member(BOB), total=2))
    pages = list(speak.members("abc"))
    assert [p.cursor for p in pages] == ["0:1", ""]
    assert query(http.sent[2])["offset"] == "1"
    for _ in range(2):
        http.expect("GET", AUDIENCE + "/members", page(member(), total=9))
    with pytest.raises(BadAnswer):
        list(speak.members("abc"))


@pytest.mark.parametrize("cursor", ["x", "1:0", "0:-1", "0:", "9:9"])
def test_positions_that_are_none(speak, cursor):
    with pytest.raises(Invalid):
        list(speak.members("abc", cursor))
    with pytest.raises(Invalid):
        list(speak.changes("abc", SINCE, cursor))


@pytest.mark.parametrize("list_id", ["", " ", "abc/", "/49"])
def test_ids_that_are_none(speak, list_id):
    with pytest.raises(Invalid):
        list(speak.members(list_id))
    with pytest.raises(Invalid):
        speak.remove(list_id, MemberRef(ANNA))


VIP = [{"id": 49, "name": "VIP"}, {"id": 50, "name": "Odoo.a"}]


def test_members_of_a_tag_with_the_pending_ones(http, speak):
    tagged = member(tags=VIP, tags_count=2)
    http.expect("GET", AUDIENCE + "/segments/49/members", page(tagged))
    http.expect("GET", AUDIENCE + "/merge-fields", FIELDS)
    waiting = member(BOB, status="pending", tags=VIP[:1], tags_count=1)
    other = member(CARLA, status="pending")
    http.expect("GET", AUDIENCE + "/members", page(waiting, other))
    pages = list(speak.members("abc/49"))
    assert [[m.email for m in p.members] for p in pages] == [[ANNA], [BOB]]
    assert pages[0].cursor == "1:0"
    assert pages[0].members[0].tags == {"Odoo.a"}
    assert query(http.sent[0])["include_unsubscribed"] == "true"
    assert query(http.sent[2])["status"] == "pending"


def test_many_tags_are_asked_for(http, speak):
    http.expect("GET", MEMBER, member(tags=VIP[:1], tags_count=2))
    http.expect("GET", MEMBER + "/tags", {"tags": VIP, "total_items": 2})
    http.expect("GET", AUDIENCE + "/merge-fields", FIELDS)
    assert speak.member("abc", MemberRef(ANNA)).tags == {"VIP", "Odoo.a"}


def test_an_audience_that_is_gone_is_not_somebody_missing(http):
    http.expect("GET", AUDIENCE, problem("Resource Not Found"), status=404)
    with pytest.raises(NotFound):
        connector(http).member("abc", MemberRef(ANNA))


def test_changes_start_anew_at_the_last_time(http, speak, monkeypatch):
    small = replace(Mailchimp.capabilities, page_size=2)
    monkeypatch.setattr(Mailchimp, "capabilities", small)

    def at(email, seconds):
        moment = SINCE + timedelta(seconds=seconds)
        return member(email, last_changed=moment.isoformat())

    http.expect("GET", AUDIENCE + "/members", page(at(ANNA, 0), at(BOB, 60), total=5))
    http.expect("GET", AUDIENCE + "/merge-fields", FIELDS)
    http.expect("GET", AUDIENCE + "/members", page(at(BOB, 60), at(CARLA, 60), total=4))
    http.expect("GET", AUDIENCE + "/members", page(at("d@example.org", 60), total=3))
    pages = list(speak.changes("abc", SINCE))
    asked = [query(sent) for sent in http.sent if "members" in sent.url]
    assert [(one["since_last_changed"], one["offset"]) for one in asked] == [
        ("2026-01-01T11:59:59+00:00", "0"),
        ("2026-01-01T12:00:59+00:00", "0"),
        ("2026-01-01T12:00:59+00:00", "2"),  # a whole page of one second
    ]
    assert [page.cursor for page in pages][-1] == ""
    assert "%2B00" in http.sent[0].url
    http.expect("GET", AUDIENCE + "/members", page())
    (again,) = speak.changes("abc", SINCE, pages[0].cursor)
    assert again.members == ()
    assert query(http.sent[-1])["since_last_changed"] == "2026-01-01T12:00:59+00:00"


# --- writing ------------------------------------------------------------------
def batch(http, new=(), errors=()):
    answer = {"new_members": list(new), "updated_members": [], "errors": list(errors)}
    http.expect("POST", AUDIENCE, answer)


def error(email, text, code="ERROR_GENERIC", **more):
    return {"email_address": email, "error": text, "error_code": code, **more}


def test_newcomers_never_touch_who_is_known(http, speak):
    http.expect("GET", AUDIENCE + "/merge-fields", FIELDS)
    batch(http, [member(BOB)], [error(ANNA, "x", "ERROR_CONTACT_EXISTS")])
    http.expect("PATCH", MEMBER, member(status="unsubscribed"))
    drafts = [
        MemberDraft(ANNA, {"FNAME": "Anna"}),
        MemberDraft(BOB, opt_in_at=SINCE, opt_in_ip="192.0.2.1"),
    ]
    anna, bob = speak.upsert("abc", drafts).rows
    assert (anna.outcome, anna.status) == (Outcome.UPDATED, Status.UNSUBSCRIBED)
    assert (bob.outcome, bob.status) == (Outcome.CREATED, Status.SUBSCRIBED)
    _, sent, patched = http.bodies()
    assert sent["update_existing"] is False
    assert sent["members"][0]["status"] == "subscribed"
    assert sent["members"][1]["timestamp_opt"] == "2026-01-01T12:00:00+00:00"
    assert patched == {"merge_fields": {"FNAME": "Anna"}}


def test_asking_is_pending(http, speak):
    batch(http, [member(status="pending")])
    draft = MemberDraft(ANNA, join=Join.ASK, opt_in_ip="192.0.2.1")
    (row,) = speak.upsert("abc", [draft]).rows
    assert row.status is Status.PENDING
    (body,) = http.bodies()
    assert body["members"] == [{"email_address": ANNA, "status": "pending"}]


@pytest.mark.parametrize(
    ("told", "refusal"),
    [
        (error(ANNA, f"{ANNA} looks fake or invalid, please …"), Refusal.INVALID),
        (error(ANNA, "Please provide a valid email address."), Refusal.INVALID),
        (error(ANNA, f"{ANNA} is in a compliance state due to …"), Refusal.COMPLIANCE),
        (error(ANNA, f"{ANNA} was permanently deleted and …"), Refusal.FORGOTTEN),
        (error(ANNA, "has signed up to a lot of lists"), Refusal.TOO_MANY_SIGNUPS),
        (
            error(ANNA, "wrong", field="AGE", field_message="Please enter a number"),
            Refusal.FIELD,
        ),
        (error(ANNA.upper(), "something else"), Refusal.OTHER),
    ],
)
def test_refused_rows_of_a_batch(http, speak, told, refusal):
    batch(http, [member(BOB)], [told])
    anna, bob = speak.upsert("abc", [MemberDraft(ANNA), MemberDraft(BOB)]).rows
    assert (anna.outcome, anna.refusal) == (Outcome.REFUSED, refusal)
    assert bob.outcome is Outcome.CREATED


def test_a_row_that_no_answer_names_is_unknown(http, speak):
    batch(http, [member(CARLA)])
    (row,) = speak.upsert("abc", [MemberDraft(ANNA)]).rows
    assert row.outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("answer", [{}, {"new_members": []}, [], "ok"])
def test_a_batch_without_its_lists(http, speak, answer):
    http.expect("POST", AUDIENCE, json.dumps(answer))
    with pytest.raises(BadAnswer):
        speak.upsert("abc", [MemberDraft(ANNA)])


def test_batches_have_500_rows(http, speak):
    for _ in range(2):
        batch(http)
    drafts = [MemberDraft(f"p{n}@example.org") for n in range(501)]
    assert len(speak.upsert("abc", drafts).rows) == 501
    assert [len(body["members"]) for body in http.bodies()] == [500, 1]


@pytest.mark.parametrize(
    ("status", "body", "outcome", "refusal"),
    [
        (404, problem("Resource Not Found"), Outcome.SKIPPED, None),
        (
            400,
            problem(
                "Invalid Resource",
                "Your merge fields were invalid.",
                errors=[{"field": "AGE", "message": "Please enter a number"}],
            ),
            Outcome.REFUSED,
            Refusal.FIELD,
        ),
        (
            400,
            problem("Invalid Resource", f"{ANNA} looks fake or invalid, please …"),
            Outcome.REFUSED,
            Refusal.INVALID,
        ),
        (
            400,
            problem("Forgotten Email Not Subscribed", "…"),
            Outcome.REFUSED,
            Refusal.FORGOTTEN,
        ),
        (200, member(status="archived"), Outcome.REFUSED, Refusal.COMPLIANCE),
    ],
)
def test_an_update(http, speak, status, body, outcome, refusal):
    http.expect("GET", AUDIENCE + "/merge-fields", FIELDS)
    http.expect("PATCH", MEMBER, body, status=status)
    draft = MemberDraft(ANNA, {"AGE": 5}, join=Join.NEVER)
    (row,) = speak.upsert("abc", [draft]).rows
    assert (row.outcome, row.refusal) == (outcome, refusal)
    assert "status" not in http.bodies()[1]


@pytest.mark.parametrize("name", ["NOSUCH", "ADDRESS"])
def test_what_cannot_be_written_is_refused(http, speak, name):
    http.expect("GET", AUDIENCE + "/merge-fields", FIELDS)
    (row,) = speak.upsert("abc", [MemberDraft(ANNA, {name: "x"})]).rows
    assert row.refusal is Refusal.FIELD


def test_tags_of_a_member(http, speak):
    http.expect("GET", MEMBER, member())
    http.expect("POST", MEMBER + "/tags", "", status=204)
    add, remove = frozenset({"VIP", "both"}), frozenset({"old", "both"})
    draft = MemberDraft(ANNA, join=Join.NEVER, tags_add=add, tags_remove=remove)
    speak.upsert("abc", [draft])
    assert http.bodies()[1]["tags"] == [
        {"name": "old", "status": "inactive"},
        {"name": "VIP", "status": "active"},
        {"name": "both", "status": "active"},
    ]


@pytest.mark.parametrize("join", list(Join))
def test_a_tag_as_a_list(http, speak, join):
    """Anna is new, Bob is in the audience without the tag."""
    exists = error(BOB, "x", "ERROR_CONTACT_EXISTS")
    if join is not Join.NEVER:
        batch(http, [member()], [exists])
    else:
        http.expect("GET", MEMBER, problem("Resource Not Found"), status=404)
    bob = f"{AUDIENCE}/members/{mapping.subscriber_hash(BOB)}"
    http.expect("GET", bob, member(BOB))
    if join is not Join.NEVER:
        http.expect("POST", AUDIENCE + "/segments/49", {"errors": []})
    drafts = [MemberDraft(ANNA, join=join), MemberDraft(BOB, join=join)]
    rows = speak.upsert("abc/49", drafts).rows
    tagged = {Join.SUBSCRIBE: [ANNA, BOB], Join.ASK: [ANNA], Join.NEVER: []}[join]
    done = [row.email for row in rows if row.outcome is not Outcome.SKIPPED]
    assert done == tagged
    if tagged:
        assert http.bodies()[-1]["members_to_add"] == tagged


# --- coming back, leaving -----------------------------------------------------
@pytest.mark.parametrize(
    ("known", "join", "sent"),
    [
        (None, Join.SUBSCRIBE, {"status_if_new": "subscribed"}),
        (None, Join.ASK, {"status_if_new": "pending"}),
        ("unsubscribed", Join.SUBSCRIBE, {"status": "subscribed"}),
        ("unsubscribed", Join.ASK, {"status": "pending"}),
        ("archived", Join.SUBSCRIBE, {"status": "subscribed"}),
        ("subscribed", Join.ASK, {}),
        ("subscribed", Join.SUBSCRIBE, {}),
    ],
)
def test_subscribe(http, speak, known, join, sent):
    if known:
        http.expect("GET", MEMBER, member(status=known))
    else:
        http.expect("GET", MEMBER, problem("Resource Not Found"), status=404)
    http.expect("PUT", MEMBER, member())
    row = speak.subscribe("abc", MemberDraft(ANNA, join=join))
    assert row.outcome is (Outcome.UPDATED if known else Outcome.CREATED)
    assert http.bodies()[1] == {"email_address": ANNA} | sent


@pytest.mark.parametrize(
    ("title", "refusal"),
    [
        ("Member In Compliance State", Refusal.COMPLIANCE),
        ("Forgotten Email Not Subscribed", Refusal.FORGOTTEN),
    ],
)
def test_a_way_back_that_is_closed(http, speak, title, refusal):
    http.expect("GET", MEMBER, member(status="unsubscribed"))
    http.expect("PUT", MEMBER, problem(title, f"{ANNA} cannot be …"), status=400)
    row = speak.subscribe("abc", MemberDraft(ANNA))
    assert (row.outcome, row.refusal) == (Outcome.REFUSED, refusal)


def test_subscribe_under_another_address(http, speak):
    http.expect("GET", AUDIENCE + "/members/contact-1", member(BOB))
    with pytest.raises(Conflict):
        speak.subscribe("abc", MemberDraft(ANNA, remote_id="contact-1"))


def test_an_unsure_mail_is_not_sent_twice(http, speak):
    http.expect("GET", MEMBER, member(status="unsubscribed"))
    http.expect("PUT", MEMBER, requests.ConnectionError("cut"))
    with pytest.raises(Exception, match="connection"):
        speak.subscribe("abc", MemberDraft(ANNA, join=Join.ASK))


@pytest.mark.parametrize("status", ["unsubscribed", "cleaned", "archived"])
def test_who_is_off_keeps_the_reason(http, speak, status):
    http.expect("GET", MEMBER, member(status=status))
    speak.unsubscribe("abc", MemberRef(ANNA))


def test_leaving_by_a_tag_means_the_audience(http, speak):
    http.expect("GET", MEMBER, member(tags=VIP, tags_count=2))
    http.expect("PATCH", MEMBER, member(status="unsubscribed"))
    speak.unsubscribe("abc/49", MemberRef(ANNA))
    http.expect("GET", MEMBER, member())  # has not the tag
    speak.unsubscribe("abc/49", MemberRef(ANNA))


def test_removing_from_a_tag_takes_the_tag(http, speak):
    http.expect("GET", MEMBER, member(tags=VIP, tags_count=2))
    http.expect("POST", AUDIENCE + "/segments/49", {"errors": []})
    speak.remove("abc/49", MemberRef(ANNA))
    assert http.bodies()[1]["members_to_remove"] == [ANNA]


def test_who_cannot_be_archived(http, speak):
    http.expect("GET", MEMBER, member(status="pending"))
    detail = "This list member cannot be removed. Can not archive …"
    body = problem("Method Not Allowed", detail, 405)
    http.expect("DELETE", MEMBER, body, status=405)
    with pytest.raises(Conflict):
        speak.remove("abc", MemberRef(ANNA))


def test_a_new_address_is_looked_up_in_every_audience_first(http, speak):
    http.expect("GET", "/3.0/lists", {"lists": [{"id": "abc"}, {"id": "def"}]})
    http.expect("GET", MEMBER, member())
    other = "/3.0/lists/def/members/"
    http.expect("GET", other + HASH, problem("Resource Not Found"), status=404)
    bob = mapping.subscriber_hash(BOB)
    http.expect("GET", f"{AUDIENCE}/members/{bob}", member(BOB))
    with pytest.raises(Conflict):
        speak.change_address(MemberRef(ANNA), BOB)


# --- webhooks -----------------------------------------------------------------
TOKEN, SIGNING = "a-long-secret", "signing-secret"


def call(form=None, method="POST", query=None, headers=None):
    body = urlencode(form or {}).encode()
    return Delivery(method, headers or {}, query or {}, body)


def test_registering(http, speak):
    told = {"id": "h1", "url": "…", "signing_secret": SIGNING}
    http.expect("POST", AUDIENCE + "/webhooks", told)
    (made,) = speak.register_webhooks("https://odoo.example.com/h?x=1", "abc", TOKEN)
    assert made.secrets == {"secret": TOKEN, "signing_secret": SIGNING}
    assert TOKEN not in repr(made)
    body = http.bodies()[0]
    assert body["url"] == f"https://odoo.example.com/h?x=1&secret={TOKEN}"
    assert body["sources"]["api"] is False
    http.expect("DELETE", AUDIENCE + "/webhooks/h1", "", status=404)
    speak.unregister_webhooks([WebhookRegistration("h1", "member")], "abc/49")
    with pytest.raises(Invalid):
        speak.register_webhooks("https://odoo.example.com/h", "abc", "short")


def test_the_url_is_tried_by_get():
    assert Mailchimp.handshake(call(method="GET"), "v") == "ok"
    assert Mailchimp.handshake(call(), "v") is None


def test_a_call_proves_itself():
    plain = call({"type": "subscribe"}, query={"secret": TOKEN})
    Mailchimp.verify(plain, {"secret": TOKEN})
    for secrets in ({}, {"secret": ""}, {"secret": "other"}):
        with pytest.raises(WebhookRefused):
            Mailchimp.verify(plain, secrets)
    both = {"secret": TOKEN, "signing_secret": SIGNING}
    with pytest.raises(WebhookRefused):
        Mailchimp.verify(plain, both)
    digest = hmac.new(SIGNING.encode(), b"17." + plain.body, hashlib.sha256).hexdigest()
    for header, good in ((f"t=17,v1={digest}", True), (f"t=18, v1={digest}", False)):
        signed = replace(plain, headers={"x-mailchimp-signature": header})
        if good:
            Mailchimp.verify(signed, both)
        else:
            with pytest.raises(WebhookRefused):
                Mailchimp.verify(signed, both)


@pytest.mark.parametrize(
    ("form", "kind"),
    [
        ({"type": "subscribe"}, "subscribed"),
        ({"type": "profile"}, "updated"),
        ({"type": "unsubscribe", "data[action]": "unsub"}, "unsubscribed"),
        ({"type": "unsubscribe", "data[action]": "delete"}, "deleted"),
        ({"type": "unsubscribe", "data[reason]": "abuse"}, "complained"),
        ({"type": "cleaned", "data[reason]": "hard"}, "bounced"),
        ({"type": "campaign"}, "unknown"),
    ],
)
def test_events(form, kind):
    data = {
        "fired_at": "2026-01-01 12:00:00",
        "data[list_id]": "abc",
        "data[email]": ANNA,
    }
    (event,) = Mailchimp.parse(call(form | data))
    assert (event.kind, event.list_id, event.email) == (kind, "abc", ANNA)
    assert event.at == SINCE


def test_an_address_that_changed():
    data = {"data[new_email]": BOB, "data[old_email]": ANNA, "fired_at": "gestern"}
    (event,) = Mailchimp.parse(call({"type": "upemail"} | data))
    assert (event.kind, event.email, event.old_email) == ("address_changed", BOB, ANNA)
    assert event.at is None


@pytest.mark.parametrize("body", [b"", b"x=1", b"\xff\xfe", b"type="])
def test_malformed_calls(body):
    with pytest.raises(WebhookRefused):
        Mailchimp.parse(Delivery("POST", {}, {}, body))


def test_a_field_without_audience_cannot_be_deleted(speak):
    with pytest.raises(Invalid):
        speak.delete_field(RemoteField("X", "X", remote_id="1"))
