"""Read feedback reports in the Abuse Reporting Format (RFC 5965; rules C1 to C3)."""

from __future__ import annotations

import re

from ..sync.address import parse
from .mail import Mail, body, header_text, part_of_type, parts
from .vocabulary import Complaint

_REQUIRED = ("feedback-type", "user-agent", "version")


def complaint(mail: Mail) -> Complaint | None:
    """The complaint in a mail; None for anything but a complete report."""
    outer = mail.message
    if outer.get_content_type() != "multipart/report":
        return None
    # the parameter may be missing or misspelt; the part itself tells
    part = part_of_type(outer, "message/feedback-report")
    if part is None:
        return None
    fields = _fields(part)
    if not all(fields.get(name) for name in _REQUIRED):
        return None
    recipients = (
        parse(value.strip("<> ")).email
        for value in fields.get("original-rcpt-to", "").split("\n")
    )
    about = next(
        (
            inner
            for inner in parts(outer)
            if inner is not outer and inner.get("Message-ID")
        ),
        None,
    )
    headers = part_of_type(outer, "text/rfc822-headers")
    quoted = body(headers) if about is None and headers is not None else ""
    return Complaint(
        kind=fields["feedback-type"].split("\n")[0].strip().lower(),
        recipients=tuple(dict.fromkeys(filter(None, recipients))),
        message_id=_told(about, quoted, "Message-ID"),
        unsubscribe=_told(about, quoted, "List-Unsubscribe"),
    )


def _told(about, quoted: str, name: str) -> str:
    if about is not None:
        return header_text(about.get(name, ""))
    found = re.search(rf"^{name}:\s*(\S.*)$", quoted, re.IGNORECASE | re.MULTILINE)
    return found[1].strip() if found else ""


def _fields(part) -> dict[str, str]:
    """{name in lower case: values, one a line}."""
    payload = part.get_payload()
    if isinstance(payload, list) and payload:
        items = payload[0].items()
    else:
        lines = re.sub(r"\n[ \t]+", " ", body(part).replace("\r\n", "\n")).split("\n")
        items = [line.split(":", 1) for line in lines if ":" in line]
    fields: dict[str, str] = {}
    for name, value in items:
        key = name.strip().lower()
        text = header_text(value)
        fields[key] = f"{fields[key]}\n{text}" if key in fields else text
    return fields
