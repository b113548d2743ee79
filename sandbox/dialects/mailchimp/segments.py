"""Segments: tags as lists of members, and saved conditions (kept, not carried out)."""

from __future__ import annotations

from typing import Any

from werkzeug.wrappers import Response

from ...store import number
from ..base import Refusal, route
from .shapes import address, chosen, cut, field_error, invalid, iso, list_hex, unix

MOST = 500
EXTRA = {
    "include_cleaned": "hard_bounce",
    "include_transactional": "transactional",
    "include_unsubscribed": "unsubscribed",
}


class Segments:
    """Chosen: a name that is taken is refused, and so is an unknown address."""

    @route("GET", "/3.0/lists/<audience>/segments")
    def list_segments(self, request, audience):
        """All, or those of a ``type`` or updated since."""
        entry, args = self.audience(audience), request.args
        found = self.segments(entry.id)
        if args.get("type"):
            found = [one for one in found if one["type"] == args["type"]]
        if args.get("since_updated_at"):
            start = unix(args["since_updated_at"])
            found = [one for one in found if one["updated"] > start]
        page = [self._segment(entry.id, one) for one in cut(found, args)]
        answer = {
            "segments": page,
            "list_id": list_hex(entry.id),
            "total_items": len(found),
            "_links": [],
        }
        return chosen(answer, args)

    @route("POST", "/3.0/lists/<audience>/segments")
    def create_segment(self, request, audience):
        """With ``static_segment`` (addresses, may be none) a tag."""
        entry, body = self.audience(audience), self.body(request)
        name = str(body.get("name") or "").strip()
        if not name:
            raise field_error("name", "This value should not be blank.")
        if any(one["name"].lower() == name.lower() for one in self.segments(entry.id)):
            raise invalid("Sorry, that tag already exists.")
        emails = body.get("static_segment")
        if emails is None and not body.get("options"):
            raise field_error("options", "This value should not be blank.")
        kind = "saved" if emails is None else "static"
        made = self.new_segment(entry.id, name, kind, body.get("options") or {})
        self._add(entry.id, made, emails or [])
        return self._segment(entry.id, made)

    @route("GET", "/3.0/lists/<audience>/segments/<id>")
    def read_segment(self, request, audience, id):
        """One."""
        list_id = self.audience(audience).id
        return self._segment(list_id, self._known(list_id, id))

    @route("PATCH", "/3.0/lists/<audience>/segments/<id>")
    def change_segment(self, request, audience, id):
        """Its name; with ``static_segment`` its members are replaced."""
        list_id, body = self.audience(audience).id, self.body(request)
        known = self._known(list_id, id)
        old, name = known["name"], str(body.get("name") or known["name"]).strip()
        self.store.execute(
            "UPDATE tags SET tag = ? WHERE list_id = ? AND tag = ?",
            [name, list_id, old],
        )
        known["name"] = name
        if isinstance(body.get("static_segment"), list):
            self._empty(list_id, known)
            self._add(list_id, known, body["static_segment"])
        return self._segment(list_id, self._keep(list_id, known))

    @route("DELETE", "/3.0/lists/<audience>/segments/<id>")
    def delete_segment(self, request, audience, id):
        """With everybody's tag."""
        list_id = self.audience(audience).id
        known = self._known(list_id, id)
        self._empty(list_id, known)
        self.store.drop(self.code, "segment", known["id"], list_id)
        return Response(status=204)

    @route("POST", "/3.0/lists/<audience>/segments/<id>")
    def change_members(self, request, audience, id):
        """Up to 500 addresses in, up to 500 out."""
        entry, body = self.audience(audience), self.body(request)
        known = self._known(entry.id, id)
        come, go = (body.get(f"members_to_{key}") or [] for key in ("add", "remove"))
        if len(come) > MOST or len(go) > MOST:
            raise invalid(f"At most {MOST} addresses are possible.")
        added, unknown = self._add(entry.id, known, come)
        removed, strangers = self._remove(entry.id, known, go)
        errors = [
            {"email_addresses": emails, "error": "Email addresses do not exist"}
            for emails in (unknown, strangers)
            if emails
        ]
        self._keep(entry.id, known)
        return {
            "members_added": self.profiles(entry, added),
            "members_removed": self.profiles(entry, removed),
            "errors": errors,
            "total_added": len(added),
            "total_removed": len(removed),
            "error_count": len(unknown) + len(strangers),
            "_links": [],
        }

    @route("GET", "/3.0/lists/<audience>/segments/<id>/members")
    def segment_members(self, request, audience, id):
        """A page; those subscribed only, unless others are asked for."""
        entry, args = self.audience(audience), request.args
        known = self._known(entry.id, id)
        statuses = ["subscribed"]
        statuses += [
            word for key, word in EXTRA.items() if args.get(key, "").lower() == "true"
        ]
        where = (
            f"m.list_id = ? AND m.status IN ({', '.join('?' * len(statuses))})"
            " AND EXISTS (SELECT 1 FROM tags t WHERE t.list_id = m.list_id"
            " AND t.person_id = m.person_id AND t.tag = ?)"
        )
        params = [entry.id, *statuses, known["name"]]
        return self.listed("members", entry, where, params, args)

    @route("POST", "/3.0/lists/<audience>/segments/<id>/members")
    def add_member(self, request, audience, id):
        """One address in."""
        entry, email = self.audience(audience), self.body(request).get("email_address")
        added, unknown = self._add(entry.id, self._known(entry.id, id), [email])
        if unknown:
            raise invalid("Email address does not exist")
        return self.profiles(entry, added)[0]

    @route("DELETE", "/3.0/lists/<audience>/segments/<id>/members/<who>")
    def remove_member(self, request, audience, id, who):
        """One out."""
        list_id = self.audience(audience).id
        known, member = self._known(list_id, id), self.member(list_id, who)
        self._remove(list_id, known, [member.email])
        return Response(status=204)

    # ----------------------------------------------------------------- shared
    def segments(self, list_id: int) -> list[dict[str, Any]]:
        """All of an audience, in the order in which they were made."""
        return self.store.find(self.code, "segment", list_id)

    def new_segment(
        self, list_id: int, name: str, kind: str, options: Any = None
    ) -> dict[str, Any]:
        """Make one."""
        id, now = self.store.next_number(), self.now()
        made = {"id": id, "name": name, "type": kind, "created": now, "updated": now}
        made["options"] = options or {}
        return self.store.put(self.code, "segment", id, made, list_id)

    def _known(self, list_id: int, id: Any) -> dict[str, Any]:
        known = self.store.get(self.code, "segment", number(id), list_id)
        if known is None:
            raise Refusal(404)
        return known

    def _keep(self, list_id: int, segment: dict[str, Any]) -> dict[str, Any]:
        segment["updated"] = self.now()
        return self.store.put(self.code, "segment", segment["id"], segment, list_id)

    def _add(self, list_id: int, segment: dict, emails: Any) -> tuple[list, list]:
        """Tag members; them, and the addresses of nobody."""
        wanted = [address(email) for email in emails]
        found = self.store.members(list_id, set(wanted))
        for member in found:
            self.give_tags(member, [segment["name"]])
        return found, sorted(set(wanted) - {member.email for member in found})

    def _remove(self, list_id: int, segment: dict, emails: Any) -> tuple[list, list]:
        wanted = [address(email) for email in emails]
        found = self.store.members(list_id, set(wanted))
        for member in found:
            self.take_tags(member, [segment["name"]])
        return found, sorted(set(wanted) - {member.email for member in found})

    def _empty(self, list_id: int, segment: dict[str, Any]) -> None:
        self.store.execute(
            "DELETE FROM tags WHERE list_id = ? AND tag = ?", [list_id, segment["name"]]
        )

    def _segment(self, list_id: int, one: dict[str, Any]) -> dict[str, Any]:
        counted = self.store.tag_counts(self.code, list_id).get(one["name"], 0)
        return {
            "id": one["id"],
            "name": self.tag_name(one["name"]),
            "member_count": counted if one["type"] == "static" else 0,
            "type": one["type"],
            "created_at": iso(one["created"]),
            "updated_at": iso(one["updated"]),
            "options": one["options"],
            "list_id": list_hex(list_id),
            "_links": [],
        }
