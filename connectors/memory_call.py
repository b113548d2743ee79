"""One call of :mod:`.memory`: its login, its faults, and one at a time."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from itertools import zip_longest
from typing import Any

from .contract import BatchAnswer, Outcome, RowAnswer
from .errors import LoginRefused
from .memory_account import Fate


def call(method: Callable) -> Callable:
    """One call: login, faults, and nobody else at the same time."""

    @functools.wraps(method)
    def called(self, *args: Any, **options: Any) -> Any:
        tool = self.tool
        with tool.lock:
            tool.calls.append(method.__name__)
            if tool.password and self.credentials.get("password") != tool.password:
                raise LoginRefused("wrong password", status=401)
            fault = tool.strike(method.__name__)
            if fault and fault.error is None:
                return _in_part(self, method, fault.fates, *args, **options)
            if fault and not fault.stored:
                raise fault.error
            result = method(self, *args, **options)
            if fault:
                raise fault.error
            return result

    return called


def _in_part(connector, method, fates, list_id, people, *more, **options):
    """Carry out a write for some of the people, and tell of some."""
    single = not isinstance(people, Sequence)
    people = [people] if single else people
    rows = []
    for person, fate in zip_longest(people, fates[: len(people)], fillvalue=Fate.DONE):
        stored, said = fate.value
        if stored:
            one = person if single else [person]
            answer = method(connector, list_id, one, *more, **options)
            row = answer if single else answer.rows[0]
        if not stored or said != "written":
            row = RowAnswer(person.email, Outcome(said or "unknown"))
        if said or single:
            rows.append(row)
    return rows[0] if single else BatchAnswer(tuple(rows))
