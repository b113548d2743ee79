"""Invented people in any number, for the demo, for tests and for measurements."""

from __future__ import annotations

from collections.abc import Iterator

from .store import Member, Store

FIRST = ("Anna", "Ben", "Clara", "David", "Emma", "Finn", "Greta", "Hannes", "Ida")
LAST = ("Albrecht", "Becker", "Conrad", "Dietz", "Ebert", "Franke", "Graf", "Hahn")
SLICE = 10_000


def seed(
    store: Store,
    list_id: int,
    number: int,
    start: int = 0,
    domain: str = "example.org",
    unsubscribed: int = 0,
    bounced: int = 0,
    pending: int = 0,
) -> None:
    """Put ``person<i>@domain`` on a list, i from ``start`` on.

    Of every hundred so many are ``unsubscribed``, ``bounced`` and ``pending``. Webhooks
    are not called. The people must be new.
    """
    tool = store.scalar("SELECT tool FROM lists WHERE id = ?", [list_id])
    shares = [unsubscribed, unsubscribed + bounced, unsubscribed + bounced + pending]
    for first in range(start, start + number, SLICE):
        last = min(first + SLICE, start + number)
        store.save(
            tool, list(_people(list_id, first, last, domain, shares, store.now()))
        )


def _people(list_id, first, last, domain, shares, now) -> Iterator[Member]:
    for i in range(first, last):
        # Spread over a year, so that "changed since" has something to find.
        joined = now - 31_536_000 + i % 8760 * 3600
        member = Member(
            list_id,
            f"person{i:07d}@{domain}",
            created=joined,
            registered=joined,
            activated=joined,
            shared={
                "firstname": FIRST[i % len(FIRST)],
                "lastname": LAST[i // 9 % len(LAST)],
            },
        )
        percent = i % 100
        if percent < shares[0]:
            member.deactivated, member.status = joined + 86400, "unsubscribed"
        elif percent < shares[1]:
            member.bounced, member.status = joined + 86400, "hard_bounce"
        elif percent < shares[2]:
            member.activated, member.status = 0, "pending"
        yield member
