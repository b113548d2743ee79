"""Kills, half answers and broken promises: nothing is lost, doubled or called done."""

from dataclasses import replace
from unittest.mock import patch

from odoo.tests import tagged

from ..connectors.contract import BatchAnswer, Outcome, RowAnswer
from ..connectors.errors import ServerFault
from ..models import newsletter_transmit_steps as steps
from ..models import newsletter_transmit_verify as verify
from .common_transmit import TransmitCase


@tagged("post_install", "-at_install")
class TestTransmitCrash(TransmitCase):
    def _people(self, number):
        for each in range(number):
            self._newcomer(f"person{each:02}@example.org")
        run = self._dry_run()
        self._approved(run)
        return run

    def _sent(self):
        """Each address as often as the tool has written it."""
        return sorted(row["email"] for entry in self._writes() for row in entry.json)

    def _with_batches(self, batch, people):
        """Calls of so many people, and slices of so many."""
        can = replace(self.connector_class.capabilities, batch_size=batch)
        self.startPatcher(patch.object(self.connector_class, "capabilities", can))
        self.startPatcher(patch.object(steps, "PEOPLE", people))

    # --- kills --------------------------------------------------------------------
    def test_killed_before_the_call_it_is_read_back_and_sent_once(self):
        run = self._people(3)
        self._take(run)
        self.assertEqual(len(self._flights()), 1, "marked before it is sent")
        self.assertEqual(self._sent(), [])
        self._go_on(run)
        self.assertEqual(run.state, "done", run.message)
        self.assertEqual(len(self._sent()), 3)
        self.assertFalse(self._flights())
        self.assertFalse(any(run.line_ids.mapped("tries")), "a kill is nobody's fault")

    def test_X1_an_erasure_at_the_same_time_collides_with_the_batch(self):
        run = self._people(2)
        before = self._versions(run)
        self._take(run)
        self.assertFalse(
            before & self._versions(run), "two that write one row see each other"
        )

    def _versions(self, run):
        """Which versions of the run's lines are in force."""
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT id, ctid::text FROM newsletter_run_line WHERE run_id = %s", [run.id]
        )
        return set(self.env.cr.fetchall())

    def test_killed_after_the_call_nobody_is_sent_again(self):
        run = self._people(3)
        step, work = self._take(run)
        step.speak(work)
        self._go_on(run)
        self.assertEqual(run.state, "done", run.message)
        self.assertEqual(len(self._sent()), 3)
        self.assertEqual(set(run.line_ids.mapped("result")), {"subscribed"})
        self.assertTrue(all(run.line_ids.mapped("remote_id")))

    def test_what_a_dead_run_left_in_the_air_is_read_back_by_the_next_one(self):
        run = self._people(2)
        step, work = self._take(run)
        step.speak(work)
        run.sudo().write({"state": "stopped"})
        other = self._dry_run()
        self.assertEqual(other.to_send, 2, "nobody knows better yet")
        self._send(other)
        self.assertEqual(len(self._sent()), 2, "read back, and not sent again")
        self.assertEqual(set(other.line_ids.mapped("reason")), {"settled"})
        self.assertEqual(set(run.line_ids.mapped("result")), {"subscribed"})

    # --- calls that fail ----------------------------------------------------------
    def test_a_failed_call_does_not_undo_those_before_it(self):
        self._with_batches(2, 6)
        run = self._people(6)
        self.sandbox.faults.add("status", path="upsert", skip=1, status=503, times=20)
        self._go_on(run)
        self.assertEqual(run.state, "queued", run.message)
        self.assertEqual(len(self._at_tool()), 2)
        results = run.line_ids.mapped("result")
        self.assertEqual(results.count("subscribed"), 2)
        self.sandbox.faults.clear()
        self._go_on(run)
        self.assertEqual(run.state, "done", run.message)
        ok = [e for e in self._writes() if e.status == 200]
        sent = [row["email"] for entry in ok for row in entry.json]
        self.assertEqual(len(sent), len(set(sent)), "nobody is written twice")
        self.assertEqual(len(self._at_tool()), 6)

    def test_a_lost_answer_is_read_back(self):
        run = self._people(3)
        self.sandbox.faults.add("cut_after", path="upsert", times=1)
        self._go_on(run)
        self._go_on(run)
        self.assertEqual(run.state, "done", run.message)
        self.assertEqual(len(self._at_tool()), 3)
        self.assertEqual(set(run.line_ids.mapped("result")), {"subscribed"})

    def test_one_person_over_whom_the_tool_stumbles_holds_up_nobody(self):
        run = self._people(20)
        upsert = self.connector_class.upsert

        def stumble(connector, list_id, drafts):
            if any(draft.email.startswith("person07") for draft in drafts):
                raise ServerFault("500 internal error")
            return upsert(connector, list_id, drafts)

        with patch.object(self.connector_class, "upsert", stumble):
            for _turn in range(12):
                if run.state == "done":
                    break
                self._go_on(run)
        self.assertEqual(run.state, "done", run.message)
        self.assertEqual(len(self._at_tool()), 19)
        bad = run.line_ids.filtered(lambda line: line.result == "failed")
        self.assertEqual(bad.email, "person07@example.org")
        self.assertEqual(bad.member_id.task, "transmit", "tried again later")
        self.assertTrue(bad.member_id.next_try_at)

    def test_a_tool_that_fails_always_stops_the_run_visibly(self):
        run = self._people(2)
        fault = ServerFault("down")
        with (
            patch.object(self.connector_class, "lookup", side_effect=fault),
            patch.object(self.connector_class, "upsert", side_effect=fault),
        ):
            for _turn in range(10):
                self._go_on(run)
        self.assertEqual(run.state, "stopped")
        self.assertEqual(self._at_tool(), {})
        run.action_resume()
        self._go_on(run)
        self.assertEqual(run.state, "done", run.message)

    # --- broken promises ----------------------------------------------------------
    def _lying(self):
        original = self.connector_class.upsert

        def lie(connector, list_id, drafts):
            said = original(connector, list_id, drafts[1:])
            first = RowAnswer(drafts[0].email, Outcome.WRITTEN)
            return BatchAnswer((first, *said.rows))

        return patch.object(self.connector_class, "upsert", lie)

    def test_what_the_tool_does_not_hold_is_no_success(self):
        run = self._people(3)
        with self._lying():
            self._go_on(run)
        self.assertEqual(run.state, "queued")
        self.assertTrue(run.next_try_at, "it may only be slow")
        self.assertIn("1 people yet", run.message)
        for _look in verify.LOOKS:
            self._go_on(run)
        self.assertEqual(run.state, "done", run.message)
        bad = run.line_ids.filtered(lambda line: line.result == "unverified")
        self.assertEqual(bad.email, "person00@example.org")
        self.assertEqual(run.verified, 2)
        event = run.event_ids.filtered(lambda each: each.code == "unverified")
        self.assertEqual((event.level, event.member_id), ("error", bad.member_id))
        member = bad.member_id
        self.assertEqual((member.task, member.result), ("transmit", "aborted"))
        self.assertFalse(member.base_status)
        member.next_try_at = False
        self._send(self._dry_run())
        self.assertEqual(len(self._at_tool()), 3)

    def test_a_slow_tool_is_asked_again_and_then_all_is_well(self):
        run = self._people(2)
        lookup = self.connector_class.lookup
        with patch.object(self.connector_class, "lookup", lambda *_args: iter(())):
            self._go_on(run)
        self.assertEqual(run.state, "queued")
        self.assertIs(self.connector_class.lookup, lookup)
        self._go_on(run)
        self.assertEqual(run.state, "done", run.message)
        self.assertEqual(set(run.line_ids.mapped("result")), {"subscribed"})

    def test_an_opt_out_that_did_not_take_is_open_again_and_an_error(self):
        member = self._known("anna@example.org", "unsubscribe")
        member.local_status = "unsubscribed"
        self._subscription(member.contact_id).opt_out = True
        self.startPatcher(patch.object(verify, "LOOKS", ()))
        run = self._dry_run()
        said = BatchAnswer((RowAnswer(member.email, Outcome.WRITTEN),))
        with patch.object(self.connector_class, "unsubscribe_many", return_value=said):
            self._send(run)
        self.assertEqual(run.line_ids.result, "unverified")
        self.assertEqual(member.task, "unsubscribe")
        self.assertEqual(member.remote_status, "subscribed")
        self.assertFalse(member.parked, "a leaving is never given up")
        member.next_try_at = False
        self._send(self._dry_run())
        self.assertTrue(self._at_tool()["anna@example.org"].deactivated)

    def test_pages_are_read_where_single_questions_cost_more(self):
        can = self.connector_class.capabilities
        can = replace(can, lookup_batch=1, page_size=10)
        run = self._people(30)
        with patch.object(self.connector_class, "capabilities", can):
            self._go_on(run)
        self.assertEqual(run.state, "done", run.message)
        self.assertEqual(run.verified, 30)
        self.assertLess(run.requests, 20, "four pages, not thirty questions")

    def test_a_cancelled_run_names_whom_the_tool_has_taken(self):
        self._with_batches(2, 2)
        run = self._people(4)
        run_id = run.id
        self.env["newsletter.runner"]._work(run_id, 0)
        self.env.invalidate_all()
        self.assertEqual(len(self._at_tool()), 2)
        run.action_cancel()
        self._go_on(run)
        self.assertEqual(run.state, "cancelled")
        told = run.event_ids.filtered(lambda event: event.code == "subscribed")
        self.assertEqual(len(told), 2)
        self.assertEqual(len(self._at_tool()), 2)
