"""Values that need no decoding are decoded no differently from all others."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from newsletter_sync.connectors import answers
from newsletter_sync.connectors.contract import FieldType, RemoteField
from newsletter_sync.connectors.providers.cleverreach import mapping

FIELDS = {type.value: RemoteField(type.value, "Field", type) for type in FieldType}
_TEXTS = ["", " ", "0", "12.50", "2024-02-29", "1709164800"]
values = st.one_of(
    st.sampled_from(_TEXTS), st.text(), st.none(), st.booleans(), st.integers()
)


@given(st.dictionaries(st.sampled_from([*FIELDS, "unknown"]), values))
def test_every_value_is_the_decoded_one(own):
    receiver = {"id": "1", "email": "anna@example.org", "attributes": own}
    (member,) = mapping.members_of([receiver], FIELDS)
    decoded = {name: mapping.decoded(own[name], FIELDS.get(name)) for name in own}
    assert dict(member.values) == decoded
    assert list(map(type, member.values.values())) == list(map(type, decoded.values()))


@given(st.integers(2, 253_402_300_799) | st.floats(1.01, 253_402_300_799))
def test_a_time_is_so_many_seconds_after_1970(seconds):
    start = datetime(1970, 1, 1, tzinfo=timezone.utc)
    assert answers.unix_time(seconds) == start + timedelta(seconds=int(seconds))
