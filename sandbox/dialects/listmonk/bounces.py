"""Bounces: records beside the subscriber, and what the settings do about them."""

from __future__ import annotations

from typing import Any

from ...store import Member, number
from ..base import Refusal, route
from .shapes import moment, paged, paging

KINDS = ("soft", "hard", "complaint")
#: by default a hard bounce and a complaint blocklist at once, a soft one does nothing
BLOCKING = ("hard", "complaint")


class Bounces:
    """No status says "bounced": a bounced person is blocklisted."""

    @route("GET", "/api/bounces")
    def list_bounces(self, request):
        """Pages, newest first unless asked otherwise."""
        self.needs("bounces:get")
        args = request.args
        rows = [
            self._bounce_resource(record)
            for record in self.store.find(self.code, "bounce")
            if args.get("source", record["source"]) == record["source"]
        ]
        key = args.get("order_by", "created_at")
        key = key if key in ("email", "source", "created_at") else "created_at"
        rows.sort(key=lambda row: (row[key], row["id"]))
        if args.get("order") != "asc":
            rows.reverse()
        page, size = paging(args)
        if not rows:
            return paged([], 0, 0, 0)
        start = (page - 1) * size
        return paged(
            rows[start : start + size] if size else rows, len(rows), page, size
        )

    @route("GET", "/api/subscribers/<int:id>/bounces")
    def bounces_of(self, request, id):
        """One person's."""
        self.needs("bounces:get")
        self.subscriber(id)
        found = self.store.find(self.code, "bounce")
        return {"data": [self._bounce_resource(b) for b in found if b["person"] == id]}

    @route("DELETE", "/api/bounces/<int:id>")
    def delete_bounce(self, request, id):
        """Forget one record."""
        self.needs("bounces:manage")
        self.store.drop(self.code, "bounce", id)
        return {"data": True}

    @route("POST", "/webhooks/bounce")
    def post_bounce(self, request):
        """Somebody else saw one; unknown people are ignored."""
        self.needs("webhooks:post_bounce")
        body = self.body(request)
        kind = body.get("type") or "hard"
        if kind not in KINDS:
            raise Refusal(400, self.text("data"))
        email = str(body.get("email") or "").lower()
        one = self.store.member(self.pool, email) if email else None
        if one:
            self.bounce(one, kind, str(body.get("source") or "api"), body.get("meta"))
        return {"data": True}

    # ----------------------------------------------------------------- shared
    def bounce(
        self, one: Member, kind: str, source: str = "mailbox", meta: Any = None
    ) -> None:
        """Keep a record and do what the default settings say. Blocklisting by a bounce
        leaves the subscriber's own time alone."""
        id = self.store.next_number()
        record = {"id": id, "type": kind, "source": source, "person": one.id}
        record |= {"meta": meta or {}, "at": self.sandbox.clock.now()}
        self.store.put(self.code, "bounce", id, record)
        if kind in BLOCKING:
            self.block(one, touch=False)

    def _bounce_resource(self, record: dict[str, Any]) -> dict[str, Any]:
        one = self.store.member(self.pool, id=number(record["person"]))
        return {
            "id": record["id"],
            "type": record["type"],
            "source": record["source"],
            "meta": record["meta"],
            "created_at": moment(record["at"]),
            "email": one.email if one else "",
            "subscriber_uuid": one.data.get("uuid", "") if one else "",
            "subscriber_id": record["person"],
            "subscriber_status": one.data.get("status", "enabled") if one else "",
            "campaign": None,
        }
