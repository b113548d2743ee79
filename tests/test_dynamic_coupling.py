"""A dynamic list that is coupled: runs refresh it, consent decides, tools are told."""

from odoo.tests import tagged

from .common_dynamic import DynamicCase


@tagged("post_install", "-at_install")
class TestDynamicCoupling(DynamicCase):
    def setUp(self):
        super().setUp()
        self.coupling.write({"missing_in_tool": "transmit", "automation": "all"})
        # an empty list would stop the first fetch
        self._at_tool("zoe@example.org")
        self.anna, self.ben = self._in_celle("anna", "ben")
        self._consent("anna@example.org", "confirmed")
        self.connection.mapping_ids.unlink()

    def test_the_screen_says_what_feeds_the_list(self):
        self.assertEqual(self.coupling.list_type, "dynamic")
        self.assertIn("Contacts", self.coupling.member_kind)
        self.coupling.way_out = "keep"
        self.assertEqual(self.dynamic.way_out, "keep")
        self.assertEqual(self.coupling.action_open_filter()["res_id"], self.dynamic.id)
        self.dynamic.unlink()
        self.assertEqual(self.coupling.list_type, "static")
        self.assertFalse(self.coupling.action_open_filter()["res_id"])

    def test_a_fetch_refreshes_first_and_consent_decides_who_joins(self):
        self._approved("fetch")
        self.assertEqual(self._on_list(), ["anna", "ben", "zoe"])
        self._approved()
        self.assertEqual(set(self._at_tool()), {"anna@example.org", "zoe@example.org"})
        anna, ben = self._of("anna@example.org"), self._of("ben@example.org")
        self.assertEqual(anna.partner_id, self.anna, "the record of the filter")
        self.assertEqual((ben.result, ben.task), ("not_in_tool", False))
        run = self.env["newsletter.run"].search([("kind", "=", "fetch")])
        event = self.env["newsletter.event"].search([("code", "=", "list_refreshed")])
        self.assertEqual(event.run_id, run)

    def test_a_transmission_refreshes_first_and_a_comparison_does_not(self):
        self._approved("fetch")
        self._approved()
        self._in_celle("carl")
        self._consent("carl@example.org", "confirmed")
        self._go("reconcile")
        self.assertFalse(self._of("carl@example.org"))
        self._approved()
        self.assertIn("carl@example.org", self._at_tool())

    def test_who_goes_is_taken_off_in_the_tool_and_may_come_back(self):
        self._approved("fetch")
        self._approved()
        self.anna.city = "Ulm"
        self._approved()
        self.assertNotIn("anna@example.org", self._at_tool())
        self.assertEqual(self._on_list(), ["ben", "zoe"])
        self._approved("fetch", whole=True)
        self.assertEqual(self._on_list(), ["ben", "zoe"])
        consent = self.env["newsletter.consent"]._for_address("anna@example.org")
        self.assertEqual(consent.state, "confirmed", "nobody has left")
        # matching again is enough to come back
        self.anna.city = "Celle"
        self._approved()
        self.assertIn("anna@example.org", self._at_tool())
        self.assertEqual(self._on_list(), ["anna", "ben", "zoe"])

    def test_until_the_tool_is_told_no_fetch_brings_them_back(self):
        """The trap: taken off in Odoo, and still in the tool."""
        self.coupling.automation = "safe"
        self._approved("fetch")
        self._approved()
        self.anna.city = "Ulm"
        for whole in (True, False):
            self._approved("fetch", whole=whole)
            member = self._of("anna@example.org")
            self.assertEqual((member.task, member.outdated), ("delete", False))
            self.assertEqual(self._on_list(), ["ben", "zoe"])
        self.assertIn("anna@example.org", self._at_tool(), "a person approves it")
        self._approved()
        self.assertNotIn("anna@example.org", self._at_tool())

    def test_unsubscribed_in_the_tool(self):
        self.dynamic.way_out = "unsubscribe"
        self._approved("fetch")
        self._approved()
        self.anna.city = "Ulm"
        self._approved()
        self.assertTrue(self._at_tool()["anna@example.org"].deactivated)
        self.assertFalse(self.env["newsletter.leaving"].search([]))
        # back in Odoo; in the tool a person decides, for it may have been her wish
        self.anna.city = "Celle"
        self._approved()
        self.assertIn("anna", self._on_list())
        self.assertTrue(self._at_tool()["anna@example.org"].deactivated)
        self.assertEqual(self._of("anna@example.org").result, "conflict")

    def test_who_left_in_the_tool_and_goes_is_not_deleted_there(self):
        """The tool's memory of a leaving must not be deleted."""
        self._approved("fetch")
        self._approved()
        self._at_tool("anna@example.org", deactivated=1_900_000_000)
        self._approved("fetch", whole=True)
        self.assertTrue(self._row("anna").opt_out)
        self.anna.city = "Ulm"
        self._approved()
        self.assertTrue(self._at_tool()["anna@example.org"].deactivated)
        self.assertTrue(self._row("anna").opt_out)

    def test_where_unsubscribing_reaches_the_whole_account_it_is_removing(self):
        people = self.env["newsletter.list.people"]
        self.assertEqual(
            people._way_out(self.mailing_list, "unsubscribe"), "unsubscribe"
        )
        wide = self.env["newsletter.connection"].create(
            {"name": "Wide", "provider": "klicktipp"}
        )
        self.assertTrue(wide._leaving_reaches_account())
        self.coupling = self._couple(wide, remote_id="7")
        self.assertEqual(people._way_out(self.mailing_list, "unsubscribe"), "remove")
        self.assertEqual(people._choice(self.coupling), "delete")
        self.coupling.direction = "to_odoo"
        self.assertEqual(people._choice(self.coupling), "")

    def test_put_back_by_hand_nothing_stands_against_them(self):
        self._approved("fetch")
        self._approved()
        self.anna.city = "Ulm"
        self._approved()
        tombstones = self.env["newsletter.tombstone"]
        self.assertTrue(
            tombstones._known(["anna@example.org"], self.env.company, self.coupling)
        )
        contact = self.env["mailing.contact"].search(
            [("email", "=", "anna@example.org")]
        )
        self.env["mailing.subscription"].create(
            {"contact_id": contact.id, "list_id": self.mailing_list.id}
        )
        self.assertFalse(
            tombstones._known(["anna@example.org"], self.env.company, self.coupling)
        )

    def test_a_stopped_filter_holds_up_no_run(self):
        self._approved("fetch")
        self._approved()
        self.dynamic.domain = "[('city', '=', 'Nowhere')]"
        self._at_tool("anna@example.org", deactivated=1_900_000_000)
        self._approved("fetch", whole=True)
        self.assertEqual(self.dynamic.state, "stopped")
        self.assertTrue(self._row("anna").opt_out, "the leaving came through")
        self.assertEqual(self._on_list(), ["ben", "zoe"])

    def test_leads_are_remembered_as_whose_record_that_is(self):
        lead = self.env["crm.lead"].create(
            {"name": "Offer", "email_from": "lea@example.org", "city": "Celle"}
        )
        self.dynamic.write({"record_type": "lead"})
        self._approved("fetch")
        self.assertEqual(self._of("lea@example.org").lead_id, lead)
