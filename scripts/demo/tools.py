"""The tools that the sandbox can play in the demo. Another one is another entry."""

from __future__ import annotations

import os

from ..environment.console import Failure

#: tool -> login of a connection to the sandbox; ``{url}`` is the tool's address there
LOGINS = {
    "cleverreach": {
        "login": "client_credentials",
        "client_id": "sandbox-id",
        "client_secret": "sandbox-secret",
        "base_url": "{url}",
    },
}


def chosen() -> str:
    """The tool that the variable TOOL names."""
    tool = os.environ.get("TOOL") or next(iter(LOGINS))
    if tool not in LOGINS:
        raise Failure(f"TOOL takes {', '.join(LOGINS)}, not {tool!r}.")
    return tool
