"""Double opt-in, its templates, and the blocks of transactional mails."""

from __future__ import annotations

from typing import Any

from ...store import Member
from ..base import Refusal, route
from .people import address, is_address

#: what a block is called when it comes from
BLOCKS = {"hard_bounce": "hardBounce", "complaint": "contactFlaggedAsSpam"}


class OptIn:
    """Who is asked becomes a contact with the click, and not before.

    The click of somebody blocked lifts the block: it is their own consent.
    """

    @route("POST", "/contacts/doubleOptinConfirmation")
    def ask(self, request):
        """201 for somebody new, 204 for somebody known; a mail goes out."""
        body = self.body(request)
        for key in ("email", "includeListIds", "templateId", "redirectionUrl"):
            if not body.get(key):
                raise Refusal(400, f"{key} is missing", code="missing_parameter")
        template = self.store.get(self.code, "template", body["templateId"])
        if not template or template["tag"] != "optin" or not template["isActive"]:
            raise Refusal(400, "Template is not a valid double opt-in template")
        email = address(body["email"])
        if not is_address(email) or request.refuses(email):
            raise Refusal(400, "Invalid email address")
        lists = self._lists(body["includeListIds"])
        values = self.values(body.get("attributes"))
        with self.store.transaction():
            known = self.store.member(self.pool, email)
            self.invite(email, lists, values, body.get("excludeListIds") or [])
        return self.done(204 if known else 201)

    def invite(
        self, email: str, lists: list[int], values: dict[str, Any], off: Any = ()
    ) -> None:
        """Send the mail that asks; values and lists wait with the click."""
        wish = {"lists": lists, "values": values, "off": list(off)}
        for list_id in lists:
            place = self.store.member(list_id, email)
            if place is None:
                place = Member(list_id, email, status="pending", registered=self.now())
            place.data["wish"] = wish
            self.store.save(self.code, [place])
            facts = {"purpose": "confirm", "email": email}
            self.store.note(self.code, "mail", list_id, place.id, **facts)

    def confirm(self, place: Member) -> None:
        """The click on the mail."""
        wish = place.data.get("wish")
        if not wish:
            raise Refusal(404, "no confirmation mail")
        member = self.store.member(self.pool, place.email)
        if member is None:
            member = self.create(place.email, wish["values"])
        else:
            member.shared = wish["values"]
        self.store.save(self.code, [member])
        self.lift(member, "click")
        for list_id in wish["lists"]:
            self.put_on(member, list_id, "click")
            here = self.store.member(list_id, id=member.id)
            here.data.pop("wish", None)
            self.store.save(self.code, [here])
        for list_id in wish["off"]:
            self.take_off(member, list_id)

    @route("GET", "/smtp/templates")
    def list_templates(self, request):
        """A page; those for double opt-in have the tag ``optin``."""
        limit, offset = self.window(request, 50, 1000)
        found = self.store.find(self.code, "template")
        if request.args.get("templateStatus"):
            active = request.args["templateStatus"] == "true"
            found = [one for one in found if one["isActive"] is active]
        return {"templates": found[offset : offset + limit], "count": len(found)}

    # --------------------------------------------------------- transactional blocks
    @route("GET", "/smtp/blockedContacts")
    def list_blocked(self, request):
        """Apart from the blocks of campaigns."""
        limit, offset = self.window(request, 50, 100)
        found = self.store.find(self.code, "blocked")
        return {"contacts": found[offset : offset + limit], "count": len(found)}

    @route("DELETE", "/smtp/blockedContacts/<path:email>")
    def unblock(self, request, email):
        """Mails of the shop come again; the newsletter does not."""
        if not self.store.drop(self.code, "blocked", address(email)):
            raise Refusal(404, "Contact does not exist")
        return self.done()

    def block_transactional(self, email: str, why: str) -> None:
        """One more."""
        entry = {
            "email": email,
            "senderEmail": "",
            "reason": {"code": BLOCKS[why], "message": why},
            "blockedAt": self.time(self.now()),
        }
        self.store.put(self.code, "blocked", email, entry)
