"""How long something is kept: pure arithmetic with days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum

from dateutil.relativedelta import relativedelta


class Unit(str, Enum):
    DAYS = "days"
    MONTHS = "months"
    #: whole calendar years, counted from the end of the present one
    YEARS = "years"


@dataclass(frozen=True, slots=True)
class Rule:
    """The default of one kind of data, and the most that an administrator may set."""

    keep: int
    unit: Unit
    most: int


#: kinds of data and the usual time for them (section 10 of the standards)
RULES = {
    "evidence": Rule(3, Unit.YEARS, 10),
    "traces": Rule(6, Unit.MONTHS, 24),
    "requests": Rule(7, Unit.DAYS, 14),
    "deliveries": Rule(30, Unit.DAYS, 90),
    "log_info": Rule(90, Unit.DAYS, 1095),
    "log_warning": Rule(365, Unit.DAYS, 1095),
    "log_error": Rule(365, Unit.DAYS, 1095),
    "statistics": Rule(24, Unit.MONTHS, 60),
    "mails": Rule(12, Unit.MONTHS, 60),
}


def end_of_year_after(day: date, years: int) -> date:
    """The last day of the year in which so many whole calendar years have passed.

    Claims are barred at the end of a year (BGB §§195, 199), whatever the day was.
    """
    return date(day.year + years, 12, 31)


def cutoff(now: datetime, keep: int, unit: Unit) -> datetime:
    """What is older than this is kept no longer."""
    if unit is Unit.DAYS:
        return now - timedelta(days=keep)
    if unit is Unit.MONTHS:
        return now - relativedelta(months=keep)
    # all of the years before: their last whole year has ended
    return datetime(now.year - keep, 1, 1)
