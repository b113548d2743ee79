"""Webhooks: registration with its handshake, and the calls with ids only."""

from __future__ import annotations

import secrets
import string
from typing import Any
from urllib.parse import urlencode, urlsplit

import requests

from ...courier import is_loopback
from ...store import number
from ..base import Refusal, route

LETTERS = string.ascii_letters + string.digits
EVENTS = {
    "receiver": ("subscribed", "unsubscribed", "created", "updated", "deleted"),
    "group": ("created", "updated", "deleted"),
    "form": ("created", "updated", "deleted"),
    "filter": ("created", "updated", "deleted"),
    "automation": ("activated", "deactivated", "deleted"),
}


class Hooks:
    """Outside ``/v3``. Own writes call too; a failed call is not repeated."""

    @route("POST", "/hooks/eventhook")
    def register_hook(self, request):
        """Call the address first; it has to answer ``<verify> <secret>`` exactly.

        The address must be https, or http on loopback, which is all that is called.
        """
        body = request.form.to_dict() or self.body(request)
        url, event = str(body.get("url") or ""), str(body.get("event") or "")
        verify, condition = (
            str(body.get("verify") or ""),
            str(body.get("condition") or ""),
        )
        if not _is_event(event) or not 10 <= len(verify) <= 50:
            raise Refusal(400, "Bad Request: invalid event or verify")
        if urlsplit(url).scheme != "https" and not is_loopback(url):
            raise Refusal(400, "Bad Request: url must be https")
        if condition:
            self.group(condition)
        if self.store.get(self.code, "hook", event, condition):
            raise Refusal(409, "Conflict: already registered")
        secret = _random(32)
        self._shake_hands(url, verify, secret)
        hook = {
            "event": event,
            "condition": condition,
            "url": url,
            "call_token": _random(64),
        }
        self.store.put(self.code, "hook", event, hook, condition)
        return {"success": True, "call_token": hook["call_token"], "secret": secret}

    @route("GET", "/hooks/eventhook")
    def list_hooks(self, request):
        """What is registered, without the tokens."""
        return [
            {key: hook[key] for key in ("event", "condition", "url")}
            for hook in self.store.find(self.code, "hook")
        ]

    @route("DELETE", "/hooks/eventhook/<event>")
    def delete_hook(self, request, event):
        """One event, of one group with ``condition``."""
        condition = request.args.get("condition", "")
        if not self.store.drop(self.code, "hook", event, condition):
            raise Refusal(404, "Not Found")
        return True

    def emit(self, event: str, group: int, person: int = 0) -> None:
        """Call every hook that wants this event, in the background."""
        for hook in self.store.find(self.code, "hook"):
            if hook["event"] not in (event, event.split(".")[0]):
                continue
            if hook["condition"] and number(hook["condition"]) != group:
                continue
            payload: dict[str, Any] = {"group_id": str(group)}
            if person:
                payload = {"pool_id": str(person), **payload}
            self.sandbox.courier.send(
                self.code,
                event,
                hook["url"],
                json={"condition": str(group), "event": event, "payload": payload},
                headers={"X-CR-Calltoken": hook["call_token"]},
            )

    def _shake_hands(self, url: str, verify: str, secret: str) -> None:
        glue = "&" if urlsplit(url).query else "?"
        try:
            answer = self.sandbox.courier.call(
                "GET", f"{url}{glue}{urlencode({'secret': secret})}"
            )
        except requests.RequestException as problem:
            raise Refusal(
                400, f"Bad Request: no answer ({type(problem).__name__})"
            ) from None
        if answer.status_code != 200 or answer.text != f"{verify} {secret}":
            raise Refusal(400, "Bad Request: verification failed")


def _is_event(event: str) -> bool:
    category, dot, name = event.partition(".")
    return category in EVENTS and (not dot or name in EVENTS[category])


def _random(length: int) -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(length))
