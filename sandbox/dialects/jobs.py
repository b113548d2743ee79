"""Work that a tool does after it has answered, such as an import."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..wire import Request


class Jobs:
    """Mixed into a dialect before ``Dialect``.

    What is put off is carried out when the next request comes, whatever it asks, and
    before a person or the staff does something: so a client that never polls loses
    nothing, and one that believes the first answer learns nothing. How far the tool
    says it is, moves on with each poll (see :meth:`progress`).
    """

    def prepare(self) -> None:
        """Nothing is put off."""
        self._put_off: list[Callable[[], None]] = []
        super().prepare()

    def later(self, work: Callable[[], None]) -> None:
        """Put work off."""
        self._put_off.append(work)

    def catch_up(self) -> None:
        """Do what was put off, in the order given."""
        with self.store.transaction():
            while self._put_off:
                self._put_off.pop(0)()

    def admit(self, request: Request, login: bool) -> None:
        """The past first."""
        self.catch_up()
        super().admit(request, login)

    def act(self, name: str, list_id: int, email: str, **more: Any) -> Any:
        """The past first."""
        self.catch_up()
        return super().act(name, list_id, email, **more)

    def progress(self, kind: str, number: Any, states: tuple[str, ...]) -> str | None:
        """The state to be told by this poll; None if there is no such job.

        The last state comes with the poll after ``job_polls`` others; those before are
        shared out among the earlier states.
        """
        job = self.store.get(self.code, kind, number)
        if job is None:
            return None
        asked = job["polls"] = job["polls"] + 1
        self.store.put(self.code, kind, number, job)
        left = self.switches["job_polls"] - asked
        if left < 0:
            return job.get("end") or states[-1]
        return states[max(0, len(states) - 2 - left)]
