"""KlickTipp Management API (REST): account, opt-in processes, tags, fields, contacts.

A contact's status belongs to the account: one hidden list, the *pool*, holds everybody
with status and times; a tag is a visible list whose members have it. Facts come from
the vendor's OpenAPI file and working clients, as collected in the provider notes; where
those are silent, the docstring says which reading was chosen. There is no mailing, no
statistic and no webhook management in this API, so none is spoken here.

Login: user ``sandbox-user``, password ``sandbox-password``; or the developer key
``0123456789abcdef`` with the customer key ``customer-key``; listbuilding key
``sandbox-listbuilding-key``.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar

from werkzeug.wrappers import Response

from ..base import Dialect, Refusal
from ..links import Links
from .account import Account
from .contacts import Contacts
from .fields import Fields
from .hooks import Hooks
from .listbuilding import Listbuilding
from .optin import OptIn
from .shapes import text, unbracket
from .staff import Staff
from .tags import Tags

#: Oddities that the notes hold possible, each one switchable.
AWKWARD = {
    "bare_ids": "the ids of contacts come as a bare array, not in an object",
    "empty_lists": "an empty map comes as [] instead of {}",
    "absent_maps": "an empty map of a contact is left out altogether",
    "tags_smart_only": "a contact's `tags` hold SmartTags only, `manual_tags` the rest",
    "smart_listed": "the list of tags names the SmartTags too",
    "lower_status": "`subscribed` in lower case",
    "date_only": "status dates without the time of day",
    "ip_suffix": 'an address like "192.0.2.1 - By API Request"',
    "empty_404": "an unknown contact is answered by 404 without a body",
    "plain_errors": "a missing argument is told by 401 with text that is no JSON",
    "verb_406": "a wrong verb is answered by 406 instead of 405",
    "key_500": "a wrong listbuilding key is answered by 500 without a body",
    "single_opt_in_returns": "single opt-in brings back who had unsubscribed",
}


class KlickTipp(
    Account,
    OptIn,
    Tags,
    Fields,
    Contacts,
    Listbuilding,
    Hooks,
    Staff,
    Links,
    Dialect,
):
    """The whole dialect; each base class holds the routes of one subject."""

    code = "klicktipp"
    title = "KlickTipp"
    defaults: ClassVar[dict[str, Any]] = {
        # seconds that a session lives, and the name of its cookie
        "session_lifetime": 3600,
        "cookie_name": "SSESS5a9b1c2d3e4f60718293a4b5c6d7e8f9",
        # language of the texts in errors: en or de
        "language": "en",
        # whether the account's plan allows the API; else 403 everywhere
        "permitted": True,
        # the oddities above that are on: a set of names, or True for all
        "awkward": frozenset(),
    }

    def prepare(self) -> None:
        """A new account: the pool, two opt-in processes, usual fields, no tag."""
        known = self.store.lists(self.code)
        pool = [entry for entry in known if entry.data.get("pool")]
        if not pool:
            pool = [self.store.add_list(self.code, "", hidden=True, pool=True)]
            self.prepare_processes()
            self.prepare_fields()
        self.pool = pool[0].id

    def path(self, path: str) -> str:
        """Older clients say ``/api/subscriber.json`` for ``/subscriber``."""
        path = re.sub(r"^/api(?=/)", "", path)
        return re.sub(r"^(/(?!click/).+)\.json$", r"\1", path)

    def error(self, status: int, message: str = "", **more: Any) -> Response:
        """Mostly an array with one text; business errors bring their own ``body``."""
        if status == 405 and self.awkward("verb_406"):
            status = 406
        if more.get("body") is not None:
            return self.json(more["body"], status)
        if "body" in more or (more.get("plain") and self.awkward("plain_errors")):
            return Response(message if more.get("plain") else "", status)
        return self.json([message], status)

    def given(self, request) -> dict[str, Any]:
        """What was sent, as JSON or as a form with ``fields[x]`` and ``tagids[0]``."""
        if request.form or request.mimetype.endswith(("urlencoded", "form-data")):
            return unbracket(request.form.items())
        return self.body(request)

    def needed(self, given: dict[str, Any], key: str) -> Any:
        """An argument that must be there."""
        if given.get(key) in (None, ""):
            status = 401 if self.awkward("plain_errors") else 406
            raise Refusal(status, f"Missing required argument {key}", plain=True)
        return given[key]

    def text(self, key: str) -> str:
        """A text in the account's language."""
        return text(key, self.switches["language"])

    def awkward(self, name: str) -> bool:
        """Whether one of the oddities is on."""
        chosen = self.switches["awkward"]
        return chosen is True or name in (chosen or ())

    def map(self, data: dict[str, Any]) -> Any:
        """A map, which may come as a list when empty."""
        return data if data or not self.awkward("empty_lists") else []
