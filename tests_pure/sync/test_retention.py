"""How long something is kept."""

from datetime import date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from newsletter_sync.sync.retention import RULES, Unit, cutoff, end_of_year_after

MOMENTS = st.datetimes(datetime(2005, 1, 1), datetime(2100, 1, 1))


def test_the_defaults_are_those_of_the_standards():
    assert {name: (rule.keep, rule.unit.value) for name, rule in RULES.items()} == {
        "evidence": (3, "years"),
        "traces": (6, "months"),
        "requests": (7, "days"),
        "deliveries": (30, "days"),
        "log_info": (90, "days"),
        "log_warning": (365, "days"),
        "log_error": (365, "days"),
        "statistics": (24, "months"),
        "mails": (12, "months"),
    }
    assert RULES["requests"].most == 14
    assert all(rule.keep <= rule.most for rule in RULES.values())


def test_to_the_end_of_the_third_calendar_year():
    assert end_of_year_after(date(2026, 1, 1), 3) == date(2029, 12, 31)
    assert end_of_year_after(date(2026, 12, 31), 3) == date(2029, 12, 31)


@given(MOMENTS, MOMENTS, st.integers(1, 10))
def test_both_ways_of_counting_years_agree(happened, now, years):
    until = end_of_year_after(happened.date(), years)
    assert (happened < cutoff(now, years, Unit.YEARS)) == (now.date() > until)


@given(MOMENTS, st.integers(1, 400))
def test_never_the_future_and_more_keeps_more(now, keep):
    for unit in Unit:
        if unit is not Unit.YEARS or keep < 100:
            assert cutoff(now, keep, unit) <= now
            assert cutoff(now, keep + 1, unit) < cutoff(now, keep, unit)


def test_months_end_where_months_end():
    assert cutoff(datetime(2026, 8, 31), 6, Unit.MONTHS) == datetime(2026, 2, 28)
    now = datetime(2026, 3, 1)
    assert cutoff(now, 90, Unit.DAYS) == now - timedelta(days=90)
