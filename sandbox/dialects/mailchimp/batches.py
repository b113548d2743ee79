"""The asynchronous batch: any calls, carried out later, with the result as a file."""

from __future__ import annotations

import io
import json
import secrets
import tarfile
from typing import Any
from urllib.parse import urlencode

from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Response

from ...wire import Request
from ..base import Dialect, Refusal, route
from .shapes import cut, field_error, invalid, iso, problem

OPERATIONS, OPEN = 1000, 500
#: seconds that an address of a result lives
LIFETIME = 600


class Batches:
    """Carried out at once, told to be so after ``batch_seconds`` of the clock.

    Results come in another order than the operations. Deleting forgets a batch.
    """

    @route("POST", "/3.0/batches")
    def create_batch(self, request):
        """At most 1000 operations, and 500 batches that are not finished."""
        operations = self.body(request).get("operations")
        if not isinstance(operations, list) or not operations:
            raise field_error("operations", "This value should not be blank.")
        if len(operations) > OPERATIONS:
            raise invalid(f"At most {OPERATIONS} operations are possible.")
        for one in operations:
            if (
                not isinstance(one, dict)
                or not one.get("method")
                or not one.get("path")
            ):
                raise field_error("operations", "method and path are needed")
        running = [one for one in self._batches() if self._state(one) != "finished"]
        if len(running) >= OPEN:
            text = "You have exceeded the limit of pending batches."
            raise problem(429, "TooManyRequests", text)
        results = [self._carry_out(request, one) for one in operations]
        id = secrets.token_hex(5)
        batch = {
            "id": id,
            "total": len(results),
            "errored": sum(one["status_code"] >= 400 for one in results),
            "submitted": self.sandbox.clock.now(),
            "results": results[::-1],
        }
        self.store.put(self.code, "batch", id, batch)
        return self._batch(batch)

    @route("GET", "/3.0/batches")
    def list_batches(self, request):
        """All."""
        found = [self._batch(one) for one in self._batches()]
        page = cut(found, request.args)
        return {"batches": page, "total_items": len(found), "_links": []}

    @route("GET", "/3.0/batches/<id>")
    def read_batch(self, request, id):
        """How far it is; once finished, each reading gives a fresh address."""
        return self._batch(self._found(id))

    @route("DELETE", "/3.0/batches/<id>")
    def delete_batch(self, request, id):
        """Forget it."""
        self.store.drop(self.code, "batch", self._found(id)["id"])
        return Response(status=204)

    @route("GET", "/batch-results/<token>", login=False)
    def read_result(self, request, token):
        """The file: a compressed archive of JSON files; no login is needed."""
        ticket = self.store.get(self.code, "ticket", token)
        if ticket is None or ticket["until"] < self.sandbox.clock.now():
            raise Refusal(403, "The address has expired.")
        if self.awkward("late_results") and ticket["id"] not in self.fetched:
            self.fetched.add(ticket["id"])
            raise Refusal(400, "not there yet")
        results = self._found(ticket["id"])["results"]
        half = (len(results) + 1) // 2
        parts = [results[:half], results[half:]] if len(results) > 1 else [results]
        return Response(_archive(parts), content_type="application/gzip")

    # ----------------------------------------------------------------- details
    def _batches(self) -> list[dict[str, Any]]:
        return self.store.find(self.code, "batch")

    def _found(self, id: str) -> dict[str, Any]:
        batch = self.store.get(self.code, "batch", id)
        if batch is None:
            raise Refusal(404)
        return batch

    def _state(self, batch: dict[str, Any]) -> str:
        passed = self.sandbox.clock.now() - batch["submitted"]
        whole = self.switches["batch_seconds"]
        if passed >= whole:
            return "finished"
        states = ("pending", "preprocessing", "started", "finalizing")
        return states[int(max(0, passed) / whole * len(states))]

    def _batch(self, batch: dict[str, Any]) -> dict[str, Any]:
        state = self._state(batch)
        end, url = int(batch["submitted"] + self.switches["batch_seconds"]), ""
        if state == "finished":
            token = secrets.token_hex(16)
            until = self.sandbox.clock.now() + LIFETIME
            ticket = {"id": batch["id"], "until": until}
            self.store.put(self.code, "ticket", token, ticket)
            url = f"{self.sandbox.url(self.code)}/batch-results/{token}"
        done = state == "finished"
        return {
            "id": batch["id"],
            "status": state,
            "total_operations": batch["total"],
            "finished_operations": batch["total"] if done else 0,
            "errored_operations": batch["errored"] if done else 0,
            "submitted_at": iso(int(batch["submitted"])),
            "completed_at": iso(end) if done else "",
            "response_body_url": url,
            "_links": [],
        }

    def _carry_out(self, request, operation: dict[str, Any]) -> dict[str, Any]:
        """One operation as a request of its own, with this one's login."""
        path = "/3.0/" + str(operation["path"]).lstrip("/")
        login = request.headers.get("Authorization", "")
        builder = EnvironBuilder(
            path=path,
            method=str(operation["method"]).upper(),
            query_string=urlencode(operation.get("params") or {}),
            data=str(operation.get("body") or ""),
            content_type="application/json",
            headers={"Authorization": login},
        )
        inner = Request(builder.get_environ())
        inner.fault = request.fault
        # Past the limit of connections: an operation opens none.
        response = Dialect.answer(self, inner, path)
        return {
            "status_code": response.status_code,
            "operation_id": str(operation.get("operation_id") or ""),
            "response": response.get_data(as_text=True),
        }


def _archive(parts: list[list[dict[str, Any]]]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        folder = tarfile.TarInfo("./")
        folder.type, folder.mode = tarfile.DIRTYPE, 0o755
        archive.addfile(folder)
        for number, part in enumerate(parts):
            data = json.dumps(part).encode()
            entry = tarfile.TarInfo(f"./{number:08d}.json")
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()
