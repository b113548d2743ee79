"""Clerks ask for consents and record them; customers; consents that age."""

import base64
from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, TransactionCase, new_test_user, tagged

from .common_consent import ANNA, EVA, OptInMixin

FACTS = ("Order 17", "2026-02-01", "Further courses", "Order form, version 4")


class WizardCase(OptInMixin, TransactionCase):
    def setUp(self):
        super().setUp()
        self.form = self._make_form()
        self.manager = new_test_user(
            self.env,
            "consent.manager",
            groups="newsletter_sync.group_manager,base.group_partner_manager,"
            "sales_team.group_sale_salesman_all_leads",
        )
        self.anna, self.eva = self.env["res.partner"].create(
            [{"name": "Anna", "email": ANNA}, {"name": "Eva", "email": EVA}]
        )

    def _wizard(self, records, what="request"):
        action = getattr(records.with_user(self.manager), f"action_newsletter_{what}")()
        return (
            self.env[action["res_model"]]
            .with_user(self.manager)
            .browse(action["res_id"])
        )

    def _left(self, email):
        self.env["newsletter.leaving"]._leave([email], self.env.company, "phone")


@tagged("post_install", "-at_install")
class TestRequestWizard(WizardCase):
    def test_from_contacts_leads_readers_and_consents(self):
        lead = self.env["crm.lead"].create({"name": "Offer", "email_from": ANNA})
        reader = self.env["mailing.contact"].create({"name": "A", "email": ANNA})
        consent = self._of()
        for record in (self.anna, lead, reader, consent):
            wizard = self._wizard(record)
            self.assertEqual(wizard.line_ids.email, ANNA, record._name)
            self.assertEqual(wizard.asked_count, 1)

    def test_who_is_asked_and_who_is_not(self):
        self._left(EVA)
        nobody = self.anna.create({"name": "Nobody"})
        twin = self.anna.create({"name": "Anna again", "email": "Anna@example.org"})
        wizard = self._wizard(self.anna + self.eva + nobody + twin)
        wizard.form_id = self.form
        wizard.mailing_list_ids = self.club
        self.assertEqual(
            wizard.line_ids.mapped("refusal"),
            [False, "blocklisted", "no_address", "twice"],
        )
        with self.assertRaisesRegex(UserError, "how and when"):
            wizard.action_request()
        wizard.note = "Asked at the fair, 3 March"
        said = wizard.action_request()["params"]["message"]
        self.assertIn("1 people are asked by mail, 3 are not", said)
        request = self.env["newsletter.consent.request"].search([])
        self.assertEqual((request.email, request.origin), (ANNA, "staff"))
        self.assertEqual(request.user_id, self.manager)
        event = request.consent_ids.sudo().event_ids
        self.assertEqual(event.note, "Asked at the fair, 3 March")
        self.assertEqual(event.user_name, self.manager.name)
        self.assertEqual(event.wording, self.form._wording("en_US").text)
        self.assertEqual(request.consent_ids.mailing_list_id, self.club)
        self.assertEqual(len(self._deliver()), 1)

    def test_nobody_left_to_ask(self):
        self._left(EVA)
        wizard = self._wizard(self.eva)
        wizard.note = "Asked"
        with self.assertRaisesRegex(UserError, "Nobody of the selection"):
            wizard.action_request()

    def test_too_many_at_once(self):
        with self.assertRaisesRegex(UserError, "At most"):
            (self.anna.browse(range(1, 502))).action_newsletter_request()
        with self.assertRaisesRegex(UserError, "at least one"):
            self.anna.browse().action_newsletter_request()

    def test_clerks_without_the_right_ask_nobody(self):
        clerk = new_test_user(
            self.env, "consent.clerk", groups="newsletter_sync.group_user"
        )
        with self.assertRaises(AccessError):
            self.anna.with_user(clerk).action_newsletter_request()
        with self.assertRaises(AccessError):
            self.anna.with_user(clerk).action_newsletter_record()

    def test_the_dialog_opens_as_a_form(self):
        wizard = self._wizard(self.anna)
        with Form(wizard) as form:
            form.form_id = self.form
            self.assertEqual(form.purpose, self.form.purpose)


@tagged("post_install", "-at_install")
class TestRecordWizard(WizardCase):
    def test_E5_paper_needs_a_note_or_a_document(self):
        wizard = self._wizard(self.anna, "record")
        with self.assertRaisesRegex(UserError, "note or a document"):
            wizard.action_record()
        wizard.write(
            {
                "document": base64.b64encode(b"card"),
                "document_name": "card.pdf",
                "mailing_list_id": self.club.id,
                "purpose": "Courses",
                "date": fields.Date.today() - timedelta(days=10),
            }
        )
        wizard.action_record()
        consent = self._of(mailing_list=self.club)
        self.assertEqual((consent.state, consent.basis), ("single", "other"))
        self.assertEqual(consent.purpose, "Courses")
        self.assertEqual(consent.state_at.date(), wizard.date)
        event = consent.event_ids
        self.assertEqual((event.kind, event.origin), ("staff", "staff"))
        self.assertEqual(event.user_id, self.manager)
        self.assertEqual(self._of().state, "none")

    def test_an_older_paper_does_not_lift_a_later_objection(self):
        self._of()._record("withdrawal")
        wizard = self._wizard(self.anna, "record")
        wizard.write({"note": "Card", "date": fields.Date.today() - timedelta(days=3)})
        said = wizard.action_record()["params"]
        self.assertEqual(said["type"], "warning")
        self.assertEqual(self._of().state, "withdrawn")

    def test_no_date_in_the_future(self):
        wizard = self._wizard(self.anna, "record")
        wizard.write({"note": "Card", "date": fields.Date.today() + timedelta(days=2)})
        with self.assertRaisesRegex(UserError, "future"):
            wizard.action_record()

    def test_L5_customers_need_all_four_facts(self):
        consent = self._of()
        with self.assertRaisesRegex(UserError, "not the ground alone"):
            consent._record("customer")
        for missing in range(4):
            facts = [*FACTS]
            facts[missing] = False
            with self.assertRaisesRegex(UserError, "all facts"):
                consent._record_customer(*facts)
        self.assertFalse(consent.event_ids)
        consent._record_customer(*FACTS)
        self.assertEqual((consent.state, consent.basis), ("none", "customer"))
        for fact in FACTS:
            self.assertIn(fact, consent.event_ids.note)

    def test_L5_not_with_an_objection_on_file(self):
        for email in (ANNA, EVA):
            self._left(email)
        with self.assertRaisesRegex(UserError, "objection is on file"):
            self._of()._record_customer(*FACTS)
        wizard = self._wizard(self.eva, "record")
        wizard.write(
            {
                "kind": "customer",
                "customer_reference": FACTS[0],
                "customer_products": FACTS[2],
                "customer_notice": FACTS[3],
            }
        )
        with self.assertRaisesRegex(UserError, "name the right to object"):
            wizard.action_record()
        wizard.customer_each_mail = True
        with self.assertRaisesRegex(UserError, "objection is on file"):
            wizard.action_record()

    def test_L6_a_registration_is_no_sale(self):
        """Nothing in the addon makes a customer of somebody by itself."""
        self.env["res.partner"].create({"name": "New", "email": "new@example.org"})
        consents = self.env["newsletter.consent"]
        self.assertFalse(consents.search([("email", "=", "new@example.org")]))

    # --- ageing -----------------------------------------------------------------------
    def _ago(self, months, days=1):
        return fields.Datetime.now() - relativedelta(months=months, days=days)

    def _age(self, consent):
        consent.invalidate_recordset()
        return consent.age

    def test_L9_silence_warns_after_24_months_and_blocks_after_48(self):
        consents = self.env["newsletter.consent"]
        ages = {}
        for months in (1, 23, 24, 47, 48, 60):
            consent = consents._for_address(f"m{months}@example.org")
            consent._record("confirmation", at=self._ago(months))
            ages[months] = self._age(consent)
        self.assertEqual(
            ages,
            {1: "fresh", 23: "fresh", 24: "old", 47: "old", 48: "aged", 60: "aged"},
        )
        for age in ("fresh", "old", "aged"):
            found = consents.search([("age", "=", age), ("email", "=like", "m%")])
            expected = {f"m{m}@example.org" for m, a in ages.items() if a == age}
            self.assertEqual(set(found.mapped("email")), expected)
        given = consents._given(["m60@example.org"], self.env.company)
        self.assertTrue(given["m60@example.org"].aged)

    def test_L9_a_mailing_keeps_a_consent_in_use(self):
        consent = self._of()
        consent._record("confirmation", at=self._ago(60))
        self.assertEqual(self._age(consent), "aged")
        consent._note_mailed([ANNA], self.env.company, self._ago(30))
        self.assertEqual(self._age(consent), "old")
        consent._note_mailed([ANNA], self.env.company, self._ago(1))
        consent._note_mailed([ANNA], self.env.company, self._ago(40))
        self.assertEqual(self._age(consent), "fresh", "the latest counts")

    def test_L9_odoos_own_mailings_count(self):
        consent = self._of()
        consent._record("confirmation", at=self._ago(60))
        reader = self.env["mailing.contact"].create({"name": "A", "email": ANNA})
        self.env["mailing.trace"].create(
            {
                "model": "mailing.contact",
                "res_id": reader.id,
                "email": ANNA,
                "trace_status": "sent",
                "sent_datetime": fields.Datetime.now(),
            }
        )
        self.env.flush_all()
        self.env["newsletter.consent"]._cron_mailed()
        self.assertEqual(self._age(consent), "fresh")

    def test_L9_the_months_are_the_companys(self):
        consent = self._of()
        consent._record("confirmation", at=self._ago(60))
        self.env.company.newsletter_block_months = 0
        self.assertEqual(self._age(consent), "old")
        self.env.company.newsletter_warn_months = 0
        self.assertEqual(self._age(consent), "fresh")

    def test_L9_a_withdrawal_never_ages(self):
        consent = self._of()
        consent._record("withdrawal", at=self._ago(100))
        self.assertEqual(self._age(consent), "fresh")
        given = consent._given([ANNA], self.env.company)[ANNA]
        self.assertFalse(given.aged)

    def test_L9_asking_anew_makes_it_young(self):
        consent = self._of()
        consent._record("confirmation", at=self._ago(60))
        action = consent.with_user(self.manager).action_newsletter_renew()
        wizard = self.env[action["res_model"]].browse(action["res_id"])
        self.assertTrue(wizard.renewal)
        self.assertFalse(wizard.line_ids.refusal)
        wizard.note = "Old consent"
        wizard.action_request()
        self.assertEqual(self._age(consent), "aged", "until the answer comes")
        [(_mail, link)] = self._deliver()
        self._confirm(link)
        self.assertEqual(self._age(consent), "fresh")
