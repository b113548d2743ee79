"""Tell a machine's answer from a person's (RFC 3834; rule A1)."""

from __future__ import annotations

import re

from .mail import Mail

_REPLY_HEADERS = ("x-autoreply", "x-autorespond")
_VACATION = re.compile(
    r"auto(matic|matische|mated)?[ -]?(reply|response|antwort|repl)"
    r"|out of (the )?office|\babwesen|\bvacation|\burlaub|\bautoreply"
    r"|\bnicht im (haus|b(ü|ue)ro)|\babsen(t|ce)",
    re.IGNORECASE,
)


def automatic(mail: Mail) -> str:
    """The header that proves a machine wrote this, or "" if nothing does.

    ``Precedence`` and ``X-Auto-Response-Suppress`` alone prove nothing: both stand in
    ordinary mails too.
    """
    submitted = mail.header("auto-submitted").split(";")[0].strip()
    if submitted and submitted.lower() != "no":
        return f"Auto-Submitted: {submitted}"
    for name in _REPLY_HEADERS:
        value = mail.header(name)
        if mail.has(name) and value.strip().lower() not in ("no", "false"):
            return f"{name.title()}: {value}".strip()
    if mail.has("return-path") and mail.header("return-path").strip() in ("", "<>"):
        found = _VACATION.search(mail.subject)
        if found:
            return f"Return-Path: <>, {found[0]}"
    return ""
