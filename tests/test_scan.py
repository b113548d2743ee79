"""People of a mailing list by a barcode scanner (C20)."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common_two_way import TwoWayCase


@tagged("post_install", "-at_install")
class TestScan(TwoWayCase):
    def setUp(self):
        super().setUp()
        self.anna = self._person("Anna", "anna@example.org", barcode="4012345678901")
        self.manager = new_test_user(
            self.env, "scan.manager", groups="newsletter_sync.group_manager"
        )
        self.plain = self.env["mailing.list"].create({"name": "At the door"})

    def _open(self, mailing_list=None, user=None, **values):
        mailing_list = (mailing_list or self.plain).with_user(user or self.clerk)
        action = mailing_list.action_newsletter_scan()
        scan = mailing_list.env[action["res_model"]].browse(action["res_id"])
        scan.write(values)
        return scan

    def _scan(self, scan, code):
        """What became of a code."""
        told = scan.action_scan(code)
        line = scan.line_ids.sorted("id")[-1]
        self.assertEqual(told["level"], line.level)
        self.assertIn(line.outcome_text, told["text"])
        return line.outcome

    def _listed(self, mailing_list=None):
        rows = self.env["mailing.subscription"].search(
            [("list_id", "=", (mailing_list or self.plain).id)]
        )
        return sorted(
            (row.contact_id.email_normalized, bool(row.opt_out)) for row in rows
        )

    # --- adding ---
    def test_barcode_reference_and_address_find_a_person(self):
        self._person("Ben", "ben@example.org", ref="M-77")
        scan = self._open()
        self.assertEqual(self._scan(scan, " 4012345678901\r"), "added")
        self.assertEqual(self._scan(scan, "M-77"), "added")
        self.assertEqual(self._scan(scan, "4012345678901"), "known")
        self.assertEqual(self._scan(scan, "Ben@Example.org"), "known")
        self.assertEqual(
            self._listed(), [("anna@example.org", False), ("ben@example.org", False)]
        )
        self.assertEqual((scan.done_count, scan.other_count), (2, 2))
        self.assertEqual(
            [line.name for line in scan.line_ids.sorted("id")],
            ["Anna", "Ben", "Anna", "Ben"],
        )

    def test_what_nobody_or_several_have_changes_nothing(self):
        for name in ("Cora", "Cora Lang"):
            self._person(name, f"{name[-1]}@example.org", ref="K1")
        scan = self._open()
        self.assertEqual(self._scan(scan, "K1"), "several")
        self.assertEqual(self._scan(scan, "999"), "unknown")
        self.assertEqual(self._scan(scan, "100%"), "unknown")
        self.assertFalse(self._listed())
        with self.assertRaisesRegex(UserError, "Nobody has"):
            scan.line_ids[0].action_open_record()
        self.assertEqual(scan.action_scan(" \r\n")["level"], "warning")
        self.assertEqual(len(scan.line_ids), 3)

    def test_a_barcode_goes_before_a_reference_and_the_living_before_the_archived(self):
        self._person("Other", "other@example.org", ref="4012345678901")
        old = self._person("Old", "old@example.org", ref="K2")
        old.active = False
        scan = self._open()
        self.assertEqual(self._scan(scan, "K2"), "archived")
        self._person("New", "new@example.org", ref="K2")
        self.assertEqual(self._scan(scan, "K2"), "added")
        self.assertEqual(self._scan(scan, "4012345678901"), "added")
        self.assertEqual(
            self._listed(), [("anna@example.org", False), ("new@example.org", False)]
        )

    def test_nobody_who_left_or_must_not_be_mailed_is_brought_back(self):
        self._contact("Left", "left@example.org", self.plain, "2026-01-01")
        self._person("Left", "left@example.org", ref="left")
        self._person("Listed", "listed@example.org", ref="blocklisted")
        self.env["mail.blacklist"]._add("listed@example.org")
        self._person("No", "no@example.org", ref="unwanted", no_marketing_email=True)
        self._person("Mute", False, "none", ref="no_address")
        self._person("Gone", "gone@example.org", "none", ref="withdrawn")
        self._consent("gone@example.org", "withdrawn")
        scan = self._open()
        # Odoo puts on its blocklist who wants no e-mails
        self.assertEqual(self._scan(scan, "unwanted"), "blocklisted")
        for code in ("left", "blocklisted", "no_address", "withdrawn"):
            with self.subTest(code):
                self.assertEqual(self._scan(scan, code), code)
                self.assertEqual(scan.line_ids.sorted("id")[-1].level, "warning")
        self.assertEqual(self._listed(), [("left@example.org", True)])

    def test_on_a_coupled_list_somebody_gets_the_usual_task(self):
        scan = self._open(self.mailing_list)
        self.assertEqual(self._scan(scan, "4012345678901"), "added")
        member = self._of("anna@example.org")
        self.assertEqual((member.task, member.partner_id), ("transmit", self.anna))

    # --- taking off ---
    def test_taking_off_is_no_leaving_and_can_be_undone_by_a_scan(self):
        self._contact("Anna", "anna@example.org", self.plain)
        scan = self._open(operation="remove")
        self.assertEqual(self._scan(scan, "4012345678901"), "removed")
        self.assertEqual(self._scan(scan, "4012345678901"), "absent")
        self.assertFalse(self._listed())
        self.assertFalse(
            self.env["newsletter.leaving"].search([("email", "=", "anna@example.org")])
        )
        scan.operation = "add"
        self.assertEqual(self._scan(scan, "4012345678901"), "added")
        event = self.env["newsletter.event"].search([("code", "=", "scanned")])
        self.assertEqual(event.mapped("user_id"), self.clerk)
        self.assertEqual(len(event), 2)

    def test_the_row_of_somebody_who_left_stays(self):
        self._contact("Anna", "anna@example.org", self.plain, "2026-01-01")
        scan = self._open(operation="remove")
        self.assertEqual(self._scan(scan, "4012345678901"), "gone")
        self.assertEqual(self._listed(), [("anna@example.org", True)])

    def test_off_a_coupled_list_the_tool_is_told_by_who_may(self):
        contact = self._contact("Anna", "anna@example.org")
        self._member("anna@example.org", contact_id=contact.id, remote_id="1")
        scan = self._open(self.mailing_list, operation="remove")
        with self.assertRaises(AccessError):
            scan.action_scan("4012345678901")
        self.assertEqual(self._listed(self.mailing_list), [("anna@example.org", False)])
        scan = self._open(self.mailing_list, self.manager, operation="remove")
        self.assertEqual(self._scan(scan, "4012345678901"), "removed")
        self.assertEqual(self._of("anna@example.org").task, "delete")
        scan.action_close()

    # --- limits ---
    def test_an_ended_list_takes_nobody(self):
        scan = self._open()
        self.plain.newsletter_state = "ended"
        with self.assertRaisesRegex(UserError, "has ended"):
            scan.action_scan("4012345678901")
        with self.assertRaisesRegex(UserError, "has ended"):
            self._open()

    def test_a_barcode_of_another_company_is_not_ours(self):
        other = self.env["res.company"].create({"name": "Other"})
        stranger = self._person("Eve", "eve@example.org")
        stranger.with_company(other).barcode = "777000"
        self.assertEqual(self._scan(self._open(), "777000"), "unknown")
