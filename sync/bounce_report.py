"""Read a delivery report (RFC 3464) out of a mail: for whom it failed, and why."""

from __future__ import annotations

from dataclasses import dataclass
from email.message import Message

from .address import parse


@dataclass(frozen=True, slots=True)
class Failure:
    """What a report says about one recipient; ``email`` is normalised."""

    email: str
    code: str
    text: str
    action: str


def read(message: Message) -> list[Failure]:
    """Return one entry for each recipient of each report in the mail (rule B2).

    The address that was written to counts, not the one it was forwarded to. Whatever
    cannot be read is left out; nothing raises.
    """
    found = []
    for part in message.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        payload = part.get_payload()
        # the library reads the groups of headers as messages; a broken one stays text
        for group in payload if isinstance(payload, list) else ():
            failure = _recipient(group)
            if failure:
                found.append(failure)
    return found


def _recipient(group: Message) -> Failure | None:
    email = _address(group, "Original-Recipient") or _address(group, "Final-Recipient")
    if not email:
        return None  # the group about the message itself
    text = " ".join(str(group.get("Diagnostic-Code", "")).split())
    return Failure(
        email=email,
        code=str(group.get("Status", "")).split("(")[0].strip(),
        text=text,
        action=str(group.get("Action", "")).split("(")[0].strip().lower(),
    )


def _address(group: Message, name: str) -> str:
    """The address behind "rfc822;", or ""."""
    _kind, _, raw = str(group.get(name, "")).rpartition(";")
    return parse(raw.strip()).email if raw else ""
