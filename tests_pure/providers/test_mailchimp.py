"""Mailchimp's shapes and oddities: login, audiences, reading."""

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone

import pytest

from newsletter_sync.connectors.contract import (
    FieldType,
    ListDraft,
    MemberRef,
    TokenPair,
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
)
from newsletter_sync.connectors.oauth import MemoryTokenStore
from newsletter_sync.connectors.providers.mailchimp import Mailchimp, mapping
from newsletter_sync.sync.vocabulary import Status
from newsletter_sync.tests_pure.providers.mailchimp_answers import (
    ANNA,
    AUDIENCE,
    BOB,
    CARLA,
    FIELDS,
    HASH,
    KEY,
    MEMBER,
    SINCE,
    VIP,
    connector,
    member,
    page,
    problem,
    query,
)
from newsletter_sync.tests_pure.scripted_http import ScriptedHttp


@pytest.fixture
def http():
    script = ScriptedHttp()
    yield script
    script.finish()


@pytest.fixture
def speak(http):
    """One that knows the audience."""
    speak = connector(http)
    speak._known_audiences.add("abc")
    return speak


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
        member("Anna@Example.org", unsubscribe_reason="Too many"),
        {},
        frozenset({"VIP"}),
    )
    assert (told.email, told.remote_id) == (ANNA, "contact-Anna@Example.org")
    assert told.status_at == datetime(2025, 1, 1, tzinfo=timezone.utc)
    assert told.changed_at == SINCE
    assert told.reason == "Too many"
    by_us = member(unsubscribe_reason="N/A (Unsubscribed by admin)")
    assert mapping.member_of(by_us, {}, frozenset()).reason == ""
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
