"""Runs as jobs of OCA's queue: real workers share them, and one of them dies."""

import os
import signal
import time
from itertools import pairwise

PEOPLE = 4000
#: a queue that is not done by then never will be; nothing is measured by it
LIMIT = 200

#: what the scheduled action does
BEGIN = 'env["newsletter.runner"]._cron_work()'
JOBS = """
def jobs(run_id):
    env.cr.rollback()
    env.invalidate_all()
    return env["queue.job"].search(
        [("identity_key", "=like", f"newsletter.run/{run_id}/%")], order="id")

def enqueue(run_id):
    env["newsletter.runner"]._carry_on(run_id, 1)
    return jobs(run_id)
"""


def _until_done(world, run_id):
    """Wait for the end; the queue's runner is told to look for dead jobs, as it does
    by itself once a minute."""
    end = time.monotonic() + LIMIT
    while (state := world.state(run_id)) != "done":
        assert state in ("queued", "running"), state
        assert time.monotonic() < end, "the queue does not work"
        world.sql("SELECT pg_notify('queue_job', 'nobody')")
        time.sleep(0.2)


def _jobs(world, run_id, columns):
    rows = world.sql(
        f"SELECT {columns} FROM queue_job WHERE identity_key LIKE"
        f" 'newsletter.run/{run_id}/%' ORDER BY id"
    )
    return [row.split("|") for row in rows.splitlines()]


def _everybody_once(world, run_id):
    assert world.results(run_id) == {"subscribed": PEOPLE}
    sent = world.sent_addresses()
    assert len(sent) == len(set(sent)) == PEOPLE, "written twice in the tool"
    for one, following in pairwise(world.sends()):
        assert one.at + one.seconds <= following.at, "two spoke at the same time"


def test_the_glue_installs_itself(world):
    state = "SELECT state FROM ir_module_module WHERE name = '{}'"
    assert world.sql(state.format("newsletter_sync_queue_job")) == "installed"


def test_two_workers_share_a_run_and_one_is_killed(world, sandbox, workers):
    world.make_people(PEOPLE)
    run_id = world.approved_run()
    sandbox.faults.add("slow", path="upsert", seconds=0.3)
    world.ask(BEGIN)
    assert not world.sends() or world.state(run_id) != "done", "worked by the action"
    end = time.monotonic() + LIMIT
    killed = None
    while not killed:
        assert time.monotonic() < end, "no job was started"
        started = [
            int(pid)
            for state, pid in _jobs(world, run_id, "state, worker_pid")
            if state == "started"
        ]
        if started and len(world.sends()) >= 2:
            killed = started[0]
            os.kill(killed, signal.SIGKILL)
        time.sleep(0.01)
    _until_done(world, run_id)
    _everybody_once(world, run_id)
    # the job of the last slice ends a moment after the run that it has ended
    while rows := _jobs(world, run_id, "state, worker_pid, identity_key"):
        if {state for state, _pid, _key in rows} == {"done"}:
            break
        assert time.monotonic() < end, f"a job never ends: {rows}"
        world.sql("SELECT pg_notify('queue_job', 'nobody')")
        time.sleep(0.2)
    assert len({key for _state, _pid, key in rows}) == len(rows), "a job made twice"
    others = {int(pid) for _state, pid, _key in rows} - {killed}
    assert len(others) >= 2, "one worker did all"


def test_connections_are_worked_side_by_side(world, sandbox, workers):
    """Each has a channel of its own; runs of two are in the air at the same time."""
    world.make_people(800)
    first = world.approved_run()
    second = world.approved_run()
    channels = {c for run in (first, second) for (c,) in _channels(world, run)}
    assert len(channels) == 2
    sandbox.faults.add("slow", path="receivers", seconds=0.5)
    world.ask(BEGIN)
    for run_id in (first, second):
        _until_done(world, run_id)
    busy = sorted(
        (entry.at, entry.at + entry.seconds)
        for entry in sandbox.requests.all(path="receivers")
    )
    assert any(one[1] > two[0] for one, two in pairwise(busy)), "one after the other"


def _channels(world, run_id):
    world.ask(f"{JOBS}\nenqueue({run_id})")
    return _jobs(world, run_id, "channel")


def test_a_job_is_made_once_and_an_overtaken_one_does_nothing(world):
    world.make_people(50)
    run_id = world.approved_run()
    world.ask(
        f"""{JOBS}
for _again in range(3):
    assert len(enqueue({run_id})) == 1
run = fresh({run_id})
run._job_slice(1)
assert fresh({run_id}).jobs_done == 1
calls = fresh({run_id}).requests
assert jobs({run_id}).mapped("identity_key")[-1].endswith("/2")
run._job_slice(1)
assert fresh({run_id}).jobs_done == 1, "worked twice"
assert fresh({run_id}).requests == calls
# somebody cancels the job: the scheduled action makes it again
jobs({run_id}).filtered(lambda job: job.state == "pending").button_cancelled()
env.cr.commit()
assert enqueue({run_id}).filtered(lambda job: job.state == "pending")
"""
    )


def test_who_leaves_does_not_wait_for_a_long_transmission(world):
    """Its next slice steps aside before it takes the tool."""
    world.make_people(50)
    run_id = world.approved_run()
    world.ask(
        f"""{JOBS}
from datetime import timedelta
from odoo import fields
from odoo.addons.queue_job.exception import RetryableJobError
run = fresh({run_id})
leaving = run.create({{
    "kind": "leave", "phase": "leave", "state": "queued", "by_itself": True,
    "connection_id": run.connection_id.id}})
env.cr.commit()
try:
    run._job_slice(1)
except RetryableJobError as error:
    assert error.ignore_retry and error.seconds
else:
    raise AssertionError("who leaves has to wait")
assert fresh({run_id}).jobs_done == 0
# a run that rests keeps nobody waiting
leaving = fresh(leaving.id)
leaving.next_try_at = fields.Datetime.now() + timedelta(hours=1)
env.cr.commit()
run._job_slice(1)
assert fresh({run_id}).jobs_done == 1
leaving = fresh(leaving.id)
leaving.next_try_at = False
env.cr.commit()
number = 1
while fresh(leaving.id).state != "done":
    leaving._job_slice(number)
    number += 1
    assert number < 10
run._job_slice(2)
assert fresh({run_id}).jobs_done == 2
"""
    )


def test_a_busy_tool_is_asked_again_and_a_resting_run_waits(world, sandbox):
    world.make_people(50)
    run_id = world.approved_run()
    sandbox.faults.add("status", status=503, path="receivers")
    world.ask(
        f"""{JOBS}
from odoo.addons.queue_job.exception import RetryableJobError
run = fresh({run_id})
with env["newsletter.runner"]._only_worker(run.connection_id.id):
    try:
        run._job_slice(1)
    except RetryableJobError as error:
        assert error.ignore_retry and error.seconds
    else:
        raise AssertionError("two spoke with the tool")
number = 1
while not fresh({run_id}).next_try_at:
    run._job_slice(number)
    number += 1
waiting = jobs({run_id}).filtered(lambda job: job.state == "pending")[-1]
assert waiting.eta >= fresh({run_id}).next_try_at, "it does not wait"
# the tool is back, a person resumes the run
env.cr.execute("UPDATE newsletter_run SET next_try_at = NULL WHERE id = {run_id}")
env.cr.commit()
enqueue({run_id})
assert not jobs({run_id}).browse(waiting.id).eta
"""
    )
