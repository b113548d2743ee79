"""Both ways under kill -9, in each phase and at any moment."""

import os
import time
from collections import Counter

import pytest

from tests_system.two_way import HELPERS, TwoWay

#: once with many people (NEWSLETTER_MANY=20000 takes its time), several times with few
MANY, FEW = int(os.environ.get("NEWSLETTER_MANY", "3000")), 300
KILLS = 4


def _run(world, code, span=0.0, kills=0, chance=None):
    """Run code to its end, killed so many times before; seconds that it took."""
    start = time.monotonic()
    for _kill in range(kills):
        process = world.start(HELPERS + code)
        time.sleep(chance.uniform(0.02, max(span, 0.1)))
        process.kill()
    world.ask(HELPERS + code)
    return time.monotonic() - start


def _phases(side):
    """Code of each phase; each may be begun again after a kill."""
    cid = side.coupling
    done = (
        "env['newsletter.run'].search_count([('by_itself', '=', False), ('state', '=',"
        " 'done'), ('coupling_id', '=', {cid}), ('kind', '=', '{kind}')])"
    )
    fetched = done.format(cid=cid, kind="fetch")
    sent = done.format(cid=cid, kind="transmit")
    return {
        "fetch": f"if not {fetched}: begin({cid}, 'fetch', whole=True)\ndrain({cid})",
        "reconcile": f"begin({cid}, 'reconcile')\ndrain({cid})",
        "plan": f"if not {sent}: begin({cid}, 'transmit')\ndrain({cid})",
        "transmit": f"approve({cid})\ndrain({cid})",
    }


def _play(world, side, spans=None, kills=0, chance=None):
    """Fetch, changes, reconcile, dry run, transmission; the seconds of each."""
    took = {}
    for name, code in _phases(side).items():
        if name == "reconcile":
            side.change_both_sides()
        span = (spans or {}).get(name, 0)
        took[name] = _run(world, code, span, kills, chance)
    _nobody_is_written_twice(side)
    return took


def _nobody_is_written_twice(side):
    """Everybody whom the tool lacked was written, but for those who had left; nobody
    more than once."""
    counted = Counter(side.written())
    lacked = range(side.number * 4 // 5 + 1, side.number + 1)
    newcomers = {side.email(n) for n in lacked if n % 11 != 5}
    left = {side.email(n) for n in lacked if n % 11 == 5}
    assert newcomers <= set(counted)
    assert not left & set(counted)
    twice = {email: count for email, count in counted.items() if count > 1}
    assert not twice, "written twice in the tool"


def test_the_end_is_the_undisturbed_one(world, chance):
    """A list that nobody disturbs, and one like it that is killed in each phase."""
    calm = TwoWay(world, "calm", FEW)
    spans = _play(world, calm)
    wild = TwoWay(world, "wild", FEW)
    _play(world, wild, spans, KILLS, chance)
    print(f"{FEW} people, {KILLS} kills in each of {len(spans)} phases: {spans}")
    wanted, found = calm.state(), wild.state()
    for part in wanted:
        assert found[part] == wanted[part], part
    assert not any("|transmit|" in row for row in found["members"])
    assert not world.sandbox.store.notes("reactivation")
    flights = "SELECT count(*) FROM newsletter_flight"
    assert world.sql(flights) == "0"


def test_many_people_killed_in_each_phase(world, chance):
    side = TwoWay(world, "many", MANY)
    start = time.monotonic()
    spans = {"fetch": 0.2, "reconcile": 0.15, "plan": 0.1, "transmit": 0.25}
    spans = {phase: span * MANY / 1000 for phase, span in spans.items()}
    _play(world, side, spans, 3, chance)
    print(f"{MANY} people, 3 kills in each phase: {time.monotonic() - start:.0f} s")
    state = side.state()
    assert len(state["members"]) == MANY
    held = {email: left for email, _status, left, _values in state["tool"]}
    readers = dict(row.split("|")[:2] for row in state["readers"])
    results = {r.split("|")[0]: r.split("|")[5] for r in state["members"]}
    # both sides agree, or a conflict says why not: who had left in the tool before the
    # contact was put on the list in Odoo; nobody who left is subscribed again
    for email, opted_out in readers.items():
        left = held.get(email, True)
        assert left == (opted_out == "t") or results[email] == "conflict", email
        number = int(email.split("@")[0])
        assert left or number % 10 or number > MANY * 4 // 5, "brought back"
    left_before = sum(n % 11 == 5 for n in range(MANY * 4 // 5 + 1, MANY + 1))
    assert len(held) == MANY - left_before
    assert not world.sandbox.store.notes("reactivation")


@pytest.mark.parametrize("kind", ["fetch", "transmit"])
def test_two_workers_on_one_coupling(world, kind):
    side = TwoWay(world, f"two-{kind}", FEW)
    phases = _phases(side)
    if kind == "transmit":
        _run(world, phases["fetch"])
        side.change_both_sides()
        for name in ("reconcile", "plan"):
            _run(world, phases[name])
        world.ask(f"{HELPERS}approve({side.coupling})")
    code = HELPERS + phases[kind]
    both = [world.start(code) for _number in range(2)]
    for process in both:
        process.finished()
    _run(world, phases[kind])
    state = side.state()
    emails = [row.split("|")[0] for row in state["members"]]
    assert len(emails) == len(set(emails)) == FEW
    if kind == "transmit":
        _nobody_is_written_twice(side)
