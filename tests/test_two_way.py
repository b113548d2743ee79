"""Both ways between a mailing list and the sandbox, end to end."""

from odoo.tests import tagged

from ..connectors.contract import Join, MemberDraft
from .common_two_way import TwoWayCase


@tagged("post_install", "-at_install")
class TestTwoWay(TwoWayCase):
    def _fetch(self, **values):
        run = self._go("fetch", **values)
        self.assertEqual(run.state, "done", run.message)
        return run

    def _empty_the_tool(self):
        self.sandbox.store.remove(int(self.remote_id))

    # --- fetch ---------------------------------------------------------------------
    def test_people_of_the_tool_come_in(self):
        self._at_tool("anna@example.org")
        self._at_tool("ben@example.org")
        self._at_tool("left@example.org", deactivated=1_700_000_100)
        known = self.env["res.partner"].create(
            {"name": "Ben Kurz", "email": "ben@example.org"}
        )
        self._fetch()
        anna, ben = self._of("anna@example.org"), self._of("ben@example.org")
        self.assertEqual((anna.result, ben.result), ("new_contact", "new_in_list"))
        self.assertEqual(ben.partner_id, known)
        self.assertEqual(
            sorted(self.mailing_list.contact_ids.mapped("email")),
            ["anna@example.org", "ben@example.org"],
        )
        self.assertFalse(self._of("left@example.org").contact_id)
        self.assertEqual(anna.local_status, "subscribed")

    def test_a_second_run_finds_nothing(self):
        self._at_tool("anna@example.org")
        self._contact("Ben", "ben@example.org")
        self._fetch()
        self._fetch(whole=True)
        before = self.env["newsletter.event"].search_count([])
        run = self._fetch(whole=True)
        self.assertEqual(self._of("anna@example.org").result, "success")
        self.assertEqual(self._of("ben@example.org").result, "not_in_tool")
        self.assertEqual(run.total, 1)  # Ben still waits for a decision
        # nothing but the run's own line
        self.assertEqual(self.env["newsletter.event"].search_count([]), before + 1)

    def test_people_pushed_before_the_coupling_are_put_on_the_list(self):
        """They were never taken off it, so this is no conflict."""
        self.coupling.unlink()
        partner = self._person("Ben Kurz", "ben@example.org")
        remote_list = self.env["newsletter.remote.list"].search(
            [("remote_id", "=", self.remote_id)]
        )
        self._synchronise(partner, remote_list_id=remote_list.id)
        self.coupling = self.env["newsletter.coupling"].search([])
        self.coupling.write(
            {"mailing_list_id": self.mailing_list.id, "direction": "both"}
        )
        self._fetch(whole=True)
        ben = self._of("ben@example.org")
        self.assertEqual(ben.result, "new_in_list", ben.result_text)
        self.assertEqual(ben.partner_id, partner)
        self.assertEqual(self.mailing_list.contact_ids.email, "ben@example.org")

    def test_leaving_in_the_tool_is_taken_over(self):
        contact = self._contact("Anna", "anna@example.org")
        member = self._at_tool("anna@example.org")
        self._fetch()
        member.deactivated = 1_800_000_000
        self.sandbox.store.save("cleverreach", [member])
        self._fetch(whole=True)
        self.assertTrue(self._subscription(contact).opt_out)
        self.assertEqual(self._of("anna@example.org").local_status, "unsubscribed")
        self.assertEqual(self._of("anna@example.org").local_status_by, "CleverReach")

    def test_leaving_in_odoo_reaches_the_tool(self):
        contact = self._contact("Anna", "anna@example.org")
        self._at_tool("anna@example.org")
        self._fetch()
        self._subscription(contact).opt_out = True
        run = self._go("reconcile")
        self.assertEqual(run.state, "done", run.message)
        self.assertEqual(self._of("anna@example.org").task, "unsubscribe")
        self._transmit()
        self.assertTrue(self._at_tool()["anna@example.org"].deactivated)
        member = self._of("anna@example.org")
        self.assertEqual((member.task, member.base_status), (False, "unsubscribed"))
        self._fetch(whole=True)
        self.assertFalse(self._of("anna@example.org").task)
        self.assertTrue(self._subscription(contact).opt_out)

    def test_blocklisting_unsubscribes_and_unblocking_brings_nobody_back(self):
        self._contact("Anna", "anna@example.org")
        self._at_tool("anna@example.org")
        self._fetch()
        self.env["mail.blacklist"]._add("anna@example.org")
        self._go("reconcile")
        self.assertEqual(self._of("anna@example.org").result, "blocked")
        self._transmit()
        self.assertTrue(self._at_tool()["anna@example.org"].deactivated)
        self.env["mail.blacklist"]._remove("anna@example.org")
        self._fetch(whole=True)
        self._transmit()
        self.assertTrue(self._at_tool()["anna@example.org"].deactivated)

    def test_nobody_without_consent_joins(self):
        self.coupling.missing_in_tool = "transmit"
        self._contact("Anna", "anna@example.org")
        self._contact("Ben", "ben@example.org")
        self._consent("ben@example.org", "confirmed")
        self._fetch()
        anna, ben = self._of("anna@example.org"), self._of("ben@example.org")
        self.assertEqual((anna.task, ben.task), (False, "transmit"))
        self._transmit()
        self.assertEqual(set(self._at_tool()), {"ben@example.org"})
        self.assertTrue(ben.remote_id)
        self._fetch(whole=True)
        self.assertEqual((ben.result, ben.task), ("success", False))

    def test_what_changed_after_the_dry_run_is_left_out(self):
        self.coupling.missing_in_tool = "transmit"
        self._contact("Ben", "ben@example.org")
        self._consent("ben@example.org", "confirmed")
        self._fetch()
        run = self._go("transmit")
        self.assertEqual(run.state, "preview")
        self.env["mail.blacklist"]._add("ben@example.org")
        self._approve(run)
        self.assertEqual(run.line_ids.reason, "blocklisted")
        self.assertEqual(self._at_tool(), {})

    def test_values_travel_one_way_by_default(self):
        self._at_tool("anna@example.org")
        partner = self.env["res.partner"].create(
            {"name": "Frau Anna Färber", "email": "anna@example.org"}
        )
        self.connection._connector().create_field("First name", "text")
        self._fetch()
        partner.name = "Frau Amélie Färber"
        self._go("reconcile")
        member = self._of("anna@example.org")
        self.assertEqual(member.task, "update", member.result_text)
        run = self._transmit()
        self.assertEqual(run.line_ids.result, "updated")
        self.assertIn("Amélie", str(self._at_tool()["anna@example.org"]))

    def test_a_suddenly_empty_tool_stops_everything(self):
        contact = self._contact("Anna", "anna@example.org")
        self._at_tool("anna@example.org")
        self._fetch()
        self._empty_the_tool()
        run = self._go("fetch", whole=True)
        self.assertEqual(run.state, "stopped")
        self.assertIn("Safety brake", run.message)
        self.assertFalse(self._subscription(contact).opt_out)
        anna = self._of("anna@example.org")
        self.assertEqual((anna.result, anna.remote_status), ("aborted", "subscribed"))

    def test_a_cancelled_comparison_loses_no_change(self):
        contact = self._contact("Anna", "anna@example.org")
        self._at_tool("anna@example.org")
        self._fetch()
        self._subscription(contact).opt_out = True
        self.env.flush_all()
        run = self.env["newsletter.run"].browse(self.coupling._start_run("reconcile"))
        self.assertTrue(self.env["newsletter.compare"]._find(run, False))
        self.assertFalse(self._changes())
        run._cancelled()
        self.assertIn(
            (
                self.coupling.id,
                "newsletter.member",
                self._of("anna@example.org").id,
            ),
            self._changes(),
        )
        left = self.env["newsletter.candidate"].search([("run_id", "=", run.id)])
        self.assertFalse(left)

    def test_tombstones_hold(self):
        self._at_tool("anna@example.org")
        self.env["newsletter.tombstone"]._remember(
            ["anna@example.org"], self.env.company, "deleted"
        )
        self._fetch()
        self.assertFalse(self.mailing_list.contact_ids)
        self.assertEqual(self._of("anna@example.org").result, "blocked")

    # --- by itself -------------------------------------------------------------------
    def _work_all(self):
        """What the scheduler does until nothing is due."""
        for _turn in range(10):
            self.env.flush_all()
            due = self.env["newsletter.runner"]._due_runs()
            if not due:
                return
            for run in due:
                self.env["newsletter.runner"]._work(run.id, 60)
            self.env.invalidate_all()

    def test_an_opt_out_reaches_the_tool_by_itself_whatever_the_automation(self):
        self.coupling.automation = "manual"
        contact = self._contact("Anna", "anna@example.org")
        self._at_tool("anna@example.org")
        self._fetch()
        self._subscription(contact).opt_out = True
        self.env.flush_all()
        self.env["newsletter.change"]._cron_start()
        self._work_all()
        self.assertTrue(self._at_tool()["anna@example.org"].deactivated)

    def test_joining_waits_for_an_approval_unless_everything_is_automatic(self):
        self.coupling.missing_in_tool = "transmit"
        self._contact("Ben", "ben@example.org")
        self._consent("ben@example.org", "confirmed")
        self.env.flush_all()
        self.env["newsletter.coupling"]._cron_fetch()
        self._work_all()
        self.assertEqual(self._of("ben@example.org").task, "transmit")
        self.assertEqual(self._at_tool(), {})
        self.coupling.automation = "all"
        self.env.flush_all()
        self.coupling._start_run("fetch")
        self._work_all()
        self.assertEqual(set(self._at_tool()), {"ben@example.org"})

    # --- decisions -------------------------------------------------------------------
    def test_a_conflict_is_decided_and_the_decision_survives_a_fetch(self):
        mapping = self.connection.mapping_ids.filtered(
            lambda each: each.path == "newsletter_firstname"
        )
        mapping.write({"direction": "both", "rule": "ask"})
        self.connection._connector().create_field(mapping.label, "text")
        self._at_tool("anna@example.org")
        contact = self._contact("Anna Abel", "anna@example.org")
        self._fetch()
        self._transmit()
        member = self._of("anna@example.org")
        self.assertEqual(member.result, "success", member.result_text)
        contact.first_name = "Anne"
        name = mapping.remote_name
        connector = self.connection._connector()
        draft = self._draft("anna@example.org", {name: "Annette"})
        connector.upsert(self.remote_id, [draft])
        self._fetch(whole=True)
        self.assertEqual(member.result, "conflict", member.result_text)
        member.action_take_odoo()
        self._fetch(whole=True)
        self.assertEqual((member.task, member.outdated), ("update", False))
        self._transmit()
        held = {
            m.email: m for p in connector.members(self.remote_id) for m in p.members
        }
        self.assertEqual(held["anna@example.org"].values[name], "Anne")
        self.assertEqual(member.result, "success")

    def _draft(self, email, values):
        return MemberDraft(email=email, values=values, join=Join.NEVER)
