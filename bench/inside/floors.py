"""What nobody can save: the bare work of the database, measured in the same process."""

from __future__ import annotations

import tempfile
import time
from contextlib import ExitStack

#: everything that a first import fills, parents first
_FILLED = (
    "mailing_contact",
    "mailing_subscription",
    "newsletter_member",
    "newsletter_event",
)


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


def copy_seconds(env) -> float:
    """COPY the rows of all filled tables out, and into the same tables emptied.

    The emptying is undone: a table that is truncated in a transaction gets a new file,
    with all its indexes, and the old one again at the end.
    """
    cr = env.cr
    seconds = 0.0
    with ExitStack() as stack:
        files = {
            table: stack.enter_context(tempfile.TemporaryFile()) for table in _FILLED
        }
        for table, file in files.items():
            cr.copy_expert(f"COPY {table} TO STDOUT", file)
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
