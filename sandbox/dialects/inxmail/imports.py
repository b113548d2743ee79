"""Imports: the only batch. A CSV file is taken, and carried out later."""

from __future__ import annotations

import csv
import gzip
import io
from dataclasses import dataclass, field
from typing import Any

from ...store import Member
from ..base import Refusal, route
from .values import address, is_address, parsed

STATES = ("NEW", "PROCESSING", "SUCCESS")
MODES = ("OVERWRITE_FULL", "KEEP_EXISTING", "UPDATE")
OPTIONS = (
    "listId",
    "resubscribe",
    "truncate",
    "importConflictMode",
    "trackingPermissionConflictMode",
)
PERMISSION = "trackingPermission"


@dataclass
class Upload:
    """A file that waits: its cells, and how to carry them out."""

    number: int
    list_id: int
    mode: str
    resubscribe: bool
    truncate: bool
    header: list[str]
    lines: list[list[str]]
    refused: set[str]
    errors: list[dict[str, str]] = field(default_factory=list)


class Imports:
    """A bad row fails alone: it is an error to be read, and the import a success.

    ``OVERWRITE_FULL`` empties what the file has no column for, ``KEEP_EXISTING`` leaves
    the values of known people alone, ``UPDATE`` writes the columns there are; an empty
    cell empties. A column that is no attribute is only a warning.
    """

    @route("POST", "/imports/recipients")
    def import_recipients(self, request):
        """Take a file, plain or compressed; 413 if it is too large."""
        self.known_parameters(request, *OPTIONS)
        entry = self.standard(request.args.get("listId"))
        part = request.files.get("file")
        if part is None:
            raise Refusal(400, "Invalid", invalid={"file": "must not be missing"})
        content = part.read()
        if len(content) > self.switches["max_import"]:
            raise Refusal(413, "Payload Too Large")
        mode = request.args.get("importConflictMode")
        mode = mode or self.switches["import_conflict_mode"]
        if mode not in MODES:
            raise Refusal(400, "Invalid", invalid={"importConflictMode": "unknown"})
        lines = _lines(content, part)
        header = lines.pop(0) if lines else []
        emails = {address(line[0]) for line in lines if line}
        upload = Upload(
            self.store.next_number(),
            entry.id,
            mode,
            request.args.get("resubscribe") == "true",
            request.args.get("truncate") == "true",
            header,
            lines,
            {email for email in emails if request.refuses(email)},
        )
        job = {"polls": 0, "errors": [], "counts": [0, 0]}
        job["file"] = self.store.next_number()
        self.store.put(self.code, "import", upload.number, job)
        self.later(lambda: self._carry_out(upload))
        return self.json({"id": upload.number, "state": "NEW"}, 201)

    @route("GET", "/imports/recipients/<id>")
    def read_import(self, request, id):
        """How far it is; each question moves it on."""
        state = self.progress("import", id, STATES)
        if state is None:
            raise Refusal(404, "Not Found")
        good, bad = self.store.get(self.code, "import", id)["counts"]
        done = state in ("SUCCESS", "FAILED")
        return {
            "id": int(id),
            "state": state,
            "successCount": good if done else 0,
            "failCount": bad if done else 0,
        }

    @route("GET", "/imports/recipients/<id>/files")
    def list_files(self, request, id):
        """The one file; its id is not the import's."""
        job = self._job(id)
        state = "FAILED" if job.get("end") == "FAILED" else "SUCCESSFUL"
        file = {"id": job["file"], "state": state}
        return self.page(
            request,
            "inx:recipient-import-files",
            lambda after, most: [(file["id"], file)] if file["id"] > after else [],
        )

    @route("GET", "/imports/recipients/<id>/files/<file>/errors")
    def list_errors(self, request, id, file):
        """What went wrong, in the order of the file."""
        job = self._job(id)
        if file != str(job["file"]):
            raise Refusal(404, "Not Found")
        numbered = list(enumerate(job["errors"], 1))
        return self.page(
            request, "inx:errors", lambda after, most: numbered[after : after + most]
        )

    def _job(self, id: str) -> dict[str, Any]:
        job = self.store.get(self.code, "import", id)
        if job is None:
            raise Refusal(404, "Not Found")
        return job

    # ------------------------------------------------------------- carrying out
    def _carry_out(self, upload: Upload) -> None:
        job = self._job(str(upload.number))
        if not upload.header or upload.header[0] != "email":
            _fail(upload, "HEADER_ERROR", ";".join(upload.header))
            job |= {"end": "FAILED", "counts": [0, len(upload.lines)]}
        else:
            good = self._rows(upload)
            job["counts"] = [good, len(upload.lines) - good]
        job["errors"] = upload.errors
        self.store.put(self.code, "import", upload.number, job)

    def _rows(self, upload: Upload) -> int:
        """Write the good rows; their number."""
        if upload.truncate:
            self.store.remove(upload.list_id)
        known = self.attributes()
        for column in upload.header[1:]:
            if column not in known and column != PERMISSION:
                _fail(upload, "COLUMN_NOT_FOUND_WARN", column)
        emails = {address(line[0]) for line in upload.lines if line}
        people = {m.email: m for m in self.store.members(self.pool, emails)}
        members = {m.email: m for m in self.store.members(upload.list_id, emails)}
        good, fresh, joined, granted = 0, {}, {}, {}
        for line in upload.lines:
            email = address(line[0]) if line else ""
            values, error = self._values(upload, line, known)
            member = members.get(email)
            left = member is not None and member.status == "unsubscribed"
            if not error:
                error = self._refusal(upload, email, left)
            if error:
                whole = self.switches["import_error_value"] == "line"
                _fail(upload, error, ";".join(line) if whole else email)
                continue
            good += 1
            person = people.setdefault(email, Member(self.pool, email))
            if person.id and upload.mode == "KEEP_EXISTING":
                values = {}
            elif person.id and upload.mode == "OVERWRITE_FULL":
                values = dict.fromkeys(known) | values
            if values or not person.id:
                person.shared = person.shared | values
                fresh[email] = person
            if member is None or member.status != "subscribed":
                joined[email] = member
                granted[email] = _granted(upload, line)
        self.store.save(self.code, list(fresh.values()))
        self._join_all(upload.list_id, joined, granted)
        return good

    def _join_all(
        self,
        list_id: int,
        joined: dict[str, Member | None],
        granted: dict[str, str],
    ) -> None:
        """Members from now on; an event is not written."""
        now, saved = self.now(), []
        for email, member in joined.items():
            if member is not None:
                self.store.note(
                    self.code,
                    "reactivation",
                    list_id,
                    member.id,
                    email=email,
                    before=member.status,
                    via="import",
                )
            member = member or Member(list_id, email, registered=now)
            member.status, member.activated, member.deactivated = "subscribed", now, 0
            if granted[email]:
                member.data[PERMISSION] = granted[email]
            saved.append(member)
        self.store.save(self.code, saved)

    def _values(
        self, upload: Upload, line: list[str], known: dict[str, Any]
    ) -> tuple[dict[str, Any], str]:
        if len(line) != len(upload.header):
            return {}, "LINE_PARSE_ERROR"
        try:
            cells = zip(upload.header[1:], line[1:], strict=True)
            found = {n: parsed(cell, known[n]) for n, cell in cells if n in known}
            return found, ""
        except (KeyError, ValueError):
            return {}, "ATTRIBUTE_PARSE_ERROR"

    def _refusal(self, upload: Upload, email: str, left: bool) -> str:
        if not is_address(email):
            return "EMAIL_PARSE_ERROR"
        if email in upload.refused:
            return "SAVE_ERROR"
        if self.is_blocked(email):
            return "BLACKLIST_ERROR"
        return "UNSUBSCRIPTION_ERROR" if left and not upload.resubscribe else ""


def _granted(upload: Upload, line: list[str]) -> str:
    """The cell of the tracking permission, where the file has one."""
    if PERMISSION not in upload.header:
        return ""
    return line[upload.header.index(PERMISSION)]


def _fail(upload: Upload, error: str, value: str) -> None:
    upload.errors.append({"error": error, "value": value})


def _lines(content: bytes, part: Any) -> list[list[str]]:
    """The cells of a file, without empty lines."""
    if content[:2] == b"\x1f\x8b" or (part.filename or "").endswith(".gz"):
        try:
            content = gzip.decompress(content)
        except (OSError, EOFError):
            raise Refusal(400, "the file is not compressed by gzip") from None
    try:
        text = content.decode("utf-8-sig")
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=";", strict=True)
        return [row for row in rows if row]
    except (UnicodeDecodeError, csv.Error):
        raise Refusal(400, "the file cannot be read") from None
