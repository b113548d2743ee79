"""Whoever leaves, by whatever way, is off every list; each account gives a receipt."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from ..connectors.errors import ServerFault
from .common_two_way import TwoWayCase


class LeavingCase(TwoWayCase):
    def setUp(self):
        super().setUp()
        self.leavings = self.env["newsletter.leaving"]

    def _subscribed(self, name="Anna Muster", email="anna@example.org"):
        """Somebody on the list, here and in the tool, and a contact."""
        partner = self._person(name, email)
        contact = self._contact(name, email)
        self._at_tool(email)
        run_id = self.coupling._start_run("fetch", whole=True)
        self._turn()
        self.assertEqual(self.env["newsletter.run"].browse(run_id).state, "done")
        return partner, contact

    def _turn(self):
        """What the scheduler does until nothing is due."""
        self.env.flush_all()
        for _turn in range(5):
            due = self.env["newsletter.runner"]._due_runs()
            if not due:
                break
            for run in due:
                self.env["newsletter.runner"]._work(run.id, 60)
            self.env.invalidate_all()
        self.env.invalidate_all()

    def _leave(self, emails="anna@example.org", channel="staff", **values):
        emails = [emails] if isinstance(emails, str) else emails
        return self.leavings._leave(emails, self.env.company, channel, **values)

    def _blocked(self, email):
        return bool(self.env["mail.blacklist"].search_count([("email", "=", email)]))

    def _is_off(self, email="anna@example.org"):
        return bool(self._at_tool()[email].deactivated)

    def _member_of(self, email="anna@example.org", coupling=None):
        return self.env["newsletter.member"].search(
            [
                ("email", "=", email),
                ("coupling_id", "=", (coupling or self.coupling).id),
            ]
        )


@tagged("post_install", "-at_install")
class TestLeaving(LeavingCase):
    def test_W5_effect_in_odoo_at_once_and_in_the_tool_by_itself(self):
        partner, contact = self._subscribed()
        leaving = self._leave(note="Called on Monday", channel="phone")
        self.assertTrue(self._blocked("anna@example.org"))
        self.assertTrue(self._subscription(contact).opt_out)
        self.assertEqual(partner.doi_status, "withdrawn")
        self.assertTrue(partner.no_marketing_email)
        receipt = leaving.receipt_ids
        self.assertEqual((receipt.state, leaving.state), ("waiting", "open"))
        self.assertFalse(self._is_off())
        self._turn()
        self.assertTrue(self._is_off())
        self.assertEqual((receipt.state, leaving.state), ("done", "done"))
        self.assertIn("Unsubscribed", receipt.proof)
        self.assertTrue(receipt.done_at)

    def test_repeated_is_harmless(self):
        self._subscribed()
        first = self._leave()
        again = self._leave("  ANNA@example.org ")
        self.assertEqual(first, again)
        self._turn()
        self.assertEqual(first, self._leave(reason="Too many mails"))
        self.assertEqual(first.reason, "Too many mails")
        self.assertEqual(len(first.receipt_ids), 1)
        consent = self.env["newsletter.consent"]._for_address("anna@example.org")
        # sudo: evidence is for the privacy group
        withdrawals = consent.sudo().event_ids.filtered(
            lambda event: event.kind == "withdrawal"
        )
        self.assertEqual(len(withdrawals), 1)
        self.assertEqual(withdrawals.channel, "staff")

    def test_W3_one_list_is_not_all_marketing(self):
        partner, contact = self._subscribed()
        other = self.env["mailing.list"].create({"name": "Events"})
        self.env["mailing.subscription"].create(
            {"contact_id": contact.id, "list_id": other.id}
        )
        leaving = self._leave(lists=self.mailing_list, channel="link")
        self._turn()
        self.assertTrue(self._is_off())
        self.assertTrue(self._subscription(contact).opt_out)
        self.assertFalse(self._subscription(contact, other).opt_out)
        self.assertFalse(self._blocked("anna@example.org"))
        self.assertEqual(partner.doi_status, "confirmed")
        self.assertEqual(leaving.receipt_ids.mapped("state"), ["done"])

    def test_W3_a_complaint_is_always_all_marketing(self):
        self._subscribed()
        leaving = self._leave(lists=self.mailing_list, channel="complaint")
        self.assertEqual(leaving.scope, "everything")
        self.assertTrue(self._blocked("anna@example.org"))

    def test_W4_every_address_of_the_same_person(self):
        partner, _contact = self._subscribed()
        self._subscribed("Anna privat", "anna.privat@example.org")
        private = self.env["res.partner"].search(
            [("email", "=", "anna.privat@example.org")]
        )
        private.newsletter_same_person_id = partner
        colleague = self._person("Ben", "ben@example.org")
        firm = self.env["res.partner"].create(
            {
                "name": "Firm",
                "is_company": True,
                "child_ids": [(6, 0, [partner.id, colleague.id])],
            }
        )
        leavings = self._leave(channel="reply")
        self.assertEqual(
            set(leavings.mapped("email")),
            {"anna@example.org", "anna.privat@example.org"},
        )
        self.assertTrue(private.no_marketing_email)
        self.assertFalse(colleague.no_marketing_email or firm.no_marketing_email)
        self.assertFalse(self._blocked("ben@example.org"))
        self._turn()
        self.assertTrue(self._is_off("anna.privat@example.org"))

    def test_W6_a_later_consent_stands(self):
        self._subscribed()
        found = self._leave(channel="tool", at=self._at("2020-02-05"))
        self.assertFalse(found)
        self.assertFalse(self._blocked("anna@example.org"))
        self.assertTrue(
            self.env["newsletter.event"].search([("code", "=", "leaving_overtaken")])
        )

    def test_W8_nothing_is_sent_to_accounts_that_never_held_the_person(self):
        self._subscribed()
        other = self._connect(name="Second account")
        leaving = self._leave()
        states = {r.connection_id: r.state for r in leaving.receipt_ids}
        self.assertEqual(states[other], "not_there")
        self.assertFalse(
            self.env["newsletter.run"].search([("connection_id", "=", other.id)])
        )

    def test_failed_stays_queued_and_alarms(self):
        self._subscribed()
        leaving = self._leave()
        connector = self.connection._connector_class()
        with patch.object(connector, "unsubscribe", side_effect=ServerFault("down")):
            self._turn()
        receipt = leaving.receipt_ids
        self.assertEqual((receipt.state, receipt.tries), ("failed", 1))
        self.assertTrue(receipt.message and receipt.next_try_at)
        self.assertEqual(leaving.state, "failed")
        receipt.date = fields.Datetime.now() - timedelta(hours=25)
        receipts = self.env["newsletter.leaving.receipt"]
        receipts._cron_settle()
        self.assertEqual(receipt.alarm, "late")
        self.assertEqual(len(self.connection.activity_ids), 1)
        receipts._cron_settle()
        self.assertEqual(len(self.connection.activity_ids), 1)
        receipt.date = fields.Datetime.now() - timedelta(hours=49)
        receipts._cron_settle()
        self.assertEqual(receipt.alarm, "overdue")
        errors = self.env["newsletter.event"].search(
            [("code", "in", ("leaving_late", "leaving_overdue"))]
        )
        self.assertEqual(errors.mapped("level"), ["error", "error"])
        self.assertFalse(self._is_off())
        receipt.next_try_at = fields.Datetime.now()  # the waiting time is over
        receipts._cron_settle()
        self._turn()
        self.assertTrue(self._is_off())
        self.assertEqual(receipt.state, "done")

    def test_a_tool_that_refuses_for_weeks_is_asked_every_hour(self):
        self._subscribed()
        receipt = self._leave().receipt_ids
        connector = self.connection._connector_class()
        for tries in (41, 500):
            receipt.write({"tries": tries, "next_try_at": False})
            with patch.object(connector, "unsubscribe", side_effect=ServerFault("no")):
                self.env["newsletter.leaving.receipt"]._cron_settle()
                self._turn()
            self.assertEqual((receipt.state, receipt.tries), ("failed", tries + 1))
            wait = receipt.next_try_at - fields.Datetime.now()
            self.assertLess(abs(wait - timedelta(hours=1)), timedelta(minutes=1))

    def test_a_paused_coupling_still_lets_people_leave(self):
        self._subscribed()
        self.coupling.state = "paused"
        self._leave()
        self._turn()
        self.assertTrue(self._is_off())

    def test_accounts_without_a_mailing_list(self):
        """Pushed by hand, on a coupling that no mailing list belongs to."""
        self.coupling.unlink()
        partner = self._person("Ben Kurz", "ben@example.org")
        remote_list = self.env["newsletter.remote.list"].search(
            [("remote_id", "=", self.remote_id)]
        )
        self._synchronise(partner, remote_list_id=remote_list.id)
        self.assertFalse(self._is_off("ben@example.org"))
        leaving = self._leave("ben@example.org")
        self._turn()
        self.assertTrue(self._is_off("ben@example.org"))
        self.assertEqual(leaving.receipt_ids.state, "done")
