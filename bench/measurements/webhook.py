"""Webhook calls to an Odoo that is really served: answered, stored, worked off."""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from pathlib import Path

from scripts.environment.console import Failure

from ..figures import Figures, measurement
from ..inside.webhook import CALL_TOKEN
from ..memory import Workers

#: more calls tell nothing more
CALLS = 10_000
#: calls side by side
CLIENTS = 8
#: Odoo's workers, beside one for scheduled actions
WORKERS = 2
#: seconds in which all has to be worked off
_LIMIT = 1800
_POSTER = Path(__file__).parents[1] / "poster.py"


@measurement("webhook")
def webhook(stage, size):
    """As many calls as Odoo takes, while its scheduled action works them off.

    Seconds are those until the last answer; the floor is the same number of calls to
    the cheapest address that Odoo has. Every call has to be stored, every person named
    has to be read back.
    """
    calls = min(size, CALLS)
    list_id = stage.new_list(f"Webhook {size}")
    stage.tool.seed(list_id, calls, f"webhook{size}.example.org")
    coupling = stage.inside("coupled.couple", list_id)
    read = stage.outcome("coupled.read", coupling, stage.recording)
    stage.outcome("coupled.settle", read["run_id"], "")
    stage.tool.counted()
    with tempfile.TemporaryDirectory() as folder:
        bodies, nothing = f"{folder}/bodies", f"{folder}/nothing"
        path = stage.inside("webhook.listen", coupling, calls, bodies)["path"]
        Path(nothing).write_text("\n" * calls)
        with stage.serving(WORKERS) as address:
            floor = _post(stage, address, "/web/health", nothing)
            workers = Workers(stage.database)
            answered = _post(stage, address, path, bodies)
            until = time.monotonic()
            found = _wait(stage, coupling, calls)
            rest = time.monotonic() - until
            grown = workers.growth()
    if answered["statuses"] != {"200": calls} or found["stored"] != calls:
        raise Failure(f"Calls were lost: {answered['statuses']}, {found}")
    yield Figures(
        name="webhook",
        n=calls,
        seconds=answered["seconds"],
        floor_seconds=floor["seconds"],
        peak_mb=grown,
        requests=stage.tool.counted(),
        phases={
            "answering": answered["seconds"],
            "slowest answer": answered["slowest"],
            "working off after the last answer": rest,
        },
    )


def _post(stage, address: str, path: str, bodies: str) -> dict:
    header = f"X-CR-Calltoken: {CALL_TOKEN}"
    command = [stage.python, _POSTER, address, path, header, bodies, str(CLIENTS)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def _wait(stage, coupling: int, calls: int) -> dict:
    """Wait until whoever was named has been read back from the tool."""
    deadline = time.monotonic() + _LIMIT
    while time.monotonic() < deadline:
        found = stage.inside("webhook.became", coupling)
        if found["read_back"] == calls and not found["hints"] + found["open_runs"]:
            return found
        time.sleep(1)
    raise Failure(f"After {_LIMIT} seconds not all was worked off: {found}")
