"""Returns: what they do to an address, the rule for hard ones, and the way back."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.mail.tests.common import MockEmail

from ..connectors.contract import Bounce
from ..connectors.errors import ServerFault
from ..sync.vocabulary import Status
from .test_leaving import LeavingCase

REPORT = """\
Return-Path: <>
From: MAILER-DAEMON@mail.example.net
To: bounce@{domain}
Subject: Undelivered Mail Returned to Sender
Message-ID: <report-{number}@mail.example.net>
References: {reference}
Date: Mon, 02 Mar 2026 10:00:00 +0000
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

Sorry.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.net

Final-Recipient: rfc822; {email}
Action: {action}
Status: {code}
Diagnostic-Code: smtp; 550 {code} something

--b
Content-Type: message/rfc822

From: club@example.org
To: {email}
Message-ID: {reference}
Subject: News

Hello
--b--
"""


class BounceCase(LeavingCase):
    def setUp(self):
        super().setUp()
        self.bounces = self.env["newsletter.bounce"]
        self.addresses = self.env["newsletter.bounce.address"]

    def _report(self, email="anna@example.org", days=0, company=None, **row):
        at = self._at("2026-03-01") + timedelta(days=days)
        return self.bounces._report(
            [{"email": email, "at": at, **row}], company or self.env.company
        )

    def _state(self, email="anna@example.org"):
        return self.addresses.search([("email", "=", email)]).state

    def _find(self, email="anna@example.org"):
        return self.addresses.search([("email", "=", email)])


@tagged("post_install", "-at_install")
class TestBounce(BounceCase):
    # --- states -----------------------------------------------------------------------
    def test_hard_at_once_soft_after_a_while(self):
        self._report(code="5.1.1")
        self.assertEqual(self._state(), "hard_bounce")
        for number in range(5):
            self._report("ben@example.org", days=number * 4, code="4.2.2")
        self.assertEqual(self._state("ben@example.org"), "hard_bounce")
        self._report("cleo@example.org", code="5.7.1")
        self.assertFalse(self._find("cleo@example.org"))

    def test_reported_twice_counts_once(self):
        for _turn in range(3):
            self._report(code="4.2.2")
        self.assertEqual(self._find().count, 1)

    def test_thresholds_are_an_administrators_data(self):
        self.env["ir.config_parameter"].set_param("newsletter_sync.bounce_soft", "2")
        self.env["ir.config_parameter"].set_param(
            "newsletter_sync.bounce_soft_days", "1"
        )
        self._report(code="4.2.2")
        self._report(code="4.2.2", days=1)
        self.assertEqual(self._state(), "hard_bounce")

    def test_B3_everything_that_was_said_is_kept(self):
        self._report(
            code="inactive",
            text="mailbox gone",
            said=Status.HARD_BOUNCE,
            connection=self.connection,
        )
        bounce = self._find().bounce_ids
        self.assertEqual(
            (bounce.kind, bounce.code, bounce.text, bounce.said),
            ("hard", "inactive", "mailbox gone", "hard_bounce"),
        )
        self.assertEqual(self._find().source, "CleverReach")

    def test_B5_for_all_lists_and_set_right_by_a_named_user(self):
        partner = self._person("Anna", "anna@example.org")
        self._report(code="5.1.1")
        self.assertTrue(partner.with_user(self.clerk).newsletter_undeliverable)
        self.assertEqual(partner.email, "anna@example.org")
        self.assertEqual(partner.doi_status, "confirmed")  # B6
        remote_list = self.coupling.remote_list_id
        run = self._synchronise(partner, remote_list_id=remote_list.id)
        self.assertEqual(run.line_ids.reason, "undeliverable")
        with self.assertRaises(UserError):
            self._find()._reset(" ")
        partner.with_user(self.clerk).action_newsletter_deliverable()
        self.env.invalidate_all()
        address = self._find()
        self.assertEqual((address.state, address.reset_by), ("reset", self.clerk))
        self.assertFalse(partner.with_user(self.clerk).newsletter_undeliverable)
        run = self._synchronise(partner, remote_list_id=remote_list.id)
        self.assertEqual(run.line_ids.result, "subscribed")
        # another return later counts anew
        self.bounces._report(
            [
                {
                    "email": partner.email,
                    "at": fields.Datetime.now() + timedelta(seconds=2),
                    "code": "5.1.1",
                }
            ],
            self.env.company,
        )
        self.assertEqual(address.state, "hard_bounce")

    def test_B5_another_address_is_another_question(self):
        partner = self._person("Anna", "anna@example.org")
        self._report(code="5.1.1")
        partner.email = "anna.new@example.org"
        self.assertFalse(partner.with_user(self.clerk).newsletter_undeliverable)

    def test_B6_no_opt_out_follows(self):
        partner, contact = self._subscribed()
        self._report(code="5.1.1")
        self.assertFalse(self._subscription(contact).opt_out)
        self.assertFalse(self._blocked("anna@example.org"))
        self.assertFalse(partner.no_marketing_email)
        self.assertFalse(self.leavings.search([]))

    def test_B7_blank_and_invalid_addresses_raise_nothing(self):
        self._report("", code="5.1.1")
        self._report("no address at all", code="5.1.1")
        self.assertFalse(self.addresses.search([]))

    def test_J03_filters_find_the_returned(self):
        anna = self._person("Anna", "anna@example.org")
        ben = self._person("Ben", "ben@example.org")
        nobody = self.env["res.partner"].create({"name": "Nobody"})
        self._report(code="5.1.1")
        partners = self.env["res.partner"].with_user(self.clerk)
        ours = [("id", "in", (anna + ben + nobody).ids)]
        bad = partners.search([*ours, ("newsletter_undeliverable", "=", True)])
        good = partners.search([*ours, ("newsletter_undeliverable", "=", False)])
        self.assertEqual(bad, anna)
        self.assertEqual(good, ben + nobody)
        member = self._member("anna@example.org")
        found = self.env["newsletter.member"].search([("undeliverable", "=", True)])
        self.assertEqual(found, member)

    def test_of_another_company_is_not_seen(self):
        other = self.env["res.company"].create({"name": "Other sender"})
        partner = self._person("Anna", "anna@example.org")
        self._report(code="5.1.1", company=other)
        self.assertFalse(partner.with_user(self.clerk).newsletter_undeliverable)
        with self.assertRaises(AccessError):
            self._find().with_user(self.clerk).read(["email"])

    # --- from the tools ---------------------------------------------------------------
    def test_J01_a_fetched_status_marks_the_address(self):
        self._subscribed()
        self._at_tool("anna@example.org", bounced=1_760_000_000)
        self.coupling._start_run("fetch", whole=True)
        self._turn()
        member = self._member_of()
        # this tool's list does not say how it bounced
        self.assertEqual(member.remote_status, "general_bounce")
        self.assertEqual(self._state(), "general_bounce")
        self.assertEqual(len(self._find().bounce_ids), 1)
        self.coupling._start_run("fetch", whole=True)
        self._turn()
        self.assertEqual(len(self._find().bounce_ids), 1)

    def test_J02_the_button_fetches_returns(self):
        self._subscribed()
        told = [
            Bounce("anna@example.org", Status.SOFT_BOUNCE, code="soft", message="full"),
            Bounce("stranger@example.org", Status.HARD_BOUNCE),
        ]
        connector = self.connection._connector_class()
        with patch.object(connector, "bounces", return_value=iter(told)):
            action = self.coupling.action_fetch_returns()
        self.env.invalidate_all()
        self.assertEqual(action["res_model"], "newsletter.bounce.address")
        self.assertEqual(self._state(), "soft_bounce")
        self.assertFalse(self._find("stranger@example.org"))
        run = self.env["newsletter.run"].search([("kind", "=", "returns")])
        self.assertEqual((run.state, run.total), ("done", 2))
        self.assertTrue(self.connection.returns_fetched_at)

    # --- the rule of the source (J04, J05, J11) ---------------------------------------
    def _move(self):
        self.env.company.newsletter_hard_bounce_rule = "move"
        partner, contact = self._subscribed()
        partner.comment = "<p>Old friend</p>"
        self._report(code="5.1.1", text="550 5.1.1 User unknown")
        return partner, contact

    def test_J04_J05_moved_into_a_dated_note_then_removed_in_the_tool(self):
        partner, contact = self._move()
        self.assertFalse(partner.email or contact.email)
        self.assertIn("Old friend", partner.comment)
        self.assertIn("anna@example.org", partner.comment)
        self.assertIn("2026-03-01", partner.comment)
        self.assertIn("anna@example.org", contact.message_ids[0].body)
        # Odoo is right first, the tool comes after (J11)
        self.assertIn("anna@example.org", self._at_tool())
        self._turn()
        self.assertNotIn("anna@example.org", self._at_tool())
        self.assertTrue(partner.with_user(self.clerk).newsletter_undeliverable)
        self.coupling._start_run("fetch", whole=True)
        self._turn()
        self.assertFalse(partner.email)

    def test_J04_undo(self):
        partner, contact = self._move()
        self._turn()
        self._find().with_user(self.clerk).action_reset()
        self.assertEqual(partner.email, "anna@example.org")
        self.assertEqual(contact.email, "anna@example.org")
        self.assertFalse(self._find().moved)
        # nobody is put back in the tool by it, but a clerk may
        self._turn()
        self.assertNotIn("anna@example.org", self._at_tool())
        run = self._synchronise(partner, remote_list_id=self.coupling.remote_list_id.id)
        self.assertEqual(run.line_ids.result, "subscribed", run.line_ids.reason)

    def test_J04_undo_before_the_tool_was_asked(self):
        partner, _contact = self._move()
        self._find().with_user(self.clerk).action_reset()
        self._turn()
        self.assertEqual(partner.email, "anna@example.org")
        self.assertIn("anna@example.org", self._at_tool())

    def test_J11_a_refused_removal_is_tried_again(self):
        self._move()
        connector = self.connection._connector_class()
        with patch.object(connector, "remove", side_effect=ServerFault("down")):
            self._turn()
        self.assertIn("anna@example.org", self._at_tool())
        member = self._member_of()
        self.assertEqual((member.remove_bounced, member.tries), (True, 1))
        member.next_try_at = False
        self.env["newsletter.connection"]._cron_returns()
        self._turn()
        self.assertNotIn("anna@example.org", self._at_tool())

    def test_a_user_keeps_the_address_of_the_login(self):
        self.env.company.newsletter_hard_bounce_rule = "move"
        partner = self.clerk.partner_id
        partner.email = "clerk@example.org"
        self._report("clerk@example.org", code="5.1.1")
        self.assertEqual(partner.email, "clerk@example.org")

    def test_moving_out_by_hand_is_for_managers(self):
        self._report(code="5.1.1")
        with self.assertRaises(UserError):
            self._find().with_user(self.clerk).action_move_out()


@tagged("post_install", "-at_install")
class TestOwnBounces(MockEmail, BounceCase):
    """Mails that Odoo sent itself, through its mail gateway."""

    def setUp(self):
        super().setUp()
        self.partner = self._person("Anna", "anna@example.org")
        self.message = self.env["mail.message"].create(
            {
                "model": "res.partner",
                "res_id": self.partner.id,
                "message_id": "<sent-1@example.org>",
                "message_type": "email_outgoing",
            }
        )

    def _receive(self, number=1, reference="<sent-1@example.org>", **values):
        values = {
            "email": "anna@example.org",
            "action": "failed",
            "code": "5.1.1",
            **values,
        }
        text = REPORT.format(
            number=number, reference=reference, domain="example.org", **values
        )
        with self.mock_mail_gateway():
            self.env["mail.thread"].message_process(None, text)

    def test_a_report_is_read(self):
        self._receive()
        self.assertEqual(self._state(), "hard_bounce")
        self.assertEqual(self._find().code, "5.1.1")

    def test_B1_a_delay_is_no_return(self):
        self._receive(action="delayed", code="4.4.1")
        self.assertFalse(self._find())

    def test_B4_reports_about_foreign_mails_count_nothing(self):
        self._receive(reference="<somebody-elses@example.net>")
        self.assertFalse(self._find())

    def test_policy_never_blames_the_address(self):
        self._receive(code="5.7.26")
        self.assertFalse(self._find())
        self.assertEqual(self.bounces.search([]).kind, "policy")

    def test_B6_core_blocklists_nobody_for_returns(self):
        mailing = self.env["mailing.mailing"].create(
            {
                "subject": "News",
                "mailing_model_id": self.env["ir.model"]._get_id("res.partner"),
            }
        )
        traces = self.env["mailing.trace"].create(
            [
                {
                    "mass_mailing_id": mailing.id,
                    "model": "res.partner",
                    "res_id": self.partner.id,
                    "email": "anna@example.org",
                    "message_id": f"<sent-1{number}@example.org>",
                    "trace_status": "bounce",
                }
                for number in range(6)
            ]
        )
        self.env.flush_all()
        for number, trace in enumerate(traces):
            self.env.cr.execute(
                "UPDATE mailing_trace SET write_date = now() - %s * interval '3 days'"
                " WHERE id = %s",
                [number, trace.id],
            )
        self.env.invalidate_all()
        self.partner.message_bounce = 10
        self._receive(reference="<sent-10@example.org>", code="4.2.2")
        self.assertFalse(self._blocked("anna@example.org"))
        self.assertFalse(self.leavings.search([]))
        self.assertEqual(self._state(), "soft_bounce")

    def test_many_refusals_of_a_mailing_alarm(self):
        mailing = self.env["mailing.mailing"].create(
            {
                "subject": "News",
                "mailing_model_id": self.env["ir.model"]._get_id("res.partner"),
            }
        )
        self.env["mailing.trace"].create(
            {
                "mass_mailing_id": mailing.id,
                "model": "res.partner",
                "res_id": self.partner.id,
                "email": "anna@example.org",
                "message_id": "<sent-20@example.org>",
                "sent_datetime": fields.Datetime.now(),
                "trace_status": "sent",
            }
        )
        for number in (1, 2):
            self._receive(number, reference="<sent-20@example.org>", code="5.7.26")
        events = self.env["newsletter.event"].search([("code", "=", "sender_refused")])
        self.assertEqual(len(events), 1)
        self.assertEqual(events.level, "error")
