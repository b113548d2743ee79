"""Reading recipients: pages, single ones, by filter; tags and events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...store import Member, number
from ..base import Refusal, route
from .shapes import TYPES, address, receiver, tag_name

PAGE, LARGEST_PAGE, EVENTS = 50, 5000, 250
ORDERS = {"email": "p.email", "id": "m.person_id"}


class Reading:
    """What a client may ask about recipients. No answer holds a total."""

    @route("GET", "/v3/groups/<group>/receivers")
    def page_receivers(self, request, group):
        """A page; asking for more than 5000 gives 5000."""
        return self._page(group, request.args.to_dict())

    @route("POST", "/v3/groups/<group>/get_receivers")
    def page_receivers_by_body(self, request, group):
        """The same, with the parameters in the body."""
        return self._page(group, self.body(request))

    @route("GET", "/v3/groups/<group>/receivers/<who>")
    def read_in_group(self, request, group, who):
        """One recipient of a group, by id or address."""
        member = self.member(group, who)
        return self.one(self.profile(member, number(request.args.get("detail"))))

    @route("GET", "/v3/receivers/<who>")
    def read_in_pool(self, request, who):
        """One recipient; without ``group_id`` as it is in the first of its groups."""
        group = request.args.get("group_id")
        member = self.member(group, who) if group else self.everywhere(who)[0]
        return self.one(self.profile(member, number(request.args.get("detail"))))

    @route("GET", "/v3/receivers/<who>/groups")
    def groups_of(self, request, who):
        """The groups somebody is in; ``state`` takes the words of ``type``."""
        wanted = TYPES.get(request.args.get("state", "all"), ())
        return [
            self._group(self.group(member.list_id))
            for member in self.everywhere(who)
            if not wanted or member.status in wanted
        ]

    @route("GET", "/v3/receivers/<who>/attributes")
    def attributes_of(self, request, who):
        """The global ones with their values."""
        return self.profile(self.everywhere(who)[0])["global_attributes"]

    @route("GET", "/v3/receivers/bounced")
    def bounced(self, request):
        """Everybody with a bounce, in every group."""
        groups = [group.id for group in self.store.lists(self.code)]
        found = [
            member
            for group in groups
            for member in self.store.select(
                "m.list_id = ? AND m.bounced > 0 ORDER BY m.person_id", [group]
            )
        ]
        return self.profiles(found)

    @route("POST", "/v3/receivers/filter")
    def filter_receivers(self, request):
        """By rules over groups; somebody in two of them comes twice."""
        body = self.body(request)
        groups = [self.group(group).id for group in _csv(body.get("groups"))]
        groups = groups or [group.id for group in self.store.lists(self.code)]
        where, params = self.condition(groups, body)
        return self.listed(where, params, body, body.get("orderby"))

    # ------------------------------------------------------------------- tags
    @route("GET", "/v3/tags")
    def list_tags(self, request):
        """Tags in use, as text."""
        group = number(request.args.get("group_id"))
        origin = request.args.get("origin", "")
        tags = [
            tag
            for tag in self.store.tag_counts(self.code, group)
            if not origin or tag.split(".")[0] == origin
        ]
        size = number(request.args.get("limit")) or len(tags)
        start = number(request.args.get("page")) * size
        return tags[start : start + size]

    @route("GET", "/v3/tags/count")
    def count_tag(self, request):
        """How many have a tag: a bare number."""
        group = number(request.args.get("group_id"))
        tag = tag_name(request.args.get("tag", ""))
        if not request.args.get("active"):
            return self.store.tag_counts(self.code, group).get(tag, 0)
        return self.store.scalar(
            "SELECT count(*) FROM tags t JOIN members m"
            " ON m.list_id = t.list_id AND m.person_id = t.person_id"
            " JOIN lists l ON l.id = t.list_id"
            " WHERE l.tool = ? AND t.tag = ? AND m.status = 'subscribed'"
            " AND (? = 0 OR l.id = ?)",
            [self.code, tag, group, group],
            0,
        )

    # ----------------------------------------------------------------- events
    @route("GET", "/v3/groups/<group>/receivers/<who>/events")
    def events_of(self, request, group, who):
        """The newest 250 of one recipient in one group, newest first."""
        member = self.member(group, who)
        return self._events([member])[member.id]

    @route("POST", "/v3/groups/<group>/receivers/<who>/events")
    def add_event(self, request, group, who):
        """Note something that happened elsewhere."""
        body = self.body(request)
        self.event(
            self.member(group, who),
            str(body.get("type") or "api"),
            str(body.get("value") or ""),
            number(body.get("mailing_id")),
            str(body.get("type_id") or ""),
        )
        return True

    def event(
        self, member: Member, kind: str, value: str, mailing: int = 0, type_id: str = ""
    ) -> None:
        """Append to a recipient's history."""
        self.store.note(
            self.code,
            "event",
            member.list_id,
            member.id,
            type=kind,
            type_id=type_id,
            value=value,
            mailing_id=mailing,
        )

    def _events(self, members: Sequence[Member]) -> dict[int, list[dict]]:
        found = {}
        for member in members:
            notes = self.store.notes("event", self.code, member.id)
            found[member.id] = [
                {
                    "stamp": note["at"],
                    "type": note["type"],
                    "type_id": note["type_id"],
                    "value": note["value"],
                    "mailing_id": self.id(note["mailing_id"]),
                    "groups_id": self.id(note["list_id"]),
                }
                for note in reversed(notes)
                if note["list_id"] == member.list_id
            ][:EVENTS]
        return found

    # ----------------------------------------------------------------- shared
    def member(self, group: Any, who: str) -> Member:
        """One recipient of a group by id or address, or 404."""
        list_id = self.group(group).id
        key = {"email": address(who)} if "@" in who else {"id": number(who)}
        member = self.store.member(list_id, **key)
        if member is None:
            raise Refusal(404, "Not Found")
        return member

    def everywhere(self, who: str) -> list[Member]:
        """One recipient in all of its groups, or 404."""
        key = {"email": address(who)} if "@" in who else {"id": number(who)}
        found = self.store.memberships(self.code, **key)
        if not found:
            raise Refusal(404, "Not Found")
        return found

    def _page(self, group: Any, asked: dict[str, Any]) -> list[dict[str, Any]]:
        list_id = self.group(group).id
        where, params = "m.list_id = ?", [list_id]
        statuses = TYPES.get(asked.get("type") or "all")
        if statuses is None:
            raise Refusal(400, "Bad Request: invalid type")
        if statuses:
            where += f" AND m.status IN ({', '.join('?' * len(statuses))})"
            params += statuses
        for key, column in (("email_list", "p.email"), ("id_list", "p.id")):
            if asked.get(key):
                values = _csv(asked[key])
                where += f" AND {column} IN ({', '.join('?' * len(values))})"
                params += [address(value) for value in values]
        return self.listed(where, params, asked, asked.get("order_by"))

    def listed(
        self, where: str, params: list, asked: dict[str, Any], order: Any = ""
    ) -> list[dict[str, Any]]:
        """A page of profiles by an SQL condition."""
        size = number(asked.get("pagesize")) or PAGE
        column = ORDERS.get(str(order or "id").split(" ")[0].lower(), "m.person_id")
        if column == "p.email":
            where, params = f"({where}) AND p.tool = ?", [*params, self.code]
        members = self.store.page(
            where,
            params,
            max(0, number(asked.get("page"))),
            max(1, min(size, LARGEST_PAGE)),
            column,
        )
        return self.profiles(members, number(asked.get("detail")))

    def profile(self, member: Member, detail: int = 0) -> dict[str, Any]:
        """One recipient in full."""
        return self.profiles([member], detail)[0]

    def profiles(self, members: Sequence[Member], detail: int = 0) -> list[dict]:
        """Recipients in full; ``detail`` adds events (1), orders (2), tags (4)."""
        empty: dict[int, tuple[dict, dict]] = {}
        shared = dict.fromkeys(self.attributes(0), "")
        for list_id in {member.list_id for member in members}:
            empty[list_id] = dict.fromkeys(self.attributes(list_id), ""), shared
        found = [receiver(one, empty[one.list_id], self.id) for one in members]
        if detail & 1:
            events = self._events(members)
            for member, profile in zip(members, found, strict=True):
                profile["events"] = events[member.id]
        if detail & 2:
            for member, profile in zip(members, found, strict=True):
                profile["orders"] = member.data.get("orders", [])
        if detail & 4:
            tags = {
                list_id: self.store.tags(
                    list_id, [one.id for one in members if one.list_id == list_id]
                )
                for list_id in empty
            }
            for member, profile in zip(members, found, strict=True):
                profile["tags"] = tags[member.list_id].get(member.id, [])
        return found


def _csv(value: Any) -> list[str]:
    """A list, or text with commas, as a list of text."""
    parts = value if isinstance(value, list) else str(value or "").split(",")
    return [str(part).strip() for part in parts if str(part).strip()]
