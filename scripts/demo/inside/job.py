"""Run the main job as a clerk does in the wizard, and hand the outcome out as JSON."""

from __future__ import annotations

import json
import time

from ....models.newsletter_run import OPEN_STATES
from ....sync.vocabulary import Status
from ..people import expected_in_tool, invent
from . import tool
from .organisation import contacts

#: seconds of one turn of work; there is always another one
TURN = 60


def synchronise(env, tool_code: str, place: dict) -> None:
    """Print the outcome; the job is done once, an interrupted one is carried on."""
    start = time.monotonic()
    # Runs belong to the user who starts them, and tell that user.
    env = env(user=env.ref("base.user_admin"))
    connection = tool.connect(env, tool_code, place)
    run = env["newsletter.run"].search(
        [("connection_id", "=", connection.id), ("kind", "=", "push")],
        order="id",
        limit=1,
    )
    can = connection._connector_class().capabilities
    is_first = not run or run.state not in ("done", "cancelled")
    people = invent()
    if not run:
        tool.furnish(connection, people, place)
        run = _preview(env, connection)
    run = _carry_on(run)
    print(
        json.dumps(
            {
                "is_first": is_first,
                "list": run.remote_list_id.name,
                "date": str(run.finished_at),
                "seconds": round(time.monotonic() - start, 1) if is_first else None,
                "calls": run.requests,
                "rows": [_row(run, number) for number in run.numbers],
                "expected": sorted(expected_in_tool(people, can)),
                "subscribed": sorted(_subscribed(run)),
            }
        )
    )


def _preview(env, connection):
    """Select the contacts, archived ones too, and go through the wizard."""
    selected = env["res.partner"].union(*contacts(env).values())
    action = selected.action_newsletter_push()
    wizard = env[action["res_model"]].browse(action["res_id"])
    wizard.connection_id = connection
    wizard._read_lists()
    wizard.remote_list_id = env["newsletter.remote.list"].search(
        [("connection_id", "=", connection.id), ("name", "=", tool.LIST)]
    )
    # In the browser the wizard and its next step are two requests, so two transactions.
    env.cr.commit()
    action = wizard.action_preview()
    # The run was made by another transaction, and shows itself to a fresh one only.
    env.cr.commit()
    return env["newsletter.run"].browse(action["res_id"])


def _carry_on(run):
    """Work until there is a report, approving the preview on the way."""
    if run.state == "stopped":
        run.action_resume()
    while run.state in (*OPEN_STATES, "preview"):
        if run.state == "preview":
            run.action_synchronise()
        elif not run.env["newsletter.runner"]._work(run.id, TURN):
            time.sleep(1)  # another worker is at it
        run.env.cr.commit()
        run.invalidate_recordset()
        if run.next_try_at:
            break
    if run.state not in ("done", "cancelled"):
        raise SystemExit(run.message)
    return run


def _row(run, number: dict) -> dict:
    """One line of the report, with somebody as an example."""
    lines = run.env["newsletter.run.line"].search(
        [("run_id", "=", run.id), *number["domain"]], order="id", limit=20
    )
    example = min((_described(line) for line in lines), key=len, default="")
    return {"label": number["label"], "count": number["count"], "example": example}


def _described(line) -> str:
    """Name and address as it stands in Odoo, which may hold the name itself."""
    typed = (line.raw_email or "").strip()
    return typed if "<" in typed else f"{line.name}  {typed}".strip()


def _subscribed(run) -> set[str]:
    """Who is really subscribed there, read afresh."""
    pages = run.connection_id._connector().members(run.remote_list_id.remote_id)
    return {
        member.email
        for page in pages
        for member in page.members
        if member.status is Status.SUBSCRIBED
    }
