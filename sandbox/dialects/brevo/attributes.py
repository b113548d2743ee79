"""Attributes: names in capitals, of a category and a type."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from ..base import Refusal, route

TYPES = ("text", "date", "float", "boolean", "id", "multiple-choice", "user")
CATEGORIES = ("normal", "category", "transactional", "calculated", "global")


class Attributes:
    """All of the account; lists have none of their own."""

    @route("GET", "/contacts/attributes")
    def list_attributes(self, request):
        """All of them, never paged."""
        found = [
            {key: value for key, value in one.items() if key != "values"}
            for one in self.attributes().values()
        ]
        return {"attributes": found, "count": len(found)}

    @route("POST", "/contacts/attributes/<category>/<name>")
    def create_attribute(self, request, category, name):
        """201, and no word about it."""
        body, name = self.body(request), name.upper()
        if category not in CATEGORIES:
            raise Refusal(400, "Attribute category is invalid")
        if not re.fullmatch(r"[A-Z0-9_]+", name):
            raise Refusal(400, "Attribute name should be alphanumeric")
        if name in self.attributes() or name == "EMAIL":
            raise Refusal(400, "Attribute name must be unique")
        kind = body.get("type", "text")
        if category == "normal" and kind not in TYPES:
            raise Refusal(400, "Attribute type is invalid")
        options = body.get("multiCategoryOptions") or []
        labels = [str(one.get("label")) for one in body.get("enumeration") or []]
        if any(len(label) > 200 for label in (*options, *labels)):
            raise Refusal(400, "A label is too long", code="out_of_range")
        self.keep_attribute(
            name,
            category,
            type=kind if category == "normal" else None,
            enumeration=labels,
            options=options,
            calculated=body.get("value"),
        )
        return self.done(201)

    @route("PUT", "/contacts/attributes/<category>/<name>")
    def change_attribute(self, request, category, name):
        """Its labels or its value."""
        known, body = self._attribute(category, name), self.body(request)
        if "enumeration" in body:
            known["enumeration"] = [
                {"value": n, "label": one["label"]}
                for n, one in enumerate(body["enumeration"], 1)
            ]
        if "multiCategoryOptions" in body:
            known["multiCategoryOptions"] = body["multiCategoryOptions"]
        self.store.put(self.code, "attribute", known["name"], known)
        return self.done()

    @route("DELETE", "/contacts/attributes/<category>/<name>")
    def delete_attribute(self, request, category, name):
        """With everybody's value."""
        known = self._attribute(category, name)
        self.store.drop(self.code, "attribute", known["name"])
        self.store.forget_attribute(self.code, known["name"])
        return self.done()

    @route("DELETE", "/contacts/attributes/multiple-choice/<name>/<option>")
    def delete_option(self, request, name, option):
        """One choice of several."""
        known = self._attribute("normal", name)
        if option not in known.get("multiCategoryOptions", []):
            raise Refusal(404, "Option not found")
        known["multiCategoryOptions"].remove(option)
        self.store.put(self.code, "attribute", known["name"], known)
        return self.done()

    # ------------------------------------------------------------------ shared
    def attributes(self) -> dict[str, dict[str, Any]]:
        """Name -> definition, as the API shows it."""
        found = self.store.find(self.code, "attribute")
        return {one["name"]: one for one in found}

    def fields(self, list_id: int) -> list[str]:
        """For the staff's form."""
        return list(self.attributes())

    def keep_attribute(
        self,
        name: str,
        category: str,
        type: str | None = None,
        enumeration: Any = (),
        options: Any = (),
        calculated: Any = None,
    ) -> None:
        """Define one."""
        shown: dict[str, Any] = {"name": name, "category": category, "field_key": name}
        if type:
            shown["type"] = type
        if category == "category":
            shown["enumeration"] = [
                {"value": n, "label": label, "valueStr": str(n)}
                for n, label in enumerate(enumeration, 1)
            ]
        if options:
            shown["multiCategoryOptions"] = list(options)
        if calculated:
            shown["calculatedValue"] = calculated
        self.store.put(self.code, "attribute", name, shown)

    def values(self, given: Any) -> dict[str, Any]:
        """What is kept of a write: the rest is dropped. "" empties."""
        known, kept = self.attributes(), {}
        for name, value in (given if isinstance(given, dict) else {}).items():
            one = known.get(str(name).upper())
            if one is None or one["category"] in ("calculated", "global"):
                continue
            if value == "":
                kept[one["name"]] = None
            elif (fit := _fit(value, one)) is not None:
                kept[one["name"]] = fit
        return kept

    def _attribute(self, category: str, name: str) -> dict[str, Any]:
        known = self.attributes().get(name.upper())
        if known is None or known["category"] != category:
            raise Refusal(404, "Attribute not found")
        return known


def _fit(value: Any, attribute: dict[str, Any]) -> Any:
    """The value as it is kept; None if it is of another type."""
    kind = attribute.get("type", "text")
    if attribute["category"] == "category":
        return _choice(value, attribute["enumeration"])
    if kind == "boolean":
        return value if isinstance(value, bool) else None
    if kind == "float":
        right = isinstance(value, int | float) and not isinstance(value, bool)
        return float(value) if right else None
    if kind == "date":
        try:
            return date.fromisoformat(value).isoformat()
        except (TypeError, ValueError):
            return None
    if kind == "multiple-choice":
        options = attribute.get("multiCategoryOptions", [])
        right = isinstance(value, list) and all(one in options for one in value)
        return value if right else None
    return value if isinstance(value, str) else None


def _choice(value: Any, enumeration: list[dict[str, Any]]) -> int | None:
    """The number of a choice, given by number or label."""
    for one in enumeration:
        if not isinstance(value, bool) and value in (one["value"], one["label"]):
            return one["value"]
    return None
