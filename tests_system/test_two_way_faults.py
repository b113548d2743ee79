"""Both ways while the tool is away, empty, or has thrown our login out."""

import json

import pytest

from tests_system.pace import PACE
from tests_system.two_way import HELPERS, TwoWay
from tests_system.two_way_state import difference, state

PEOPLE = 200
#: people in a slice, two calls each
SLICE = 20
#: what is told in the log of a run that is disturbed, and of no other
TOLD = ("run_waits", "run_stopped", "reconnect_needed")
#: within one try nothing is waited for: the tries are what is looked at
_IMPATIENT = """
from odoo.addons.newsletter_sync.connectors.transport import Transport
Transport.__init__.__kwdefaults__["sleep"] = lambda _seconds: None
"""
#: by which calls the tool is read and written, in the order of a run
_CALLS = {"fetch": "receivers$", "transmit": "receivers/(upsert|update)"}


def _ask(world, code):
    return world.ask(f"{HELPERS}{PACE}{_IMPATIENT}small({SLICE})\n{code}")


def _last_run(side):
    columns = "id, state, tries, coalesce(message, '')"
    row = side.world.sql(
        f"SELECT {columns} FROM newsletter_run WHERE coupling_id = {side.coupling}"
        " AND by_itself IS NOT TRUE ORDER BY id DESC LIMIT 1"
    )
    number, state, tries, message = row.split("|")
    return int(number), state, int(tries or 0), message


def _begin(world, side, kind):
    """Come so far that the run is approved and nothing of it is done yet; its id."""
    cid = side.coupling
    if kind == "fetch":
        _ask(world, f"begin({cid}, 'fetch', whole=True)")
        return _last_run(side)[0]
    _ask(world, f"begin({cid}, 'fetch', whole=True)\ndrain({cid})")
    side.change_both_sides()
    _ask(world, f"begin({cid}, 'transmit')\ndrain({cid})")
    assert _last_run(side)[1] == "preview"
    _ask(world, f"approve({cid})")
    return _last_run(side)[0]


def _calm(world, kind):
    """A list like the others that nobody disturbs, at its end."""
    side = TwoWay(world, f"calm-{kind}", PEOPLE)
    _begin(world, side, kind)
    _ask(world, f"drain({side.coupling})")
    assert _last_run(side)[1] == "done"
    return side


def _is_amid(side, run_id):
    """Some of the run is done and kept, and some is left."""
    row = side.world.sql(f"SELECT done, total FROM newsletter_run WHERE id = {run_id}")
    done, total = map(int, row.split("|"))
    print(f"{done} of {total} people")
    assert 0 < done < total


def _is_as_undisturbed(calm, side):
    assert _last_run(side)[1] == "done"
    wanted, found = state(calm), state(side)
    assert not difference(wanted, found, TOLD), difference(wanted, found, TOLD)
    assert len(found["tool"]) > PEOPLE * 4 // 5 - 1
    assert not side.written_twice(), "written twice in the tool"


@pytest.mark.parametrize("kind", ["fetch", "transmit"])
def test_the_tool_is_away_for_an_hour(world, sandbox, kind):
    """Each try waits twice as long; when it is back the run goes on by itself."""
    calm = _calm(world, kind)
    side = TwoWay(world, f"away-{kind}", PEOPLE, beside=calm)
    run_id = _begin(world, side, kind)
    sandbox.faults.add("cut", path=f"{side.list_id}/{_CALLS[kind]}", skip=1)
    waited = 0.0
    while waited < 3600:
        # the time until the next try has passed
        waited += float(
            _ask(
                world,
                f"""
work({run_id})
run = fresh({run_id})
assert run.state in ("queued", "collecting"), (run.state, run.message)
waits = (run.next_try_at - fields.Datetime.now()).total_seconds()
env.cr.execute("UPDATE newsletter_run SET next_try_at = now() AT TIME ZONE 'UTC'"
               " - interval '1 second' WHERE id = %s", [run.id])
env.cr.commit()
answer(waits)
""",
            )
        )
        # it was in the middle; from now on nothing is heard of the tool at all
        _is_amid(side, run_id)
        sandbox.faults.add("cut", path="groups|attributes")
    tries = _last_run(side)[2]
    print(f"{kind}: {tries} tries in {waited:.0f} seconds")
    assert tries >= 5, "it did not wait longer each time"
    sandbox.faults.clear()
    _ask(world, f"drain({side.coupling})")
    warned = "SELECT count(*) FROM newsletter_event WHERE code = 'run_waits'"
    assert int(world.sql(f"{warned} AND run_id = {run_id}")) >= 5
    _is_as_undisturbed(calm, side)


def test_the_tool_comes_back_empty(world, sandbox):
    """The brake: nobody is taken off, and a person is told."""
    side = TwoWay(world, "empty", PEOPLE)
    _ask(world, f"begin({side.coupling}, 'fetch', whole=True)\ndrain({side.coupling})")
    world.sql(
        f"UPDATE newsletter_coupling SET brake_percent = 20 WHERE id = {side.coupling}"
    )
    before = state(side)
    sandbox.store.remove(side.list_id)
    _ask(world, f"begin({side.coupling}, 'fetch', whole=True)\ndrain({side.coupling})")
    _number, stopped, _tries, message = _last_run(side)
    assert stopped == "stopped"
    assert "brake" in message.lower()
    after = state(side)
    # whom the comparison did not reach is told so; nothing else was touched
    assert _but_the_finding(after) == _but_the_finding(before)
    assert any('"result": "aborted"' in row for row in after["members"])
    for part in ("readers", "consents", "evidence", "leavings", "tombstones"):
        assert after[part] == before[part], part
    asked = (
        "SELECT count(*) FROM mail_activity activity JOIN mail_activity_type kind"
        " ON kind.id = activity.activity_type_id WHERE kind.icon = 'fa-hand-paper-o'"
        f" AND activity.res_id = {side.connection}"
    )
    assert world.sql(asked) == "1"


def _but_the_finding(found):
    names = ("result", "result_code", "result_text", "remote_id")
    rows = [json.loads(row) for row in found["members"]]
    return [{k: v for k, v in row.items() if k not in names} for row in rows]


@pytest.mark.parametrize("kind", ["fetch", "transmit"])
def test_the_login_is_revoked_in_the_middle(world, sandbox, kind):
    """What was read or sent is kept, the rest goes on after connecting."""
    calm = _calm(world, kind)
    side = TwoWay(world, f"revoked-{kind}", PEOPLE, beside=calm)
    run_id = _begin(world, side, kind)
    path = f"{side.list_id}/{_CALLS[kind]}"
    sandbox.faults.add("status", status=401, path=path, skip=1)
    sandbox.faults.add("status", status=401, path="token")
    _ask(world, f"work({run_id})")
    _number, stopped, _tries, message = _last_run(side)
    assert stopped == "stopped"
    assert "login" in message.lower() or "access" in message.lower(), message
    connected = f"SELECT state FROM newsletter_connection WHERE id = {side.connection}"
    assert world.sql(connected) == "reconnect"
    _is_amid(side, run_id)
    sandbox.faults.clear()
    _ask(
        world,
        f"""
env["newsletter.connection"].browse({side.connection}).action_test()
env.cr.commit()
fresh({run_id}).action_resume()
env.cr.commit()
drain({side.coupling})
""",
    )
    _is_as_undisturbed(calm, side)


def test_colliding_transactions_are_tried_again(world):
    """Somebody writes the very members all the time that the run writes."""
    calm = _calm(world, "transmit")
    side = TwoWay(world, "collide", PEOPLE, beside=calm)
    run_id = _begin(world, side, "transmit")
    disturber = world.start(
        f"""
import psycopg2.errors
until = time.monotonic() + 60
count = 0
while time.monotonic() < until and fresh({run_id}).state != "done":
    try:
        env.cr.execute("UPDATE newsletter_member SET reason = reason"
                       " WHERE coupling_id = %s AND id %% 7 = %s",
                       [{side.coupling}, count % 7])
        time.sleep(0.01)
        env.cr.commit()
    except (psycopg2.errors.SerializationFailure, psycopg2.errors.DeadlockDetected):
        env.cr.rollback()  # as Odoo's own requests do
    count += 1
answer(count)
"""
    )
    collided = _ask(
        world,
        f"""
from odoo.addons.newsletter_sync.models import newsletter_runner
collided = []
runner = type(env["newsletter.runner"])
keep = runner._keep

def _keep(own, *rest):
    try:
        keep(own, *rest)
        own.env.flush_all()
    except newsletter_runner._CONFLICTS as error:
        collided.append(type(error).__name__)
        raise

runner._keep = _keep
drain({side.coupling})
answer(collided)
""",
    )
    assert disturber.finished() > 3, "nobody was disturbed"
    print(f"collided: {collided}")
    assert collided, "the disturber came never at the same moment"
    _is_as_undisturbed(calm, side)
