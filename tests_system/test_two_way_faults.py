"""Both ways while the tool is away, empty, or has thrown our login out."""

import pytest

from tests_system.two_way import HELPERS, TwoWay

PEOPLE = 300
#: within one try nothing is waited for: the tries are what is looked at
_IMPATIENT = """
from odoo.addons.newsletter_sync.connectors.transport import Transport
Transport.__init__.__kwdefaults__["sleep"] = lambda _seconds: None
"""


def _ask(world, code):
    return world.ask(HELPERS + code)


def _last_run(side):
    columns = "id, state, tries, coalesce(message, '')"
    row = side.world.sql(
        f"SELECT {columns} FROM newsletter_run WHERE coupling_id = {side.coupling}"
        " AND by_itself IS NOT TRUE ORDER BY id DESC LIMIT 1"
    )
    number, state, tries, message = row.split("|")
    return int(number), state, int(tries or 0), message


def _until_preview(world, side):
    _ask(world, f"begin({side.coupling}, 'fetch', whole=True)\ndrain({side.coupling})")
    side.change_both_sides()
    _ask(world, f"begin({side.coupling}, 'transmit')\ndrain({side.coupling})")
    assert _last_run(side)[1] == "preview"


@pytest.mark.parametrize("kind", ["fetch", "transmit"])
def test_the_tool_is_away_for_an_hour(world, sandbox, kind):
    """Each try waits twice as long; when it is back the run goes on by itself."""
    side = TwoWay(world, f"away-{kind}", PEOPLE)
    if kind == "fetch":
        _ask(world, f"begin({side.coupling}, 'fetch', whole=True)")
    else:
        _until_preview(world, side)
        _ask(world, f"approve({side.coupling})")
    run_id = _last_run(side)[0]
    sandbox.faults.add("cut", path="groups|attributes")
    waited = 0.0
    while waited < 3600:
        # the time until the next try has passed
        waited += float(
            _ask(
                world,
                f"""
{_IMPATIENT}
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
    print(f"{kind}: {_last_run(side)[2]} tries in {waited:.0f} seconds")
    assert _last_run(side)[2] >= 5, "it did not wait longer each time"
    sandbox.faults.clear()
    _ask(world, f"drain({side.coupling})")
    assert _last_run(side)[1] == "done"
    warned = "SELECT count(*) FROM newsletter_event WHERE code = 'run_waits'"
    assert int(world.sql(f"{warned} AND run_id = {run_id}")) >= 5


def test_the_tool_comes_back_empty(world, sandbox):
    """The brake: nobody is taken off, and a person is told."""
    side = TwoWay(world, "empty", PEOPLE)
    _ask(world, f"begin({side.coupling}, 'fetch', whole=True)\ndrain({side.coupling})")
    world.sql(
        f"UPDATE newsletter_coupling SET brake_percent = 20 WHERE id = {side.coupling}"
    )
    before = side.state()
    sandbox.store.remove(side.list_id)
    _ask(world, f"begin({side.coupling}, 'fetch', whole=True)\ndrain({side.coupling})")
    _number, state, _tries, message = _last_run(side)
    assert state == "stopped"
    assert "brake" in message.lower()
    after = side.state()
    # whom the comparison did not reach is told so; nothing else was touched
    reached = [row.replace("|aborted|", "|success|") for row in after["members"]]
    assert reached == before["members"]
    assert any("|aborted|" in row for row in after["members"])
    assert after["readers"] == before["readers"]
    asked = (
        "SELECT count(*) FROM mail_activity activity JOIN mail_activity_type kind"
        " ON kind.id = activity.activity_type_id WHERE kind.icon = 'fa-hand-paper-o'"
        f" AND activity.res_id = {side.connection}"
    )
    assert world.sql(asked) == "1"


def test_the_login_is_revoked_in_the_middle(world, sandbox):
    """No half-done run: what was sent is kept, the rest goes on after connecting."""
    side = TwoWay(world, "revoked", PEOPLE)
    _until_preview(world, side)
    _ask(world, f"approve({side.coupling})")
    run_id = _last_run(side)[0]
    sandbox.faults.add("status", status=401, path="upsert|update|get_receivers|token")
    _ask(world, f"work({run_id})")
    _number, state, _tries, message = _last_run(side)
    assert state == "stopped"
    assert "login" in message.lower() or "access" in message.lower(), message
    connected = f"SELECT state FROM newsletter_connection WHERE id = {side.connection}"
    assert world.sql(connected) == "reconnect"
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
    assert _last_run(side)[1] == "done"
    written = side.written()
    assert len(written) == len(set(written)), "written twice in the tool"


def test_colliding_transactions_are_tried_again(world):
    """Somebody writes the very members all the time that the run writes."""
    side = TwoWay(world, "collide", PEOPLE)
    _until_preview(world, side)
    _ask(world, f"approve({side.coupling})")
    run_id = _last_run(side)[0]
    disturber = world.start(
        f"""
import psycopg2.errors
until = time.monotonic() + 30
count = 0
while time.monotonic() < until and fresh({run_id}).state != "done":
    try:
        env.cr.execute("UPDATE newsletter_member SET reason = reason"
                       " WHERE coupling_id = %s AND id % 7 = %s",
                       [{side.coupling}, count % 7])
        env.cr.commit()
    except (psycopg2.errors.SerializationFailure, psycopg2.errors.DeadlockDetected):
        env.cr.rollback()  # as Odoo's own requests do
    count += 1
answer(count)
""".replace("% 7 =", "%% 7 =")
    )
    _ask(world, f"drain({side.coupling})")
    assert disturber.finished() > 3, "nobody was disturbed"
    assert _last_run(side)[1] == "done"
    written = side.written()
    assert len(written) == len(set(written)), "written twice in the tool"
