"""CleverReach's answers, receivers, values and bounces, shape by shape."""

from datetime import date, datetime, timezone

import pytest

from newsletter_sync.connectors.contract import (
    FieldType,
    Outcome,
    Refusal,
    RemoteField,
)
from newsletter_sync.connectors.errors import BadAnswer
from newsletter_sync.connectors.providers.cleverreach import mapping
from newsletter_sync.connectors.providers.cleverreach.batch import read_rows
from newsletter_sync.sync.vocabulary import Status

ANNA, BOB, CARLA = "anna@example.org", "bob@example.org", "carla@example.org"
NOW = 1_800_000_000
DONE = Outcome.WRITTEN


# --- batch answers --------------------------------------------------------------------
@pytest.mark.parametrize(
    "answer",
    [
        [{"id": "1"}, f"invalid address '{BOB}'", {"id": 3}],
        [{"id": 1, "email": ANNA}, f"invalid address '{BOB.upper()}'", {"id": "3"}],
        [
            {"id": "1", "email": ANNA, "status": "update success"},
            {"email": BOB, "status": f"invalid address '{BOB}'"},
            {"id": "3", "email": CARLA, "status": "insert success"},
        ],
        [{"id": "1"}, {"status": f"invalid address '{BOB}'"}, {"id": "3"}],
        [{"id": "1"}, {"error": {"code": 400, "message": "invalid"}}, {"id": "3"}],
        [{"id": "1"}, "invalid address", {"id": "3"}],
        # another order than was asked for, all by name
        [
            f"invalid address '{BOB}'",
            {"id": 3, "email": CARLA},
            {"id": 1, "email": ANNA},
        ],
    ],
)
def test_one_bad_row_among_good_ones(answer):
    rows = read_rows(answer, [ANNA, BOB, CARLA])
    assert [row.email for row in rows] == [ANNA, BOB, CARLA]
    assert [row.remote_id for row in rows] == ["1", "", "3"]
    assert rows[0].outcome in (Outcome.WRITTEN, Outcome.UPDATED)
    assert rows[1].outcome is Outcome.REFUSED
    assert rows[1].refusal is Refusal.INVALID
    assert rows[2].outcome in (Outcome.WRITTEN, Outcome.CREATED)


def test_rows_that_are_missing_are_unknown():
    answer = [{"id": 3, "email": CARLA}, {"id": 1, "email": "Anna@Example.org"}]
    rows = read_rows(answer, [ANNA, BOB, CARLA])
    assert [row.outcome for row in rows] == [DONE, Outcome.UNKNOWN, DONE]


def test_nameless_rows_of_a_shorter_list_are_nobodys():
    rows = read_rows([{"id": 9}], [ANNA, BOB])
    assert {row.outcome for row in rows} == {Outcome.UNKNOWN}


def test_false_refuses_all():
    rows = read_rows(False, [ANNA, BOB])
    assert {row.outcome for row in rows} == {Outcome.REFUSED}


@pytest.mark.parametrize(
    "answer",
    [
        None,
        True,
        [],
        {},
        5,
        "ok",
        [None],
        [[], []],
        {"success": True},
        [{}, {}],
        [True],
    ],
)
def test_an_answer_that_says_nothing_about_a_row(answer):
    rows = read_rows(answer, [ANNA, BOB])
    assert [row.email for row in rows] == [ANNA, BOB]
    assert {row.outcome for row in rows} == {Outcome.UNKNOWN}


@pytest.mark.parametrize(
    ("words", "outcome", "refusal"),
    [
        (f"duplicate address '{ANNA}'", Outcome.REFUSED, Refusal.DUPLICATE),
        (f"invalid address '{ANNA}'", Outcome.REFUSED, Refusal.INVALID),
        (f"{ANNA} is blacklisted", Outcome.REFUSED, Refusal.BLOCKED),
        (f"unknown address '{ANNA}'", Outcome.SKIPPED, None),
        ("import failed", Outcome.REFUSED, Refusal.OTHER),
        ("insert success", Outcome.CREATED, None),
        ("update success", Outcome.UPDATED, None),
        ("success", Outcome.WRITTEN, None),
        ("who knows", Outcome.UNKNOWN, None),
    ],
)
def test_words_about_a_row(words, outcome, refusal):
    for item in (words, {"status": words}):
        (row,) = read_rows([item], [ANNA])
        assert (row.outcome, row.refusal) == (outcome, refusal)


def test_an_address_never_speaks_for_its_row():
    odd = "invalid-error-duplicate@example.org"
    (row,) = read_rows([{"email": odd, "id": 1, "status": f"success {odd}"}], [odd])
    assert row.outcome is Outcome.WRITTEN


def test_addresses_that_contain_each_other_or_quotes():
    emails = ["anna@example.org", "susanna@example.org", "o'neil@example.org"]
    answer = [f"invalid address '{email}'" for email in reversed(emails[1:])]
    rows = read_rows([*answer, {"id": 1, "email": emails[0]}], emails)
    assert [row.outcome for row in rows] == [DONE, Outcome.REFUSED, Outcome.REFUSED]


def test_a_strangers_row_is_nobodys():
    rows = read_rows([{"id": 9, "email": "eve@example.org"}, {"id": 2}], [ANNA, BOB])
    assert [row.outcome for row in rows] == [Outcome.UNKNOWN, DONE]


def test_a_row_tells_that_somebody_stayed_away():
    answer = [{"id": 1, "email": ANNA, "activated": NOW, "deactivated": NOW + 1}]
    assert read_rows(answer, [ANNA])[0].status is Status.UNSUBSCRIBED


# --- receivers ------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("receiver", "status", "at"),
    [
        ({"registered": NOW, "activated": NOW}, Status.SUBSCRIBED, NOW),
        ({"activated": str(NOW), "active": "1"}, Status.SUBSCRIBED, NOW),
        ({"activated": 1, "deactivated": 0}, Status.SUBSCRIBED, None),
        ({"activated": NOW, "bounced": 1}, Status.SUBSCRIBED, NOW),
        ({"activated": 0, "active": True}, Status.SUBSCRIBED, None),
        ({"registered": NOW, "activated": 0, "active": False}, Status.PENDING, NOW),
        ({"registered": NOW, "activated": "0"}, Status.PENDING, NOW),
        ({}, Status.PENDING, None),
        ({"activated": NOW, "deactivated": NOW + 5}, Status.UNSUBSCRIBED, NOW + 5),
        ({"activated": NOW, "deactivated": 1}, Status.UNSUBSCRIBED, None),
        ({"activated": NOW, "deactivated": "1"}, Status.UNSUBSCRIBED, None),
        ({"activated": NOW, "active": False}, Status.UNSUBSCRIBED, None),
        (
            {"active": True, "activated": NOW, "deactivated": NOW},
            Status.UNSUBSCRIBED,
            NOW,
        ),
        (
            {"activated": NOW, "bounced": NOW, "active": False},
            Status.GENERAL_BOUNCE,
            NOW,
        ),
        ({"deactivated": NOW, "bounced": NOW + 1}, Status.UNSUBSCRIBED, NOW),
        ({"activated": 10**30, "deactivated": None}, Status.SUBSCRIBED, None),
        ({"activated": "soon", "registered": []}, Status.PENDING, None),
    ],
)
def test_statuses(receiver, status, at):
    when = datetime.fromtimestamp(at, timezone.utc) if at else None
    assert mapping.status_of(receiver) == (status, when)


@pytest.mark.parametrize("tags", [["Odoo.vip"], [{"origin": "Odoo", "tag": "vip"}]])
def test_a_receiver_becomes_a_member(tags):
    fields = {
        "birthday": RemoteField("birthday", "Birthday", FieldType.DATE),
        "score": RemoteField("score", "Score", FieldType.NUMBER),
    }
    receiver = {
        "id": 12,
        "email": " Anna@Example.ORG",
        "activated": NOW,
        "global_attributes": {"birthday": "1990-01-31", "firstname": "", "city": "A"},
        "attributes": {"score": "-7", "city": "B"},
        "tags": tags,
    }
    (member,) = mapping.members_of([receiver], fields)
    assert (member.remote_id, member.email) == ("12", ANNA)
    assert member.values == {
        "birthday": date(1990, 1, 31),
        "firstname": None,
        "score": -7,
        "city": "B",
    }
    assert member.tags == {"Odoo.vip"}
    assert member.raw is receiver


@pytest.mark.parametrize("email", [None, "", "nobody", 5, ["a@b.org"]])
def test_a_receiver_without_address(email):
    with pytest.raises(BadAnswer):
        mapping.members_of([{"id": 1, "email": email}], {})


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("", FieldType.TEXT, None),
        ("007", FieldType.NUMBER, "007"),
        ("3.50", FieldType.NUMBER, 3.5),
        ("12 €", FieldType.NUMBER, "12 €"),
        ("1990-01-31 00:00:00", FieldType.DATE, date(1990, 1, 31)),
        ("633744000", FieldType.DATE, date(1990, 1, 31)),  # midnight in UTC
        ("633740400", FieldType.DATE, date(1990, 1, 31)),  # midnight in Berlin
        ("-86400", FieldType.DATE, date(1969, 12, 31)),
        ("31.01.1990", FieldType.DATE, "31.01.1990"),
        ("9" * 40, FieldType.DATE, "9" * 40),
        ("5", FieldType.TEXT, "5"),
        (5, FieldType.TEXT, "5"),
        ({"a": 1}, FieldType.TEXT, None),
    ],
)
def test_values_as_they_come(text, kind, value):
    assert mapping.decoded(text, RemoteField("x", "x", kind)) == value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "1"),
        (False, "0"),
        (5, "5"),
        (3.0, "3"),
        (3.25, "3.25"),
        (1e-7, "0.0000001"),
        (float("nan"), ""),
        (date(1990, 1, 31), "1990-01-31"),
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc), "2026-01-02 03:04:05"),
        ("Färber", "Färber"),
    ],
)
def test_values_as_they_go(value, text):
    assert mapping.encoded(value) == text


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("Straße & Nr.", "strasse_nr"),
        ("Änderung", "aenderung"),
        ("Prénom", "prenom"),
        ("A\u0308nderung", "aenderung"),
        ("  E-Mail 2 ", "e_mail_2"),
        ("€", ""),
    ],
)
def test_technical_names(label, name):
    assert mapping.technical_name(label) == name


@pytest.mark.parametrize(
    ("category", "status"),
    [
        ("hardbounce", Status.HARD_BOUNCE),
        ("permanent", Status.HARD_BOUNCE),
        ("softbounce", Status.SOFT_BOUNCE),
        ("autoreply", Status.GENERAL_BOUNCE),
        (None, Status.GENERAL_BOUNCE),
    ],
)
def test_bounce_categories(category, status):
    report = {"email": ANNA, "category": category, "last_update_gmt": "2026-01-02"}
    bounce = mapping.bounce_of(report)
    assert bounce.status is status
    assert bounce.at == datetime(2026, 1, 2, tzinfo=timezone.utc)
