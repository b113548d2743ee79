"""The same job as connectors do it that know one person at a time.

For each person: read the record, ask the tool whether they are there, write them to the
tool, remember them by the ORM. Transport, dialect and name splitting are the addon's
own, so only the way of working differs.
"""

from __future__ import annotations

from ...connectors.contract import Join, MemberDraft, MemberRef, Outcome
from .connection import as_clerk, list_with
from .meter import Meter


def synchronise(env, prefix: str, remote_id: int, number: int, recording: str) -> None:
    """Send the first people whose address begins with the prefix."""
    env = as_clerk(env)
    remote_list = list_with(env, remote_id)
    connection = remote_list.connection_id
    coupling = env["newsletter.coupling"].sudo()._for_list(remote_list)
    env.cr.commit()
    mappings = env["newsletter.field.mapping"]._of_connection(connection)
    with Meter(recording) as meter, meter.phase("transmit"):
        connector = connection._connector()
        _create_fields(connector, mappings, coupling.remote_id)
        domain = [("email", "=like", f"{prefix}%")]
        for partner in env["res.partner"].search(domain, order="id", limit=number):
            _send(connector, mappings, coupling, partner)
        env.cr.commit()
    meter.answer(results={"subscribed": number}, to_send=number, batch=1)


def _create_fields(connector, mappings, list_id: str) -> None:
    for mapping in mappings._match(connector.fields(list_id)):
        created = connector.create_field(mapping.label, mapping._remote_type(), list_id)
        mapping.remote_name = created.name


def _send(connector, mappings, coupling, partner) -> None:
    list_id = coupling.remote_id
    values = mappings._read_values(partner)[partner.id]
    names = {m.remote_name: values[str(m.id)] for m in mappings if m.remote_name}
    known = connector.member(list_id, MemberRef(partner.email))
    join = Join.NEVER if known else Join.SUBSCRIBE
    draft = MemberDraft(partner.email, values=names, join=join)
    (row,) = connector.upsert(list_id, [draft]).rows
    assert row.outcome is not Outcome.REFUSED, row.message
    # sudo: nobody writes members by hand
    partner.env["newsletter.member"].sudo().create(
        {
            "coupling_id": coupling.id,
            "partner_id": partner.id,
            "email": partner.email,
            "remote_id": row.remote_id,
            "remote_status": "subscribed",
        }
    )
