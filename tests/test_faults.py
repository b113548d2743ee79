"""Faults on the way: nothing is sent twice with effect, lost, or silent."""

from contextlib import nullcontext
from unittest.mock import patch

from ..connectors.errors import ServerFault
from ..models import newsletter_runner
from ..models.newsletter_push_steps import Transmit
from .common import SandboxCase


class TestFaults(SandboxCase):
    def setUp(self):
        super().setUp()
        # retries inside one call shall not make the tests wait
        patcher = patch(
            "odoo.addons.newsletter_sync.connectors.transport.time.sleep",
            lambda seconds: None,
        )
        patcher.start()
        self.addCleanup(patcher.stop)

    def _fault(self, kind, path="upsert", **options):
        return self.sandbox.faults.add(kind, path=path, **options)

    def _due(self, run):
        """The waiting time is over."""
        run.sudo().next_try_at = False
        self.env.flush_all()

    def test_one_bad_address_among_250(self):
        people = self._people(250)
        self._fault("partial", addresses="^person77@", times=1)
        run = self._synchronise(people)
        self.assertEqual(run.state, "done")
        self.assertEqual(len(self._at_tool()), 249)
        failed = run.line_ids.filtered(lambda line: line.result == "failed")
        self.assertEqual(failed.email, "person77@example.org")
        self.assertTrue(failed.reason.startswith("refused_"))
        event = run.event_ids.filtered(lambda event: event.level == "error")
        self.assertIn("person77@example.org", event.text)

    def test_too_large_batches_are_halved(self):
        people = self._people(250)
        self.sandbox.set(max_batch=60)
        self.addCleanup(self.sandbox.set, max_batch=1000)
        run = self._synchronise(people)
        self.assertEqual(run.state, "done")
        self.assertEqual(len(self._at_tool()), 250)

    def test_expired_token_in_the_middle_is_renewed(self):
        people = self._people(300)
        run = self._preview(people)
        self._fault("status", status=401, skip=1, times=1)
        self._approve(run)
        self.assertEqual(run.state, "done")
        self.assertEqual(len(self._at_tool()), 300)

    def test_refused_login_stops_visibly_and_goes_on_after_reconnecting(self):
        people = self._people(10)
        run = self._preview(people)
        fault = self._fault("status", path="v3|token", status=401)
        self._approve(run)
        self.assertEqual(run.state, "stopped")
        self.assertEqual(self.connection.state, "reconnect")
        self.assertTrue(self.connection.activity_ids)
        self.assertIn("run_stopped", run.event_ids.mapped("code"))
        self.assertFalse(self.env["newsletter.connection"]._offered())
        self.sandbox.faults.clear()
        self.connection.action_test()
        self.assertEqual(self.connection.state, "connected")
        self.assertFalse(self.connection.activity_ids)
        run.action_resume()
        self._work(run)
        self.assertEqual(run.state, "done")
        self.assertEqual(len(self._at_tool()), 10)
        self.assertTrue(fault)

    def test_a_login_refused_in_the_middle_keeps_what_was_sent(self):
        run = self._preview(self._people(600))
        self._fault("status", status=401, skip=1)
        self._fault("status", path="token", status=401)
        self._approve(run)
        self._work(run)
        self.assertEqual(run.state, "stopped")
        self.assertEqual(self.connection.state, "reconnect")
        self.assertEqual((run.done, len(self._at_tool())), (250, 250))
        self.sandbox.faults.clear()
        self.connection.action_test()
        run.action_resume()
        self._work(run)
        self.assertEqual(run.state, "done")
        self.assertEqual(set(run.line_ids.mapped("result")), {"subscribed"})
        calls = self.sandbox.requests.all(path="upsert", status=200)
        sent = [row["email"] for call in calls for row in call.json]
        self.assertEqual((len(sent), len(set(sent))), (600, 600))

    def test_cut_after_the_tool_has_stored_the_batch(self):
        """The classic: the answer is lost, the people are there. No duplicates."""
        people = self._people(30)
        run = self._preview(people)
        self._fault("cut_after", times=1)
        self._approve(run)
        self._due(run)
        self._work(run)
        self.assertEqual(run.state, "done")
        self.assertEqual(set(run.line_ids.mapped("result")), {"subscribed"})
        self.assertEqual(len(self._at_tool()), 30)
        self.assertEqual(run.done, 30)

    def test_cut_before_anything_was_stored(self):
        people = self._people(30)
        run = self._preview(people)
        self._fault("cut", times=4)
        self._approve(run)
        for _turn in range(6):
            self._due(run)
            self._work(run)
        self.assertEqual(run.state, "done")
        self.assertEqual(set(run.line_ids.mapped("result")), {"subscribed"})

    def test_tool_down_waits_longer_each_time_then_stops_visibly(self):
        run = self._preview(self._people(3))
        self._fault("status", path="v3", status=500)
        self._approve(run)
        waited = []
        while run.state != "stopped":
            self.assertEqual(run.state, "queued")
            self.assertTrue(run.message)
            waited.append(run.next_try_at)
            self._due(run)
            self._work(run)
        self.assertEqual(len(waited), newsletter_runner.MAX_TRIES - 1)
        self.assertFalse(self._at_tool())
        self.sandbox.faults.clear()
        run.action_resume()
        self._work(run)
        self.assertEqual(run.state, "done")
        self.assertEqual(len(self._at_tool()), 3)

    def test_slow_down_is_obeyed(self):
        run = self._preview(self._people(3))
        self._fault("status", status=429, retry_after=600)
        self._approve(run)
        self.assertEqual(run.state, "queued")
        self.assertGreater(run.next_try_at, self.env.cr.now())

    def test_html_is_no_answer(self):
        self._no_answer("html")

    def test_garbage_is_no_answer(self):
        self._no_answer("garbage")

    def _no_answer(self, kind):
        run = self._preview(self._people(2))
        self._fault(kind, times=1)
        self._approve(run)
        self.assertEqual(run.state, "queued")
        self.assertIn("run_waits", run.event_ids.mapped("code"))
        self._due(run)
        self._work(run)
        self.assertEqual(run.state, "done")
        self.assertEqual(set(run.line_ids.mapped("result")), {"subscribed"})

    def test_killed_between_sending_and_storing(self):
        """A worker that dies after the call leaves lines in flight to be read back.

        ``tests_system`` kills a real process; here the answer is just never stored.
        """
        run = self._preview(self._people(600))
        runner = type(self.env["newsletter.runner"])
        keep = runner._keep

        def dead(this, run_id, step, work, *rest):
            if getattr(work, "kind", "") != "send":
                return keep(this, run_id, step, work, *rest)

        self.env["newsletter.runner"]._in_transaction(
            lambda own: own._browse_run(run.id)._approve()
        )
        with patch.object(runner, "_keep", dead):
            while not self.sandbox.requests.all(path="upsert"):
                self._work(run, seconds=0)
        self.assertEqual(run.state, "running")
        in_flight = run.line_ids.filtered(lambda line: line.result == "in_flight")
        self.assertEqual(len(in_flight), 250)
        self.assertEqual(len(self._at_tool()), 250)
        self.sandbox.requests.clear()
        self._work(run)
        self.assertEqual(run.state, "done")
        self.assertEqual(set(run.line_ids.mapped("result")), {"subscribed"})
        self.assertEqual(len(self._at_tool()), 600)
        sent = self.sandbox.requests.all(path="upsert")
        self.assertEqual(len(sent), 2, "the 250 in flight are not sent again")

    def test_our_own_mistake_stops_the_run_and_names_it(self):
        run = self._preview(self._people(2))
        with (
            patch.object(
                newsletter_runner.NewsletterRunner,
                "_take",
                side_effect=ZeroDivisionError,
            ),
            self.assertLogs("odoo.addons.newsletter_sync", "ERROR"),
        ):
            self._approve(run)
        self.assertEqual(run.state, "stopped")
        run.action_resume()
        self._work(run)
        self.assertEqual(run.state, "done")

    def test_cancelled_in_the_middle(self):
        run = self._preview(self._people(600))
        speak = Transmit.speak

        def cancelling_speak(this, work):
            answer = speak(this, work)
            self.env["newsletter.runner"]._in_transaction(
                lambda own: own._browse_run(run.id).action_cancel()
            )
            return answer

        with patch.object(Transmit, "speak", cancelling_speak):
            self.env["newsletter.runner"]._in_transaction(
                lambda own: own._browse_run(run.id)._approve()
            )
            self.env["newsletter.runner"]._work(run.id, 60)
        self.env.invalidate_all()
        self.assertEqual(run.state, "cancelled")
        self.assertEqual(len(self._at_tool()), 250)
        results = run.line_ids.mapped("result")
        self.assertEqual(results.count("subscribed"), 250)
        self.assertEqual(results.count("aborted"), 350)

    def test_two_workers_do_not_share_a_connection(self):
        run = self._preview(self._people(2))
        runner = self.env["newsletter.runner"]
        with patch.object(
            type(runner), "_only_worker", side_effect=self._busy_connection
        ):
            self.assertEqual(runner._work(run.id, 5), 0)

    @staticmethod
    def _busy_connection(*_args):
        return nullcontext(False)

    def test_a_large_selection_goes_on_in_the_background(self):
        run = self._preview(self._people(400))
        with patch.object(newsletter_runner.NewsletterRunner, "_work") as work:
            self._approve(run)
            work.assert_not_called()
        self.assertEqual(run.state, "queued")
        cron = self.env.ref("newsletter_sync.cron_run")
        cron.method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(run.state, "done")
        self.assertEqual(len(self._at_tool()), 400)

    def test_a_person_about_whom_the_tool_is_silent_fails_after_some_tries(self):
        run = self._preview(self._people(1))
        with patch(
            "odoo.addons.newsletter_sync.connectors.providers.cleverreach.CleverReach"
            ".upsert",
            side_effect=ServerFault("no word"),
        ):
            self._approve(run)
            for _turn in range(8):
                self._due(run)
                self._work(run)
        self.assertEqual(run.state, "done")
        self.assertEqual(run.line_ids.result, "failed")
        self.assertFalse(self._at_tool())
