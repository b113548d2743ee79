"""Coming and going: what happens to memberships, and the calls that cause it."""

from __future__ import annotations

import json
from typing import Any

from ...store import Member, number
from ..base import Refusal, route
from .collections import csv
from .values import address, is_address, iso, unix

FILTERS = (
    "listIds",
    "startDate",
    "endDate",
    "types",
    "embedded",
    "recipientAttributes",
)
SUBSCRIPTION, UNSUBSCRIPTION = "subscription", "unsubscription"


class Events:
    """A 200 does not mean done: the ``result`` tells.

    Which keys an event has besides id, type and the embedded recipient is not known;
    the name of its time is the setting ``event_time_key``. Imports leave no event.
    """

    @route("GET", "/events/subscriptions")
    def list_subscriptions(self, request):
        """Oldest first; the last page links to what will come."""
        return self._listed(request, SUBSCRIPTION)

    @route("GET", "/events/unsubscriptions")
    def list_unsubscriptions(self, request):
        """Oldest first; the last page links to what will come."""
        return self._listed(request, UNSUBSCRIPTION)

    @route("POST", "/events/subscriptions")
    def subscribe(self, request):
        """Single or double opt-in: the list decides. A member's values stay as are."""
        body, entry = self._asked(request)
        email = address(body.get("email"))
        values = self.values(body.get("attributes") or {})
        if body.get("trackingPermission", "GRANTED") not in ("GRANTED", "DENIED"):
            invalid = {"trackingPermission": "must be GRANTED or DENIED"}
            raise Refusal(400, "Invalid subscription", invalid=invalid)
        ip = str(body.get("suppliedRemoteAddress") or "")
        with self.store.transaction():
            if not is_address(email) or request.refuses(email):
                return {"result": "INVALID_ADDRESS_ERROR"}
            if self.is_blocked(email):
                self.log(SUBSCRIPTION, "BLACKLISTED", entry.id, 0, email)
                return {"result": "BLACKLISTED"}
            known = self.store.member(entry.id, email)
            if known and known.status == "subscribed":
                duplicate = "DUPLICATE_SUBSCRIPTION"
                self.log(SUBSCRIPTION, duplicate, entry.id, known.id, email)
                return {"result": duplicate}
            if entry.data.get("double_opt_in"):
                self.ask(entry.id, email, values, ip)
                return {"result": "PENDING_SUBSCRIPTION"}
            member = self.join(entry.id, email, values, "api", "MANUAL_SUBSCRIPTION")
            if body.get("trackingPermission"):
                member.data["trackingPermission"] = body["trackingPermission"]
                self.store.save(self.code, [member])
            return {"result": "MANUAL_SUBSCRIPTION"}

    @route("POST", "/events/unsubscriptions")
    def unsubscribe(self, request):
        """Off one list; the list may ask the person to confirm."""
        body, entry = self._asked(request)
        email = address(body.get("email"))
        with self.store.transaction():
            known = self.store.member(entry.id, email)
            if known and known.status == "unsubscribed":
                result = "DUPLICATE_UNSUBSCRIPTION"
            elif known and known.status == "subscribed":
                if entry.data.get("confirm_unsubscribe"):
                    result = "PENDING_UNSUBSCRIPTION"
                    self.mail(entry.id, known, "unsubscribe")
                else:
                    result = "MANUAL_UNSUBSCRIPTION"
            elif known or self.store.member(self.pool, email):
                result = "NOT_IN_LIST_UNSUBSCRIPTION"
            else:
                return {"result": "NOT_IN_SYSTEM_UNSUBSCRIPTION"}
            if result == "MANUAL_UNSUBSCRIPTION":
                self.leave(known, result)
            else:
                self.log(
                    UNSUBSCRIPTION, result, entry.id, known.id if known else 0, email
                )
            if known and known.status == "pending":
                self.store.remove(entry.id, [known.id])  # the link in the mail is dead
        return {"result": result}

    # ------------------------------------------------------------------ shared
    def log(
        self, stream: str, type: str, list_id: int, person_id: int, email=""
    ) -> None:
        """Write an event down."""
        self.store.note(self.code, stream, list_id, person_id, type=type, email=email)

    def mail(self, list_id: int, member: Member, purpose: str) -> None:
        """A mail that asks for a click."""
        self.store.note(
            self.code, "mail", list_id, member.id, purpose=purpose, email=member.email
        )

    def ask(
        self, list_id: int, email: str, values: dict[str, Any], ip: str = ""
    ) -> None:
        """Pending: a mail goes out; the values wait with the click."""
        member = self.store.member(list_id, email) or Member(list_id, email)
        if member.status == "unsubscribed":
            member.deactivated = 0
        member.status, member.registered = "pending", self.now()
        member.data |= {"values": values, "ip": ip}
        self.store.save(self.code, [member])
        self.log(SUBSCRIPTION, "PENDING_SUBSCRIPTION", list_id, member.id, email)
        self.mail(list_id, member, "confirm")

    def join(
        self, list_id: int, email: str, values: dict[str, Any], via: str, type: str = ""
    ) -> Member:
        """A member from now on. ``via`` "click" is the person's own doing."""
        person = self.take_in(email, values)
        member = self.store.member(list_id, id=person.id) or Member(list_id, email)
        before, new = member.status, not member.id
        member.id, now = person.id, self.now()
        member.status, member.activated, member.deactivated = "subscribed", now, 0
        member.registered = member.registered or now
        self.store.save(self.code, [member])
        if type:
            self.log(SUBSCRIPTION, type, list_id, member.id, email)
        if not new and before != "subscribed":
            self.store.note(
                self.code,
                "reactivation",
                list_id,
                member.id,
                email=email,
                before=before,
                via=via,
            )
        return member

    def leave(self, member: Member, type: str) -> None:
        """Off one list from now on; perhaps out of the system, if it was the last."""
        member.status, member.deactivated = "unsubscribed", self.now()
        self.store.save(self.code, [member])
        self.log(UNSUBSCRIPTION, type, member.list_id, member.id, member.email)
        others = self.store.memberships(self.code, id=member.id)
        on = [each for each in others if each.status == "subscribed"]
        if self.find_list(member.list_id).data.get("delete_unlisted") and not [
            each for each in on if each.list_id != self.pool
        ]:
            self.delete(member)

    def _asked(self, request) -> tuple[dict[str, Any], Any]:
        body = self.body(request)
        if not body.get("email") or not body.get("listId"):
            invalid = {"email": "must not be empty", "listId": "must not be empty"}
            raise Refusal(400, "Invalid event", invalid=invalid)
        return body, self.standard(body["listId"])

    # ------------------------------------------------------------------ reading
    def _listed(self, request, stream: str) -> dict[str, Any]:
        self.known_parameters(request, *FILTERS)
        relation = f"inx:{stream}-events"
        return self.journal_page(request, stream, relation, {"types": "type"})

    def journal_page(
        self, request, kind: str, relation: str, filters: dict[str, str]
    ) -> dict[str, Any]:
        """A page of what happened; ``filters``: parameter -> key of the journal."""
        asked = request.args
        where, params = "tool = ? AND kind = ?", [self.code, kind]
        if "listIds" in asked:
            ids = [number(id) for id in csv(asked["listIds"])]
            where += f" AND list_id IN ({', '.join('?' * len(ids))})"
            params += ids
        for name, key in filters.items():
            if name in asked:
                values = csv(asked[name])
                where += f" AND json_extract(data, '$.{key}') IN"
                where += f" ({', '.join('?' * len(values))})"
                params += values
        for name, sign in (("startDate", ">="), ("endDate", "<=")):
            if name in asked:
                try:
                    params.append(unix(asked[name]))
                except ValueError:
                    invalid = {name: "is no time"}
                    raise Refusal(400, "Invalid request", invalid=invalid) from None
                where += f" AND at {sign} ?"

        def fetch(after: int, most: int):
            rows = self.store.rows(
                "SELECT id, list_id, person_id, at, data FROM journal"
                f" WHERE {where} AND id > ? ORDER BY id LIMIT ?",
                [*params, after, most],
            )
            return [(row[0], self._event(request, *row)) for row in rows]

        return self.page(request, relation, fetch, upcoming=True)

    def _event(self, request, id, list_id, person_id, at, data) -> dict[str, Any]:
        facts = json.loads(data)
        email = facts.pop("email", "")
        event = {
            "id": id,
            "listId": list_id,
            self.switches["event_time_key"]: iso(at),
            **facts,
        }
        if "inx:recipient" in csv(request.args.get("embedded")):
            names = self.asked(csv(request.args.get("recipientAttributes")))
            member = self.store.member(self.pool, id=person_id) if person_id else None
            if member:
                shown = self.recipient(request, member, names)
            else:
                shown = {"email": email, "attributes": {}}
            event["_embedded"] = {"inx:recipient": shown}
        return event
