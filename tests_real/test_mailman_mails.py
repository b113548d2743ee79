"""What only a real Mailman can show: its mails, and the answers to them."""

import re
from datetime import datetime, timedelta, timezone

import pytest

from newsletter_sync.connectors.contract import Join, MemberDraft, MemberRef, Outcome
from newsletter_sync.sync.vocabulary import Status
from newsletter_sync.tests_pure.contract import ANNA, BOB, CARLA, draft
from scripts.mailman.staff import DOMAIN

OWNER = "owner@example.org"


def answer(side, email, mail):
    """The person answers a mail as it stands."""
    sender = re.search(r"[\w.+-]+@[\w.]+", str(mail["reply-to"] or mail["from"]))[0]
    side.staff.write(email, sender, subject=f"Re: {mail['subject']}")


@pytest.mark.parametrize("policy", ["open", "confirm", "moderate"])
@pytest.mark.parametrize("verified", [False, True])
def test_asking_sends_a_mail_and_the_answer_subscribes(side, sink, policy, verified):
    """Also where the list is open and the address known: it would let them in."""
    staff, list_id = side.staff, side.list_id
    if verified:
        side.connector.upsert(side.other_list, [draft(ANNA)])
    config = f"/lists/{list_id}/config"
    staff.call("PATCH", config, subscription_policy=policy)
    try:
        (row,) = side.write(MemberDraft(ANNA, {"display_name": "Änne"}, join=Join.ASK))
        assert (row.outcome, row.status) == (Outcome.CREATED, Status.PENDING)
        mail = sink.to(ANNA, "-confirm+")
        assert side.status(ANNA) is Status.PENDING
        assert ANNA not in {
            m["email"] for m in staff.entries(f"/lists/{list_id}/roster/member")
        }
        answer(side, ANNA, mail)
        staff.until(lambda: side.status(ANNA) is Status.SUBSCRIBED)
        assert side.members()[ANNA].values["display_name"] == "Änne"
    finally:
        staff.call("PATCH", config, subscription_policy="confirm")


def test_a_reader_joins_and_leaves_by_mail(side, sink):
    side.staff.write(ANNA, f"one-join@{DOMAIN}")
    mail = sink.to(ANNA, "-confirm+")
    assert side.status(ANNA) is Status.PENDING
    answer(side, ANNA, mail)
    side.staff.until(lambda: side.status(ANNA) is Status.SUBSCRIBED)
    side.staff.leave(side.list_id, ANNA)
    assert side.status(ANNA) is None


def test_a_recorded_consent_sends_no_mail(side, sink):
    recorded = "recorded@example.org"  # no other test's mail can arrive late here
    side.write(recorded)
    side.write(draft(BOB, join=Join.ASK))
    sink.to(BOB, "-confirm+")  # sent later than one to the other would have been
    with pytest.raises(AssertionError, match="no mail"):
        sink.to(recorded, seconds=0)


def test_an_issue_that_is_refused_makes_somebody_bounced(side, sink):
    staff, list_id = side.staff, side.list_id
    side.write(ANNA, BOB, CARLA)
    sink.refused.add(BOB)
    staff.call(
        "POST",
        "/members",
        list_id=list_id,
        subscriber=OWNER,
        role="nonmember",
    )
    owner = staff.entries("/members/find", list_id=list_id, subscriber=OWNER)[0]
    path = f"/members/{owner['member_id']}"
    staff.call("PATCH", path, moderation_action="accept")
    staff.write(OWNER, f"one@{DOMAIN}", subject="Issue 1")
    assert sink.to(ANNA, "Issue 1")["list-id"]
    staff.until(lambda: side.status(BOB) is Status.GENERAL_BOUNCE)
    assert side.status(CARLA) is Status.SUBSCRIBED
    (bounce,) = side.connector.bounces()
    assert bounce.email == BOB
    assert abs(bounce.at - datetime.now(timezone.utc)) < timedelta(minutes=5)
    # Only proof brings him back.
    side.write(draft(BOB))
    assert side.status(BOB) is Status.GENERAL_BOUNCE
    side.connector.subscribe(list_id, draft(BOB))
    assert side.status(BOB) is Status.SUBSCRIBED


def test_who_pauses_is_off(side):
    staff = side.staff
    side.write(ANNA)
    member_id = side.members()[ANNA].remote_id
    path = f"/members/{member_id}/preferences"
    staff.call("PATCH", path, delivery_status="by_user")
    member = side.members()[ANNA]
    assert (member.status, member.reason != "") == (Status.UNSUBSCRIBED, True)
    assert side.status(ANNA) is Status.UNSUBSCRIBED
    staff.call("PATCH", path, delivery_status="by_moderator")
    row = side.connector.subscribe(side.list_id, draft(ANNA))
    assert (row.outcome, side.status(ANNA)) == (Outcome.REFUSED, Status.BLOCKED)


def test_a_pause_of_the_whole_person_is_seen(side):
    """Delivery may be off for the address: the member's own entry does not tell."""
    side.write(ANNA, BOB)
    path = f"/addresses/{ANNA}/preferences"
    side.staff.call("PATCH", path, delivery_status="by_user")
    assert side.members()[ANNA].status is Status.UNSUBSCRIBED
    assert side.status(ANNA) is Status.UNSUBSCRIBED
    assert side.members()[BOB].status is Status.SUBSCRIBED


def test_a_subscription_of_the_user_and_not_of_an_address(side):
    """Such a member follows the user's preferred address and has the user's name."""
    staff, list_id = side.staff, side.list_id
    side.connector.upsert(side.other_list, [draft(ANNA)])
    user = staff.call("GET", f"/addresses/{ANNA}/user")["user_id"]
    staff.call("POST", f"/users/{user}/preferred_address", email=ANNA)
    flags = dict.fromkeys(("pre_verified", "pre_confirmed", "pre_approved"), "true")
    staff.call("POST", "/members", list_id=list_id, subscriber=user, **flags)
    (row,) = side.write(MemberDraft(ANNA, {"display_name": "Änne"}))
    assert row.outcome is Outcome.UPDATED
    assert side.members()[ANNA].values["display_name"] == "Änne"
    side.connector.change_address(MemberRef(ANNA, row.remote_id), BOB)
    assert set(side.members()) == set(side.members(side.other_list)) == {BOB}


def test_erasing_leaves_nothing(side):
    staff = side.staff
    side.write(MemberDraft(ANNA, {"display_name": "Anna"}))
    side.connector.upsert(side.other_list, [draft(ANNA, join=Join.ASK)])
    side.connector.erase(MemberRef(ANNA))
    assert staff.entries("/addresses") == staff.entries("/users") == []
    assert all(staff.request(each, ANNA) is None for each in staff.lists)
