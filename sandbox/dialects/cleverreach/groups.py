"""Groups: CleverReach's lists."""

from __future__ import annotations

from typing import Any

from ...store import RemoteList
from ..base import Refusal, route

TRUE_WORDS = (True, 1, "1", "true")


class Groups:
    """Reading and changing groups, their counts, and the call that empties one."""

    @route("GET", "/v3/groups")
    def list_groups(self, request):
        """All of them, never paged."""
        groups = self.store.lists(self.code)
        field, _, direction = request.args.get("order", "").partition(" ")
        if field:
            keys = {"name": lambda group: group.name.lower()}
            key = keys.get(field, lambda group: group.changed)
            groups.sort(key=key, reverse=direction.upper() == "DESC")
        return [self._group(group) for group in groups]

    @route("POST", "/v3/groups")
    def create_group(self, request):
        """``name`` is needed; two groups of the same name are possible."""
        body = self.body(request)
        if not str(body.get("name") or "").strip():
            raise Refusal(400, "Bad Request: invalid name")
        group = self.store.add_list(self.code, str(body["name"]), **_settings(body))
        self.emit("group.created", group.id)
        return self.one(self._group(group))

    @route("GET", "/v3/groups/<group>")
    def read_group(self, request, group):
        """One group."""
        return self.one(self._group(self.group(group)))

    @route("PUT", "/v3/groups/<group>")
    def change_group(self, request, group):
        """What is not named stays."""
        known = self.group(group)
        body = self.body(request)
        known.name = str(body.get("name") or known.name)
        known.data.update(_settings(body, known.data))
        self.store.save_list(known)
        self.emit("group.updated", known.id)
        return self.one(self._group(known))

    @route("DELETE", "/v3/groups/<group>")
    def delete_group(self, request, group):
        """The group and its recipients' places in it."""
        known = self.group(group)
        self.store.remove_list(known.id)
        self.store.drop(self.code, "attribute", scope=known.id)
        self.emit("group.deleted", known.id)
        return True

    @route("DELETE", "/v3/groups/<group>/clear")
    def clear_group(self, request, group):
        """Empties the group. No client should; it is noted as ``clear``."""
        known = self.group(group)
        self.store.note(self.code, "clear", known.id)
        self.store.remove(known.id)
        return True

    @route("GET", "/v3/groups/<group>/stats")
    def group_stats(self, request, group):
        """Counts, which lag behind by the switch ``stats_lag``."""
        known = self.group(group)
        now = self.sandbox.clock.now()
        made, stats = self.stats_cache.get(known.id, (0, None))
        if stats is None or now - made >= self.switches["stats_lag"]:
            stats = self._stats(known)
            self.stats_cache[known.id] = now, stats
        return self.one(stats)

    def new_list(self, name: str) -> int:
        """A group as the staff makes it; its id."""
        return self.store.add_list(self.code, name, **_settings({})).id

    def group(self, group: Any) -> RemoteList:
        """The group with this id, or 404."""
        known = self.store.list(self.code, group)
        if known is None:
            raise Refusal(404, "Not Found")
        return known

    def _group(self, group: RemoteList) -> dict[str, Any]:
        return {
            "id": self.id(group.id),
            "name": group.name,
            "locked": group.data["locked"],
            "backup": group.data["backup"],
            "receiver_info": group.data["receiver_info"],
            "stamp": group.created,
            "last_mailing": 0,
            "last_changed": group.changed,
        }

    def _stats(self, group: RemoteList) -> dict[str, Any]:
        counts = self.store.counts(group.id)
        return {
            "total_count": sum(counts.values()),
            "inactive_count": counts.get("unsubscribed", 0) + counts.get("pending", 0),
            "active_count": counts.get("subscribed", 0),
            "bounce_count": counts.get("hard_bounce", 0),
            "avg_points": 0,
            "quality": 0,
            "time": self.now(),
            "order_count": 0,
        }


def _settings(body: dict[str, Any], known: dict[str, Any] | None = None) -> dict:
    """A group's settings from a body, above the known ones or the defaults."""
    known = known or {"locked": False, "backup": True, "receiver_info": ""}
    return {
        "locked": body.get("locked", known["locked"]) in TRUE_WORDS,
        "backup": body.get("backup", known["backup"]) in TRUE_WORDS,
        "receiver_info": str(body.get("receiver_info", known["receiver_info"])),
    }
