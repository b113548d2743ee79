"""Forms and their mails: asking a person to confirm (double opt-in) or to leave."""

from __future__ import annotations

import html
import secrets
from typing import Any

from werkzeug.wrappers import Response

from ...store import Member, number
from ..base import Refusal, route
from .shapes import address

CONFIRM_PAGE = """<!DOCTYPE html><html><head><meta charset="utf-8">
<title>CleverReach sandbox</title></head>
<body style="font-family:sans-serif;max-width:30em;margin:4em auto">
<h1>{title}</h1><p>{email}</p>{form}</body></html>"""


class Forms:
    """A form belongs to a group; its mails stand in the journal as ``mail``.

    The person's click is ``POST`` on the mail's link (the link itself shows a button,
    so that a mail scanner that follows links confirms nothing).
    """

    @route("GET", "/v3/forms")
    def list_forms(self, request):
        """All forms."""
        return self.store.find(self.code, "form")

    @route("GET", "/v3/groups/<group>/forms")
    def list_group_forms(self, request, group):
        """A group's forms."""
        return self.store.find(self.code, "form", self.group(group).id)

    @route("GET", "/v3/forms/<form>")
    def read_form(self, request, form):
        """One form."""
        return self.one(self._form(form))

    @route("POST", "/v3/forms/<group>/createfromtemplate/<kind>")
    def create_form(self, request, group, kind):
        """A form for a group."""
        known = self.group(group)
        form = self.new_form(
            known.id, str(self.body(request).get("name") or known.name)
        )
        return self.one(form)

    @route("POST", "/v3/forms/<form>/send/activate")
    def send_activate(self, request, form):
        """Ask to confirm; 404 unless the recipient is there and inactive."""
        member = self._addressee(request, form)
        if member.status not in ("pending", "unsubscribed"):
            raise Refusal(404, "Not Found: no inactive receiver")
        self.mail(member, "confirm")
        return self._sent(member)

    @route("POST", "/v3/forms/<form>/send/deactivate")
    def send_deactivate(self, request, form):
        """Send the mail to leave with."""
        member = self._addressee(request, form)
        self.mail(member, "leave")
        return self._sent(member)

    @route("GET", "/click/<token>", login=False)
    @route("POST", "/click/<token>", login=False)
    def click(self, request, token):
        """Where the link in a mail leads."""
        link = self.store.get(self.code, "link", token)
        member = link and self.store.member(link["list_id"], id=link["person_id"])
        if not member:
            raise Refusal(404, "Not Found")
        title = "Confirm" if link["purpose"] == "confirm" else "Unsubscribe"
        form = f'<form method="post"><button>{title}</button></form>'
        if request.method == "POST":
            self.follow(token, request.remote_addr or "")
            title, form = "Thank you", ""
        page = CONFIRM_PAGE.format(
            title=title, email=html.escape(member.email), form=form
        )
        return Response(page, content_type="text/html; charset=utf-8")

    # ----------------------------------------------------------------- shared
    def follow(self, token: str, ip: str) -> None:
        """The person follows a link: once for a confirmation."""
        link = self.store.get(self.code, "link", token)
        member = link and self.store.member(link["list_id"], id=link["person_id"])
        if not member:
            raise Refusal(404, "Not Found")
        member.data["last_ip"] = ip
        self.store.drop(self.code, "link", token)
        if link["purpose"] == "confirm":
            self.activate_member(member, "click")
        else:
            self.leave(member, ip)

    def new_form(self, list_id: int, name: str) -> dict[str, Any]:
        """A form of a group; ``customer_tables_id`` is the group's id."""
        id = str(self.store.next_number())
        form = {"id": id, "name": name, "customer_tables_id": str(list_id)}
        self.store.put(self.code, "form", id, form, list_id)
        self.emit("form.created", list_id)
        return form

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

    def _form(self, id: str) -> dict[str, Any]:
        for form in self.store.find(self.code, "form"):
            if form["id"] == id:
                return form
        raise Refusal(404, "Not Found")

    def _addressee(self, request, form: str) -> Member:
        body = self.body(request)
        group = number(self._form(form)["customer_tables_id"])
        if number(body.get("groups_id") or group) != group:
            raise Refusal(404, "Not Found: no such group for this form")
        if not isinstance(body.get("doidata"), dict):
            raise Refusal(400, "Bad Request: doidata is missing")
        member = self.store.member(group, email=address(body.get("email")))
        if member is None:
            raise Refusal(404, "Not Found: no such receiver")
        return member

    def _sent(self, member: Member) -> Any:
        if self.awkward("doi_object"):
            return {"success": True, "email": member.email}
        return member.email
