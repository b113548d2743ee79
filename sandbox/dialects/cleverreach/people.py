"""What is done to one recipient: in and out, another address, tags, deletion."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...store import Member
from ..base import Refusal, route
from .shapes import address, deactivate, is_address, set_values


class People:
    """Calls by id or address. Deleting leaves no history: coming back is as new."""

    # ------------------------------------------------------------- in and out
    @route("PUT", "/v3/groups/<group>/receivers/<who>/activate")
    @route("PUT", "/v3/groups/<group>/receivers/<who>/setactive")
    def activate(self, request, group, who):
        """Bring somebody in; noted as a reactivation by ``activate``."""
        return self.activate_member(self.member(group, who), "activate")

    @route("PUT", "/v3/groups/<group>/receivers/<who>/deactivate")
    @route("PUT", "/v3/groups/<group>/receivers/<who>/setinactive")
    def deactivate(self, request, group, who):
        """Take somebody out of this group; a second time keeps the first time stamp."""
        return self.deactivate_member(self.member(group, who), "deactivate")

    def activate_member(self, member: Member, via: str) -> bool:
        """Active from now on, unless already so."""
        before = member.copy()
        if not member.activated or member.deactivated:
            member.activated, member.deactivated = self.now(), 0
        self.save_member(member, before, via)
        return True

    def deactivate_member(self, member: Member, via: str) -> bool:
        """Unsubscribed from now on, also when the confirmation was still due."""
        before = member.copy()
        deactivate(member, self.now())
        member.deactivated = member.deactivated or self.now()
        self.save_member(member, before, via)
        return True

    # --------------------------------------------------------------- address
    @route("PUT", "/v3/receivers/<who>/email")
    def change_email(self, request, who):
        """Another address, same id, in every group. 409 if somebody has it."""
        self.move(self.everywhere(who), self.body(request).get("email"))
        return True

    @route("POST", "/v3/receivers/<who>/clone")
    def clone(self, request, who):
        """A copy under another address, in the same groups with the same times."""
        email = self._free(self.body(request).get("email"))
        copies = []
        for member in self.everywhere(who):
            twin = member.copy(id=0, email=email, created=0)
            copies.append(twin)
        self.store.save(self.code, copies)
        for twin in copies:
            self.wrote(None, twin, False, "clone")
        return self.one(self.profile(copies[0]))

    def move(self, members: Sequence[Member], email: Any) -> None:
        """Give one person, in all its groups, a new address."""
        email = self._free(email)
        before = [member.copy() for member in members]
        for member in members:
            member.email = email
        self.store.save(self.code, members)
        for old, new in zip(before, members, strict=True):
            self.wrote(old, new, False, "email")

    def _free(self, value: Any) -> str:
        email = address(value)
        if not is_address(email):
            raise Refusal(400, f"Bad Request: invalid address '{email}'")
        if self.store.people(self.code, [email]):
            raise Refusal(409, f"Conflict: duplicate address '{email}'")
        return email

    # ------------------------------------------------------------ values, tags
    @route("PUT", "/v3/receivers/<who>/attributes/<attribute>")
    def change_value(self, request, who, attribute):
        """One value; the attribute by id or name, a group's own or global."""
        body, members = self.body(request), self.everywhere(who)
        for definition in self.store.find(self.code, "attribute"):
            if attribute in (definition["id"], definition["name"]):
                break
        else:
            raise Refusal(404, "Not Found")
        name, scope = definition["name"], int(definition["groups_id"])
        given = {name: body.get("value")}
        for member in members:
            before = member.copy()
            if not scope:
                member.shared = set_values(member.shared, given, {name: definition})
            elif scope == member.list_id:
                member.attributes = set_values(
                    member.attributes, given, {name: definition}
                )
            self.save_member(member, before, "value")
        return True

    @route("POST", "/v3/receivers/<who>/tags")
    def add_tags(self, request, who):
        """Tags in one group, or without ``group_id`` in all; answers those added."""
        body = self.body(request)
        group = body.get("group_id")
        members = [self.member(group, who)] if group else self.everywhere(who)
        added: list[str] = []
        for member in members:
            added = self.set_tags(member.list_id, member.id, body.get("tags") or [])
            self.wrote(member, member, True, "tags")
        return added

    # -------------------------------------------------------------- deletion
    @route("DELETE", "/v3/groups/<group>/receivers/<who>")
    def delete_in_group(self, request, group, who):
        """Off this group."""
        self.delete([self.member(group, who)])
        return True

    @route("DELETE", "/v3/receivers/<who>")
    def delete_in_pool(self, request, who):
        """Off one group, or without ``group_id`` off all."""
        group = request.args.get("group_id")
        self.delete([self.member(group, who)] if group else self.everywhere(who))
        return True

    @route("POST", "/v3/groups/<group>/receivers/delete")
    def delete_many_in_group(self, request, group):
        """A list of addresses off this group; unknown ones do not matter."""
        emails = request.get_json(silent=True)
        if not isinstance(emails, list):
            raise Refusal(400, "Bad Request: a list is expected")
        self.check_size(emails)
        list_id = self.group(group).id
        self.delete(self.store.members(list_id, map(address, emails)))
        return True

    @route("POST", "/v3/receivers/delete")
    def delete_many(self, request):
        """A list of addresses off everything."""
        emails = self.body(request).get("receivers")
        if not isinstance(emails, list):
            raise Refusal(400, "Bad Request: receivers is expected")
        self.check_size(emails)
        for email in map(address, emails):
            self.delete(self.store.memberships(self.code, email))
        return True

    def delete(self, members: Sequence[Member]) -> None:
        """Remove and tell."""
        for member in members:
            self.store.remove(member.list_id, [member.id])
            self.emit("receiver.deleted", member.list_id, member.id)
