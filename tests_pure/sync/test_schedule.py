"""When the whole list is read: in the night, in the wall time of the people."""

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter_sync.sync.schedule import next_night

BERLIN = ZoneInfo("Europe/Berlin")


def at(text, zone=BERLIN):
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("last", "days", "hour", "following"),
    [
        ("2026-05-04 02:10", 1, 2.0, "2026-05-05 02:00"),
        ("2026-05-04 13:00", 1, 2.0, "2026-05-05 02:00"),
        ("2026-05-04 01:00", 1, 2.0, "2026-05-04 02:00"),
        ("2026-05-04 02:10", 7, 2.5, "2026-05-10 02:30"),
        ("2026-05-04 02:30", 7, 2.5, "2026-05-11 02:30"),
        # the clocks change in the night of 25 October: 02:00 stays 02:00
        ("2026-10-24 02:10", 1, 2.0, "2026-10-25 02:00"),
        ("2026-10-25 12:00", 1, 2.0, "2026-10-26 02:00"),
    ],
)
def test_the_night_that_follows(last, days, hour, following):
    assert next_night(at(last), days, hour, BERLIN) == at(following)


def test_never_read_is_due_at_once():
    assert next_night(None, 1, 2.0, BERLIN) < at("2000-01-01 00:00")


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)),
    st.integers(1, 30),
    st.floats(0, 23.99),
)
def test_always_later_and_never_by_more_than_the_days(last, days, hour):
    last = last.replace(tzinfo=timezone.utc)
    following = next_night(last, days, hour, BERLIN)
    assert last < following <= last + timedelta(days=days, hours=1, minutes=1)
