"""Processes that die at any moment, and processes that come at the same one."""

import time
from collections import Counter
from itertools import pairwise

PEOPLE, WITHOUT_CONSENT, LEFT, KNOWN = 5000, 50, 20, 30


def _wait_for(condition, process=None):
    while not condition():
        assert process is None or not process.ended, process.finished()
        time.sleep(0.002)


def _fill_the_tool(world):
    """Some have left before they agreed, some are there with other values."""
    first = WITHOUT_CONSENT + 1
    for number in range(first, first + LEFT + KNOWN):
        left = number < first + LEFT
        times = {"deactivated": 1_900_000_000} if left else {}
        status = "unsubscribed" if left else "subscribed"
        world.put(f"{world.name}{number}@example.org", status=status, **times)


def _is_complete(world, run_id):
    """The end that an undisturbed run comes to."""
    assert world.state(run_id) == "done"
    fresh = PEOPLE - WITHOUT_CONSENT - LEFT - KNOWN
    assert world.results(run_id) == {
        "none": WITHOUT_CONSENT,
        "left_list": LEFT,
        "updated": KNOWN,
        "subscribed": fresh,
    }
    people = world.at_tool()
    assert len(people) == fresh + KNOWN + LEFT
    status = Counter(member.status for member in people.values())
    assert status == {"subscribed": fresh + KNOWN, "unsubscribed": LEFT}
    assert not world.sandbox.store.notes("reactivation")
    ids = {email: str(member.id) for email, member in people.items()}
    assert world.remote_ids(run_id) == ids
    twice = {e: n for e, n in Counter(world.sent_addresses()).items() if n > 1}
    assert not twice, "written twice in the tool"
    row = f"SELECT done, total FROM newsletter_run WHERE id = {run_id}"
    assert world.sql(row) == f"{fresh + KNOWN}|{fresh + KNOWN}"


def test_killed_again_and_again(world, sandbox, chance):
    """Four kills at random moments; each time a new process takes the run up."""
    world.make_people(PEOPLE, WITHOUT_CONSENT)
    _fill_the_tool(world)
    run_id = world.new_run()
    # the first one dies while the people are collected and compared
    process = world.start(f"work({run_id})")
    lines = f"SELECT count(*) FROM newsletter_run_line WHERE run_id = {run_id}"
    some = chance.randrange(1, PEOPLE // 2)
    _wait_for(lambda: int(world.sql(lines)) >= some, process)
    assert process.kill(), "it had ended before"
    world.ask(f"work({run_id})\n" + world.approval(run_id))
    assert not world.sent_addresses()
    # the others die around a batch: before, amid or after
    sandbox.faults.add("slow", path="upsert", seconds=0.1)
    hits = 0
    for _kill in range(3):
        process = world.start(f"work({run_id})")
        target = len(world.sends()) + chance.randrange(1, 5)
        _wait_for(lambda target=target: len(world.sends()) >= target, process)
        time.sleep(chance.uniform(0, 0.25))
        hits += process.kill() and 0 < len(world.sent_addresses()) < PEOPLE - LEFT
    assert hits >= 2, "it had ended before it was killed"
    sandbox.faults.clear()
    world.ask(f"work({run_id})")
    _is_complete(world, run_id)


def test_two_workers_take_turns(world, chance):
    """Both want the same connection all the time; one works, the other waits."""
    world.make_people(1500)
    run_id = world.approved_run()
    code = """
meet({folder!r}, {number}, of=2)
slices = 0
while fresh({run_id}).state != "done":
    slices += work({run_id}, {seconds})
    time.sleep(0.01)
answer(slices)
"""
    both = [
        world.start(
            code.format(
                folder=str(world.meeting),
                number=n,
                run_id=run_id,
                seconds=chance.uniform(0.1, 0.5),
            )
        )
        for n in range(2)
    ]
    slices = [process.finished() for process in both]
    assert all(slices), "each had its turns"
    assert world.results(run_id) == {"subscribed": 1500}
    assert len(world.sent_addresses()) == 1500
    sends = world.sends()
    for one, following in pairwise(sends):
        assert one.at + one.seconds <= following.at, "two spoke at the same time"
