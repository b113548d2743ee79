"""Values that say the same are the same, whoever wrote them down."""

from __future__ import annotations

import unicodedata
from datetime import date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter_sync.sync.values import digest, normalise, same

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
TYPES = ["text", "choice", "number", "boolean", "date", "datetime"]

SAME = [
    ("text", None, ""),
    ("text", False, ""),
    ("text", " Färber\n", "Färber"),
    ("text", "Färber", "Fa\u0308rber"),
    ("text", "one\r\ntwo", "one\ntwo"),
    ("text", 5, "5"),
    ("text", 5.0, "5"),
    ("text", True, "1"),
    ("text", date(2026, 3, 1), "2026-03-01"),
    ("number", "5", 5),
    ("number", "5.00", 5),
    ("number", "0.50", 0.5),
    ("number", "-0", 0),
    ("number", "1e3", 1000),
    ("number", "1e999999999", "1e999999999"),
    ("number", "1.50e100", "15e99"),
    ("number", "0e-200", 0),
    ("number", "about 5", "about 5 "),
    ("boolean", True, "true"),
    ("boolean", True, 1),
    ("boolean", False, "0"),
    ("boolean", False, "No"),
    ("boolean", None, False),
    ("date", date(2026, 3, 1), "2026-03-01"),
    ("date", date(2026, 3, 1), "2026-03-01T12:00:00Z"),
    ("date", date(2026, 3, 1), "20260301"),
    ("date", date(2026, 3, 1), NOON),
    ("date", date(2026, 3, 1), 1772366400),
    ("date", date(2026, 2, 28), "2026-03-01T00:30:00+01:00"),
    ("datetime", NOON, NOON.replace(tzinfo=None)),
    ("datetime", NOON, NOON.replace(microsecond=1)),
    ("datetime", NOON, NOON.astimezone(timezone(timedelta(hours=2)))),
    ("datetime", NOON, "2026-03-01 12:00:00"),
    ("datetime", NOON, "2026-03-01T12:00:00.1234567Z"),
    ("datetime", NOON, "2026-03-01T13:00:00+01:00"),
    ("datetime", NOON, 1772366400),
    ("datetime", NOON, "1772366400"),
    ("datetime", NOON, 1772366400000),
    ("datetime", datetime(2026, 3, 1), date(2026, 3, 1)),
]
DIFFERENT = [
    ("number", "1.5e100", 15),
    ("number", 1e-260, 1e-26),
    ("text", "05", 5),
    ("text", "05", "5"),
    ("text", "Färber", "färber"),
    ("text", "a b", "a  b"),
    ("text", 0, None),
    ("text", "5.0", "5"),
    ("number", 0, None),
    ("number", "12345678901234567890123456789012", "12345678901234567890123456789013"),
    ("boolean", True, "0"),
    ("date", "2026-03-01", "2026-03-02"),
    ("date", "1985", "1986"),
    ("date", "20260301", "20260302"),
    ("date", "01.03.2026", "2026-03-01"),
    ("datetime", NOON, NOON + timedelta(seconds=1)),
    ("datetime", NOON, NOON.date()),
]

values = (
    st.none()
    | st.booleans()
    | st.integers(-(10**15), 10**15)
    | st.floats()
    | st.dates()
    | st.datetimes(timezones=st.none() | st.just(timezone.utc))
    | st.sampled_from(["", " ", "0", "5", "5.0", "true", "ü", "u\u0308", "2026-03-01"])
    | st.text(max_size=8)
)
records = st.dictionaries(st.sampled_from("abc"), values)


@pytest.mark.parametrize(("type", "one", "other"), SAME)
def test_same(type, one, other):
    assert same(one, other, type)
    assert digest({"field": one}, {"field": type}) == digest(
        {"field": other}, {"field": type}
    )


@pytest.mark.parametrize(("type", "one", "other"), DIFFERENT)
def test_different(type, one, other):
    assert not same(one, other, type)
    assert digest({"field": one}, {"field": type}) != digest(
        {"field": other}, {"field": type}
    )


@given(values, st.sampled_from(TYPES))
def test_every_value_has_one_stable_form(value, type):
    form = normalise(value, type)
    assert normalise(form, type) == form


@given(
    records, records, st.dictionaries(st.sampled_from("abc"), st.sampled_from(TYPES))
)
def test_digests_are_equal_when_all_values_are_the_same(one, other, types):
    all_same = all(
        same(one.get(name), other.get(name), types.get(name, "text")) for name in "abc"
    )
    assert (digest(one, types) == digest(other, types)) == all_same


@given(records)
def test_order_and_empty_values_do_not_count(record):
    backwards = dict(reversed(record.items()))
    assert digest({**backwards, "later": None}) == digest(record)


@given(st.text())
def test_accents_compare_in_either_form(text):
    composed, apart = (unicodedata.normalize(form, text) for form in ("NFC", "NFD"))
    assert same(composed, apart)


def test_digest_is_short_and_never_changes():
    """A new form would make every member look changed once."""
    assert digest({"name": "Färber", "age": 5}) == "59a9df93068df495"
