"""Writing one member: create, upsert, update, archive, forget; who may come back."""

from __future__ import annotations

from typing import Any

from werkzeug.wrappers import Response

from ...store import Member, RemoteList
from ..base import Refusal, route
from .shapes import (
    OURS,
    WORDS,
    WRITABLE,
    address,
    compliance,
    contact_number,
    digest,
    exists,
    field_error,
    forgotten,
    invalid,
    is_address,
    problem,
)

EVIDENCE = ("ip_signup", "timestamp_signup", "ip_opt", "timestamp_opt")
BY_ADMIN = "N/A (Unsubscribed by admin)"
#: the address of whoever calls the API
BY_PROGRAM = "198.51.100.7"


class Members:
    """A hash names an address; it changes with it.

    Who unsubscribed himself, complained or was cleaned cannot be made ``subscribed``;
    ``pending`` (a mail is sent) works, but not for ``cleaned``. Who was unsubscribed by
    the API can. Archiving forgets which of these it was. Chosen where the notes are
    silent: ``status_if_new`` does not bring back who is archived; null leaves a value.
    """

    @route("POST", "/3.0/lists/<audience>/members")
    def create_member(self, request, audience):
        """400 for one that is there, archived or not."""
        entry, body = self.audience(audience), self.body(request)
        if not body.get("status"):
            raise field_error("status", "This value should not be blank.")
        email = self.usable(request, body.get("email_address"))
        if self.store.member(entry.id, email):
            raise exists(email)
        member = self.put(entry, None, body, self.skips(request))
        if isinstance(body.get("tags"), list):
            self.give_tags(member, [str(tag) for tag in body["tags"]])
        return self.profiles(entry, [member])[0]

    @route("PUT", "/3.0/lists/<audience>/members/<who>")
    def put_member(self, request, audience, who):
        """Update, or create with ``email_address`` and ``status_if_new``."""
        entry, body = self.audience(audience), self.body(request)
        known = self.found(entry.id, who)
        if known is None:
            email = self.usable(request, body.get("email_address"))
            if not (body.get("status") or body.get("status_if_new")):
                raise field_error("status_if_new", "This value should not be blank.")
            if digest(email) != who and self.store.member(entry.id, email):
                raise exists(email)
            body = {"status": body.get("status_if_new"), **body}
        elif body.get("email_address"):
            self.usable(request, body["email_address"])
        else:
            self.usable(request, known.email)
        member = self.put(entry, known, body, self.skips(request))
        return self.profiles(entry, [member])[0]

    @route("PATCH", "/3.0/lists/<audience>/members/<who>")
    def patch_member(self, request, audience, who):
        """Update only."""
        entry, body = self.audience(audience), self.body(request)
        known = self.member(entry.id, who)
        self.usable(request, body.get("email_address") or known.email)
        if body.get("status") == "transactional":
            raise field_error("status", "The value you selected is not valid.")
        member = self.put(entry, known, body, self.skips(request))
        return self.profiles(entry, [member])[0]

    @route("DELETE", "/3.0/lists/<audience>/members/<who>")
    def archive_member(self, request, audience, who):
        """Archive."""
        member = self.member(self.audience(audience).id, who)
        if member.status in ("archived", "pending", "hard_bounce"):
            text = (
                "This list member cannot be removed. Can not archive a contact that is"
                " bounced, pending or archived"
            )
            raise Refusal(
                405, text, title="Method Not Allowed", allow="GET, PUT", errors=None
            )
        self.archive(member, "api")
        return Response(status=204)

    @route("POST", "/3.0/lists/<audience>/members/<who>/actions/delete-permanent")
    def delete_member(self, request, audience, who):
        """For good: the address is kept as forgotten."""
        self.forget(self.member(self.audience(audience).id, who), "api")
        return Response(status=204)

    # ----------------------------------------------------------------- shared
    def skips(self, request) -> bool:
        """Whether required merge fields may be missing."""
        given = request.args.get("skip_merge_validation", "")
        return given.lower() in ("true", "1")

    def usable(self, request, value: Any) -> str:
        """An address, or 400."""
        email = address(value)
        if not email or "@" not in email:
            raise invalid("Please provide a valid email address.")
        if not is_address(email) or request.refuses(email):
            text = "looks fake or invalid, please enter a real email address."
            raise invalid(f"{email} {text}")
        return email

    def put(
        self,
        entry: RemoteList,
        known: Member | None,
        body: dict[str, Any],
        skip: bool = False,
        source: str = "api",
    ) -> Member:
        """Carry a write out; what is not named stays.

        :param skip: take members without required merge fields
        :param source: who did it, as webhooks tell it: user, admin or api
        """
        email = address(body.get("email_address")) or (known.email if known else "")
        if self.store.get(self.code, "forgotten", email, entry.id):
            raise forgotten(email)
        member = known.copy() if known else Member(entry.id, email, status="")
        moved = known is not None and known.email != email
        if moved:
            self._movable(known, email)
        given, now = body.get("merge_fields"), self.now()
        check = not skip and (known is None or given is not None)
        member.attributes = self.merged(entry.id, member.attributes, given, check)
        self._evidence(entry, member, body)
        wanted = body.get("status")
        if wanted is not None:
            self._set_status(member, wanted, now)
        if known is None:
            member.data["contact"] = self.store.next_number()
        with self.store.transaction():
            if moved:
                member = self._moved(member, known, email)
            self.store.save(self.code, [member])
            contact = contact_number(member)
            if member.data.get("contact"):
                self.store.put(self.code, "contact", contact, member.email, entry.id)
        self.wrote(known, member, source)
        return member

    def archive(self, member: Member, source: str) -> None:
        """Out of sight, with the history; the status before is lost."""
        before = member.copy()
        member.status = "archived"
        for key in ("left", "reason"):
            member.data.pop(key, None)
        self.store.save(self.code, [member])
        self.wrote(before, member, source)

    def forget(self, member: Member, source: str) -> None:
        """Wipe everything; the address cannot be written again."""
        self.store.put(self.code, "forgotten", member.email, True, member.list_id)
        self.store.remove(member.list_id, [member.id])
        self.call("unsubscribe", member, source, action="delete", reason="manual")

    def wrote(self, before: Member | None, member: Member, source: str) -> None:
        """Send the mail that asks, note a reactivation, call the webhooks."""
        if member.status == "pending" and (not before or before.status != "pending"):
            self.mail(member, "confirm")
        came = member.status == "subscribed"
        if before and came and before.status != "subscribed":
            self.store.note(
                self.code,
                "reactivation",
                member.list_id,
                member.id,
                email=member.email,
                before=before.status,
                via={"user": "click", "admin": "staff", "api": "write"}[source],
            )
        self.tell(before, member, source)

    # ----------------------------------------------------------------- details
    def _set_status(self, member: Member, wanted: Any, now: int) -> None:
        if wanted not in WRITABLE:
            raise field_error("status", "The value you selected is not valid.")
        before, data = member.status, member.data
        out = before == "unsubscribed" and data.get("left", "user") != "admin"
        out = out or (before == "pending" and data.get("asked", False))
        if wanted == "subscribed" and (out or before == "hard_bounce"):
            raise compliance(member.email)
        if wanted == "pending" and before == "hard_bounce":
            raise compliance(member.email)
        if WORDS.get(before, before) == wanted:
            return
        member.status = OURS.get(wanted, wanted)
        if wanted == "subscribed":
            member.activated, member.deactivated = now, 0
            # the caller's, as the tool has it; no proof that the person did anything
            data.setdefault("ip_opt", BY_PROGRAM)
        elif wanted == "unsubscribed":
            member.deactivated = now
            data["left"] = "bounce" if before == "hard_bounce" else "admin"
            data["reason"] = BY_ADMIN
        elif wanted == "pending":
            # Who has to be asked cannot be confirmed by another write.
            if out:
                data["asked"] = True
            member.registered = member.registered or now
        elif wanted == "cleaned":
            member.bounced = now

    def _evidence(self, entry: RemoteList, member: Member, body: dict) -> None:
        data = member.data
        kind = body.get("email_type")
        if kind is not None:
            if kind not in ("html", "text"):
                raise field_error("email_type", "Value must be one of: html, text")
            data["email_type"] = kind
        for key in (*EVIDENCE, "language"):
            if isinstance(body.get(key), str):
                data[key] = body[key]
        if isinstance(body.get("vip"), bool):
            data["vip"] = body["vip"]
        given = body.get("interests")
        if isinstance(given, dict):
            known = {one["id"] for one in self.interests(entry.id)}
            wrong = [id for id in given if id not in known]
            if wrong:
                raise field_error("interests", f"Invalid interest ID: {wrong[0]}")
            have = set(data.get("interests", ())) | {
                id for id, on in given.items() if on
            }
            data["interests"] = sorted(
                have - {id for id, on in given.items() if not on}
            )

    def _movable(self, known: Member, email: str) -> None:
        if self.store.member(known.list_id, email):
            raise exists(email)
        status = WORDS.get(known.status, known.status)
        if status in self.switches["address_locked"]:
            text = f"{known.email} cannot be changed while {status}."
            raise problem(400, "Invalid Resource", text)

    def _moved(self, member: Member, known: Member, email: str) -> Member:
        """Another address is another person, but in this audience only."""
        twin = member.copy(id=0, email=email)
        twin.data["contact"] = contact_number(known)
        tags = self.store.tags(known.list_id, [known.id]).get(known.id, [])
        self.store.remove(known.list_id, [known.id])
        self.store.save(self.code, [twin])
        self.store.tag(known.list_id, twin.id, tags)
        return twin
