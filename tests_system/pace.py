"""Processes that work in small slices, take their time over each, and die amid one."""

from __future__ import annotations

#: what a process does before its work: ``small(people, page)``, then ``watched(doom)``
PACE = '''
import signal, threading
from collections import Counter
from dataclasses import replace
from odoo.addons.newsletter_sync.connectors.providers.cleverreach import CleverReach
from odoo.addons.newsletter_sync.models import (
    newsletter_fetch_steps, newsletter_review_steps, newsletter_transmit_steps,
    newsletter_transmit_verify,
)

taken, sizes = Counter(), {}

def small(people, page=None):
    """Let a slice be of so many people, and a call of half of them."""
    fetch, send = newsletter_fetch_steps, newsletter_transmit_steps
    fetch.READ_PEOPLE = fetch.SLICE = fetch.LOOK_UP = people
    fetch.ENTER = max(1, people // 3)
    newsletter_review_steps.SLICE = people
    send.PLAN = send.PEOPLE = send.ASKED_SINGLY = people
    send.CALLS = newsletter_transmit_verify.CALLS = 2
    newsletter_transmit_verify.PEOPLE = people
    half = max(1, people // 2)
    CleverReach.capabilities = replace(
        CleverReach.capabilities, page_size=page or people, batch_size=half,
        unsubscribe_batch=half, lookup_batch=half)

def watched(doom=None):
    """Count the slices of each phase.

    doom: (phase, which of its slices, seconds after it was taken): then, wherever the
    process is, it is killed as by ``kill -9``; until then each slice lasts a little.
    """
    runner = type(env["newsletter.runner"])
    take, take_ahead, keep = runner._take, runner._take_ahead, runner._keep

    def counted(own, run_id, found):
        if found:
            run = own._browse_run(run_id)
            phase = f"{run.kind}/{run.phase}"
            taken[phase] += 1
            if doom and (phase, taken[phase]) == tuple(doom[:2]):
                threading.Timer(
                    doom[2], os.kill, (os.getpid(), signal.SIGKILL)).start()
            if doom:
                own.env.flush_all()
                time.sleep(0.01)
        return found

    def _take(own, run_id, *rest):
        return counted(own, run_id, take(own, run_id, *rest))

    def _take_ahead(own, run_id, *rest):
        return counted(own, run_id, take_ahead(own, run_id, *rest))

    def _keep(own, *rest):
        keep(own, *rest)
        if doom:
            own.env.flush_all()
            time.sleep(0.03)

    runner._take, runner._take_ahead, runner._keep = _take, _take_ahead, _keep
'''

_LINES = "(SELECT count(*) FROM newsletter_run_line WHERE run_id = r.id)"
_TASKS = """(SELECT count(*) FROM newsletter_member m
              WHERE m.coupling_id = r.coupling_id AND task IS NOT NULL
                AND parked IS NOT TRUE)"""
#: how far the newest run of a phase is, as committed: {phase: (so many, of so many)}
_PROGRESS = {
    "transmit/plan": (_LINES, _TASKS),
    "transmit/verify": ("verified", "total"),
}


def progress(world, connection: int, phase: str) -> tuple[int, int] | None:
    """How many people of how many a phase has settled; None if no run is in it."""
    kind, name = phase.split("/")
    done, total = _PROGRESS.get(phase, ("done", "total"))
    row = world.sql(
        f"SELECT {done}, {total} FROM newsletter_run r WHERE kind = '{kind}'"
        f" AND phase = '{name}' AND connection_id = {connection}"
        " AND state IN ('collecting', 'queued', 'running') ORDER BY id DESC LIMIT 1"
    )
    return tuple(int(each or 0) for each in row.split("|")) if row else None


def killed_amid(world, connection: int, code: str, phase: str, chance, slices: int):
    """Start the code and let it die in a phase of so many slices.

    :return: (settled, of so many, slices that were taken before) if it died with some
        of the phase committed and some left; None if not
    """
    # when a batch is in the air, the one before it may not be kept yet
    first = 3 if slices > 7 else 2
    which = chance.randint(first, max(first, slices // 3))
    # within about a slice, see ``watched``
    doom = (phase, which, round(chance.uniform(0, 0.05), 3))
    process = world.start(f"doom = {doom!r}\n{code}")
    if not process.died():
        return None
    found = progress(world, connection, phase)
    print(f"  killed in slice {which} of {phase}: {found}")
    return (*found, which) if found and 0 < found[0] < found[1] else None
