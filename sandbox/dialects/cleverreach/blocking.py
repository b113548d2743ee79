"""Blacklists, bounces, and which addresses are usable at all."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timezone
from typing import Any

from ...store import Member, number
from ..base import Refusal, route
from .shapes import address, is_address

BOUNCE_DAYS = 90


class Blocking:
    """A blacklist for the account (scope 0) and one for each group.

    Blocking does not touch a recipient: nothing in the profile shows it. The vendor's
    texts are silent about writing a blacklisted address into a group. As a recipient's
    block has to be looked up apart (so one may be listed and blocked), and ``isvalid``
    tells usable addresses, it is taken here that known recipients can still be changed
    and that a new one is refused as an invalid address. The oddity ``blocked_accepted``
    takes new ones in.
    """

    @route("GET", "/v3/blacklist")
    def list_blocked(self, request):
        """All of the account's, in one go."""
        return self.store.find(self.code, "blocked", 0)

    @route("POST", "/v3/blacklist")
    def block(self, request):
        """Add one; 409 if it is there."""
        return self._block(self.body(request), 0)

    @route("PUT", "/v3/blacklist")
    def change_blocked(self, request):
        """Add or change one."""
        return self._block(self.body(request), 0, replace=True)

    @route("GET", "/v3/blacklist/<email>")
    def read_blocked(self, request, email):
        """One, or 404."""
        found = self.store.get(self.code, "blocked", address(email), 0)
        if not found:
            raise Refusal(404, "Not Found")
        return self.one(found)

    @route("DELETE", "/v3/blacklist/<email>")
    def unblock(self, request, email):
        """Take one off; nobody becomes active by it."""
        return self._unblock(email, 0)

    @route("GET", "/v3/groups/<group>/blacklist")
    def list_blocked_in_group(self, request, group):
        """A group's."""
        return self.store.find(self.code, "blocked", self.group(group).id)

    @route("POST", "/v3/groups/<group>/blacklist")
    def block_in_group(self, request, group):
        """Add one to a group's."""
        return self._block(self.body(request), self.group(group).id)

    @route("DELETE", "/v3/groups/<group>/blacklist/<email>")
    def unblock_in_group(self, request, group, email):
        """Take one off a group's."""
        return self._unblock(email, self.group(group).id)

    @route("POST", "/v3/receivers/isvalid")
    def usable(self, request):
        """Addresses that can be used: well-formed and not blocked (or the others)."""
        body = self.body(request)
        emails = body.get("emails")
        if not isinstance(emails, list):
            raise Refusal(400, "Bad Request: emails is expected")
        blocked = self.blocked(map(address, emails), number(body.get("group_id")))
        return [
            email
            for email in emails
            if (is_address(address(email)) and address(email) not in blocked)
            != bool(body.get("invert"))
        ]

    # ---------------------------------------------------------------- bounces
    @route("GET", "/v3/bounces")
    def list_bounces(self, request):
        """Paged, oldest first; the vendor spells ``occurences`` so."""
        size = number(request.args.get("pagesize")) or 50
        start = number(request.args.get("page")) * size
        return self.store.find(self.code, "bounce")[start : start + size]

    def bounce(self, member: Member, hard: bool, text: str) -> None:
        """A mail came back. Hard ones mark the recipient in every group."""
        now, email = self.now(), member.email
        known = self.store.get(self.code, "bounce", email) or {"occurences": 0}
        expires = now + BOUNCE_DAYS * 86400
        self.store.put(
            self.code,
            "bounce",
            email,
            {
                "email": email,
                "category": "hardbounce" if hard else "softbounce",
                "occurences": known["occurences"] + 1,
                "last_update": now,
                "last_update_gmt": _iso(now),
                "expires_by": expires,
                "expires_by_gmt": _iso(expires),
                "bounce_message": text,
                "type": "mailing",
                "type_id": "0",
            },
        )

    # ----------------------------------------------------------------- shared
    def blocked(self, emails: Iterable[str], list_id: int = 0) -> set[str]:
        """Those that the account or this group blocks."""
        emails = list(emails)
        blocked = self.store.known(self.code, "blocked", emails, 0)
        if list_id:
            blocked |= self.store.known(self.code, "blocked", emails, list_id)
        return blocked

    def unusable(self, emails: Iterable[str], list_id: int) -> set[str]:
        """Those that a write of a new recipient refuses."""
        return (
            set() if self.awkward("blocked_accepted") else self.blocked(emails, list_id)
        )

    def _block(self, body: dict[str, Any], scope: int, replace: bool = False) -> Any:
        email = address(body.get("email"))
        if not is_address(email):
            raise Refusal(400, f"Bad Request: invalid address '{email}'")
        if not replace and self.store.get(self.code, "blocked", email, scope):
            raise Refusal(409, "Conflict: already blacklisted")
        return self.one(self.keep_blocked(email, str(body.get("comment") or ""), scope))

    def keep_blocked(self, email: str, comment: str, scope: int = 0) -> dict[str, Any]:
        """Put an address on a blacklist."""
        entry = {"email": email, "comment": comment, "stamp": self.now()}
        return self.store.put(self.code, "blocked", email, entry, scope)

    def _unblock(self, email: str, scope: int) -> bool:
        if not self.store.drop(self.code, "blocked", address(email), scope):
            raise Refusal(404, "Not Found")
        return True


def _iso(stamp: int) -> str:
    return datetime.fromtimestamp(stamp, timezone.utc).isoformat()
