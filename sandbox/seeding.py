"""Invented people in any number, for the demo, for tests and for measurements."""

from __future__ import annotations

import json

from .store import Store

FIRST = ("Anna", "Ben", "Clara", "David", "Emma", "Finn", "Greta", "Hannes", "Ida")
LAST = ("Albrecht", "Becker", "Conrad", "Dietz", "Ebert", "Franke", "Graf", "Hahn")
#: so many at a time, so that others may use the store in between
SLICE = 50_000
YEAR = 365 * 86400

# Made inside SQLite, which is several times faster than handing rows over.
_PEOPLE = """
WITH RECURSIVE n (i) AS (SELECT :first UNION ALL SELECT i + 1 FROM n WHERE i < :last)
INSERT INTO people (id, tool, email, shared)
SELECT :id + i, :tool, printf('person%07d@%s', i, :domain), printf(
    '{"%s": "%s", "%s": "%s"}',
    :key1, json_extract(:names1, '$[' || (i % :len1) || ']'),
    :key2, json_extract(:names2, '$[' || (i / :len1 % :len2) || ']'))
FROM n
"""
_MEMBERS = """
INSERT INTO members (list_id, person_id, status, created, changed, registered,
    activated, deactivated, bounced, attributes, data)
SELECT :list_id, id, status, joined, joined, joined,
    iif(status = 'pending', 0, joined),
    iif(status = 'unsubscribed', joined + 3600, 0),
    iif(status = 'hard_bounce', joined + 3600, 0), '{}', '{}'
FROM (SELECT id, :then + (id - :id) % :cycle * :step AS joined, CASE
        WHEN (id - :id) % 100 < :unsubscribed THEN 'unsubscribed'
        WHEN (id - :id) % 100 < :bounced THEN 'hard_bounce'
        WHEN (id - :id) % 100 < :pending THEN 'pending'
        ELSE 'subscribed' END AS status
    FROM people WHERE id BETWEEN :id + :first AND :id + :last)
"""


def seed(
    store: Store,
    list_id: int,
    number: int,
    start: int = 0,
    domain: str = "example.org",
    unsubscribed: int = 0,
    bounced: int = 0,
    pending: int = 0,
    keys: tuple[str, str] = ("firstname", "lastname"),
) -> None:
    """Put ``person<i>@domain`` on a list, i from ``start`` on.

    Of every hundred so many are ``unsubscribed``, ``bounced`` and ``pending``; they
    came evenly over the last year. ``keys`` name the shared attributes for first and
    last name. No webhook is called. The people must be new.
    """
    values = {
        "tool": store.scalar("SELECT tool FROM lists WHERE id = ?", [list_id]),
        "list_id": list_id,
        "domain": domain,
        "key1": keys[0],
        "key2": keys[1],
        "names1": json.dumps(FIRST),
        "names2": json.dumps(LAST),
        "len1": len(FIRST),
        "len2": len(LAST),
        "then": store.now() - YEAR,
        "cycle": max(1, number),
        "step": YEAR // max(1, number),
        "unsubscribed": unsubscribed,
        "bounced": unsubscribed + bounced,
        "pending": unsubscribed + bounced + pending,
    }
    for first in range(start, start + number, SLICE):
        with store.transaction() as db:
            seq = "SELECT seq FROM sqlite_sequence WHERE name = 'people'"
            values["id"] = store.scalar(seq) + 1 - first
            values["first"] = first
            values["last"] = min(first + SLICE, start + number) - 1
            db.execute(_PEOPLE, values)
            db.execute(_MEMBERS, values)
            store.grew()
