"""Webhooks: registered for the whole site; the event stands nowhere in the call."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

from ..base import Refusal, route
from .newsletters import ADMIN
from .shapes import hexed


class Hooks:
    """There is no way to list them. Any name of an event is taken."""

    @route("POST", ADMIN + "/webhooks/")
    def create_webhook(self, request):
        """One URL for each event."""
        given = self.wrapped(request, "webhooks")
        event, url = given.get("event"), given.get("target_url")
        if not event or not url:
            raise Refusal(422, "Validation failed for event.", property="event")
        for hook in self.store.find(self.code, "webhook"):
            if (hook["event"], hook["target_url"]) == (event, url):
                raise Refusal(422, "Target URL has already been used for this event.")
        id = hexed(self.store.next_number())
        hook = {"id": id, "event": event, "target_url": url}
        hook |= {"secret": given.get("secret"), "name": given.get("name")}
        self.store.put(self.code, "webhook", id, hook)
        return self.json({"webhooks": [hook]}, 201)

    @route("DELETE", ADMIN + "/webhooks/<id>/")
    def delete_webhook(self, request, id):
        """Gone."""
        if not self.store.drop(self.code, "webhook", id):
            raise Refusal(404, "Webhook not found.")
        return self.json("", 204)

    def emit(self, event: str, now: dict[str, Any], before: dict[str, Any]) -> None:
        """Call all who wait for it, soon; ``before``: what has changed."""
        member = {"current": now, "previous": before}
        body = json.dumps({"member": member}, separators=(",", ":"))
        for hook in self.store.find(self.code, "webhook"):
            if hook["event"] != event:
                continue
            headers = {"Content-Type": "application/json"}
            if hook["secret"]:
                time = str(int(self.sandbox.clock.now() * 1000))
                digest = hmac.new(
                    hook["secret"].encode(), (body + time).encode(), hashlib.sha256
                )
                signature = f"sha256={digest.hexdigest()}, t={time}"
                headers["X-Ghost-Signature"] = signature
            self.sandbox.courier.send(
                self.code, event, hook["target_url"], data=body, headers=headers
            )
