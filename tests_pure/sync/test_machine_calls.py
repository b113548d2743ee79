"""Calls that come late, twice, or in another order than what they tell of."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter_sync.sync.reconcile import StatusRule
from newsletter_sync.sync.vocabulary import Status
from newsletter_sync.tests_pure.sync.model_calls import take_up
from newsletter_sync.tests_pure.sync.test_machine_order import (
    EMAILS,
    before,
    deeds,
    do,
    end,
    profile,
)

ANNA = EMAILS[0]


def hear(world):
    """The calls that have come in since, in the order of what they tell."""
    told = [
        event
        for delivery in world.tool.deliveries
        for event in world.connector.parse(delivery)
    ]
    world.tool.deliveries.clear()
    return told


@profile
@given(deeds, st.sampled_from(StatusRule), st.data())
def test_a_call_that_comes_again_later_changes_nothing(done, rule, data):
    """Between all that happens; each says when that was which it tells of."""
    once, again = before(rule), before(rule)
    heard = []
    for deed in done:
        for world in (once, again):
            do(world, deed)
            take_up(world.engine, told := hear(world))
            world.transmission.run()
            hear(world)  # the echo of what was sent gets lost
        heard += told
        if heard:
            late = data.draw(st.lists(st.sampled_from(heard), max_size=3))
            take_up(again.engine, late)
    assert end(again) == end(once)


@profile
@given(deeds, st.sampled_from(StatusRule), st.randoms(use_true_random=False))
def test_what_different_people_do_may_come_in_any_order(done, rule, chance):
    straight, mixed = before(rule), before(rule)
    for deed in done:
        do(straight, deed)
    rest = {email: [deed for deed in done if deed[3] == email] for email in EMAILS}
    while any(rest.values()):
        do(mixed, rest[chance.choice([e for e in EMAILS if rest[e]])].pop(0))
    assert end(mixed) == end(straight)


def came_back(rule):
    """Anna left at the tool and has confirmed there anew; the first call is late."""
    world = before(rule)
    world.tick()
    world.tool.leave(world.list_id, ANNA)
    (left,) = hear(world)
    world.tick()
    world.engine.fetch()
    world.tick()
    world.tool.confirm(world.list_id, ANNA)
    take_up(world.engine, hear(world))
    assert stands(world) == (False, Status.SUBSCRIBED)
    world.tick()
    return world, left


def stands(world):
    """Whether Anna has left in Odoo, and what the tool says of her."""
    return world.odoo.rows[world.here(ANNA).id].left, world.at_tool(ANNA).status


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("rule", StatusRule)
def test_a_leaving_told_after_a_proven_return_is_over_if_it_says_when(rule, times):
    world, left = came_back(rule)
    assert left.kind == "unsubscribed"
    for _time in range(times):
        take_up(world.engine, [left])
        assert not stands(world)[0]
    end(world)
    assert stands(world) == (False, Status.SUBSCRIBED)


@pytest.mark.parametrize("rule", StatusRule)
def test_one_that_does_not_say_when_counts_as_of_now(rule):
    """An unknown time is no older than any proof: whoever left has left."""
    world, left = came_back(rule)
    take_up(world.engine, [replace(left, at=None)])
    assert stands(world)[0]
    world.tick()
    world.engine.fetch()
    assert stands(world)[0], "reading her back does not bring her back"


@pytest.mark.parametrize("rule", StatusRule)
def test_of_two_calls_about_a_leaving_the_later_one_counts(rule):
    """Whichever comes first, and the return lies between them."""
    for turned in (False, True):
        world, first = came_back(rule)
        world.tool.leave(world.list_id, ANNA)
        calls = [first, *hear(world)]
        take_up(world.engine, calls[::-1] if turned else calls)
        assert stands(world) == (True, Status.UNSUBSCRIBED)
