"""How long something is kept: pure arithmetic with days."""

from __future__ import annotations

from datetime import date


def end_of_year_after(day: date, years: int) -> date:
    """The last day of the year in which so many whole calendar years have passed.

    Claims are barred at the end of a year (BGB §§195, 199), whatever the day was.
    """
    return date(day.year + years, 12, 31)
