"""The hand inside a real Ghost: its readers, its staff, and its database.

Only what has no other way goes into the database: suppressions, which Ghost takes from
its mail service alone, and the past.
"""

from __future__ import annotations

import re
import secrets
import sqlite3
from contextlib import closing
from typing import Any

import requests

from newsletter_sync.tests_pure.sandbox.test_ghost import Client

#: columns that hold a time which a test may move
_TIMES = (
    ("members", "created_at"),
    ("members", "updated_at"),
    ("members_subscribe_events", "created_at"),
)


class Staff:
    """Acts on one newsletter at a time; each test gets new ones."""

    def __init__(self, server, sink):
        self.server, self._sink = server, sink
        self.client = Client(server.url, server.key)

    def reset(self) -> None:
        """Nobody is a member any more."""
        self.client("DELETE", "/members/?all=true")
        with closing(sqlite3.connect(self.server.database, timeout=20)) as database:
            database.execute("DELETE FROM suppressions")
            database.commit()
        self._sink.clear()

    def person(self, email: str) -> dict[str, Any]:
        """A member as Ghost shows it."""
        (found,) = self.client("GET", "/members/", filter=f"email:'{email}'")["members"]
        return found

    def ask(self, email: str, newsletter: str) -> None:
        """A visitor signs up."""
        body = {"email": email, "emailType": "signup"}
        body["newsletters"] = [{"name": newsletter}]
        reply = self.client.raw(
            "POST", "/send-magic-link/", body, login=False, base="/members/api"
        )
        assert reply.ok, reply.text

    def confirm(self, email: str) -> None:
        """The visitor follows the newest link."""
        mail = self._sink.to(email)
        text = mail.get_body(("plain",)).get_content()
        link = re.search(r"http://\S+/members/\?token=\S+", text)[0]
        reply = requests.get(link, allow_redirects=False, timeout=20)
        assert "success=true" in reply.headers["Location"]

    def leave(self, email: str, newsletter_id: str) -> None:
        """On the page that a mailing leads to."""
        member = self.person(email)
        found = re.search(r"uuid=([\w-]+)&key=(\w+)", member["unsubscribe_url"])
        rest = [n for n in member["newsletters"] if n["id"] != newsletter_id]
        reply = requests.put(
            f"{self.server.url}/members/api/member/newsletters/",
            params={"uuid": found[1], "key": found[2]},
            json={"newsletters": [{"id": each["id"]} for each in rest]},
            timeout=20,
        )
        assert reply.ok, reply.text

    def suppress(self, email: str, reason: str = "bounce") -> None:
        """A bounce, as Ghost would write it down."""
        self._write(
            "INSERT INTO suppressions (id, email, reason, created_at)"
            " VALUES (?, ?, ?, datetime('now'))",
            [secrets.token_hex(12), email, reason],
        )

    def age(self, seconds: float) -> None:
        """Everything has happened so much earlier."""
        for table, column in _TIMES:
            self._write(
                f"UPDATE {table} SET {column} = datetime({column}, ?)",
                [f"-{int(seconds)} seconds"],
            )

    def _write(self, statement: str, values: list[Any]) -> None:
        with closing(sqlite3.connect(self.server.database, timeout=20)) as database:
            database.execute(statement, values)
            database.commit()
