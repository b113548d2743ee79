"""``POST /members``: the way through verification, confirmation and approval."""

from __future__ import annotations

from typing import Any

from ...store import Member
from ..base import Refusal, route
from .members import DELIVERY, ROLES
from .shapes import STATUSES, address, arguments, created, one_of, tagged, truth

FLAGS = ("pre_verified", "pre_confirmed", "pre_approved", "invitation")


class Subscribing:
    """The flags skip steps; which steps there are is the list's policy.

    Without ``pre_verified`` even an open list asks by mail, unless the address was
    verified before. An invitation always asks, and nothing but the person's answer
    counts then.
    """

    @route("POST", "/3.1/members")
    def subscribe(self, request):
        """201 for a member, 202 for a request; 409 for who is there or pending."""
        given = arguments(
            request,
            "role display_name delivery_mode delivery_status send_welcome_message "
            + " ".join(FLAGS),
            list_id=str,
            subscriber=address,
            role=one_of(*ROLES),
            display_name=str,
            delivery_mode=str,
            delivery_status=one_of(*DELIVERY),
            send_welcome_message=truth,
            **dict.fromkeys(FLAGS, truth),
        )
        try:
            entry = self.list(given["list_id"])
        except Refusal:
            raise Refusal(400, "No such list") from None
        email = given["subscriber"]
        if request.refuses(email):
            raise Refusal(400, 'Invalid Parameter "subscriber": .')
        with self.store.transaction():
            # The address is kept whatever becomes of the request; only a new one takes
            # the name.
            one = self.store.member(self.book, email.lower())
            one = one or self.new_address(email, given.get("display_name", ""))
            return self.register(entry.id, one, given, "write")

    def register(self, list_id: int, one: Member, given: dict[str, Any], via: str):
        """The first checks, then as far as the flags lead."""
        self.make_user(one)
        if self.store.member(list_id, id=one.id):
            raise Refusal(409, "Member already subscribed")
        if self.is_banned(one.email, list_id):
            raise Refusal(400, "Membership is banned")
        if self.pending(list_id, one.email):
            raise Refusal(409, "Subscription request already pending")
        owner = self._next_owner(list_id, one, given)
        if owner:
            token = self.new_request(
                list_id, one, "subscription", owner, bool(given.get("invitation"))
            )
            return self.json(tagged({"token": token, "token_owner": owner}), 202)
        member = self.join(list_id, one, via, given.get("delivery_status", ""))
        return created(self.link(f"members/{self.member_id(member)}"))

    def _next_owner(self, list_id: int, one: Member, given: dict[str, Any]) -> str:
        """Who has to act next; "" when nobody has to."""
        if given.get("invitation"):
            return "subscriber"
        if not one.data.get("verified"):
            if not given.get("pre_verified"):
                return "subscriber"
            one.data["verified"] = self.now()
            self.store.save(self.code, [one])
        policy = self.policy(list_id)
        if policy.startswith("confirm") and not given.get("pre_confirmed"):
            return "subscriber"
        if policy.endswith("moderate") and not given.get("pre_approved"):
            return "moderator"
        return ""

    def policy(self, list_id: int) -> str:
        """Open, confirm, moderate, or confirm_then_moderate."""
        return self.entry(list_id).data["config"]["subscription_policy"]

    def join(self, list_id: int, one: Member, via: str, delivery: str = "") -> Member:
        """A new membership, with an id that nobody had."""
        member = Member(list_id, one.email, one.id, shared=dict(one.shared))
        member.registered = member.activated = self.now()
        member.data["turn"] = self.store.next_number()
        if delivery:
            member.data["delivery_status"] = delivery
            member.status = STATUSES[delivery]
        self.store.save(self.code, [member])
        left = self.store.drop(self.code, "left", one.id, list_id)
        if left and member.status == "subscribed":
            self.came_back(member, "unsubscribed", via)
        return member
