"""The preference page and the one-click header (rules W1, O1-O7, T1, T2, D4)."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from odoo.addons.mail.tests.common import MockEmail

from ..models.newsletter_preference import NewsletterPreference
from .common_http import HttpSandboxCase
from .test_leaving import LeavingCase


@tagged("post_install", "-at_install")
class TestPreferences(MockEmail, HttpSandboxCase, LeavingCase):
    def setUp(self):
        super().setUp()
        self.contact = self._contact("Anna Muster", "anna@example.org")
        self.links = self.env["newsletter.preference"]
        self.url = self._link(self.mailing_list)

    def _link(self, lists=None):
        return self.links._url("anna@example.org", self.env.company, lists)

    def _off(self, mailing_list=None):
        self.env.invalidate_all()
        return self._subscription(self.contact, mailing_list).opt_out

    # --- the link ---------------------------------------------------------------------
    def test_T1_only_a_hash_is_stored(self):
        token = self.url.rpartition("/")[2]
        link = self.links._find(token)
        self.assertEqual(link.email, "anna@example.org")
        self.assertNotIn(token, str(link.read()))
        self.assertGreaterEqual(len(token) * 6, 128)

    def test_O3_each_address_list_and_company_has_its_own(self):
        other = self.env["mailing.list"].create({"name": "Events"})
        company = self.env["res.company"].create({"name": "Other sender"})
        urls = {
            self.url,
            self._link(other),
            self._link(),
            self.links._url("anna@example.org", company, self.mailing_list),
            self.links._url("ben@example.org", self.env.company, self.mailing_list),
        }
        self.assertEqual(len(urls), 5)
        self.assertEqual(self._link(self.mailing_list), self.url)
        self.assertEqual(self.links.search_count([]), 5)

    def test_O7_works_for_a_year_after_the_last_mail(self):
        link = self.links._find(self.url.rpartition("/")[2])
        link.sent_at = fields.Datetime.now() - timedelta(days=300)
        self.links._gc_links()
        self.assertTrue(link.exists())
        self._link(self.mailing_list)  # another mail
        self.assertGreater(link.sent_at, fields.Datetime.now() - timedelta(days=1))
        link.sent_at = fields.Datetime.now() - timedelta(days=366)
        self.links._gc_links()
        self.assertFalse(link.exists())

    # --- the page ---------------------------------------------------------------------
    def test_O5_D4_get_and_head_change_nothing(self):
        self.assertEqual(self.url_open(self.url, method="HEAD").status_code, 200)
        answer = self.url_open(self.url)
        self.assertEqual(answer.status_code, 200)
        self.assertIn("Club news", answer.text)
        self.assertIn("a***@example.org", answer.text)
        self.assertNotIn("anna@example.org", answer.text)
        self.assertFalse(self._off())
        self.assertFalse(self.leavings.search([]))

    def test_T2_headers_of_the_page(self):
        answer = self.url_open(self.url)
        self.assertEqual(answer.headers["Referrer-Policy"], "no-referrer")
        self.assertEqual(answer.headers["Cache-Control"], "no-store")
        self.assertIn("noindex", answer.headers["X-Robots-Tag"])
        self.assertIn("default-src 'none'", answer.headers["Content-Security-Policy"])
        for foreign in ("<script", "//fonts", "<img", "url("):
            self.assertNotIn(foreign, answer.text)
        self.assertEqual(answer.text.count("<link"), 1)
        self.assertIn('<link rel="icon" href="data:,"', answer.text)
        self.assertFalse(answer.cookies)

    def test_W1_one_list_in_one_step(self):
        other = self.env["mailing.list"].create({"name": "Events", "is_public": True})
        self.env["mailing.subscription"].create(
            {"contact_id": self.contact.id, "list_id": other.id}
        )
        answer = self.url_open(
            self.url, data={"action": "list", "list": self.mailing_list.id}
        )
        self.assertEqual(answer.status_code, 200)
        self.assertIn("You are unsubscribed from", answer.text)
        self.assertTrue(self._off())
        self.assertFalse(self._off(other))
        leaving = self.leavings.search([])
        self.assertEqual((leaving.channel, leaving.scope), ("page", "list"))

    def test_W1_everything_in_one_step_and_the_reason_afterwards(self):
        answer = self.url_open(self.url, data={"action": "everything"})
        self.assertIn("no more advertising", answer.text)
        self.assertTrue(self._blocked("anna@example.org"))
        leaving = self.leavings.search([("scope", "=", "everything")])
        self.assertFalse(leaving.reason)
        reason = self.env["mailing.subscription.optout"].search([], limit=1)
        self.url_open(
            self.url,
            data={"action": "reason", "reason": reason.id, "text": "Too many"},
        )
        self.env.invalidate_all()
        self.assertEqual(leaving.reason, f"{reason.name}: Too many")
        self.assertEqual(self._subscription(self.contact).opt_out_reason_id, reason)

    def test_only_lists_of_the_page_can_be_left(self):
        secret = self.env["mailing.list"].create({"name": "Secret"})
        self.env["mailing.subscription"].create(
            {"contact_id": self.contact.id, "list_id": secret.id}
        )
        self.assertNotIn("Secret", self.url_open(self.url).text)
        self.url_open(self.url, data={"action": "list", "list": secret.id})
        self.assertFalse(self._off(secret))

    def test_wrong_tokens_change_nothing_and_tell_nothing(self):
        token = self.url.rpartition("/")[2]
        for wrong in (token[:-1], token + "A", "x", "%00", "ä" * 50):
            url = f"/newsletter/preferences/{wrong}"
            self.assertEqual(self.url_open(url).status_code, 404)
            answer = self.url_open(url, data={"action": "everything"})
            self.assertEqual(answer.status_code, 404)
            answer = self.url_open(url, data={"List-Unsubscribe": "One-Click"})
            self.assertEqual(answer.status_code, 404)
        self.assertFalse(self.leavings.search([]))

    def test_in_the_language_of_the_person(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.env["res.partner"].create(
            {"name": "Anna", "email": "anna@example.org", "lang": "de_DE"}
        )
        answer = self.url_open(self.url)
        self.assertIn('lang="de-DE"', answer.text)

    # --- one click --------------------------------------------------------------------
    def test_O4_urlencoded_without_cookie_and_redirect(self):
        self.opener.cookies.clear()
        answer = self.url_open(
            self.url, data={"List-Unsubscribe": "One-Click"}, allow_redirects=False
        )
        self.assertEqual((answer.status_code, answer.text), (200, ""))
        self.assertTrue(self._off())
        self.assertFalse(self._blocked("anna@example.org"))
        self.assertEqual(self.leavings.search([]).channel, "header")

    def test_O4_multipart(self):
        answer = self.url_open(
            self.url,
            files={"List-Unsubscribe": (None, "One-Click")},
            allow_redirects=False,
        )
        self.assertEqual(answer.status_code, 200)
        self.assertTrue(self._off())

    def test_O6_repeated_is_harmless(self):
        for _turn in range(3):
            answer = self.url_open(self.url, data={"List-Unsubscribe": "One-Click"})
            self.assertEqual(answer.status_code, 200)
        self.assertEqual(len(self.leavings.search([])), 1)

    def test_a_link_without_a_list_is_about_everything(self):
        self.url_open(self._link(), data={"List-Unsubscribe": "One-Click"})
        self.assertTrue(self._blocked("anna@example.org"))

    def test_evidence_of_the_click(self):
        self.url_open(
            self.url,
            data={"action": "everything"},
            headers={"User-Agent": "Browser of Anna"},
        )
        consent = self.env["newsletter.consent"]._for_address("anna@example.org")
        # sudo: evidence is for the privacy group
        event = consent.sudo().event_ids[-1]
        self.assertEqual((event.kind, event.channel), ("withdrawal", "page"))
        self.assertEqual(event.user_agent, "Browser of Anna")
        self.assertTrue(event.ip)

    def test_evidence_of_no_leaving_twice_in_a_race(self):
        """Two clicks at once: the second finds what the first has done."""
        with patch.object(NewsletterPreference, "_is_blocked", return_value=False):
            self.url_open(self.url, data={"action": "everything"})
            self.url_open(self.url, data={"action": "everything"})
        everything = self.leavings.search([("scope", "=", "everything")])
        self.assertEqual(len(everything), 1)

    # --- mailings of Odoo -------------------------------------------------------------
    def _mailing(self, **values):
        return self.env["mailing.mailing"].create(
            {
                "subject": "News",
                "body_html": '<a href="/unsubscribe_from_list">off</a>',
                "mailing_model_id": self.env["ir.model"]._get_id("mailing.list"),
                "contact_list_ids": [(6, 0, self.mailing_list.ids)],
                **values,
            }
        )

    def test_O1_headers_of_odoos_mailings(self):
        mailing = self._mailing()
        with self.mock_mail_gateway():
            mailing.action_send_mail()
        (mail,) = self._mails
        header = mail["headers"]["List-Unsubscribe"]
        self.assertEqual(header, f"<{self.url}>")
        self.assertEqual(
            mail["headers"]["List-Unsubscribe-Post"], "List-Unsubscribe=One-Click"
        )
        self.assertIn(self.url, mail["body"])
        self.url_open(header.strip("<>"), data={"List-Unsubscribe": "One-Click"})
        self.assertTrue(self._off())

    def test_O8_odoos_own_pages_lead_to_the_same_door(self):
        mailing = self._mailing()
        self.env["ir.config_parameter"].set_param(
            "newsletter_sync.own_unsubscribe_links", "0"
        )
        url = mailing._get_unsubscribe_oneclick_url("anna@example.org", self.contact.id)
        self.assertNotIn("newsletter/preferences", url)
        answer = self.url_open(url, data={"List-Unsubscribe": "One-Click"})
        self.assertEqual(answer.status_code, 200)
        self.assertTrue(self._off())
        leaving = self.leavings.search([])
        self.assertEqual((leaving.scope, leaving.channel), ("list", "page"))

    def test_a_mailing_to_contacts_leads_to_everything(self):
        partner = self._person("Ben Kurz", "ben@example.org")
        mailing = self._mailing(
            mailing_model_id=self.env["ir.model"]._get_id("res.partner"),
            mailing_domain=str([("id", "=", partner.id)]),
        )
        url = mailing._get_unsubscribe_oneclick_url("ben@example.org", partner.id)
        self.url_open(url, data={"List-Unsubscribe": "One-Click"})
        self.env.invalidate_all()
        self.assertTrue(partner.no_marketing_email)
