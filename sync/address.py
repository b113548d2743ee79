"""Read an e-mail address out of a free text field, and say why it cannot be used.

One mailbox must have one spelling everywhere, because Odoo is searched by that
spelling when somebody opts out. So an address counts as valid only in the very form
that Odoo keeps as ``email_normalized``; an odd spelling (decomposed accents, full-width
letters, a trailing dot) is reported as invalid rather than repaired in silence.

Only the syntax is checked, never DNS. Domains that nobody can mail (``.local``,
``.invalid``, ``.onion`` …) are invalid; ``.test`` and ``example.*`` pass, because
demonstrations and tests live there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from email_validator import SPECIAL_USE_DOMAIN_NAMES, validate_email

Problem = Literal["no_address", "no_mailing", "invalid"]

#: Clerks keep a person out by writing this next to, or into, the address.
_NO_MAILING = re.compile(
    r"[\[({]\s*no[\s_-]*mailing\s*[\])}]|\bno\s+mailing\b", re.IGNORECASE
)
_QUOTED_NAME = re.compile(r'"[^"]*"(?=\s*<)')
_COMMENT = re.compile(r"\([^()]*\)")
_CAPTION = re.compile(r"^[^@]*:")  # "mailto:", "E-Mail:"
#: Words, the address, then nothing or another address.
_BARE = re.compile(r"(?:[^ @]+ )*([^ @]+@[^ ]+)(?: [^ ]*@.*)?")
_IN_BRACKETS = re.compile(r"[^<>@]*<\s*([^<>\s]+)\s*>")

_MAX_LENGTH = 254
_LABEL = r"(?!..--)[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
#: Plain enough to need no library, which takes a hundred times as long.
_PLAIN_LOCAL = re.compile(r"(?=.{1,64}\Z)[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*")
_PLAIN_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+[A-Za-z]{{2,63}}")
#: So many domains are remembered as plain or not: most people share a few.
_DOMAINS = 4096
_UNMAILABLE = tuple(
    at + domain
    for domain in SPECIAL_USE_DOMAIN_NAMES
    if domain != "test"
    for at in ("@", ".")
)

#: For a whole table of addresses, in PostgreSQL as well as here: what fits the first in
#: at most ``SURE_LENGTH`` characters, and not the second, needs no closer reading.
SURE = r"^[a-z0-9_+-]+(\.[a-z0-9_+-]+)*@([a-z0-9]+(-[a-z0-9]+)*\.)+[a-z]{2,}$"
SURE_LENGTH = 64
UNMAILABLE = rf"[@.]({'|'.join(re.escape(name[1:]) for name in _UNMAILABLE[::2])})$"


@dataclass(frozen=True, slots=True)
class Address:
    """What a text field says: the usable address, or the reason why there is none.

    With the problem ``no_mailing`` the address is still told if it can be read, so that
    it can be signed off at the tool.
    """

    raw: str
    email: str
    problem: Problem | None = None


def parse(raw: str | None) -> Address:
    """Return the first address of a text such as ``Anna <anna@example.org>, b@…``.

    A first address that is broken makes the result invalid, even if a good one follows:
    Odoo too goes by the first, and two answers to "which address" would be worse.
    """
    raw = raw or ""
    text = raw.strip()
    if _is_plain(text):
        return Address(raw, text.lower())
    return Address(raw, *_read_closely(text))


def usable(raw: str) -> str:
    """Return the address that :func:`parse` tells, or an empty text; for many."""
    text = raw.strip()
    return text.lower() if _is_plain(text) else _read_closely(text)[0]


def normalise(email: str) -> str:
    """Return one bare address as Odoo's ``email_normalize`` would keep it.

    The domain is lower-cased, the local part only when it is plain ASCII: nobody may
    guess how a mail server folds other letters.
    """
    email = email.strip()
    if email.isascii():
        return email.lower()
    local, at, domain = email.rpartition("@")
    return (local.lower() if local.isascii() else local) + at + domain.lower()


def may_be_marked(raw: str | None) -> bool:
    """Tell whether a text can hold the marker at all; cheaper than :func:`parse`."""
    return bool(raw) and "mailing" in raw.lower()


def masked(email: str) -> str:
    """Return the address with its owner hidden, for logs and public pages."""
    local, at, domain = email.rpartition("@")
    return f"{local[:1] if len(local) > 1 else ''}***{at}{domain if at else ''}"


def _read_closely(text: str) -> tuple[str, Problem | None]:
    clean = _without_marker(text)
    email = normalise(_first_candidate(clean))
    if not _is_valid(email):
        email = ""
    if clean != text:
        return email, "no_mailing"
    if email:
        return email, None
    return "", "invalid" if text else "no_address"


def _without_marker(text: str) -> str:
    """Cut the marker out; behind the "@" it parts the address from a memo."""
    local, at, rest = text.partition("@")
    rest = _NO_MAILING.sub(",", rest).replace(",>", ">")
    return _NO_MAILING.sub("", local) + at + rest


def _first_candidate(text: str) -> str:
    """Return what stands where the first address is expected, valid or not.

    Odoo glues a word behind an address onto it ("anna@example.org private" ends in
    ".orgprivate"), so such a text gives nothing here instead of another address.
    """
    text = " ".join(_COMMENT.sub("", _QUOTED_NAME.sub("", text)).split())
    text = text.replace(" @", "@").replace("@ ", "@")
    entries = re.split("[,;]", text)
    entry = next((entry for entry in entries if entry.strip().find("@") > 0), "")
    if in_brackets := _IN_BRACKETS.match(entry):
        return in_brackets[1]
    bare = _BARE.fullmatch(entry.strip())
    return _CAPTION.sub("", bare[1]) if bare else ""


def _is_plain(email: str) -> bool:
    local, _, domain = email.rpartition("@")
    return (
        len(email) <= _MAX_LENGTH
        and _is_plain_domain(domain)
        and _PLAIN_LOCAL.fullmatch(local) is not None
    )


@lru_cache(_DOMAINS)
def _is_plain_domain(domain: str) -> bool:
    unmailable = f"@{domain.lower()}".endswith(_UNMAILABLE)
    return not unmailable and _PLAIN_DOMAIN.fullmatch(domain) is not None


def _is_valid(email: str) -> bool:
    if _is_plain(email):
        return True
    local, _, domain = email.rpartition("@")
    if not local or "." not in domain or len(email) > _MAX_LENGTH:
        return False
    try:
        found = validate_email(
            email, strict=True, check_deliverability=False, test_environment=True
        )
    except ValueError:  # refused, or letters that no encoding can carry
        return False
    return found.local_part == local and domain in (found.domain, found.ascii_domain)
