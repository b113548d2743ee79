"""What only a real Ghost can show: how it signs its calls, and what it calls about."""

import time

import pytest

from newsletter_sync.connectors.contract import Delivery, MemberDraft, MemberRef
from newsletter_sync.connectors.errors import WebhookRefused
from newsletter_sync.connectors.providers.ghost import Ghost
from newsletter_sync.tests_pure.contract import ANNA, BOB
from newsletter_sync.tests_pure.sandbox.form_receiver import FormReceiver
from tests_ghost.ghost_side import GhostSide


@pytest.fixture
def receiver():
    receiver = FormReceiver()
    yield receiver
    receiver.stop()


@pytest.fixture
def side(staff):
    return GhostSide(staff)


def deliveries(receiver, number):
    deadline = time.monotonic() + 20
    while len(receiver.calls) < number and time.monotonic() < deadline:
        time.sleep(0.1)
    return [
        Delivery("POST", {k.lower(): v for k, v in headers.items()}, {}, body)
        for _, _, headers, body in receiver.calls
    ]


def test_ghost_calls_about_members(side, receiver):
    speak = side.connector
    made = speak.register_webhooks(receiver.url, side.list_id, "v" * 20)
    try:
        side.write(ANNA)
        deliveries(receiver, 1)
        side.write(MemberDraft(ANNA, {"name": "Anna"}))
        deliveries(receiver, 2)
        speak.change_address(MemberRef(ANNA), BOB)
        deliveries(receiver, 3)
        side.act("unsubscribe", BOB)
        deliveries(receiver, 4)
        speak.erase(MemberRef(BOB))
        calls = deliveries(receiver, 5)
    finally:
        speak.unregister_webhooks(made, side.list_id)
    for call in calls:
        Ghost.verify(call, made[0].secrets)
        with pytest.raises(WebhookRefused):
            Ghost.verify(call, {"secret": "another"})
    events = [event for call in calls for event in Ghost.parse(call)]
    kinds = [event.kind for event in events]
    assert kinds == ["subscribed", "updated", "address_changed", "updated", "deleted"]
    assert [event.email for event in events] == [ANNA, ANNA, BOB, BOB, BOB]
    assert events[2].old_email == ANNA
    assert len({event.remote_id for event in events}) == 1


def test_changes_of_more_than_a_page(side):
    emails = [f"p{number:03}@example.org" for number in range(120)]
    side.write(*emails)
    side.pass_time(100)
    since = side.now()
    for email in emails[:105]:
        side.connector.unsubscribe(side.list_id, MemberRef(email))
    pages = list(side.connector.changes(side.list_id, since.replace(microsecond=0)))
    found = [member.email for page in pages for member in page.members]
    assert sorted(found) == emails[:105]
