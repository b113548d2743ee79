"""Tasks become people in the tool: the dry run, the batches, and the proof."""

from __future__ import annotations

from ..figures import Figures, measurement
from . import coupled


@measurement("transmit", "transmit_dry_run", "transmit_verify")
def transmit(stage, size):
    """Everybody of a mailing list is new in the tool.

    The floor of the batches and of the proof is sending the same requests alone.
    """
    prefix = f"transmit{size}x"
    stage.people(size, prefix)
    list_id = stage.new_list(f"Transmitted {size}")
    coupling = stage.inside("coupled.couple", list_id)
    planned = stage.outcome("transmit.plan", coupling, prefix)
    assert planned["to_send"] == size, planned
    yield coupled._figures("transmit_dry_run", size, planned)
    sent = stage.outcome("transmit.send", planned["run_id"], stage.recording)
    yield _figures("transmit", size, sent, stage.replay(), -(-size // sent["batch"]))
    proven = stage.outcome("transmit.verify", planned["run_id"], stage.recording)
    floor = stage.replay(at_twin=False)
    yield _figures("transmit_verify", size, proven, floor)


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
