"""When a list is read as a whole: at an hour of the night, every so many days."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo


def next_night(last: datetime | None, days: int, hour: float, zone: tzinfo) -> datetime:
    """The moment from which the next reading is due.

    :param last: aware time of the last one; None: there was none, so at once
    :param days: at least 1
    :param hour: of the day in ``zone``, 2.5 is half past two; a reading that was late
        does not shift the next one
    :return: aware time
    """
    if last is None:
        return datetime.fromtimestamp(0, zone)
    local = last.astimezone(zone)
    # a reading after the hour belongs to this night, one before it to the last
    night = local.date() if _at(local.date(), hour, zone) <= local else None
    first = night or local.date() - timedelta(days=1)
    return _at(first + timedelta(days=days), hour, zone)


def _at(day, hour: float, zone: tzinfo) -> datetime:
    """Wall time: on the days of a clock change the hour stays the hour."""
    minutes = round(hour * 60) % (24 * 60)
    return datetime(
        day.year, day.month, day.day, minutes // 60, minutes % 60, tzinfo=zone
    )
