"""A coupled mailing list is deleted, and the tool is told about its people (N05)."""

from dataclasses import replace
from unittest.mock import patch

from odoo.exceptions import RedirectWarning
from odoo.tests import new_test_user, tagged

from ..connectors.capabilities import Level
from .common_two_way import TwoWayCase


@tagged("post_install", "-at_install")
class TestListDeletion(TwoWayCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env, "lists.deleter", groups="newsletter_sync.group_manager"
        )

    def setUp(self):
        super().setUp()
        for name in ("anna", "ben"):
            self._at_tool(f"{name}@example.org")
        self._at_tool("gone@example.org", deactivated=1_700_000_001)
        run = self._go("fetch")
        self.assertEqual(run.state, "done", run.message)
        self.anna, self.ben, self.gone = (
            self._of(f"{name}@example.org") for name in ("anna", "ben", "gone")
        )

    def _delete(self, choice):
        mailing_list = self.mailing_list.with_user(self.manager)
        action = mailing_list.action_newsletter_delete()
        deletion = mailing_list.env[action["res_model"]].browse(action["res_id"])
        deletion.write({"way": "delete", "accepted": True, "choice": choice})
        deletion.typed_people = deletion.people_count
        self.deletion = deletion
        following = deletion.action_confirm()
        self.env.flush_all()
        self.env.invalidate_all()
        return following

    def _runs(self):
        return self.env["newsletter.run"].search(
            [("kind", "=", "transmit"), ("coupling_id", "=", self.coupling.id)]
        )

    def _work_off(self, run):
        self.env.flush_all()
        self.env["newsletter.runner"]._work(run.id, 60)
        self.env.invalidate_all()
        if run.state == "preview":
            run.action_synchronise()
            self.env["newsletter.runner"]._work(run.id, 60)
            self.env.invalidate_all()
        self.assertEqual(run.state, "done", run.message)

    def _ended(self):
        self.assertFalse(self.coupling.active)
        self.assertEqual((self.coupling.state, self.coupling.ending), ("ended", False))
        # what the members knew comes back with the coupling
        for member in (self.gone, self.ben):
            self.assertTrue(member.exists())

    def test_by_default_both_lists_stay_as_they_are(self):
        mailing_list = self.mailing_list.with_user(self.manager)
        action = mailing_list.action_newsletter_delete()
        deletion = mailing_list.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual((deletion.choice, deletion.tool_count), ("forget", 2))
        self.assertIn("can still be mailed from there", deletion.warning)
        self._delete("forget")
        self.assertFalse(self.anna.task)
        self.assertFalse(self._runs())
        self._ended()

    def test_N05_everybody_is_unsubscribed_there_and_then_the_coupling_ends(self):
        following = self._delete("unsubscribe")
        self.assertFalse(self.mailing_list.exists())
        self.assertEqual(following["domain"], [("id", "in", self.coupling.ids)])
        self.assertEqual(self.anna.task, "unsubscribe")
        self.assertFalse(self.gone.task, "has left there already")
        self.assertTrue(self.coupling.active, "until the tool was told")
        self.assertIn("people whom", self.coupling.next_step.lower())
        run = self._runs()
        self.assertTrue(run.by_itself)
        self._work_off(run)
        tool = self._at_tool()
        self.assertTrue(tool["anna@example.org"].deactivated)
        self.assertTrue(tool["ben@example.org"].deactivated)
        self._ended()

    def test_removing_there_waits_for_an_approval(self):
        self._delete("delete")
        self.assertEqual(self.anna.task, "delete")
        self.assertFalse(self._runs())
        self.assertTrue(self.coupling.active)
        self._work_off(self._go("transmit"))
        self.assertEqual(set(self._at_tool()), {"gone@example.org"})
        self.assertFalse(self.anna.active)
        self._ended()

    def test_removing_goes_by_itself_where_everything_does(self):
        self.coupling.automation = "all"
        self._delete("delete")
        self._work_off(self._runs())
        self.assertNotIn("anna@example.org", self._at_tool())
        self._ended()

    def test_the_decision_outlives_a_comparison(self):
        for choice in ("unsubscribe", "delete"):
            with self.subTest(choice), self.env.cr.savepoint() as point:
                self._delete(choice)
                self.env["newsletter.change"]._note(self.anna | self.ben)
                self._go("reconcile")
                self.assertEqual((self.anna.task, self.anna.outdated), (choice, False))
                point.rollback()
            self.env.invalidate_all()

    def test_other_tasks_have_no_list_any_more(self):
        self.ben.write({"task": "update", "task_by": self.env.uid})
        self.gone.write({"task": "update", "task_by": self.env.uid})
        self._delete("unsubscribe")
        self.assertEqual(self.ben.task, "unsubscribe")
        self.assertFalse(self.gone.task)

    def test_whoever_is_leaving_already_goes_on_leaving(self):
        self.ben.write({"task": "unsubscribe", "local_status": "unsubscribed"})
        self._delete("delete")
        self.assertEqual((self.anna.task, self.ben.task), ("delete", "unsubscribe"))

    def test_what_held_a_leaving_up_does_so_no_more(self):
        for held in ("outdated", "parked"):
            with self.subTest(held), self.env.cr.savepoint() as point:
                self.ben.write({"task": "unsubscribe", held: True})
                self._delete("unsubscribe")
                self.assertEqual(
                    (self.ben.task, self.ben[held]), ("unsubscribe", False)
                )
                self._work_off(self._runs())
                self.assertEqual(self.ben.remote_status, "unsubscribed")
                point.rollback()
            self.env.invalidate_all()

    def test_whom_somebody_wanted_deleted_is_deleted(self):
        """Also who has left already, and whatever held it up."""
        for member in (self.ben, self.gone):
            member.write({"task": "delete", "parked": True})
        self._delete("unsubscribe")
        for member in (self.ben, self.gone):
            self.assertEqual((member.task, member.parked), ("delete", False))
        self.assertEqual(self.anna.task, "unsubscribe")

    def test_a_pause_is_the_older_decision(self):
        self.coupling.state = "paused"
        self._delete("unsubscribe")
        self._work_off(self._runs())
        self._ended()

    def test_whoever_was_not_told_is_told_by_a_later_turn(self):
        self._delete("unsubscribe")
        run = self._runs()
        run.action_cancel()
        self.env["newsletter.runner"]._work(run.id, 60)
        self.env.invalidate_all()
        self.assertEqual((run.state, self.coupling.state), ("cancelled", "active"))
        self.env["newsletter.coupling"]._cron_fetch()
        self._work_off(self._runs() - run)
        self._ended()

    def _many(self, number):
        self.env["newsletter.member"].create(
            [
                {
                    "coupling_id": self.coupling.id,
                    "email": f"person{n}@example.org",
                    "remote_id": str(10_000 + n),
                    "remote_status": "subscribed",
                }
                for n in range(number)
            ]
        )
        self.env.flush_all()

    def test_the_safety_brake_asks_before_many_are_unsubscribed(self):
        self._many(60)
        self._delete("unsubscribe")
        run = self._runs()
        self.env["newsletter.runner"]._work(run.id, 60)
        self.env.invalidate_all()
        self.assertEqual(run.state, "preview")
        self.assertIn("Safety brake", run.notice)
        self.assertFalse(self._at_tool()["anna@example.org"].deactivated)
        self.assertTrue(self.coupling.active)

    def test_many_cost_no_more_statements_than_few(self):
        self._many(300)
        coupling = self.coupling.with_user(self.manager)
        with self.assertQueryCount(12):
            self.assertEqual(coupling._set_tasks("unsubscribe"), 302)

    def test_an_open_run_comes_first(self):
        self.env["newsletter.run"].create(
            {
                "kind": "fetch",
                "phase": "read",
                "state": "queued",
                "coupling_id": self.coupling.id,
                "connection_id": self.connection.id,
            }
        )
        with self.assertRaises(RedirectWarning):
            self._delete("unsubscribe")

    def test_where_nobody_is_to_be_told_the_coupling_ends_at_once(self):
        (self.anna | self.ben).write({"remote_status": "unsubscribed"})
        self._delete("unsubscribe")
        self._ended()

    def test_another_list_takes_the_coupling_up_again(self):
        self._delete("unsubscribe")
        other = self.env["mailing.list"].create({"name": "Other"})
        self.env["newsletter.coupling"]._couple(self.coupling.remote_list_id, other)
        self.assertFalse(self.coupling.ending)
        self._work_off(self._runs())
        self.assertTrue(self.coupling.active)
        self.assertTrue(self._at_tool()["anna@example.org"].deactivated)

    def test_what_reaches_further_is_said(self):
        mailing_list = self.mailing_list.with_user(self.manager)
        action = mailing_list.action_newsletter_delete()
        deletion = mailing_list.env[action["res_model"]].browse(action["res_id"])
        deletion.choice = "unsubscribe"
        self.assertIn("Whoever joined there since", deletion.warning)
        connector = self.connection._connector_class()
        wide = replace(connector.capabilities, unsubscribe=Level.ACCOUNT)
        with patch.object(connector, "capabilities", wide):
            deletion.invalidate_recordset(["warning"])
            self.assertIn("all lists of the account", deletion.warning)

    # --- merging ----------------------------------------------------------------------
    def test_a_merge_that_archives_a_coupled_list_is_not_silent(self):
        merged = self.env["mailing.list"].create({"name": "All"})
        merged.with_user(self.manager).action_merge(self.mailing_list, archive=True)
        self.assertFalse(self.mailing_list.active)
        self.assertTrue(self.coupling.active, "opt-outs go on travelling")
        event = self.env["newsletter.event"].search([("code", "=", "merged_list")])
        self.assertEqual((event.coupling_id, event.level), (self.coupling, "warning"))
        self.assertIn("“Club news” was merged into “All”", event.text)
