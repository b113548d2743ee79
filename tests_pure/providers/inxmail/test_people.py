"""Inxmail's own ways: two levels, events, who comes and goes."""

from datetime import timedelta

import pytest

from newsletter_sync.connectors.contract import (
    Join,
    MemberDraft,
    MemberRef,
    Refusal,
)
from newsletter_sync.connectors.errors import (
    BadAnswer,
    Invalid,
    MisConfigured,
    ServerFault,
)
from newsletter_sync.connectors.providers.inxmail import Inxmail, mapping
from newsletter_sync.sync.vocabulary import Status
from newsletter_sync.tests_pure.contract import ANNA, BOB, draft
from newsletter_sync.tests_pure.providers.inxmail.side import BASE, LINKS


# --- two levels -------------------------------------------------------------
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


# --- changes ----------------------------------------------------------------
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


# --- coming and going -------------------------------------------------------
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


# --- blacklist --------------------------------------------------------------
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
