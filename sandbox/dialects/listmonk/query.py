"""The SQL fragment that a client may send in ``query``."""

from __future__ import annotations

import re
import sqlite3
from datetime import datetime, timezone

from ..base import Refusal

#: listmonk's tables as far as they are spoken, over those of the store
TABLES = """
WITH subscribers AS (
    SELECT p.id AS id, json_extract(m.data, '$.uuid') AS uuid, p.email AS email,
        json_extract(p.shared, '$.name') AS name, m.attributes AS attribs,
        coalesce(json_extract(m.data, '$.status'), 'enabled') AS status,
        strftime('%Y-%m-%d %H:%M:%f',
            coalesce(json_extract(m.data, '$.created'), m.created), 'unixepoch')
            AS created_at,
        strftime('%Y-%m-%d %H:%M:%f',
            coalesce(json_extract(m.data, '$.updated'), m.created), 'unixepoch')
            AS updated_at
    FROM main.people p JOIN main.members m ON m.person_id = p.id
    WHERE p.tool = 'listmonk' AND m.list_id = {pool}),
subscriber_lists AS (
    SELECT m.person_id AS subscriber_id, m.list_id AS list_id,
        coalesce(json_extract(m.data, '$.sub'), 'confirmed') AS status,
        strftime('%Y-%m-%d %H:%M:%f',
            coalesce(json_extract(m.data, '$.created'), m.created), 'unixepoch')
            AS created_at,
        strftime('%Y-%m-%d %H:%M:%f',
            coalesce(json_extract(m.data, '$.updated'), m.created), 'unixepoch')
            AS updated_at
    FROM main.members m WHERE m.list_id <> {pool}),
lists AS (
    SELECT id, name, json_extract(data, '$.optin') AS optin FROM main.lists
    WHERE tool = 'listmonk' AND id <> {pool}),
bounces AS (
    SELECT json_extract(data, '$.person') AS subscriber_id,
        json_extract(data, '$.type') AS type,
        strftime('%Y-%m-%d %H:%M:%f', json_extract(data, '$.at'), 'unixepoch')
            AS created_at
    FROM main.documents WHERE tool = 'listmonk' AND kind = 'bounce')
SELECT subscribers.id FROM subscribers WHERE ({fragment})
"""
_ALLOWED = {"subscribers", "subscriber_lists", "lists", "bounces"}
_TIME = re.compile(r"'(\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?[^']*)'")
_WRITING = re.compile(
    r";|\b(insert|update|delete|drop|alter|create|pragma|attach|with|copy)\b",
    re.IGNORECASE,
)


class Query:
    """Fragments are run read-only, on the tables that listmonk allows.

    SQLite is close enough to PostgreSQL for comparing, IN, EXISTS, ``->>``, LIKE and
    ILIKE. Times are compared as UTC text of one form, to the millisecond.
    """

    def found_by(self, fragment: str) -> list[int]:
        """Ids of the subscribers for which the fragment is true."""
        self.needs("subscribers:sql_query")
        named = {
            t.lower() for t in re.findall(r"(?i)\b(?:from|join)\s+(\w+)", fragment)
        }
        bare = re.sub(r"'(?:[^']|'')*'", "''", fragment)
        if _WRITING.search(bare) or not named <= _ALLOWED:
            raise Refusal(400, self.text("query", reason="permission denied"))
        spoken = re.sub(r"::\s*\w+", "", fragment)
        spoken = re.sub(r"(?i)\bilike\b", "LIKE", _TIME.sub(_as_utc, spoken))
        try:
            rows = self.store.rows(TABLES.format(pool=self.pool, fragment=spoken))
        except (sqlite3.Error, sqlite3.Warning) as problem:
            raise Refusal(400, self.text("query", reason=problem)) from None
        return [id for (id,) in rows]


def _as_utc(literal: re.Match) -> str:
    """A time in the form in which the tables above tell times."""
    text = literal[1].replace("Z", "+00:00")
    if re.search(r"[+-]\d\d$", text):
        text += ":00"
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return literal[0]
    at = at.replace(tzinfo=at.tzinfo or timezone.utc).astimezone(timezone.utc)
    return f"'{at:%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03}'"
