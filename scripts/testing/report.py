"""What a suite found, and the one table over all suites at the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from ..environment.console import say

#: More names than this tell nothing new.
_SHOWN = 30


class Outcome(NamedTuple):
    """What happened in one suite; a reason stands once for each skipped test.

    `unsteady` names the tests that passed at the second try only.
    """

    suite: str
    passed: int
    failures: list[str]
    skip_reasons: list[str]
    seconds: float
    unsteady: Sequence[str] = ()


def show(outcomes: list[Outcome]) -> bool:
    """Print the table, the skipped with their reasons, and say whether all is well.

    The last line stands alone and never changes its form: programs read it.
    """
    say("")
    say(f"{'suite':<10}{'passed':>8}{'failed':>8}{'skipped':>9}{'seconds':>9}")
    for outcome in outcomes:
        say(
            f"{outcome.suite:<10}{outcome.passed:>8}{len(outcome.failures):>8}"
            f"{len(outcome.skip_reasons):>9}{outcome.seconds:>9.0f}"
        )
    for outcome in outcomes:
        for reason, times in Counter(outcome.skip_reasons).items():
            say(f"skipped {times} ({outcome.suite}): {reason}")
        for name in outcome.unsteady:
            say(f"UNSTEADY ({outcome.suite}), passed at the second try only: {name}")
        for failure in outcome.failures[:_SHOWN]:
            say(f"FAILED ({outcome.suite}): {failure}")
        if len(outcome.failures) > _SHOWN:
            say(f"FAILED ({outcome.suite}): and {len(outcome.failures) - _SHOWN} more")
    failed = sum(len(outcome.failures) for outcome in outcomes)
    skipped = sum(len(outcome.skip_reasons) for outcome in outcomes)
    say("")
    say(f"{_passed(outcomes)} passed, {failed} failed, {skipped} skipped")
    return not failed


def _passed(outcomes: list[Outcome]) -> int:
    return sum(outcome.passed for outcome in outcomes)
