"""The tool mails an address whose owner withdrew: it stops, if nobody does anything.

The person has another address in Odoo, and agreed by that one later. It takes the place
of the former one only where that really happens.
"""

from __future__ import annotations

import pytest

from newsletter_sync.sync.consent import Kind
from newsletter_sync.sync.reconcile import MAILED, StatusRule, Task

from .model_world import World
from .test_machine_order import COUPLING

OLD, NEW = "anna@example.org", "anna.lang@example.org"


def withdrawn(*, taken: str = "") -> World:
    """Both sides agreed on OLD, which has withdrawn; Odoo has NEW, which confirmed.

    :param taken: who else has NEW on the list: "odoo", "tool", "both" or nobody
    """
    world = World({**COUPLING, "status_rule": StatusRule.CONSENT})
    anna = world.odoo.add(OLD, {})
    world.tool.join(world.list_id, OLD)
    if taken in ("odoo", "both"):
        world.odoo.add(NEW, {})
    if taken in ("tool", "both"):
        world.tool.join(world.list_id, NEW)
    world.engine.fetch()
    world.tick()
    world.odoo.witness(Kind.WITHDRAWAL, OLD, world.now)
    world.tick()
    world.odoo.rename(anna, NEW)
    world.odoo.confirm(NEW, joins=False)
    world.tick()
    return world


def rest(world: World) -> World:
    for _ in range(3):
        world.engine.fetch()
        world.tick()
        world.transmission.run()
        world.tick()
    return world


def mailed(world: World) -> set[str]:
    return {one.email for one in world.there.values() if one.status in MAILED}


def test_the_new_address_takes_its_place():
    assert mailed(rest(withdrawn())) == {NEW}


def test_where_a_change_waits_for_an_approval_the_former_one_is_signed_off():
    world = withdrawn()
    world.engine.moves_by_itself = False
    assert OLD not in mailed(rest(world))


@pytest.mark.parametrize("taken", ["odoo", "tool", "both"])
def test_where_somebody_else_has_the_new_one_the_former_one_is_signed_off(taken):
    assert OLD not in mailed(rest(withdrawn(taken=taken)))


def test_who_gets_the_new_one_between_decision_and_transmission_keeps_it():
    world = withdrawn()
    world.engine.fetch()
    anna = next(one for one in world.engine.active() if one.email == OLD)
    assert anna.task is Task.CHANGE_ADDRESS
    world.tick()
    world.engine.compare([world.tool.join(world.list_id, NEW)])
    world.transmission.run()
    assert OLD in mailed(world), "left out"
    assert anna.task is Task.UNSUBSCRIBE
    world.tick()
    world.transmission.run()
    assert mailed(world) == {NEW}
