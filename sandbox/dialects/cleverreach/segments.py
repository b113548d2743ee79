"""Rules over recipients, asked at once or kept as a group's filter (segment)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...store import number
from ..base import Refusal, route
from .shapes import TIMES, address, tag_name

#: The only comparisons seen in use; anything else is refused rather than guessed.
LOGICS = {"eq": "= ?", "bg": "> ?", "contains": "LIKE ? ESCAPE '\\'"}


class Segments:
    """``rules``: a list of field, logic, condition, joined by ``operator``."""

    @route("GET", "/v3/groups/<group>/filters")
    def list_filters(self, request, group):
        """A group's filters."""
        return self.store.find(self.code, "filter", self.group(group).id)

    @route("POST", "/v3/groups/<group>/filters")
    def create_filter(self, request, group):
        """Keep one; its rules are checked now."""
        list_id, body = self.group(group).id, self.body(request)
        self.condition([list_id], body)
        id = str(self.store.next_number())
        kept = {key: body.get(key) for key in ("name", "operator", "rules")}
        self.store.put(self.code, "filter", id, {"id": id, **kept}, list_id)
        return {"id": id, "success": True}

    @route("GET", "/v3/groups/<group>/filters/<filter>/receivers")
    def filtered(self, request, group, filter):
        """A page of the recipients in it."""
        where, params = self._kept(group, filter)
        return self.listed(where, params, request.args.to_dict())

    @route("GET", "/v3/groups/<group>/filters/<filter>/count")
    def count_filtered(self, request, group, filter):
        """How many: a bare number."""
        where, params = self._kept(group, filter)
        return self.store.scalar(
            "SELECT count(*) FROM members m JOIN people p ON p.id = m.person_id"
            f" WHERE {where}",
            params,
            0,
        )

    @route("GET", "/v3/groups/<group>/filters/<filter>/stats")
    def filter_stats(self, request, group, filter):
        """How many, as an object."""
        return {"total_count": self.count_filtered(request, group, filter)}

    def _kept(self, group: Any, filter: str) -> tuple[str, list]:
        list_id = self.group(group).id
        kept = self.store.get(self.code, "filter", filter, list_id)
        if kept is None:
            raise Refusal(404, "Not Found")
        return self.condition([list_id], kept)

    def condition(
        self, groups: Sequence[int], body: dict[str, Any]
    ) -> tuple[str, list]:
        """Rules as an SQL condition with its parameters."""
        one = len(groups) == 1
        marks = "= ?" if one else f"IN ({', '.join('?' * len(groups))})"
        where, params = f"m.list_id {marks}", list(groups)
        if body.get("activeonly"):
            where += " AND m.status = 'subscribed'"
        joint = str(body.get("operator") or "AND").upper()
        rules = body.get("rules") or []
        if joint not in ("AND", "OR") or not isinstance(rules, list):
            raise Refusal(400, "Bad Request: invalid rules")
        parts = [self._rule(rule) for rule in rules]
        if parts:
            joined = f" {joint} ".join(sql for sql, _ in parts)
            where += f" AND ({joined})"
            params += [value for _, value in parts]
        return where, params

    def _rule(self, rule: dict[str, Any]) -> tuple[str, Any]:
        name, logic = str(rule.get("field")), str(rule.get("logic"))
        value = rule.get("condition")
        if logic not in LOGICS:
            raise Refusal(400, f"Bad Request: invalid logic {logic}")
        if logic == "contains":
            text = str(value or "").lower()
            for sign in ("\\", "%", "_"):
                text = text.replace(sign, "\\" + sign)
            value = f"%{text}%"
        test = LOGICS[logic]
        if name in TIMES:
            # Naming the zero lets SQLite use the index of those who ever left; named
            # first, everybody above zero would be looked at.
            return f"(m.{name} {test} AND m.{name} > 0)", number(value)
        if name == "email":
            return f"p.email {test}", address(value)
        if name == "tags":
            inner = "t.list_id = m.list_id AND t.person_id = m.person_id"
            return (
                f"EXISTS (SELECT 1 FROM tags t WHERE {inner} AND t.tag {test})",
                tag_name(value) if logic == "eq" else value,
            )
        return self._attribute_rule(name, test), str(value)

    def _attribute_rule(self, name: str, test: str) -> str:
        every = self.store.find(self.code, "attribute")
        known = [one for one in every if one["name"] == name]
        if not known:
            raise Refusal(400, "Bad Request: invalid field")
        home = "p.shared" if known[0]["groups_id"] == "0" else "m.attributes"
        return f"json_extract({home}, '$.{name}') {test}"
