"""The bulk import: newcomers only, and never believed before it is read back.

It runs one at a time in the whole installation, mails nobody, and tells no row's fate
(sheet section 3).
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Sequence
from typing import Any

from ...contract import BatchAnswer, MemberDraft, RemoteList
from ...errors import Invalid, PermissionMissing
from . import mapping

#: so many newcomers are worth an import, which has to be polled for
IMPORT_FROM = 50
_RUNNING = ("importing", "stopping")


class Importing:
    """Needs ``_api`` and the writing half of the connector."""

    def poll(
        self, list_id: str, job: str, drafts: Sequence[MemberDraft]
    ) -> BatchAnswer:
        """An import names nobody whom it refused, so everybody is looked up: who is
        there as wished is done, who is missing is written singly and gets a reason."""
        target = self._list(list_id)
        state = self._import_state()
        running = state.get("status") in _RUNNING
        if running and state.get("name") == job:
            return BatchAnswer(job=job)
        return self._write(target, drafts, self._drafted(drafts))

    def _import(self, target: RemoteList, drafts: Sequence[MemberDraft]) -> str:
        """Start an import of newcomers; its name, or "" where none can be started."""
        name, content = _table(drafts)
        params = {
            "mode": "subscribe",
            "delim": ",",
            "lists": [int(target.remote_id)],
            "subscription_status": "confirmed",
            # Somebody may have come in meanwhile, and may have left again.
            "overwrite_userinfo": False,
            "overwrite_subscription_status": False,
        }
        try:
            if self._import_state().get("status") in _RUNNING:
                return ""
            self._api.call(
                "POST",
                "/import/subscribers",
                data={"params": json.dumps(params)},
                files={"file": (name, content)},
            )
        except (PermissionMissing, Invalid):
            return ""  # no right, or another one has just been started
        return name

    def _import_state(self) -> dict[str, Any]:
        return self._data(self._api.get("/import/subscribers"), "import")


def _table(drafts: Sequence[MemberDraft]) -> tuple[str, str]:
    """A name and the CSV of an import; one row for each address."""
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(("email", "name", "attributes"))
    for draft in {draft.email.lower(): draft for draft in reversed(drafts)}.values():
        body = mapping.body_of(draft.values)
        attributes = json.dumps(body["attribs"], ensure_ascii=False)
        writer.writerow((draft.email, body.get("name", ""), attributes))
    content = table.getvalue()
    digest = hashlib.sha256(content.encode("utf-8", "replace")).hexdigest()
    return f"odoo-{digest[:16]}.csv", content
