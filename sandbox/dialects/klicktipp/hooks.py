"""Outgoing calls ("Webhook", once "Outbound"): set up by hand, without a signature."""

from __future__ import annotations

from typing import Any

from ...store import Member
from ..base import Refusal

#: a call triggered by a tag is made at most once in so many seconds for each contact
PAUSE = 6 * 3600


class Hooks:
    """No API manages them, so there is no route here; the staff calls ``new_hook``."""

    def new_hook(
        self,
        url: str,
        trigger: int | str,
        static: dict[str, str] | None = None,
        fields: dict[str, str] | None = None,
        campaign: bool = False,
    ) -> int:
        """Call ``url`` for whoever gets a tag; the number of the hook.

        :param trigger: a tag's id; ``deletion`` for the privacy dashboard's calls
        :param static: values sent along, such as ``{"Authorization": "a token"}``
        :param fields: name in the call → name of a contact's field
        :param campaign: an action in a campaign, which no pause holds back
        """
        if trigger != "deletion" and not self.store.list(self.code, trigger):
            raise Refusal(404, "no such tag")
        number = self.store.next_number()
        hook = {
            "id": number,
            "url": url,
            "trigger": trigger,
            "static": static or {},
            "fields": fields or {},
            "campaign": campaign,
        }
        self.store.put(self.code, "hook", number, hook)
        return number

    def emit(self, trigger: int | str, contact: Member) -> None:
        """Call every hook of this trigger, form-encoded, in the background."""
        for hook in self.store.find(self.code, "hook"):
            if hook["trigger"] != trigger or not self._due(hook, contact):
                continue
            values: dict[str, Any] = {"email": contact.email, **hook["static"]}
            for name, field in hook["fields"].items():
                values[name] = contact.shared.get(field, "")
            event = "deletion" if trigger == "deletion" else "tagged"
            self.sandbox.courier.send(self.code, event, hook["url"], data=values)

    def _due(self, hook: dict[str, Any], contact: Member) -> bool:
        if hook["campaign"] or hook["trigger"] == "deletion":
            return True
        last = self.store.get(self.code, "called", contact.id, hook["id"])
        if last is not None and self.now() - last < PAUSE:
            return False
        self.store.put(self.code, "called", contact.id, self.now(), hook["id"])
        return True
