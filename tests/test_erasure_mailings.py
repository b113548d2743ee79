"""Towards whom somebody was erased: that company's mailings reach them no more.

Another company of the database is another controller: its own mailings go on.
"""

from odoo.tests import new_test_user, tagged

from .test_erasure import ANNA, ErasureCase
from .test_leaving_mailing import MailingCase


@tagged("post_install", "-at_install")
class TestErasureMailings(MailingCase, ErasureCase):
    def setUp(self):
        super().setUp()
        self.other = self.env["res.company"].create({"name": "Other"})

    def _lead(self, company=None):
        return self.env["crm.lead"].create(
            {
                "name": "Wants a quote",
                "email_from": ANNA,
                "company_id": company.id if company else False,
                "user_id": False,
            }
        )

    def _reached(self, records, sender=None, **values):
        """Whom a mailing of a company about these records is sent to."""
        if sender is not None:
            values["newsletter_company_id"] = sender.id
        domain = [("id", "in", records.ids)]
        return self._sent_to(self._mailing(records._name, domain, **values))

    def _works_elsewhere(self):
        """The other company has a consent of Anna's, and mails her."""
        consent = self.env["newsletter.consent"]._for_address(ANNA, self.other)
        consent._record("confirmation")
        return consent

    def _list_of(self, mailing_list):
        return {"contact_list_ids": [(6, 0, mailing_list.ids)]}

    # --- leads ----------------------------------------------------------------------
    def test_X1_ours_does_not_reach_another_companys_lead(self):
        lead = self._lead(self.other)
        self._erase()
        self.assertTrue(lead.exists(), "the person asks there")
        self.assertEqual(self._reached(lead), [])
        self.assertEqual(self._reached(lead, self.other), [ANNA])

    def test_X1_nobodys_mailing_reaches_a_lead_that_we_kept(self):
        self._works_elsewhere()
        ours, theirs = self._lead(self.env.company), self._lead(self.other)
        erasure = self._erase(contact="leave")
        outcomes = {r["outcome"] for r in erasure.found if r["model"] == "crm.lead"}
        self.assertEqual(outcomes, {"kept_contact"})
        self.assertFalse(self._blocked(ANNA), "the other company works with her")
        self.assertEqual(self._reached(ours), [])
        self.assertEqual(self._reached(ours, self.other), [], "our record")
        self.assertEqual(self._reached(ours | theirs, self.other), [ANNA])

    def test_X1_a_lead_of_all_companies_is_its_senders(self):
        self._works_elsewhere()
        lead = self._lead()
        self._erase()
        self.assertEqual(self._reached(lead), [])
        self.assertEqual(self._reached(lead, self.other), [ANNA])

    def test_X1_so_is_a_contact(self):
        self._works_elsewhere()
        partner = self._person("Anna", ANNA, "none")
        self._erase()
        self.assertEqual(self._reached(partner), [])
        self.assertEqual(self._reached(partner, self.other), [ANNA])

    def test_W8_her_own_new_consent_ends_it(self):
        lead = self._lead(self.other)
        self._erase()
        self.env["newsletter.consent"]._for_address(ANNA)._record("confirmation")
        self.assertEqual(self._reached(lead), [ANNA])

    def test_B19_an_objection_counts_without_the_blocklist_as_well(self):
        """Odoo's switch “Use Exclusion List” is about the blocklist only."""
        lead = self._lead(self.env.company)
        free = {"use_exclusion_list": False}
        self._leave(channel="phone")
        self.assertEqual(self._reached(lead, **free), [])
        self.leavings.search([])._lift("She called")
        self.assertEqual(self._reached(lead, **free), [ANNA])

    # --- lists ----------------------------------------------------------------------
    def test_X1_a_list_that_the_erasure_did_not_know(self):
        self._works_elsewhere()
        fair = self.env["mailing.list"].create({"name": "Fair"})
        self._contact("Anna", ANNA, fair)
        self._erase()
        values = self._list_of(fair)
        self.assertEqual(self._sent_to(self._mailing(**values)), [])
        values["newsletter_company_id"] = self.other.id
        self.assertEqual(self._sent_to(self._mailing(**values)), [ANNA])

    def test_X1_a_list_coupled_by_us_is_ours_whoever_sends(self):
        self._works_elsewhere()
        self._erase()
        self._contact("Anna", ANNA)
        values = {"newsletter_company_id": self.other.id}
        mailing = self._mailing(**self._list_of(self.mailing_list), **values)
        self.assertEqual(self._sent_to(mailing), [])
        fair = self.env["mailing.list"].create({"name": "Fair"})
        contact = self.env["mailing.contact"].search([("email", "=", ANNA)])
        contact.list_ids |= fair
        mailing = self._mailing(**self._list_of(self.mailing_list | fair), **values)
        self.assertEqual(self._sent_to(mailing), [ANNA], "by the other list")

    def test_X1_asked_for_everybody_at_once(self):
        self._works_elsewhere()
        lead = self._lead()
        self._contact("Anna", ANNA)
        self._erase()
        on_leads = self._mailing("crm.lead", [("id", "=", lead.id)])
        on_list = self._mailing(**self._list_of(self.mailing_list))
        for mailing in (on_leads, on_list):
            self.assertIn(ANNA, mailing._get_opt_out_list())
            mailing.newsletter_company_id = self.other
        self.assertNotIn(ANNA, on_leads._get_opt_out_list())

    # --- whose mailing it is --------------------------------------------------------
    def test_X1_of_a_sender_that_nobody_knows_every_company_counts(self):
        lead = self._lead(self.other)
        self._erase()
        nobody = self.env["res.company"]
        self.assertEqual(self._reached(lead, nobody, user_id=False), [])

    def test_the_company_follows_the_responsible_person(self):
        mailing = self._mailing()
        self.assertEqual(mailing.newsletter_company_id, self.env.company)
        there = new_test_user(
            self.env, "there", company_id=self.other.id, company_ids=self.other.ids
        )
        mailing.user_id = there
        self.assertEqual(mailing.newsletter_company_id, self.other)
        there.company_ids |= self.env.company
        mailing.newsletter_company_id = self.env.company
        mailing.user_id = there.copy({"login": "again"})
        self.assertEqual(mailing.newsletter_company_id, self.env.company, "chosen")

    def test_whoever_makes_themselves_responsible_sends_for_their_own(self):
        mailing = self._mailing()
        there = new_test_user(
            self.env,
            "there",
            groups="mass_mailing.group_mass_mailing_user",
            company_id=self.other.id,
            company_ids=self.other.ids,
        )
        mailing.with_user(there).user_id = there
        self.assertEqual(mailing.newsletter_company_id, self.other)

    def test_the_link_in_a_mailing_is_about_its_company(self):
        mailing = self._mailing(newsletter_company_id=self.other.id)
        link = self.env["newsletter.preference"]._find(
            mailing._get_unsubscribe_url(ANNA, 1).rpartition("/")[2]
        )
        self.assertEqual(link.company_id, self.other)

    # --- entered again --------------------------------------------------------------
    def test_W8_entered_again_another_companys_customer_is_not_blocked(self):
        self._works_elsewhere()
        self._erase()
        lead = self._lead()
        self.assertFalse(self._blocked(ANNA))
        event = self.env["newsletter.event"].search(
            [("code", "=", "erased_entered_again")]
        )
        self.assertEqual((event.company_id, event.level), (self.env.company, "warning"))
        self.assertNotIn("blocklist", event.text)
        self.assertEqual(self._reached(lead), [])

    def test_W8_another_company_may_enter_her_by_itself(self):
        self._person("Anna", ANNA, "none")
        self._erase()
        lead = self._lead(self.other)
        self.assertFalse(self._blocked(ANNA))
        self.assertFalse(
            self.env["newsletter.event"].search([("code", "=", "erased_entered_again")])
        )
        self.assertEqual(self._reached(lead), [])
        self.assertEqual(self._reached(lead, self.other), [ANNA])

    def test_W8_a_push_asks_whom_we_erased_as_well(self):
        """Staff noted a card, which lifts no erasure; the blocklist knows nothing."""
        self._works_elsewhere()
        self._erase()
        partner = self.env["res.partner"].create({"name": "Anna", "email": ANNA})
        consent = self.env["newsletter.consent"]._for_address(ANNA)
        consent._record("staff", at="2100-01-01", note="Card at the fair")
        self.assertFalse(self._blocked(ANNA))
        values = {"remote_list_id": self.coupling.remote_list_id.id}
        run = self._preview(partner, include_single=True, **values)
        self.assertEqual(run.line_ids.reason, "forgotten")
        self._synchronise(partner, include_single=True, **values)
        self.assertNotIn(ANNA, self._at_tool())
        consent._record("confirmation", at="2100-01-02")
        self.assertFalse(self._preview(partner, **values).line_ids.reason)

    def test_W8_a_push_looks_once_more_before_it_sends(self):
        partner = self._person("Anna", ANNA)
        run = self._preview(partner, remote_list_id=self.coupling.remote_list_id.id)
        self.assertFalse(run.line_ids.reason)
        self.env["newsletter.tombstone"]._remember([ANNA], self.env.company, "erased")
        self._approve(run)
        self.assertEqual(run.line_ids.reason, "forgotten")
        self.assertNotIn(ANNA, self._at_tool())
