"""Batches: who may be imported is, and everybody else is changed one by one.

Consent-safe by construction:

* an import always says ``resubscribe=false``, so a row of somebody who left fails; and
  never ``truncate``, which would empty the list
* somebody who left, or was asked and has not confirmed, is in no import at all: their
  values belong to the account and are changed there
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ....sync.address import normalise
from ....sync.vocabulary import RemoteMember, Status
from ... import answers
from ...contract import BatchAnswer, Join, MemberDraft, Outcome, Refusal, RowAnswer
from ...errors import NotFound, TooLarge
from ...url_guard import path
from . import mapping
from .imports import read_job, result_of, written_job

IMPORTS = "/imports/recipients"
#: states of an import that is not at its end
RUNNING = {"NEW", "PROCESSING"}


#: the column and the word that allow recording who opens and clicks
PERMISSION, GRANTED = "trackingPermission", "GRANTED"


class Batches:
    """Writing many; needs what reads and what writes one."""

    # --- many ----------------------------------------------------------------
    def upsert(self, list_id: str, drafts: Sequence[MemberDraft]) -> BatchAnswer:
        """Look everybody up, change at once what no import may touch, import the rest.

        An empty cell of a file might empty an attribute or not, so drafts that name the
        same attributes share a file, and what is to be emptied is emptied one by one.
        """
        self._require(list_id)
        rows: dict[int, RowAnswer] = {}
        fit = self._fit(drafts, rows)
        members = self._members(list_id, [drafts[at].email for at in fit])
        pool = self._pool([d.email for at in fit if _outside(d := drafts[at], members)])
        files: dict[tuple[str, ...], list[int]] = {}
        for at in fit:
            draft = drafts[at]
            member = members.get(normalise(draft.email))
            known = _known(member, pool.get(normalise(draft.email)))
            answer = self._by_itself(list_id, draft, member, known)
            if answer is None:
                self._empty(draft, known)
                names = tuple(sorted(_filled(draft)))
                if draft.reactions and member is None:
                    # only for who is new: others may have forbidden it since
                    names += (PERMISSION,)
                files.setdefault(names, []).append(at)
            else:
                rows[at] = answer
        imports = []
        for names, group in files.items():
            imports += self._import(list_id, drafts, list(names), group, rows)
        if imports:
            return BatchAnswer(job=written_job(imports, rows))
        return BatchAnswer(tuple(rows[at] for at in range(len(drafts))))

    def _fit(
        self, drafts: Sequence[MemberDraft], rows: dict[int, RowAnswer]
    ) -> list[int]:
        """Positions of the drafts that may be sent; the others are answered."""
        fields, met, fit = self._fields_for(drafts), set(), []
        for at, draft in enumerate(drafts):
            missing = sorted(set(draft.values) - fields)
            if normalise(draft.email) in met:
                message = "this address is twice in the batch"
                rows[at] = mapping.refused(draft.email, Refusal.DUPLICATE, message)
            elif missing:
                # An import would drop them with a mere warning.
                message = f"there is no attribute {', '.join(missing)}"
                rows[at] = mapping.refused(draft.email, Refusal.FIELD, message)
            else:
                met.add(normalise(draft.email))
                fit.append(at)
        return fit

    def _by_itself(
        self,
        list_id: str,
        draft: MemberDraft,
        member: RemoteMember | None,
        known: dict[str, Any] | None,
    ) -> RowAnswer | None:
        """The answer for somebody whom no import may touch; None for all others."""
        if member is None:
            if draft.join is Join.NEVER:
                return RowAnswer(draft.email, Outcome.SKIPPED)
            return self._ask(list_id, draft, known) if draft.join is Join.ASK else None
        if member.status in (Status.UNSUBSCRIBED, Status.PENDING):
            if known is None:
                message = "waits for the confirmation; values have no place before"
                return RowAnswer(
                    draft.email, Outcome.SKIPPED, status=member.status, message=message
                )
            answer = self._change(draft, known)
            return replace(answer, status=member.status)
        return None

    def _pool(self, emails: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Address -> recipient, of those the account knows."""
        found = self._query(sorted({normalise(email) for email in emails}))
        return {mapping.email_of(recipient): recipient for recipient in found}

    def _empty(self, draft: MemberDraft, known: dict[str, Any] | None) -> None:
        """Empty what is to be empty and is not."""
        has = answers.mapping((known or {}).get("attributes"))
        names = [
            name
            for name in draft.values
            if name not in _filled(draft) and has.get(name) not in (None, "")
        ]
        if names:
            self._change(draft, known or {}, names)

    # --- imports -------------------------------------------------------------
    def _import(
        self,
        list_id: str,
        drafts: Sequence[MemberDraft],
        names: list[str],
        group: list[int],
        rows: dict[int, RowAnswer],
    ) -> list[tuple[str, list[int]]]:
        """Send a file; in halves, and halves of these, if the tool finds it too large.

        May be repeated: nobody who left comes back by it. Gives the ids of the imports
        with the positions of their drafts.
        """
        try:
            answer = self._api.call(
                "POST",
                IMPORTS,
                params={
                    "listId": mapping.list_number(list_id),
                    "resubscribe": "false",
                    "importConflictMode": "UPDATE",
                },
                files={"file": ("recipients.csv", self._file(drafts, names, group))},
                idempotent=True,
            )
        except TooLarge as error:
            if len(group) == 1:
                email = drafts[group[0]].email
                rows[group[0]] = mapping.refused(email, Refusal.OTHER, error.detail)
                return []
            half = len(group) // 2
            return [
                *self._import(list_id, drafts, names, group[:half], rows),
                *self._import(list_id, drafts, names, group[half:], rows),
            ]
        made = answers.object_(answer, "import")
        return [(answers.identifier(made.get("id"), "import"), group)]

    def _file(
        self, drafts: Sequence[MemberDraft], names: list[str], group: list[int]
    ) -> bytes:
        """Semicolons, everything quoted, UTF-8, the address first (sheet, 3)."""
        fields, text = self._fields(), io.StringIO(newline="")
        writer = csv.writer(text, delimiter=";", quoting=csv.QUOTE_ALL)
        writer.writerow(["email", *names])
        for at in group:
            values = drafts[at].values
            cells = [
                GRANTED
                if name == PERMISSION
                else mapping.cell(values[name], fields[name])
                for name in names
            ]
            writer.writerow([drafts[at].email.strip(), *cells])
        return text.getvalue().encode()

    def poll(
        self, list_id: str, job: str, drafts: Sequence[MemberDraft]
    ) -> BatchAnswer:
        """The rows, once all imports of a batch are at their end."""
        mapping.list_number(list_id)
        imports, rows = read_job(job, drafts)
        ended = {}
        for import_id, group in imports:
            answer = self._state_of(import_id)
            if answers.text(answer.get("state")) in RUNNING:
                return BatchAnswer(job=job)
            ended[import_id] = answer, group
        for import_id, (answer, group) in ended.items():
            part = [drafts[at] for at in group]
            errors = self._import_errors(import_id) if answer else []
            rows |= zip(group, result_of(answer, errors, part), strict=True)
        return BatchAnswer(tuple(rows[at] for at in range(len(drafts))))

    def _state_of(self, import_id: str) -> dict[str, Any]:
        """How far an import is; empty if the tool forgot it: its rows are read back."""
        where = path("imports", "recipients", import_id)
        try:
            return answers.object_(self._api.get(where), "import")
        except NotFound:
            return {}

    def _import_errors(self, import_id: str) -> list[dict[str, Any]]:
        """What went wrong in an import; read even if none failed, for the warnings."""
        where = path("imports", "recipients", import_id, "files")
        found: list[dict[str, Any]] = []
        for file in self._pages.rows("files", where):
            file_id = answers.identifier(file.get("id"), "file")
            errors = path(
                "imports", "recipients", import_id, "files", file_id, "errors"
            )
            found += self._pages.rows("errors", errors)
        return found


def _filled(draft: MemberDraft) -> list[str]:
    """Attributes for which the draft has a value; the others are to be emptied."""
    return [name for name, value in draft.values.items() if value not in (None, "")]


def _outside(draft: MemberDraft, members: dict[str, RemoteMember]) -> bool:
    """Whether it matters that the account may know somebody who is not on the list."""
    member = members.get(normalise(draft.email))
    if member is None:
        return draft.join is not Join.NEVER
    return member.status is Status.PENDING


def _known(
    member: RemoteMember | None, recipient: dict[str, Any] | None
) -> dict[str, Any] | None:
    """The recipient behind a member or in the pool."""
    return dict(member.raw) if member is not None and member.remote_id else recipient
