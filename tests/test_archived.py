"""Archived contacts: not synchronised, and named by each report (C27)."""

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common_two_way import TwoWayCase


@tagged("post_install", "-at_install")
class TestArchived(TwoWayCase):
    def setUp(self):
        super().setUp()
        self.coupling.automation = "manual"
        self.partner = self._person("Anna", "anna@example.org")
        self._contact("Anna", "anna@example.org")
        self._contact("Ben", "ben@example.org")
        self._member("anna@example.org", partner_id=self.partner.id)
        self._member("ben@example.org")
        for email in ("anna@example.org", "ben@example.org"):
            self._at_tool(email)
        self.env.flush_all()

    def _events(self, run):
        return self.env["newsletter.event"].search(
            [("code", "=", "archived"), ("run_id", "=", run.id)]
        )

    def test_nobody_is_named_as_long_as_nobody_is_archived(self):
        run = self._go("fetch", whole=True)
        self.assertEqual(run.state, "done")
        self.assertFalse(run.archived)
        self.assertFalse(self._events(run))

    def test_each_fetch_names_them_with_the_record_and_the_list(self):
        self.partner.active = False
        first = self._go("fetch", whole=True)
        member = self._of("anna@example.org")
        self.assertEqual((member.result, member.result_code), ("blocked", "archived"))
        self.assertEqual(member.task, "unsubscribe", "is not mailed meanwhile")
        self.assertEqual(first.archived, 1)
        # the person with the record, once; the list with the number, in each report
        person, whole = self._events(first).sorted("res_model", reverse=True)
        self.assertEqual(
            (person.res_model, person.res_id), ("res.partner", self.partner.id)
        )
        self.assertEqual(whole.res_model, "mailing.list")
        self.assertEqual(whole.res_id, self.mailing_list.id)
        self.assertEqual(whole.level, "warning")
        self.assertIn("Anna <anna@example.org>", whole.detail)
        self.assertNotIn("ben@", whole.detail)
        second = self._go("fetch", whole=True, user_id=self.clerk.id)
        self.assertEqual(second.archived, 1)
        self.assertIn("mailing.list", self._events(second).mapped("res_model"))

    def test_what_the_scheduler_does_every_half_hour_fills_no_log(self):
        self.partner.active = False
        self._go("fetch", whole=True)
        for kind in ("fetch", "reconcile"):
            run = self._go(kind)
            self.assertEqual(run.archived, 1, "each report shows it")
            models = self._events(run).mapped("res_model")
            self.assertNotIn("mailing.list", models)
        other = self._person("Ben", "ben@example.org")
        self._of("ben@example.org").partner_id = other
        other.active = False
        run = self._go("fetch", whole=True)
        self.assertEqual(run.archived, 2)
        self.assertIn("mailing.list", self._events(run).mapped("res_model"))

    def _transmit(self):
        run = self._go("transmit", user_id=self.clerk.id)
        if run.state == "preview":
            run.action_synchronise()
            self.env.invalidate_all()
        return run

    def test_a_transmission_names_them_too(self):
        self.partner.active = False
        run = self._transmit()
        self.assertEqual((run.state, run.archived), ("done", 1))
        self.assertIn(
            "anna@example.org", self._events(run).filtered("detail")[0].detail
        )

    def test_the_report_leads_to_them_and_they_are_restored(self):
        self.partner.active = False
        run = self._go("fetch", whole=True)
        action = run.action_open_archived()
        members = self.env["newsletter.member"].search(action["domain"])
        self.assertEqual(members, self._of("anna@example.org"))
        self.assertEqual(members.action_open_record()["res_id"], self.partner.id)
        self.assertEqual(
            members.action_open_mailing_list()["res_id"], self.mailing_list.id
        )
        check = self.coupling.action_open_check("archived")
        self.assertEqual(check["domain"], action["domain"])
        worker = new_test_user(
            self.env, "archived.worker", groups="newsletter_sync.group_user"
        )
        with self.assertRaises(AccessError):
            members.with_user(worker).action_restore_record()
        members.action_restore_record()
        self.assertTrue(self.partner.active)
        again = self._go("reconcile")
        self.assertFalse(again.archived)
        self.assertFalse(self.env["newsletter.member"].search(action["domain"]))
        self.assertFalse(self._of("anna@example.org").task)

    def test_whoever_was_signed_off_meanwhile_is_not_brought_back_by_restoring(self):
        self.partner.active = False
        self._go("fetch", whole=True)
        self._transmit()
        self.assertTrue(self._at_tool()["anna@example.org"].deactivated)
        self.partner.action_unarchive()
        self._go("fetch", whole=True)
        self._transmit()
        self.assertTrue(self._at_tool()["anna@example.org"].deactivated)
        member = self._of("anna@example.org")
        self.assertEqual(member.remote_status, "unsubscribed")
        self.assertFalse(member.task)
