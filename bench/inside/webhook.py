"""A webhook that listens, and what has become of its calls."""

from __future__ import annotations

import json
from pathlib import Path

from .connection import as_clerk

CALL_TOKEN = "k" * 64


def listen(env, coupling_id: int, number: int, bodies: str) -> None:
    """A webhook for a coupled list, and a file with a call about each of its people.

    Nobody has really changed: what is measured is what the calls themselves cost.
    """
    coupling = as_clerk(env)["newsletter.coupling"].sudo().browse(coupling_id)
    coupling.automation = "safe"
    webhook = env["newsletter.webhook"].create(
        {
            "connection_id": coupling.connection_id.id,
            "remote_list_id": coupling.remote_list_id.id,
            "state": "active",
            "secrets": {"call_token": CALL_TOKEN},
        }
    )
    members = coupling.member_ids.search(
        [("coupling_id", "=", coupling.id)], order="id", limit=number
    )
    list_id = coupling.remote_id
    lines = [
        json.dumps(
            {
                "condition": list_id,
                "event": "receiver.updated",
                "payload": {"pool_id": member.remote_id, "group_id": list_id},
            }
        )
        for member in members
    ]
    Path(bodies).write_text("\n".join(lines) + "\n")
    env.cr.commit()
    print(json.dumps({"path": f"/newsletter/webhook/{webhook._token()}"}))


def became(env, coupling_id: int) -> None:
    """How many calls are stored and done, whom they named, and who is still to read."""
    env.cr.execute(
        """
        SELECT count(*), count(*) FILTER (WHERE state = 'done'),
               (SELECT count(*) FROM newsletter_hint),
               (SELECT sum((cursor ->> 'heard')::int) FROM newsletter_run
                 WHERE kind = 'webhook' AND coupling_id = %s),
               (SELECT count(*) FROM newsletter_run
                 WHERE kind = 'webhook' AND state <> 'done')
          FROM newsletter_delivery
        """,
        [coupling_id],
    )
    names = ("stored", "done", "hints", "read_back", "open_runs")
    print(json.dumps(dict(zip(names, env.cr.fetchone(), strict=True))))
