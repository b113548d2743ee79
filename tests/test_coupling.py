"""The life of a coupling: paused, ended, joined again; what stands in its way."""

from odoo.exceptions import AccessError, RedirectWarning, UserError
from odoo.tests import new_test_user, tagged

from .common_two_way import TwoWayCase


@tagged("post_install", "-at_install")
class TestCoupling(TwoWayCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env, "coupling.manager", groups="newsletter_sync.group_manager"
        )

    def _go(self, kind, coupling=None, **values):
        self.env.flush_all()
        run_id = (coupling or self.coupling)._start_run(kind, **values)
        self.env["newsletter.runner"]._work(run_id, 60)
        self.env.invalidate_all()
        run = self.env["newsletter.run"].browse(run_id)
        self.assertIn(run.state, ("done", "preview"), run.message)
        # what the automation began after it
        for run_id in self.env["newsletter.runner"]._due_runs().ids:
            self.env["newsletter.runner"]._work(run_id, 60)
        self.env.invalidate_all()
        return run

    def _everybody(self):
        """{address: member} of the coupling, archived ones included."""
        members = self.env["newsletter.member"].with_context(active_test=False)
        found = members.search([("coupling_id", "=", self.coupling.id)])
        return {member.email: member for member in found}

    def _again(self, mailing_list=None):
        return self.env["newsletter.coupling"]._couple(
            self.coupling.remote_list_id,
            mailing_list or self.mailing_list,
            direction="both",
        )

    # --- ending and coupling again (E04) ---------------------------------------------
    def test_both_lists_stay_with_all_people(self):
        contact = self._contact("Anna", "anna@example.org")
        self._at_tool("anna@example.org")
        self._at_tool("ben@example.org")
        self._go("fetch")
        self.coupling._uncouple()
        self.assertFalse(self.coupling.active)
        self.assertEqual(self.coupling.state, "ended")
        self.assertEqual(set(self._at_tool()), {"anna@example.org", "ben@example.org"})
        self.assertIn(contact, self.mailing_list.contact_ids)
        self.assertEqual(len(self.mailing_list.contact_ids), 2)
        self.assertFalse(any(m.active for m in self._everybody().values()))
        self.assertFalse(self.coupling.member_ids)

    def test_coupling_again_finds_the_members_again(self):
        self._contact("Anna", "anna@example.org")
        self._at_tool("anna@example.org")
        gone = self._member("gone@example.org", active=False)
        self._go("fetch")
        before = self._everybody()["anna@example.org"]
        self.coupling._uncouple()
        again = self._again()
        self.assertEqual(again, self.coupling)
        self.assertTrue(again.active)
        self.assertEqual(again.member_ids, before)
        self.assertEqual(before.base_status, "subscribed")
        self.assertFalse(gone.active, "was archived for another reason")
        self.assertFalse(again.fetched_at, "the whole list has to be read again")

    def test_who_left_in_between_is_not_brought_back(self):
        """Left in the tool while nothing travelled: that is a leaving."""
        contact = self._contact("Anna", "anna@example.org")
        self._consent("anna@example.org", "confirmed")
        person = self._at_tool("anna@example.org")
        self._go("fetch")
        self.coupling._uncouple()
        person.deactivated = 1_800_000_000
        self.sandbox.store.save("cleverreach", [person])
        self._again()
        self._go("fetch")
        self.assertTrue(self._subscription(contact).opt_out)

    def test_who_left_in_odoo_in_between_is_told_to_the_tool(self):
        contact = self._contact("Anna", "anna@example.org")
        self._at_tool("anna@example.org")
        self._go("fetch")
        self.coupling._uncouple()
        self._subscription(contact).opt_out = True
        self.assertFalse(self._changes(), "nobody reads the outbox of an ended one")
        self._again()
        self._go("fetch")
        self.assertTrue(self._at_tool()["anna@example.org"].deactivated)

    def test_another_mailing_list_does_not_look_like_taken_off(self):
        """A mistaken coupling: the people were never on the right list."""
        self._at_tool("anna@example.org")
        self._at_tool("left@example.org", deactivated=1_700_000_100)
        self._go("fetch")
        self.coupling._uncouple()
        other = self.env["mailing.list"].create({"name": "The right one"})
        self._contact("Left", "left@example.org", other)
        self._again(other)
        self._go("fetch")
        people = self._everybody()
        self.assertNotEqual(people["anna@example.org"].result, "conflict")
        self.assertIn("anna@example.org", other.contact_ids.mapped("email"))
        # was on the other list, left there and is on this one: a person decides
        self.assertEqual(people["left@example.org"].result, "conflict")
        self.assertFalse(people["left@example.org"].task)

    def test_a_push_to_an_ended_coupling_remembers_who_left(self):
        self._at_tool("anna@example.org", deactivated=1_700_000_100)
        self._go("fetch")
        self.coupling._uncouple()
        anna = self._person("Anna", "anna@example.org")
        run = self._synchronise(anna, remote_list_id=self.coupling.remote_list_id.id)
        self.assertEqual(run.coupling_id, self.coupling)
        self.assertTrue(self.coupling.active)
        self.assertFalse(self.coupling.mailing_list_id, "the two lists stay apart")
        self.assertTrue(self._at_tool()["anna@example.org"].deactivated)

    # --- what stands in the way ------------------------------------------------------
    def test_a_list_is_coupled_once(self):
        other = self.env["mailing.list"].create({"name": "Other"})
        with self.assertRaisesRegex(UserError, "coupled with the mailing list"):
            self._again(other)

    def test_many_tools_to_one_mailing_list(self):
        second = self.tool.new_list("Club news in the second tool")
        connection = self._connect(name="Second")
        coupling = self._couple(connection, self.mailing_list, str(second))
        self.assertEqual(
            self.mailing_list.newsletter_coupling_ids, self.coupling + coupling
        )
        contact = self._contact("Anna", "anna@example.org")
        self._subscription(contact).opt_out = True
        noted = {coupling for coupling, _model, _id in self._changes()}
        self.assertEqual(noted, {self.coupling.id, coupling.id})

    def test_an_open_run_is_finished_first(self):
        self.env.flush_all()
        run_id = self.coupling._start_run("fetch")
        self.env.invalidate_all()
        with self.assertRaisesRegex(RedirectWarning, "not finished"):
            self.coupling._uncouple()
        self.assertTrue(self.coupling.active)
        self.env["newsletter.run"].browse(run_id).action_cancel()
        self.env.flush_all()
        self.env["newsletter.runner"]._work(run_id, 60)
        self.env.invalidate_all()
        self.coupling._uncouple()
        self.assertFalse(self.coupling.active)

    def test_a_run_that_slipped_in_stops(self):
        """Started in another transaction while the coupling was ended."""
        self._at_tool("anna@example.org")
        self.env.flush_all()
        run_id = self.coupling._start_run("fetch")
        self.env.invalidate_all()
        self.coupling.active = False
        self.env.flush_all()
        self.env["newsletter.runner"]._work(run_id, 60)
        self.env.invalidate_all()
        run = self.env["newsletter.run"].browse(run_id)
        self.assertEqual(run.state, "stopped")
        self.assertIn("was ended", run.message)
        self.assertFalse(self.mailing_list.contact_ids)

    def test_a_coupled_mailing_list_is_not_deleted(self):
        with self.assertRaisesRegex(UserError, "Archive"):
            self.mailing_list.unlink()
        self.coupling._uncouple()
        self.mailing_list.unlink()
        self.assertTrue(self.coupling.exists(), "who left is still remembered")

    # --- pausing ---------------------------------------------------------------------
    def test_pausing_holds_everything_and_going_on_takes_it_up(self):
        contact = self._contact("Anna", "anna@example.org")
        self._at_tool("anna@example.org")
        self._go("fetch")
        self.coupling.action_pause()
        self._subscription(contact).opt_out = True
        self.env.flush_all()
        self.env["newsletter.change"]._cron_start()
        runs = self.env["newsletter.run"]
        open_runs = [("coupling_id", "=", self.coupling.id), ("state", "=", "queued")]
        self.assertFalse(runs.search(open_runs))
        self.assertIn("is not noticed", self.coupling.next_step)
        self.coupling.action_resume()
        self.env.flush_all()
        self.env["newsletter.change"]._cron_start()
        self.env.invalidate_all()
        self.assertEqual(runs.search(open_runs).kind, "reconcile")

    # --- rights and companies --------------------------------------------------------
    def test_a_clerk_may_look_but_not_end(self):
        coupling = self.coupling.with_user(self.clerk)
        self.assertTrue(coupling.next_step)
        for call in (coupling._uncouple, coupling.action_pause):
            with self.assertRaises(AccessError):
                call()
        with self.assertRaises(AccessError):
            coupling._couple(coupling.remote_list_id, coupling.mailing_list_id)

    def test_a_manager_of_another_company_sees_nothing(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self.manager.write(
            {"company_ids": [(6, 0, company.ids)], "company_id": company.id}
        )
        couplings = self.env["newsletter.coupling"].with_user(self.manager)
        self.assertFalse(couplings.search([]))
        with self.assertRaises(AccessError):
            couplings.browse(self.coupling.id)._uncouple()

    def test_a_manager_ends_without_being_administrator(self):
        self.coupling.with_user(self.manager)._uncouple()
        self.assertFalse(self.coupling.active)

    # --- opening both sides (E05) ----------------------------------------------------
    def test_each_list_opens_in_its_system(self):
        action = self.coupling.action_open_mailing_list()
        self.assertEqual(
            (action["res_model"], action["res_id"]),
            ("mailing.list", self.mailing_list.id),
        )
        self.coupling.remote_list_id.web_url = "https://example.org/list/7"
        self.assertEqual(
            self.coupling.action_open_tool()["url"], "https://example.org/list/7"
        )
        self.coupling.remote_list_id.active = False
        self.assertNotIn("list/7", self.coupling.action_open_tool()["url"])

    def test_a_chosen_process_stands_in_the_log(self):
        process = self.env["newsletter.opt.in.process"].create(
            {"connection_id": self.connection.id, "remote_id": "7", "name": "Welcome"}
        )
        self.coupling.opt_in_process_id = process
        self.assertEqual(self.coupling.opt_in_process, "7")
        event = self.env["newsletter.event"].search(
            [("coupling_id", "=", self.coupling.id)], limit=1
        )
        self.assertIn("Welcome", f"{event.text} {event.new_value} {event.detail}")
