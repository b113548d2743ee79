"""The address book and the users: who stands behind an address, on whatever list."""

from __future__ import annotations

import secrets
from typing import Any

from ...store import Member
from ..base import Refusal, route
from .shapes import arguments, created, is_address, moment, no_content, paged, tagged


class Addresses:
    """An address has a name and may be verified; a user has one or more addresses.

    Somebody who leaves all lists stays in the book. Deleting an address or a user ends
    the memberships too.
    """

    # -------------------------------------------------------------- addresses
    @route("GET", "/3.1/addresses")
    def list_addresses(self, request):
        """The whole book."""
        found = self.store.select(
            "m.list_id = ? AND p.tool = ? ORDER BY p.email", [self.book, self.code]
        )
        return paged(request, [self.address_resource(one) for one in found])

    @route("GET", "/3.1/addresses/<email>")
    def read_address(self, request, email):
        """One; any spelling of its case will do."""
        return tagged(self.address_resource(self.address(email)))

    @route("PATCH", "/3.1/addresses/<email>")
    def rename_address(self, request, email):
        """The name, which every list shows."""
        one = self.address(email)
        one.shared["display_name"] = arguments(request, display_name=str)[
            "display_name"
        ]
        self.store.save(self.code, [one])
        return no_content()

    @route("DELETE", "/3.1/addresses/<email>")
    def delete_address(self, request, email):
        """Forgotten, with all memberships."""
        self.forget(self.address(email))
        return no_content()

    @route("POST", "/3.1/addresses/<email>/<verb>")
    def verify_address(self, request, email, verb):
        """``verify`` or ``unverify``, without asking anybody."""
        one = self.address(email)
        if verb not in ("verify", "unverify"):
            raise Refusal(404)
        if verb == "unverify":
            one.data["verified"] = 0
        else:
            one.data["verified"] = one.data.get("verified") or self.now()
        self.store.save(self.code, [one])
        return no_content()

    @route("GET", "/3.1/addresses/<email>/memberships")
    def memberships_of(self, request, email):
        """Everything one address is subscribed to."""
        return paged(
            request, [self.resource(m) for m in self.on_lists(self.address(email))]
        )

    @route("GET", "/3.1/addresses/<email>/user")
    def user_of_address(self, request, email):
        """Who stands behind it, or 404."""
        user_id = self.user_id(self.address(email).id)
        if not user_id:
            raise Refusal(404)
        return tagged(self.user_resource(user_id))

    # ------------------------------------------------------------------ users
    @route("GET", "/3.1/users/<who>")
    def read_user(self, request, who):
        """One, by id or by an address."""
        return tagged(self.user_resource(self.user(who)))

    @route("PATCH", "/3.1/users/<who>")
    def rename_user(self, request, who):
        """The user's name, shown where an address has none."""
        user_id = self.user(who)
        given = arguments(
            request,
            "display_name cleartext_password",
            display_name=str,
            cleartext_password=str,
        )
        if "display_name" in given:
            self.store.put(self.code, "user", user_id, given["display_name"])
        return no_content()

    @route("DELETE", "/3.1/users/<who>")
    def delete_user(self, request, who):
        """With all addresses and memberships."""
        for one in self.addresses_of(self.user(who)):
            self.forget(one)
        return no_content()

    @route("GET", "/3.1/users/<who>/addresses")
    def list_addresses_of_user(self, request, who):
        """All addresses of a user."""
        found = self.addresses_of(self.user(who))
        return paged(request, [self.address_resource(one) for one in found])

    @route("POST", "/3.1/users/<who>/addresses")
    def add_address(self, request, who):
        """One more address. A free one is taken over, somebody else's is refused."""
        user_id = self.user(who)
        given = arguments(request, "display_name", email=str, display_name=str)
        email = given["email"]
        known = self.store.member(self.book, email.lower())
        if known and self.user_id(known.id):
            raise Refusal(400, "Address belongs to other user")
        if not known and not is_address(email):
            raise Refusal(400, "Invalid email address")
        one = known or self.new_address(email, given.get("display_name", ""))
        one.data["user"] = user_id
        self.store.save(self.code, [one])
        return created(self.link(f"addresses/{one.email}"))

    # ----------------------------------------------------------------- shared
    def address(self, email: str) -> Member:
        """An entry of the book, or 404."""
        found = self.store.member(self.book, email.lower())
        if found is None:
            raise Refusal(404)
        return found

    def new_address(self, email: str, name: str) -> Member:
        """An entry that belongs to nobody yet and is not verified."""
        data = {"original": email, "user": "", "verified": 0}
        shared = {"display_name": name}
        one = Member(self.book, email.lower(), shared=shared, data=data)
        self.store.save(self.code, [one])
        return one

    def make_user(self, one: Member) -> None:
        """Every address that asks for a subscription gets a user, named like it."""
        if not self.user_id(one.id):
            one.data["user"] = secrets.token_hex(16)
            name = one.shared.get("display_name", "")
            self.store.put(self.code, "user", one.data["user"], name)
            self.store.save(self.code, [one])

    def on_lists(self, one: Member) -> list[Member]:
        """The memberships of an address."""
        found = self.store.memberships(self.code, id=one.id)
        return [member for member in found if member.list_id != self.book]

    def forget(self, one: Member) -> None:
        """Delete an address and what hangs on it."""
        for member in self.on_lists(one):
            self.end(member)
        self.store.remove(self.book, [one.id])

    def user(self, who: str) -> str:
        """A user's id, by itself or by an address, or 404."""
        user_id = self.user_id(self.address(who).id) if "@" in who else who
        if not user_id or not self.addresses_of(user_id):
            raise Refusal(404)
        return user_id

    def user_id(self, person_id: int) -> str:
        """Whose address it is; seeded people have an id made of their number."""
        one = self.store.member(self.book, id=person_id)
        return one.data.get("user", f"{person_id:032x}") if one else ""

    def addresses_of(self, user_id: str) -> list[Member]:
        """The entries of the book that belong to a user."""
        return self.store.select(
            "m.list_id = ? AND coalesce(json_extract(m.data, '$.user'),"
            " printf('%032x', p.id)) = ? ORDER BY p.email",
            [self.book, user_id],
        )

    def shown_name(self, member: Member) -> str:
        """The address's name, or where it has none the user's."""
        own = member.shared.get("display_name")
        return own or self.store.get(self.code, "user", self.user_id(member.id)) or ""

    def address_resource(self, one: Member) -> dict[str, Any]:
        """An address as JSON; what is not known is left out."""
        found = {
            "email": one.email,
            "original_email": one.data.get("original", one.email),
            "registered_on": moment(one.created),
            "self_link": self.link(f"addresses/{one.email}"),
        }
        if one.shared.get("display_name"):
            found["display_name"] = one.shared["display_name"]
        if one.data.get("verified"):
            found["verified_on"] = moment(one.data["verified"])
        if user_id := self.user_id(one.id):
            found["user"] = self.link(f"users/{user_id}")
        return found

    def user_resource(self, user_id: str) -> dict[str, Any]:
        """A user as JSON."""
        found = {
            "created_on": moment(min(a.created for a in self.addresses_of(user_id))),
            "is_server_owner": False,
            "self_link": self.link(f"users/{user_id}"),
            "user_id": user_id,
        }
        name = self.store.get(self.code, "user", user_id)
        return found | {"display_name": name} if name else found
