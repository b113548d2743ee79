"""The change log: who came onto a newsletter and who left."""

from __future__ import annotations

from typing import Any

from ...store import Member
from ..base import Refusal, route
from .filters import check, fits, parse
from .newsletters import ADMIN
from .shapes import hexed, moment, stored

TYPE = "newsletter_event"
#: what events can be filtered by
KEYS = ("type", "id", "data.created_at", "data.member_id")


class Events:
    """Newest first; ``page`` and ``order`` do nothing, and ``limit=all`` gives nothing.

    Bulk actions write no event, and deleting a member deletes its events.
    """

    @route("GET", ADMIN + "/members/events/")
    def list_events(self, request):
        """By type, time, member and id; other keys are refused."""
        tree = parse(request.args.get("filter") or f"type:{TYPE}")
        check(tree, KEYS)
        limit = request.args.get("limit", "15")
        size = int(limit) if limit.isdigit() else 0
        found = sorted(
            self.store.find(self.code, "event"),
            key=lambda event: (event["at"], event["id"]),
            reverse=True,
        )
        rows = [event for event in found if fits(tree, _row(event))]
        shown = [self._event_resource(event) for event in rows[:size]]
        return {"events": shown, "meta": {"pagination": {"total": len(rows)}}}

    # ----------------------------------------------------------------- shared
    def note_event(self, one: Member, list_id: int, on: bool, source: str) -> None:
        """Write down that somebody came or went."""
        id = hexed(self.store.next_number())
        event = {
            "id": id,
            "person": one.id,
            "newsletter": list_id,
            "subscribed": on,
            "at": self.now(),
            "source": source,
        }
        self.store.put(self.code, "event", id, event, one.id)

    def last_event(self, person_id: int, list_id: int) -> dict[str, Any] | None:
        """What happened last between somebody and a newsletter."""
        found = self.store.find(self.code, "event", person_id)
        here = [event for event in found if event["newsletter"] == list_id]
        return max(here, key=lambda event: event["id"], default=None)

    def _event_resource(self, event: dict[str, Any]) -> dict[str, Any]:
        one = self.store.member(self.pool, id=event["person"])
        entry = self.store.list(self.code, event["newsletter"])
        if one is None or entry is None:
            raise Refusal(500, "an event without member")
        return {
            "type": TYPE,
            "data": {
                "id": event["id"],
                "member_id": hexed(one.id),
                "subscribed": event["subscribed"],
                "created_at": moment(event["at"]),
                "source": event["source"],
                "newsletter_id": hexed(entry.id),
                "member": {
                    "id": hexed(one.id),
                    "name": one.shared.get("name") or None,
                    "email": one.email,
                },
                "newsletter": {"id": hexed(entry.id), "name": entry.name},
            },
        }


def _row(event: dict[str, Any]) -> dict[str, str]:
    values = (TYPE, event["id"], stored(event["at"]), hexed(event["person"]))
    return dict(zip(KEYS, values, strict=True))
