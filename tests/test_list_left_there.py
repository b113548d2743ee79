"""Who left in the tool, unknown to Odoo's list, is not put on it and mailed."""

from datetime import datetime, timedelta, timezone
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged
from odoo.tools import SQL

from .common_dynamic import DynamicCase
from .test_leaving_mailing import MailingCase

LEFT = datetime(2024, 5, 1)


@tagged("post_install", "-at_install")
class TestListLeftThere(MailingCase, DynamicCase):
    def _left_there(self, name="anna"):
        """A stranger who left in the tool, and was fetched."""
        at = int(LEFT.replace(tzinfo=timezone.utc).timestamp())
        self._at_tool(f"{name}@example.org", deactivated=at)
        self._go("fetch", whole=True)
        member = self._of(f"{name}@example.org")
        self.assertEqual(member.remote_status, "unsubscribed")
        self.assertEqual(member.remote_status_at, LEFT)
        self.assertFalse(self.leavings.search([]))
        return member

    def _mailed(self):
        return self._sent_to(
            self._mailing(contact_list_ids=[(6, 0, self.mailing_list.ids)])
        )

    # --- put on the list ------------------------------------------------------------
    def test_a_filter_does_not_put_them_on(self):
        member = self._left_there()
        self._in_celle("anna", "ben")
        self._refresh()
        self.assertEqual(self._on_list(), ["ben"])
        self.assertIn("1: have left", self.dynamic.left_out_text)
        self.assertFalse(member.local_status)

    def test_nor_does_the_wizard(self):
        self._left_there()
        anna = self._in_celle("anna")
        places = self.env["newsletter.assignment"]._add([(anna, "")], self.mailing_list)
        self.assertEqual([place.code for place in places], ["left"])
        self.assertEqual(self._on_list(), [])

    def test_nor_where_the_contact_was_known_and_only_the_tool_is_written(self):
        self.coupling.direction = "to_tool"
        partner = self._person("Anna", "anna@example.org", consent="none")
        member = self._left_there()
        partner.city = "Celle"
        self._refresh()
        self.assertEqual(self._on_list(), [])
        # the trap: the contact has another address now
        member.partner_id = partner
        partner.with_context(newsletter_leaving=True).email = "lang@example.org"
        member.email = "anna@example.org"
        self.env.flush_all()
        self._refresh()
        self.assertEqual(self._on_list(), [])

    def test_an_ended_coupling_is_remembered(self):
        member = self._left_there()
        member.write({"active": False, "uncoupled": True})
        self.coupling.write({"active": False, "state": "ended"})
        self._in_celle("anna")
        self._refresh()
        self.assertEqual(self._on_list(), [])

    def test_another_list_is_another_matter(self):
        self._left_there()
        other = self.env["mailing.list"].create({"name": "Events"})
        self._in_celle("anna")
        self._refresh(self._feed(other))
        self.assertEqual(self._on_list(other), ["anna"])

    def test_a_later_confirmed_consent_brings_them_back_an_earlier_one_does_not(self):
        member = self._left_there()
        self._in_celle("anna")
        self._consent("anna@example.org", "confirmed", at=LEFT - timedelta(days=1))
        self._refresh()
        self.assertEqual(self._on_list(), [])
        self._consent("anna@example.org", "confirmed", at=LEFT + timedelta(days=1))
        member.remote_status_at = False
        self._refresh()
        self.assertEqual(self._on_list(), [], "an unknown time proves nothing")
        member.remote_status_at = LEFT
        self._refresh()
        self.assertEqual(self._on_list(), ["anna"])
        self.assertEqual(self._mailed(), ["anna@example.org"])

    def test_what_we_told_the_tool_ourselves_is_no_leaving(self):
        member = self._left_there()
        run_id = self.coupling._start_run("transmit")
        line = self.env["newsletter.run.line"].create(
            {
                "run_id": run_id,
                "member_id": member.id,
                "res_model": member._name,
                "res_id": member.id,
                "plan": "unsubscribe",
                "result": "unsubscribed",
            }
        )
        self._in_celle("anna")
        self._refresh()
        self.assertEqual(self._on_list(), [], "they had left before we told it")
        member.remote_status_at = fields.Datetime.now() + timedelta(minutes=1)
        again = line.copy({"plan": "transmit", "result": "updated"})
        self._refresh()
        self.assertEqual(self._on_list(), [], "we had put them back, and they left")
        again.unlink()
        self._refresh()
        self.assertEqual(self._on_list(), ["anna"])

    # --- put there by hand ----------------------------------------------------------
    def test_odoos_own_mailings_leave_them_out(self):
        self._left_there()
        self._contact("Anna", "anna@example.org")
        self._contact("Ben", "ben@example.org")
        self.assertEqual(self._mailed(), ["ben@example.org"])

    def test_each_batch_of_a_mailing_asks_about_its_own_people(self):
        """Else the whole list would be looked through for every fifty of them."""
        self._left_there()
        self._left_there("carl")
        for name in ("anna", "ben", "carl"):
            self._contact(name, f"{name}@example.org")
        self.env["ir.config_parameter"].set_param("mail.batch_size", "1")
        asked = []
        mailings = type(self.env["mailing.mailing"])
        left_out = mailings._newsletter_left_out

        def noted(mailing):
            found = left_out(mailing)
            asked.append((mailing.env.context["newsletter_mailed"], sorted(found)))
            return found

        with patch.object(mailings, "_newsletter_left_out", noted):
            self.assertEqual(self._mailed(), ["ben@example.org"])
        self.assertEqual(
            sorted(each for each in asked if each[0]),
            [
                (["anna@example.org"], ["anna@example.org"]),
                (["ben@example.org"], []),
                (["carl@example.org"], ["carl@example.org"]),
            ],
        )

    def test_unless_another_of_the_lists_has_them(self):
        self._left_there()
        contact = self._contact("Anna", "anna@example.org")
        other = self.env["mailing.list"].create({"name": "Events"})
        row = self.env["mailing.subscription"].create(
            {"contact_id": contact.id, "list_id": other.id}
        )
        both = self.mailing_list + other
        mailing = {"contact_list_ids": [(6, 0, both.ids)]}
        self.assertEqual(self._sent_to(self._mailing(**mailing)), [contact.email])
        # the trap: they left that one as well, in Odoo
        self._leave(lists=other, channel="link")
        self.env.flush_all()
        self.env.cr.execute(
            SQL("UPDATE mailing_subscription SET opt_out = FALSE WHERE id = %s", row.id)
        )
        self.env.invalidate_all()
        self.assertEqual(self._sent_to(self._mailing(**mailing)), [])

    def test_a_leaving_lifted_for_a_reason_stands_no_more(self):
        member = self._left_there()
        contact = self._contact("Anna", "anna@example.org")
        self._leave(lists=self.mailing_list, channel="tool", at=LEFT)
        self._subscription(contact).with_context(newsletter_reason="Asked us").write(
            {"opt_out": False}
        )
        self.assertTrue(self.leavings.search([]).lifted_at)
        for known in (LEFT, False):
            member.remote_status_at = known
            self.assertEqual(self._mailed(), ["anna@example.org"])
        member.remote_status_at = fields.Datetime.now() + timedelta(days=1)
        self.assertEqual(self._mailed(), [], "they left again since")
