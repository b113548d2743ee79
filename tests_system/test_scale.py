"""Many people: memory does not grow with them. And the scheduler, by itself."""

import time

import pytest

#: kilobytes that one process may need on top of an idle one
GROWTH = 200 * 1024
#: a run that is not taken up by then never will be; nothing is measured by it
LIMIT = 240


def test_memory_stays_bounded(world):
    number = 20_000
    world.make_people(number)
    run_id = world.new_run()
    growth = world.ask(
        f"""
idle = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
work({run_id})
{world.approval(run_id)}
work({run_id})
answer(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - idle)
"""
    )
    assert world.state(run_id) == "done"
    assert world.results(run_id) == {"subscribed": number}
    assert len(world.at_tool()) == number
    assert len(world.remote_ids(run_id)) == number
    assert growth < GROWTH


def test_the_scheduler_takes_a_run_up_by_itself(world, environment):
    """The server's own thread prepares and transmits, too many to wait for."""
    world.make_people(400)
    with environment.odoo.serving(world.database, "--max-cron-threads=1"):
        run_id = world.new_run()
        world.ask('env["newsletter.runner"]._wake()')
        _until(world, run_id, "preview")
        world.ask(f'env["newsletter.run"].browse({run_id}).action_synchronise()')
        _until(world, run_id, "done")
    assert world.results(run_id) == {"subscribed": 400}
    assert len(world.at_tool()) == 400


def _until(world, run_id, state):
    end = time.monotonic() + LIMIT
    while (now := world.state(run_id)) != state:
        if now == "stopped" or time.monotonic() > end:
            pytest.fail(f"the run is {now}, not {state}")
        time.sleep(0.1)
