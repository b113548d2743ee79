"""A run that is ended early: who was not reached, and who is told."""

from types import SimpleNamespace
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..models import newsletter_fetch_steps, newsletter_run_brake
from ..sandbox.store import Member
from ..sync.brake import Brake
from .common_transmit import TransmitCase

EMAILS = ("anna@example.org", "ben@example.org", "cleo@example.org")


@tagged("post_install", "-at_install")
class TestAborted(TransmitCase):
    def _agreed(self):
        for email in EMAILS:
            self._at_tool(email)
        for _both in range(2):
            run = self._go("fetch", whole=True)
            self.assertEqual(run.state, "done", run.message)
        self.assertEqual(self._results(), dict.fromkeys(EMAILS, "success"))

    def _results(self):
        self.env.invalidate_all()
        members = self.env["newsletter.member"].search(
            [("coupling_id", "=", self.coupling.id)]
        )
        return {member.email: member.result for member in members}

    def _empty_the_tool(self):
        """Nobody on the list any more; the account still knows the people."""
        other = self.tool.new_list("Everybody")
        people = [Member(other, email, activated=1_700_000_000) for email in EMAILS]
        self.sandbox.store.save("cleverreach", people)
        self.sandbox.store.remove(int(self.remote_id))

    def _broken_off(self, action):
        """Anna and Ben have left in the tool; the comparison ends before it has decided
        about anybody."""
        for email in EMAILS[:2]:
            self.sandbox.act("cleverreach", "unsubscribe", self.remote_id, email)
        step = newsletter_fetch_steps.Reconcile
        with patch.object(step, "keep", side_effect=UserError("The disk is full")):
            run = self._go("fetch", whole=True)
        self.assertEqual(run.state, "stopped")
        if action:
            getattr(run, action)()
        self.env.invalidate_all()
        return run

    # --- members ---------------------------------------------------------------------
    def test_F09_who_was_not_reached_is_marked_and_nothing_is_half_written(self):
        self._agreed()
        run = self._broken_off(None)
        self.assertEqual(
            [self._results()[email] for email in EMAILS],
            ["aborted", "aborted", "success"],
        )
        self.assertEqual(run.aborted, 2)
        anna = self._of(EMAILS[0])
        self.assertIn("next one goes on", anna.explanation)
        self.assertEqual(anna.remote_status, "subscribed")
        self.assertFalse(self._subscription(anna.contact_id).opt_out)

    def test_F09_the_resumed_run_goes_on(self):
        self._agreed()
        run = self._broken_off("action_resume")
        self.assertEqual(run.aborted, 0)
        self._go_on(run)
        self.assertEqual(run.state, "done", run.message)
        self.assertNotIn("aborted", self._results().values())
        self.assertTrue(self._subscription(self._of(EMAILS[0]).contact_id).opt_out)

    def test_F09_after_cancelling_the_next_run_goes_on(self):
        self._agreed()
        self._broken_off("action_cancel")
        self.assertEqual(self._results()[EMAILS[0]], "aborted")
        run = self._go("fetch")
        self.assertEqual(run.state, "done", run.message)
        self.assertNotIn("aborted", self._results().values())

    def test_an_open_question_is_not_overwritten(self):
        self._agreed()
        self._of(EMAILS[0]).result = "conflict"
        self._broken_off("action_cancel")
        self.assertEqual(self._results()[EMAILS[0]], "conflict")
        self.assertEqual(self._results()[EMAILS[1]], "aborted")

    def test_who_agrees_after_all_is_settled_set_wise(self):
        """A list that was taken for empty by mistake costs no decision per person."""
        self._agreed()
        self._empty_the_tool()
        run = self._go("fetch", whole=True)
        self.assertEqual(run.state, "stopped", run.message)
        self.assertEqual(set(self._results().values()), {"aborted"})
        run.action_cancel()
        self._changes()
        for email in EMAILS:
            self._at_tool(email)
        settle = type(self.env["newsletter.reconcile"])._settle
        decided = []

        def settled(rules, run, candidates):
            decided.extend(candidates.ids)
            return settle(rules, run, candidates)

        with patch.object(type(self.env["newsletter.reconcile"]), "_settle", settled):
            run = self._go("fetch", whole=True)
        self.assertEqual(run.state, "done", run.message)
        self.assertEqual(set(self._results().values()), {"success"})
        self.assertFalse(decided)

    # --- lines -----------------------------------------------------------------------
    def test_nobody_waits_in_a_cancelled_transmission(self):
        self._newcomer("anna@example.org")
        run = self._dry_run()
        self.assertEqual(run.state, "preview")
        run.action_cancel()
        self.assertEqual(run.line_ids.mapped("result"), ["aborted"])
        self.assertEqual(run.aborted, 1)
        self.assertEqual(
            [(row["key"], row["count"]) for row in run.numbers], [("aborted", 1)]
        )
        self.assertEqual(self._of("anna@example.org").task, "transmit")

    def test_who_is_in_flight_is_read_back_and_not_aborted(self):
        self._newcomer("anna@example.org")
        run = self._dry_run()
        self._approved(run)
        self._take(run)
        self.assertTrue(self._flights())
        run._cancelled()
        self.assertEqual(run.line_ids.result, "waiting")

    # --- the responsible person ------------------------------------------------------
    def _braked(self):
        self._agreed()
        self.coupling.user_id = self.env.ref("base.user_admin")
        self._empty_the_tool()
        run = self._go("fetch", whole=True)
        self.assertTrue(run.braked)
        return run

    def _asked(self):
        self.env.invalidate_all()
        kind = self.env.ref("newsletter_sync.activity_brake")
        return self.connection.activity_ids.filtered(
            lambda activity: activity.activity_type_id == kind
        )

    def test_the_brake_asks_the_responsible_person(self):
        run = self._braked()
        self.assertEqual(self._asked().user_id, self.coupling.user_id)
        self.assertEqual(self._asked().summary, run.display_name)
        self.assertIn("Safety brake", str(self._asked().note))

    def test_one_incident_is_one_question(self):
        first = self._braked()
        second = self._go("fetch", whole=True)
        self.assertEqual((first.state, second.state), ("cancelled", "stopped"))
        self.assertEqual(self._asked().summary, second.display_name)
        self.assertIn(second.display_name, first.message)
        self.assertIn("run_cancelled", first.event_ids.mapped("code"))

    def test_what_waits_in_the_older_one_is_taken_over(self):
        """Given back to the outbox it would stop another run every minute."""
        self._agreed()
        stop = SimpleNamespace(why=Brake.ODOO_EMPTY, count=3, total=3)
        with patch.object(newsletter_run_brake, "brake", return_value=[stop]):
            self._subscription(self._of(EMAILS[0]).contact_id).opt_out = True
            first = self._go("reconcile")
            self._subscription(self._of(EMAILS[1]).contact_id).opt_out = True
            second = self._go("reconcile")
        self.assertEqual((first.state, second.state), ("cancelled", "stopped"))
        self.assertFalse(self._changes())
        self.assertEqual((second.aborted, second.total), (2, 2))
        second.action_resume()
        self._go_on(second)
        self.assertEqual(second.state, "done", second.message)
        self.assertEqual(
            [self._of(email).task for email in EMAILS],
            ["unsubscribe", "unsubscribe", False],
        )

    def test_the_question_of_another_list_stays(self):
        first = self._braked()
        other = self._couple(
            mailing_list=self.env["mailing.list"].create({"name": "Events"}),
            remote_id=self.tool.new_list("Events"),
        )
        first.coupling_id = other
        self._go("fetch", whole=True)
        self.assertEqual(first.state, "stopped")
        self.assertEqual(len(self._asked()), 2)

    def test_resuming_answers(self):
        self._braked().action_resume()
        self.assertFalse(self._asked())

    def test_cancelling_answers(self):
        run = self._braked()
        other = self.connection.activity_schedule(
            "newsletter_sync.activity_brake", summary="Another run"
        )
        run.action_cancel()
        self.assertEqual(self._asked(), other)


@tagged("post_install", "-at_install")
class TestLogSuccesses(TransmitCase):
    def _agreed(self, **values):
        for email in EMAILS:
            self._at_tool(email)
        self._go("fetch", whole=True)
        return self._go("fetch", whole=True, **values)

    def _logged(self, run):
        return self.env["newsletter.event"].search(
            [("run_id", "=", run.id), ("code", "=", "agrees")]
        )

    def test_M08_without_the_option_nobody_is_named_who_agrees(self):
        self.assertFalse(self._logged(self._agreed()))

    def test_M06_with_the_option_everybody_is(self):
        self.connection.log_successes = True
        run = self._agreed()
        events = self._logged(run)
        self.assertEqual(sorted(events.member_id.mapped("email")), list(EMAILS))
        self.assertEqual(len(events), len(EMAILS))
        self.assertEqual(set(events.mapped("level")), {"info"})
        self.assertEqual(events.coupling_id, self.coupling)
        self.assertEqual(events.company_id, self.coupling.company_id)
        self.assertIn("agree", events[0].text)

    def test_a_small_comparison_logs_whom_it_looked_at(self):
        self.connection.log_successes = True
        self._agreed()
        self.env.cr.execute(
            "UPDATE newsletter_member SET synced_at = synced_at - interval '1 day'"
        )
        anna = self._of(EMAILS[0])
        anna.contact_id.name = "Anna"
        self.env.flush_all()
        run = self._go("reconcile")
        self.assertEqual(run.state, "done", run.message)
        self.assertEqual(anna.result, "success")
        self.assertEqual(self._logged(run).member_id, anna)

    def test_slices(self):
        self.connection.log_successes = True
        with patch(
            "odoo.addons.newsletter_sync.models.newsletter_log_successes.SLICE", 2
        ):
            run = self._agreed()
        self.assertEqual(len(self._logged(run)), len(EMAILS))
