"""Merge fields: an audience's attributes, their types and their values."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from werkzeug.wrappers import Response

from ...store import number
from ..base import Refusal, route
from .shapes import chosen, cut, field_error, invalid, list_hex, problem

TYPES = (
    *("text", "number", "address", "phone", "date", "url"),
    *("imageurl", "radio", "dropdown", "birthday", "zip"),
)
FIRST = (
    ("FNAME", "First Name", "text"),
    ("LNAME", "Last Name", "text"),
    ("ADDRESS", "Address", "address"),
    ("PHONE", "Phone Number", "phone"),
)
LIMIT = 30
PARTS = ("addr1", "addr2", "city", "state", "zip", "country")


class MergeFields:
    """Tags are at most ten capital letters, digits and underscores."""

    @route("GET", "/3.0/lists/<audience>/merge-fields")
    def list_fields(self, request, audience):
        """Those of an audience; the address itself is not listed."""
        entry, args = self.audience(audience), request.args
        found = self.definitions(entry.id)
        if args.get("type"):
            found = [one for one in found if one["type"] == args["type"]]
        if args.get("required"):
            wanted = args["required"].lower() in ("true", "1")
            found = [one for one in found if one["required"] is wanted]
        answer = {
            "merge_fields": cut(found, args),
            "list_id": list_hex(entry.id),
            "total_items": len(found),
            "_links": [],
        }
        return chosen(answer, args)

    @route("POST", "/3.0/lists/<audience>/merge-fields")
    def create_field(self, request, audience):
        """``name`` and ``type`` are needed, ``tag`` is made up if missing."""
        return self.new_field(self.audience(audience).id, **self.body(request))

    @route("GET", "/3.0/lists/<audience>/merge-fields/<id>")
    def read_field(self, request, audience, id):
        """One."""
        return self._definition(self.audience(audience).id, id)

    @route("PATCH", "/3.0/lists/<audience>/merge-fields/<id>")
    def change_field(self, request, audience, id):
        """The type stays."""
        list_id = self.audience(audience).id
        known, body = self._definition(list_id, id), self.body(request)
        for key in ("name", "required", "default_value", "public", "help_text"):
            known[key] = body.get(key, known[key])
        known["options"] |= body.get("options") or {}
        return self.store.put(self.code, "field", known["merge_id"], known, list_id)

    @route("DELETE", "/3.0/lists/<audience>/merge-fields/<id>")
    def delete_field(self, request, audience, id):
        """With everybody's value."""
        list_id = self.audience(audience).id
        known = self._definition(list_id, id)
        self.store.drop(self.code, "field", known["merge_id"], list_id)
        self.store.forget_attribute(self.code, known["tag"], list_id)
        return Response(status=204)

    # ----------------------------------------------------------------- shared
    def prepare_fields(self, list_id: int) -> None:
        """What a new audience has."""
        for tag, name, kind in FIRST:
            self.new_field(list_id, name=name, type=kind, tag=tag)

    def fields(self, list_id: int) -> list[str]:
        """Tags of an audience."""
        return [one["tag"] for one in self.definitions(list_id)]

    def definitions(self, list_id: int) -> list[dict[str, Any]]:
        """All fields of an audience, in the order in which they were made."""
        return self.store.find(self.code, "field", list_id)

    def new_field(
        self, list_id: int, name: Any = "", type: Any = "", tag: Any = "", **more: Any
    ) -> dict[str, Any]:
        """Define one."""
        for key, value in (("name", name), ("type", type)):
            if not isinstance(value, str) or not value.strip():
                raise field_error(key, "This value should not be blank.")
        if type not in TYPES:
            raise field_error("type", f"Value must be one of: {', '.join(TYPES)}")
        known = self.definitions(list_id)
        if len(known) >= LIMIT:
            raise problem(
                400, "Bad Request", f"You can have only {LIMIT} merge fields."
            )
        merge_id = max((one["merge_id"] for one in known), default=0) + 1
        tag = str(tag or f"MMERGE{merge_id}").upper()
        if not re.fullmatch(r"[A-Z0-9_]{1,10}", tag) or tag == "EMAIL":
            raise field_error("tag", "Invalid merge tag")
        if any(tag == one["tag"] for one in known):
            text = f'A Merge Field with the tag "{tag}" already exists for this list.'
            raise problem(400, "Bad Request", text)
        options = {"size": 25} if type == "text" else {}
        definition = {
            "merge_id": merge_id,
            "tag": tag,
            "name": name,
            "type": type,
            "required": bool(more.get("required")),
            "default_value": str(more.get("default_value") or ""),
            "public": bool(more.get("public")),
            "display_order": merge_id + 1,
            "options": options | (more.get("options") or {}),
            "help_text": str(more.get("help_text") or ""),
            "list_id": list_hex(list_id),
            "_links": [],
        }
        return self.store.put(self.code, "field", merge_id, definition, list_id)

    def merged(
        self, list_id: int, known: dict[str, Any], given: Any, check: bool
    ) -> dict[str, Any]:
        """Values after a write; unknown tags are dropped, ``""`` empties.

        :param check: whether required fields have to be there
        :raises Refusal: 400 naming the fields that do not fit
        """
        if given is not None and not isinstance(given, dict):
            raise field_error(
                "merge_fields", "Schema describes object, wrong type found"
            )
        values, errors = dict(known), []
        for one in self.definitions(list_id):
            tag = one["tag"]
            if given and given.get(tag) is not None:
                try:
                    values[tag] = _value(one, given[tag])
                except (TypeError, ValueError) as wrong:
                    errors.append((tag, str(wrong)))
            if check and one["required"] and values.get(tag, "") == "":
                errors.append((tag, "This field should not be blank"))
        if errors:
            raise invalid("Your merge fields were invalid.", *errors)
        return values

    def _definition(self, list_id: int, id: Any) -> dict[str, Any]:
        known = self.store.get(self.code, "field", number(id), list_id)
        if known is None:
            raise Refusal(404)
        return known


def _value(field: dict[str, Any], given: Any) -> Any:
    """A value as it is kept.

    :raises TypeError, ValueError: with the reason, if it does not fit
    """
    kind = field["type"]
    if isinstance(given, bool):
        raise TypeError("Schema describes string, boolean found instead")
    if given == "":
        return ""
    if kind == "address":
        return _postal(given)
    if kind == "number":
        return _figure(given)
    if not isinstance(given, (str, int, float)):
        raise TypeError("Schema describes string, wrong type found")
    text = str(given)
    if kind in ("radio", "dropdown"):
        choices = field["options"].get("choices") or []
        if text not in choices:
            listed = "".join(f"{choice}, " for choice in choices)
            raise ValueError(f"Value must be one of: {listed} (not {text})")
    elif kind == "date":
        return _day(text)
    elif kind in _PATTERNS:
        pattern, message = _PATTERNS[kind]
        us = field["options"].get("phone_format") == "US"
        if (kind != "phone" or us) and not re.fullmatch(pattern, text):
            raise ValueError(message)
    return text


_PATTERNS = {
    "birthday": (r"(0[1-9]|1[0-2])/(0[1-9]|[12]\d|3[01])", "Please enter MM/DD"),
    "phone": (r"\d{3}-\d{3}-\d{4}", "Please enter a valid phone number"),
    "url": (r"https?://\S+", "Please enter a complete URL"),
    "imageurl": (r"https?://\S+", "Please enter a complete URL"),
    "zip": (r"\d{5}", "Please enter a valid zip code"),
}


def _figure(given: Any) -> int | float:
    try:
        figure = float(given)
    except (TypeError, ValueError):
        raise ValueError("Please enter a number") from None
    return int(figure) if figure.is_integer() else figure


def _day(text: str) -> str:
    for form in ("%Y-%m-%d", "%m/%d/%Y"):
        try:
            return datetime.strptime(text[:10], form).strftime("%Y-%m-%d")
        except ValueError:
            continue
    raise ValueError("Please enter the date")


def _postal(given: Any) -> Any:
    if not isinstance(given, dict):
        raise TypeError("Please enter a complete address")
    parts = {key: str(given.get(key) or "") for key in PARTS}
    if not any(parts.values()):
        return ""
    if not all(parts[key] for key in ("addr1", "city", "state", "zip")):
        raise ValueError("Please enter a complete address")
    return parts
