"""Fields: what is known of a contact. Their types are not delivered."""

from __future__ import annotations

from typing import Any

from ...store import Member
from ..base import Refusal, route
from .shapes import refused, written

BUILT_IN = {
    "FirstName": "line",
    "LastName": "line",
    "CompanyName": "line",
    "Street1": "line",
    "Street2": "line",
    "City": "line",
    "State": "line",
    "Zip": "line",
    "Country": "line",
    "PrivatePhone": "phone",
    "MobilePhone": "phone",
    "Phone": "phone",
    "Fax": "phone",
    "Website": "url",
    "Birthday": "date",
    "LeadValue": "number",
}
TYPES = (
    *("line", "paragraph", "email", "number", "url", "date"),
    *("time", "datetime", "html", "decimal", "phone"),
)
#: what an account has beside the built-in ones: label → type
CUSTOM = {"Kundennummer": "number", "Umsatz": "decimal", "Kunde seit": "date"}


class Fields:
    """Own fields are made in the web page only. A name nobody defined is dropped."""

    @route("GET", "/field")
    def list_fields(self, request):
        """Name with the prefix ``field`` → label."""
        return {f"field{one['id']}": one["name"] for one in self._fields()}

    @route("GET", "/field/<id>")
    def read_field(self, request, id):
        """One, asked without the prefix."""
        found = self.store.get(self.code, "field", id)
        if found is None:
            raise Refusal(404, self.text("missing"))
        return {"id": found["id"], "name": found["name"]}

    # ----------------------------------------------------------------- shared
    def prepare_fields(self) -> None:
        """The built-in ones, and one for each type that reads unlike it is written."""
        for name, kind in BUILT_IN.items():
            self._keep(name, name, kind)
        for label, kind in CUSTOM.items():
            self.new_field(label, kind)

    def new_field(self, label: str, kind: str = "line") -> str:
        """As the staff makes it; its name with the prefix."""
        if kind not in TYPES:
            raise Refusal(400, f"no such type: {kind}")
        id = str(self.store.next_number())
        self._keep(id, label, kind)
        return f"field{id}"

    def fields(self, list_id: int) -> list[str]:
        """Names with their prefix."""
        return [f"field{one['id']}" for one in self._fields()]

    def values(self, contact: Member) -> dict[str, str]:
        """All fields; "" where nothing is known."""
        return {name: contact.shared.get(name, "") for name in self.fields(0)}

    def set_values(self, contact: Member, given: Any, code: int = 8) -> None:
        """Values after a write; unnamed ones stay.

        :raises Refusal: 406 with ``code`` for a value that does not fit its type
        """
        if not isinstance(given, dict):
            return
        known = {f"field{one['id']}": one for one in self._fields()}
        for name, value in given.items():
            field = known.get(name)
            if field is None:
                continue
            try:
                contact.shared[name] = written(field["kind"], value)
            except ValueError as problem:
                raise refused(
                    code,
                    field=name,
                    name=field["name"],
                    field_value=value,
                    reason=str(problem),
                ) from None

    def _fields(self) -> list[dict[str, Any]]:
        """In the order in which they were made."""
        found = self.store.find(self.code, "field")
        return sorted(found, key=lambda field: field["order"])

    def _keep(self, id: str, name: str, kind: str) -> None:
        order = self.store.next_number()
        field = {"id": id, "name": name, "kind": kind, "order": order}
        self.store.put(self.code, "field", id, field)
