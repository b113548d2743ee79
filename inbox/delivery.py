"""Read delivery reports: RFC 3464, and what mailers write instead of it.

The standard's own groups are read here, because the addresses alone, as `flufl.bounce`
gives them, do not say what was refused and why. Reports in a form of the mailer's own
are left to that library, which knows them from decades of Mailman.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.message import Message

from flufl.bounce import all_failures

from ..sync.address import parse
from .mail import BROKEN, Mail, body, header_text, part_of_type, parts
from .text import decode
from .vocabulary import Bounced, Report

ACTIONS = ("failed", "delayed", "delivered", "relayed", "expanded")
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_SENDERS = re.compile(
    r"(mailer-?daemon|postmaster|mail-?daemon|mdaemon|mdadmin)@", re.IGNORECASE
)
_SUBJECTS = re.compile(
    r"undeliver|delivery (status|failure|report)|returned mail|failure notice"
    r"|mail delivery|unzustellbar|nicht zugestellt|delivery has failed|rejected",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"[\w.+%-]{1,64}@[\w-]+(?:\.[\w-]+)+")
_COPY = re.compile(
    r"^-{2,}.{0,60}(?:original|copy|kopie|header|below this line).{0,60}$",
    re.IGNORECASE | re.MULTILINE,
)
_PERMANENT = re.compile(
    r"permanent|\b55\d\b|could not be delivered|couldn't be delivered|unknown user"
    r"|user unknown|nicht zugestellt|unzustellbar|does not exist|existiert nicht",
    re.IGNORECASE,
)
_MESSAGE_ID = re.compile(
    r"^message-id:\s*(<[^<>\s]{3,250}>)", re.IGNORECASE | re.MULTILINE
)


def report(mail: Mail) -> Report | None:
    """The delivery report in a mail, or None if it is none. Never raises.

    A read receipt is none, though it comes in the same envelope.
    """
    receipt = part_of_type(mail.message, "message/disposition-notification")
    if receipt is not None:
        return None
    status_part = part_of_type(mail.message, "message/delivery-status")
    recipients = tuple(_groups(status_part)) if status_part is not None else ()
    if not recipients and _looks_like_one(mail, status_part):
        recipients = tuple(_by_library(mail)) or tuple(_by_words(mail))
    return Report(recipients, _message_id(mail)) if recipients else None


def _looks_like_one(mail: Mail, status_part: Message | None) -> bool:
    """Only then the library is asked: it also finds reports that a person quotes."""
    kind = mail.message.get_content_type()
    if status_part is not None or kind == "multipart/report":
        return True
    from_daemon = bool(_SENDERS.match(mail.sender))
    return from_daemon or (
        mail.has("return-path")
        and mail.header("return-path").strip() in ("", "<>")
        and bool(_SUBJECTS.search(mail.subject))
    )


def _groups(part: Message) -> Iterator[Bounced]:
    """Each per-recipient group of the report (rule B2)."""
    seen = set()
    for fields in _fields(part):
        # what the sender wrote first: the final address may be a forwarder's
        email = _address(fields, "original-recipient") or _address(
            fields, "final-recipient"
        )
        if not email or email in seen:
            continue
        seen.add(email)
        action = fields.get("action", "").lower().split(" ")[0].strip(";,")
        text = fields.get("diagnostic-code", "")
        found = _STATUS.search(fields.get("status", "")) or _STATUS.search(text)
        yield Bounced(
            email,
            action if action in ACTIONS else "",
            found[1] if found else "",
            _after_type(text),
        )


def _fields(part: Message) -> Iterator[dict[str, str]]:
    payload = part.get_payload()
    if isinstance(payload, list):
        for group in payload:
            if isinstance(group, Message):
                yield {
                    name.lower(): header_text(value) for name, value in group.items()
                }
        return
    # a mailer that encoded the part, so that the parser left it alone
    for paragraph in body(part).replace("\r\n", "\n").split("\n\n"):
        lines = re.sub(r"\n[ \t]+", " ", paragraph).split("\n")
        pairs = (line.partition(":") for line in lines if ":" in line)
        yield {name.strip().lower(): value.strip() for name, _colon, value in pairs}


def _address(fields: dict[str, str], name: str) -> str:
    text = _after_type(fields.get(name, "")).strip("<> ")
    text = re.sub(r"\+([0-9A-F]{2})", lambda code: chr(int(code[1], 16)), text)
    return parse(text).email


def _after_type(text: str) -> str:
    """Without the leading "rfc822;" or "smtp;"."""
    kind, semicolon, rest = text.partition(";")
    return rest.strip() if semicolon and re.fullmatch(r"[\w-]+", kind) else text.strip()


def _by_library(mail: Mail) -> Iterator[Bounced]:
    """Reports in a mailer's own form; one status code stands for all addresses."""
    try:
        temporary, permanent = all_failures(mail.message)
    except (*BROKEN, AssertionError, RecursionError):
        return
    found = _STATUS.search(mail.text)
    status = found[1] if found else ""
    for action, addresses in (("failed", permanent), ("delayed", temporary)):
        for address in sorted(map(_text_of, addresses)):
            email = parse(address).email
            if email:
                yield Bounced(email, action, status, _line_about(mail.text, email))


def _by_words(mail: Mail) -> Iterator[Bounced]:
    """What neither the standard nor the library knows: the addresses above the copy."""
    text = _COPY.split(mail.text)[0]
    if not _PERMANENT.search(text):
        return
    found = _STATUS.search(text)
    for address in dict.fromkeys(_ADDRESS.findall(text)):
        email = parse(address).email
        if email and email not in (mail.sender, *mail.recipients):
            yield Bounced(
                email, "failed", found[1] if found else "", _line_about(text, email)
            )


def _text_of(address: str | bytes) -> str:
    return decode(address, None) if isinstance(address, bytes) else str(address)


def _line_about(text: str, email: str) -> str:
    """What the report says near the address."""
    lines = [line.strip() for line in text.splitlines()]
    for number, line in enumerate(lines):
        if email in line.lower():
            return " ".join(filter(None, lines[number : number + 4]))[:300]
    return ""


def _message_id(mail: Mail) -> str:
    """The Message-ID of the mail that came back (rule B4), "" if it is not told."""
    for part in parts(mail.message):
        if part is mail.message:
            continue
        kind = part.get_content_type()
        if part.get("Message-ID") and kind != "message/delivery-status":
            return header_text(part["Message-ID"])
        if kind in ("text/rfc822-headers", "message/rfc822-headers"):
            found = _MESSAGE_ID.search(body(part))
            if found:
                return found[1]
    found = _MESSAGE_ID.search(mail.text)
    if found:
        return found[1]
    references = mail.header("references") or mail.header("in-reply-to")
    return references.split()[-1] if references else ""
