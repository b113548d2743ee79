"""How long a run waits after a failure, and when it stops."""

from unittest.mock import patch

import psycopg2.errors

from odoo import fields
from odoo.tests import tagged

from ..connectors.errors import ServerFault, Throttled
from ..models import newsletter_runner
from ..models.newsletter_run import URGENT
from .common_two_way import TwoWayCase

LOG = "odoo.addons.newsletter_sync"


@tagged("post_install", "-at_install")
class TestRunWaits(TwoWayCase):
    def setUp(self):
        super().setUp()
        self.runner = self.env["newsletter.runner"]
        self.startPatcher(patch.object(newsletter_runner.time, "sleep"))

    def _run(self, kind="leave"):
        return self.env["newsletter.run"].create(
            {
                "kind": kind,
                "phase": "leave" if kind == "leave" else "compare",
                "state": "queued",
                "connection_id": self.connection.id,
                "coupling_id": self.coupling.id,
            }
        )

    def _waits(self, run, fail):
        """Seconds of each wait until the run stops."""
        waits = []
        while run.state != "stopped":
            fail()
            self.env.invalidate_all()
            if run.state != "stopped":
                wait = run.next_try_at - fields.Datetime.now()
                waits.append(round(wait.total_seconds()))
            self.assertLess(len(waits), 100, "it never stops")
        return waits

    def _failing(self, run, error=None):
        return self._waits(
            run, lambda: self.runner._failed(run.id, error or ServerFault("down"))
        )

    def test_whoever_leaves_is_let_go_soon_after_the_tool_is_back(self):
        waits = self._failing(self._run())
        self.assertLessEqual(max(waits), 300)
        self.assertGreaterEqual(sum(waits), 7200, "a tool may be away for two hours")

    def test_others_wait_up_to_an_hour(self):
        waits = self._failing(self._run("reconcile"))
        self.assertEqual(len(waits), newsletter_runner.MAX_TRIES - 1)
        self.assertEqual((waits[0], waits[-1]), (30, 3600))
        self.assertGreaterEqual(sum(waits), 7200)

    def test_what_the_tool_asks_for_is_obeyed(self):
        run = self._run()
        self.runner._failed(run.id, Throttled("slow down", retry_after=1200))
        wait = run.next_try_at - fields.Datetime.now()
        self.assertAlmostEqual(wait.total_seconds(), 1200, delta=5)

    def test_urgent_ones_come_first(self):
        other, urgent = self._run("reconcile"), self._run()
        self.assertIn(urgent.kind, URGENT)
        due = self.runner._due_runs()
        self.assertLess(due.ids.index(urgent.id), due.ids.index(other.id))

    # --- collisions ------------------------------------------------------------------
    def _colliding(self, run, how="_take"):
        error = psycopg2.errors.SerializationFailure("could not serialize access")
        return patch.object(type(self.runner), how, side_effect=error)

    def _slice(self, run):
        self.env.flush_all()
        run.next_try_at = False
        self.env.flush_all()
        return self.runner._work(run.id, 1)

    def test_collisions_are_told_and_do_not_go_on_for_ever(self):
        run = self._run("reconcile")
        with self._colliding(run):
            waits = self._waits(run, lambda: self._slice(run))
        self.assertEqual(len(waits), newsletter_runner.MAX_TRIES - 1)
        self.assertLess(waits[0], waits[-1])
        told = run.event_ids.mapped("code")
        self.assertEqual(told.count("run_waits"), len(waits))
        self.assertIn("run_stopped", told)
        self.assertIn("changing the same people", run.message)

    def test_after_a_success_they_count_anew(self):
        run = self._run("reconcile")
        with self._colliding(run):
            self._slice(run)
        self.env.invalidate_all()
        self.assertEqual(run.tries, 1)
        self.runner._work(run.id, 60)
        self.env.invalidate_all()
        self.assertNotEqual(run.state, "stopped")
        run.next_try_at = fields.Datetime.now()
        self.env.flush_all()
        self.runner._work(run.id, 60)
        self.env.invalidate_all()
        self.assertEqual((run.state, run.tries), ("done", 0))

    def test_not_even_able_to_say_so(self):
        """The run stays due, and the next one gets its turn."""
        run = self._run("reconcile")
        for how, beside in (("_take", "_collided"), ("_take", "_wait")):
            with (
                self._colliding(run, how),
                self._colliding(run, beside),
                self.assertLogs(LOG, "ERROR") as logged,
            ):
                self.assertEqual(self._slice(run), 0)
            self.assertIn("could not be parked", logged.output[0])
        self.env.invalidate_all()
        self.assertEqual(run.state, "queued")
        self.assertIn(run, self.runner._due_runs())
