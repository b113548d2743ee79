"""The wizard, from the selection to the report; then once more, and with changes."""

from __future__ import annotations

from dataclasses import replace

from .. import people
from ..figures import measurement


@measurement("push", "push_unchanged", "push_changed")
def push(stage, size):
    """Everybody is new; then nobody has changed; then one in a hundred has.

    The floor of all three is sending everybody alone: the first is more, for it knows
    who may go; the others are what is saved.
    """
    prefix = f"push{size}x"
    stage.people(size, prefix)
    job = "push.synchronise", prefix, stage.new_list(f"Club news {size}")
    first = stage.measure("push", size, *job)
    yield first
    again = stage.measure("push_unchanged", size, *job)
    yield replace(again, floor_seconds=first.floor_seconds)
    stage.sql(people.change(prefix))
    changed = stage.measure("push_changed", size, *job)
    yield replace(changed, floor_seconds=first.floor_seconds)
