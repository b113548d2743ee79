"""The comparison as connectors do it that know one record at a time, by the ORM."""

from __future__ import annotations

from .connection import as_clerk
from .meter import Meter


def compare(env, run_id: int, number: int) -> None:
    """Look up contact, subscription and member of the first people, and compare."""
    env = as_clerk(env)
    # sudo: the stage is nobody's to read
    run = env["newsletter.run"].sudo().browse(run_id)
    coupling = run.coupling_id
    mappings = env["newsletter.field.mapping"]._of_connection(coupling.connection_id)
    fetched = run.env["newsletter.fetched"].search(
        [("run_id", "=", run.id)], order="id", limit=number
    )
    differing = 0
    with Meter() as meter, meter.phase("compare"):
        for row in fetched:
            differing += _differs(run.env, coupling, mappings, row)
    meter.answer(differing=differing)


def _differs(env, coupling, mappings, row) -> bool:
    contact = env["mailing.contact"].search(
        [("email_normalized", "=", row.email)], limit=1
    )
    subscription = env["mailing.subscription"].search(
        [
            ("contact_id", "=", contact.id),
            ("list_id", "=", coupling.mailing_list_id.id),
        ]
    )
    member = env["newsletter.member"].search(
        [("coupling_id", "=", coupling.id), ("remote_id", "=", row.remote_id)]
    )
    status = "unsubscribed" if subscription.opt_out else "subscribed"
    values = mappings._read_values(contact).get(contact.id, {})
    said = row.values or {}
    return member.remote_status != status or any(
        values.get(key) != value for key, value in said.items()
    )
