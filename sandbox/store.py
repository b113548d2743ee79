"""What the sandbox remembers: lists, people, and who is on which list.

Shared by all dialects. A person is one address of one tool; a member is a person on a
list, with the times and the status there. A tool that keeps a status or attributes per
person rather than per list gives itself one hidden list that holds everybody.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from .database import Database
from .records import Records

#: in the order of Member's fields
_COLUMNS = (
    "m.list_id, p.email, m.person_id, m.status, m.created, m.changed, m.registered,"
    " m.activated, m.deactivated, m.bounced, p.shared, m.attributes, m.data"
)
_JOINED = "members m JOIN people p ON p.id = m.person_id"
#: SQLite's smallest default limit of parameters in one statement is 999
_CHUNK = 900


@dataclass(slots=True)
class RemoteList:
    """A list, group, tag or audience of a tool."""

    id: int
    tool: str
    name: str
    created: int
    changed: int
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Member:
    """A person on a list. ``id`` is the person's, 0 for somebody new.

    ``status`` uses the words of ``sync.vocabulary.Status``; the times are unix seconds,
    0 = never. ``shared`` belongs to the person, ``attributes`` and ``data`` (whatever
    else a dialect wants to keep) to the membership.
    """

    list_id: int
    email: str
    id: int = 0
    status: str = "subscribed"
    created: int = 0
    changed: int = 0
    registered: int = 0
    activated: int = 0
    deactivated: int = 0
    bounced: int = 0
    shared: dict[str, Any] = field(default_factory=dict)
    attributes: dict[str, Any] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)

    def copy(self, **changes: Any) -> Member:
        """Another one with its own values, to compare with later."""
        changes.setdefault("shared", dict(self.shared))
        changes.setdefault("attributes", dict(self.attributes))
        changes.setdefault("data", dict(self.data))
        return replace(self, **changes)


class Store(Records, Database):
    """Lists and members in SQLite, made for a million people; thread-safe.

    A dialect that reads, decides and writes does so within ``transaction()``.
    """

    def __init__(self, path: str = "", now: Callable[[], float] | None = None):
        super().__init__(path)
        self._now = now or time.time
        # where each full page of a listing ended, see _page_start
        self._marks: dict[tuple, Any] = {}
        self._revision = 0
        self._additions = 0

    # ------------------------------------------------------------------ lists
    def add_list(self, tool: str, name: str, **data: Any) -> RemoteList:
        """A new, empty list."""
        now = self.now()
        with self.transaction() as db:
            cursor = db.execute(
                "INSERT INTO lists (tool, name, created, changed, data)"
                " VALUES (?, ?, ?, ?, ?)",
                (tool, name, now, now, json.dumps(data)),
            )
        return RemoteList(cursor.lastrowid, tool, name, now, now, data)

    def lists(self, tool: str) -> list[RemoteList]:
        """All lists of a tool, oldest first."""
        rows = self.rows("SELECT * FROM lists WHERE tool = ? ORDER BY id", [tool])
        return [RemoteList(*row[:5], json.loads(row[5])) for row in rows]

    def list(self, tool: str, list_id: Any) -> RemoteList | None:
        """One list, or None."""
        rows = self.rows(
            "SELECT * FROM lists WHERE tool = ? AND id = ?", [tool, number(list_id)]
        )
        return RemoteList(*rows[0][:5], json.loads(rows[0][5])) if rows else None

    def save_list(self, entry: RemoteList) -> None:
        """Write a list's name and data back."""
        entry.changed = self.now()
        self.execute(
            "UPDATE lists SET name = ?, changed = ?, data = ? WHERE id = ?",
            [entry.name, entry.changed, json.dumps(entry.data), entry.id],
        )

    def remove_list(self, list_id: int) -> None:
        """Delete a list with its memberships."""
        with self.transaction():
            self.remove(list_id)
            self.execute("DELETE FROM lists WHERE id = ?", [list_id])

    # ----------------------------------------------------------------- members
    def members(
        self, list_id: int, emails: Iterable[str] = (), ids: Iterable[int] = ()
    ) -> list[Member]:
        """Those on the list with one of these addresses or person ids."""
        found = []
        for column, values in (("p.email", list(emails)), ("p.id", list(ids))):
            for start in range(0, len(values), _CHUNK):
                part = values[start : start + _CHUNK]
                # The unary plus makes SQLite start from the people, not the list.
                found += self.select(
                    f"+m.list_id = ? AND {column} IN ({_marks(part)})"
                    " AND p.tool = (SELECT tool FROM lists WHERE id = ?)",
                    [list_id, *part, list_id],
                )
        return found

    def member(self, list_id: int, email: str = "", id: int = 0) -> Member | None:
        """One member by address or person id, or None."""
        found = self.members(list_id, [email] if email else (), [id] if id else ())
        return found[0] if found else None

    def memberships(self, tool: str, email: str = "", id: int = 0) -> list[Member]:
        """Everything one person is on, oldest list first."""
        column, value = ("p.email", email) if email else ("p.id", id)
        return self.select(
            f"p.tool = ? AND {column} = ? ORDER BY m.list_id", [tool, value]
        )

    def select(self, where: str, params: Sequence[Any] = ()) -> list[Member]:
        """Members by an SQL condition over ``m`` (membership) and ``p`` (person)."""
        return _members(
            self.rows(f"SELECT {_COLUMNS} FROM {_JOINED} WHERE {where}", params)
        )

    def people(
        self, tool: str, emails: Sequence[str]
    ) -> dict[str, tuple[int, dict[str, Any]]]:
        """Address → (person id, shared attributes), for those the tool knows."""
        found = {}
        for start in range(0, len(emails), _CHUNK):
            part = emails[start : start + _CHUNK]
            for email, id, shared in self.rows(
                "SELECT email, id, shared FROM people WHERE tool = ?"
                f" AND email IN ({_marks(part)})",
                [tool, *part],
            ):
                found[email] = id, _load(shared)
        return found

    def save(self, tool: str, members: Sequence[Member]) -> None:
        """Insert or update members, and the persons behind them; sets their ids.

        A person already known keeps the shared attributes that are not named.
        """
        if not members:
            return
        now = self.now()
        with self.transaction() as db:
            strangers = [member.email for member in members if not member.id]
            known = self.people(tool, strangers)
            for member in members:
                member.changed = now
                member.created = member.created or now
            self._save_people(
                db, tool, members, {e: id for e, (id, _) in known.items()}
            )
            db.executemany(
                "INSERT INTO members (list_id, person_id, status, created, changed,"
                " registered, activated, deactivated, bounced, attributes, data)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (list_id, person_id) DO UPDATE SET"
                " status = excluded.status, changed = excluded.changed,"
                " registered = excluded.registered, activated = excluded.activated,"
                " deactivated = excluded.deactivated, bounced = excluded.bounced,"
                " attributes = excluded.attributes, data = excluded.data",
                [
                    (m.list_id, m.id, m.status, m.created, m.changed)
                    + (m.registered, m.activated, m.deactivated, m.bounced)
                    + (_dump(m.attributes), _dump(m.data))
                    for m in members
                ],
            )
            self.grew()
            if len(strangers) < len(members) or known:
                self._revision += 1

    def grew(self) -> None:
        """People were added: pages in the order of addresses have moved."""
        self._additions += 1

    def _save_people(self, db, tool: str, members, ids: dict[str, int]) -> None:
        """Insert or update the persons; ``ids``: of those known, by address."""
        # Giving the ids ourselves lets all rows go in by one call.
        last = db.execute(
            "SELECT seq FROM sqlite_sequence WHERE name = 'people'"
        ).fetchone()[0]
        new, old = [], []
        for member in members:
            shared = _dump(member.shared)
            member.id = member.id or ids.get(member.email, 0)
            if member.id:
                old.append((member.email, shared, member.id))
            else:
                last += 1
                member.id = ids[member.email] = last
                new.append((last, tool, member.email, shared))
        db.executemany(
            "INSERT INTO people (id, tool, email, shared) VALUES (?, ?, ?, ?)", new
        )
        db.executemany(
            "UPDATE people SET email = ?, shared = json_patch(shared, ?) WHERE id = ?",
            old,
        )

    def remove(self, list_id: int, ids: Sequence[int] | None = None) -> int:
        """Take these persons, or everybody, off a list.

        A person on no list any more is forgotten: coming back gives a new id.
        """
        with self.transaction() as db:
            self._revision += 1
            if ids is None:
                left = self.rows(
                    "SELECT person_id FROM members WHERE list_id = ?", [list_id]
                )
                removed = db.execute(
                    "DELETE FROM members WHERE list_id = ?", [list_id]
                ).rowcount
                db.execute("DELETE FROM tags WHERE list_id = ?", [list_id])
            else:
                left = [(id,) for id in ids]
                keys = [(list_id, id) for id in ids]
                removed = db.executemany(
                    "DELETE FROM members WHERE list_id = ? AND person_id = ?", keys
                ).rowcount
                db.executemany(
                    "DELETE FROM tags WHERE list_id = ? AND person_id = ?", keys
                )
            db.executemany(
                "DELETE FROM people WHERE id = ? AND NOT EXISTS"
                " (SELECT 1 FROM members WHERE person_id = people.id)",
                left,
            )
            return removed

    # ------------------------------------------------------------------- pages
    def page(
        self,
        where: str,
        params: Sequence[Any],
        page: int,
        size: int,
        order: str = "m.person_id",
    ) -> list[Member]:
        """Page ``page`` (from 0) of the members that fulfil an SQL condition.

        ``order`` is ``m.person_id`` or ``p.email``, and may be followed by `` DESC``.
        It gives exactly what LIMIT/OFFSET would, also when somebody disappears between
        two pages and everyone behind moves up by one: a client has to cope with that.
        """
        with self.lock:
            return self._page(where, list(params), page, size, order)

    def _page(self, where, params, page, size, order) -> list[Member]:
        condition, values = f"({where})", list(params)
        if page > 0:
            start = self._page_start(where, values, page, size, order)
            if start is None:
                return []
            column, _, down = order.partition(" ")
            condition += f" AND {column} {'<' if down else '>'} ?"
            values.append(start)
        found = self.select(f"{condition} ORDER BY {order} LIMIT {int(size)}", values)
        if len(found) == size:
            last = found[-1].email if order.startswith("p.") else found[-1].id
            self._remember(self._mark(where, params, page + 1, size, order), last)
        return found

    def _page_start(self, where, values, page, size, order) -> Any:
        """The last key of the page before.

        Remembered from reading that page, so a full read is linear; whenever something
        changed that could move the pages, it is looked up by walking the index.
        """
        mark = self._mark(where, values, page, size, order)
        last = self._marks.get(mark)
        if last is None:
            last = self.scalar(
                f"SELECT {order.split(' ')[0]} FROM {_JOINED} WHERE {where}"
                f" ORDER BY {order} LIMIT 1 OFFSET {page * size - 1:d}",
                values,
            )
            self._remember(mark, last)
        return last

    def _mark(self, where, params, page, size, order) -> tuple:
        # New people come last in the order of ids, and anywhere in any other.
        state = (self._revision, 0 if order == "m.person_id" else self._additions)
        return (state, where, tuple(params), page, size, order)

    def _remember(self, mark: tuple, last: Any) -> None:
        if len(self._marks) > 5000:
            self._marks.clear()
        self._marks[mark] = last

    def forget_attribute(self, tool: str, name: str, list_id: int = 0) -> None:
        """Drop everybody's value of an attribute, shared (0) or of one list."""
        path = f'$."{name}"'
        if list_id:
            self.execute(
                "UPDATE members SET attributes = json_remove(attributes, ?)"
                " WHERE list_id = ?",
                [path, list_id],
            )
        else:
            self.execute(
                "UPDATE people SET shared = json_remove(shared, ?) WHERE tool = ?",
                [path, tool],
            )

    # ------------------------------------------------------------------ counts
    def counts(self, list_id: int) -> dict[str, int]:
        """Status → number of members, for one list."""
        return dict(
            self.rows(
                "SELECT status, count(*) FROM members WHERE list_id = ?"
                " GROUP BY status",
                [list_id],
            )
        )

    def count(self, list_id: int, status: str = "") -> int:
        """Members of one list, all or those with one status."""
        counts = self.counts(list_id)
        return counts.get(status, 0) if status else sum(counts.values())

    def clear(self) -> None:
        """Forget everything."""
        super().clear()
        self._marks.clear()
        self._revision += 1

    def now(self) -> int:
        """The sandbox's clock, in whole unix seconds."""
        return int(self._now())


def number(text: Any) -> int:
    """An id as a number; 0, which nobody has, for anything else."""
    try:
        return int(text)
    except (TypeError, ValueError):
        return 0


def _members(rows: Sequence[tuple]) -> list[Member]:
    """Rows of ``_COLUMNS``; each column of JSON is read in one go, which is faster."""
    texts = ([row[at] for row in rows] for at in (10, 11, 12))
    parsed = [json.loads(f"[{','.join(column)}]") for column in texts]
    return [
        Member(*row[:10], *values)
        for row, values in zip(rows, zip(*parsed, strict=True), strict=True)
    ]


def _marks(values: Sequence[Any]) -> str:
    return ", ".join("?" * len(values))


def _dump(data: dict[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False) if data else "{}"


def _load(text: str) -> dict[str, Any]:
    return json.loads(text) if text != "{}" else {}
