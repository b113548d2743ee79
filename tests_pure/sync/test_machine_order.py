"""What the tool's calls say, in which order, and how often: the end is the same.

And so is it if the engine is killed wherever it stands.
"""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletter_sync.connectors.contract import MemberRef
from newsletter_sync.sync.reconcile import Direction, FieldRule, Rule, StatusRule, Task
from newsletter_sync.sync.vocabulary import Status
from newsletter_sync.tests_pure.sync.model_world import FIELDS, World

EMAILS = [f"{name}@example.org" for name in ("anna", "bob", "carla")]
COUPLING = {
    "direction": Direction.BOTH,
    "fields": dict.fromkeys(FIELDS, FieldRule(Direction.BOTH, Rule.TOOL)),
    "transmit_missing": True,
    "join": Task.TRANSMIT,
    "new_contacts": "mailing_contact",
}
there = st.sampled_from(["leave", "bounce", "edit", "confirm", "drop"])
here = st.sampled_from(["leave", "edit", "block", "confirm"])
deeds = st.lists(
    st.tuples(st.booleans(), there, here, st.sampled_from(EMAILS)), max_size=10
)
profile = settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


def before(rule):
    """Three people on whom both sides agree."""
    world = World({**COUPLING, "status_rule": rule})
    for email in EMAILS:
        world.odoo.add(email, {"name": "Anna"})
        world.tool.join(world.list_id, email, values={"name": "Anna"})
    world.engine.fetch()
    world.tool.deliveries.clear()
    return world


def do(world, deed):
    at_tool, there, here, email = deed
    world.tick()
    if at_tool:
        at_the_tool(world, there, email)
    else:
        in_odoo(world, here, world.here(email))


def at_the_tool(world, deed, email):
    member = world.at_tool(email)
    if not member:
        return
    if deed == "leave":
        world.tool.leave(world.list_id, email)
    elif deed == "bounce":
        world.tool.bounce(world.list_id, email, Status.SOFT_BOUNCE)
    elif deed == "edit":
        world.tool.edit(world.list_id, email, name="Anne")
    elif deed == "confirm":
        world.tool.confirm(world.list_id, email)
    else:
        world.tool.drop(world.list_id, member.remote_id)


def in_odoo(world, deed, person):
    if deed == "leave":
        world.odoo.leave(person)
    elif deed == "edit":
        world.odoo.edit(person, {"city": "Ulm"})
    elif deed == "block":
        world.odoo.block(person.email)
    else:
        world.odoo.confirm(person.email, joins=True)


def end(world):
    """Who is where with what, and what is asked."""
    for _ in range(4):
        world.tick()
        world.engine.fetch()
        world.tick()
        world.transmission.run()
    people, tool, members = world.picture()
    asked = {email: (said[0], said[2]) for email, said in members.items()}
    return people, tool, asked


def heard(world):
    return [
        MemberRef("", event.remote_id)
        for delivery in world.tool.deliveries
        for event in world.connector.parse(delivery)
    ]


@profile
@given(deeds, st.sampled_from(StatusRule), st.data())
def test_calls_may_be_lost_or_doubled_and_come_in_any_order(done, rule, data):
    quiet, called = before(rule), before(rule)
    for world in (quiet, called):
        for deed in done:
            do(world, deed)
    calls = heard(called)
    if calls:
        for ref in data.draw(st.lists(st.sampled_from(calls), max_size=8)):
            called.engine.read_back([ref])
    assert end(called) == end(quiet)


@profile
@given(deeds, st.sampled_from(StatusRule), st.randoms(use_true_random=False))
def test_people_may_be_decided_about_in_any_order(done, rule, chance):
    straight, mixed = before(rule), before(rule)
    for world in (straight, mixed):
        for deed in done:
            do(world, deed)
    pages = mixed.connector.members

    def shuffled(list_id):
        found = [member for page in pages(list_id) for member in page.members]
        chance.shuffle(found)
        page = next(iter(pages(list_id)))
        yield type(page)(tuple(found))

    mixed.connector.members = shuffled
    chance.shuffle(mixed.engine.members)
    assert end(mixed) == end(straight)


@profile
@given(
    deeds,
    st.sampled_from(StatusRule),
    st.lists(st.tuples(st.booleans(), st.integers(0, 12)), max_size=4),
)
def test_a_killed_engine_comes_to_the_same_end(done, rule, kills):
    undisturbed, killed = before(rule), before(rule)
    for world in (undisturbed, killed):
        for deed in done:
            do(world, deed)
    for fetches, pauses in kills:
        with killed.watched(pauses):
            if fetches:
                killed.engine.fetch()
            else:
                killed.transmission.run()
    assert end(killed) == end(undisturbed)
