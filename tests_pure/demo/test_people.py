"""The demo's people: always the same, of every kind, and nobody real."""

from __future__ import annotations

import re
from collections import Counter

from newsletter_sync.scripts.demo import people
from newsletter_sync.sync import address
from newsletter_sync.sync.eligibility import Reason

#: Only what the demo does not play, an erasure and long silence, keeps out otherwise.
SHOWN = {reason.value for reason in Reason} - {"forgotten", "aged"}
RESERVED = re.compile(r"@(example\.(org|com|net)|[a-z0-9-]+\.test)")


def test_the_same_five_hundred_every_time():
    assert people.invent() == people.invent()
    assert len(people.invent()) == people.NUMBER


def test_every_reason_and_every_result_has_somebody():
    fates = Counter(person.fate for person in people.invent())
    assert set(fates) == SHOWN | {"blocked_in_tool", *people.ARRIVING}


def test_nobody_real_gets_mail():
    for person in people.invent():
        assert not person.address or RESERVED.search(person.address), person


def test_what_clerks_typed_is_read_as_meant():
    problems = {"no_address", "invalid", "no_mailing"}
    for person in people.invent():
        found = address.parse(person.typed)
        assert found.email == person.address, person
        expected = person.fate if person.fate in problems else None
        assert found.problem == expected, person


def test_only_duplicates_share_an_address():
    invented = people.invent()
    seen = Counter(person.address for person in invented if person.address)
    twins = {person.address for person in invented if person.fate == "duplicate"}
    assert {email for email, number in seen.items() if number > 1} == twins
