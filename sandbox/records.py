"""The store's small things: tags, documents, and the journal of what happened."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any


class Records:
    """Mixed into the store.

    A *document* is any small object of a tool with a key: an attribute, a token, a
    webhook, a blocked address. A *journal* line is something that happened and that a
    test or the page wants to see: a mail sent, a webhook delivered, a reactivation.
    """

    # -------------------------------------------------------------------- tags
    def tag(self, list_id: int, person_id: int, tags: Iterable[str]) -> None:
        """Give a member tags; those it has already stay."""
        with self.transaction() as db:
            db.executemany(
                "INSERT OR IGNORE INTO tags (list_id, person_id, tag) VALUES (?, ?, ?)",
                [(list_id, person_id, tag) for tag in tags],
            )
            self._revision += 1

    def untag(self, list_id: int, person_id: int, pattern: str) -> int:
        """Take away the tags that match; ``*`` stands for anything."""
        self._revision += 1
        return self.execute(
            "DELETE FROM tags WHERE list_id = ? AND person_id = ? AND tag GLOB ?",
            [list_id, person_id, pattern.replace("[", "[[]").replace("?", "[?]")],
        )

    def tags(self, list_id: int, person_ids: Sequence[int]) -> dict[int, list[str]]:
        """Person id → tags on this list, sorted."""
        found: dict[int, list[str]] = {}
        for start in range(0, len(person_ids), 900):
            part = person_ids[start : start + 900]
            for person_id, tag in self.rows(
                "SELECT person_id, tag FROM tags WHERE list_id = ? AND person_id"
                f" IN ({', '.join('?' * len(part))}) ORDER BY tag",
                [list_id, *part],
            ):
                found.setdefault(person_id, []).append(tag)
        return found

    def tag_counts(self, tool: str, list_id: int = 0) -> dict[str, int]:
        """Tag → number of members who have it, on one list or all of a tool."""
        return dict(
            self.rows(
                "SELECT t.tag, count(*) FROM tags t JOIN lists l ON l.id = t.list_id"
                " WHERE l.tool = ? AND (? = 0 OR l.id = ?) GROUP BY t.tag ORDER BY 1",
                [tool, list_id, list_id],
            )
        )

    # --------------------------------------------------------------- documents
    def put(self, tool: str, kind: str, key: Any, data: Any, scope: Any = "") -> Any:
        """Keep a document, replacing the one with the same key."""
        self.execute(
            "INSERT OR REPLACE INTO documents (tool, kind, scope, key, data)"
            " VALUES (?, ?, ?, ?, ?)",
            [tool, kind, str(scope), str(key), json.dumps(data)],
        )
        return data

    def get(self, tool: str, kind: str, key: Any, scope: Any = "") -> Any:
        """One document, or None."""
        found = self.scalar(
            "SELECT data FROM documents"
            " WHERE tool = ? AND kind = ? AND scope = ? AND key = ?",
            [tool, kind, str(scope), str(key)],
        )
        return None if found is None else json.loads(found)

    def find(self, tool: str, kind: str, scope: Any = None) -> list[Any]:
        """All documents of a kind, or those of one scope, by key."""
        rows = self.rows(
            "SELECT data FROM documents WHERE tool = ? AND kind = ?"
            " AND (? IS NULL OR scope = ?) ORDER BY scope, length(key), key",
            [tool, kind, scope, str(scope)],
        )
        return [json.loads(row[0]) for row in rows]

    def known(self, tool: str, kind: str, keys: Sequence[str], scope: Any) -> set[str]:
        """Those of the keys that have a document in this scope."""
        found: set[str] = set()
        for start in range(0, len(keys), 900):
            part = keys[start : start + 900]
            rows = self.rows(
                "SELECT key FROM documents WHERE tool = ? AND kind = ? AND scope = ?"
                f" AND key IN ({', '.join('?' * len(part))})",
                [tool, kind, str(scope), *part],
            )
            found.update(key for (key,) in rows)
        return found

    def drop(self, tool: str, kind: str, key: Any = None, scope: Any = None) -> int:
        """Forget one document, a scope's, or all of a kind; the number forgotten."""
        return self.execute(
            "DELETE FROM documents WHERE tool = ? AND kind = ?"
            " AND (? IS NULL OR key = ?) AND (? IS NULL OR scope = ?)",
            [tool, kind, key, str(key), scope, str(scope)],
        )

    def next_number(self) -> int:
        """A fresh number for a document that needs an id."""
        with self.transaction():
            last = self.get("", "counter", "") or 9000
            return self.put("", "counter", "", last + 1)

    # ----------------------------------------------------------------- journal
    def note(
        self, tool: str, kind: str, list_id: int = 0, person_id: int = 0, **data: Any
    ) -> dict[str, Any]:
        """Write down that something happened, now."""
        line = {"at": self.now(), "list_id": list_id, "person_id": person_id, **data}
        self.execute(
            "INSERT INTO journal (tool, kind, list_id, person_id, at, data)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            [tool, kind, list_id, person_id, line["at"], json.dumps(data)],
        )
        return line

    def notes(
        self, kind: str, tool: str = "", person_id: int = 0, newest: int = 0
    ) -> list[dict[str, Any]]:
        """What happened, oldest first; ``newest`` limits it to the last so many."""
        rows = self.rows(
            "SELECT tool, list_id, person_id, at, data FROM journal WHERE kind = ?"
            " AND (? = '' OR tool = ?) AND (? = 0 OR person_id = ?)"
            " ORDER BY id DESC LIMIT ?",
            [kind, tool, tool, person_id, person_id, newest or -1],
        )
        return [
            {"tool": row[0], "list_id": row[1], "person_id": row[2], "at": row[3]}
            | json.loads(row[4])
            for row in reversed(rows)
        ]
