"""The words that every layer shares: status, consent, a person as a tool knows them.

All times are aware UTC; ``None`` means "the tool does not say", never "now".
All addresses are normalised once, on the way in (see ``sync.address``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from types import MappingProxyType
from typing import Any

EMPTY: Mapping[str, Any] = MappingProxyType({})


def empty() -> Mapping[str, Any]:
    """The mapping without entries, as ``default_factory`` of a dataclass field.

    A mapping proxy cannot be a plain default before Python 3.12: it has no hash.
    """
    return EMPTY


#: A field's value as it crosses the border: text, number, truth, day, moment, nothing.
Value = str | int | float | bool | date | datetime | None


class Status(str, Enum):
    """State of one address on one list. Bounces are reported by the tool only."""

    SUBSCRIBED = "subscribed"
    UNSUBSCRIBED = "unsubscribed"
    PENDING = "pending"
    HARD_BOUNCE = "hard_bounce"
    SOFT_BOUNCE = "soft_bounce"
    GENERAL_BOUNCE = "general_bounce"
    BLOCKED = "blocked"


class Consent(str, Enum):
    """Opt-in state of one address (single: given, but not confirmed by a click)."""

    NONE = "none"
    SINGLE = "single"
    PENDING = "pending"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class RemoteMember:
    """One person on one list of the tool, in our words.

    ``values`` is keyed by the tool's own technical attribute names, exactly as
    ``Connector.fields()`` lists them; the mapping to Odoo is the models' business.
    """

    remote_id: str
    email: str
    status: Status
    status_at: datetime | None = None
    values: Mapping[str, Value] = field(default_factory=empty)
    tags: frozenset[str] = frozenset()
    changed_at: datetime | None = None
    #: When the tool itself saw the person's double opt-in click, and from where.
    opt_in_at: datetime | None = None
    opt_in_ip: str = ""
    #: Why the person left, or what the bounce said, in the tool's words.
    reason: str = ""
    raw: Mapping[str, Any] = field(default_factory=empty, compare=False, repr=False)
