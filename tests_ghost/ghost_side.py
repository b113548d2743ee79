"""The contract suite's side for a real Ghost."""

from __future__ import annotations

import json
import time
from typing import Any

import requests

from newsletter_sync.connectors import registry
from newsletter_sync.connectors.contract import Connector
from newsletter_sync.connectors.pacing import Backoff
from newsletter_sync.connectors.url_guard import UrlGuard
from newsletter_sync.sandbox.faults import Faults
from newsletter_sync.tests_pure.contract_http import HttpSide
from newsletter_sync.tests_pure.scripted_http import FunctionHttp, answer, response
from tests_real.faulty_line import FaultyLine

WRONG = "c3" * 32


class Line(FaultyLine):
    """Refuses some addresses in Ghost's words: Ghost itself takes all well-formed."""

    def __init__(self, guard: UrlGuard, faults: Faults, refused: set[str]):
        self.refused = refused
        super().__init__(guard, faults)

    def send(self, request: requests.PreparedRequest, *args, **options):
        """Called by ``requests``."""
        if request.method == "POST" and request.path_url.endswith("/members/"):
            (member,) = json.loads(request.body)["members"]
            if member["email"] in self.refused:
                error = {"context": "Invalid Email", "property": "email"}
                return response(request, *answer({"errors": [error]}, status=422))
        return super().send(request, *args, **options)


class GhostSide(HttpSide):
    """People's acts go by the public routes, staff's by the Admin API."""

    first, last = "name", "note"
    #: a member takes some 30 milliseconds
    many = 101
    write_call = ("POST", r"/members/$")
    read_call = ("GET", r"/members/$")

    def __init__(self, staff):
        staff.reset()
        self.staff = staff
        self.slept: list[float] = []
        self.faults = Faults()
        self._newsletters = [staff.client.newsletter() for _ in range(2)]
        self.list_id, self.other_list = (each["id"] for each in self._newsletters)
        self._refused: set[str] = set()
        self.connector = self.another()

    # --- connectors ----------------------------------------------------------
    def _connect(self, key: str, adapter: Any = None) -> Connector:
        guard = UrlGuard(allow_loopback=True)
        return registry.connect(
            "ghost",
            {"base_url": self.staff.server.url, "key": key},
            allow_loopback=True,
            guard=guard,
            adapter=adapter or Line(guard, self.faults, self._refused),
            clock=lambda: time.time() + sum(self.slept),
            sleep=self.slept.append,
            backoff=Backoff(patience=30),
        )

    def another(self) -> Connector:
        return self._connect(self.staff.server.key)

    def break_login(self) -> Connector:
        id, _, _ = self.staff.server.key.partition(":")
        return self._connect(f"{id}:{WRONG}")

    def on(self, adapter: FunctionHttp) -> Connector:
        return self._connect(self.staff.server.key, adapter)

    def secrets(self) -> list[str]:
        token = self.connector._api.auth.headers()["Authorization"].split()[1]
        return [self.staff.server.key.partition(":")[2], WRONG, token]

    # --- inside the tool -----------------------------------------------------
    def act(self, name: str, email: str, **more: Any) -> None:
        staff, client = self.staff, self.staff.client
        acts = {
            "subscribe": lambda: staff.ask(email, self._newsletters[0]["name"]),
            "confirm": lambda: staff.confirm(email),
            "unsubscribe": lambda: staff.leave(email, self.list_id),
            "bounce": lambda: staff.suppress(email),
            "change_address": lambda: client.change(
                staff.person(email), email=more["new"]
            ),
            "edit": lambda: client.change(staff.person(email), **more["values"]),
        }
        acts[name]()

    def reactivations(self) -> int:
        """From the events: who came by the API after having left."""
        left, number = set(), 0
        for event in reversed(self.staff.client.events()):
            about = event["member_id"], event["newsletter_id"]
            if not event["subscribed"]:
                left.add(about)
            elif about in left:
                left.discard(about)
                number += event["source"] == "api"
        return number

    def refuse(self, email: str) -> None:
        self._refused.add(email)

    def pass_time(self, seconds: float) -> None:
        self.staff.age(seconds)

    # --- the line ------------------------------------------------------------
    def fault(self, kind: str, call: tuple[str, str], **options: Any) -> None:
        method, path = call
        self.faults.add(kind, method=method, path=path, **options)

    def clear_faults(self) -> None:
        self.faults.clear()

    def calls(self, call: tuple[str, str]) -> int:
        raise NotImplementedError("a real server's calls are not counted")
