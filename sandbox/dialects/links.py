"""Links in mails: what a person clicks to confirm or to leave; shared by dialects."""

from __future__ import annotations

import html
import secrets

from werkzeug.wrappers import Response

from ..store import Member
from .base import Refusal, route

PAGE = """<!DOCTYPE html><html><head><meta charset="utf-8"><title>{tool} sandbox</title>
</head><body style="font-family:sans-serif;max-width:30em;margin:4em auto">
<h1>{title}</h1><p>{email}</p>{form}</body></html>"""
TITLES = {"confirm": "Confirm", "leave": "Unsubscribe"}


class Links:
    """Mails stand in the journal as ``mail``, each with a link to follow once.

    The person's click is ``POST`` on that link; ``GET`` shows a button, so that a mail
    scanner that follows links confirms nothing.
    """

    def followed(self, member: Member, purpose: str, ip: str) -> None:
        """What a click does; a dialect fills it in. ``purpose``: confirm or leave."""
        raise NotImplementedError

    @route("GET", "/click/<token>", login=False)
    @route("POST", "/click/<token>", login=False)
    def click(self, request, token):
        """Where the link in a mail leads."""
        member, purpose = self._linked(token)
        title, form = TITLES[purpose], ""
        if request.method == "POST":
            self.follow(token, request.remote_addr or "")
            title = "Thank you"
        else:
            form = f'<form method="post"><button>{title}</button></form>'
        text = PAGE.format(
            tool=self.title, title=title, email=html.escape(member.email), form=form
        )
        return Response(text, content_type="text/html; charset=utf-8")

    def mail(self, member: Member, purpose: str) -> str:
        """Send a mail with a link; gives the link's token."""
        token = secrets.token_hex(16)
        link = {"list_id": member.list_id, "person_id": member.id, "purpose": purpose}
        self.store.put(self.code, "link", token, link)
        self.store.note(
            self.code,
            "mail",
            member.list_id,
            member.id,
            email=member.email,
            purpose=purpose,
            link=f"{self.sandbox.url(self.code)}/click/{token}",
            token=token,
        )
        return token

    def follow(self, token: str, ip: str = "192.0.2.1") -> None:
        """The person follows a link."""
        member, purpose = self._linked(token)
        self.store.drop(self.code, "link", token)
        self.followed(member, purpose, ip)

    def confirm(self, list_id: int, person_id: int) -> None:
        """The person follows the newest confirmation mail of a list."""
        for mail in reversed(self.store.notes("mail", self.code, person_id)):
            if (mail["purpose"], mail["list_id"]) == ("confirm", list_id):
                return self.follow(mail["token"])
        raise Refusal(404, "no confirmation mail")

    def _linked(self, token: str) -> tuple[Member, str]:
        link = self.store.get(self.code, "link", token)
        member = link and self.store.member(link["list_id"], id=link["person_id"])
        if not member:
            raise Refusal(404, "Not Found")
        return member, link["purpose"]
