"""The asynchronous import: for people whom the account does not know, and nobody else.

Whether an import lifts a block is not documented (sheet, section 3). So nobody who
exists is ever in one; existing contacts are told to be left alone on top of that, and
no flag of a block is sent. An import tells no row's fate: everybody is read back.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from typing import Any

from ....sync.address import normalise
from ... import answers
from ...contract import BatchAnswer, Join, MemberDraft
from ...errors import Invalid, Throttled, TooLarge
from ...url_guard import path
from . import mapping
from .reading import moment

#: so many newcomers are worth an import, which has to be polled for
IMPORT_FROM = 50
_RUNNING = {"queued", "processing", "in_process", "suspended"}
#: their clock and ours may differ
_CLOCKS = timedelta(minutes=10)


class Importing:
    """Needs ``_api`` and what reads and writes single contacts."""

    def upsert(self, list_id: str, drafts: Sequence[MemberDraft]) -> BatchAnswer:
        """Many newcomers by an import; all others, and the rest, one by one."""
        number = self._require(list_id)
        self._refresh(drafts)
        fresh = self._fresh(drafts)
        if len(fresh) < IMPORT_FROM:
            return self._write(list_id, drafts)
        started = self.transport.now()
        body = {
            "jsonBody": [
                {"email": draft.email, "attributes": self._encoded(draft)}
                for draft in fresh
            ],
            "listIds": [number],
            "updateExistingContacts": False,
            "disableNotification": True,
        }
        try:
            # May be repeated: a second one finds everybody known and changes nothing.
            answer = self._api.call(
                "POST", "/contacts/import", json=body, idempotent=True
            )
        except (Invalid, TooLarge):  # such as more than ten megabytes
            return self._write(list_id, drafts)
        process = answers.object_(answer, "import").get("processId")
        process = answers.identifier(process, "import")
        return BatchAnswer(job=f"{process}@{int(started.timestamp())}@{len(fresh)}")

    def _fresh(self, drafts: Sequence[MemberDraft]) -> list[MemberDraft]:
        """Those to be taken in whom the account does not know at all."""
        wanted: dict[str, MemberDraft] = {}
        for draft in drafts:
            fits = draft.join is Join.SUBSCRIBE and not self._unfit(draft)
            if fits and "@" in draft.email:
                wanted.setdefault(normalise(draft.email), draft)
        if len(wanted) < IMPORT_FROM:
            return []
        known = self._existing(set(wanted))
        return [draft for email, draft in wanted.items() if email not in known]

    def poll(
        self, list_id: str, job: str, drafts: Sequence[MemberDraft]
    ) -> BatchAnswer:
        """Read back who has arrived; all others are written singly, with a reason."""
        self._require(list_id)
        self._refresh(drafts)
        process, started, number = _parts(job)
        since = moment(started - _CLOCKS)
        if not self._ended(list_id, process, since, number):
            return BatchAnswer(job=job)
        arrived: dict[str, dict[str, Any]] = {}
        size, offset, last = self.capabilities.page_size, 0, False
        while not last:
            rows, last = self._on_list(list_id, size, offset, modifiedSince=since)
            arrived |= {mapping.address_of(contact): contact for contact in rows}
            offset += size
        return self._write(list_id, drafts, arrived)

    def _ended(self, list_id: str, process: str, since: str, number: int) -> bool:
        """Whether nothing more is to be expected of an import.

        Everybody being there is the cheaper sign: processes may be asked for a hundred
        times an hour only, contacts ten times a second (section 8).
        """
        where = path("contacts", "lists", list_id, "contacts")
        told = answers.object_(
            self._api.get(where, limit=1, modifiedSince=since), "contacts"
        )
        if (answers.number(told.get("count")) or 0) >= number:
            return True
        with suppress(Throttled):
            state = answers.object_(
                self._api.get(path("processes", process)), "process"
            )
            return answers.text(state.get("status")) not in _RUNNING
        return False


def _parts(job: str) -> tuple[str, datetime, int]:
    """Process, start and number of people of an import.

    :raises Invalid: the text is none of ours
    """
    found = re.fullmatch(r"(\w{1,40})@(\d{1,10})@(\d{1,6})", job)
    if not found:
        raise Invalid("this is no import that was started")
    process, started, number = found.groups()
    return process, datetime.fromtimestamp(int(started), timezone.utc), int(number)
