"""Attributes: the fields of a recipient, global or of one group."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from ..base import Refusal, route

LIMIT = 40
TYPES = ("text", "number", "gender", "date")


class Attributes:
    """Definitions; global ones have the scope 0."""

    @route("GET", "/v3/attributes")
    def list_attributes(self, request):
        """The global ones, or with ``group_id`` a group's own."""
        return self._listed(request.args.get("group_id") or 0)

    @route("GET", "/v3/groups/<group>/attributes")
    def list_group_attributes(self, request, group):
        """A group's own."""
        return self._listed(group)

    @route("POST", "/v3/attributes")
    def create_attribute(self, request):
        """Global, or with ``group_id`` of that group."""
        body = self.body(request)
        return self._create(body, body.get("group_id") or 0)

    @route("POST", "/v3/groups/<group>/attributes")
    def create_group_attribute(self, request, group):
        """Of that group."""
        return self._create(self.body(request), group)

    @route("GET", "/v3/attributes/limits")
    def attribute_limits(self, request):
        """The number allowed, bare."""
        return LIMIT

    @route("PUT", "/v3/attributes/<attribute>")
    def change_attribute(self, request, attribute):
        """The texts; the technical name and the type stay."""
        known = self._attribute(attribute)
        body = self.body(request)
        for key in ("description", "preview_value"):
            known[key] = str(body.get(key, known[key]))
        self._keep(known)
        return self.one(known)

    @route("DELETE", "/v3/attributes/<attribute>")
    def delete_attribute(self, request, attribute):
        """The definition and, with it, everybody's value."""
        known = self._attribute(attribute)
        self.store.drop(self.code, "attribute", known["id"])
        self.store.forget_attribute(self.code, known["name"], int(known["groups_id"]))
        return True

    # ----------------------------------------------------------------- shared
    def attributes(self, scope: Any) -> dict[str, dict[str, Any]]:
        """Name → definition, of a group or (0) of the account."""
        found = self.store.find(self.code, "attribute", scope)
        return {attribute["name"]: attribute for attribute in found}

    def fields(self, list_id: int) -> list[str]:
        """The group's own names and the global ones."""
        return [*self.attributes(list_id), *self.attributes(0)]

    def new_attribute(self, name: str, kind: str, scope: Any = 0, **more: str) -> dict:
        """Define one; the name is made technical and becomes the label."""
        technical = re.sub(r"[^a-z0-9_]", "_", name.strip().lower())
        if not technical.strip("_"):
            raise Refusal(400, "Bad Request: invalid name")
        if kind not in TYPES:
            raise Refusal(400, "Bad Request: invalid type")
        if technical in self.attributes(scope):
            raise Refusal(409, "Conflict: attribute already exists")
        if self._used(scope) >= LIMIT:
            raise Refusal(400, "Bad Request: too many attributes")
        return self._keep(
            {
                "id": str(self.store.next_number()),
                "groups_id": str(scope),
                "name": technical,
                "description": more.get("description") or name,
                "preview_value": more.get("preview_value") or "",
                "value": more.get("default_value") or "",
                "type": kind,
                "tag": "{" + technical.upper() + "}",
            }
        )

    def _used(self, scope: Any) -> int:
        """Attributes that a group has with the global ones; global: the fullest one."""
        homes = Counter(
            one["groups_id"] for one in self.store.find(self.code, "attribute")
        )
        shared = homes.pop("0", 0)
        if str(scope) == "0":
            return shared + max(homes.values(), default=0)
        return shared + homes[str(scope)]

    def _keep(self, attribute: dict[str, Any]) -> dict[str, Any]:
        scope = attribute["groups_id"]
        return self.store.put(self.code, "attribute", attribute["id"], attribute, scope)

    def _attribute(self, id: str) -> dict[str, Any]:
        for attribute in self.store.find(self.code, "attribute"):
            if attribute["id"] == id:
                return attribute
        raise Refusal(404, "Not Found")

    def _listed(self, scope: Any) -> list[dict[str, Any]]:
        if str(scope) != "0":
            self.group(scope)
        return list(self.attributes(scope).values())

    def _create(self, body: dict[str, Any], scope: Any) -> Any:
        if str(scope) != "0":
            self.group(scope)
        texts = ("description", "preview_value", "default_value")
        more = {key: str(body[key]) for key in texts if body.get(key)}
        with self.store.transaction():
            name, kind = str(body.get("name") or ""), body.get("type", "text")
            return self.one(self.new_attribute(name, kind, scope, **more))
