"""Where the demo lives: its database, the tool's data, its ports."""

from __future__ import annotations

import os
import socket

from ..environment import places
from ..environment.console import Failure

DATABASE = "newsletter_demo"
SANDBOX_DATA = places.STATE / "demo-sandbox.sqlite"


def port(variable: str, default: int) -> int:
    """The port that the variable names, if nobody listens there."""
    text = os.environ.get(variable) or str(default)
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise Failure(f"{variable} takes a port number, not {text!r}.")
    with socket.socket() as probe:
        # As servers do: a port that was closed a moment ago is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(text)))
        except OSError:
            raise Failure(
                f"Port {text} of 127.0.0.1 is taken: stop what uses it, or choose"
                f" another one, as in '{variable}={int(text) + 1} make demo'."
            ) from None
    return int(text)
