"""The safety brake: stop and ask before a run does far more than usual."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

#: Fewer people than this are everyday work, whatever part of a small list they are.
EVERYDAY = 5


class Brake(str, Enum):
    """Why a run stops and asks."""

    TOOL_EMPTY = "tool_empty"
    ODOO_EMPTY = "odoo_empty"
    REMOVED = "removed"
    UNSUBSCRIBED = "unsubscribed"
    CREATED = "created"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class Counts:
    """What a run found and would do, on both sides together.

    ``odoo_before`` and ``tool_before``: people on each side after the last run.
    """

    odoo_before: int = 0
    odoo_now: int = 0
    tool_before: int = 0
    tool_now: int = 0
    removed: int = 0
    unsubscribed: int = 0
    created: int = 0
    #: people who would get another address
    moved: int = 0


@dataclass(frozen=True, slots=True)
class Stop:
    """One reason to ask: ``count`` people of ``total``, more than ``limit`` allows."""

    why: Brake
    count: int
    total: int
    limit: int


def brake(counts: Counts, percent: int, everyday: int = EVERYDAY) -> tuple[Stop, ...]:
    """Return all reasons to stop; empty: go on.

    :param percent: the part of the list that may change without asking; 0: any part. A
        side that comes back empty stops in every case.
    :param everyday: fewer people than this never stop a run

    The first import into an empty list creates everybody and is approved where the
    lists are coupled, so it does not stop here.
    """
    stops = []
    if counts.tool_before and not counts.tool_now:
        stops.append(Stop(Brake.TOOL_EMPTY, counts.tool_before, counts.tool_before, 0))
    if counts.odoo_before and not counts.odoo_now:
        stops.append(Stop(Brake.ODOO_EMPTY, counts.odoo_before, counts.odoo_before, 0))
    total = max(counts.odoo_before, counts.tool_before)
    if percent <= 0 or not total:
        return tuple(stops)
    limit = max(total * percent // 100, everyday - 1)
    for why, count in (
        (Brake.REMOVED, counts.removed),
        (Brake.UNSUBSCRIBED, counts.unsubscribed),
        (Brake.CREATED, counts.created),
        (Brake.MOVED, counts.moved),
    ):
        if count > limit:
            stops.append(Stop(why, count, total, limit))
    return tuple(stops)


def unseen(stops: tuple[Stop, ...], overruled: Mapping[str, int]) -> tuple[Stop, ...]:
    """Return the reasons that nobody has seen and overruled.

    :param overruled: {value of a reason: the number of people that was seen with it}

    Who has agreed to forty people missing has agreed neither to fifty nor to an empty
    list.
    """
    return tuple(
        stop for stop in stops if stop.count > overruled.get(stop.why.value, 0)
    )
