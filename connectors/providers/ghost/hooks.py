"""Webhooks: registered for the whole site, signed, and without the event's name."""

from __future__ import annotations

import json
import re
import secrets as random_secrets
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from ... import answers
from ...contract import Delivery, RemoteEvent, WebhookRegistration
from ...errors import ConnectorError, NotFound, WebhookRefused
from ...url_guard import path
from ...webhook import delivery_key, require_hmac
from . import mapping

EVENTS = ("member.added", "member.edited", "member.deleted")
#: ``sha256=<hex>, t=<milliseconds>``; the hash is of the body and the time
_SIGNATURE = re.compile(r"sha256=([0-9a-fA-F]{64}), *t=(\d{1,16})", re.ASCII)


class Hooks:
    """The connector's webhooks; needs ``_api``."""

    def register_webhooks(
        self, url: str, list_id: str, verify: str
    ) -> list[WebhookRegistration]:
        """One for each event, all with one secret of our making.

        :raises Conflict: the URL is registered already, and Ghost lists no webhooks:
            delete the integration's webhooks there
        """
        secret = random_secrets.token_hex(32)
        made: list[WebhookRegistration] = []
        try:
            for event in EVENTS:
                hook = {"event": event, "target_url": url, "secret": secret}
                hook["name"] = "Odoo"
                answer = self._api.call("POST", "/webhooks/", json={"webhooks": [hook]})
                remote_id = mapping.identifier(mapping.one(answer, "webhooks"))
                found = WebhookRegistration(remote_id, event, {"secret": secret})
                made.append(found)
        except ConnectorError:
            with suppress(ConnectorError):  # the first error is the one to tell
                self.unregister_webhooks(made, list_id)
            raise
        return made

    def unregister_webhooks(
        self, registrations: Iterable[WebhookRegistration], list_id: str
    ) -> None:
        for registration in registrations:
            with suppress(NotFound):
                where = path("webhooks", registration.remote_id) + "/"
                self._api.reply("DELETE", where, idempotent=True)

    @classmethod
    def verify(cls, delivery: Delivery, secrets: Mapping[str, str]) -> None:
        sent = _SIGNATURE.fullmatch(delivery.headers.get("x-ghost-signature") or "")
        if not sent:
            raise WebhookRefused("the call is not signed")
        time = sent[2].encode()
        require_hmac(secrets.get("secret") or "", sent[1], delivery.body, time)

    @classmethod
    def parse(cls, delivery: Delivery) -> list[RemoteEvent]:
        """What happened follows from what the member was and is."""
        try:
            body = json.loads(delivery.body)
        except (ValueError, RecursionError):
            raise WebhookRefused("the call holds no JSON") from None
        member = answers.mapping(answers.mapping(body).get("member"))
        now = answers.mapping(member.get("current"))
        before = answers.mapping(member.get("previous"))
        person = now or before
        if not person:
            raise WebhookRefused("the call tells of no member")
        email, old = (answers.text(each.get("email")) for each in (person, before))
        moved = bool(now and old and old != email)
        return [
            RemoteEvent(
                _kind(now, before, moved),
                delivery_key(delivery),
                remote_id=answers.text(person.get("id")),
                email=email,
                old_email=old if moved else "",
                at=answers.iso_time(now.get("updated_at")),
                raw=answers.mapping(body),
            )
        ]


def _kind(now: Mapping[str, Any], before: Mapping[str, Any], moved: bool) -> str:
    if not now:
        return "deleted"
    if moved:
        return "address_changed"
    return "updated" if before else "subscribed"
