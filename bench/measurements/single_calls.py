"""What connectors take that send one person at a time."""

from __future__ import annotations

from dataclasses import replace

from ..figures import measurement

#: so many are really sent; for more the time and the requests are multiplied
MEASURED = 500


@measurement("single_calls")
def single_calls(stage, size):
    """The same people one by one; the floor are the same calls alone."""
    prefix = f"single{size}x"
    number = min(size, MEASURED)
    stage.people(number, prefix)
    list_id = stage.new_list(f"Single calls {size}")
    job = "single_calls.synchronise", prefix, list_id, number
    figures = stage.measure("single_calls", size, *job)
    factor = size / number
    yield replace(
        figures,
        seconds=figures.seconds * factor,
        cpu_seconds=figures.cpu_seconds * factor,
        floor_seconds=figures.floor_seconds * factor,
        requests={kind: round(c * factor) for kind, c in figures.requests.items()},
        ideal=round(figures.ideal * factor),
        phases={name: took * factor for name, took in figures.phases.items()},
    )
