"""A stopped comparison that is resumed: what it has read may be too old."""

from datetime import timedelta
from itertools import count
from types import SimpleNamespace
from unittest.mock import Mock, patch

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import SQL

from ..models import newsletter_fetch_steps
from .common_transmit import TransmitCase

ANNA, BEN, CLEO = "anna@example.org", "ben@example.org", "cleo@example.org"


@tagged("post_install", "-at_install")
class TestRunAgain(TransmitCase):
    """Anna and Ben are on both sides; Cleo has just signed up at the tool."""

    def setUp(self):
        super().setUp()
        for email in (ANNA, BEN):
            self._at_tool(email)
        for _both in range(2):
            self._fetched()
        self._at_tool(CLEO)

    def _fetched(self):
        run = self._go("fetch", whole=True)
        self.assertEqual(run.state, "done", run.message)
        return run

    def _broken_off(self, step=newsletter_fetch_steps.Enter, kind="fetch"):
        with patch.object(step, "keep", side_effect=UserError("The disk is full")):
            run = self._go(kind, whole=True)
        self.assertEqual(run.state, "stopped")
        return run

    def _wait(self, run, **delta):
        """As if so much time had passed since the run was begun."""
        run.sudo().started_at -= timedelta(**delta)
        self.env.flush_all()

    def _leave_the_tool(self, email):
        self.sandbox.act("cleverreach", "unsubscribe", self.remote_id, email)

    def _resume(self, run):
        run.action_resume()
        self._go_on(run)
        self.assertEqual(run.state, "done", run.message)

    def _people_on_the_list(self):
        rows = self.mailing_list.subscription_ids.filtered(lambda row: not row.opt_out)
        return sorted(rows.contact_id.mapped("email_normalized"))

    def _begun_again(self, run):
        events = self.env["newsletter.event"].search([("run_id", "=", run.id)])
        return events.filtered(lambda event: event.code == "run_starts_over")

    def _has_stage(self, run):
        self.env.cr.execute(
            "SELECT to_regclass(%s) IS NOT NULL", [f"newsletter_fetched_{run.id}"]
        )
        return self.env.cr.fetchone()[0]

    # --- resumed ---------------------------------------------------------------------
    def test_who_left_in_the_tool_meanwhile_does_not_come_in(self):
        run = self._broken_off()
        self._leave_the_tool(CLEO)
        self._wait(run, days=3)
        self._resume(run)
        self.assertEqual(self._people_on_the_list(), [ANNA, BEN])
        self.assertEqual(self._of(CLEO).remote_status, "unsubscribed")
        self.assertEqual(len(self._begun_again(run)), 1, "not silent")
        self.assertEqual(self.coupling.full_fetched_at, run.started_at)

    def test_soon_after_it_goes_on_with_what_it_has_read(self):
        run = self._broken_off()
        self._wait(run, minutes=59)
        self.sandbox.requests.clear()
        self._resume(run)
        self.assertEqual(self._people_on_the_list(), [ANNA, BEN, CLEO])
        self.assertFalse(self.sandbox.requests.all(path="receivers"))
        self.assertFalse(self._begun_again(run))

    def test_the_time_of_reading_does_not_count(self):
        """A list that takes 70 minutes to read is not read from the beginning."""
        run = self._read_slowly(minutes=70)
        self._wait(run, minutes=125)
        self.sandbox.requests.clear()
        self._resume(run)
        self.assertFalse(self.sandbox.requests.all(path="receivers"))
        self.assertFalse(self._begun_again(run))

    def test_after_a_long_reading_an_hour_is_too_long_all_the_same(self):
        run = self._read_slowly(minutes=70)
        self._wait(run, minutes=135)
        self._resume(run)
        self.assertTrue(self._begun_again(run))

    def _read_slowly(self, **delta):
        seconds = timedelta(**delta).total_seconds()
        watch = Mock(side_effect=count(0, seconds))
        clock = patch.object(
            newsletter_fetch_steps, "time", SimpleNamespace(monotonic=watch)
        )
        with clock:
            run = self._broken_off()
        self.assertGreaterEqual(run.cursor["reading"], seconds)
        run.sudo().cursor = {**run.cursor, "reading": seconds}
        return run

    def _found_after(self, **delta):
        """As if the server had been off for so long while the run was under way."""
        run = self._broken_off()
        self._leave_the_tool(CLEO)
        run.sudo().state = "running"
        self._wait(run, minutes=1, **delta)
        self._last_written(run, **delta)
        self.env["newsletter.runner"]._work(run.id, 60)
        self.env.invalidate_all()
        self.assertEqual(run.state, "done", run.message)
        return run

    def test_a_run_that_nobody_carried_on_begins_again_as_well(self):
        run = self._found_after(hours=5)
        self.assertEqual(self._people_on_the_list(), [ANNA, BEN])
        self.assertTrue(self._begun_again(run))

    def test_a_run_that_waited_for_the_tool_goes_on(self):
        run = self._found_after(hours=1)
        self.assertEqual(self._people_on_the_list(), [ANNA, BEN, CLEO])
        self.assertFalse(self._begun_again(run))

    def _last_written(self, run, **delta):
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE newsletter_run SET write_date = write_date - %s WHERE id = %s",
            [timedelta(**delta), run.id],
        )
        self.env.invalidate_all()

    def test_overruling_the_brake_counts_for_the_second_try_as_well(self):
        self.sandbox.store.remove(int(self.remote_id))
        run = self._go("fetch", whole=True)
        self.assertTrue(run.braked)
        self._wait(run, days=1)
        self._resume(run)
        events = self.env["newsletter.event"].search([("run_id", "=", run.id)])
        self.assertIn("brake_overruled", events.mapped("code"))

    def test_whom_the_tool_has_told_of_is_read_once_more(self):
        cleo = self._at_tool()[CLEO]
        self.env["newsletter.hint"]._hear(
            [(self.coupling.id, str(cleo.id), "", fields.Datetime.now(), True)]
        )
        self.coupling._read_hints()
        self.env.flush_all()
        run = self.env["newsletter.run"].search([("kind", "=", "webhook")], limit=1)
        step = newsletter_fetch_steps.Reconcile
        with patch.object(step, "keep", side_effect=UserError("The disk is full")):
            self._go_on(run)
        self.assertEqual(run.state, "stopped")
        self._leave_the_tool(CLEO)
        self._wait(run, days=1)
        self._resume(run)
        self.assertEqual(self._people_on_the_list(), [ANNA, BEN])
        self.assertEqual(self._of(CLEO).remote_status, "unsubscribed")

    # --- what it has read ------------------------------------------------------------
    def test_the_cleaning_takes_what_nobody_decides_by_any_more(self):
        run = self._broken_off()
        self.env["newsletter.run"]._gc_stages()
        self.assertTrue(self._has_stage(run), "may be resumed")
        self._wait(run, hours=2)
        self.env["newsletter.run"]._gc_stages()
        self.assertFalse(self._has_stage(run))
        self._resume(run)
        self.assertEqual(self._people_on_the_list(), [ANNA, BEN, CLEO])

    def test_without_its_table_nobody_is_taken_for_gone(self):
        run = self._broken_off(newsletter_fetch_steps.Compare)
        self.env.cr.execute(
            SQL("DROP TABLE %s", SQL.identifier(f"newsletter_fetched_{run.id}"))
        )
        run.sudo().state = "running"
        self._go_on(run)
        self.assertEqual(run.state, "stopped")
        self.assertIn("not there any more", run.message)
        self._resume(run)
        self.assertEqual(self._people_on_the_list(), [ANNA, BEN, CLEO])

    # --- another comparison in between -----------------------------------------------
    def _change_in_odoo(self, kind="fetch"):
        """Anna is called differently; the stopped comparison has taken that over."""
        anna = self._of(ANNA)
        anna.contact_id.name = "Annette Neu"
        self.env.flush_all()
        run = self._broken_off(newsletter_fetch_steps.Reconcile, kind)
        self.assertEqual(self._of(ANNA).result, "aborted")
        return run

    def test_what_a_stopped_one_was_to_decide_the_next_one_decides(self):
        stopped = self._change_in_odoo()
        self._fetched()
        anna = self._of(ANNA)
        self.assertEqual(anna.task, "update")
        self._resume(stopped)
        self.assertEqual(anna.task, "update")

    def test_what_a_stopped_transmission_was_to_decide_as_well(self):
        stopped = self._change_in_odoo("transmit")
        self._fetched()
        self.assertEqual(self._of(ANNA).task, "update")
        stopped.action_resume()
        self._go_on(stopped)
        self.assertEqual(stopped.state, "preview", stopped.message)
        self.assertEqual(stopped.line_ids.mapped("email"), [ANNA])

    def test_resumed_before_its_preview_a_transmission_still_asks(self):
        stopped = self._change_in_odoo("transmit")
        stopped.action_resume()
        self._go_on(stopped)
        self.assertEqual(stopped.state, "preview", stopped.message)
        self._send(stopped)
        self.assertEqual(stopped.line_ids.mapped("result"), ["updated"])

    def test_cancelled_afterwards_nothing_is_lost_either(self):
        stopped = self._change_in_odoo()
        self._fetched()
        stopped.action_cancel()
        self._fetched()
        self.assertEqual(self._of(ANNA).task, "update")

    def test_a_comparison_of_other_lists_takes_nothing_over(self):
        other = self.env["mailing.list"].create({"name": "Events"})
        remote_id = self.tool.new_list("Events")
        coupling = self._couple(mailing_list=other, remote_id=remote_id)
        stopped = self._change_in_odoo()
        self._go("fetch", coupling=coupling, whole=True)
        left = self.env["newsletter.candidate"].search([("run_id", "=", stopped.id)])
        self.assertTrue(left)
