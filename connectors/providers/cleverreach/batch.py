"""Read what CleverReach says about the rows of a batch, in every shape that was seen.

* a list as long as the batch: an object for a written row, a text such as
  ``invalid address 'anna@example.org'`` for a refused one
* the same with objects that hold a ``status`` text instead
* a shorter list: rows that it does not name are UNKNOWN, to be read back
* ``false``: all rows are refused

Rows are found by address; by position only where an item names none and the list is as
long as the batch.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from ... import answers
from ...contract import Outcome, Refusal, RowAnswer
from .mapping import status_of

_QUOTED = re.compile(r"['\"<](\S+@\S+)['\">]")
_BARE = re.compile(r"[^\s'\"<>:,;]+@[^\s'\"<>:,;]+")

#: words of a refusal, the first one that occurs decides
_REFUSALS = (
    ("duplicate", Refusal.DUPLICATE),
    ("already exist", Refusal.DUPLICATE),
    ("blacklist", Refusal.BLOCKED),
    ("blocked", Refusal.BLOCKED),
    ("invalid", Refusal.INVALID),
    ("attribute", Refusal.FIELD),
    ("limit", Refusal.QUOTA),
)
_UNKNOWN = ("unknown address", "not found", "not exist")
_OTHER_REFUSALS = ("error", "fail", "refused", "denied", "not allowed")
_NO_REASON = "the tool refused it without a reason"
_TIMES = ("activated", "deactivated", "active")


def read_rows(answer: Any, emails: Sequence[str]) -> list[RowAnswer]:
    """One answer per address, in the addresses' order.

    :param emails: the addresses as they were sent, no two of them equal but for case
    """
    if answer is False:
        # The only refusal known for a row that may exist already: a bad address.
        return [_refused(email, Refusal.INVALID, _NO_REASON) for email in emails]
    items = answer if isinstance(answer, list) else [answer]
    position = {email.lower(): number for number, email in enumerate(emails)}
    found: dict[int, Any] = {}
    nameless: dict[int, Any] = {}
    for number, item in enumerate(items):
        named = _address(item)
        if named:
            # An address we did not send is nobody's answer.
            found.setdefault(position.get(named.lower(), -1), item)
        else:
            nameless[number] = item
    if len(items) == len(emails):
        found = {**nameless, **found}
    return [_row(email, found.get(number)) for number, email in enumerate(emails)]


def _address(item: Any) -> str:
    """The address that an item names, or ""."""
    if isinstance(item, dict):
        named = item.get("email")
        if isinstance(named, str) and named:
            return named.strip()
        item = item.get("status") or item.get("message")
    if not isinstance(item, str):
        return ""
    match = _QUOTED.search(item)
    if match:
        return match[1]
    match = _BARE.search(item)
    return match[0].rstrip(".") if match else ""


def _row(email: str, item: Any) -> RowAnswer:
    if isinstance(item, str):
        return _by_words(email, item) or RowAnswer(
            email, Outcome.UNKNOWN, message=item[:200]
        )
    if item is False:
        return _refused(email, Refusal.OTHER, _NO_REASON)
    if not isinstance(item, dict):
        return RowAnswer(email, Outcome.UNKNOWN)
    return _by_object(email, item)


def _by_object(email: str, item: dict[str, Any]) -> RowAnswer:
    error = item.get("error")
    if error:
        words = answers.text(answers.mapping(error).get("message")) or str(error)
        return _by_words(email, words) or _refused(email, Refusal.OTHER, words[:200])
    status = item.get("status")
    judged = _by_words(email, status) if isinstance(status, str) else None
    if judged and judged.outcome in (Outcome.REFUSED, Outcome.SKIPPED):
        return judged
    if status is False or item.get("success") is False:
        return _refused(email, Refusal.OTHER, _NO_REASON)
    remote_id = answers.text(item.get("id"))
    if judged:
        outcome = judged.outcome
    else:
        outcome = Outcome.WRITTEN if remote_id else Outcome.UNKNOWN
    return RowAnswer(
        email,
        outcome,
        remote_id=remote_id,
        status=status_of(item)[0] if any(t in item for t in _TIMES) else None,
    )


def _by_words(email: str, words: str) -> RowAnswer | None:
    """The outcome that a text tells, or None."""
    # The address itself must not decide: "invalid@example.org" is a fine address.
    plain = words.lower().replace(email.lower(), "")
    if any(word in plain for word in _UNKNOWN):
        return RowAnswer(email, Outcome.SKIPPED, message=words[:200])
    for word, refusal in _REFUSALS:
        if word in plain:
            return _refused(email, refusal, words[:200])
    if any(word in plain for word in _OTHER_REFUSALS):
        return _refused(email, Refusal.OTHER, words[:200])
    if "success" in plain:
        if "insert" in plain:
            return RowAnswer(email, Outcome.CREATED)
        if "update" in plain:
            return RowAnswer(email, Outcome.UPDATED)
        return RowAnswer(email, Outcome.WRITTEN)
    return None


def _refused(email: str, refusal: Refusal, message: str) -> RowAnswer:
    return RowAnswer(email, Outcome.REFUSED, refusal=refusal, message=message)
