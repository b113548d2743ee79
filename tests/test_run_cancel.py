"""A run is cancelled: at once, but nobody whom the tool may have got is forgotten."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from ..connectors.errors import ServerFault
from ..models import newsletter_fetch_steps, newsletter_run_cancel, newsletter_runner
from ..models.newsletter_push_steps import MatchFields, Transmit
from ..models.newsletter_transmit_steps import Send
from .common_transmit import TransmitCase

ANNA, BEN = "anna@example.org", "ben@example.org"


class CancelCase(TransmitCase):
    def _fault(self, kind, path="upsert", **options):
        return self.sandbox.faults.add(kind, path=path, **options)

    def _lost(self, step, arrives):
        """The answer to what is sent is lost, on its way back or before."""
        speak = step.speak

        def lose(this, work):
            if arrives:
                speak(this, work)
            raise ServerFault("no answer")

        return patch.object(step, "speak", lose)

    def _writes(self):
        return self.sandbox.requests.all(path="upsert")

    def _wait_over(self, run):
        """The tool has had its time."""
        run.sudo().next_try_at -= newsletter_run_cancel.STILL_AT_WORK

    def _due(self):
        """What the scheduler would work on now."""
        self.env.flush_all()
        return self.env["newsletter.runner"]._due_runs()

    def _turn(self):
        for _turn in range(5):
            due = self._due()
            for run in due:
                self.env["newsletter.runner"]._work(run.id, 60)
            self.env.invalidate_all()

    def _is_off(self, email=ANNA):
        return bool(self._at_tool()[email].deactivated)


@tagged("post_install", "-at_install")
class TestCancelPush(CancelCase):
    def setUp(self):
        super().setUp()
        # nothing is coupled: nobody ever reads the list
        self.coupling.unlink()

    def _handed_over(self, arrives=True):
        """A push whose first answer is lost: the tool has the people, or not."""
        people = self._person("Anna", ANNA) + self._person("Ben", BEN)
        run = self._preview(people)
        with self._lost(Transmit, arrives):
            self._approve(run)
        self.assertEqual(run.state, "queued", run.message)
        self.assertEqual(set(run.line_ids.mapped("result")), {"in_flight"})
        return run

    def test_whoever_is_there_is_known_before_it_ends(self):
        run = self._handed_over()
        self.env["newsletter.leaving"]._leave([ANNA], self.env.company, "page")
        run.action_cancel()
        self.assertEqual(run.state, "queued")
        self.assertIn("what became of", run.message)
        self._go_on(run)
        self.assertEqual(run.state, "cancelled")
        self.assertEqual(set(run.line_ids.mapped("result")), {"subscribed"})
        self.assertFalse(run.aborted)
        self._turn()
        self.assertTrue(self._is_off(ANNA))
        self.assertFalse(self._is_off(BEN))
        self.assertEqual(len(self._writes()), 1, "nobody is sent any more")

    def test_whoever_is_not_there_is_not_sent(self):
        run = self._handed_over(arrives=False)
        self.sandbox.requests.clear()
        run.action_cancel()
        self._go_on(run)
        self.assertEqual(run.state, "cancelled")
        self.assertEqual(set(run.line_ids.mapped("result")), {"aborted"})
        self.assertEqual(run.aborted, 2)
        self.assertFalse(self._at_tool())
        self.assertFalse(self._writes())

    def test_a_stopped_one_asks_as_well(self):
        run = self._handed_over()
        run.sudo().write({"state": "stopped", "next_try_at": False, "tries": 8})
        run.action_cancel()
        self.assertEqual((run.state, run.tries), ("queued", 0))
        self.assertNotIn(run, self._due(), "the tool may still be at work")
        self._wait_over(run)
        self.assertIn(run, self._due())
        self._go_on(run)
        self.assertEqual(run.state, "cancelled")
        self.assertEqual(set(run.line_ids.mapped("result")), {"subscribed"})

    def test_the_tool_gets_some_seconds_and_not_an_hour(self):
        run = self._handed_over()
        now = fields.Datetime.now()
        run.sudo().next_try_at = now + timedelta(hours=1)
        run.action_cancel()
        self.assertGreater(run.next_try_at, now)
        self.assertLessEqual(
            run.next_try_at - fields.Datetime.now(), newsletter_run_cancel.STILL_AT_WORK
        )
        self.assertNotIn(run, self._due(), "the tool may still be at work")

    def test_nor_is_it_asked_at_once_when_the_worker_was_just_killed(self):
        """It finds nobody while the tool is still taking them in."""
        run = self._handed_over()
        # as the worker has left it
        run.sudo().write({"state": "running", "next_try_at": False, "tries": 0})
        before = fields.Datetime.now()
        run.action_cancel()
        self.assertNotIn(run, self._due())
        self.assertGreater(run.next_try_at, before)
        self._wait_over(run)
        self.assertIn(run, self._due())
        self._turn()
        self.assertEqual(run.state, "cancelled")
        self.assertEqual(set(run.line_ids.mapped("result")), {"subscribed"})

    def test_an_old_time_does_not_count(self):
        run = self._handed_over()
        past = fields.Datetime.now() - timedelta(hours=1)
        run.sudo().write({"state": "stopped", "next_try_at": past})
        run.action_cancel()
        self.assertNotIn(run, self._due())

    def test_it_does_not_give_up_while_the_tool_is_away(self):
        run = self._handed_over()
        run.action_cancel()
        fault = self._fault("status", path="v3", status=503)
        for _try in range(newsletter_runner.MAX_TRIES + 2):
            self._go_on(run)
            self.assertEqual(run.state, "queued", run.message)
            self.assertNotIn(run, self._due(), "it asks at decent intervals")
        self.assertTrue(fault)
        self.sandbox.faults.clear()
        self._go_on(run)
        self.assertEqual(run.state, "cancelled")
        self.assertEqual(set(run.line_ids.mapped("result")), {"subscribed"})

    def test_it_waits_for_a_connection_that_is_paused(self):
        run = self._handed_over()
        self.connection.action_pause()
        run.action_cancel()
        self._go_on(run)
        self.assertEqual(run.state, "stopped", "nobody looks every few minutes")
        self.assertTrue(run.cancel_requested)
        self.assertIn("is connected", run.message)
        self.assertNotIn(run, self._due())
        self.connection.action_resume()
        self.assertEqual(run.state, "queued")
        self._wait_over(run)
        self._turn()
        self.assertEqual(run.state, "cancelled")
        self.assertEqual(set(run.line_ids.mapped("result")), {"subscribed"})

    def test_it_asks_when_the_login_works_again(self):
        run = self._handed_over()
        run.action_cancel()
        self._fault("status", path="v3|token", status=401)
        self._go_on(run)
        self.assertEqual(run.state, "stopped")
        self.assertEqual(self.connection.state, "reconnect")
        self.sandbox.faults.clear()
        self.connection.action_test()
        self._wait_over(run)
        self._turn()
        self.assertEqual(run.state, "cancelled")
        self.assertEqual(set(run.line_ids.mapped("result")), {"subscribed"})

    def test_whoever_resumes_has_thought_better_of_it(self):
        run = self._handed_over(arrives=False)
        run.action_cancel()
        run.sudo().state = "stopped"
        run.action_resume()
        self._go_on(run)
        self.assertEqual(run.state, "done", run.message)
        self.assertEqual(len(self._at_tool()), 2)

    def test_a_resting_one_ends_at_once(self):
        person = self._person("Anna", ANNA)
        with patch.object(MatchFields, "speak", side_effect=ServerFault("down")):
            run = self._preview(person)
        self.assertTrue(run._is_resting)
        self.assertNotIn(run, self._due())
        run.action_cancel()
        self.assertIn(run, self._due())
        self._turn()
        self.assertEqual(run.state, "cancelled")

    def test_cancelled_while_the_call_fails_it_ends_at_once(self):
        """The rest begins after the cancelling."""
        person = self._person("Anna", ANNA)

        def fail(this, work):
            runs = self.env["newsletter.run"].search([("state", "=", "collecting")])
            runs.action_cancel()
            self.env.flush_all()
            raise ServerFault("down")

        with patch.object(MatchFields, "speak", fail):
            run = self._preview(person)
        self.assertTrue(run.next_try_at)
        self._turn()
        self.assertEqual(run.state, "cancelled")


@tagged("post_install", "-at_install")
class TestCancelTransmission(CancelCase):
    def _handed_over(self, arrives=True):
        self._newcomer(ANNA)
        run = self._dry_run()
        self._approved(run)
        with self._lost(Send, arrives):
            self._go_on(run)
        self.assertEqual(run.state, "queued", run.message)
        self.assertTrue(self._flights())
        return run

    def test_whoever_is_there_is_known_before_it_ends(self):
        run = self._handed_over()
        run.action_cancel()
        self.assertEqual(run.state, "queued")
        self._go_on(run)
        self.assertEqual(run.state, "cancelled")
        self.assertEqual(run.line_ids.result, "subscribed")
        self.assertFalse(self._flights())
        self.assertEqual(self._of(ANNA).remote_status, "subscribed")

    def test_whoever_is_not_there_keeps_the_task(self):
        run = self._handed_over(arrives=False)
        run.sudo().state = "stopped"
        self.sandbox.requests.clear()
        run.action_cancel()
        self._go_on(run)
        self.assertEqual(run.state, "cancelled")
        self.assertEqual(run.line_ids.result, "aborted")
        self.assertEqual(self._of(ANNA).task, "transmit")
        self.assertFalse(self._flights() or self._writes() or self._at_tool())

    def test_it_keeps_no_coupling_that_never_connects_again(self):
        run = self._handed_over()
        self.connection.sudo().state = "reconnect"
        run.action_cancel()
        self._go_on(run)
        self.assertEqual(run.state, "stopped")
        self.coupling._uncouple()
        self.assertEqual(self.coupling.state, "ended")
        self.assertTrue(self._flights(), "nobody is forgotten by that")
        self.connection.action_test()
        self._wait_over(run)
        self._turn()
        self.assertEqual(run.state, "cancelled")
        self.assertEqual(run.line_ids.result, "subscribed")

    def test_a_new_one_does_not_join_it(self):
        run = self._handed_over()
        run.action_cancel()
        self.assertNotEqual(self.coupling._start_run("transmit"), run.id)

    def test_nobody_waits_in_one_that_was_ended_by_force(self):
        """The next run finds that the people did not arrive."""
        run = self._handed_over(arrives=False)
        run._cancelled()
        self.assertEqual(run.line_ids.result, "waiting")
        other = self._dry_run()
        self._send(other)
        self.assertEqual(other.line_ids.result, "subscribed")
        self.assertEqual(run.line_ids.result, "aborted")


@tagged("post_install", "-at_install")
class TestCancelStopped(CancelCase):
    def test_whom_a_later_run_has_reached_is_not_marked(self):
        self._at_tool(ANNA)
        for _both in range(2):
            self.assertEqual(self._go("fetch", whole=True).state, "done")
        self.sandbox.act("cleverreach", "unsubscribe", self.remote_id, ANNA)
        step = newsletter_fetch_steps.Reconcile
        with (
            patch.object(step, "keep", side_effect=ZeroDivisionError),
            self.assertLogs("odoo.addons.newsletter_sync", "ERROR"),
        ):
            run = self._go("fetch", whole=True)
        self.assertEqual((run.state, self._of(ANNA).result), ("stopped", "aborted"))
        self.assertEqual(self._go("fetch", whole=True).state, "done")
        self.assertEqual(self._of(ANNA).result, "success")
        run.action_cancel()
        self.env.invalidate_all()
        self.assertEqual((run.state, run.aborted), ("cancelled", 1))
        self.assertEqual(self._of(ANNA).result, "success")
