"""Tasks become people in the tool: the dry run, the batches, and the proof."""

from __future__ import annotations

from ..figures import Figures, measurement
from . import coupled

#: seconds that a real tool takes for a call, with the way there
WAY = 0.1


@measurement("transmit", "transmit_dry_run", "transmit_verify")
def transmit(stage, size):
    """Everybody of a mailing list is new in the tool.

    The floor of the batches and of the proof is sending the same requests alone.
    """
    yield from _transmit(stage, size, "")


@measurement("transmit_100ms")
def transmit_100ms(stage, size):
    """The same with a tool that takes a tenth of a second for each call."""
    for each in (stage.tool, stage.twin):
        each.answer_after(WAY)
    try:
        for figures in _transmit(stage, size, "_100ms"):
            if figures.name == "transmit_100ms":
                yield figures
    finally:
        for each in (stage.tool, stage.twin):
            each.answer_after(0)


def _transmit(stage, size, kind):
    prefix = f"transmit{kind.strip('_')}{size}x"
    stage.people(size, prefix)
    list_id = stage.new_list(f"Transmitted{kind} {size}")
    coupling = stage.inside("coupled.couple", list_id)
    planned = stage.outcome("transmit.plan", coupling, prefix)
    assert planned["to_send"] == size, planned
    yield coupled._figures(f"transmit_dry_run{kind}", size, planned)
    sent = stage.outcome("transmit.send", planned["run_id"], stage.recording)
    ideal = -(-size // sent["batch"])
    yield _figures(f"transmit{kind}", size, sent, stage.replay(), ideal)
    proven = stage.outcome("transmit.verify", planned["run_id"], stage.recording)
    floor = stage.replay(at_twin=False)
    yield _figures(f"transmit_verify{kind}", size, proven, floor)


def _figures(name, size, outcome, floor, ideal=0):
    return Figures(
        name=name,
        n=size,
        seconds=sum(outcome["phases"].values()),
        cpu_seconds=outcome["cpu_seconds"],
        floor_seconds=floor,
        peak_mb=outcome["peak_mb"],
        requests=outcome["requests"],
        ideal=ideal,
        phases=outcome["phases"],
    )
