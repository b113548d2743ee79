"""Inxmail's own ways: what is imported, and what becomes of each row."""

from datetime import date, datetime, timezone

import pytest

from newsletter_sync.connectors.contract import (
    Join,
    MemberDraft,
    MemberRef,
    Outcome,
    Refusal,
)
from newsletter_sync.connectors.errors import (
    Invalid,
)
from newsletter_sync.connectors.providers.inxmail.imports import result_of
from newsletter_sync.sync.vocabulary import Status
from newsletter_sync.tests_pure.contract import ANNA, BOB, CARLA, draft
from newsletter_sync.tests_pure.providers.inxmail.side import files


# --- imports ----------------------------------------------------------------
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
