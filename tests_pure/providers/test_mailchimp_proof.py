"""What Mailchimp's times prove: a click in a mail, and nothing else."""

import pytest

from newsletter_sync.connectors import answers
from newsletter_sync.connectors.contract import Join
from newsletter_sync.connectors.providers.mailchimp import mapping
from newsletter_sync.sandbox.server import Sandbox
from newsletter_sync.sync.vocabulary import Status
from newsletter_sync.tests_pure.contract import ANNA, BOB, CARLA, draft
from newsletter_sync.tests_pure.providers.mailchimp_answers import member
from newsletter_sync.tests_pure.providers.test_mailchimp_contract import fresh


@pytest.mark.parametrize(
    "signed_up, confirmed, clicked",
    [
        ("2025-01-01T10:00:00+00:00", "2025-01-01T10:00:40+00:00", True),
        ("2025-01-01T10:00:00+00:00", "2025-03-02T10:00:00+00:00", True),
        # a program or the staff: real accounts show the time and an address of theirs
        ("", "2025-01-01T10:00:40+00:00", False),
        # a form that asks nobody
        ("2025-01-01T10:00:00+00:00", "2025-01-01T10:00:00+00:00", False),
        # somebody who had signed up by a form is added again years later
        ("2020-01-01T10:00:00+00:00", "2025-01-01T10:00:00+00:00", False),
        ("2025-01-01T10:00:40+00:00", "2025-01-01T10:00:00+00:00", False),
        ("2025-01-01T10:00:00+00:00", "", False),
    ],
)
def test_who_was_added_by_a_program_has_not_clicked(signed_up, confirmed, clicked):
    found = member(
        timestamp_signup=signed_up, timestamp_opt=confirmed, ip_opt="192.0.2.1"
    )
    told = mapping.member_of(found, {}, frozenset())
    proof = answers.iso_time(confirmed), "192.0.2.1"
    assert (told.opt_in_at, told.opt_in_ip) == (proof if clicked else (None, ""))
    assert told.status_at == answers.iso_time(confirmed or signed_up)


def test_of_three_ways_in_two_are_clicks():
    with Sandbox() as sandbox:
        side = fresh(sandbox)
        side.act("subscribe", ANNA)
        side.write(draft(BOB), draft(CARLA, join=Join.ASK))
        for email in (ANNA, CARLA):
            side.act("confirm", email)
        found = side.members()
    assert {one.status for one in found.values()} == {Status.SUBSCRIBED}
    assert {email for email, one in found.items() if one.opt_in_at} == {ANNA, CARLA}
    assert found[BOB].raw["timestamp_opt"] and found[BOB].raw["ip_opt"]
