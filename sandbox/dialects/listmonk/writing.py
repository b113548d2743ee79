"""Creating and changing subscribers one by one, blocklisting, deleting."""

from __future__ import annotations

from typing import Any

from ...store import Member
from ..base import Refusal, route
from .shapes import STATUSES, ids, is_address, new_uuid


class Writing:
    """PUT replaces everything: a missing ``lists`` takes somebody off all lists.

    Each POST, PUT and PATCH that does not say ``preconfirm_subscriptions`` mails people
    who still have to confirm, again.
    """

    @route("POST", "/api/subscribers")
    def create_subscriber(self, request):
        """New people only: 409 for a known address."""
        self.needs("subscribers:manage")
        body = self.body(request)
        email = self.usable(request, body.get("email"))
        if self.store.people(self.code, [email]):
            raise Refusal(409, self.text("exists"))
        one = self.new_subscriber(email, body.get("name"))
        self._fill(one, body)
        one.attributes = _attribs(body)
        self.store.save(self.code, [one])
        self._subscribe(one, body, replace=True)
        self._ask(one, body)
        return {"data": self.resource(one)}

    @route("PUT", "/api/subscribers/<int:id>")
    def replace_subscriber(self, request, id):
        """Everything anew; afterwards the answer is looked up by the address sent."""
        self.needs("subscribers:manage")
        body, one = self.body(request), self.subscriber(id)
        email = str(body.get("email") or "").strip().lower()
        if email:
            self._move(one, self.usable(request, email))
        self._fill(one, body)
        one.attributes = _attribs(body)
        self._save(one)
        self._subscribe(one, body, replace=True)
        self._ask(one, body)
        if not email:
            raise Refusal(400, self.text("no_subscriber", id=0))
        return {"data": self.resource(one)}

    @route("PATCH", "/api/subscribers/<int:id>")
    def change_subscriber(self, request, id):
        """What is sent changes; attributes merge at the top. Since v6.1.0."""
        version = self.switches["version"].lstrip("v").split(".")
        if tuple(map(int, version[:2])) < (6, 1):
            raise Refusal(405)
        self.needs("subscribers:manage")
        body, one = self.body(request), self.subscriber(id)
        if "email" in body:
            self._move(one, self.usable(request, body["email"]))
        self._fill(one, body)
        one.attributes = one.attributes | _attribs(body)
        self._save(one)
        if "lists" in body:
            self._subscribe(one, body, replace=True)
        elif one.data["status"] == "blocklisted":
            self.leave_all(one)
        self._ask(one, body)
        return {"data": self.resource(one)}

    @route("DELETE", "/api/subscribers/<int:id>")
    def delete_subscriber(self, request, id):
        """Final, and nothing remembers it."""
        self.needs("subscribers:manage")
        self.forget(self.subscriber(id))
        return {"data": True}

    @route("DELETE", "/api/subscribers")
    def delete_subscribers(self, request):
        """Several, by ``id``; unknown ones do not matter."""
        self.needs("subscribers:manage")
        wanted = [int(id) for id in request.args.getlist("id") if id.isdigit()]
        if not wanted:
            raise Refusal(400, self.text("ids"))
        for one in self.store.members(self.pool, ids=wanted):
            self.forget(one)
        return {"data": True}

    @route("PUT", "/api/subscribers/blocklist")
    def block_subscribers(self, request):
        """Several, by ``ids``."""
        self.needs("subscribers:manage")
        wanted = ids(self.body(request).get("ids"))
        if not wanted:
            raise Refusal(400, self.text("ids"))
        for one in self.store.members(self.pool, ids=wanted):
            self.block(one)
        return {"data": True}

    @route("PUT", "/api/subscribers/<int:id>/blocklist")
    def block_subscriber(self, request, id):
        """One."""
        self.needs("subscribers:manage")
        self.block(self.subscriber(id))
        return {"data": True}

    @route("PUT", "/api/subscribers/query/blocklist")
    def block_found(self, request):
        """By an SQL fragment."""
        for one in self._found(request):
            self.block(one)
        return {"data": True}

    @route("POST", "/api/subscribers/query/delete")
    def delete_found(self, request):
        """By an SQL fragment."""
        for one in self._found(request):
            self.forget(one)
        return {"data": True}

    @route("POST", "/api/subscribers/<int:id>/optin")
    def ask_again(self, request, id):
        """The opt-in mail once more."""
        self.needs("subscribers:manage")
        self._ask(self.subscriber(id), {})
        return {"data": True}

    # ----------------------------------------------------------------- shared
    def usable(self, request, value: Any) -> str:
        """A well-formed address that no setting keeps out, in lower case."""
        email = str(value or "").strip().lower()
        if not is_address(email) or (request and request.refuses(email)):
            raise Refusal(400, self.text("email"))
        if email.rpartition("@")[2] in self.switches["domain_blocklist"]:
            raise Refusal(400, self.text("domain"))
        return email

    def new_subscriber(self, email: str, name: Any = "") -> Member:
        """An entry for the pool, not yet saved."""
        now = self.sandbox.clock.now()
        shared = {"name": str(name or "").strip() or email.partition("@")[0]}
        data = {"uuid": new_uuid(), "status": "enabled", "created": now, "updated": now}
        return Member(self.pool, email, shared=shared, data=data)

    def block(self, one: Member, touch: bool = True) -> None:
        """No mail at all any more; every membership ends."""
        one.data["status"] = "blocklisted"
        if touch:
            self._save(one)
        else:
            self.store.save(self.code, [one])
        self.leave_all(one)

    def forget(self, one: Member) -> None:
        """Delete somebody."""
        for member in self.memberships(one):
            self.store.remove(member.list_id, [one.id])
        self.store.remove(self.pool, [one.id])

    def _found(self, request) -> list[Member]:
        self.needs("subscribers:manage")
        body = self.body(request)
        if not body.get("query") and not body.get("all"):
            raise Refusal(400, self.text("data"))
        found = self.found_by(body.get("query") or "1 = 1")
        return self.store.members(self.pool, ids=found)

    def _save(self, one: Member) -> None:
        one.data["updated"] = self.sandbox.clock.now()
        self.store.save(self.code, [one])

    def _fill(self, one: Member, body: dict[str, Any]) -> None:
        """Name and status; an empty one keeps what is there."""
        status = body.get("status") or one.data.get("status", "enabled")
        if status not in STATUSES:
            raise Refusal(400, self.text("data"))
        one.data["status"] = status
        if body.get("name"):
            one.shared["name"] = str(body["name"]).strip()

    def _move(self, one: Member, email: str) -> None:
        """Another address; somebody else's is a fault of the database."""
        if email != one.email and self.store.people(self.code, [email]):
            reason = 'duplicate key value violates unique constraint "idx_subs_email"'
            raise Refusal(500, self.text("update", reason=reason))
        one.email = email

    def _subscribe(self, one: Member, body: dict[str, Any], replace: bool) -> None:
        confirmed = body.get("preconfirm_subscriptions") is True
        self.set_lists(one, ids(body.get("lists")), confirmed, replace)

    def _ask(self, one: Member, body: dict[str, Any]) -> None:
        """The hidden mail to who is still unconfirmed on double opt-in lists."""
        if body.get("preconfirm_subscriptions") is True:
            return
        wanted = ids(body.get("lists")) if "lists" in body else None
        for member in self.memberships(one):
            if member.status == "pending" and (
                wanted is None or member.list_id in wanted
            ):
                self.ask(member)


def _attribs(body: dict[str, Any]) -> dict[str, Any]:
    given = body.get("attribs")
    return dict(given) if isinstance(given, dict) else {}
