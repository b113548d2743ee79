"""Both ways as jobs of OCA's queue: the worker in the middle of it is killed."""

import os
import signal
import time

from tests_system.two_way import HELPERS, TwoWay
from tests_system.two_way_state import difference, state

PEOPLE = 2000
#: a queue that is not done by then never will be; nothing is measured by it
LIMIT = 200
#: what the scheduled action does
BEGIN = 'env["newsletter.runner"]._cron_work()'
#: by which calls the tool is read and written
CALLS = {"fetch": "receivers$", "transmit": "receivers/(upsert|update)"}
#: which of these somebody waits for before the worker is killed
NUMBER = {"fetch": 1, "transmit": 3}


def _ask(world, code):
    return world.ask(HELPERS + code)


def _run_id(side, kind):
    return int(
        side.world.sql(
            "SELECT max(id) FROM newsletter_run WHERE by_itself IS NOT TRUE"
            f" AND kind = '{kind}' AND coupling_id = {side.coupling}"
        )
    )


def _until(world, what, condition):
    """Wait; the queue's runner is told to look for dead jobs meanwhile, as it does by
    itself once a minute."""
    end = time.monotonic() + LIMIT
    while not (found := condition()):
        assert time.monotonic() < end, f"never: {what}"
        world.sql("SELECT pg_notify('queue_job', 'nobody')")
        time.sleep(0.1)
    return found


def _kill_the_worker(world, side, kind, run_id):
    """In the middle of a slice of the run: some of it was told, and not all."""
    path = f"{side.list_id}/{CALLS[kind]}"
    before = len(world.sandbox.requests.all(path=path))
    world.sandbox.faults.add("slow", path=path, seconds=0.6)
    world.ask(BEGIN)

    def amid():
        calls = len(world.sandbox.requests.all(path=path)) - before
        started = world.sql(
            "SELECT worker_pid FROM queue_job WHERE state = 'started' AND identity_key"
            f" LIKE 'newsletter.run/{run_id}/%'"
        )
        return calls >= NUMBER[kind] and started

    os.kill(int(_until(world, "amid a slice", amid)), signal.SIGKILL)
    world.sandbox.faults.clear()
    assert world.state(run_id) in ("collecting", "queued", "running"), "came too late"


def test_both_ways_as_jobs(world, workers):
    """A fetch and a transmission come to the end of those that nobody disturbs."""
    calm = TwoWay(world, "calm", PEOPLE)
    side = TwoWay(world, "jobs", PEOPLE, beside=calm)
    _ask(world, f"begin({calm.coupling}, 'fetch', whole=True)\ndrain({calm.coupling})")
    _ask(world, f"begin({side.coupling}, 'fetch', whole=True)")
    run_id = _run_id(side, "fetch")
    _kill_the_worker(world, side, "fetch", run_id)
    _until(world, "fetched", lambda: world.state(run_id) == "done")
    for each in (calm, side):
        each.change_both_sides()
        _ask(world, f"begin({each.coupling}, 'transmit')")
    _ask(
        world,
        f"drain({calm.coupling})\napprove({calm.coupling})\ndrain({calm.coupling})",
    )
    run_id = _run_id(side, "transmit")
    world.ask(BEGIN)
    _until(world, "planned", lambda: world.state(run_id) == "preview")
    _ask(world, f"approve({side.coupling})")
    _kill_the_worker(world, side, "transmit", run_id)
    _until(world, "transmitted", lambda: world.state(run_id) == "done")
    assert not side.written_twice(), "written twice in the tool"
    wanted, found = state(calm), state(side)
    assert not difference(wanted, found), difference(wanted, found)
    jobs = world.sql(
        "SELECT count(*) FROM queue_job WHERE state = 'done' AND identity_key LIKE"
        f" 'newsletter.run/{run_id}/%'"
    )
    assert int(jobs) > 3, "not worked by jobs"
