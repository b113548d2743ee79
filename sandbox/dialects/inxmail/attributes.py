"""Attributes: one set for all recipients, typed, with free names."""

from __future__ import annotations

from typing import Any

from werkzeug.http import parse_date
from werkzeug.wrappers import Response

from ...store import number
from ..base import Refusal, route
from .values import TYPES, iso


class Attributes:
    """They are made by REST; whether they can be deleted is not known."""

    @route("GET", "/attributes")
    def list_attributes(self, request):
        """Only those changed since ``If-Modified-Since``, where that is sent."""
        self.known_parameters(request)
        since = parse_date(request.headers.get("If-Modified-Since"))
        after = since.timestamp() if since else 0
        found = [one for one in self.attributes().values() if one["changed"] >= after]
        if since and not found:
            return Response(status=304)

        def fetch(after: int, most: int):
            later = [one for one in found if one["id"] > after][:most]
            return [(one["id"], self._attribute(request, one)) for one in later]

        return self.page(request, "inx:attributes", fetch)

    @route("POST", "/attributes")
    def create_attribute(self, request):
        """One more."""
        made = self.new_attribute(self.body(request))
        return self.json(self._attribute(request, made), 201)

    @route("GET", "/attributes/<id>")
    def read_attribute(self, request, id):
        """One by id."""
        for one in self.attributes().values():
            if one["id"] == number(id):
                return self._attribute(request, one)
        raise Refusal(404, "Not Found")

    # ------------------------------------------------------------------ shared
    def attributes(self) -> dict[str, dict[str, Any]]:
        """Name -> definition, oldest first."""
        found = self.store.find(self.code, "attribute")
        return {one["name"]: one for one in sorted(found, key=lambda one: one["id"])}

    def fields(self, list_id: int) -> list[str]:
        """For the staff's form."""
        return list(self.attributes())

    def new_attribute(self, body: dict[str, Any]) -> dict[str, Any]:
        """Define one; names match exactly, letter by letter."""
        name, kind = body.get("name"), body.get("type")
        length = body.get("maxLength", 255)
        invalid = {}
        if not isinstance(name, str) or not name.strip() or '"' in name:
            invalid["name"] = "must not be empty"
        elif name.lower() == "email":
            invalid["name"] = "is reserved"
        if kind not in TYPES:
            invalid["type"] = f"must be one of {', '.join(TYPES)}"
        if not isinstance(length, int) or not 1 <= length <= 255:
            invalid["maxLength"] = "must be between 1 and 255"
        if invalid:
            raise Refusal(400, "Invalid attribute", invalid=invalid)
        with self.store.transaction():
            if name in self.attributes():
                raise Refusal(self.switches["conflict_status"], "name already in use")
            attribute = {
                "id": self.store.next_number(),
                "name": name,
                "type": kind,
                "maxLength": length if kind == "TEXT" else None,
                "hidden": bool(body.get("hidden")),
                "changed": self.now(),
            }
            return self.store.put(self.code, "attribute", name, attribute)

    def asked(self, names: list[str]) -> list[str]:
        """Names that a request asks for.

        :raises Refusal: one of them is not defined
        """
        known = self.attributes()
        for name in names:
            if name not in known:
                raise Refusal(400, f"Unknown attribute '{name}'")
        return names

    def _attribute(self, request, one: dict[str, Any]) -> dict[str, Any]:
        moment = iso(one["changed"])
        shown = {key: one[key] for key in ("id", "name", "type", "maxLength", "hidden")}
        path = f"/attributes/{one['id']}"
        links = {"self": {"href": self.href(request, path)}}
        return shown | {
            "creationDate": moment,
            "modificationDate": moment,
            "_links": links,
        }
