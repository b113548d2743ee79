"""The SQLite file behind the sandbox: one connection, one lock, one schema.

One connection guarded by a lock is simpler than one per thread and fast enough: a page
of 5,000 rows or a batch of 250 holds it for a few milliseconds.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS lists (
    id INTEGER PRIMARY KEY AUTOINCREMENT, tool TEXT NOT NULL, name TEXT NOT NULL,
    created INTEGER NOT NULL, changed INTEGER NOT NULL, data TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS people (
    id INTEGER PRIMARY KEY AUTOINCREMENT, tool TEXT NOT NULL, email TEXT NOT NULL,
    shared TEXT NOT NULL, UNIQUE (tool, email));
CREATE TABLE IF NOT EXISTS members (
    list_id INTEGER NOT NULL, person_id INTEGER NOT NULL, status TEXT NOT NULL,
    created INTEGER NOT NULL, changed INTEGER NOT NULL,
    registered INTEGER NOT NULL, activated INTEGER NOT NULL,
    deactivated INTEGER NOT NULL, bounced INTEGER NOT NULL,
    attributes TEXT NOT NULL, data TEXT NOT NULL,
    PRIMARY KEY (list_id, person_id)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS members_person ON members (person_id);
CREATE INDEX IF NOT EXISTS members_status ON members (list_id, status);
CREATE INDEX IF NOT EXISTS members_activated ON members (list_id, activated);
CREATE INDEX IF NOT EXISTS members_deactivated ON members (list_id, deactivated)
    WHERE deactivated > 0;
CREATE INDEX IF NOT EXISTS members_bounced ON members (list_id, bounced)
    WHERE bounced > 0;
CREATE TABLE IF NOT EXISTS tags (
    list_id INTEGER NOT NULL, tag TEXT NOT NULL, person_id INTEGER NOT NULL,
    PRIMARY KEY (list_id, tag, person_id)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS tags_person ON tags (person_id);
CREATE TABLE IF NOT EXISTS documents (
    tool TEXT NOT NULL, kind TEXT NOT NULL, scope TEXT NOT NULL, key TEXT NOT NULL,
    data TEXT NOT NULL, PRIMARY KEY (tool, kind, scope, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS journal (
    id INTEGER PRIMARY KEY AUTOINCREMENT, tool TEXT NOT NULL, kind TEXT NOT NULL,
    list_id INTEGER NOT NULL, person_id INTEGER NOT NULL, at INTEGER NOT NULL,
    data TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS journal_kind ON journal (kind, tool);
CREATE INDEX IF NOT EXISTS journal_person ON journal (person_id);
"""

#: Lists, people and the rest count from different starts, so that a client that
#: mixes two kinds of ids up gets a 404 instead of somebody else's record.
FIRST_IDS = {"lists": 500_000, "people": 1_000_000}

TABLES = ("lists", "people", "members", "tags", "documents", "journal")


class Database:
    """A guarded SQLite connection.

    ``path`` is a file to keep, ``":memory:"``, or ``""`` for a file that SQLite itself
    keeps in a temporary place and removes at the end: memory stays small however many
    people there are (https://www.sqlite.org/inmemorydb.html, "temporary databases").
    """

    def __init__(self, path: str = "", cache_mb: int = 48):
        self.lock = threading.RLock()
        self._depth = 0
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        kept = path not in ("", ":memory:")
        # A kept file must survive a kill; the others need not survive anything.
        self._db.execute(f"PRAGMA journal_mode = {'WAL' if kept else 'MEMORY'}")
        self._db.execute(f"PRAGMA synchronous = {'NORMAL' if kept else 'OFF'}")
        self._db.execute(f"PRAGMA cache_size = {-cache_mb * 1024}")
        self._db.execute("PRAGMA temp_store = FILE")
        self._db.executescript(SCHEMA)
        self._start_counting()

    def _start_counting(self) -> None:
        for table, first in FIRST_IDS.items():
            self._db.execute(
                "INSERT INTO sqlite_sequence (name, seq) SELECT ?, ? WHERE NOT EXISTS"
                " (SELECT 1 FROM sqlite_sequence WHERE name = ?)",
                (table, first, table),
            )

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing; nested ones join the outer one."""
        with self.lock:
            if self._depth:
                yield self._db
                return
            self._db.execute("BEGIN")
            self._depth = 1
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            finally:
                self._depth = 0

    def rows(self, sql: str, params: Iterable[Any] = ()) -> list[tuple]:
        """All rows of a query."""
        with self.lock:
            return self._db.execute(sql, tuple(params)).fetchall()

    def scalar(self, sql: str, params: Iterable[Any] = (), default: Any = None) -> Any:
        """The first value of the first row."""
        rows = self.rows(sql, params)
        return rows[0][0] if rows and rows[0][0] is not None else default

    def execute(self, sql: str, params: Iterable[Any] = ()) -> int:
        """One writing statement; the number of rows it touched."""
        with self.transaction() as db:
            return db.execute(sql, tuple(params)).rowcount

    def clear(self) -> None:
        """Forget everything, and count from the start again."""
        with self.transaction() as db:
            for table in TABLES:
                db.execute(f"DELETE FROM {table}")
            db.execute("DELETE FROM sqlite_sequence")
            self._start_counting()

    def close(self) -> None:
        """Close the file; a temporary one disappears."""
        with self.lock:
            self._db.close()
