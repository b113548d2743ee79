"""Who wants no marketing gets no marketing, and everything else (B19)."""

from odoo.tests import tagged
from odoo.tools import email_normalize

from odoo.addons.mail.tests.common import MockEmail

from .test_leaving import LeavingCase


class MailingCase(MockEmail, LeavingCase):
    def _mailing(self, model="mailing.list", domain=None, **values):
        mailing = self.env["mailing.mailing"].create(
            {
                "subject": "News",
                "body_html": "<p>News</p>",
                "mailing_model_id": self.env["ir.model"]._get_id(model),
                "mailing_domain": str(domain or []),
                **values,
            }
        )
        return mailing

    def _sent_to(self, mailing):
        with self.mock_mail_gateway():
            mailing.action_send_mail()
        return sorted(
            email_normalize(address)
            for mail in self._mails
            for address in mail["email_to"]
        )


@tagged("post_install", "-at_install")
class TestLeavingMailing(MailingCase):
    def _unwilling(self):
        partner = self._person("Anna", "anna@example.org")
        partner.no_marketing_email = True
        return partner

    def test_B19_no_mailing_reaches_them(self):
        partner = self._unwilling()
        other = self._person("Ben", "ben@example.org")
        mailing = self._mailing("res.partner", [("id", "in", (partner + other).ids)])
        self.assertEqual(self._sent_to(mailing), ["ben@example.org"])

    def test_B19_nor_does_one_to_a_list_or_to_leads(self):
        self._unwilling()
        self._contact("Anna", "anna@example.org")
        self._contact("Ben", "ben@example.org")
        mailing = self._mailing(contact_list_ids=[(6, 0, self.mailing_list.ids)])
        self.assertEqual(self._sent_to(mailing), ["ben@example.org"])

    def test_B19_a_tick_that_came_by_an_import_counts_as_well(self):
        partner = self._person("Anna", "anna@example.org")
        partner.with_context(newsletter_leaving=True).no_marketing_email = True
        self.assertFalse(self._blocked("anna@example.org"))
        mailing = self._mailing("res.partner", [("id", "=", partner.id)])
        self.assertEqual(self._sent_to(mailing), [])

    def test_B19_another_address_of_the_contact_is_kept_out_too(self):
        partner = self._unwilling()
        partner.email = "anna.new@example.org"
        self.assertTrue(self._blocked("anna.new@example.org"))
        mailing = self._mailing("res.partner", [("id", "=", partner.id)])
        self.assertEqual(self._sent_to(mailing), [])

    def test_B19_L7_necessary_mails_still_go_out(self):
        partner = self._unwilling()
        template = self.env["mail.template"].create(
            {
                "name": "Reminder",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "email_to": "{{ object.email }}",
                "subject": "Your invoice is due",
                "body_html": "<p>Please pay.</p>",
            }
        )
        ways = {
            "template": lambda: template.send_mail(partner.id, force_send=True),
            "mail": lambda: (
                self.env["mail.mail"]
                .create(
                    {
                        "email_to": partner.email,
                        "subject": "Contract",
                        "body_html": "<p>x</p>",
                    }
                )
                .send()
            ),
            "chatter": lambda: partner.message_post(
                body="Your order",
                partner_ids=partner.ids,
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
            ),
        }
        for way, send in ways.items():
            with self.subTest(way), self.mock_mail_gateway():
                send()
                recipients = str([mail["email_to"] for mail in self._mails])
                self.assertIn("anna@example.org", recipients)

    def test_B21_a_push_leaves_them_out(self):
        partner = self._unwilling()
        run = self._synchronise(partner, remote_list_id=self.coupling.remote_list_id.id)
        self.assertEqual(run.line_ids.reason, "unwanted")
        self.assertFalse(self._at_tool())

    def test_who_left_a_list_is_not_mailed_as_somebody_new_on_it(self):
        """The same address once more on the list, by an import past every hook."""
        self._contact("Anna", "anna@example.org")
        self._leave(lists=self.mailing_list, channel="link")
        twin = self.env["mailing.contact"].create(
            {"name": "Anna again", "email": "anna@example.org"}
        )
        twin.list_ids = self.mailing_list
        self._contact("Ben", "ben@example.org")
        mailing = self._mailing(contact_list_ids=[(6, 0, self.mailing_list.ids)])
        self.assertEqual(self._sent_to(mailing), ["ben@example.org"])

    def test_another_list_still_reaches_who_left_one(self):
        other = self.env["mailing.list"].create({"name": "Events"})
        contact = self._contact("Anna", "anna@example.org")
        self.env["mailing.subscription"].create(
            {"contact_id": contact.id, "list_id": other.id}
        )
        self._leave(lists=self.mailing_list, channel="link")
        both = self.mailing_list + other
        mailing = self._mailing(contact_list_ids=[(6, 0, both.ids)])
        self.assertEqual(self._sent_to(mailing), ["anna@example.org"])

    def test_J03_no_mailing_goes_to_an_address_that_does_not_exist(self):
        self._contact("Anna", "anna@example.org")
        self.env["newsletter.bounce"]._report(
            [{"email": "anna@example.org", "code": "5.1.1"}], self.env.company
        )
        mailing = self._mailing(contact_list_ids=[(6, 0, self.mailing_list.ids)])
        self.assertEqual(self._sent_to(mailing), [])
