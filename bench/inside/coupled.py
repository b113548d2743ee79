"""A mailing list coupled both ways: fetch, first import, comparisons, small changes.

A run is worked slice by slice exactly as the scheduled action does it, without the time
between its turns, and each slice is counted to the phase that it belongs to.
"""

from __future__ import annotations

from contextlib import contextmanager

from ...models.newsletter_run import OPEN_STATES
from ...models.newsletter_runner import CRON_SECONDS
from .connection import as_clerk, list_with
from .floors import compare_seconds, copy_seconds
from .meter import Meter

#: what the first read has found, for further comparisons of the same list
_KEPT = "bench_fetched"


def couple(env, remote_id: int) -> None:
    """A new mailing list, both ways with a list of the tool."""
    remote_list = list_with(env, remote_id)
    mailing_list = env["mailing.list"].create({"name": remote_list.name})
    coupling = env["newsletter.coupling"].create(
        {
            "remote_list_id": remote_list.id,
            "mailing_list_id": mailing_list.id,
            "direction": "both",
            "automation": "manual",
        }
    )
    print(coupling.id)


def read(env, coupling_id: int, recording: str) -> None:
    """The whole list of the tool into the stage; the run waits for its comparison."""
    run = _start(env, coupling_id, whole=True)
    with Meter(recording) as meter:
        _work(run, meter, until="compare")
    run.env.cr.execute(f"DROP TABLE IF EXISTS {_KEPT}")
    run.env.cr.execute(
        f"CREATE TABLE {_KEPT} AS SELECT * FROM newsletter_fetched WHERE run_id = %s",
        [run.id],
    )
    run.env.cr.execute(f"ANALYZE {_KEPT}")
    run.env.cr.commit()
    meter.answer(run_id=run.id, people=run.done)


def settle(env, run_id: int, floor: str) -> None:
    """Compare and decide until the run is done.

    :param floor: "join": the bare join, before; "copy": COPY of what was written, after
    """
    run = as_clerk(env)["newsletter.run"].sudo().browse(run_id)
    seconds = compare_seconds(env, run) if floor == "join" else 0.0
    with Meter() as meter:
        _work(run, meter)
    if floor == "copy":
        seconds = copy_seconds(env, run)
    meter.answer(floor_seconds=seconds, found=run.total, message=run.message)


def stage(env, coupling_id: int) -> None:
    """A run that has read the same people once more and is to compare them."""
    run = _start(env, coupling_id, whole=True)
    run._open_own_stage()
    table = run._stage_name()
    names = [
        name
        for name, field in env["newsletter.fetched"]._fields.items()
        if field.store and name not in ("id", "run_id")
    ]
    listed = ", ".join(f'"{name}"' for name in names)
    env.cr.execute(
        f"INSERT INTO {table} (run_id, {listed})"
        f" SELECT %s, {listed} FROM {_KEPT} ORDER BY id",
        [run.id],
    )
    staged = env.cr.rowcount
    run.write(
        {
            "phase": "compare",
            "cursor": {**run.cursor, "fields": True, "read": None, "staged": staged},
            "done": staged,
            "started_at": env.cr.now(),
        }
    )
    env.cr.commit()
    # the members, contacts and subscriptions: see ``Stage.rest``
    env.cr.execute(f"ANALYZE {table}")
    env.cr.commit()
    print(run.id)


def change(env, coupling_id: int, run_id: int, part: int) -> None:
    """One in ``part`` of the people is another on either side.

    In the tool half of them left, the others have another value; in Odoo they have
    another name. Nobody is changed on both sides.
    """
    env.cr.execute(
        """
        UPDATE newsletter_fetched
           SET status = CASE WHEN id %% (2 * %(part)s) = 0
                             THEN 'unsubscribed' ELSE status END,
               status_at = CASE WHEN id %% (2 * %(part)s) = 0
                                THEN now() AT TIME ZONE 'UTC' ELSE status_at END,
               "values" = CASE WHEN id %% (2 * %(part)s) = 0 THEN "values"
                          ELSE (SELECT jsonb_object_agg(key, value || '-Neu')
                                  FROM jsonb_each_text("values")) END,
               digest = CASE WHEN id %% (2 * %(part)s) = 0 THEN digest
                             ELSE 'changed' END
         WHERE run_id = %(run)s AND id %% %(part)s = 0
        """,
        {"run": run_id, "part": part},
    )
    print(env.cr.rowcount + _rename(env, coupling_id, part))


def change_some(env, coupling_id: int, number: int) -> None:
    """So many people have another name in Odoo."""
    env.cr.execute(
        """
        UPDATE mailing_contact
           SET name = name || '-Neu', first_name = COALESCE(first_name, '') || 'Neu',
               write_date = now() AT TIME ZONE 'UTC' + interval '2 seconds'
         WHERE id IN (SELECT contact_id FROM newsletter_member
                       WHERE coupling_id = %s ORDER BY id LIMIT %s)
        """,
        [coupling_id, number],
    )


def changes(env, coupling_id: int, recording: str) -> None:
    """An incremental run: what changed in the tool, and the outbox."""
    run = _start(env, coupling_id, whole=False)
    with Meter(recording) as meter:
        _work(run, meter)
    meter.answer(found=run.total, message=run.message)


def _rename(env, coupling_id: int, part: int) -> int:
    env.cr.execute(
        """
        UPDATE mailing_contact
           SET name = name || '-Neu', first_name = COALESCE(first_name, '') || 'Neu',
               write_date = now() AT TIME ZONE 'UTC' + interval '2 seconds'
         WHERE id IN (
                   SELECT member.contact_id
                     FROM newsletter_member member
                     JOIN newsletter_fetched met
                       ON met.remote_id = member.remote_id
                    WHERE member.coupling_id = %s AND met.id %% %s = 1)
        """,
        [coupling_id, part],
    )
    return env.cr.rowcount


def _start(env, coupling_id: int, whole: bool):
    env = as_clerk(env)
    coupling = env["newsletter.coupling"].browse(coupling_id)
    # the brake is measured with everything else, but must not stop a first import
    run_id = coupling._start_run("fetch", whole=whole)
    env.cr.commit()
    return env["newsletter.run"].sudo().browse(run_id)


def _work(run, meter, until: str = "") -> None:
    """Turns of the scheduled action, without the time between them."""
    runner = run.env["newsletter.runner"]
    with _phases(run, meter, until):
        while run.state in OPEN_STATES and run.phase != (until or None):
            runner._work(run.id, CRON_SECONDS)
            _look_again(run)
            if run.next_try_at:
                raise SystemExit(run.message)
    if run.state == "stopped":
        raise SystemExit(run.message)


@contextmanager
def _phases(run, meter, until: str):
    """Count each slice to its phase; with ``until`` none of that phase is begun."""
    runner = type(run.env["newsletter.runner"])
    slice_, take, keep = runner._slice, runner._take, runner._keep
    part, last = None, ""

    def counted(self, *arguments):
        nonlocal part
        # a slice that was taken while the last was spoken belongs to the same phase
        with meter.phase(last) as part:
            return slice_(self, *arguments)

    def taken(self, run_id, conversation):
        nonlocal last
        work = take(self, run_id, conversation)
        part.name = last = self._browse_run(run_id).phase
        return None if part.name == until else work

    def kept(self, run_id, *said):
        keep(self, run_id, *said)
        browsed = self._browse_run(run_id)
        # the last page is known only now: the next slice would compare already
        if until and browsed.phase == "read" and browsed.cursor.get("read", "") is None:
            browsed.phase = until

    runner._slice, runner._take, runner._keep = counted, taken, kept
    try:
        yield
    finally:
        runner._slice, runner._take, runner._keep = slice_, take, keep


def _look_again(run) -> None:
    """Other transactions have written the run; they are seen by a fresh one only."""
    run.env.cr.commit()
    run.env.invalidate_all()
