"""A transmission: its dry run, the batches, the reading back; each by itself."""

from __future__ import annotations

from . import coupled
from .connection import as_clerk
from .meter import Meter

#: people on the mailing list whom the tool does not have, as a comparison leaves them
_MISSING = """
INSERT INTO mailing_contact (name, first_name, last_name, email, email_normalized,
                             create_date, write_date)
SELECT name, split_part(name, ' ', 1), split_part(name, ' ', 2), email, email,
       now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
  FROM res_partner WHERE email LIKE %(like)s ORDER BY id;
INSERT INTO mailing_subscription (contact_id, list_id, opt_out, create_date, write_date)
SELECT id, %(list)s, FALSE, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
  FROM mailing_contact WHERE email LIKE %(like)s ORDER BY id;
INSERT INTO newsletter_member (
    coupling_id, connection_id, company_id, active, email, name, contact_id,
    local_status, result, task, task_at, task_rule, task_sends, local_values,
    create_date, write_date
)
SELECT %(coupling)s, %(connection)s, %(company)s, TRUE, email, name, id,
       'subscribed', 'not_in_tool', 'transmit', now() AT TIME ZONE 'UTC', 'will_join',
       jsonb_build_object(%(first)s, first_name, %(last)s, last_name),
       jsonb_build_object(%(first)s, first_name, %(last)s, last_name),
       now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
  FROM mailing_contact WHERE email LIKE %(like)s ORDER BY id;
DELETE FROM newsletter_change;
"""


def plan(env, coupling_id: int, prefix: str) -> None:
    """Give everybody whose address begins with the prefix a task, and dry-run them."""
    env = as_clerk(env)
    coupling = env["newsletter.coupling"].browse(coupling_id)
    first, last = _fields(coupling)
    env.cr.execute(
        _MISSING,
        {
            "like": f"{prefix}%",
            "list": coupling.mailing_list_id.id,
            "coupling": coupling.id,
            "connection": coupling.connection_id.id,
            "company": coupling.company_id.id,
            "first": str(first.id),
            "last": str(last.id),
        },
    )
    env.cr.commit()
    for table in ("newsletter_member", "mailing_contact", "newsletter_consent"):
        env.cr.execute(f"ANALYZE {table}")
    env.cr.commit()
    run_id = coupling._start_run("transmit")
    env.cr.commit()
    run = env["newsletter.run"].sudo().browse(run_id)
    with Meter() as meter:
        coupled._work(run, meter)
    assert run.state == "preview", run.message
    meter.answer(run_id=run.id, to_send=run.to_send)


def _fields(coupling):
    """The mapping of both names, with their fields in the tool."""
    connection = coupling.connection_id
    mappings = connection.mapping_ids
    for mapping in mappings:
        names = ("newsletter_firstname", "newsletter_lastname")
        if mapping.path in names and not mapping.remote_name:
            connector = connection._connector()
            mapping.remote_name = connector.create_field(mapping.label, "text").name
    return (
        mappings.filtered(lambda each: each.path == "newsletter_firstname"),
        mappings.filtered(lambda each: each.path == "newsletter_lastname"),
    )


def send(env, run_id: int, recording: str) -> None:
    """From the approval to the last batch."""
    run = as_clerk(env)["newsletter.run"].sudo().browse(run_id)
    batch = run.connection_id._connector_class().capabilities.batch_size
    number = run.to_send
    run.env["newsletter.runner"]._in_transaction(
        lambda runner: runner._browse_run(run_id)._approve()
    )
    coupled._look_again(run)
    with Meter(recording) as meter:
        coupled._work(run, meter, until="verify")
    meter.answer(to_send=number, batch=batch)


def verify(env, run_id: int, recording: str) -> None:
    """Read back, and the report."""
    run = as_clerk(env)["newsletter.run"].sudo().browse(run_id)
    with Meter(recording) as meter:
        coupled._work(run, meter)
    assert run.state == "done", run.message
    results = dict(
        env["newsletter.run.line"]._read_group(
            [("run_id", "=", run.id)], ["result"], ["__count"]
        )
    )
    assert list(results) == ["subscribed"] and run.verified == run.total, results
    meter.answer()
