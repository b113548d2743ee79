"""The contract suite's side for every tool that the sandbox speaks."""

from __future__ import annotations

from typing import Any

from newsletter_sync.connectors import registry
from newsletter_sync.connectors.contract import Connector, ListDraft, TokenPair
from newsletter_sync.connectors.oauth import MemoryTokenStore
from newsletter_sync.connectors.pacing import Backoff
from newsletter_sync.sandbox.server import Sandbox

from . import spec_judge
from .contract import COMPANY
from .contract_http import HttpSide
from .scripted_http import FunctionHttp


class SandboxSide(HttpSide):
    """One tool in a running sandbox; a subclass tells its code, login and calls.

    The clock is the sandbox's; sleeping moves it and takes no time.
    """

    code: str

    def __init__(self, sandbox: Sandbox):
        self.sandbox = sandbox
        sandbox.clock.freeze()
        self.slept: list[float] = []
        self.connector = self.another()
        self.prepare()

    def prepare(self) -> None:
        """Two empty lists; override where lists cannot be made by the connector."""
        drafts = [ListDraft(name, settings=COMPANY) for name in ("One", "Two")]
        made = [self.connector.create_list(each) for each in drafts]
        self.list_id, self.other_list = (each.remote_id for each in made)

    def credentials(self) -> dict[str, str]:
        """A login that the sandbox accepts."""
        raise NotImplementedError

    def wrong_credentials(self) -> dict[str, str]:
        """A login that it refuses."""
        raise NotImplementedError

    # --- connectors -----------------------------------------------------------
    def connect(self, credentials: dict[str, str], **options: Any) -> Connector:
        """A connector that sleeps in no time."""
        options.setdefault("tokens", MemoryTokenStore())
        judge = spec_judge.judge_of(self.code)
        if judge and "adapter" not in options:
            options["adapter"] = spec_judge.JudgedAdapter(
                judge, self.sandbox, self.code
            )
        return registry.connect(
            self.code,
            credentials,
            allow_loopback=True,
            clock=self.sandbox.clock.now,
            sleep=self._sleep,
            backoff=Backoff(patience=30),
            **options,
        )

    def another(self) -> Connector:
        return self.connect(self.credentials())

    def break_login(self) -> Connector:
        return self.connect(self.wrong_credentials())

    def on(self, adapter: FunctionHttp) -> Connector:
        return self.connect(
            self.credentials(),
            adapter=adapter,
            tokens=MemoryTokenStore(TokenPair("a-token-of-the-test")),
        )

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.sandbox.clock.advance(seconds)

    # --- inside the tool ------------------------------------------------------
    def act(self, name: str, email: str, **more: Any) -> None:
        self.sandbox.act(self.code, name, self.list_id, email, **more)

    def fill(self, number: int) -> list[str]:
        """By the sandbox itself where the tool takes one person a call."""
        if self.connector.capabilities.batch_size > 1:
            return super().fill(number)
        tool = self.sandbox.tools[self.code]
        tool.seed(tool.list_number(self.list_id), number)
        return [f"person{n:07}@example.org" for n in range(number)]

    def pass_time(self, seconds: float) -> None:
        self.sandbox.clock.advance(seconds)

    def reactivations(self) -> int:
        notes = self.sandbox.store.notes("reactivation", self.code)
        return sum(note["via"] != "click" for note in notes)

    def refuse(self, email: str) -> None:
        self.sandbox.faults.add("partial", tool=self.code, addresses=email)

    # --- the line -------------------------------------------------------------
    def fault(self, kind: str, call: tuple[str, str], **options: Any) -> None:
        method, path = call
        self.sandbox.faults.add(
            kind, tool=self.code, method=method, path=path, **options
        )

    def clear_faults(self) -> None:
        self.sandbox.faults.clear()

    def calls(self, call: tuple[str, str]) -> int:
        return self.sandbox.requests.count(*call, tool=self.code)
