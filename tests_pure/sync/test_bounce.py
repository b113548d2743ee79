"""Bounces by section 6 of the rules: codes, thresholds, reports."""

from datetime import datetime, timedelta, timezone
from email import message_from_string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter_sync.sync import bounce_report
from newsletter_sync.sync.bounce import (
    ABOUT_ADDRESS,
    Event,
    Kind,
    Thresholds,
    classify,
    judge,
    suggests_move,
    too_many_refusals,
)
from newsletter_sync.sync.vocabulary import Status

DAY = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)


def after(days, kind=Kind.SOFT):
    return Event(kind, DAY + timedelta(days=days))


# --- codes ------------------------------------------------------------------------
CODES = {
    Kind.HARD: "5.1.1 5.1.2 5.1.3 5.1.6 5.1.10 5.7.13",
    Kind.REPEATED: "5.2.1 5.4.4 5.1.0",
    Kind.SOFT: "4.0.0 4.2.2 4.4.1 4.4.7 4.5.0 5.2.2 5.4.1 5.4.7",
    Kind.FAULT: "5.2.3 5.3.4 5.5.0 5.5.4 5.6.1",
    Kind.POLICY: "5.7.0 5.7.1 5.7.26 4.7.0 4.7.650 5.1.7 5.1.8",
    Kind.GENERAL: "5.0.0 5.1.4 5.2.0 5.3.0 5.4.0",
    Kind.NONE: "2.0.0 2.1.5",
}


@pytest.mark.parametrize(
    ("code", "kind"),
    [(code, kind) for kind, codes in CODES.items() for code in codes.split()],
)
def test_class_of_each_code(code, kind):
    assert classify(code) is kind
    assert classify("550", f"smtp; 550 {code} something") is kind


@pytest.mark.parametrize(
    "text",
    [
        "550 User unknown",
        "550 5.0.0 <anna@example.org>... No such user here",
        "554 5.0.0 mailbox does not exist",
        "550 Empfänger unbekannt",
        "550 Diese Adresse existiert nicht",
        "550 Requested action not taken: mailbox not found",
    ],
)
def test_vague_codes_are_read_by_their_text(text):
    assert classify("", text) is Kind.REPEATED


@pytest.mark.parametrize(
    "text", ["550 5.0.0 rejected", "554 Transaction failed", "", "quite unreadable"]
)
def test_nothing_readable_is_general(text):
    assert classify("", text) is Kind.GENERAL


def test_numbers_that_are_no_codes():
    assert classify("", "mail from 10.5.1.1 at 2026.5.1.1") is Kind.GENERAL
    assert classify("", "id 5501234") is Kind.GENERAL
    assert classify("451", "4.7 GB free") is Kind.SOFT


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed", "Expanded"])
def test_B1_only_failures_count(action):
    assert classify("5.1.1", action=action) is Kind.NONE
    assert classify("5.1.1", action="failed") is Kind.HARD


def test_B3_the_tools_hard_wins_and_its_soft_gives_way_to_the_code():
    assert classify("4.2.2", said=Status.HARD_BOUNCE) is Kind.HARD
    assert classify("5.7.1", said=Status.SOFT_BOUNCE) is Kind.POLICY
    assert classify("", "no idea", said=Status.SOFT_BOUNCE) is Kind.SOFT
    assert classify("", "no idea", said=Status.GENERAL_BOUNCE) is Kind.GENERAL


def test_a_moved_mailbox_suggests_a_change_of_address():
    assert suggests_move("5.1.6")
    assert not suggests_move("5.1.1")


# --- thresholds ---------------------------------------------------------------------
def test_hard_at_once():
    assert judge([after(0, Kind.HARD)]) is Status.HARD_BOUNCE


def test_probably_unknown_twice_three_days_apart():
    one = after(0, Kind.REPEATED)
    assert judge([one]) is Status.SOFT_BOUNCE
    assert judge([one, after(2.9, Kind.REPEATED)]) is Status.SOFT_BOUNCE
    assert judge([one, after(3, Kind.REPEATED)]) is Status.HARD_BOUNCE


def test_J06_soft_five_times_over_a_fortnight():
    four = [after(0), after(1), after(2), after(20)]
    assert judge(four) is Status.SOFT_BOUNCE
    assert judge([*four, after(13)]) is Status.HARD_BOUNCE
    assert judge([after(n) for n in range(10)]) is Status.SOFT_BOUNCE  # nine days


def test_a_delivery_in_between_begins_anew():
    five = [after(n * 4) for n in range(5)]
    assert judge(five) is Status.HARD_BOUNCE
    assert judge(five, DAY + timedelta(days=5)) is Status.SOFT_BOUNCE
    assert judge(five, DAY + timedelta(days=16)) is None
    hard = [*five, after(3, Kind.HARD)]
    assert judge(hard, DAY + timedelta(days=16)) is Status.HARD_BOUNCE


def test_general_counts_as_soft():
    assert judge([after(0, Kind.GENERAL)]) is Status.GENERAL_BOUNCE
    assert judge([after(0, Kind.GENERAL), after(1)]) is Status.SOFT_BOUNCE
    general = [after(n * 4, Kind.GENERAL) for n in range(5)]
    assert judge(general) is Status.HARD_BOUNCE


@given(
    st.lists(
        st.builds(
            Event,
            st.sampled_from([Kind.FAULT, Kind.POLICY, Kind.NONE]),
            st.datetimes(
                datetime(2026, 1, 1),
                datetime(2027, 1, 1),
                timezones=st.just(timezone.utc),
            ),
        ),
        max_size=40,
    )
)
def test_what_is_not_about_the_address_never_blames_it(events):
    assert judge(events) is None


@given(
    st.lists(
        st.builds(
            Event,
            st.sampled_from(sorted(ABOUT_ADDRESS)),
            st.datetimes(
                datetime(2026, 1, 1),
                datetime(2027, 1, 1),
                timezones=st.just(timezone.utc),
            ),
        ),
        min_size=1,
        max_size=20,
    ),
    st.randoms(),
)
def test_the_order_of_reports_does_not_matter(events, random):
    shuffled = list(events)
    random.shuffle(shuffled)
    assert judge(shuffled) is judge(events)


def test_thresholds_are_data():
    events = [after(0, Kind.REPEATED), after(1, Kind.REPEATED)]
    assert judge(events, thresholds=Thresholds(repeated_days=1)) is Status.HARD_BOUNCE


def test_alarm_above_one_percent_of_a_mailing():
    assert not too_many_refusals(1, 100)
    assert too_many_refusals(2, 100)
    assert not too_many_refusals(0, 0)


# --- reports --------------------------------------------------------------------------
REPORT = """\
From: MAILER-DAEMON@mail.example.net
Subject: Undelivered Mail Returned to Sender
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

Sorry.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.net

Original-Recipient: rfc822;Anna@Example.org
Final-Recipient: rfc822;anna@elsewhere.example.com
Action: failed
Status: 5.1.1 (bad destination)
Diagnostic-Code: smtp; 550 5.1.1
    <anna@elsewhere.example.com>: User unknown

Final-Recipient: rfc822; ben@example.org
Action: delayed
Status: 4.4.1

--b--
"""


def test_B2_every_recipient_and_the_one_that_was_written_to():
    anna, ben = bounce_report.read(message_from_string(REPORT))
    assert (anna.email, anna.code, anna.action) == (
        "anna@example.org",
        "5.1.1",
        "failed",
    )
    assert anna.text.endswith("User unknown")
    assert classify(anna.code, anna.text, action=anna.action) is Kind.HARD
    assert ben.email == "ben@example.org"
    assert classify(ben.code, ben.text, action=ben.action) is Kind.NONE


@pytest.mark.parametrize(
    "broken",
    [
        REPORT.replace("rfc822;", ""),
        REPORT.replace("Anna@Example.org", "").replace("anna@elsewhere", "x"),
        REPORT.replace("Action: failed", ""),
        REPORT.partition("Original")[0],
        REPORT.replace("message/delivery-status", "text/plain"),
        "",
    ],
)
def test_B7_broken_reports_raise_nothing(broken):
    for failure in bounce_report.read(message_from_string(broken)):
        assert "@" in failure.email


@given(st.text(max_size=400))
def test_B7_nor_does_any_text(text):
    message = message_from_string(
        f"Content-Type: message/delivery-status\n\n{text}".encode(
            "utf-8", "replace"
        ).decode("utf-8")
    )
    for failure in bounce_report.read(message):
        classify(failure.code, failure.text, action=failure.action)
