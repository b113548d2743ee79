"""Couple a list both ways, change people on both sides, fetch, review, transmit.

Done once for each tool; the outcome is handed out as JSON, step by step.
"""

from __future__ import annotations

import json
import time

from odoo import Command

from ....connectors.contract import Join, MemberDraft
from ....models.newsletter_run import OPEN_STATES
from ....sync.vocabulary import Status
from .organisation import MODULE
from .staff import staff_of
from .tool import OTHER_LISTS

#: the list that is kept equal, in the tool and in Odoo
LIST = OTHER_LISTS[1]
#: name -> first and last name; who stands on which side before
IN_TOOL = ("aenne", "bjoern", "clara", "dieter")
IN_ODOO = {
    "bjoern": ("Björn", "Groß"),
    "clara": ("Clara", "Kranz"),
    "dieter": ("Dieter", "Ost"),
    "emil": ("Emil", "Linden"),
}
#: who is subscribed in the tool in the end
EXPECTED = ("aenne", "bjoern", "emil")
TURN = 60


def _address(name: str, connection) -> str:
    """Each tool has people of its own: who leaves one is left alone by all."""
    return f"{name}@{connection.provider}.example.org"


def keep_equal(env, tool_code: str, place: dict) -> None:
    """Print what happened, {} if it was done before.

    ``{steps: [[title, lines]], expected, subscribed, judged: [[text, kept]]}``
    """
    env = env(user=env.ref("base.user_admin"))
    connection = env.ref(f"{MODULE}.connection_{tool_code}")
    coupling = _coupling(env, connection)
    sent = [("coupling_id", "=", coupling.id), ("kind", "=", "transmit")]
    # an interrupted demo begins again
    if env["newsletter.run"].search_count([*sent, ("state", "=", "done")]):
        print("{}")
        return
    people = _before(env, connection, coupling)
    steps = [["Coupled", [f"{coupling.name}, both ways"]]]
    steps.append(["1. Fetch", [_go(coupling, "fetch", whole=True).message]])
    _change(env, connection, coupling, people, place)
    steps.append(
        [
            "Then",
            [
                "Björn is called Björn Florian in Odoo, Clara leaves in Odoo,",
                "Dieter leaves in the tool, Emil waits in Odoo for the tool.",
            ],
        ]
    )
    steps.append(["1. Fetch", [_go(coupling, "fetch", whole=True).message]])
    steps.append(["2. Review", _review(coupling)])
    run = _go(coupling, "transmit")
    if run.state == "preview":
        steps.append(["3. Transmit, dry run", _numbers(run) + _changes(run)])
        run.action_synchronise()
        run = _carried_on(run)
    steps.append(["3. Transmit", [*_numbers(run), f"read back: {run.verified}"]])
    again = _go(coupling, "fetch", whole=True)
    steps.append(["1. Fetch, once more", [again.message]])
    print(
        json.dumps(
            {
                "steps": steps,
                "expected": sorted(_address(name, connection) for name in EXPECTED),
                "subscribed": sorted(_subscribed(coupling)),
                "judged": _judged(coupling, people, run, again),
            }
        )
    )


def _coupling(env, connection):
    """The coupling of the list, with a mailing list of Odoo."""
    mirror = env["newsletter.remote.list"].search(
        [("connection_id", "=", connection.id), ("name", "=", LIST)], limit=1
    )
    coupling = env["newsletter.coupling"].search([("remote_list_id", "=", mirror.id)])
    if coupling.mailing_list_id:
        return coupling
    values = {
        "mailing_list_id": env["mailing.list"].create({"name": LIST}).id,
        "direction": "both",
        "missing_in_tool": "transmit",
        "automation": "manual",
    }
    if coupling:
        coupling.write(values)
    else:
        coupling = coupling.create({"remote_list_id": mirror.id, **values})
    env.cr.commit()
    return coupling


def _before(env, connection, coupling):
    """People on both sides; each reader has agreed. {name: mailing contact}"""
    connector = connection._connector()
    drafts = [
        MemberDraft(_address(name, connection), join=Join.SUBSCRIBE) for name in IN_TOOL
    ]
    size = connector.capabilities.batch_size
    for start in range(0, len(drafts), size):
        part = drafts[start : start + size]
        answer = connector.upsert(coupling.remote_id, part)
        while answer.job:
            time.sleep(0.5)
            answer = connector.poll(coupling.remote_id, answer.job, part)
    contacts = env["mailing.contact"]
    people = {}
    for name, names in IN_ODOO.items():
        email = _address(name, connection)
        people[name] = contacts.search([("email", "=", email)], limit=1)
        if not people[name]:
            people[name] = contacts.create(
                {
                    "name": " ".join(names),
                    "first_name": names[0],
                    "last_name": names[1],
                    "email": email,
                    "subscription_ids": [
                        Command.create({"list_id": coupling.mailing_list_id.id})
                    ],
                }
            )
            consent = env["newsletter.consent"]._for_address(email)
            consent._record("request")
            consent._record("confirmation")
    env.cr.commit()
    return people


def _change(env, connection, coupling, people, place):
    people["bjoern"].write(
        {"name": "Björn Florian Groß", "first_name": "Björn Florian"}
    )
    mine = people["clara"].subscription_ids.filtered(
        lambda each: each.list_id == coupling.mailing_list_id
    )
    mine.opt_out = True
    env.cr.commit()
    staff = staff_of(connection.provider, place)
    staff.prepare(coupling.remote_id)
    staff.act("unsubscribe", coupling.remote_id, _address("dieter", connection))


def _go(coupling, kind, **values):
    run_id = coupling._start_run(kind, **values)
    coupling.env.cr.commit()
    return _carried_on(coupling.env["newsletter.run"].browse(run_id))


def _carried_on(run):
    """Work until it is done or asks; leavings that travel by themselves, too."""
    while True:
        run.env.cr.commit()
        run.env.invalidate_all()
        open_runs = run.search(
            [
                ("connection_id", "=", run.connection_id.id),
                ("state", "in", OPEN_STATES),
            ],
            order="id",
        )
        if not open_runs:
            break
        for each in open_runs:
            if not run.env["newsletter.runner"]._work(each.id, TURN):
                time.sleep(1)  # another worker is at it, or the tool wants a pause
    if run.state == "stopped":
        raise SystemExit(run.message)
    return run


def _review(coupling) -> list[str]:
    """What a person would look at in step 2, and what is decided already."""
    members = coupling.env["newsletter.member"].search(
        [
            ("coupling_id", "=", coupling.id),
            "|",
            ("result", "!=", "success"),
            ("task", "!=", False),
        ],
        order="email",
    )
    tasks = dict(members._fields["task"]._description_selection(coupling.env))
    return [
        f"{member.email}: {(member.explanation or '').splitlines()[0]}"
        + (f" → {tasks[member.task]}" if member.task else "")
        for member in members
    ] or ["nobody to decide about"]


def _judged(coupling, people, run, again) -> list:
    """What must be so in the end, and whether it is: [[text, kept]]."""
    env = coupling.env
    env.invalidate_all()
    said = _at_tool(coupling).get(people["bjoern"].email_normalized)
    mapped = (
        env["newsletter.field.mapping"]
        ._of_connection(coupling.connection_id, coupling)
        .filtered(lambda each: each.remote_name and each.path == "newsletter_firstname")
    )
    renamed = not mapped or said.values.get(mapped.remote_name) == "Björn Florian"
    dieter = people["dieter"].subscription_ids.filtered(
        lambda each: each.list_id == coupling.mailing_list_id
    )
    return [
        ["Björn has his new name in the tool", renamed],
        ["Dieter is opted out in Odoo", dieter.opt_out],
        ["whoever was sent was read back", run.verified == run.total],
        ["once more nobody differs", not again.total],
    ]


def _numbers(run) -> list[str]:
    return [
        f"{row['label']}: {row['count']}"
        + (f" ({row['note']})" if row.get("note") else "")
        for row in run.numbers
    ]


def _changes(run) -> list[str]:
    return [
        f"{line.email}: {' · '.join(line.changes.splitlines())}"
        for line in run.line_ids
        if line.changes
    ]


def _subscribed(coupling) -> set[str]:
    return {
        member.email
        for member in _at_tool(coupling).values()
        if member.status is Status.SUBSCRIBED
    }


def _at_tool(coupling) -> dict:
    """Everybody on the tool's list, by address."""
    pages = coupling.connection_id._connector().members(coupling.remote_id)
    return {member.email: member for page in pages for member in page.members}
