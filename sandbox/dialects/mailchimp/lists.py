"""Audiences, which the API calls lists."""

from __future__ import annotations

from typing import Any

from werkzeug.wrappers import Response

from ...store import RemoteList
from ..base import Refusal, route
from .shapes import address, chosen, cut, field_error, iso, list_hex, list_int, unix

NEEDED = {
    "name": (),
    "contact": ("company", "address1", "city", "country"),
    "permission_reminder": (),
    "campaign_defaults": ("from_name", "from_email", "subject", "language"),
    "email_type_option": (),
}
KEPT = (*NEEDED, "double_optin", "marketing_permissions", "visibility")


class Lists:
    """Stats lag behind; ``double_optin`` does not hold for what the API writes."""

    @route("GET", "/3.0/lists")
    def list_audiences(self, request):
        """All, or those that ``email`` is a member of."""
        args = request.args
        found = self.store.lists(self.code)
        if args.get("email"):
            there = self.store.memberships(self.code, address(args["email"]))
            found = [one for one in found if one.id in {m.list_id for m in there}]
        if args.get("since_date_created"):
            found = [o for o in found if o.created > unix(args["since_date_created"])]
        if args.get("before_date_created"):
            found = [o for o in found if o.created < unix(args["before_date_created"])]
        if args.get("sort_dir", "").upper() == "DESC":
            found.reverse()
        total = "include_total_contacts" in args
        page = [self._audience(one, total) for one in cut(found, args)]
        answer = {"lists": page, "total_items": len(found), "_links": []}
        return chosen(answer, args)

    @route("POST", "/3.0/lists")
    def create_audience(self, request):
        """Many settings are needed."""
        body = self.body(request)
        for name, parts in NEEDED.items():
            if body.get(name) in (None, "", {}):
                raise field_error(name, "This value should not be blank.")
            for part in parts:
                value = body[name]
                if not isinstance(value, dict) or not value.get(part):
                    raise field_error(
                        f"{name}.{part}", "This value should not be blank."
                    )
        data = {key: body[key] for key in KEPT if key in body and key != "name"}
        entry = self.store.add_list(self.code, str(body["name"]), **data)
        self.prepare_fields(entry.id)
        return self._audience(entry)

    @route("GET", "/3.0/lists/<audience>")
    def read_audience(self, request, audience):
        """One."""
        total = "include_total_contacts" in request.args
        return chosen(self._audience(self.audience(audience), total), request.args)

    @route("PATCH", "/3.0/lists/<audience>")
    def change_audience(self, request, audience):
        """What is not named stays."""
        entry, body = self.audience(audience), self.body(request)
        entry.name = str(body.get("name") or entry.name)
        for key in KEPT:
            if key in body and key != "name":
                entry.data[key] = body[key]
        self.store.save_list(entry)
        return self._audience(entry)

    @route("DELETE", "/3.0/lists/<audience>")
    def delete_audience(self, request, audience):
        """With everything in it."""
        entry = self.audience(audience)
        self.store.remove_list(entry.id)
        for kind in ("field", "segment", "category", "interest", "hook", "forgotten"):
            self.store.drop(self.code, kind, scope=entry.id)
        return Response(status=204)

    @route("GET", "/3.0/lists/<audience>/abuse-reports")
    def abuse_reports(self, request, audience):
        """Complaints."""
        entry = self.audience(audience)
        found = self.store.find(self.code, "abuse", entry.id)
        return {
            "abuse_reports": cut(found, request.args),
            "list_id": list_hex(entry.id),
            "total_items": len(found),
            "_links": [],
        }

    # ----------------------------------------------------------------- shared
    def new_list(self, name: str) -> int:
        """An audience as the staff makes it; the store's number of it."""
        entry = self.store.add_list(self.code, name)
        self.prepare_fields(entry.id)
        return entry.id

    def list_number(self, name: Any) -> int:
        """Ten hex digits, or the store's own number."""
        return list_int(name)

    def audience(self, id: Any) -> RemoteList:
        """The audience with this id, or 404."""
        entry = self.store.list(self.code, list_int(id))
        if entry is None:
            raise Refusal(404)
        return entry

    def _audience(self, entry: RemoteList, total: bool = False) -> dict[str, Any]:
        data, id = entry.data, list_hex(entry.id)
        return {
            "id": id,
            "web_id": entry.id,
            "name": entry.name,
            "contact": {
                key: (data.get("contact") or {}).get(key, "")
                for key in (
                    *("company", "address1", "address2", "city"),
                    *("state", "zip", "country", "phone"),
                )
            },
            "permission_reminder": data.get("permission_reminder", ""),
            "use_archive_bar": False,
            "campaign_defaults": data.get("campaign_defaults") or {},
            "notify_on_subscribe": "",
            "notify_on_unsubscribe": "",
            "date_created": iso(entry.created),
            "list_rating": 0,
            "email_type_option": bool(data.get("email_type_option")),
            "subscribe_url_short": f"https://eepurl.example.com/{id}",
            "subscribe_url_long": f"https://sandbox.example.com/subscribe?id={id}",
            "beamer_address": f"{id}@inbound.example.com",
            "visibility": data.get("visibility", "prv"),
            "double_optin": bool(data.get("double_optin")),
            "has_welcome": False,
            "marketing_permissions": bool(data.get("marketing_permissions")),
            "modules": [],
            "stats": self._stats(entry, total),
            "_links": [],
        }

    def _stats(self, entry: RemoteList, total: bool) -> dict[str, Any]:
        now = self.sandbox.clock.now()
        made, stats = self.stats_cache.get(entry.id, (0, None))
        if stats is None or now - made >= self.switches["stats_lag"]:
            counts = self.store.counts(entry.id)
            everybody = sum(counts.values())
            stats = {
                "total_contacts": everybody,
                "member_count": counts.get("subscribed", 0),
                "unsubscribe_count": counts.get("unsubscribed", 0),
                "cleaned_count": counts.get("hard_bounce", 0),
                "campaign_count": 0,
                "campaign_last_sent": "",
                "merge_field_count": len(self.definitions(entry.id)),
                "avg_sub_rate": 0,
                "avg_unsub_rate": 0,
                "open_rate": 0,
                "click_rate": 0,
            }
            self.stats_cache[entry.id] = now, stats
        skip = () if total else ("total_contacts",)
        return {key: value for key, value in stats.items() if key not in skip}
