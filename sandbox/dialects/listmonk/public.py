"""The public form: anybody may put an address on a public list."""

from __future__ import annotations

from typing import Any

from ..base import Refusal, route


class Public:
    """No login. Also brings back who has left, for it is the person who asks."""

    @route("GET", "/api/public/lists", login=False)
    def public_lists(self, request):
        """Those that anybody may join."""
        return [
            {"uuid": entry.data["uuid"], "name": entry.name}
            for entry in self.all_lists()
            if entry.data["type"] == "public"
        ]

    @route("POST", "/api/public/subscription", login=False)
    def public_subscription(self, request):
        """``has_optin`` tells whether a mail is on its way."""
        body = self.body(request)
        wanted = set(body.get("list_uuids") or ())
        lists = [
            entry.id
            for entry in self.all_lists()
            if entry.data["uuid"] in wanted and entry.data["type"] == "public"
        ]
        if not lists:
            raise Refusal(400, self.text("lists"))
        email = self.usable(request, body.get("email"))
        asked = [self.sign_up(id, email, body.get("name")) for id in lists]
        return {"data": {"has_optin": any(asked)}}

    def sign_up(self, list_id: int, email: str, name: Any = "") -> bool:
        """One list; returns whether the person is asked to confirm."""
        one = self.store.member(self.pool, email)
        if one is None:
            one = self.new_subscriber(email, name)
            self.store.save(self.code, [one])
        member = self.store.member(list_id, id=one.id)
        if member is None:
            member = self.put_on(one, list_id, "unconfirmed")
        elif member.data.get("sub") == "unsubscribed":
            self.set_subscription(one, member, "unconfirmed", "click")
        if member.status == "pending":
            self.ask(member)
        return member.status == "pending"
