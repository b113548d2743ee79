"""Interests: named choices in categories; a member refers to them by id."""

from __future__ import annotations

import secrets
from typing import Any

from ..base import Refusal, route
from .shapes import cut, field_error, list_hex

KINDS = ("checkboxes", "dropdown", "radio", "hidden")


class Interests:
    """Reading and making; renaming and deleting are left out."""

    @route("GET", "/3.0/lists/<audience>/interest-categories")
    def list_categories(self, request, audience):
        """Categories of an audience."""
        entry = self.audience(audience)
        found = self.store.find(self.code, "category", entry.id)
        return {
            "list_id": list_hex(entry.id),
            "categories": cut(found, request.args),
            "total_items": len(found),
            "_links": [],
        }

    @route("POST", "/3.0/lists/<audience>/interest-categories")
    def create_category(self, request, audience):
        """``title`` and ``type`` are needed."""
        entry, body = self.audience(audience), self.body(request)
        if not body.get("title"):
            raise field_error("title", "This value should not be blank.")
        if body.get("type") not in KINDS:
            raise field_error("type", f"Value must be one of: {', '.join(KINDS)}")
        made = {
            "list_id": list_hex(entry.id),
            "id": secrets.token_hex(5),
            "title": str(body["title"]),
            "display_order": 0,
            "type": body["type"],
            "_links": [],
        }
        return self.store.put(self.code, "category", made["id"], made, entry.id)

    @route("GET", "/3.0/lists/<audience>/interest-categories/<category>/interests")
    def list_interests(self, request, audience, category):
        """Those of a category."""
        entry = self.audience(audience)
        self._category(entry.id, category)
        found = [o for o in self.interests(entry.id) if o["category_id"] == category]
        return {
            "interests": cut(found, request.args),
            "list_id": list_hex(entry.id),
            "category_id": category,
            "total_items": len(found),
            "_links": [],
        }

    @route("POST", "/3.0/lists/<audience>/interest-categories/<category>/interests")
    def create_interest(self, request, audience, category):
        """``name`` is needed."""
        entry, body = self.audience(audience), self.body(request)
        self._category(entry.id, category)
        if not body.get("name"):
            raise field_error("name", "This value should not be blank.")
        made = {
            "category_id": category,
            "list_id": list_hex(entry.id),
            "id": secrets.token_hex(5),
            "name": str(body["name"]),
            "subscriber_count": "0",
            "display_order": 0,
            "_links": [],
        }
        return self.store.put(self.code, "interest", made["id"], made, entry.id)

    def interests(self, list_id: int) -> list[dict[str, Any]]:
        """All of an audience."""
        return self.store.find(self.code, "interest", list_id)

    def _category(self, list_id: int, id: str) -> None:
        if self.store.get(self.code, "category", id, list_id) is None:
            raise Refusal(404)
