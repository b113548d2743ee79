"""Webhooks: calls as forms, at the customer's choice without those for own writes."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime, timezone
from typing import Any
from urllib.parse import urlencode

import requests
from werkzeug.wrappers import Response

from ...store import Member
from ..base import Refusal, route
from .shapes import contact_number, field_error, list_hex, problem

EVENTS = ("subscribe", "unsubscribe", "profile", "cleaned", "upemail", "campaign")
SOURCES = ("user", "admin", "api")


class Hooks:
    """A failed call is not repeated here. Chosen: what is not named is off."""

    @route("GET", "/3.0/lists/<audience>/webhooks")
    def list_hooks(self, request, audience):
        """Without their secrets."""
        entry = self.audience(audience)
        found = [_shown(one) for one in self._hooks(entry.id)]
        return {
            "webhooks": found,
            "list_id": list_hex(entry.id),
            "total_items": len(found),
            "_links": [],
        }

    @route("POST", "/3.0/lists/<audience>/webhooks")
    def create_hook(self, request, audience):
        """The address is called by GET first and has to answer 200."""
        entry, body = self.audience(audience), self.body(request)
        url = str(body.get("url") or "")
        if not url:
            raise field_error("url", "This value should not be blank.")
        if any(one["url"] == url for one in self._hooks(entry.id)):
            text = "Sorry, you can't set up multiple WebHooks for one URL"
            raise problem(400, "Invalid Resource", text)
        self._try(url)
        id = secrets.token_hex(5)
        hook = {
            "id": id,
            "url": url,
            "events": _switched(body.get("events"), EVENTS),
            "sources": _switched(body.get("sources"), SOURCES),
            "list_id": list_hex(entry.id),
            "signing_secret": secrets.token_hex(16)
            if self.switches["sign_webhooks"]
            else "",
            "_links": [],
        }
        self.store.put(self.code, "hook", id, hook, entry.id)
        return hook if hook["signing_secret"] else _shown(hook)

    @route("GET", "/3.0/lists/<audience>/webhooks/<id>")
    def read_hook(self, request, audience, id):
        """One."""
        return _shown(self._hook(self.audience(audience).id, id))

    @route("PATCH", "/3.0/lists/<audience>/webhooks/<id>")
    def change_hook(self, request, audience, id):
        """What is not named stays."""
        list_id, body = self.audience(audience).id, self.body(request)
        hook = self._hook(list_id, id)
        if body.get("url") and body["url"] != hook["url"]:
            self._try(str(body["url"]))
            hook["url"] = str(body["url"])
        hook["events"] |= body.get("events") or {}
        hook["sources"] |= body.get("sources") or {}
        return _shown(self.store.put(self.code, "hook", id, hook, list_id))

    @route("DELETE", "/3.0/lists/<audience>/webhooks/<id>")
    def delete_hook(self, request, audience, id):
        """No more calls."""
        list_id = self.audience(audience).id
        self._hook(list_id, id)
        self.store.drop(self.code, "hook", id, list_id)
        return Response(status=204)

    # ----------------------------------------------------------------- shared
    def tell(self, before: Member | None, member: Member, source: str) -> None:
        """Make the calls that a change asks for."""
        if before and before.email != member.email:
            self.call(
                "upemail",
                member,
                source,
                new_id=f"{member.id:010x}",
                new_email=member.email,
                old_email=before.email,
            )
        status = member.status
        if before is None or before.status != status:
            was = before.status if before else ""
            if status == "subscribed":
                self.call("subscribe", member, source)
            elif status == "hard_bounce":
                self.call("cleaned", member, source, reason="hard")
            elif status in ("unsubscribed", "archived") and was:
                action = "delete" if status == "archived" else "unsub"
                left = member.data.get("left")
                reason = "abuse" if left == "abuse" else "manual"
                self.call("unsubscribe", member, source, action=action, reason=reason)
        if before and before.attributes != member.attributes:
            self.call("profile", member, source)

    def call(self, event: str, member: Member, source: str, **more: Any) -> None:
        """Call the webhooks of a list that want this event from this source."""
        for hook in self._hooks(member.list_id):
            if hook["events"].get(event) and hook["sources"].get(source):
                self._send(hook, event, member, more)

    # ----------------------------------------------------------------- details
    def _send(self, hook: dict[str, Any], event: str, member: Member, more) -> None:
        now = self.now()
        fired = datetime.fromtimestamp(now, timezone.utc)
        form = {"type": event, "fired_at": fired.strftime("%Y-%m-%d %H:%M:%S")}
        data = {"list_id": list_hex(member.list_id), **more}
        if event not in ("upemail", "cleaned"):
            data |= {
                "id": f"{member.id:010x}",
                "email": member.email,
                "email_type": member.data.get("email_type", "html"),
                "ip_opt": member.data.get("ip_opt", ""),
                "ip_signup": member.data.get("ip_signup", ""),
                "web_id": contact_number(member),
                "merges][EMAIL": member.email,
            }
            for tag in self.fields(member.list_id):
                value = member.attributes.get(tag, "")
                parts = value if isinstance(value, dict) else {"": value}
                for part, text in parts.items():
                    data[f"merges][{tag}" + (f"][{part}" if part else "")] = text
        elif event == "cleaned":
            data |= {"email": member.email, "campaign_id": ""}
        form |= {f"data[{key}]": value for key, value in data.items()}
        body = urlencode(form)
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        if hook["signing_secret"]:
            key = hook["signing_secret"].encode()
            signed = hmac.new(key, f"{now}.{body}".encode(), hashlib.sha256).hexdigest()
            headers["X-Mailchimp-Signature"] = f"t={now},v1={signed}"
        self.sandbox.courier.send(
            self.code, event, hook["url"], data=body, headers=headers
        )

    def _try(self, url: str) -> None:
        try:
            status = self.sandbox.courier.call("GET", url).status_code
        except (requests.RequestException, ValueError):
            status = 0
        if status != 200:
            text = "We couldn't connect to the webhook URL provided."
            raise problem(400, "Invalid Resource", text)

    def _hooks(self, list_id: int) -> list[dict[str, Any]]:
        return self.store.find(self.code, "hook", list_id)

    def _hook(self, list_id: int, id: str) -> dict[str, Any]:
        hook = self.store.get(self.code, "hook", id, list_id)
        if hook is None:
            raise Refusal(404)
        return hook


def _switched(given: Any, names: tuple[str, ...]) -> dict[str, bool]:
    given = given if isinstance(given, dict) else {}
    return {name: bool(given.get(name)) for name in names}


def _shown(hook: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in hook.items() if key != "signing_secret"}
