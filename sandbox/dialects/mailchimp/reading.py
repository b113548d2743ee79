"""Reading members: pages, filters, single ones, and how a member looks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...store import Member, RemoteList
from ..base import Refusal, route
from .shapes import (
    OURS,
    WORDS,
    chosen,
    contact_hex,
    contact_int,
    contact_number,
    digest,
    invalid,
    iso,
    list_hex,
    unix,
    window,
)

STATUSES = (
    *("subscribed", "unsubscribed", "cleaned", "pending", "transactional", "archived"),
)
SORTS = {
    "last_changed": "m.changed",
    "timestamp_opt": "m.activated",
    "timestamp_signup": "m.registered",
}
EVIDENCE = ("ip_signup", "timestamp_signup", "ip_opt", "timestamp_opt")


class Reading:
    """Pages by ``count`` and ``offset``: they move while members come and go.

    A time with fractions of a second makes a filter ineffective, as clients report.
    """

    @route("GET", "/3.0/lists/<audience>/members")
    def list_members(self, request, audience):
        """A page."""
        entry, args = self.audience(audience), request.args
        where, params = self._condition(entry, args)
        return self.listed("members", entry, where, params, args)

    @route("GET", "/3.0/lists/<audience>/members/<who>")
    def read_member(self, request, audience, who):
        """By hash, address or contact_id; archived ones too."""
        entry = self.audience(audience)
        member = self.member(entry.id, who)
        return chosen(self.profiles(entry, [member])[0], request.args)

    # ----------------------------------------------------------------- shared
    def found(self, list_id: int, who: str) -> Member | None:
        """A member by hash, address or contact_id, or None."""
        contact = contact_int(who)
        if contact:
            email = self.store.get(self.code, "contact", contact, list_id)
            if email is None:
                return self.store.member(list_id, id=contact)
        else:
            email = who.lower() if "@" in who else self._email_of(who)
        return self.store.member(list_id, email) if email else None

    def member(self, list_id: int, who: str) -> Member:
        """The same, or 404."""
        member = self.found(list_id, who)
        if member is None:
            raise Refusal(404)
        return member

    def listed(
        self,
        key: str,
        entry: RemoteList,
        where: str,
        params: list,
        args: Mapping[str, Any],
    ) -> dict[str, Any]:
        """A page of members by an SQL condition."""
        count, offset = window(args)
        total = self.store.scalar(
            "SELECT count(*) FROM members m JOIN people p ON p.id = m.person_id"
            f" WHERE {where}",
            params,
            0,
        )
        sort, down = SORTS.get(args.get("sort_field", "")), ""
        if args.get("sort_dir", "ASC").upper() == "DESC":
            down = " DESC"
        if count and not sort and not down and offset % count == 0:
            members = self.store.page(where, params, offset // count, count)
        else:
            order = f"{sort or 'm.person_id'}{down}, m.person_id{down}"
            members = self.store.select(
                f"({where}) ORDER BY {order} LIMIT {count} OFFSET {offset}", params
            )
        answer = {
            key: self.profiles(entry, members),
            "list_id": list_hex(entry.id),
            "total_items": total,
            "_links": [],
        }
        return chosen(answer, args)

    def profiles(
        self, entry: RemoteList, members: Sequence[Member]
    ) -> list[dict[str, Any]]:
        """Members in full."""
        fields = self.fields(entry.id)
        interests = [one["id"] for one in self.interests(entry.id)]
        tags = self.tags_of(entry.id, [one.id for one in members])
        return [
            self._profile(one, fields, interests, tags.get(one.id, []))
            for one in members
        ]

    def _profile(
        self, member: Member, fields: list[str], interests: list[str], tags: list[dict]
    ) -> dict[str, Any]:
        data, values = member.data, member.attributes
        names = [str(values.get(tag) or "") for tag in ("FNAME", "LNAME")]
        status = WORDS.get(member.status, member.status)
        times = {
            "timestamp_signup": iso(member.registered),
            "timestamp_opt": iso(member.activated),
        }
        profile = {
            "id": digest(member.email),
            "email_address": member.email,
            "unique_email_id": f"{member.id:010x}",
            "contact_id": contact_hex(contact_number(member)),
            "full_name": " ".join(name for name in names if name),
            "web_id": contact_number(member),
            "email_type": data.get("email_type", "html"),
            "status": status,
            "merge_fields": {tag: values.get(tag, "") for tag in fields},
            "interests": {id: id in data.get("interests", ()) for id in interests},
            "stats": {"avg_open_rate": 0, "avg_click_rate": 0},
            **{key: data.get(key) or times.get(key, "") for key in EVIDENCE},
            "member_rating": 2,
            "last_changed": iso(member.changed),
            "language": data.get("language", ""),
            "vip": bool(data.get("vip")),
            "email_client": "",
            "location": {
                "latitude": 0,
                "longitude": 0,
                "gmtoff": 0,
                "dstoff": 0,
                "country_code": "",
                "timezone": "",
                "region": "",
            },
            "source": data.get("source", "API - Generic"),
            "tags_count": len(tags),
            "tags": tags[: 2 if self.awkward("some_tags") else 50],
            "list_id": list_hex(member.list_id),
            "_links": [],
        }
        if status == "unsubscribed":
            profile["unsubscribe_reason"] = data.get("reason", "")
        return profile

    # ----------------------------------------------------------------- filters
    def _condition(
        self, entry: RemoteList, args: Mapping[str, Any]
    ) -> tuple[str, list]:
        where, params = ["m.list_id = ?"], [entry.id]
        status = args.get("status", "")
        if status:
            if status not in STATUSES:
                raise invalid("invalid status", ("status", "invalid"))
            where.append("m.status = ?")
            params.append(OURS.get(status, status))
        elif not self.switches["list_archived"]:
            where.append("m.status != 'archived'")
        for key, column, sign in (
            ("since_last_changed", "m.changed", ">"),
            ("before_last_changed", "m.changed", "<"),
            ("since_timestamp_opt", "m.activated", ">"),
            ("before_timestamp_opt", "m.activated", "<"),
            ("unsubscribed_since", "m.deactivated", ">"),
        ):
            given = args.get(key, "")
            if not given or "." in given:
                continue
            if key == "unsubscribed_since" and status != "unsubscribed":
                raise invalid("unsubscribed_since needs status=unsubscribed")
            try:
                params.append(unix(given))
            except ValueError:
                raise invalid("no date", (key, "invalid date")) from None
            if sign == ">" and self.switches["since_inclusive"]:
                sign = ">="
            where.append(f"{column} {sign} ?")
        if args.get("unique_email_id"):
            where.append("m.person_id = ?")
            params.append(int(args["unique_email_id"], 16))
        if args.get("vip_only", "").lower() in ("true", "1"):
            where.append("json_extract(m.data, '$.vip') = 1")
        if args.get("email_type"):
            where.append("coalesce(json_extract(m.data, '$.email_type'), 'html') = ?")
            params.append(args["email_type"])
        self._interest_condition(args, where, params)
        return " AND ".join(where), params

    def _interest_condition(self, args, where: list[str], params: list) -> None:
        wanted = [id for id in args.get("interest_ids", "").split(",") if id]
        if not wanted:
            return
        match = args.get("interest_match", "any")
        inner = (
            "EXISTS (SELECT 1 FROM json_each(m.data, '$.interests') j"
            " WHERE j.value = ?)"
        )
        parts = [inner] * len(wanted)
        joined = (" AND " if match == "all" else " OR ").join(parts)
        where.append(f"{'NOT ' if match == 'none' else ''}({joined})")
        params.extend(wanted)

    # ------------------------------------------------------------------- hashes
    def _email_of(self, hash: str) -> str:
        """The address behind a hash, "" if unknown."""
        found = self.store.get(self.code, "hash", hash)
        if found is None:
            self._learn()
            found = self.store.get(self.code, "hash", hash)
        return found or ""

    def _learn(self) -> None:
        """Write down the hashes of people that came since the last time."""
        with self.store.transaction() as db:
            rows = self.store.rows(
                "SELECT id, email FROM people WHERE tool = ? AND id > ? ORDER BY id",
                [self.code, self.learned],
            )
            db.executemany(
                "INSERT OR REPLACE INTO documents (tool, kind, scope, key, data)"
                " VALUES (?, 'hash', '', ?, json_quote(?))",
                [(self.code, digest(email), email) for _, email in rows],
            )
            self.learned = rows[-1][0] if rows else self.learned
