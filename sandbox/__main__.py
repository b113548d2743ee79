"""``python -m newsletter_sync.sandbox`` or ``python <checkout>/sandbox``: serve.

The second way works in a folder of any name and without Odoo: the addon's own
``__init__`` needs Odoo, so an empty package stands in for it.
"""

from __future__ import annotations

import argparse
import importlib
import signal
import sys
import threading
import types
from pathlib import Path

PARENT = "newsletter_sync"


def _load():
    """The ``server`` module, with its package around it."""
    if __package__:
        return importlib.import_module(".server", __package__)
    here = Path(__file__).resolve().parent
    # This folder's modules must not stand in the way of others of the same name.
    sys.path[:] = [entry for entry in sys.path if Path(entry or ".").resolve() != here]
    parent = types.ModuleType(PARENT)
    parent.__path__ = [str(here.parent)]
    sys.modules[PARENT] = parent
    return importlib.import_module(f"{PARENT}.{here.name}.server")


def main() -> None:
    """Read the options, serve until told to stop."""
    parser = argparse.ArgumentParser(prog="sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=8099)
    parser.add_argument("--data", default="", help="a file to keep, or :memory:")
    parser.add_argument("--seed", type=int, default=0, help="for random faults")
    parser.add_argument("--rate-limit", type=int, default=0, help="requests a minute")
    options = parser.parse_args()
    stopped = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stopped.set())
    sandbox = _load().Sandbox(
        options.port, options.data, options.seed, rate_limit=options.rate_limit
    )
    with sandbox:
        print(f"Sandbox on {sandbox.url()}/", flush=True)
        stopped.wait()


if __name__ == "__main__":
    main()
