"""The mail that asks for a confirmation: what it says, who gets it, what it proves."""

from markupsafe import Markup

from odoo.exceptions import ValidationError
from odoo.tests import TransactionCase, tagged

from .common_consent import ANNA, EVA, OptInMixin


@tagged("post_install", "-at_install")
class TestConsentMail(OptInMixin, TransactionCase):
    def setUp(self):
        super().setUp()
        self.form = self._make_form()

    def test_D2_the_mail_names_what_it_must_and_is_neutral(self):
        company = self.env.company
        company.write({"street": "Club Street 1", "zip": "12345", "city": "Clubtown"})
        self._ask(ANNA, form=self.form, lang="en_US")
        [(mail, link)] = self._deliver()
        body = mail["body"]
        for needed in (
            company.name,
            "Club news",
            "News about courses and events",
            "Club Street 1",
            "Clubtown",
            "If you do nothing",
            link,
        ):
            self.assertIn(needed, body)
        self.assertFalse(self.form.neutrality)
        self.assertEqual(mail["email_to"], [ANNA])
        self.assertIn("office@example.com", mail["email_from"])

    def test_D2_hints_at_what_is_not_neutral(self):
        template = self.env.ref("newsletter_sync.mail_template_consent").copy()
        self.form.template_id = template
        template.body_html += Markup(
            '<p>20 % Rabatt <a href="https://shop.example.org">hier</a>'
            '<img src="https://shop.example.org/x.png"/></p>'
        )
        self.env.flush_all()
        self.assertIn("https://shop.example.org", self.form.neutrality)
        self.assertIn("x.png", self.form.neutrality)
        self.assertIn("rabatt", self.form.neutrality)
        with self.assertRaisesRegex(ValidationError, "needs the link"):
            template.body_html = "<p>Thanks</p>"

    def test_D2_the_mail_comes_in_the_persons_language(self):
        self.env.ref("newsletter_sync.mail_template_consent").with_context(
            lang="de_DE"
        ).subject = "Bitte bestätigen"
        self.env["res.partner"].create({"name": "E", "email": EVA, "lang": "de_DE"})
        self._ask(ANNA, form=self.form, lang="de_DE")
        self._ask(EVA, form=self.form)
        self._ask("fritz@example.org", form=self.form, lang="fr_FR")
        subjects = {
            mail["email_to"][0]: mail["subject"] for mail, _link in self._deliver()
        }
        self.assertEqual(subjects[ANNA], "Bitte bestätigen")
        self.assertEqual(subjects[EVA], "Bitte bestätigen")
        self.assertEqual(
            subjects["fritz@example.org"], "Please confirm your subscription"
        )

    def test_A5_no_robot_answers_the_mail(self):
        self._ask(ANNA, form=self.form)
        [(mail, _link)] = self._deliver()
        self.assertEqual(mail["headers"]["Auto-Submitted"], "auto-generated")
        self.assertEqual(mail["headers"]["X-Auto-Response-Suppress"], "All")

    def test_the_whole_mail_is_evidence(self):
        requests, _refused = self._ask(ANNA, form=self.form)
        [(mail, link)] = self._deliver()
        event = self._of(mailing_list=self.club).event_ids[1]
        self.assertEqual(event.kind, "mail")
        self.assertEqual(event.subject, mail["subject"])
        self.assertEqual(event.message_id, mail["message_id"])
        self.assertEqual(event.message_id, requests.message_id)
        self.assertIn("accepted by", event.delivery)
        self.assertIn("/newsletter/confirm/…", event.body)
        self.assertIn("If you do nothing", event.body)
        self.assertNotIn(self._token(link), event.body)

    def test_a_mail_that_was_refused_is_evidence_too(self):
        requests, _refused = self._ask(ANNA, form=self.form)
        mail = self.env["mail.mail"].search(
            [("newsletter_request_id", "=", requests.id)]
        )
        mail._postprocess_sent_message([], [], "550 no such user", "mail_smtp")
        self.assertFalse(requests.mailed_at)
        self.assertEqual(requests.mail_result, "550 no such user")
        event = self._of(mailing_list=self.club).event_ids[1]
        self.assertEqual(event.delivery, "550 no such user")

    def test_D1_a_bounce_ends_the_request(self):
        requests, _refused = self._ask(ANNA, form=self.form)
        self._deliver()
        self.env["newsletter.consent.request"]._bounced(
            [requests.message_id, "<other@example.org>"], "user unknown"
        )
        self.assertEqual(requests.state, "bounced")
        self.assertIn("user unknown", requests.mail_result)

    def test_D3_a_reminder_only_where_the_form_wants_it(self):
        model = self.env["newsletter.consent.request"]
        self._ask(ANNA, form=self.form)
        [(_mail, first)] = self._deliver()
        with self._later(days=3):
            model._remind()
            self.assertFalse(self._deliver(), "off by default")
            self.form.reminder_days = 2
            model._remind()
            model._remind()
            [(_mail, second)] = self._deliver()
        self.assertNotEqual(first, second)
        self.assertTrue(model._find(self._token(first)))
        self.assertTrue(self._confirm(second))
        self.assertFalse(self._confirm(first))
