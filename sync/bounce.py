"""What a bounce says about an address, and when it may not be mailed any more.

The codes are those of RFC 3463 and the IANA registry. What the sender did (policy,
size, protocol) is never held against the address; what may pass is counted and only
held against it after some time without a delivery.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from .vocabulary import Status


class Kind(str, Enum):
    """How a bounce is to be read."""

    #: the address does not exist: undeliverable at once
    HARD = "hard"
    #: probably so: undeliverable when it is said again some days later
    REPEATED = "repeated"
    #: full, absent, not reachable now
    SOFT = "soft"
    #: nobody can tell
    GENERAL = "general"
    #: the message or the protocol was at fault
    FAULT = "fault"
    #: the sender is not wanted there
    POLICY = "policy"
    #: no failure at all: delayed, delivered, relayed, expanded
    NONE = "none"


#: kinds that say something about the address
ABOUT_ADDRESS = frozenset({Kind.HARD, Kind.REPEATED, Kind.SOFT, Kind.GENERAL})

#: enhanced codes, looked up exactly, then by their first two parts, then by the first
CODES: dict[str, Kind] = {
    **dict.fromkeys(("5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"), Kind.HARD),
    "5.7.13": Kind.HARD,
    **dict.fromkeys(("5.2.1", "5.4.4", "5.1.0"), Kind.REPEATED),
    **dict.fromkeys(("5.2.2", "5.4.1", "5.4.7"), Kind.SOFT),
    **dict.fromkeys(("5.2.3", "5.3.4", "5.5", "5.6"), Kind.FAULT),
    **dict.fromkeys(("5.1.7", "5.1.8", "5.7", "4.7"), Kind.POLICY),
    "4": Kind.SOFT,
}
#: failures without a subject; the text decides whether the mailbox is meant
VAGUE = frozenset({"5.0.0"})
#: the address has moved; a new one may be known
MOVED = frozenset({"5.1.6"})

#: says that there is no such mailbox, in English and German
_UNKNOWN_MAILBOX = re.compile(
    r"""(user|mailbox|recipient|address|account|empf(ä|ae?)nger|adresse|postfach)
        [^.\n]{0,40}
        (unknown|not\s+found|does\s*n.t\s+exist|does\s+not\s+exist|not\s+exist|invalid
         |disabled|no\s+longer|unbekannt|existiert\s+nicht|nicht\s+gefunden|ung(ü|ue)ltig)
      | (no\s+such|unknown|invalid|unbekannter?)\s+
        (user|mailbox|recipient|address|account|empf(ä|ae?)nger|adresse|benutzer)
    """,
    re.IGNORECASE | re.VERBOSE,
)
_ENHANCED = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_REPLY = re.compile(r"(?<![\d.])([45])\d\d(?![\d.])")
_FAILED = ("", "failed")


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When bounces that may pass are held against an address; administrators' data."""

    #: probably unknown: so many, the first and the last so many days apart
    repeated: int = 2
    repeated_days: int = 3
    #: soft and general: the same, without a delivery in between
    soft: int = 5
    soft_days: int = 14


@dataclass(frozen=True, slots=True)
class Event:
    """One bounce that was read already."""

    kind: Kind
    at: datetime


def code_of(code: str, text: str = "") -> str:
    """Return the enhanced status code in a code or text, "" if there is none."""
    found = _ENHANCED.search(code or "") or _ENHANCED.search(text or "")
    return ".".join(found.groups()) if found else ""


def classify(
    code: str = "", text: str = "", *, action: str = "", said: Status | None = None
) -> Kind:
    """Read one bounce.

    :param code: an enhanced code, an SMTP reply or the tool's own word
    :param action: of a delivery report; only ``failed`` counts (rule B1)
    :param said: what the tool made of it; its hard wins over the code (rule B3)
    """
    if action.strip().lower() not in _FAILED:
        return Kind.NONE
    if said is Status.HARD_BOUNCE:
        return Kind.HARD
    kind = _by_code(code, text)
    if kind is None and said is Status.SOFT_BOUNCE:
        return Kind.SOFT
    return kind or Kind.GENERAL


def _by_code(code: str, text: str) -> Kind | None:
    """What the code means, None if nobody can tell."""
    enhanced = code_of(code, text)
    if not enhanced:
        reply = _REPLY.search(code or "") or _REPLY.search(text or "")
        if not reply:
            return None
        if reply[1] == "4":
            return Kind.SOFT
        return Kind.REPEATED if _UNKNOWN_MAILBOX.search(text or "") else None
    if enhanced.startswith("2"):
        return Kind.NONE
    if enhanced in VAGUE:
        return Kind.REPEATED if _UNKNOWN_MAILBOX.search(text or "") else None
    parts = enhanced.split(".")
    for length in (3, 2, 1):
        kind = CODES.get(".".join(parts[:length]))
        if kind is not None:
            return kind
    return None


def suggests_move(code: str, text: str = "") -> bool:
    """Whether the bounce says that the mailbox has another address now."""
    return code_of(code, text) in MOVED


def judge(
    events: Iterable[Event],
    delivered_at: datetime | None = None,
    thresholds: Thresholds = Thresholds(),
) -> Status | None:
    """Return what the bounces of one address come to; None: it may be mailed.

    :param delivered_at: when a mail is known to have arrived last; what bounced softly
        before it does not count any more
    """
    about = sorted(
        (event for event in events if event.kind in ABOUT_ADDRESS),
        key=lambda event: event.at,
    )
    if any(event.kind is Kind.HARD for event in about):
        return Status.HARD_BOUNCE
    since = [
        event for event in about if delivered_at is None or event.at > delivered_at
    ]
    repeated = [event.at for event in since if event.kind is Kind.REPEATED]
    if _lasts(repeated, thresholds.repeated, thresholds.repeated_days):
        return Status.HARD_BOUNCE
    if _lasts([event.at for event in since], thresholds.soft, thresholds.soft_days):
        return Status.HARD_BOUNCE
    if not since:
        return None
    if all(event.kind is Kind.GENERAL for event in since):
        return Status.GENERAL_BOUNCE
    return Status.SOFT_BOUNCE


def _lasts(moments: list[datetime], number: int, days: int) -> bool:
    """Whether there are enough of them, far enough apart."""
    return len(moments) >= number and moments[-1] - moments[0] >= timedelta(days=days)


def too_many_refusals(policy: int, sent: int, percent: float = 1.0) -> bool:
    """Whether too much of a mailing was refused for the sake of its sender."""
    return sent > 0 and policy * 100 > percent * sent
