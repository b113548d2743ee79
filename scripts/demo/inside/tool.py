"""Connect to a tool of the sandbox and give it the people that it had before.

Everything goes through the connector's contract, so that another tool needs no more
than its login; what people do in the tool itself is done by its ``staff``.
"""

from __future__ import annotations

import time

from ....connectors.contract import Join, ListDraft, MemberDraft
from ..people import KNOWN_TO_TOOL, Contact
from .organisation import MODULE, contacts
from .staff import staff_of

LIST = "Lindenpost"
OTHER_LISTS = ("Presseverteiler", "Ehrenamt intern")
#: The tool's field for this exists already; the one for titles is still to be created.
PRESENT_FIELD = "newsletter_letter_salutation"
#: fate -> what happened in the tool since
ACTS = {"left_list": "unsubscribe", "undeliverable": "bounce"}


def connect(env, tool: str, place: dict):
    """The connection to the tool, tested as its button does it."""
    env["ir.config_parameter"].set_param("newsletter_sync.allow_loopback_tools", "1")
    connection = env.ref(f"{MODULE}.connection_{tool}", raise_if_not_found=False)
    if not connection:
        label = env["newsletter.connection"]._connector_classes()[tool].label
        connection = env["newsletter.connection"].create(
            {"name": _name(label, place), "provider": tool}
        )
        xml_id = f"{MODULE}.connection_{tool}"
        entry = {"xml_id": xml_id, "record": connection}
        env["ir.model.data"].sudo()._update_xmlids([entry])
    for line in connection.credential_ids:
        value = place["login"].get(line.name, "")
        line["secret_input" if line.kind == "secret" else "value"] = value
    # The token is kept by a transaction of its own, which must see the connection.
    env.cr.commit()
    connection.action_test()
    if connection.state != "connected":
        raise SystemExit(connection.message)
    env.cr.commit()
    return connection


def _name(label: str, place: dict) -> str:
    return label if place["label"] in label else f"{label} ({place['label'].lower()})"


def furnish(connection, people: list[Contact], place: dict) -> None:
    """Lists, a field, and recipients from earlier; may be repeated if interrupted."""
    connector = connection._connector()
    can = connector.capabilities
    staff = staff_of(connection.provider, place)
    list_id = _lists(connection, connector)
    staff.prepare(list_id)
    mappings = connection.env["newsletter.field.mapping"]._of_connection(connection)
    missing = mappings._match(connector.fields(list_id))
    if can.create_field:
        own = "" if can.account_fields else list_id
        for mapping in missing.filtered(lambda each: each.path == PRESENT_FIELD):
            connector.create_field(mapping.label, mapping._remote_type(), own)
    mappings._match(connector.fields(list_id))
    _write(connector, list_id, _drafts(mappings, people))
    for person in people:
        if person.fate in ACTS:
            staff.act(ACTS[person.fate], list_id, person.address)
        elif person.fate == "blocked_in_tool" and can.write_blocklist:
            connector.block(person.address, "complained about a mailing")
    connection.env.cr.commit()


def _lists(connection, connector) -> str:
    known = {each.name: each.remote_id for each in connector.lists()}
    for name in (LIST, *OTHER_LISTS):
        if name not in known:
            draft = ListDraft(name=name, settings=connection._list_settings())
            known[name] = connector.create_list(draft).remote_id
    return known[LIST]


def _drafts(mappings, people: list[Contact]) -> list[MemberDraft]:
    """Those known as Odoo knows them, and those whose data have grown old since."""
    known = {
        people[number].address: partner
        for number, partner in contacts(mappings.env).items()
        if people[number].fate in KNOWN_TO_TOOL
    }
    values = mappings._read_values(mappings.env["res.partner"].union(*known.values()))
    drafts = []
    for person in people:
        if person.address not in known or person.fate not in KNOWN_TO_TOOL:
            continue
        read = values[known[person.address].id]
        sent = {m.remote_name: read[str(m.id)] for m in mappings if m.remote_name}
        if person.fate == "updated":
            sent = {name: _as_it_was(value) for name, value in sent.items()}
        drafts.append(MemberDraft(person.address, values=sent, join=Join.SUBSCRIBE))
    return drafts


def _as_it_was(value) -> str:
    """An old spelling: without the umlauts, which the old program could not write."""
    plain = str(value or "").encode("ascii", "ignore").decode()
    return plain if plain != value else plain.upper()


def _write(connector, list_id: str, drafts: list[MemberDraft]) -> None:
    """As many at a time as the tool takes; asynchronous ones are waited for."""
    size = connector.capabilities.batch_size
    for start in range(0, len(drafts), size):
        part = drafts[start : start + size]
        answer = connector.upsert(list_id, part)
        while answer.job:
            time.sleep(0.5)
            answer = connector.poll(list_id, answer.job, part)
