"""Webhooks: no handshake, a bearer token or a header of the customer's."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import urlsplit

from ...courier import is_loopback
from ...store import Member, number
from ..base import Refusal, route

#: as it is registered -> as it is delivered
MARKETING = {
    "spam": "spam",
    "opened": "opened",
    "click": "click",
    "hardBounce": "hard_bounce",
    "softBounce": "soft_bounce",
    "unsubscribed": "unsubscribe",
    "listAddition": "list_addition",
    "delivered": "delivered",
    "contactUpdated": "contact_updated",
    "contactDeleted": "contact_deleted",
}
MOST = 40
#: events of the address book, which have other keys than those of mails
BOOK = ("listAddition", "contactUpdated", "contactDeleted")


class Hooks:
    """A call that fails is not made again: so it is with every answer of 5xx."""

    @route("POST", "/webhooks")
    def create_hook(self, request):
        """``type`` is transactional unless it is said."""
        body = self._hook_body(request)
        if self.store.find(self.code, "hook")[MOST - 1 :]:
            raise Refusal(400, "Maximum number of webhooks reached")
        id = self.store.next_number()
        hook = {"id": id, "type": "transactional", "channel": "email", "batched": False}
        moment = self.time(self.now())
        hook |= body | {"createdAt": moment, "modifiedAt": moment}
        self.store.put(self.code, "hook", id, hook)
        return self.json({"id": id}, 201)

    @route("GET", "/webhooks")
    def list_hooks(self, request):
        """Those of one type."""
        wanted = request.args.get("type", "transactional")
        found = self.store.find(self.code, "hook")
        return {"webhooks": [hook for hook in found if hook["type"] == wanted]}

    @route("GET", "/webhooks/<id>")
    def read_hook(self, request, id):
        """One."""
        return self._hook(id)

    @route("PUT", "/webhooks/<id>")
    def change_hook(self, request, id):
        """Part of one."""
        hook = self._hook(id) | self._hook_body(request, self._hook(id))
        self.store.put(self.code, "hook", id, hook)
        return self.done()

    @route("DELETE", "/webhooks/<id>")
    def delete_hook(self, request, id):
        """No more calls."""
        self._hook(id)
        self.store.drop(self.code, "hook", id)
        return self.done()

    def _hook(self, id: str) -> dict[str, Any]:
        hook = self.store.get(self.code, "hook", number(id))
        if hook is None:
            raise Refusal(404, "Webhook ID does not exist")
        return hook

    def _hook_body(self, request, known: dict[str, Any] | None = None) -> dict:
        body = self.body(request)
        whole = (known or {"type": "transactional"}) | body
        for key in ("url", "events"):
            if not whole.get(key):
                raise Refusal(400, f"{key} is missing", code="missing_parameter")
        url = str(whole["url"])
        if urlsplit(url).scheme != "https" and not is_loopback(url):
            raise Refusal(400, "url is invalid")
        if whole["type"] == "marketing" and set(whole["events"]) - set(MARKETING):
            raise Refusal(400, "events are invalid")
        if whole["type"] != "marketing" and set(whole["events"]) & set(BOOK):
            raise Refusal(400, "events do not belong to the type")
        return body

    # ------------------------------------------------------------------ calls
    def emit(self, event: str, member: Member, **more: Any) -> None:
        """Call every hook that wants this event, in the background."""
        for hook in self.store.find(self.code, "hook"):
            if hook["type"] != "marketing" or event not in hook["events"]:
                continue
            payload: Any = self._payload(event, member, hook["id"], dict(more))
            if hook["batched"]:
                payload = [payload]
            headers = {one["key"]: one["value"] for one in hook.get("headers") or []}
            if (hook.get("auth") or {}).get("type") == "bearer":
                headers["Authorization"] = f"Bearer {hook['auth']['token']}"
            self.sandbox.courier.send(
                self.code, event, hook["url"], json=payload, headers=headers
            )

    def _payload(
        self, event: str, member: Member, hook: int, more: dict[str, Any]
    ) -> dict[str, Any]:
        now = self.now()
        zone = timezone(timedelta(minutes=self.switches["time_offset"] or 0))
        local = datetime.fromtimestamp(now, zone).strftime("%Y-%m-%d %H:%M:%S")
        told = {"event": MARKETING[event], "email": member.email, "id": hook, "ts": now}
        if event not in BOOK:
            return told | {
                "camp_id": 1,
                "campaign name": "Newsletter",
                "date_sent": local,
                "date_event": local,
                "ts_sent": now,
                "ts_event": now,
                "tag": "",
                **more,
            }
        told |= {"key": "sandbox", "date": local}
        if event == "contactDeleted":
            told["email"] = [member.email]
        if event == "contactUpdated":
            attributes = more.pop("content", {})
            told["content"] = [{"email": member.email, "attributes": attributes}]
        return told | more
