"""The bulk import: one at a time, later, and with nothing but a log as its answer."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from typing import Any

from ...store import Member
from ..base import Refusal, route
from .shapes import SUBSCRIPTIONS, ids, is_address

IDLE = {"name": "", "total": 0, "imported": 0, "status": "none"}


class Imports:
    """Upserts by address, mails nobody, and tells no row's fate.

    Blocklisted people stay so and get an ended membership. Only
    ``overwrite_subscription_status`` touches the status of who is there, also of who
    has left.
    """

    @route("POST", "/api/import/subscribers")
    def start_import(self, request):
        """``params`` as JSON and a ``file``, CSV or a zip with one."""
        self.needs("subscribers:import")
        if self._state()["status"] == "importing":
            raise Refusal(400, self.text("running"))
        try:
            params = json.loads(request.form["params"])
            text = _csv_of(request.files["file"].read())
        except (KeyError, ValueError, zipfile.BadZipFile) as problem:
            raise Refusal(400, self.text("params", reason=problem)) from None
        params = self._checked(params)
        self.store.drop(self.code, "log")
        name = request.files["file"].filename or "import.csv"
        rows = text.count("\n")
        job = {"name": name, "total": rows, "imported": 0, "polls": 0}
        self.store.put(self.code, "import", "1", job)
        self.later(lambda: self._import(params, text, request))
        return {"data": self._shown(job, "importing")}

    @route("GET", "/api/import/subscribers")
    def import_status(self, request):
        """How far it is."""
        self.needs("subscribers:import")
        job = self.store.get(self.code, "import", "1")
        if job is None:
            return {"data": IDLE}
        state = self.progress("import", "1", ("importing", "finished"))
        return {"data": self._shown(job, state or "none")}

    @route("GET", "/api/import/subscribers/logs")
    def import_log(self, request):
        """Text: the only place that names refused lines."""
        self.needs("subscribers:import")
        return {"data": "\n".join(self.store.find(self.code, "log"))}

    @route("DELETE", "/api/import/subscribers")
    def clear_import(self, request):
        """Stop it, or forget the finished one."""
        self.needs("subscribers:import")
        self.store.drop(self.code, "import")
        return {"data": IDLE}

    # ----------------------------------------------------------------- carried out
    def _checked(self, params: Any) -> dict[str, Any]:
        mode = params.get("mode") if isinstance(params, dict) else None
        if mode not in ("subscribe", "blocklist"):
            raise Refusal(400, self.text("params", reason="mode"))
        known = {entry.id for entry in self.all_lists()}
        lists = [id for id in ids(params.get("lists")) if id in known]
        if mode == "subscribe" and not lists:
            raise Refusal(403, self.text("permission"))
        status = params.get("subscription_status") or "unconfirmed"
        if status not in SUBSCRIPTIONS:
            raise Refusal(400, self.text("params", reason="subscription_status"))
        old = bool(params.get("overwrite"))
        return {
            "mode": mode,
            "delim": params.get("delim") or ",",
            "lists": lists,
            "status": status,
            "info": bool(params.get("overwrite_userinfo", old)),
            "again": bool(params.get("overwrite_subscription_status", old)),
        }

    def _import(self, params: dict[str, Any], text: str, request) -> None:
        job = self.store.get(self.code, "import", "1")
        if job is None:
            return
        rows = csv.DictReader(io.StringIO(text), delimiter=params["delim"])
        for line, row in enumerate(rows, 2):
            fault = self._import_row(params, row, request)
            if fault:
                self._log(f"skipping line {line}: {row.get('email')}: {fault}")
            else:
                job["imported"] += 1
        self._log("imported finished")
        self.store.put(self.code, "import", "1", job)

    def _import_row(self, params: dict[str, Any], row: dict, request) -> str:
        email = (row.get("email") or "").strip().lower()
        blocked = email.rpartition("@")[2] in self.switches["domain_blocklist"]
        if not is_address(email) or request.refuses(email) or blocked:
            return "invalid email"
        one = self.store.member(self.pool, email)
        new = one is None
        if one is None:
            one = self.new_subscriber(email, row.get("name"))
        if new or params["info"]:
            self._inform(one, row)
        self.store.save(self.code, [one])
        if params["mode"] == "blocklist":
            self.block(one)
            return ""
        for list_id in params["lists"]:
            member = self.store.member(list_id, id=one.id)
            if member is None:
                self.put_on(one, list_id, params["status"])
            elif params["again"]:
                self.set_subscription(one, member, params["status"], "write")
        return ""

    def _inform(self, one: Member, row: dict) -> None:
        """Name and attributes; attributes that are no JSON are dropped."""
        if (row.get("name") or "").strip():
            one.shared["name"] = row["name"].strip()
        one.data["updated"] = self.sandbox.clock.now()
        try:
            attribs = json.loads(row.get("attributes") or "{}")
        except ValueError:
            attribs = {}
            self._log(f"skipping invalid attributes: {one.email}")
        one.attributes = attribs if isinstance(attribs, dict) else {}

    def _log(self, text: str) -> None:
        self.store.put(self.code, "log", self.store.next_number(), text)

    def _state(self) -> dict[str, Any]:
        """Whether one runs, by what the polls were told."""
        job = self.store.get(self.code, "import", "1")
        over = job is None or job["polls"] > self.switches["job_polls"]
        return {"status": "finished" if over else "importing"}

    def _shown(self, job: dict[str, Any], state: str) -> dict[str, Any]:
        return {key: job[key] for key in ("name", "total", "imported")} | {
            "status": state
        }


def _csv_of(content: bytes) -> str:
    if content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            content = archive.read(archive.namelist()[0])
    return content.decode("utf-8-sig")
