"""Tags, which are segments of the type ``static``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from werkzeug.wrappers import Response

from ...store import Member
from ..base import route
from .shapes import chosen, field_error, iso


class Tags:
    """Names differ by more than case. Whether a tag moves ``last_changed`` is unknown:
    the switch ``tags_touch``."""

    @route("GET", "/3.0/lists/<audience>/members/<who>/tags")
    def read_tags(self, request, audience, who):
        """All of one member."""
        member = self.member(self.audience(audience).id, who)
        since = member.data.get("tagged", {})
        found = self.tags_of(member.list_id, [member.id]).get(member.id, [])
        tags = [
            {**tag, "date_added": iso(since.get(str(tag["id"]), 0))} for tag in found
        ]
        answer = {"tags": tags, "total_items": len(tags), "_links": []}
        return chosen(answer, request.args)

    @route("POST", "/3.0/lists/<audience>/members/<who>/tags")
    def write_tags(self, request, audience, who):
        """Give those that are ``active``, take the others; unknown ones are made."""
        member = self.member(self.audience(audience).id, who)
        given = self.body(request).get("tags")
        if not isinstance(given, list):
            raise field_error("tags", "This value should not be blank.")
        for one in given:
            if not isinstance(one, dict) or not str(one.get("name") or "").strip():
                raise field_error("tags.name", "This value should not be blank.")
            if one.get("status") not in ("active", "inactive"):
                raise field_error("tags.status", "Value must be active or inactive")
        on = [str(one["name"]) for one in given if one["status"] == "active"]
        off = [str(one["name"]) for one in given if one["status"] == "inactive"]
        self.take_tags(member, off)
        self.give_tags(member, on)
        return Response(status=204)

    @route("GET", "/3.0/lists/<audience>/tag-search")
    def search_tags(self, request, audience):
        """Those whose name begins so; all without a name."""
        entry, name = self.audience(audience), request.args.get("name", "").lower()
        found = [
            {"id": one["id"], "name": self.tag_name(one["name"])}
            for one in self.segments(entry.id)
            if one["type"] == "static" and one["name"].lower().startswith(name)
        ]
        return {"tags": found, "total_items": len(found), "_links": []}

    # ----------------------------------------------------------------- shared
    def tag_name(self, name: str) -> str:
        """A name as it comes back."""
        return name.lower() if self.awkward("tag_case") else name

    def tags_of(self, list_id: int, ids: Sequence[int]) -> dict[int, list[dict]]:
        """Person → the tags as ``{id, name}``."""
        found = self.store.tags(list_id, ids)
        if not found:
            return {}
        numbers = {one["name"]: one["id"] for one in self.segments(list_id)}
        return {
            id: [{"id": numbers[tag], "name": self.tag_name(tag)} for tag in tags]
            for id, tags in found.items()
        }

    def give_tags(self, member: Member, names: Iterable[str]) -> None:
        """Tag somebody; the first spelling of a name stays."""
        tags = [self.tag(member.list_id, name) for name in names]
        self.store.tag(member.list_id, member.id, [one["name"] for one in tags])
        since = member.data.setdefault("tagged", {})
        for one in tags:
            since.setdefault(str(one["id"]), self.now())
        self._touch(member, bool(tags))

    def take_tags(self, member: Member, names: Iterable[str]) -> None:
        """Untag somebody; unknown tags are made all the same."""
        for name in names:
            tag = self.tag(member.list_id, name)
            self.store.execute(
                "DELETE FROM tags WHERE list_id = ? AND person_id = ? AND tag = ?",
                [member.list_id, member.id, tag["name"]],
            )
            member.data.get("tagged", {}).pop(str(tag["id"]), None)
            self._touch(member, True)

    def tag(self, list_id: int, name: str) -> dict[str, Any]:
        """The static segment of this name, made if it is new."""
        name = name.strip()
        for one in self.segments(list_id):
            if one["type"] == "static" and one["name"].lower() == name.lower():
                return one
        return self.new_segment(list_id, name, "static")

    def _touch(self, member: Member, changed: bool) -> None:
        if not changed:
            return
        at = member.changed
        self.store.save(self.code, [member])
        if not self.switches["tags_touch"]:
            self.store.execute(
                "UPDATE members SET changed = ? WHERE list_id = ? AND person_id = ?",
                [at, member.list_id, member.id],
            )
