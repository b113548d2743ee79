"""What every dialect is: routes, a login check, an error body, and people's acts."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, ClassVar

from ..routing import Refusal, Router, route
from ..seeding import seed
from ..wire import Request

if TYPE_CHECKING:
    from ..server import Sandbox

__all__ = ["Dialect", "Refusal", "route"]


class Dialect(Router):
    """One tool's HTTP dialect. Subclasses declare routes and fill the holes below."""

    #: the tool's code, under which it is mounted, and its name for people
    code: ClassVar[str]
    title: ClassVar[str]
    #: switches of this tool, with their defaults; see ``Sandbox.set``
    defaults: ClassVar[dict[str, Any]] = {}
    #: what a person or the staff can do in the tool, see :meth:`act`
    acts: ClassVar[tuple[str, ...]] = ()
    #: header that tells, in seconds, how long to wait after a 429
    wait_header: ClassVar[str] = "Retry-After"

    def __init__(self, sandbox: Sandbox):
        self.sandbox = sandbox
        self.store = sandbox.store
        self.switches = dict(self.defaults)
        self._recent: deque[float] = deque()
        self.prepare()

    # --------------------------------------------------------- holes to be filled
    def prepare(self) -> None:
        """What an account holds from the start; called again after a reset."""

    def login(self, request: Request) -> None:
        """Raise :class:`Refusal` for a request without a valid credential."""

    def path(self, path: str) -> str:
        """The path as the routes spell it."""
        return path

    def fields(self, list_id: int) -> list[str]:
        """Names of the attributes that the staff can edit on a list."""
        return []

    def seed(self, list_id: int, number: int, **more: Any) -> None:
        """Invented people on a list, see ``seeding.seed``."""
        seed(self.store, list_id, number, **more)

    def new_list(self, name: str) -> int:
        """A new list as the tool would make it; its id."""
        return self.store.add_list(self.code, name).id

    def list_number(self, name: Any) -> int:
        """The store's number of a list that is named as the tool does."""
        return int(name)

    def act(self, name: str, list_id: int, email: str, **more: Any) -> Any:
        """Do what a person or the staff does in the tool's own screens."""
        raise Refusal(404, f"{self.title} knows no such act: {name}")

    # ------------------------------------------------------------------- service
    def answer(self, request, path):
        """Route a request and answer it."""
        return super().answer(request, self.path(path))

    def admit(self, request: Request, login: bool) -> None:
        """The rate limit comes first, then the login."""
        self._throttle()
        if login:
            self.login(request)

    def _throttle(self) -> None:
        """At most ``rate_limit`` requests in any sixty seconds; 0 is no limit."""
        limit = self.sandbox.settings["rate_limit"]
        if not limit:
            return
        now = self.sandbox.clock.now()
        while self._recent and self._recent[0] <= now - 60:
            self._recent.popleft()
        if len(self._recent) >= limit:
            raise Refusal(429, "Too Many Requests")
        self._recent.append(now)

    def now(self) -> int:
        """The sandbox's time, in whole unix seconds."""
        return self.store.now()
