"""Who is on which list, and what makes somebody mailable there."""

from __future__ import annotations

from typing import Any

from ...store import Member
from ..base import Refusal, route
from .shapes import SUBSCRIPTIONS, ids, word


class Memberships:
    """``updated`` of a membership is its own time; the subscriber's does not move when
    a person leaves or confirms."""

    @route("PUT", "/api/subscribers/lists")
    @route("PUT", "/api/subscribers/lists/<int:ignored>")
    def change_memberships(self, request, ignored=0):
        """``ids`` must be in the body. ``add`` with a status overrides everything, also
        who has left; without one it leaves those alone who are there."""
        self.needs("subscribers:manage")
        body = self.body(request)
        members = self.store.members(self.pool, ids=ids(body.get("ids")))
        if not ids(body.get("ids")):
            raise Refusal(400, self.text("ids"))
        return self._change(members, body)

    @route("PUT", "/api/subscribers/query/lists")
    def change_found_memberships(self, request):
        """The same, for who is found by an SQL fragment."""
        self.needs("subscribers:manage")
        body = self.body(request)
        found = self.found_by(body.get("query") or "1 = 1")
        return self._change(self.store.members(self.pool, ids=found), body)

    def _change(self, people: list[Member], body: dict[str, Any]) -> dict[str, bool]:
        lists, action = ids(body.get("target_list_ids")), body.get("action")
        status = body.get("status") or ""
        if not lists:
            raise Refusal(400, self.text("lists"))
        if action not in ("add", "remove", "unsubscribe"):
            raise Refusal(400, self.text("action"))
        if status and status not in SUBSCRIPTIONS:
            raise Refusal(400, self.text("data"))
        known = {entry.id for entry in self.all_lists()}
        if not set(lists) <= known:
            reason = "violates foreign key constraint"
            raise Refusal(500, self.text("update", reason=reason))
        with self.store.transaction():
            for one in people:
                for list_id in lists:
                    self._change_one(one, list_id, action, status)
        return {"data": True}

    def _change_one(self, one: Member, list_id: int, action: str, status: str) -> None:
        member = self.store.member(list_id, id=one.id)
        if action == "remove":
            self.store.remove(list_id, [one.id])
        elif action == "unsubscribe":
            if member:
                self.set_subscription(one, member, "unsubscribed", "write")
        elif member is None:
            self.put_on(one, list_id, status or "unconfirmed")
        elif status:
            # On conflict the real statement sets the status and no time.
            self.set_subscription(one, member, status, "write", touch=False)

    # ----------------------------------------------------------------- shared
    def set_lists(
        self, one: Member, wanted: list[int], confirmed: bool, replace: bool
    ) -> None:
        """The lists of a POST, PUT or PATCH. Who left or confirmed stays so; unknown
        lists are ignored. Somebody blocklisted gets only ended memberships."""
        known = {entry.id for entry in self.all_lists()}
        there = {member.list_id: member for member in self.memberships(one)}
        for list_id in sorted(set(wanted) & known):
            member = there.pop(list_id, None)
            if member is None:
                self.put_on(one, list_id, "confirmed" if confirmed else "unconfirmed")
            elif confirmed and member.data.get("sub") == "unconfirmed":
                self.set_subscription(one, member, "confirmed", "write")
        if replace:
            for list_id in there:
                self.store.remove(list_id, [one.id])
        if one.data["status"] == "blocklisted":
            self.leave_all(one)
        else:
            self.refresh(one)

    def put_on(self, one: Member, list_id: int, subscription: str) -> Member:
        """A new membership."""
        if one.data.get("status") == "blocklisted":
            subscription = "unsubscribed"
        now = self.sandbox.clock.now()
        member = Member(list_id, one.email, one.id, shared=dict(one.shared))
        member.registered = self.now()
        member.data = {"sub": subscription, "created": now, "updated": now}
        member.status = self._word(one, member)
        self.store.save(self.code, [member])
        return member

    def set_subscription(
        self, one: Member, member: Member, subscription: str, via: str, touch=True
    ) -> None:
        """Change one membership; journal it if somebody is brought back by it."""
        if touch:
            member.data["updated"] = self.sandbox.clock.now()
        member.data["sub"] = subscription
        self._keep(one, member, via)

    def leave_all(self, one: Member) -> None:
        """End every membership, which stays visible as unsubscribed."""
        for member in self.memberships(one):
            if member.data.get("sub") != "unsubscribed":
                self.set_subscription(one, member, "unsubscribed", "write")

    def refresh(self, one: Member, via: str = "write") -> None:
        """The subscriber's own status changed: so may what each membership means."""
        for member in self.memberships(one):
            self._keep(one, member, via)

    def _keep(self, one: Member, member: Member, via: str) -> None:
        before, member.status = member.status, self._word(one, member)
        if member.status == "unsubscribed":
            member.deactivated = member.deactivated or self.now()
        else:
            member.deactivated = 0
        self.store.save(self.code, [member])
        if member.status == "subscribed" != before:
            self.store.note(
                self.code,
                "reactivation",
                member.list_id,
                member.id,
                email=member.email,
                before=before,
                via=via,
            )

    def _word(self, one: Member, member: Member) -> str:
        optin = self.list(member.list_id).data["optin"]
        status = one.data.get("status", "enabled")
        return word(status, member.data.get("sub", "confirmed"), optin)

    def ask(self, member: Member) -> None:
        """The mail with the link that confirms."""
        if self.switches["send_optin_confirmation"]:
            self.mail(member, "confirm")

    def followed(self, member: Member, purpose: str, ip: str) -> None:
        """The person clicks. Neither moves the subscriber's own time."""
        one = self.subscriber(member.id)
        if purpose == "leave":
            self.set_subscription(one, member, "unsubscribed", "click")
        elif member.data.get("sub") == "unconfirmed":
            member.data["meta"] = {"optin_ip": ip}
            self.set_subscription(one, member, "confirmed", "click")
