"""Who is known by the address that the tool tells: F05, F06 and design rule 6."""

from odoo.tests import tagged

from .common_two_way import TwoWayCase

IDA = "ida@example.org"
LEA = "lea@example.org"


class KnownCase(TwoWayCase):
    def setUp(self):
        super().setUp()
        self.coupling.automation = "manual"
        self.other = self.env["res.company"].create({"name": "Other Club"})

    def _fetch(self):
        run = self._go("fetch", whole=True)
        self.assertEqual(run.state, "done", run.message)
        return run

    def _goes_on(self, member, result):
        """Nothing but values may wait for the tool."""
        self.assertEqual(member.result, result, member.result_text)
        self.assertIn(member.task, (False, "update"))

    def _with(self, email):
        """How many records of each kind have the address, archived ones too."""
        return [
            self.env[model]
            .with_context(active_test=False)
            .search_count([("email_normalized", "=", email)])
            for model in ("res.partner", "mailing.contact", "crm.lead")
        ]


@tagged("post_install", "-at_install")
class TestKnownArchived(KnownCase):
    def _partner(self, email=IDA, active=False, **values):
        return self.env["res.partner"].create(
            {"name": "Ida Imhof", "email": email, "active": active, **values}
        )

    def _is_barred(self, email, partner):
        member = self._of(email)
        self.assertEqual((member.result, member.result_code), ("blocked", "archived"))
        self.assertEqual(member.task, "unsubscribe")
        self.assertEqual(member.partner_id, partner)

    def test_who_is_archived_is_not_taken_in_anew_but_signed_off(self):
        for new_contacts in ("mailing_contact", "contact", "ask"):
            with self.subTest(new_contacts):
                self.coupling.new_contacts = new_contacts
                email = f"ida.{new_contacts}@example.org".replace("_", "-")
                partner = self._partner(email)
                self._at_tool(email)
                run = self._fetch()
                self._is_barred(email, partner)
                self.assertEqual(self._with(email), [1, 0, 0])
                self.assertTrue(run.archived, "the report names them")
        self._transmit()
        self.assertTrue(all(each.deactivated for each in self._at_tool().values()))
        self._fetch()
        self.assertFalse(self.mailing_list.contact_ids)

    def test_a_member_whom_nobody_knew_and_whose_contact_is_archived_now(self):
        self.coupling.new_contacts = "ask"
        self._at_tool(IDA)
        self._fetch()
        self.assertEqual(self._of(IDA).result, "new_contact")
        partner = self._partner()
        self._fetch()
        self._is_barred(IDA, partner)

    def test_an_archived_double_beside_the_contact_bars_nobody(self):
        self._partner()
        partner = self._partner(active=True)
        self._at_tool(IDA)
        self._fetch()
        member = self._of(IDA)
        self._goes_on(member, "new_in_list")
        self.assertEqual(member.partner_id, partner)

    def test_the_double_of_a_member_is_archived_and_the_other_contact_counts(self):
        double = self._partner(active=True)
        self._at_tool(IDA)
        self._fetch()
        self.assertEqual(self._of(IDA).partner_id, double)
        partner = self._partner(active=True)
        double.active = False
        self._fetch()
        member = self._of(IDA)
        self.assertEqual(member.partner_id, partner)
        self._goes_on(member, "success")
        partner.active = False
        self._fetch()
        self._is_barred(IDA, partner)

    def test_somebody_else_with_the_same_address_does_not_stand_in(self):
        partner = self._partner(active=True)
        self._at_tool(IDA)
        self._fetch()
        self._partner(active=True, name="Kurt Imhof")
        partner.active = False
        self._fetch()
        self._is_barred(IDA, partner)

    def test_who_is_created_anew_is_not_barred_any_more(self):
        self._partner()
        self._at_tool(IDA)
        self._fetch()
        partner = self._partner(active=True)
        self._fetch()
        member = self._of(IDA)
        self.assertEqual(member.partner_id, partner)
        self._goes_on(member, "new_in_list")

    def test_another_company_has_archived_its_own_contact_only(self):
        self._partner(company_id=self.other.id)
        self._at_tool(IDA)
        self._fetch()
        self.assertEqual(self._of(IDA).result, "new_contact")

    def test_a_mailing_contact_of_its_own_or_a_lead_is_in_use(self):
        for email in (IDA, LEA):
            self._partner(email)
            self._at_tool(email)
        reader = self.env["mailing.contact"].create({"name": "Ida", "email": IDA})
        self.env["crm.lead"].create({"name": "Offer", "email_from": LEA})
        self._fetch()
        member = self._of(IDA)
        self._goes_on(member, "new_in_list")
        self.assertEqual((member.contact_id, member.partner_id.id), (reader, False))
        member = self._of(LEA)
        self._goes_on(member, "new_in_list")
        self.assertFalse(member.partner_id)

    def test_the_mailing_contact_by_which_the_contact_was_mailed_is_not(self):
        """The person was a member of another list before they were archived."""
        partner = self._partner()
        other = self.env["mailing.list"].create({"name": "Other"})
        reader = self._contact("Ida", IDA, mailing_list=other)
        coupling = self._couple(
            mailing_list=other, remote_id=self.tool.new_list("Other")
        )
        self._member(IDA, coupling, partner_id=partner.id, contact_id=reader.id)
        self._at_tool(IDA)
        self._fetch()
        self._is_barred(IDA, partner)
        self.assertFalse(self.mailing_list.contact_ids)

    def test_who_had_left_the_tool_is_named_in_no_report(self):
        self._partner()
        self._at_tool(IDA, deactivated=1_700_000_100)
        run = self._fetch()
        self.assertEqual((self._of(IDA).result, run.archived), ("success", 0))


@tagged("post_install", "-at_install")
class TestKnownLeads(KnownCase):
    def _lead(self, **values):
        return self.env["crm.lead"].create(
            {"name": "Offer", "contact_name": "Lea Lind", "email_from": LEA, **values}
        )

    def test_somebody_known_as_a_lead_is_new_on_the_list_and_no_new_contact(self):
        self.coupling.new_contacts = "contact"
        lead = self._lead()
        self._at_tool(LEA)
        self._fetch()
        member = self._of(LEA)
        self.assertEqual((member.result, member.lead_id), ("new_in_list", lead))
        self.assertEqual(self._with(LEA), [0, 1, 1])
        self.assertEqual(member.name, "Lea Lind")
        self.assertEqual(self.mailing_list.contact_ids.name, "Lea Lind")
        self.assertEqual(member.action_open_record()["res_model"], "crm.lead")
        # the clerk sells nothing
        opened = member.with_user(self.clerk).action_open_record()
        self.assertEqual(opened["res_model"], "mailing.contact")

    def test_the_values_of_the_lead_go_to_the_tool(self):
        self.connection._connector().create_field("Last name", "text")
        lead = self._lead()
        self._at_tool(LEA)
        self._fetch()
        self._transmit()
        self.assertIn("Lind", str(self._at_tool()[LEA]))
        lead.contact_name = "Lea Lindner"
        self._go("reconcile")
        self.assertEqual(self._of(LEA).task, "update", self._of(LEA).result_text)
        self._transmit()
        self.assertIn("Lindner", str(self._at_tool()[LEA]))

    def test_a_contact_goes_before_a_lead_and_the_first_lead_before_the_second(self):
        partner = self._person("Lea Lind", LEA)
        self._lead()
        self._at_tool(LEA)
        first = self._lead(email_from=IDA)
        self._lead(email_from=IDA)
        self._at_tool(IDA)
        self._fetch()
        member = self._of(LEA)
        self.assertEqual((member.partner_id, member.lead_id.id), (partner, False))
        self.assertEqual(self._of(IDA).lead_id, first)

    def test_a_lead_is_found_beside_the_mailing_contact_that_was_made_for_it(self):
        lead = self._lead()
        other = self.env["mailing.list"].create({"name": "Other"})
        reader = self._contact("Lea Lind", LEA, mailing_list=other)
        self._at_tool(LEA)
        self._fetch()
        member = self._of(LEA)
        self.assertEqual((member.contact_id, member.lead_id), (reader, lead))

    def test_lost_leads_and_those_of_another_company_are_not_known(self):
        self._lead(active=False)
        self._at_tool(LEA)
        self._lead(email_from=IDA, company_id=self.other.id)
        self._at_tool(IDA)
        self._fetch()
        for email in (LEA, IDA):
            member = self._of(email)
            self._goes_on(member, "new_contact")
            self.assertFalse(member.lead_id)

    def test_a_lead_that_is_lost_later_signs_nobody_off(self):
        lead = self._lead()
        self._at_tool(LEA)
        self._fetch()
        lead.action_set_lost()
        self.assertFalse(lead.active)
        self._fetch()
        member = self._of(LEA)
        self._goes_on(member, "success")
        self.assertFalse(self._subscription(member.contact_id).opt_out)

    def test_what_keeps_a_lead_from_being_mailed_counts(self):
        wills = {
            "blocklisted": lambda email: self.env["mail.blacklist"]._add(email),
            "withdrawn": lambda email: self._consent(email, "withdrawn"),
            "no_mailing": lambda email: None,
        }
        for reason, note in wills.items():
            email = f"{reason}@example.org".replace("_", "-")
            marked = f"[NO MAILING] {email}" if reason == "no_mailing" else email
            self._lead(email_from=marked)
            note(email)
            self._at_tool(email)
        self._fetch()
        for reason in wills:
            with self.subTest(reason):
                member = self._of(f"{reason}@example.org".replace("_", "-"))
                self.assertEqual(member.result, "blocked")
                self.assertEqual(member.task, "unsubscribe")
                self.assertFalse(member.contact_id, "is not put on the list")

    def test_a_lead_who_left_the_tool_has_left_in_odoo(self):
        lead = self._lead()
        self._at_tool(LEA, deactivated=1_700_000_100)
        self._fetch()
        member = self._of(LEA)
        self.assertEqual((member.lead_id, member.local_status), (lead, "unsubscribed"))
        self.assertTrue(self._subscription(member.contact_id).opt_out)
