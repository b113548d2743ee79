"""What visitors of the site do: sign up by mail, and leave."""

from __future__ import annotations

import secrets

from werkzeug.wrappers import Response

from ..base import Refusal, route
from .shapes import is_address


class Public:
    """The real double opt-in: a member comes to be by following the link.

    Who is a member already gets a link to log in with, which subscribes to nothing.
    """

    @route("POST", "/members/api/send-magic-link/", login=False)
    def send_link(self, request):
        """Newsletters go by name; ids are ignored, and then the default ones apply."""
        given = self.body(request)
        email = given.get("email")
        if not is_address(email) or request.refuses(email):
            raise Refusal(400, public="Email is not valid")
        if not self.switches["allow_signup"]:
            raise Refusal(403, public="This site is invite-only")
        self.ask(
            email,
            str(given.get("name") or ""),
            [each.get("name") for each in given.get("newsletters") or ()],
            list(given.get("labels") or ()),
        )
        return Response("Created.", 201, content_type="text/plain")

    @route("GET", "/members/", login=False)
    def follow_link(self, request):
        """Following is enough: a scanner of mails confirms, too."""
        self.follow(request.args.get("token", ""))
        return Response(
            status=302, headers={"Location": "/?action=signup&success=true"}
        )

    # ----------------------------------------------------------------- shared
    def ask(
        self, email: str, name: str, newsletters: list[str | None], labels: list[str]
    ) -> str:
        """Mail a link; gives its token."""
        named = {entry.name: entry.id for entry in self.all_newsletters()}
        asked = [wanted for wanted in newsletters if wanted]
        if unknown := set(asked) - set(named):
            message = f"Cannot subscribe to invalid newsletters {', '.join(unknown)}"
            raise Refusal(400, public=message)
        known = self.store.people(self.code, [email])
        token = secrets.token_urlsafe(24)
        wish = {
            "email": email,
            "name": name,
            "lists": [named[one] for one in asked] or self.default_newsletters(),
            "labels": labels,
        }
        self.store.put(self.code, "link", token, {} if known else wish)
        action = "signin" if known else "signup"
        link = f"{self.sandbox.url(self.code)}/members/?token={token}&action={action}"
        about = {"email": email, "purpose": action, "link": link, "token": token}
        self.store.note(self.code, "mail", **about)
        return token

    def follow(self, token: str) -> None:
        """The person clicks; again does nothing more."""
        wish = self.store.get(self.code, "link", token)
        if wish is None:
            raise Refusal(400, public="Invalid token")
        if wish and not self.store.people(self.code, [wish["email"]]):
            given = {"name": wish["name"], "labels": wish["labels"]}
            self.add_member(wish["email"], given, wish["lists"], "member")
