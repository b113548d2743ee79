"""Requests that wait for the person or a moderator."""

from __future__ import annotations

import html
import secrets
from typing import Any

from werkzeug.wrappers import Response

from ...store import Member
from ..base import Refusal, route
from ..links import PAGE
from .shapes import arguments, moment, no_content, one_of, paged, tagged

KINDS = ("subscription", "unsubscription", "held_message", "registration")
ACTIONS = ("hold", "reject", "discard", "accept", "defer")


class Requests:
    """A request is no membership: nobody who waits is in the roster.

    The person answers the mail; in the sandbox by the link that stands in it.
    """

    @route("GET", "/3.1/lists/<list_id>/requests")
    def list_requests(self, request, list_id):
        """Subscriptions, unless another type is asked for."""
        return paged(request, self._wanted(request, list_id))

    @route("GET", "/3.1/lists/<list_id>/requests/count")
    def count_requests(self, request, list_id):
        """How many that would be."""
        return tagged({"count": len(self._wanted(request, list_id))})

    @route("GET", "/3.1/lists/<list_id>/requests/<token>")
    def read_request(self, request, list_id, token):
        """One, or 404 once it is settled."""
        return tagged(self.request(self.list(list_id).id, token))

    @route("POST", "/3.1/lists/<list_id>/requests/<token>")
    def settle_request(self, request, list_id, token):
        """``accept`` works for what the person should confirm, too."""
        number = self.list(list_id).id
        given = arguments(request, "reason", action=one_of(*ACTIONS), reason=str)
        self.request(number, token)
        if given["action"] == "accept":
            self.settle(number, token, "accept")
        elif given["action"] in ("reject", "discard"):
            self.store.drop(self.code, "request", token, number)
        return no_content()

    @route("GET", "/confirm/<token>", login=False)
    @route("POST", "/confirm/<token>", login=False)
    def confirm_page(self, request, token):
        """What answering the mail does."""
        pending = next((r for r in self._all() if r["token"] == token), None)
        if pending is None:
            raise Refusal(404)
        title, form = "Confirm", '<form method="post"><button>Confirm</button></form>'
        if request.method == "POST":
            self.settle(self.list(pending["list_id"]).id, token, "click")
            title, form = "Thank you", ""
        email = html.escape(pending["email"])
        text = PAGE.format(tool=self.title, title=title, email=email, form=form)
        return Response(text, content_type="text/html; charset=utf-8")

    # ----------------------------------------------------------------- shared
    def new_request(
        self,
        list_id: int,
        one: Member,
        kind: str,
        owner: str = "subscriber",
        invitation: bool = False,
    ) -> str:
        """Let somebody decide; a mail goes to the person if it is theirs to do."""
        token = secrets.token_hex(20)
        self.store.put(
            self.code,
            "request",
            token,
            {
                "token": token,
                "type": kind,
                "list_id": self.entry(list_id).data["list_id"],
                "email": one.email,
                "display_name": self.shown_name(one),
                "when": moment(self.now()),
                "token_owner": owner,
                "invitation": invitation,
            },
            list_id,
        )
        if owner == "subscriber":
            self.store.note(
                self.code,
                "mail",
                list_id,
                one.id,
                email=one.email,
                purpose="confirm" if kind == "subscription" else "leave",
                link=f"{self.sandbox.url(self.code)}/confirm/{token}",
                token=token,
            )
        return token

    def settle(self, list_id: int, token: str, via: str) -> None:
        """Somebody agreed. After the person it may be the moderator's turn."""
        pending = self.request(list_id, token)
        self.store.drop(self.code, "request", token, list_id)
        one = self.address(pending["email"])
        if pending["type"] == "unsubscription":
            member = self.store.member(list_id, id=one.id)
            if member:
                self.end(member)
            return
        one.data["verified"] = one.data.get("verified") or self.now()
        self.store.save(self.code, [one])
        moderated = self.policy(list_id).endswith("moderate")
        asked = pending["token_owner"] == "subscriber"
        if asked and moderated and not pending["invitation"]:
            self.new_request(list_id, one, "subscription", "moderator")
        elif not self.store.member(list_id, id=one.id):
            self.join(list_id, one, via)

    def pending(self, list_id: int, email: str) -> dict[str, Any] | None:
        """The subscription that an address waits for."""
        for pending in self.store.find(self.code, "request", list_id):
            if (pending["type"], pending["email"]) == ("subscription", email):
                return pending
        return None

    def request(self, list_id: int, token: str) -> dict[str, Any]:
        """One request of a list, or 404."""
        found = self.store.get(self.code, "request", token, list_id)
        if found is None:
            raise Refusal(404)
        return found

    def _wanted(self, request, list_id: str) -> list[dict[str, Any]]:
        number = self.list(list_id).id
        given = arguments(
            request,
            "token_owner request_type page count",
            token_owner=one_of("no_one", "subscriber", "moderator"),
            request_type=one_of(*KINDS),
            page=int,
            count=int,
        )
        kind, owner = (
            given.get("request_type", "subscription"),
            given.get("token_owner"),
        )
        return [
            {key: value for key, value in pending.items() if key != "invitation"}
            for pending in self.store.find(self.code, "request", number)
            if pending["type"] == kind and owner in (None, pending["token_owner"])
        ]

    def _all(self) -> list[dict[str, Any]]:
        return self.store.find(self.code, "request")
