"""The listbuilding API: a weak key for forms, tied to one process and one tag."""

from __future__ import annotations

from typing import Any

from ..base import Refusal, route
from .shapes import state

KEY = "sandbox-listbuilding-key"


class Listbuilding:
    """Without a login. The key's tag is made when it is first used."""

    @route("POST", "/subscriber/signin", login=False)
    def sign_in(self, request):
        """A signup, by the key's double opt-in; answers where to send the person."""
        body = self._keyed(request)
        body |= {"tagid": self._key_tag(), "listid": None}
        self.sign_up(request, body)
        return [self.process()["pendingurl"]]

    @route("POST", "/subscriber/signout", login=False)
    def sign_out(self, request):
        """Take the key's tag away."""
        contact = self.by_email(self.needed(self._keyed(request), "email"))
        self.store.remove(self._key_tag(), [contact.id])
        return [True]

    @route("POST", "/subscriber/signoff", login=False)
    def sign_off(self, request):
        """Unsubscribe."""
        contact = self.by_email(self.needed(self._keyed(request), "email"))
        if state(contact) == "subscribed":
            self.leave(contact)
        return [True]

    def _keyed(self, request) -> dict[str, Any]:
        body = self.given(request)
        if not body.get("apikey"):
            raise Refusal(401, "Missing required argument apikey")
        if body["apikey"] != KEY:
            if self.awkward("key_500"):
                raise Refusal(500, body=None)
            raise Refusal(406, body={"error": 100})
        return body

    def _key_tag(self) -> int:
        for tag in self.store.lists(self.code):
            if tag.name == "Listbuilding":
                return tag.id
        return self.new_list("Listbuilding")
