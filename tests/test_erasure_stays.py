"""Whoever was erased and stays in Odoo gets none of Odoo's own mailings (X1, W8)."""

from odoo.tests import new_test_user, tagged

from .test_erasure import ANNA, ErasureCase
from .test_leaving_mailing import MailingCase


@tagged("post_install", "-at_install")
class TestErasureStays(MailingCase, ErasureCase):
    def _outcomes(self, erasure, model):
        return {r["outcome"] for r in erasure.found if r["model"] == model}

    def _shared(self):
        """Anna on two lists; another company works with her as well.

        :return: her contact, and the list that is the other company's
        """
        partner, contact = self._subscribed()
        other = self.env["res.company"].create({"name": "Other"})
        theirs = self.env["mailing.list"].create({"name": "Theirs"})
        self.env["mailing.subscription"].create(
            {"contact_id": contact.id, "list_id": theirs.id}
        )
        self.env["newsletter.consent"]._for_address(ANNA, other)._record("confirmation")
        return partner, contact, theirs

    def test_W8_a_login_stays_and_gets_no_mailing(self):
        user = new_test_user(self.env, "anna", groups="base.group_user", email=ANNA)
        self._leave(channel="phone")
        user.partner_id.with_context(newsletter_leaving=True).no_marketing_email = False
        preview = self.env["newsletter.erasure.odoo"]._plan([ANNA], self.env.company)
        erasure = self._erase()
        self.assertTrue(self._blocked(ANNA), "she has objected and stays")
        self.assertTrue(user.partner_id.no_marketing_email)
        self.assertEqual(self._outcomes(erasure, "res.partner"), {"kept_user"})
        self.assertEqual(self._outcomes(erasure, "mail.blacklist"), {"kept_block"})
        self.assertEqual(preview, erasure.found)
        mailing = self._mailing("res.partner", [("id", "=", user.partner_id.id)])
        self.assertEqual(self._sent_to(mailing), [])

    def test_W8_a_lead_that_is_left_gets_no_mailing(self):
        lead = self.env["crm.lead"].create(
            {"name": "Wants a quote", "email_from": ANNA}
        )
        erasure = self._erase(contact="leave")
        self.assertEqual(self._outcomes(erasure, "crm.lead"), {"kept_contact"})
        self.assertTrue(self._blocked(ANNA))
        mailing = self._mailing("crm.lead", [("id", "=", lead.id)])
        self.assertEqual(self._sent_to(mailing), [])

    def test_W8_a_block_that_was_archived_is_in_force_again(self):
        self._person("Anna", ANNA, "none")
        entry = self.env["mail.blacklist"].create({"email": ANNA})
        entry.with_context(newsletter_leaving=True).active = False
        self._erase(contact="leave")
        self.assertTrue(self._blocked(ANNA))

    def test_X1_off_the_lists_of_this_company_only(self):
        partner, contact, theirs = self._shared()
        self._erase()
        self.assertTrue(self._subscription(contact).opt_out)
        self.assertFalse(self._subscription(contact, theirs).opt_out)
        # tick and blocklist would keep out the other company's mailings, too
        self.assertFalse(self._blocked(ANNA) or partner.no_marketing_email)
        mailing = self._mailing(contact_list_ids=[(6, 0, self.mailing_list.ids)])
        self.assertEqual(self._sent_to(mailing), [])
        mailing = self._mailing(contact_list_ids=[(6, 0, theirs.ids)])
        mailing.newsletter_company_id = self.env["res.company"].search(
            [("name", "=", "Other")]
        )
        self.assertEqual(self._sent_to(mailing), [ANNA])

    def test_X1_off_a_list_that_only_a_consent_names(self):
        _partner, contact, _theirs = self._shared()
        events = self.env["mailing.list"].create({"name": "Events"})
        self.env["mailing.subscription"].create(
            {"contact_id": contact.id, "list_id": events.id}
        )
        self._consent(ANNA, "confirmed", mailing_list=events)
        self._erase()
        self.assertTrue(self._subscription(contact, events).opt_out)

    def test_X1_evidence_under_lock_elsewhere_needs_no_contact(self):
        partner, contact = self._subscribed()
        other = self.env["res.company"].create({"name": "Other"})
        consents = self.env["newsletter.consent"]
        theirs = consents._for_address(ANNA, other)
        theirs._record("confirmation")
        self.env["mail.blacklist"].create({"email": ANNA})
        erasures = self.erasures.with_company(other)
        erasures._erase([ANNA], other)
        self.assertTrue(theirs.restricted_until)
        self.assertTrue(partner.exists())
        erasure = self._erase()
        self.assertFalse(partner.exists() or contact.exists())
        self.assertTrue(self._blocked(ANNA), "the objection there must last")
        self.assertEqual(self._outcomes(erasure, "mail.blacklist"), {"kept_block"})

    def test_X1_a_customer_is_withdrawn_as_well(self):
        consent = self.env["newsletter.consent"]._for_address(ANNA)
        consent._record_customer("S1", "2026-01-02", "Own tea", "Notice 1")
        self.assertEqual((consent.state, consent.basis), ("none", "customer"))
        self._erase()
        self.assertEqual((consent.state, consent.basis), ("withdrawn", "none"))
