"""Memberships: reading, pausing, moving, ending. Subscribing has a file of its own."""

from __future__ import annotations

from typing import Any

from ...store import Member
from ..base import Refusal, route
from .shapes import (
    STATUSES,
    arguments,
    collection,
    moment,
    no_content,
    one_of,
    paged,
    part,
    tagged,
    truth,
)

DELIVERY = ("enabled", "by_user", "by_bounces", "by_moderator", "unknown")
ROLES = ("member", "owner", "moderator", "nonmember")


class Members:
    """A membership's id is its own; its name and address belong to the address book."""

    @route("GET", "/3.1/lists/<list_id>/roster/<role>")
    def roster(self, request, list_id, role):
        """All members by address. Without ``count`` and ``page`` really all."""
        entry = self.list(list_id)
        if role not in ROLES:
            raise Refusal(404)
        if role != "member":
            return paged(request, [])
        total = self.store.count(entry.id)
        page, size = part(request) or (0, total)
        where, params = "m.list_id = ? AND p.tool = ?", [entry.id, self.code]
        found = self.store.page(where, params, page, size, "p.email") if size else []
        rows = self.chosen(request, found)
        return collection(rows, total, page * size)

    @route("DELETE", "/3.1/lists/<list_id>/roster/member")
    def remove_many(self, request, list_id):
        """Many at once; who was no member is told by ``false``."""
        entry = self.list(list_id)
        emails = request.form.getlist("emails") or request.args.getlist("emails")
        body = request.get_json(silent=True)
        emails = emails or (body or {}).get("emails") or []
        told = {}
        for email in emails:
            member = self.store.member(entry.id, email)
            told[email] = member is not None
            if member:
                self.end(member)
        return tagged(told)

    @route("GET", "/3.1/lists/<list_id>/member/<email>")
    def read_by_address(self, request, list_id, email):
        """One member by address. One with a slash in it cannot be named like this."""
        member = self.store.member(self.list(list_id).id, email.lower())
        if member is None:
            raise Refusal(404)
        return tagged(self.resource(member))

    @route("GET", "/3.1/members/find")
    @route("POST", "/3.1/members/find")
    def find(self, request):
        """By any of list, address (``*`` is a wildcard), delivery status."""
        given = arguments(
            request,
            "list_id subscriber role delivery_status page count fields",
            list_id=str,
            subscriber=str,
            role=one_of(*ROLES),
            delivery_status=one_of(*DELIVERY),
            page=int,
            count=int,
            fields=lambda names: names,
        )
        where, params = ["p.tool = ?", "m.list_id <> ?"], [self.code, self.book]
        if "list_id" in given:
            entries = [
                e for e in self.all_lists() if e.data["list_id"] == given["list_id"]
            ]
            where.append("m.list_id = ?")
            params.append(entries[0].id if entries else 0)
        if "subscriber" in given:
            wanted = given["subscriber"].lower()
            where.append(
                "p.email LIKE ? ESCAPE '\\'" if "*" in wanted else "p.email = ?"
            )
            params.append(wanted.replace("_", "\\_").replace("*", "%"))
        if "delivery_status" in given:
            where.append(
                "coalesce(json_extract(m.data, '$.delivery_status'), 'enabled') = ?"
            )
            params.append(given["delivery_status"])
        nothing = not set(given) & {"list_id", "subscriber", "role", "delivery_status"}
        if nothing or given.get("role", "member") != "member":
            return paged(request, [])
        order = " ORDER BY m.list_id, p.email"
        found = self.store.select(" AND ".join(where) + order, params)
        return paged(request, self.chosen(request, found))

    # ------------------------------------------------------------- one member
    @route("GET", "/3.1/members/<member_id>")
    def read_member(self, request, member_id):
        """One membership by its id."""
        return tagged(self.resource(self.by_id(member_id)))

    @route("PATCH", "/3.1/members/<member_id>")
    def change_member(self, request, member_id):
        """Move it to another address of the same user, which must be verified."""
        member = self.by_id(member_id)
        given = arguments(
            request,
            "address delivery_mode moderation_action",
            address=str,
            delivery_mode=str,
            moderation_action=str,
        )
        if "address" in given:
            self.move(member, given.pop("address"))
        else:
            member.data |= given
            self.store.save(self.code, [member])
        return no_content()

    @route("DELETE", "/3.1/members/<member_id>")
    def delete_member(self, request, member_id):
        """Gone at once, unless asked to let the person confirm."""
        member = self.by_id(member_id)
        given = arguments(
            request,
            "pre_confirmed pre_approved",
            pre_confirmed=truth,
            pre_approved=truth,
        )
        if given.get("pre_confirmed", True):
            self.end(member)
            return no_content()
        token = self.new_request(member.list_id, member, "unsubscription")
        return self.json(tagged({"token": token, "token_owner": "subscriber"}), 202)

    @route("GET", "/3.1/members/<member_id>/preferences")
    def read_preferences(self, request, member_id):
        """What was set for this membership; a key that is missing is inherited."""
        status = self.by_id(member_id).data.get("delivery_status")
        own = {"delivery_status": status} if status else {}
        return tagged(
            own | {"self_link": self.link(f"members/{member_id}/preferences")}
        )

    @route("GET", "/3.1/members/<member_id>/all/preferences")
    def read_effective(self, request, member_id):
        """What holds in the end."""
        status = self.by_id(member_id).data.get("delivery_status") or "enabled"
        return tagged({"delivery_mode": "regular", "delivery_status": status})

    @route("PATCH", "/3.1/members/<member_id>/preferences")
    def change_preferences(self, request, member_id):
        """``enabled`` after a pause or bounces is a reactivation by ``write``."""
        member = self.by_id(member_id)
        given = arguments(
            request,
            "delivery_status delivery_mode",
            delivery_status=one_of(*DELIVERY),
            delivery_mode=str,
        )
        if "delivery_status" in given:
            self.deliver(member, given["delivery_status"], "write")
        return no_content()

    # ----------------------------------------------------------------- shared
    def deliver(self, member: Member, delivery_status: str, via: str) -> None:
        """Pause or go on."""
        before = member.status
        member.data["delivery_status"] = delivery_status
        member.status = STATUSES[delivery_status]
        self.store.save(self.code, [member])
        if member.status == "subscribed" != before:
            self.came_back(member, before, via)

    def came_back(self, member: Member, before: str, via: str) -> None:
        """Journal it: somebody known, who was not subscribed, now is."""
        self.store.note(
            self.code,
            "reactivation",
            member.list_id,
            member.id,
            email=member.email,
            before=before,
            via=via,
        )

    def end(self, member: Member) -> None:
        """Delete a membership. That somebody left is kept for the journal only: no call
        of the tool tells it."""
        self.store.remove(member.list_id, [member.id])
        self.store.put(self.code, "left", member.id, True, member.list_id)

    def by_id(self, member_id: str) -> Member:
        """A membership by its id, or 404."""
        found = self.store.get(self.code, "moved", member_id)
        if found is None:
            try:
                found = int(member_id[8:16], 16), int(member_id[16:], 16)
            except ValueError:
                raise Refusal(404) from None
        member = self.store.member(found[0], id=found[1])
        if member is None or self.member_id(member) != member_id:
            raise Refusal(404)
        return member

    def member_id(self, member: Member) -> str:
        """32 hex digits; another one for each time that somebody comes."""
        made = f"{member.data.get('turn', 0):08x}{member.list_id:08x}{member.id:016x}"
        return member.data.get("id") or made

    def chosen(self, request, members: list[Member]) -> list[dict[str, Any]]:
        """Members as JSON; ``fields`` may ask for some columns."""
        names = request.args.getlist("fields") or request.form.getlist("fields")
        rows = [self.resource(member) for member in members]
        return [{n: r[n] for n in names if n in r} for r in rows] if names else rows

    def resource(self, member: Member) -> dict[str, Any]:
        """A membership as JSON. Whether it is paused is not in here."""
        data, member_id = member.data, self.member_id(member)
        entry = self.entry(member.list_id)
        found = {
            "address": self.link(f"addresses/{member.email}"),
            "bounce_score": data.get("bounce_score", 0),
            "last_warning_sent": moment(data.get("warned", 0)),
            "total_warnings_sent": data.get("warnings", 0),
            "delivery_mode": data.get("delivery_mode", "regular"),
            "email": member.email,
            "list_id": entry.data["list_id"],
            "subscription_mode": "as_address",
            "role": "member",
            "user": self.link(f"users/{self.user_id(member.id)}"),
            "display_name": self.shown_name(member),
            "self_link": self.link(f"members/{member_id}"),
            "member_id": member_id,
        }
        if data.get("moderation_action"):
            found["moderation_action"] = data["moderation_action"]
        if member.bounced:
            found["last_bounce_received"] = moment(member.bounced)
        return found
