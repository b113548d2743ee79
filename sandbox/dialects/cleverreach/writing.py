"""Writing recipients into a group, one by one and in batches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ...store import Member
from ..base import Refusal, route
from .shapes import address, is_address, set_times, set_values, status, tag_name


class Writing:
    """A batch answers row by row; a refused row is text, or missing, or ``false``.

    Recipients come into the pool, and so to a new id, with their first group, and leave
    it with their last. Attributes that nobody defined are dropped without a word.
    """

    @route("POST", "/v3/groups/<group>/receivers")
    def create_receivers(self, request, group):
        """One, or a list as older clients send it. Not idempotent: 409."""
        body = request.get_json(silent=True)
        if isinstance(body, list):
            return self.insert_receivers(request, group)
        row = self.body(request)
        (written,) = self._write(request, group, [row], new=True, known=False)
        if isinstance(written, str):
            taken = written.startswith("duplicate")
            raise Refusal(
                409 if taken else 400,
                f"{'Conflict' if taken else 'Bad Request'}: {written}",
            )
        return self.one(self.profile(written))

    @route("POST", "/v3/groups/<group>/receivers/insert")
    def insert_receivers(self, request, group):
        """New ones only; a known address is refused as a duplicate."""
        written = self._batch(request, group, new=True, known=False)
        return self._rows(written, {"status": "insert success"})

    @route("PUT", "/v3/groups/<group>/receivers/update")
    def update_receivers(self, request, group):
        """Known ones only."""
        return self._rows(self._batch(request, group, new=False, known=True), {})

    @route("PUT", "/v3/groups/<group>/receivers/updateplus")
    def update_receivers_plus(self, request, group):
        """Known ones only, answered with full profiles."""
        return self._plus(self._batch(request, group, new=False, known=True))

    @route("POST", "/v3/groups/<group>/receivers/upsert")
    def upsert_receivers(self, request, group):
        """New and known: a row for each, in the order given."""
        return self._rows(self._batch(request, group, new=True, known=True), {})

    @route("POST", "/v3/groups/<group>/receivers/upsertplus")
    def upsert_receivers_plus(self, request, group):
        """New and known: full profiles, refused rows are missing."""
        return self._plus(self._batch(request, group, new=True, known=True))

    @route("PUT", "/v3/groups/<group>/receivers/<who>")
    def change_receiver(self, request, group, who):
        """Part of one recipient; the address stays (there is a call for that)."""
        member = self.member(group, who)
        row = {**self.body(request), "email": member.email}
        (written,) = self._write(request, group, [row], new=False, known=True)
        if isinstance(written, str):
            raise Refusal(400, f"Bad Request: {written}")
        return self.one(self.profile(written))

    # ---------------------------------------------------------------- answers
    def _rows(self, written: list, more: dict[str, str]) -> Any:
        """Same length and order as asked; ``false`` when every row was refused."""
        if written and all(isinstance(row, str) for row in written):
            return False
        return [
            self._refused(row)
            if isinstance(row, str)
            else {
                "id": self.id(row.id),
                "email": row.email,
                "registered": row.registered,
                "activated": row.activated,
                "deactivated": row.deactivated,
                **more,
            }
            for row in written
        ]

    def _refused(self, text: str) -> Any:
        if not self.awkward("row_objects"):
            return text
        return {"email": text.split("'")[1], "status": text}

    def _plus(self, written: list) -> Any:
        good = [row for row in written if not isinstance(row, str)]
        return self.profiles(good, detail=4) if good or not written else False

    # ---------------------------------------------------------------- writing
    def _batch(self, request, group: Any, new: bool, known: bool) -> list:
        rows = request.get_json(silent=True)
        rows = [rows] if isinstance(rows, Mapping) else rows
        if not isinstance(rows, list):
            raise Refusal(400, "Bad Request: a list is expected")
        self.check_size(rows)
        return self._write(request, group, rows, new, known)

    def check_size(self, rows: list) -> None:
        """413 for more than ``max_batch``."""
        if len(rows) > self.switches["max_batch"]:
            raise Refusal(413, "Payload Too Large")

    def _write(
        self, request, group: Any, rows: Iterable[Any], new: bool, known: bool
    ) -> list[Member | str]:
        """Carry rows out; a member or the reason of its refusal for each."""
        rows = [row if isinstance(row, Mapping) else {} for row in rows]
        emails = [address(row.get("email")) for row in rows]
        with self.store.transaction():
            list_id = self.group(group).id
            there = {m.email: m for m in self.store.members(list_id, set(emails))}
            before = {email: member.copy() for email, member in there.items()}
            # Somebody new here may be in another group: same id, same global values.
            pool = self.store.people(self.code, emails) if new else {}
            refused = self.unusable(set(emails) - set(there), list_id)
            definitions = self.attributes(list_id), self.attributes(0)
            result: list[Member | str] = []
            for email, row in zip(emails, rows, strict=True):
                member = there.get(email)
                if not is_address(email) or request.refuses(email) or email in refused:
                    result.append(f"invalid address '{email}'")
                elif member is None and not new:
                    result.append(f"unknown address '{email}'")
                elif member is not None and not known:
                    result.append(f"duplicate address '{email}'")
                else:
                    if member is None:
                        person, shared = pool.get(email, (0, {}))
                        member = Member(list_id, email, person, shared=shared)
                        there[email] = member
                        self._apply(member, row, definitions, new=True)
                    else:
                        self._apply(member, row, definitions, new=False)
                    result.append(member)
            touched = {id(m): m for m in result if isinstance(m, Member)}
            self.store.save(self.code, list(touched.values()))
            tagged = self._tag(list_id, result, rows)
        for member in touched.values():
            self.wrote(
                before.get(member.email), member, member.email in tagged, "write"
            )
        return result

    def _apply(self, member: Member, row: Mapping, definitions, new: bool) -> None:
        local, shared = definitions
        member.attributes = set_values(member.attributes, row.get("attributes"), local)
        member.shared = set_values(member.shared, row.get("global_attributes"), shared)
        for key in ("source", "orders"):
            if row.get(key):
                member.data[key] = row[key]
        set_times(member, row, self.now(), new)

    def _tag(self, list_id: int, result: list, rows: list) -> set[str]:
        tagged = set()
        for member, row in zip(result, rows, strict=True):
            if row.get("tags") and not isinstance(member, str):
                self.set_tags(list_id, member.id, row["tags"])
                tagged.add(member.email)
        return tagged

    def set_tags(self, list_id: int, person_id: int, tags: Any) -> list[str]:
        """Add tags, or remove those with a leading ``-`` (``-Origin.*`` too)."""
        texts = [
            str(tag).strip() for tag in (tags if isinstance(tags, list) else [tags])
        ]
        for text in texts:
            if text.startswith("-"):
                pattern = "*".join(tag_name(part) for part in text[1:].split("*"))
                self.store.untag(list_id, person_id, pattern)
        added = [tag_name(text) for text in texts if text and text[0] != "-"]
        self.store.tag(list_id, person_id, added)
        return added

    # ------------------------------------------------------------ consequences
    def save_member(self, member: Member, before: Member, via: str) -> None:
        """Keep one changed member and tell who wants to know."""
        member.status = status(member)
        self.store.save(self.code, [member])
        self.wrote(before, member, False, via)

    def wrote(
        self, before: Member | None, member: Member, tagged: bool, via: str
    ) -> None:
        """Note a reactivation, and call the webhooks that want to know.

        A *reactivation* is anybody known who was not subscribed and now is; ``via``
        tells a write from the person's own click, so a test can say "none by write".
        """
        came = member.status == "subscribed"
        if before is None:
            self.emit("receiver.created", member.list_id, member.id)
            if came:
                self.emit("receiver.subscribed", member.list_id, member.id)
            return
        if before.status != member.status:
            if came:
                self.store.note(
                    self.code,
                    "reactivation",
                    member.list_id,
                    member.id,
                    email=member.email,
                    before=before.status,
                    via=via,
                )
                self.emit("receiver.subscribed", member.list_id, member.id)
            elif member.status == "unsubscribed":
                self.emit("receiver.unsubscribed", member.list_id, member.id)
        changed = (
            before.attributes != member.attributes
            or before.shared != member.shared
            or before.email != member.email
        )
        if changed or tagged:
            self.emit("receiver.updated", member.list_id, member.id)
