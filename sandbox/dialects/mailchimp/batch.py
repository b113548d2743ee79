"""The synchronous batch: up to 500 members in one call, answered row by row."""

from __future__ import annotations

from typing import Any

from ..base import Refusal, route
from .shapes import address, exists, field_error, invalid

MOST = 500


class Batch:
    """Always 200: refused rows stand in ``errors``. ``tags`` of a row do nothing.

    Chosen where the notes are silent: an address that comes again is refused, unless
    ``skip_duplicate_check`` drops it without a word; a new row needs a ``status``.
    """

    @route("POST", "/3.0/lists/<audience>")
    def batch_members(self, request, audience):
        """New ones, and with ``update_existing`` known ones too."""
        entry, body = self.audience(audience), self.body(request)
        rows = body.get("members")
        if not isinstance(rows, list) or not all(isinstance(r, dict) for r in rows):
            raise field_error("members", "Schema describes array, wrong type found")
        if len(rows) > MOST:
            raise invalid(f"You may only submit {MOST} members at a time.")
        drop = request.args.get("skip_duplicate_check", "").lower() in ("true", "1")
        made, changed, errors = [], [], []
        seen: set[str] = set()
        with self.store.transaction():
            for row in rows:
                email = address(row.get("email_address"))
                if email in seen and drop:
                    continue
                try:
                    if email in seen:
                        raise invalid(f"{email} comes twice.")
                    seen.add(email)
                    known = self._write_row(request, entry, row, body)
                    (changed if known else made).append(email)
                except Refusal as refusal:
                    errors.append(_error(row, refusal))
        answer = {"new_members": made, "updated_members": changed}
        for key, emails in answer.items():
            there = {m.email: m for m in self.store.members(entry.id, emails)}
            answer[key] = self.profiles(entry, [there[email] for email in emails])
        return answer | {
            "errors": errors,
            "total_created": len(made),
            "total_updated": len(changed),
            "error_count": len(errors),
            "_links": [],
        }

    def _write_row(self, request, entry, row: dict[str, Any], body: dict) -> bool:
        """Whether the member was known.

        :raises Refusal: the row is refused
        """
        email = self.usable(request, row.get("email_address"))
        known = self.store.member(entry.id, email)
        if known and not body.get("update_existing"):
            raise exists(email)
        if not known and not row.get("status"):
            raise field_error("status", "This value should not be blank.")
        self.put(entry, known, {**row, "email_address": email}, self.skips(request))
        return known is not None


def _error(row: dict[str, Any], refusal: Refusal) -> dict[str, Any]:
    taken = refusal.more.get("title") == "Member Exists"
    error = {
        "email_address": row.get("email_address", ""),
        "error": refusal.message,
        "error_code": "ERROR_CONTACT_EXISTS" if taken else "ERROR_GENERIC",
    }
    fields = refusal.more.get("errors")
    if fields:
        error["field"] = fields[0]["field"]
        error["field_message"] = fields[0]["message"]
    return error
