"""Imports: how a batch is remembered while it runs, and what its end says of each row.

An import answers with counts and with errors that quote an address or a whole line; a
row of which neither is told is only done if no error is left over (sheet, 3).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from ....sync.address import normalise
from ....sync.vocabulary import Status
from ... import answers
from ...contract import MemberDraft, Outcome, Refusal, RowAnswer
from ...errors import Invalid
from .mapping import COLUMN_WARNING, import_error, refused

#: errors that say nothing of a person
_WARNINGS = {COLUMN_WARNING, "IGNORED_TRACKING_PERMISSION_WARN"}
_CELL = re.compile(r'[^\s;,"\'<>]+@[^\s;,"\'<>]+')


# --- while it runs --------------------------------------------------------------
def written_job(
    imports: Sequence[tuple[str, list[int]]], rows: Mapping[int, RowAnswer]
) -> str:
    """A batch as text: its imports, and the rows that are answered already.

    The connector keeps nothing, and another worker may ask for the end.
    """
    answered = {
        at: [
            row.outcome.value,
            row.remote_id,
            row.status.value if row.status else "",
            row.refusal.value if row.refusal else "",
            row.message,
        ]
        for at, row in rows.items()
    }
    return json.dumps({"imports": imports, "rows": answered}, separators=(",", ":"))


def read_job(
    job: str, drafts: Sequence[MemberDraft]
) -> tuple[list[tuple[str, list[int]]], dict[int, RowAnswer]]:
    """The same out of the text.

    :raises Invalid: it was not written for these drafts
    """
    try:
        kept = json.loads(job)
        imports = [
            (str(name), [int(at) for at in group]) for name, group in kept["imports"]
        ]
        rows = {
            int(at): RowAnswer(
                drafts[int(at)].email,
                Outcome(outcome),
                remote_id,
                Status(status) if status else None,
                Refusal(refusal) if refusal else None,
                message,
            )
            for at, (outcome, remote_id, status, refusal, message) in kept[
                "rows"
            ].items()
        }
    except (ValueError, TypeError, KeyError, IndexError, AttributeError):
        raise Invalid("this is no batch that was sent") from None
    if sorted([*rows, *(at for _, group in imports for at in group)]) != list(
        range(len(drafts))
    ):
        raise Invalid("this batch was sent with other people")
    return imports, rows


# --- at its end -----------------------------------------------------------------
def result_of(
    answer: Mapping[str, Any],
    errors: Sequence[Mapping[str, Any]],
    drafts: Sequence[MemberDraft],
) -> list[RowAnswer]:
    """One answer per draft of an import that is at its end."""
    state = answers.text(answer.get("state"))
    if state != "SUCCESS":
        message = f"the import ended as {state[:40] or 'nothing known'}"
        return [_unknown(draft, message) for draft in drafts]
    wrong, lost, columns = _sorted(errors, {normalise(d.email) for d in drafts})
    failed = answers.number(answer.get("failCount"))
    # Failures that name nobody may be anybody's.
    sure = failed is not None and failed <= len(wrong) and not lost
    return [_row(draft, wrong, columns, sure) for draft in drafts]


def _sorted(
    errors: Sequence[Mapping[str, Any]], emails: set[str]
) -> tuple[dict[str, str], int, set[str]]:
    """Address -> error, the number of errors that name nobody, missing columns."""
    wrong: dict[str, str] = {}
    lost, columns = 0, set()
    for one in errors:
        error, value = answers.text(one.get("error")), answers.text(one.get("value"))
        if error == COLUMN_WARNING:
            columns.add(value)
        if error in _WARNINGS:
            continue
        email = _who(value, emails)
        if email:
            wrong[email] = error
        else:
            lost += 1
    return wrong, lost, columns


def _who(value: str, emails: set[str]) -> str:
    """The address that an error quotes, alone or at the head of its line, or ""."""
    first = value.split(";")[0].strip().strip('"')
    for candidate in (value.strip(), first, *_CELL.findall(value)):
        if normalise(candidate) in emails:
            return normalise(candidate)
    return ""


def _row(
    draft: MemberDraft, wrong: Mapping[str, str], columns: set[str], sure: bool
) -> RowAnswer:
    error = wrong.get(normalise(draft.email))
    if error:
        return import_error(draft.email, error)
    gone = sorted(columns & set(draft.values))
    if gone:
        message = f"there is no attribute {', '.join(gone)}"
        return refused(draft.email, Refusal.FIELD, message)
    if not sure:
        return _unknown(draft, "the import tells failures without saying whose")
    return RowAnswer(draft.email, Outcome.WRITTEN)


def _unknown(draft: MemberDraft, message: str) -> RowAnswer:
    return RowAnswer(draft.email, Outcome.UNKNOWN, message=message)
