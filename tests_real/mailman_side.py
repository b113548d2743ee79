"""The contract suite's side for a real Mailman."""

from __future__ import annotations

import time
from typing import Any

from newsletter_sync.connectors import registry
from newsletter_sync.connectors.contract import Connector
from newsletter_sync.connectors.pacing import Backoff
from newsletter_sync.connectors.url_guard import UrlGuard
from newsletter_sync.sandbox.faults import Faults
from newsletter_sync.sync.vocabulary import Status
from newsletter_sync.tests_pure.contract_http import HttpSide
from newsletter_sync.tests_pure.scripted_http import FunctionHttp

from .faulty_line import FaultyLine


class MailmanSide(HttpSide):
    """People's acts are mails where there is a mail for them, else the owner's REST."""

    first, last = "display_name", ""
    bounce = Status.GENERAL_BOUNCE
    #: a person takes some 20 milliseconds
    many = 101
    write_call = ("POST", r"/members$")
    read_call = ("GET", r"/roster/member$")

    def __init__(self, staff):
        self.staff = staff
        self.list_id, self.other_list = staff.lists
        self.slept: list[float] = []
        self.faults = Faults()
        #: who must not become subscribed by anybody but themselves
        self._away: set[str] = set()
        self.connector = self.another()

    # --- connectors ------------------------------------------------------------
    def _connect(self, password: str, adapter: Any = None) -> Connector:
        guard = UrlGuard(allow_loopback=True)
        server = self.staff.server
        return registry.connect(
            "mailman",
            {"base_url": server.url, "user": server.user, "password": password},
            allow_loopback=True,
            guard=guard,
            adapter=adapter or FaultyLine(guard, self.faults),
            clock=lambda: time.time() + sum(self.slept),
            sleep=self.slept.append,
            backoff=Backoff(patience=30),
        )

    def another(self) -> Connector:
        return self._connect(self.staff.server.password)

    def break_login(self) -> Connector:
        return self._connect("wrong-password")

    def on(self, adapter: FunctionHttp) -> Connector:
        return self._connect(self.staff.server.password, adapter)

    def secrets(self) -> list[str]:
        return [self.staff.server.password, "wrong-password"]

    # --- inside the tool ---------------------------------------------------------
    def act(self, name: str, email: str, **more: Any) -> None:
        staff, list_id = self.staff, self.list_id
        acts = {
            "subscribe": lambda: staff.call(
                "POST", "/members", list_id=list_id, subscriber=email
            ),
            "confirm": lambda: staff.confirm(list_id, email),
            "unsubscribe": lambda: staff.leave(list_id, email),
            "bounce": lambda: staff.bounce(list_id, email),
            "change_address": lambda: staff.move(list_id, email, more["new"]),
            "edit": lambda: staff.rename(email, more["values"]["display_name"]),
        }
        acts[name]()
        if name in ("subscribe", "unsubscribe", "bounce"):
            self._away.add(email)
        elif name == "confirm":
            self._away.discard(email)

    def reactivations(self) -> int:
        statuses = [self.staff.delivery(self.list_id, email) for email in self._away]
        return statuses.count("enabled")

    def refuse(self, email: str) -> None:
        self.staff.ban(self.list_id, email)

    # --- the line ------------------------------------------------------------------
    def fault(self, kind: str, call: tuple[str, str], **options: Any) -> None:
        method, path = call
        self.faults.add(kind, method=method, path=path, **options)

    def clear_faults(self) -> None:
        self.faults.clear()

    def calls(self, call: tuple[str, str]) -> int:
        raise NotImplementedError("a real server's calls are not counted")
