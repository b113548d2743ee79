"""What nobody can save: the bare work of the database, measured in the same process."""

from __future__ import annotations

import tempfile
import time
from contextlib import ExitStack

#: everything that a first import fills, parents first, and what of it is this list's
_FILLED = {
    "mailing_contact": "id IN (SELECT contact_id FROM mailing_subscription"
    " WHERE list_id = %(list)s)",
    "mailing_subscription": "list_id = %(list)s",
    "newsletter_member": "coupling_id = %(coupling)s",
    "newsletter_event": "run_id = %(run)s AND member_id IS NOT NULL",
}


def compare_seconds(env, run) -> float:
    """Pair every row of the tool with its member, contact and subscription, and count.

    Something of each is counted, for a table of which nothing is asked would not be
    joined at all. The second time counts: whoever reads fresh rows first marks them as
    visible, and that is nobody's work but chance. Memory for joining is the
    comparison's.
    """
    for _warm in range(2):
        env.cr.execute("SET LOCAL work_mem = '64MB'")
        start = time.perf_counter()
        env.cr.execute(
            f"""
            SELECT count(met.id), count(member.id), count(contact.id),
                   count(subscribed.id)
              FROM (SELECT id, remote_id FROM {run._stage_name()}
                     WHERE run_id = %s) met
              FULL JOIN (SELECT id, remote_id, contact_id FROM newsletter_member
                          WHERE coupling_id = %s) member USING (remote_id)
              LEFT JOIN mailing_contact contact ON contact.id = member.contact_id
              LEFT JOIN mailing_subscription subscribed
                ON subscribed.contact_id = contact.id AND subscribed.list_id = %s
            """,
            [run.id, run.coupling_id.id, run.coupling_id.mailing_list_id.id],
        )
        env.cr.fetchall()
        seconds = time.perf_counter() - start
        env.cr.rollback()
    return seconds


def copy_seconds(env, run) -> float:
    """COPY the rows that the import has written out, and into the same tables emptied.

    The emptying is undone: a table that is truncated in a transaction gets a new file,
    with all its indexes, and the old one again at the end.
    """
    cr = env.cr
    coupling = run.coupling_id
    ids = {
        "list": coupling.mailing_list_id.id,
        "coupling": coupling.id,
        "run": run.id,
    }
    seconds = 0.0
    with ExitStack() as stack:
        files = {
            table: stack.enter_context(tempfile.TemporaryFile()) for table in _FILLED
        }
        for table, file in files.items():
            rows = f"SELECT * FROM {table} WHERE {_FILLED[table] % ids}"
            cr.copy_expert(f"COPY ({rows}) TO STDOUT", file)
        cr.execute(f"TRUNCATE {', '.join(_FILLED)} CASCADE")
        for table, file in files.items():
            # the outbox's triggers are ours, not the tables'
            cr.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            file.seek(0)
            start = time.perf_counter()
            cr.copy_expert(f"COPY {table} FROM STDIN", file)
            seconds += time.perf_counter() - start
        cr.rollback()
    return seconds
