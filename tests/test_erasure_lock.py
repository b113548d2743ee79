"""What stays of an erased person is under lock until they agree anew by themselves."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .test_erasure import ANNA, ErasureCase


@tagged("post_install", "-at_install")
class TestErasureLock(ErasureCase):
    def setUp(self):
        super().setUp()
        self.manager = new_test_user(
            self.env, "manager", groups="base.group_user,newsletter_sync.group_manager"
        )
        self.consents = self.env["newsletter.consent"]

    def _erased(self):
        """Anna was on the list and is erased everywhere."""
        self._subscribed()
        self._erase()
        self._turn()
        consent = self.consents.search([("email", "=", ANNA)])
        self.assertTrue(consent.restricted_until)
        return consent

    def _hidden(self, consent):
        """Whether only the privacy group sees the consent and its evidence."""
        self.env.invalidate_all()
        locked = bool(consent.restricted_until)
        seen = self.consents.with_user(self.manager).search([("email", "=", ANNA)])
        self.assertEqual(locked, not seen)
        self.assertEqual(locked, bool(consent._evidence_chains().restricted_until))
        return locked

    # --- the lock (X1) ----------------------------------------------------------------
    def test_X1_a_form_that_anybody_can_fill_in_lifts_no_lock(self):
        consent = self._erased()
        requests, refused = self.consents._request(
            [ANNA], self.env.company, origin="form"
        )
        self.assertFalse(refused)
        self.assertTrue(self._hidden(consent))
        cron = self.env["newsletter.consent.request"]
        for days in (8, 16):
            later = fields.Datetime.now() + timedelta(days=days)
            with patch.object(fields.Datetime, "now", return_value=later):
                cron._cron_requests()
        self.assertFalse(requests.exists())
        self.assertTrue(self._hidden(consent))

    def test_X1_the_click_does(self):
        consent = self._erased()
        requests = self.consents._request([ANNA], self.env.company, origin="form")[0]
        token = "known"
        requests.sudo().token_digest = requests._digest(token)
        self.assertTrue(requests.sudo()._confirm(token, "POST", {}))
        self.assertFalse(self._hidden(consent))

    def test_X1_nor_does_a_look(self):
        consent = self._erased()
        self.consents._for_address(ANNA)
        self.consents._for_addresses([ANNA], self.env.company)
        self.assertTrue(self._hidden(consent))

    def test_X1_nor_a_click_from_before(self):
        consent = self._erased()
        consent._record("confirmation", at=self._at("2020-01-01"))
        self.assertTrue(self._hidden(consent))

    def test_X1_staff_record_it_unseen_and_are_told(self):
        consent = self._erased()
        wizard = (
            self.env["newsletter.consent.record.wizard"]
            .with_user(self.manager)
            .create({"emails": f"{ANNA}\nben@example.org", "note": "Card at the fair"})
        )
        later = fields.Datetime.now() + timedelta(hours=1)
        with patch.object(fields.Datetime, "now", return_value=later):
            said = wizard.action_record()["params"]
        self.assertEqual(said["type"], "warning")
        self.assertIn("Erased on request before: 1", said["message"])
        self.assertEqual(consent.state, "single")
        self.assertTrue(self._hidden(consent))
        many = self.consents.with_user(self.manager)._for_addresses(
            [ANNA, "ben@example.org"], self.env.company
        )
        self.assertEqual(many.mapped("email"), [ANNA, "ben@example.org"])

    def test_X1_nobody_records_for_a_company_out_of_reach(self):
        other = self.env["res.company"].create({"name": "Other"})
        theirs = self.consents._for_address(ANNA, other)
        theirs._record("confirmation")
        theirs._evidence_chains()._restrict()
        wizard = (
            self.env["newsletter.consent.record.wizard"]
            .with_user(self.manager)
            .create({"emails": ANNA, "note": "Card", "purpose": "Anything"})
        )
        wizard.sudo().company_id = other
        before = (theirs.purpose, len(theirs.event_ids))
        with self.assertRaises(AccessError):
            wizard.action_record()
        self.assertEqual((theirs.purpose, len(theirs.event_ids)), before)

    def test_X1_a_telephone_has_no_click(self):
        phone = self.consents._for_address(ANNA, medium="phone")
        phone._record("staff", note="Call")
        self._erase()
        self.assertTrue(phone.restricted_until)
        later = fields.Datetime.now() + timedelta(days=1)
        phone._record("staff", at=later, note="Called us")
        self.assertFalse(phone.restricted_until)

    # --- entered again (W8) ---------------------------------------------------------
    def test_W8_entered_again_a_block_that_was_lifted_is_in_force(self):
        self._erased()
        entry = self.env["mail.blacklist"].create({"email": ANNA})
        entry.with_context(newsletter_leaving=True).active = False
        self.env["mailing.contact"].create({"name": "Anna", "email": ANNA})
        self.assertTrue(self._blocked(ANNA))

    # --- every account is asked (X2) ----------------------------------------------
    def test_X2_an_account_that_is_asked_says_on_which_lists(self):
        self._at_tool(ANNA)  # Odoo never learned of it
        self._person("Anna", ANNA)
        erasure = self._erase(ask_all=True)
        self._turn()
        receipt = erasure.receipt_ids
        self.assertEqual(receipt.state, "done")
        self.assertIn("Club news", receipt.proof)
        self.assertNotIn(ANNA, self._at_tool())

    def test_X2_one_that_cannot_be_asked_claims_nothing(self):
        self._person("Anna", ANNA)
        # asked while no list of the account is known
        with patch.object(
            type(self.connection),
            "_strangers",
            lambda self, emails: [
                {"email": email, "remote_ids": [], "lists": {}} for email in emails
            ],
        ):
            erasure = self._erase(ask_all=True)
        self._turn()
        self.assertIn("could not be asked", erasure.receipt_ids.proof)

    # --- the dialogs (X4) -------------------------------------------------------------
    def test_X4_a_company_out_of_reach_is_not_looked_into(self):
        other = self.env["res.company"].create({"name": "Other"})
        partner = self._person("Anna", ANNA)
        self._person(
            "Anna privat", "private@example.net", newsletter_same_person_id=partner.id
        )
        self.env["newsletter.tombstone"]._remember([ANNA], other, "erased")
        for name in ("newsletter.access.wizard", "newsletter.erasure.wizard"):
            dialog = self.env[name].with_user(self.officer)
            told = dialog.new({"typed": ANNA, "company_id": other.id})
            self.assertFalse(told.address_text, name)
            told = dialog.new({"typed": ANNA, "company_id": self.env.company.id})
            self.assertIn("private@example.net", told.address_text, name)
        self.assertFalse(told.erased_before, "there, not here")
