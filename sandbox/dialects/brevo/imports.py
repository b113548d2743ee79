"""Imports: the batch that is carried out later, and tells little about its rows."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from werkzeug.wrappers import Response

from ...store import Member, number
from ..base import Refusal, route
from .people import address, is_address

STATES = ("queued", "processing", "completed")
DUPLICATES = ("contact_id", "ext_id", "email_id", "phone_id", "whatsapp_id")


class Imports:
    """Bad rows are seen in the process only; how they are told there is a setting.

    ``updateExistingContacts`` off leaves whom it knows as they are, also off the list.
    Blanks empty nothing unless ``emptyContactsAttributes`` is on.
    """

    @route("POST", "/contacts/import")
    def import_contacts(self, request):
        """Rows as JSON or CSV, onto lists; 202 and a process."""
        body = self.body(request)
        if len(request.get_data()) > self.switches["max_import"]:
            raise Refusal(400, "The size of the body exceeds the limit of 10 MB")
        sources = [k for k in ("jsonBody", "fileBody", "fileUrl") if body.get(k)]
        if len(sources) != 1:
            message = "One of fileUrl, fileBody and jsonBody is expected"
            raise Refusal(400, message, code="missing_parameter")
        if sources == ["fileUrl"]:
            raise Refusal(400, "the sandbox reads nothing from elsewhere")
        if not body.get("listIds") and not body.get("newList"):
            message = "listIds or newList is missing"
            raise Refusal(400, message, code="missing_parameter")
        rows = body["jsonBody"] if "jsonBody" in sources else _rows(body["fileBody"])
        if not isinstance(rows, list) or not all(isinstance(r, dict) for r in rows):
            raise Refusal(400, "jsonBody is invalid")
        lists = self._lists(body.get("listIds"))
        if body.get("newList"):
            lists.append(self.new_list(str(body["newList"].get("listName"))))
        refused = {
            email for row in rows if request.refuses(email := address(row.get("email")))
        }
        number_ = self.new_process(end=self.switches["import_end"])
        if self.switches["import_end"] == "completed":
            self.later(lambda: self._carry_out(number_, rows, lists, body, refused))
        return self.json({"processId": number_}, 202)

    @route("GET", "/processes")
    def list_processes(self, request):
        """A page, the newest first."""
        limit, offset = self.window(request, 10, 50)
        found = self.store.find(self.code, "process")[::-1]
        shown = [self._process(request, one, one["end"]) for one in found]
        return {"processes": shown[offset : offset + limit], "count": len(found)}

    @route("GET", "/processes/<id>")
    def read_process(self, request, id):
        """How far it is; each question moves it on."""
        state = self.progress("process", id, STATES)
        if state is None:
            raise Refusal(404, "processId is invalid", code="invalid_parameter")
        job = self.store.get(self.code, "process", id)
        return self._process(request, job, state)

    @route("GET", "/rejected/<id>", login=False)
    def rejected_rows(self, request, id):
        """The file that a process links to."""
        job = self.store.get(self.code, "process", id) or {"invalid": []}
        text = "\n".join(["EMAIL", *job["invalid"], ""])
        return Response(text, content_type="text/csv")

    def new_process(self, end: str = "completed") -> int:
        """The number of something that goes on."""
        id = self.store.next_number()
        facts = {"id": id, "polls": 0, "end": end, "invalid": [], "duplicates": 0}
        self.store.put(self.code, "process", id, facts | {"at": self.now()})
        return id

    def _process(self, request, job: dict[str, Any], state: str) -> dict[str, Any]:
        told = {
            "id": job["id"],
            "name": "IMPORTUSER",
            "status": state,
            "created_at": self.time(job["at"]),
        }
        if state in ("queued", "processing"):
            return told
        info: dict[str, Any] = {f"duplicate_{name}": None for name in DUPLICATES}
        info["invalid_emails"] = self._invalid(request, job)
        if self.switches["import_invalid"] == "number":
            info["duplicate_email_id"] = job["duplicates"]
        told |= {"completed_at": self.time(self.now()), "info": {"import": info}}
        if state == "failed":
            told["error"] = "The import failed"
        return told

    def _invalid(self, request, job: dict[str, Any]) -> Any:
        shape, bad = self.switches["import_invalid"], job["invalid"]
        if shape == "number":
            return len(bad)
        if shape == "null" or not bad:
            return None
        return f"http://{request.host}/{self.code}/v3/rejected/{job['id']}"

    # ------------------------------------------------------------- carrying out
    def _carry_out(
        self,
        id: int,
        rows: list[dict[str, Any]],
        lists: list[int],
        body: dict[str, Any],
        refused: set[str],
    ) -> None:
        job = self.store.get(self.code, "process", id)
        emails = {address(row.get("email")) for row in rows}
        known = {m.email: m for m in self.store.members(self.pool, emails)}
        old = set(known)
        written: dict[str, Member] = {}
        for row in rows:
            email = address(row.get("email"))
            if not is_address(email) or email in refused:
                job["invalid"].append(str(row.get("email") or ""))
                continue
            if email in old and body.get("updateExistingContacts") is False:
                job["duplicates"] += 1
                continue
            member = known.setdefault(email, Member(self.pool, email))
            member.activated = member.registered = member.registered or self.now()
            values = self._imported(row, bool(body.get("emptyContactsAttributes")))
            member.shared = (member.shared if email in written else {}) | values
            written[email] = member
        self.store.save(self.code, list(written.values()))
        for email, member in written.items():
            if body.get("emailBlacklist") is True and member.status == "subscribed":
                self.block(member, why="adminUnsubscription")
            elif email in old and self.switches["import_lifts_block"]:
                self.lift(member, "import")
        self._place(list(written.values()), lists)
        self.store.put(self.code, "process", id, job)

    def _imported(self, row: dict[str, Any], blanks: bool) -> dict[str, Any]:
        given = row.get("attributes")
        given = given if isinstance(given, dict) else {}
        if not blanks:
            given = {name: value for name, value in given.items() if value != ""}
        values = self.values(given)
        if row.get("ext_id"):
            values["EXT_ID"] = str(row["ext_id"])
        return values

    def _place(self, members: list[Member], lists: list[int]) -> None:
        """Onto the lists, many at a time; who is there already stays as is."""
        for list_id in lists:
            ids = [member.id for member in members]
            here = {m.id for m in self.store.members(list_id, ids=ids)}
            now, places = self.now(), []
            for member in members:
                if member.id in here:
                    self.put_on(member, list_id, "import")
                    continue
                place = Member(list_id, member.email, member.id, status=member.status)
                place.registered = place.activated = now
                place.deactivated, place.bounced = member.deactivated, member.bounced
                places.append(place)
            self.store.save(self.code, places)
            for place in places:
                self.emit("listAddition", place, list_id=[list_id])


def _rows(text: Any) -> list[dict[str, Any]]:
    """A CSV file, one column of which is EMAIL."""
    try:
        lines = list(csv.DictReader(io.StringIO(str(text)), delimiter=";"))
    except csv.Error:
        raise Refusal(400, "fileBody is invalid") from None
    rows = []
    for line in lines:
        cells = {str(k).upper(): v for k, v in line.items() if k and v is not None}
        email = cells.pop("EMAIL", "")
        typed = {name: _typed(cell) for name, cell in cells.items()}
        rows.append({"email": email, "attributes": typed})
    return rows


def _typed(cell: str) -> Any:
    """Numbers and truths of a file are text; they are taken for what they look like."""
    try:
        value = json.loads(cell)
    except ValueError:
        return cell
    return value if isinstance(value, bool | int | float) and number(cell) else cell
