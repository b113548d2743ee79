"""What a connector has read about attributes, as JSON for the next one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from .records import FieldType, RemoteField


def as_json(fields: Mapping[str, RemoteField]) -> list[dict[str, Any]]:
    """Attributes by name as plain values."""
    return [{**asdict(field), "type": field.type.value} for field in fields.values()]


def from_json(listed: Iterable[Mapping[str, Any]]) -> dict[str, RemoteField]:
    """The reverse of :func:`as_json`."""
    return {
        told["name"]: RemoteField(
            **{
                **told,
                "type": FieldType(told["type"]),
                "choices": tuple(told["choices"]),
            }
        )
        for told in listed
    }


class FieldMemory:
    """For connectors that hold attributes by list in ``_known_fields``."""

    _known_fields: dict[str, dict[str, RemoteField]]

    def knowledge(self) -> dict[str, Any]:
        return {
            list_id: as_json(fields)
            for list_id, fields in list(self._known_fields.items())
        }

    def recall(self, knowledge: Mapping[str, Any]) -> None:
        self._known_fields = {
            list_id: from_json(listed) for list_id, listed in knowledge.items()
        }
