"""Several workers on one coupling; several who begin the same at one moment."""

from itertools import pairwise

import pytest

from tests_system.pace import PACE
from tests_system.two_way import HELPERS, TwoWay
from tests_system.two_way_state import difference, state

PEOPLE = 200
#: people in a slice, and processes that race
SLICE, RACERS = 20, 4


def _work_through(side, kind):
    """Code of one worker for the whole of a fetch or a transmission."""
    begin = {
        "fetch": f"begin({side.coupling}, 'fetch', whole=True)",
        "transmit": f"approve({side.coupling})",
    }
    return f"{HELPERS}{PACE}small({SLICE})\n{begin[kind]}\n"


def _until(side, kind):
    """Come so far that the kind is next."""
    if kind == "transmit":
        cid = side.coupling
        side.world.ask(f"{HELPERS}begin({cid}, 'fetch', whole=True)\ndrain({cid})")
        side.change_both_sides()
        for phase in ("reconcile", "transmit"):
            side.world.ask(f"{HELPERS}begin({cid}, '{phase}')\ndrain({cid})")


@pytest.mark.parametrize("kind", ["fetch", "transmit"])
def test_two_workers_on_one_coupling(world, chance, kind):
    """Each wants the connection all the time, has its turns, and nobody notices."""
    calm = TwoWay(world, f"calm-{kind}", PEOPLE)
    side = TwoWay(world, f"two-{kind}", PEOPLE, beside=calm)
    for each in (calm, side):
        _until(each, kind)
    world.ask(_work_through(calm, kind) + f"drain({calm.coupling})")
    sandbox = world.sandbox
    sandbox.requests.clear()
    sandbox.faults.add("slow", path=f"groups/{side.list_id}", seconds=0.05)
    both = [
        world.start(
            f"""{_work_through(side, kind)}
meet({str(world.meeting)!r}, {number}, of=2)
answer(drain({side.coupling}, turn={chance.uniform(0.1, 0.5)}))
"""
        )
        for number in range(2)
    ]
    slices = [process.finished() for process in both]
    assert all(slices), f"each had its turns: {slices}"
    sandbox.faults.clear()
    assert not difference(state(calm), state(side)), difference(
        state(calm), state(side)
    )
    assert not side.written_twice()
    spoken = sandbox.requests.all(path=f"groups/{side.list_id}")
    for one, following in pairwise(spoken):
        assert one.at + one.seconds <= following.at, "two spoke at the same time"


@pytest.mark.parametrize("kind", ["fetch", "reconcile", "transmit"])
def test_a_run_is_begun_once(world, kind):
    """A clerk and the scheduler begin the same at the same moment."""
    side = TwoWay(world, f"race-{kind}", 10)
    racers = [
        world.start(
            f"""{HELPERS}
coupling = env["newsletter.coupling"].browse({side.coupling})
coupling.mailing_list_id.name  # as in a request, the transaction has begun before
meet({str(world.meeting)!r}, {number}, of={RACERS})
answer(begin(coupling.id, "{kind}"))
"""
        )
        for number in range(RACERS)
    ]
    begun = {process.finished() for process in racers}
    runs = f"SELECT count(*) FROM newsletter_run WHERE coupling_id = {side.coupling}"
    assert world.sql(runs) == "1"
    assert len(begun) == 1, "all are told of the same run"
