"""Read the bytes of a mail (RFC 5322, MIME), however broken they are."""

from __future__ import annotations

import email
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.errors import MessageError
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses

from ..sync.address import normalise
from .text import LONGEST, clean, decode, from_html, unflow

#: what the standard library raises for headers and parts that it cannot read
BROKEN = (MessageError, ValueError, LookupError, TypeError, AttributeError)
#: fewer letters are "see the HTML part", not a text
_SHORT = 12
_MOST_PARTS = 200
_RECIPIENTS = {"to", "cc", "delivered-to", "x-original-to", "resent-to", "envelope-to"}
_MOST_HEADERS = 300
_LONGEST_HEAD = 200_000


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail, read as far as it can be.

    ``headers``: names in lower case, values decoded, in their order. ``readable`` is
    false where even the structure could not be read; ``text`` then holds the bytes.
    """

    message: Message = field(repr=False, compare=False)
    headers: tuple[tuple[str, str], ...]
    sender: str
    sender_name: str
    recipients: tuple[str, ...]
    subject: str
    text: str
    message_id: str = ""
    readable: bool = True

    def header(self, name: str) -> str:
        """The first header of that name, "" if there is none."""
        return next((value for key, value in self.headers if key == name), "")

    def has(self, name: str) -> bool:
        return any(key == name for key, _value in self.headers)


def read(raw: bytes) -> Mail:
    """Never raises: what cannot be read is left empty."""
    try:
        message = email.message_from_bytes(raw)
        return _read(message)
    except (*BROKEN, RecursionError):
        return _unreadable(raw)


def addressed(raw: bytes) -> set[str]:
    """The addresses that a mail was sent to, from its headers alone."""
    head = raw[:_LONGEST_HEAD].replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    mail = read(head + b"\n\n")
    return set(mail.recipients)


def parts(message: Message) -> Iterator[Message]:
    """All parts from the outside to the inside, without recursion; not endless."""
    waiting = [message]
    for _number in range(_MOST_PARTS):
        if not waiting:
            return
        part = waiting.pop(0)
        yield part
        payload = part.get_payload()
        if isinstance(payload, list):
            waiting[:0] = [sub for sub in payload if isinstance(sub, Message)]


def part_of_type(message: Message, *types: str) -> Message | None:
    return next((p for p in parts(message) if p.get_content_type() in types), None)


def header_text(value: object) -> str:
    """A header with its encoded words decoded, in one line."""
    try:
        pieces = decode_header(str(value))
    except BROKEN:
        pieces = [(str(value), None)]
    words = [
        decode(piece, charset) if isinstance(piece, bytes) else piece
        for piece, charset in pieces
    ]
    text = "".join(words).encode("utf-8", "surrogateescape")
    return " ".join(decode(text, "utf-8").split())[:LONGEST]


def body(part: Message) -> str:
    """The text of one part, decoded and with soft line ends joined."""
    try:
        data = part.get_payload(decode=True)
    except BROKEN:
        data = None
    if not isinstance(data, bytes):
        payload = part.get_payload()
        data = str(payload if isinstance(payload, str) else "").encode(
            "utf-8", "surrogateescape"
        )
    text = decode(data, _parameter(part, "charset"))
    if part.get_content_type() == "text/html":
        return from_html(text)
    if _parameter(part, "format").lower() == "flowed":
        return unflow(text, _parameter(part, "delsp").lower() == "yes")
    return text


def _read(message: Message) -> Mail:
    headers = tuple(
        (name.lower(), header_text(value))
        for name, value in message.items()[:_MOST_HEADERS]
    )
    named = dict(reversed(headers))
    senders = _addresses([named.get("from", "")])
    name, address = senders[0] if senders else ("", "")
    recipients = _addresses(value for key, value in headers if key in _RECIPIENTS)
    return Mail(
        message=message,
        headers=headers,
        sender=address,
        sender_name=name,
        recipients=tuple(dict.fromkeys(address for _name, address in recipients)),
        subject=named.get("subject", ""),
        text=clean(_text(message)),
        message_id=named.get("message-id", ""),
    )


def _unreadable(raw: bytes) -> Mail:
    _head, _gap, text = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
    return Mail(Message(), (), "", "", (), "", clean(decode(text, None)), "", False)


def _addresses(values) -> list[tuple[str, str]]:
    try:
        found = getaddresses(list(values))
    except (*BROKEN, RecursionError):
        return []
    return [(name, normalise(address)) for name, address in found if "@" in address]


def _parameter(part: Message, name: str) -> str:
    try:
        value = part.get_param(name, "")
        return str(value[2] if isinstance(value, tuple) else value or "")
    except BROKEN:
        return ""


def _text(message: Message) -> str:
    """The words a person sees: the plain parts, or the HTML where they say nothing."""
    plain, pages = [], []
    for part in _shown(message):
        kind = part.get_content_type()
        if kind == "text/html":
            pages.append(part)
        elif kind.startswith("text/") and kind != "text/calendar":
            plain.append(part)
    text = "\n\n".join(body(part) for part in plain)
    if pages and len("".join(text.split())) < _SHORT:
        return "\n\n".join(body(part) for part in pages)
    return text


def _shown(message: Message) -> Iterator[Message]:
    """The parts that are shown as text: no attachments, no mails within the mail."""
    waiting = [message]
    for _number in range(_MOST_PARTS):
        if not waiting:
            return
        part = waiting.pop(0)
        if part.get_content_maintype() == "message":
            continue
        payload = part.get_payload()
        if isinstance(payload, list):
            subs = [sub for sub in payload if isinstance(sub, Message)]
            if part.get_content_type() == "multipart/report":
                # the words for a person; the rest is for machines
                subs = subs[:1]
            waiting[:0] = subs
        elif "attachment" not in str(part.get("Content-Disposition", "")).lower():
            yield part
