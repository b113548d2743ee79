"""What clerks do: unsubscribe somebody, keep an address out, remove a block again."""

from odoo.exceptions import UserError
from odoo.tests import Form, new_test_user, tagged

from .test_leaving import LeavingCase


@tagged("post_install", "-at_install")
class TestLeavingByHand(LeavingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env,
            "leaving.manager",
            groups="base.group_user,base.group_partner_manager,"
            "mass_mailing.group_mass_mailing_user,newsletter_sync.group_manager",
        )

    def _wizard(self, record, user=None, **values):
        action = record.with_user(user or self.clerk).action_newsletter_leave()
        wizard = self.env[action["res_model"]].browse(action["res_id"])
        wizard = wizard.with_user(user or self.clerk)
        wizard.write(values)
        return wizard

    # --- the button (J09) -------------------------------------------------------------
    def test_J09_the_button_names_the_effect_and_shows_the_proof(self):
        partner, _contact = self._subscribed()
        wizard = self._wizard(partner)
        self.assertEqual(wizard.address_text, "anna@example.org")
        self.assertEqual(wizard.account_text, "Club: Club news")
        with self.assertRaises(UserError):  # a phone call without a word about it
            wizard.action_unsubscribe()
        wizard.note = "Called on Monday"
        action = wizard.action_unsubscribe()
        leaving = self.leavings.browse(action["res_id"])
        self.assertEqual((leaving.channel, leaving.user_id), ("phone", self.clerk))
        self._turn()
        self.assertTrue(self._is_off())
        self.assertEqual(leaving.with_user(self.clerk).receipt_ids.state, "done")

    def test_J09_from_lead_mailing_contact_and_member(self):
        _partner, contact = self._subscribed()
        lead = self.env["crm.lead"].create(
            {"name": "Trial", "email_from": "anna@example.org"}
        )
        clerk = new_test_user(
            self.env,
            "leaving.clerk",
            groups="base.group_user,newsletter_sync.group_user,"
            "mass_mailing.group_mass_mailing_user,sales_team.group_sale_manager",
        )
        for record in (contact, lead, self._member_of()):
            wizard = self._wizard(record, clerk)
            self.assertEqual(wizard.emails, ["anna@example.org"])
        nobody = self.env["res.partner"].create({"name": "No address"})
        with self.assertRaises(UserError):
            self._wizard(nobody)

    def test_one_list_by_hand(self):
        partner, contact = self._subscribed()
        other = self.env["mailing.list"].create({"name": "Events"})
        self._contact("Anna", "anna@example.org", mailing_list=other)
        wizard = self._wizard(partner, scope="list", note="Letter in folder 12")
        self.assertEqual(
            set(wizard.offered_list_ids.mapped("name")), {"Club news", "Events"}
        )
        with self.assertRaises(UserError):
            wizard.action_unsubscribe()
        wizard.mailing_list_ids = self.mailing_list
        wizard.action_unsubscribe()
        self.assertTrue(self._subscription(contact).opt_out)
        self.assertFalse(self._blocked("anna@example.org"))

    def test_not_for_another_company(self):
        partner, _contact = self._subscribed()
        other = self.env["res.company"].create({"name": "Other sender"})
        wizard = self._wizard(partner, note="Called")
        wizard.sudo().company_id = other
        with self.assertRaises(UserError):
            wizard.action_unsubscribe()

    # --- the tick (B19) ---------------------------------------------------------------
    def test_B19_the_tick_on_the_contact_reaches_every_account(self):
        partner, contact = self._subscribed()
        with Form(partner.with_user(self.clerk)) as form:
            form.no_marketing_email = True
        self.assertTrue(self._subscription(contact).opt_out)
        self._turn()
        self.assertTrue(self._is_off())
        self.assertEqual(self.leavings.search([]).user_id, self.clerk)

    # --- single addresses and numbers (B21, B22) --------------------------------------
    def test_B22_one_address_is_kept_out_and_stays_valid(self):
        partner, _contact = self._subscribed()
        private = self._person("Anna privat", "anna.privat@example.org")
        private.newsletter_same_person_id = partner
        with Form(partner.with_user(self.clerk)) as form:
            form.newsletter_email_kept_out = True
        self.assertEqual(partner.email, "anna@example.org")
        self.assertFalse(partner.no_marketing_email)
        self.assertFalse(self._blocked("anna.privat@example.org"))
        leaving = self.leavings.search([])
        self.assertEqual((leaving.scope, leaving.channel), ("address", "blocklist"))
        self._turn()
        self.assertTrue(self._is_off())

    def test_B21_one_number_is_kept_out_and_stays(self):
        partner, _contact = self._subscribed()
        partner.write(
            {"phone": "+49 30 901820", "country_id": self.env.ref("base.de").id}
        )
        mapping = self.env["newsletter.field.mapping"].create(
            {
                "connection_id": self.connection.id,
                "path": "phone",
                "label": "Phone",
                "record_type": "res.partner",
            }
        )
        key = str(mapping.id)
        self.assertTrue(mapping._read_values(partner)[partner.id][key])
        self._changes()
        with Form(partner.with_user(self.clerk)) as form:
            form.newsletter_phone_kept_out = True
        self.assertEqual(partner.phone, "+49 30 901820")
        self.assertEqual(mapping._read_values(partner)[partner.id][key], "")
        self.assertIn(
            (self.coupling.id, "newsletter.member", self._member_of().id),
            self._changes(),
        )
        with Form(partner.with_user(self.clerk)) as form:
            form.newsletter_phone_kept_out = False
        self.assertTrue(mapping._read_values(partner)[partner.id][key])

    # --- blocklist (I01-I06) ----------------------------------------------------------
    def test_I04_blocklisting_unsubscribes_everywhere(self):
        self._subscribed()
        self.env["mail.blacklist"].with_user(self.manager).create(
            {"email": "anna@example.org"}
        )
        leaving = self.leavings.search([])
        self.assertEqual((leaving.scope, leaving.channel), ("address", "blocklist"))
        self._turn()
        self.assertTrue(self._is_off())
        self.assertEqual(leaving.receipt_ids.state, "done")

    def test_I04_after_an_address_change_too(self):
        partner, contact = self._subscribed()
        self.env["mail.blacklist"]._add("new@example.org")
        contact.email = partner.email = "new@example.org"
        self.coupling._start_run("reconcile")
        self._turn()
        self.assertTrue(self._is_off())

    def test_I05_a_fetch_brings_nobody_back(self):
        self.env["mail.blacklist"]._add("anna@example.org")
        self._at_tool("anna@example.org")
        self.coupling._start_run("fetch", whole=True)
        self._turn()
        self.assertFalse(self.mailing_list.contact_ids)
        self.assertTrue(self._is_off())
        self.assertFalse(
            self.env["res.partner"].search([("email", "=", "anna@example.org")])
        )

    def test_W9_I06_a_block_is_removed_for_a_reason_and_subscribes_nobody(self):
        partner, contact = self._subscribed()
        self._leave()
        self._turn()
        leaving = self.leavings.search([])
        entry = self.env["mail.blacklist"].search([("email", "=", "anna@example.org")])
        for take_away in (
            lambda: entry.with_user(self.manager).action_archive(),
            lambda: partner.with_user(self.clerk).write({"no_marketing_email": False}),
            lambda: entry.with_user(self.manager)._remove("anna@example.org"),
            lambda: leaving.with_user(self.manager)._lift_for("  "),
        ):
            with self.assertRaises(UserError):
                take_away()
        self.assertTrue(self._blocked("anna@example.org"))
        action = leaving.with_user(self.manager).action_lift()
        with Form(
            self.env["newsletter.lift.wizard"]
            .with_user(self.manager)
            .with_context(**action["context"])
        ) as form:
            form.reason = "Wrong person"
        form.record.action_lift()
        self.assertFalse(self._blocked("anna@example.org"))
        self.assertFalse(partner.no_marketing_email)
        self.assertEqual(
            (leaving.state, leaving.lifted_reason), ("lifted", "Wrong person")
        )
        event = self.env["newsletter.event"].search([("code", "=", "leaving_lifted")])
        self.assertEqual((event.detail, event.user_id), ("Wrong person", self.manager))
        # nobody is subscribed by it: not in Odoo, not in the tool, not by a push
        self.assertTrue(self._subscription(contact).opt_out)
        self.assertEqual(partner.doi_status, "withdrawn")
        self.coupling._start_run("fetch", whole=True)
        self._turn()
        self.assertTrue(self._is_off())
        run = self._synchronise(partner, remote_list_id=self.coupling.remote_list_id.id)
        self.assertEqual(run.line_ids.reason, "withdrawn")

    def test_W9_odoos_own_dialog_asks_for_the_reason(self):
        self._subscribed()
        self._leave()
        wizard = self.env["mail.blacklist.remove"].with_user(self.manager)
        wizard = wizard.create({"email": "anna@example.org", "reason": "New consent"})
        wizard.action_unblacklist_apply()
        leaving = self.leavings.search([])
        self.assertIn("New consent", leaving.lifted_reason)

    def test_W9_putting_somebody_back_on_a_list_needs_a_reason(self):
        _partner, contact = self._subscribed()
        self._leave(lists=self.mailing_list)
        subscription = self._subscription(contact).with_user(self.manager)
        with self.assertRaises(UserError):
            subscription.opt_out = False
        subscription.with_context(newsletter_reason="Called again").opt_out = False
        leaving = self.leavings.search([])
        self.assertEqual(leaving.lifted_reason, "Called again")
        consent = self.env["newsletter.consent"]._for_address(
            "anna@example.org", self.env.company, self.mailing_list
        )
        self.assertEqual(consent.state, "single")

    def test_a_new_leaving_after_a_lifted_one_is_a_new_one(self):
        self._subscribed()
        first = self._leave()
        first._lift_for("Mistake")
        second = self._leave(note="Really")
        self.assertNotEqual(first, second)
        self.assertTrue(self._blocked("anna@example.org"))

    # --- [NO MAILING] (B23) -----------------------------------------------------------
    def test_B23_no_mailing_in_the_address_is_an_opt_out(self):
        self._subscribed()
        self.env["res.partner"].create(
            {"name": "Imported", "email": "anna@example.org [NO MAILING]"}
        )
        leaving = self.leavings.search([])
        self.assertEqual((leaving.scope, leaving.channel), ("address", "import"))
        self.assertTrue(self._blocked("anna@example.org"))
        self._turn()
        self.assertTrue(self._is_off())
        lead = self.env["crm.lead"].create({"name": "Trial"})
        lead.email_from = "ben@example.org (no mailing)"
        self.assertTrue(self._blocked("ben@example.org"))

    # --- the contact (J08) ------------------------------------------------------------
    def test_J08_the_reason_is_seen_at_the_contact(self):
        partner, _contact = self._subscribed()
        self._leave(reason="Too many mails")
        seen = partner.with_user(self.clerk).newsletter_leaving_ids
        self.assertEqual(seen.reason, "Too many mails")
