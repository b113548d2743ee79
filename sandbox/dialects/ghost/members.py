"""Members: reading by filter, writing one by one, and actions on many."""

from __future__ import annotations

import uuid
from typing import Any

from ...store import Member
from ..base import Refusal, route
from .filters import as_sql, parse
from .newsletters import ADMIN
from .shapes import hexed, is_address, meta, moment, numbered, paging

#: key of a filter → SQL over the pool's membership m and the person p
COLUMNS = {
    "id": "printf('%024x', m.person_id)",
    "email": "p.email",
    "name": "json_extract(p.shared, '$.name')",
    "created_at": "datetime(m.created, 'unixepoch')",
    "updated_at": "datetime(coalesce(json_extract(m.data, '$.updated'), m.created),"
    " 'unixepoch')",
    "newsletters.id": "EXISTS (SELECT 1 FROM members l WHERE l.person_id = m.person_id"
    " AND printf('%024x', l.list_id) = ?)",
    "newsletters.slug": "EXISTS (SELECT 1 FROM members l JOIN lists n ON"
    " n.id = l.list_id WHERE l.person_id = m.person_id"
    " AND json_extract(n.data, '$.slug') = ?)",
    "label": "EXISTS (SELECT 1 FROM tags t WHERE t.person_id = m.person_id"
    " AND t.list_id = m.list_id AND lower(replace(t.tag, '.', '-')) = ?)",
}
COLUMNS["newsletters"] = COLUMNS["newsletters.slug"]
LENGTHS = {"name": 191, "note": 2000}


class Members:
    """``newsletters`` and ``labels`` replace what is there; left out, they stay.

    Addresses are kept as typed: two spellings are two members.
    """

    @route("GET", ADMIN + "/members/")
    def list_members(self, request):
        """A page; newest first unless ordered by id."""
        where, params = self._where(request.args.get("filter", ""))
        page, size = paging(request.args)
        down = "" if request.args.get("order", "").lower() == "id asc" else " DESC"
        found = self.store.page(where, params, page - 1, size, f"m.person_id{down}")
        total = self.store.scalar(
            "SELECT count(*) FROM members m JOIN people p ON p.id = m.person_id"
            f" WHERE {where}",
            params,
        )
        rows = self.member_resources(found)
        return {"members": rows, "meta": meta(total, page, size)}

    @route("GET", ADMIN + "/members/<id>/")
    def read_member(self, request, id):
        """One."""
        return self._shown(self.person(id))

    @route("POST", ADMIN + "/members/")
    def create_member(self, request):
        """New people only. Without ``newsletters`` they get the default ones."""
        given = self.wrapped(request, "members")
        self._checked(given)
        email = self._usable(request, given.get("email"))
        if self.store.people(self.code, [email]):
            message = "Member already exists. Attempting to add member with existing"
            raise Refusal(422, f"{message} email address", property="email")
        wanted = self._wanted(given)
        if wanted is None:
            wanted = self.default_newsletters()
        one = self.add_member(email, given, wanted, "api")
        return self.json(self._shown(one), 201)

    @route("PUT", ADMIN + "/members/<id>/")
    def change_member(self, request, id):
        """What is sent changes."""
        one, given = self.person(id), self.wrapped(request, "members")
        self._checked(given)
        if "email" in given:
            email = self._usable(request, given["email"])
            if email != one.email and self.store.people(self.code, [email]):
                message = "Member already exists. Attempting to edit member with"
                raise Refusal(
                    422, f"{message} existing email address", property="email"
                )
        self.edit_member(one, given, self._wanted(given), "api")
        return self._shown(one)

    @route("DELETE", ADMIN + "/members/<id>/")
    def delete_member(self, request, id):
        """Gone, with all events."""
        self.forget(self.person(id))
        return self.json("", 204)

    @route("PUT", ADMIN + "/members/bulk/")
    def change_many(self, request):
        """Only ``unsubscribe`` is spoken. It writes no event and calls no webhook."""
        given = self.body(request).get("bulk") or {}
        if given.get("action") != "unsubscribe" or "filter" not in request.args:
            raise Refusal(400, "bulk")
        only = given.get("newsletter")
        where, params = self._where(request.args["filter"])
        for one in self.store.select(where, params):
            for member in self.on(one):
                if not only or hexed(member.list_id) == only:
                    self.store.remove(member.list_id, [one.id])
        return {"bulk": {"action": "unsubscribe", "meta": {}}}

    # ----------------------------------------------------------------- shared
    def person(self, id: str) -> Member:
        """Somebody's entry in the pool, or 404."""
        found = self.store.member(self.pool, id=numbered(id))
        if found is None:
            raise Refusal(404, "Member not found.")
        return found

    def on(self, one: Member) -> list[Member]:
        """The memberships of newsletters."""
        found = self.store.memberships(self.code, id=one.id)
        return [member for member in found if member.list_id != self.pool]

    def default_newsletters(self) -> list[int]:
        """Those onto which everybody comes who signs up."""
        entries = self.all_newsletters()
        return [e.id for e in entries if e.data["subscribe_on_signup"]]

    def add_member(
        self, email: str, given: dict[str, Any], wanted: list[int], source: str
    ) -> Member:
        """A new member on these newsletters."""
        now = self.now()
        data = {"uuid": str(uuid.uuid4()), "updated": now}
        one = Member(self.pool, email, data=data)
        self._fill(one, given)
        self.store.save(self.code, [one])
        self._label(one, given)
        self.set_newsletters(one, wanted, source)
        self.emit("member.added", self.member_resource(one), {})
        return one

    def edit_member(
        self,
        one: Member,
        given: dict[str, Any],
        wanted: list[int] | None,
        source: str,
    ) -> None:
        """Change what is given. Neither newsletters nor labels move ``updated_at``."""
        before = self.member_resource(one)
        data = dict(one.shared), one.email
        self._fill(one, given)
        one.email = given.get("email", one.email)
        if (one.shared, one.email) != data:
            one.data["updated"] = self.now()
            self.store.save(self.code, [one])
        self._label(one, given)
        if wanted is not None:
            self.set_newsletters(one, wanted, source)
        after = self.member_resource(one)
        changed = {key: before[key] for key in before if before[key] != after[key]}
        if changed:
            self.emit("member.edited", after, changed)

    def set_newsletters(self, one: Member, wanted: list[int], source: str) -> None:
        """Put on, take off, and write an event for each; an archived newsletter is
        dropped without a word."""
        active = {e.id for e in self.all_newsletters() if e.data["status"] == "active"}
        there = {member.list_id for member in self.on(one)}
        now = self.now()
        for list_id in sorted((set(wanted) & active) - there):
            self._note_return(one, list_id, source)
            member = Member(list_id, one.email, one.id, activated=now, registered=now)
            self.store.save(self.code, [member])
            self.note_event(one, list_id, True, source)
        for list_id in sorted(there - set(wanted)):
            self.store.remove(list_id, [one.id])
            self.note_event(one, list_id, False, source)

    def _note_return(self, one: Member, list_id: int, source: str) -> None:
        last = self.last_event(one.id, list_id)
        if last and not last["subscribed"]:
            via = "click" if source == "member" else "write"
            about = {"email": one.email, "before": "unsubscribed", "via": via}
            self.store.note(self.code, "reactivation", list_id, one.id, **about)

    def forget(self, one: Member) -> None:
        """Delete somebody."""
        before = {"id": hexed(one.id), "email": one.email}
        for member in self.on(one):
            self.store.remove(member.list_id, [one.id])
        self.store.remove(self.pool, [one.id])
        self.store.drop(self.code, "event", scope=one.id)
        self.emit("member.deleted", {}, before)

    def member_resource(self, one: Member) -> dict[str, Any]:
        """A member as JSON."""
        return self.member_resources([one])[0]

    def member_resources(self, people: list[Member]) -> list[dict[str, Any]]:
        """Members as JSON."""
        entries = {entry.id: entry for entry in self.all_newsletters()}
        tags = self.store.tags(self.pool, [one.id for one in people])
        on: dict[int, list[int]] = {}
        for start in range(0, len(people), 900):
            part = [one.id for one in people[start : start + 900]]
            for person_id, list_id in self.store.rows(
                f"SELECT person_id, list_id FROM members WHERE person_id IN"
                f" ({', '.join('?' * len(part))}) AND list_id <> ? ORDER BY list_id",
                [*part, self.pool],
            ):
                on.setdefault(person_id, []).append(list_id)
        return [
            self._resource(one, [entries[id] for id in on.get(one.id, ())], tags)
            for one in people
        ]

    def _resource(self, one: Member, newsletters, tags) -> dict[str, Any]:
        suppressed = one.data.get("suppressed")
        return {
            "id": hexed(one.id),
            "uuid": one.data.get("uuid") or str(uuid.UUID(int=one.id)),
            "email": one.email,
            "name": one.shared.get("name") or None,
            "note": one.shared.get("note") or None,
            "subscribed": bool(newsletters),
            "status": "free",
            "created_at": moment(one.created),
            "updated_at": moment(one.data.get("updated", one.created)),
            "labels": [self.label(tag) for tag in tags.get(one.id, ())],
            "newsletters": [
                {
                    "id": hexed(entry.id),
                    "name": entry.name,
                    "description": entry.data["description"],
                    "status": entry.data["status"],
                }
                for entry in newsletters
            ],
            "email_suppression": {
                "suppressed": bool(suppressed),
                "info": suppressed or None,
            },
        }

    def _shown(self, one: Member) -> dict[str, Any]:
        return {"members": [self.member_resource(one)]}

    def _where(self, filter: str) -> tuple[str, list[Any]]:
        where, params = "m.list_id = ?", [self.pool]
        if filter:
            condition, more = as_sql(parse(filter), COLUMNS)
            where, params = f"{where} AND {condition}", [*params, *more]
        return where, params

    def _checked(self, given: dict[str, Any]) -> None:
        """Texts are texts: ``null`` is refused, and so is a text that is too long."""
        for name, longest in LENGTHS.items():
            value = given.get(name, "")
            if not isinstance(value, str) or len(value) > longest:
                raise Refusal(422, f"Validation failed for {name}.", property=name)

    def _usable(self, request, email: Any) -> str:
        if not is_address(email) or request.refuses(email):
            raise Refusal(422, "Invalid Email", property="email")
        return email

    def _wanted(self, given: dict[str, Any]) -> list[int] | None:
        """Numbers of the newsletters named; None: none were named."""
        if given.get("subscribed") is False:
            return []
        if "newsletters" not in given:
            return None
        known = {hexed(e.id): e.id for e in self.all_newsletters()}
        ids = [each.get("id") for each in given["newsletters"]]
        if set(ids) - set(known):
            raise Refusal(422, "Value in [newsletters.name] cannot be blank.")
        return [known[id] for id in ids]

    def _fill(self, one: Member, given: dict[str, Any]) -> None:
        one.shared |= {name: given[name] for name in LENGTHS if name in given}

    def _label(self, one: Member, given: dict[str, Any]) -> None:
        if "labels" not in given:
            return
        names = [
            each["name"] if isinstance(each, dict) else each for each in given["labels"]
        ]
        self.store.untag(self.pool, one.id, "*")
        self.store.tag(self.pool, one.id, names)
        for name in names:
            self.label(name)
