"""Adding people: from a contact, a filter, the list (C09, C12 to C15, C22)."""

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, new_test_user, tagged

from .common_two_way import TwoWayCase


@tagged("post_install", "-at_install")
class TestAssignWizard(TwoWayCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env,
            "assign.manager",
            groups="base.group_user,base.group_partner_manager,"
            "newsletter_sync.group_manager",
        )

    def _open(self, records, user=None, **values):
        records = records.with_user(user or self.clerk)
        action = records.action_newsletter_assign()
        wizard = records.env[action["res_model"]].browse(action["res_id"])
        wizard.write({"mailing_list_id": self.mailing_list.id, **values})
        return wizard

    def _on_the_list(self, mailing_list=None):
        mailing_list = mailing_list or self.mailing_list
        mailing_list.invalidate_recordset()
        return sorted(mailing_list.contact_ids.mapped("email"))

    def _reasons(self, wizard):
        return {line.name: line.reason for line in wizard.line_ids}

    # --- one person ---
    def test_a_new_assignment_is_subscribed_and_marked_for_transmission(self):
        anna = self._person("Anna", "anna@example.org")
        self._open(anna).action_add()
        member = self._of("anna@example.org")
        self.assertEqual(
            (member.local_status, member.task, member.task_by),
            ("subscribed", "transmit", self.clerk),
        )
        self.assertEqual(member.local_status_by, self.clerk.name)
        self.assertEqual(member.partner_id, anna)
        subscription = self._subscription(member.contact_id)
        self.assertEqual(
            (subscription.opt_out, subscription.create_uid), (False, self.clerk)
        )
        # the comparison that follows leaves the decision as it is
        self._go("reconcile")
        self.assertEqual((member.task, member.outdated), ("transmit", False))
        [row] = anna.newsletter_assignment_ids
        self.assertEqual(
            (row.task, row.set_by, row.local_status),
            ("transmit", self.clerk.name, "subscribed"),
        )

    def test_without_a_consent_nobody_is_marked(self):
        ben = self._person("Ben", "ben@example.org", consent="none")
        wizard = self._open(ben)
        self.assertIn("without a confirmed consent: 1", wizard.outlook)
        wizard.action_add()
        self.assertEqual(self._on_the_list(), ["ben@example.org"])
        member = self._of("ben@example.org")
        self.assertFalse(member.task)
        self._go("reconcile")
        self.assertFalse(member.task)

    def test_a_coupling_that_lets_the_tool_ask_starts_the_sign_up(self):
        self.coupling.join = "signup"
        self._open(self._person("Anna", "anna@example.org")).action_add()
        self.assertEqual(self._of("anna@example.org").task, "signup")

    def test_a_coupling_that_only_reads_gets_no_task(self):
        self.coupling.direction = "to_odoo"
        self._open(self._person("Anna", "anna@example.org")).action_add()
        self.assertFalse(self._of("anna@example.org").task)

    def test_nobody_is_twice_on_a_list(self):
        anna = self._person("Anna", "anna@example.org")
        self._open(anna).action_add()
        with self.assertRaisesRegex(UserError, "Anna.*on the list already"):
            self._open(anna).action_add()
        # another contact with the same address, in another spelling
        again = self._person("Anna L.", "ANNA@example.org", consent="none")
        with self.assertRaisesRegex(UserError, "on the list already"):
            self._open(again).action_add()
        self.assertEqual(self._on_the_list(), ["anna@example.org"])

    def test_another_mailing_contact_with_the_address_is_refused_by_odoo_too(self):
        self._contact("Anna", "anna@example.org")
        twin = self.env["mailing.contact"].create(
            {"name": "Anna", "email": "Anna@Example.org"}
        )
        with self.assertRaisesRegex(ValidationError, "never twice on a list"):
            self.env["mailing.subscription"].with_user(self.clerk).create(
                {"contact_id": twin.id, "list_id": self.mailing_list.id}
            )

    def test_whoever_left_is_not_put_back(self):
        cases = {
            "left": lambda email: self._contact(
                "L", email, opt_out_at=self._at("2024-01-01")
            ),
            "withdrawn": lambda email: self._consent(email, "withdrawn"),
            "unwanted": lambda email: (
                self.env["res.partner"]
                .search([("email", "=", email)])
                .write({"no_marketing_email": True})
            ),
            "blocklisted": lambda email: self.env["mail.blacklist"]._add(email),
            "buried": lambda email: self.env["newsletter.tombstone"]._remember(
                [email], self.env.company, "removed", self.coupling
            ),
        }
        for name, prepare in cases.items():
            email = f"{name}@example.org"
            person = self._person(name, email)
            prepare(email)
            before = self._on_the_list()
            with self.subTest(name):
                with self.assertRaises(UserError):
                    self._open(person).action_add()
                self.assertEqual(self._on_the_list(), before)
                self.assertFalse(self._of(email).task)

    # --- which address ---
    def test_the_address_is_chosen_for_the_assignment(self):
        anna = self._person("Anna", "anna@example.org")
        home = self.env["res.partner"].create(
            {
                "parent_id": anna.id,
                "type": "other",
                "name": "Home",
                "email": "home@example.net",
            }
        )
        self._consent("home@example.net", "confirmed")
        wizard = self._open(anna)
        self.assertEqual(
            wizard.address_ids.mapped("address"),
            ["anna@example.org", "home@example.net"],
        )
        self.assertEqual(wizard.address_id.address, "anna@example.org")
        wizard.address_id = wizard.address_ids[1]
        wizard.action_add()
        member = self._of("home@example.net")
        self.assertEqual((member.task, member.partner_id), ("transmit", home))
        self._go("reconcile")
        self.assertEqual((member.email, member.task), ("home@example.net", "transmit"))
        self.assertFalse(self._of("anna@example.org"))
        [row] = anna.newsletter_assignment_ids
        self.assertEqual(row.email, "home@example.net")

    # --- purpose and consent ---
    def test_the_purpose_is_kept_at_the_assignment(self):
        activities = self.env["newsletter.processing.activity"].create(
            [{"name": "Donors' letter"}, {"name": "Invitations"}]
        )
        self.mailing_list.newsletter_activity_ids = activities[0]
        anna = self._person("Anna", "anna@example.org")
        records = anna.with_user(self.clerk)
        action = records.action_newsletter_assign()
        wizard = records.env[action["res_model"]].browse(action["res_id"])
        with Form(wizard) as form:
            form.mailing_list_id = self.mailing_list
            self.assertEqual(form.activity_ids[:], activities[0])
            form.activity_ids.add(activities[1])
        wizard.action_add()
        [row] = anna.newsletter_assignment_ids
        self.assertEqual(row.activity_ids, activities)

    def test_a_consent_can_be_recorded_with_its_proof(self):
        ben = self._person("Ben", "ben@example.org", consent="none")
        wizard = self._open(ben, self.manager, consent="staff")
        with self.assertRaisesRegex(UserError, "how you know it"):
            wizard.action_add()
        wizard.note = "Signed the card at the fair"
        wizard.action_add()
        consent = self.env["newsletter.consent"].search(
            [("email", "=", "ben@example.org")]
        )
        self.assertEqual(
            (consent.state, consent.mailing_list_id), ("single", self.mailing_list)
        )
        self.assertEqual(consent.sudo().event_ids.note, "Signed the card at the fair")

    def test_a_clerk_without_the_right_records_no_consent(self):
        ben = self._person("Ben", "ben@example.org", consent="none")
        wizard = self._open(ben)
        wizard.write({"consent": "staff", "note": "Said so"})
        with self.assertRaises(AccessError):
            wizard.action_add()
        self.assertFalse(self._on_the_list())

    def test_whoever_is_asked_joins_by_the_click(self):
        ben = self._person("Ben", "ben@example.org", consent="none")
        wizard = self._open(
            ben, self.manager, consent="request", note="Asked for it by phone"
        )
        wizard.action_add()
        self.assertFalse(self._on_the_list(), "not before the click")
        consent = self.env["newsletter.consent"].search(
            [("email", "=", "ben@example.org")]
        )
        self.assertEqual(
            (consent.state, consent.mailing_list_id), ("pending", self.mailing_list)
        )

    # --- many ---
    def test_all_of_a_filter_and_each_who_is_left_out_is_named(self):
        people = self._people(3)
        people |= self._person("No address", False, consent="none")
        people |= self._person("Twin", "person0@example.org", consent="none")
        archived = self._person("Old", "old@example.org")
        archived.active = False
        people |= archived
        self._contact("Known", "person2@example.org")
        wizard = self._open(people)
        self.assertIn("Will be added: 2", wizard.outlook)
        self.assertTrue(wizard.warns)
        action = wizard.action_add()
        self.assertEqual((action["res_id"], wizard.state), (wizard.id, "done"))
        reasons = self._reasons(wizard)
        self.assertEqual(
            set(reasons), {"No address", "Twin", "Old", people[2].display_name}
        )
        self.assertIn("archived", reasons["Old"])
        line = wizard.line_ids.filtered(lambda each: each.name == "Old")
        self.assertEqual(line.action_open_record()["res_id"], archived.id)
        self.assertEqual(
            self._on_the_list(), [f"person{number}@example.org" for number in range(3)]
        )

    def test_select_all_means_the_filter_not_the_first_page(self):
        people = self._people(5)
        self.env["ir.config_parameter"].set_param("web.active_ids_limit", "2")
        domain = [("email", "=like", "person%@example.org")]
        page = people[:2].with_context(active_domain=domain, active_model="res.partner")
        wizard = self._open(page)
        self.assertEqual(wizard.record_count, 5)
        wizard.action_add()
        self.assertEqual(len(self._on_the_list()), 5)

    def test_leads_and_mailing_contacts_can_be_added(self):
        lead = self.env["crm.lead"].create(
            {"name": "Offer", "contact_name": "Lea", "email_from": "lea@example.org"}
        )
        self._consent("lea@example.org", "confirmed")
        reader = self.env["mailing.contact"].create(
            {"name": "Rita", "email": "rita@example.org"}
        )
        salesman = new_test_user(
            self.env,
            "assign.sales",
            groups="newsletter_sync.group_user,sales_team.group_sale_salesman_all_leads",
        )
        self._open(lead, salesman).action_add()
        self._open(reader).action_add()
        self.assertEqual(self._of("lea@example.org").lead_id, lead)
        self.assertEqual(self._of("lea@example.org").contact_id.name, "Lea")
        self.assertEqual(self._of("rita@example.org").contact_id, reader)

    # --- from the list ---
    def test_people_are_picked_from_the_list(self):
        anna = self._person("Anna", "anna@example.org")
        reader = self.env["mailing.contact"].create(
            {"name": "Rita", "email": "rita@example.org"}
        )
        mailing_list = self.mailing_list.with_user(self.clerk)
        action = mailing_list.action_newsletter_assign()
        wizard = mailing_list.env[action["res_model"]].browse(action["res_id"])
        with self.assertRaisesRegex(UserError, "at least one person"):
            wizard.action_add()
        wizard.write({"partner_ids": anna.ids, "contact_ids": reader.ids})
        wizard.action_add()
        self.assertEqual(self._on_the_list(), ["anna@example.org", "rita@example.org"])

    def test_nobody_is_added_to_a_list_that_has_ended(self):
        self.mailing_list.newsletter_state = "ended"
        with self.assertRaisesRegex(UserError, "has ended"):
            self._open(self._person("Anna", "anna@example.org")).action_add()

    # --- rights ---
    def test_a_dialog_belongs_to_whoever_opened_it(self):
        wizard = self._open(self._person("Anna", "anna@example.org"))
        other = new_test_user(
            self.env, "assign.other", groups="newsletter_sync.group_user"
        )
        with self.assertRaises(AccessError):
            wizard.with_user(other).action_add()
        stranger = new_test_user(self.env, "assign.none", groups="base.group_user")
        with self.assertRaises(AccessError):
            self.mailing_list.with_user(stranger).action_newsletter_assign()
        wizard.res_model = "res.users"
        with self.assertRaisesRegex(UserError, "cannot be put on a list"):
            wizard.action_add()
