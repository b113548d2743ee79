"""listmonk's own traps: hidden mails, writes that delete, one text for two refusals."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from newsletter_sync.connectors.contract import (
    FieldType,
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
    LoginRefused,
    MisConfigured,
    PermissionMissing,
)
from newsletter_sync.connectors.providers.listmonk import (
    Listmonk,
    importing,
    mapping,
)
from newsletter_sync.sandbox.server import Sandbox
from newsletter_sync.sync.vocabulary import Status
from newsletter_sync.tests_pure.contract import ANNA, BOB, CARLA, DONE, draft
from newsletter_sync.tests_pure.providers.test_listmonk_contract import ListmonkSide
from newsletter_sync.tests_pure.scripted_http import ScriptedHttp, transport

LOGIN = {"base_url": "https://news.example.org/sub/", "user": "u", "token": "t0ken"}
OLD, NEW = "v6.0.3", "v6.1.0"


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def side(sandbox):
    sandbox.reset()
    sandbox.set(version="v6.2.0", missing_rights=frozenset(), job_polls=1)
    return ListmonkSide(sandbox)


@pytest.fixture
def single(side):
    """A list that takes everybody in without asking."""
    settings = {"optin": "single", "type": "public"}
    return side.connector.create_list(ListDraft("Single", settings=settings)).remote_id


@pytest.fixture
def http():
    script = ScriptedHttp()
    yield script
    script.finish()


@pytest.fixture
def scripted(http):
    return Listmonk(LOGIN, transport(http))


def mails(side):
    return len(side.sandbox.store.notes("mail", "listmonk"))


def page(*people, total=None, per_page=1000, number=1):
    total = len(people) if total is None else total
    data = {"results": people, "total": total, "per_page": per_page, "page": number}
    return {"data": data}


def person(id, email, *lists, **more):
    return {"id": id, "email": email, "status": "enabled", "lists": lists, **more}


def on(list_id, status="confirmed", optin="double", **more):
    return {"id": list_id, "subscription_status": status, "optin": optin, **more}


# --- writing ---------------------------------------------------------------------
@pytest.mark.parametrize("version", [OLD, NEW])
def test_an_update_mails_nobody_and_confirms_nobody(side, version):
    side.sandbox.set(version=version)
    side.act("subscribe", ANNA)
    before = mails(side)
    (row,) = side.write(MemberDraft(ANNA, {side.first: "Anna"}))
    assert mails(side) == before
    assert side.status(ANNA) is Status.PENDING
    # Before PATCH there is no way to write without mailing, so it is left.
    assert row.outcome is (Outcome.REFUSED if version == OLD else Outcome.UPDATED)


@pytest.mark.parametrize("version", [OLD, NEW])
def test_an_update_keeps_lists_and_attributes(side, version):
    side.sandbox.set(version=version)
    side.write(MemberDraft(ANNA, {side.first: "Anna", "city": "Bonn"}))
    side.connector.upsert(side.other_list, [draft(ANNA)])
    side.connector.unsubscribe(side.other_list, MemberRef(ANNA))
    side.act("edit", ANNA, values={"nested": {"a": [1]}, "name": "Frau Anna"})
    side.write(MemberDraft(ANNA, {side.first: "Änne"}))
    member = side.members()[ANNA]
    assert member.values[side.first] == "Änne"
    assert member.values["city"] == "Bonn"
    assert member.values["name"] == "Frau Anna"
    assert member.raw["attribs"]["nested"] == {"a": [1]}
    assert side.status(ANNA, side.other_list) is Status.UNSUBSCRIBED


def test_an_old_version_changes_nobody_who_waits(side):
    side.sandbox.set(version=OLD)
    side.act("subscribe", ANNA)
    with pytest.raises(MisConfigured):
        side.connector.change_address(MemberRef(ANNA), BOB)
    assert side.status(ANNA) is Status.PENDING


def test_a_list_without_double_opt_in_asks_nobody(side, single):
    ask = draft(ANNA, join=Join.ASK)
    (row,) = side.connector.upsert(single, [ask]).rows
    assert row.outcome is Outcome.REFUSED
    assert side.connector.subscribe(single, ask).outcome is Outcome.REFUSED
    assert side.members(single) == {}


def test_somebody_known_is_asked_on_a_further_list(side):
    side.connector.upsert(side.other_list, [draft(ANNA)])
    (row,) = side.write(draft(ANNA, join=Join.ASK))
    assert (row.outcome, row.status) == (Outcome.CREATED, Status.PENDING)
    assert mails(side) == 1
    side.act("confirm", ANNA)
    member = side.members()[ANNA]
    assert member.status is Status.SUBSCRIBED
    assert member.opt_in_ip and member.opt_in_at <= member.status_at


def test_an_import_by_staff_makes_no_click_younger():
    """It renews the time of the membership and keeps the address of the old click."""
    membership = {
        "id": 7,
        "optin": "double",
        "subscription_status": "confirmed",
        "subscription_created_at": "2024-01-01T10:00:00Z",
        "subscription_updated_at": "2026-05-05T10:00:00Z",
        "subscription_meta": {"optin_ip": "192.0.2.7"},
    }
    person = {"id": 1, "email": ANNA, "status": "enabled", "lists": [membership]}
    member = mapping.member_of(person, "7")
    assert member.status is Status.SUBSCRIBED
    assert member.opt_in_at == datetime(2024, 1, 1, 10, tzinfo=UTC)


def test_nobody_waits_without_having_been_asked(side):
    side.connector.upsert(side.other_list, [draft(ANNA)])
    side.fault("status", ("POST", "/optin$"), status=500)
    (row, _) = side.write(draft(ANNA, join=Join.ASK), BOB)
    assert row.outcome is Outcome.UNKNOWN
    assert side.status(ANNA) is None


def test_who_is_blocked_is_neither_taken_in_nor_brought_back(side):
    side.write(ANNA)
    side.act("block", ANNA)
    assert side.connector.subscribe(side.list_id, draft(ANNA)).refusal is (
        Refusal.BLOCKED
    )
    (row,) = side.connector.upsert(side.other_list, [draft(ANNA)]).rows
    assert row.refusal is Refusal.BLOCKED
    assert side.status(ANNA) is Status.UNSUBSCRIBED
    assert side.reactivations() == 0


def test_another_address_is_not_taken_in_by_id(side):
    side.write(ANNA)
    remote_id = side.members()[ANNA].remote_id
    side.act("change_address", ANNA, new=BOB)
    moved = MemberDraft(ANNA, {side.first: "Anna"}, remote_id)
    assert side.write(moved)[0].outcome is Outcome.UPDATED
    (row,) = side.connector.upsert(side.other_list, [moved]).rows
    assert row.outcome is Outcome.REFUSED
    assert set(side.members()) == {BOB}
    assert side.members(side.other_list) == {}


def test_an_address_that_was_taken_just_now(http, scripted):
    http.expect("GET", "/sub/api/subscribers", page(person(1, ANNA)))
    http.expect("GET", "/sub/api/subscribers", page())
    http.expect("GET", "/sub/api/about", {"data": {"version": "v6.1.0"}})
    message = {"message": "Fehler: pq: duplicate key value violates …"}
    http.expect("PATCH", "/sub/api/subscribers/1", message, status=500)
    with pytest.raises(Conflict):
        scripted.change_address(MemberRef(ANNA), BOB)


def test_a_nightly_build_is_treated_as_an_old_one(http, scripted):
    anna = person(1, ANNA, on(5), on(6, "unsubscribed"), attribs={"a": 1}, name="A")
    http.expect("GET", "/sub/api/subscribers", page(anna))
    http.expect("GET", "/sub/api/subscribers", page())
    http.expect("GET", "/sub/api/about", {"data": {"version": "nightly"}})
    http.expect("GET", "/sub/api/subscribers/1", {"data": anna})
    http.expect("PUT", "/sub/api/subscribers/1", {"data": anna})
    scripted.change_address(MemberRef(ANNA), BOB)
    assert json.loads(http.sent[-1].body) == {
        "email": BOB,
        "name": "A",
        "status": "enabled",
        "lists": [5, 6],
        "attribs": {"a": 1},
    }


# --- import ----------------------------------------------------------------------
def crowd(side, number=importing.IMPORT_FROM):
    return [
        MemberDraft(f"p{n}@example.org", {side.first: f"P{n}"}) for n in range(number)
    ]


def test_many_newcomers_are_imported_and_read_back(side):
    side.write(BOB)
    side.act("unsubscribe", BOB)
    drafts = [*crowd(side), draft(BOB), draft(CARLA, join=Join.NEVER), draft("no")]
    answer = side.connector.upsert(side.list_id, drafts)
    assert answer.job and not answer.rows
    speak = side.another()  # another worker asks for the end
    while answer.job:
        answer = speak.poll(side.list_id, answer.job, drafts)
    outcomes = [row.outcome for row in answer.rows]
    assert outcomes[:-3] == [Outcome.WRITTEN] * importing.IMPORT_FROM
    assert outcomes[-3:] == [Outcome.WRITTEN, Outcome.SKIPPED, Outcome.REFUSED]
    assert answer.rows[-1].refusal is Refusal.INVALID
    members = side.members()
    assert members["p7@example.org"].values[side.first] == "P7"
    assert members["p7@example.org"].status is Status.SUBSCRIBED
    assert members[BOB].status is Status.UNSUBSCRIBED
    assert mails(side) == side.reactivations() == 0


def test_who_comes_and_goes_while_the_import_waits_stays_away(side):
    drafts = crowd(side)
    first = drafts[0].email
    # The look-up does not see them: they come a moment later.
    side.connector._people = lambda refs: [None] * len(refs)
    side.act("subscribe", first)
    side.act("unsubscribe", first)
    job = side.connector.upsert(side.list_id, drafts).job
    assert job
    del side.connector._people
    while (answer := side.connector.poll(side.list_id, job, drafts)).job:
        pass
    assert answer.rows[0].status is Status.UNSUBSCRIBED
    assert side.reactivations() == 0


@pytest.mark.parametrize("why", ["running", "right"])
def test_without_an_import_all_are_written_singly(side, why):
    if why == "running":
        side.sandbox.set(job_polls=99)
        assert side.another().upsert(side.other_list, crowd(side)).job
    else:
        side.sandbox.set(missing_rights=frozenset({"subscribers:import"}))
    rows = side.connector.upsert(side.list_id, crowd(side)).rows
    assert all(row.outcome in DONE for row in rows)
    assert len(side.members()) == importing.IMPORT_FROM


def test_a_dead_line_ends_a_batch(side):
    people = [f"p{n}@example.org" for n in range(importing.IMPORT_FROM - 1)]
    side.fault("status", side.write_call, status=503)
    with pytest.raises(Exception, match="503"):
        side.write(*people)
    assert side.calls(side.write_call) < 60


# --- reading ---------------------------------------------------------------------
@pytest.mark.parametrize(
    ("subscriber", "subscription", "optin", "status"),
    [
        ("enabled", "confirmed", "double", Status.SUBSCRIBED),
        ("enabled", "confirmed", "single", Status.SUBSCRIBED),
        ("enabled", "unconfirmed", "single", Status.SUBSCRIBED),
        ("enabled", "unconfirmed", "double", Status.PENDING),
        ("enabled", "unconfirmed", None, Status.PENDING),
        ("enabled", "something new", "single", Status.PENDING),
        ("enabled", "unsubscribed", "double", Status.UNSUBSCRIBED),
        ("disabled", "confirmed", "double", Status.BLOCKED),
        ("blocklisted", "confirmed", "single", Status.BLOCKED),
    ],
)
def test_status(http, scripted, subscriber, subscription, optin, status):
    anna = person(1, ANNA, on(5, subscription, optin)) | {"status": subscriber}
    http.expect("GET", "/sub/api/subscribers", page(anna))
    if subscriber == "blocklisted":
        http.expect("GET", "/sub/api/subscribers/1/bounces", {"data": []})
    assert scripted.member("5", MemberRef(ANNA)).status is status


def test_a_bounce_is_not_a_leaving(side):
    side.write(ANNA, BOB, CARLA)
    side.pass_time(100)
    since = side.now() - timedelta(seconds=50)
    side.act("bounce", ANNA)
    side.act("complain", BOB)
    members = side.members()
    assert members[ANNA].status is side.status(ANNA) is Status.HARD_BOUNCE
    assert members[ANNA].status_at == next(side.connector.bounces()).at
    assert members[BOB].status is side.status(BOB) is Status.UNSUBSCRIBED
    found = next(side.connector.changes(side.list_id, since)).members
    assert {member.email for member in found} == {ANNA, BOB}
    side.sandbox.set(missing_rights=frozenset({"bounces:get"}))
    assert side.members()[ANNA].status is side.status(ANNA) is Status.UNSUBSCRIBED


@pytest.mark.parametrize("right", [True, False])
def test_only_the_very_address_is_found(side, right):
    if not right:
        side.sandbox.set(missing_rights=frozenset({"subscribers:sql_query"}))
    near = ["joanna@example.org", "anna@example.org.example.net", "annaxexample.org"]
    odd = "o'neil+100%_a(b)@example.org"
    side.write(*near, odd)
    assert side.status(ANNA) is None
    assert side.status(odd) is Status.SUBSCRIBED
    assert side.status("neil+100%_a(b)@example.org") is None
    assert side.status("x' OR '1' = '1") is None


def test_a_limited_page_size_hides_nobody(http, scripted):
    people = [person(n, f"p{n}@example.org", on(5)) for n in range(1, 4)]
    http.expect("GET", "/sub/api/lists/5", {"data": {"id": 5, "optin": "double"}})
    http.expect("GET", "/sub/api/subscribers", page(*people[:2], total=3, per_page=2))
    http.expect("GET", "/sub/api/subscribers", page(people[2], total=3, per_page=2))
    assert [len(p.members) for p in scripted.members("5")] == [2, 1]


def test_who_moves_to_the_next_page_comes_once(http, scripted):
    a, b, c = (person(n, f"p{n}@example.org", on(5)) for n in (1, 2, 3))
    http.expect("GET", "/sub/api/lists/5", {"data": {"id": 5, "optin": "double"}})
    http.expect("GET", "/sub/api/subscribers", page(a, b, total=4, per_page=2))
    http.expect("GET", "/sub/api/subscribers", page(b, c, total=4, per_page=2))
    found = [m.remote_id for p in scripted.members("5") for m in p.members]
    assert found == ["1", "2", "3"]


def test_the_same_page_for_ever_is_no_answer(http, scripted):
    http.expect("GET", "/sub/api/lists/5", {"data": {"id": 5}})
    for _ in range(2):
        one = person(1, ANNA, on(5))
        http.expect("GET", "/sub/api/subscribers", page(one, total=9, per_page=1))
    with pytest.raises(BadAnswer, match="twice"):
        list(scripted.members("5"))


# --- attributes ------------------------------------------------------------------
def test_attributes_are_those_of_the_people_who_changed_last(side):
    values = {"zip": "01067", "age": 42, "vip": True, "mixed": 1}
    side.write(MemberDraft(ANNA, values), MemberDraft(BOB, {"mixed": "one"}))
    side.act("edit", BOB, values={"nested": {"a": 1}})
    fields = {field.name: field.type for field in side.connector.fields()}
    assert fields.pop("name") is FieldType.TEXT
    assert fields == {
        "zip": FieldType.TEXT,
        "age": FieldType.NUMBER,
        "vip": FieldType.BOOLEAN,
        "mixed": FieldType.TEXT,
        side.first: FieldType.TEXT,
        side.last: FieldType.TEXT,
    }
    assert side.members()[ANNA].values.items() >= values.items()


def test_a_name_is_found_for_a_label(side):
    new = side.connector.create_field("Größe (cm)", FieldType.NUMBER)
    assert (new.name, new.type) == ("groesse_cm", FieldType.NUMBER)


# --- login, rights, links --------------------------------------------------------
def test_a_missing_right_is_not_a_wrong_login(side):
    side.sandbox.set(missing_rights=frozenset({"lists:get_all"}), language="de")
    with pytest.raises(PermissionMissing):
        side.connector.lists()
    with pytest.raises(LoginRefused):
        side.break_login().lists()


def test_the_account_names_the_rights_it_lacks(side):
    account = side.connector.account()
    assert account.recipients == 1
    assert account.plan == "listmonk v6.2.0"
    assert account.warnings == ()
    rights = frozenset({"subscribers:sql_query"})
    side.sandbox.set(missing_rights=rights)
    (warning,) = side.connector.account().warnings
    assert "subscribers:sql_query" in warning


def test_links(scripted):
    home = "https://news.example.org/sub"
    assert scripted.web_url("home") == f"{home}/admin"
    assert scripted.web_url("list", "5") == f"{home}/admin/lists/5"
    assert scripted.web_url("member", "7") == f"{home}/admin/subscribers/7"
    assert scripted.web_url("member", "../x") == ""
    assert scripted.web_url("plan") == ""
