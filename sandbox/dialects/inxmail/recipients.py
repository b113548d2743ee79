"""Recipients: one pool of people, in which lists are memberships."""

from __future__ import annotations

from typing import Any

from ...store import Member, number
from ..base import Refusal, route
from .collections import csv
from .values import address, is_address, iso, kept, parsed, problem_of, unix

FILTERS = (
    "attributes",
    "subscribedTo",
    "subscribedToAny",
    "unsubscribedFromAny",
    "lastModifiedSince",
    "email",
)
#: known by name, but not the keys they add to the answer
UNKNOWN = (
    "trackingPermissionsForLists",
    "subscriptionDatesForLists",
    "unsubscriptionDatesForLists",
)
_ON_LIST = (
    "EXISTS (SELECT 1 FROM members o WHERE o.person_id = m.person_id"
    " AND o.status = ? AND o.list_id IN ({}))"
)


class Recipients:
    """Who only was asked to confirm is no recipient yet.

    ``lastModified`` moves with the address and the attributes, not with memberships.
    """

    @route("GET", "/recipients")
    def list_recipients(self, request):
        """A page by id. Attributes are told only where they are asked for."""
        if set(UNKNOWN) & set(request.args):
            return self.unknown(request)
        equal = [name for name in request.args if name.startswith("attributes.")]
        self.known_parameters(request, *FILTERS, *equal)
        names = self.asked(csv(request.args.get("attributes")))
        where, params = self._condition(request, equal)

        def fetch(after: int, most: int):
            found = self.store.select(
                f"{where} AND m.person_id > ? ORDER BY m.person_id LIMIT ?",
                [*params, after, most],
            )
            return [(one.id, self.recipient(request, one, names)) for one in found]

        return self.page(request, "inx:recipients", fetch)

    @route("GET", "/recipients/<path:who>")
    def read_recipient(self, request, who):
        """One by id or address; ``allAttributes`` needs no value."""
        member = self.find_recipient(who)
        names = self.asked(csv(request.args.get("attributes")))
        if "allAttributes" in request.args:
            names = list(self.attributes())
        return self.recipient(request, member, names)

    @route("POST", "/recipients")
    def create_recipient(self, request):
        """Into the pool, on no list."""
        body = self.body(request)
        email, given = address(body.get("email")), body.get("attributes")
        invalid = {}
        if not is_address(email) or request.refuses(email):
            invalid["email"] = "is no valid address"
        if not isinstance(given, dict):
            invalid["attributes"] = "must not be missing"
        if invalid:
            raise Refusal(400, "Invalid recipient", invalid=invalid)
        with self.store.transaction():
            if self.store.member(self.pool, email):
                raise Refusal(self.switches["conflict_status"], "already exists")
            member = self.take_in(email, self.values(given))
        return self.json(self.recipient(request, member, list(given)), 201)

    @route("PATCH", "/recipients/<path:who>")
    def change_recipient(self, request, who):
        """Part of one; null empties. The id outlives a change of the address."""
        body = self.body(request)
        with self.store.transaction():
            member = self.find_recipient(who)
            if request.refuses(member.email):
                invalid = {"email": "is no valid address"}
                raise Refusal(400, "Invalid recipient", invalid=invalid)
            given = self.values(body.get("attributes") or {})
            if "email" in body:
                self.rename(member, body["email"])
            member.shared = given
            self.store.save(self.code, [member])
        names = list(given)
        return self.recipient(request, self.find_recipient(str(member.id)), names)

    @route("DELETE", "/recipients/<id>")
    def delete_recipient(self, request, id):
        """By id only. All is gone, also that somebody had unsubscribed."""
        if not id.isdigit():
            raise Refusal(404, "Not Found")
        self.delete(self.find_recipient(id))
        return self.done()

    # ------------------------------------------------------------------ shared
    def find_recipient(self, who: str) -> Member:
        """One of the pool by id or address, or 404."""
        key = {"email": address(who)} if "@" in who else {"id": number(who)}
        member = self.store.member(self.pool, **key)
        if member is None:
            raise Refusal(404, "Not Found")
        return member

    def recipient(self, request, member: Member, names: list[str]) -> dict[str, Any]:
        """One as the API shows it; ``names``: the attributes to be told."""
        path = f"/recipients/{member.id}"
        return {
            "id": member.id,
            "email": member.email,
            "lastModified": iso(member.changed),
            "attributes": {name: member.shared.get(name) for name in names},
            "_links": {"self": {"href": self.href(request, path)}},
        }

    def values(self, given: dict[str, Any]) -> dict[str, Any]:
        """Values as they are kept.

        :raises Refusal: one of them is unknown, or of another type
        """
        known = self.attributes()
        self.asked(list(given))
        problems = {name: problem_of(given[name], known[name]) for name in given}
        invalid = {
            f"attributes.{name}": text for name, text in problems.items() if text
        }
        if invalid:
            raise Refusal(400, "Invalid attributes", invalid=invalid)
        return {name: kept(value, known[name]) for name, value in given.items()}

    def take_in(self, email: str, values: dict[str, Any]) -> Member:
        """Somebody in the pool, new or known, with these values (None empties)."""
        member = self.store.member(self.pool, email) or Member(self.pool, email)
        if member.id and not values:
            return member
        member.shared = dict(values)
        self.store.save(self.code, [member])
        return member

    def rename(self, member: Member, value: Any) -> None:
        """Another address for somebody; saved by the caller."""
        email = address(value)
        if not is_address(email):
            raise Refusal(400, "Invalid", invalid={"email": "is no valid address"})
        other = self.store.people(self.code, [email]).get(email)
        if other and other[0] != member.id:
            raise Refusal(self.switches["conflict_status"], "address already in use")
        member.email = email

    def delete(self, member: Member) -> None:
        """Off every list and out of the pool."""
        for each in self.store.memberships(self.code, id=member.id):
            self.store.remove(each.list_id, [member.id])

    def _condition(self, request, equal: list[str]) -> tuple[str, list[Any]]:
        asked = request.args
        where, params = ["m.list_id = ?"], [self.pool]
        if "email" in asked:
            emails = [address(email) for email in csv(asked["email"])] or [""]
            where.append(f"p.email IN ({', '.join('?' * len(emails))})")
            where.append("p.tool = ?")
            params += [*emails, self.code]
        if "lastModifiedSince" in asked:
            try:
                params.append(unix(asked["lastModifiedSince"]))
            except ValueError:
                invalid = {"lastModifiedSince": "is no time"}
                raise Refusal(400, "Invalid request", invalid=invalid) from None
            where.append("m.changed >= ?")
        for name, status in (
            ("subscribedTo", "subscribed"),
            ("subscribedToAny", "subscribed"),
            ("unsubscribedFromAny", "unsubscribed"),
        ):
            if name in asked:
                ids = [self.find_list(id).id for id in csv(asked[name])] or [0]
                if ids == [self.pool] and status == "subscribed":
                    continue
                where.append(_ON_LIST.format(", ".join("?" * len(ids))))
                params += [status, *ids]
        for key in equal:
            name = key.removeprefix("attributes.")
            (known,) = (self.attributes()[one] for one in self.asked([name]))
            try:
                value = parsed(asked[key], known)
            except (KeyError, ValueError):
                raise Refusal(400, "Invalid", invalid={key: "does not fit"}) from None
            where.append("json_extract(p.shared, ?) IS ?")
            params += [f'$."{name}"', value]
        return " AND ".join(where), params
