"""Beside OCA's ``mass_mailing_partner``, where a database has it.

It links mailing contacts with contacts, copies names and addresses from them and
forbids a contact twice on a list. tests_system/ has a test that installs it.
"""

from odoo import fields
from odoo.tests import tagged

from .common_two_way import TwoWayCase


@tagged("post_install", "-at_install")
class TestMassMailingPartner(TwoWayCase):
    def setUp(self):
        super().setUp()
        if "partner_id" not in self.env["mailing.contact"]._fields:
            self.skipTest("mass_mailing_partner is not installed in this database")

    def _add(self, records, **values):
        action = records.action_newsletter_assign()
        wizard = records.env[action["res_model"]].browse(action["res_id"])
        wizard.write({"mailing_list_id": self.mailing_list.id, **values})
        wizard.action_add()
        self.env.invalidate_all()

    def test_whoever_is_added_is_linked_and_stays_one_participant(self):
        anna = self._person("Anna", "anna@example.org")
        self._add(anna)
        [contact] = self.mailing_list.contact_ids
        self.assertEqual((contact.partner_id, contact.name), (anna, "Anna"))
        member = self._of("anna@example.org")
        self.assertEqual((member.partner_id, member.task), (anna, "transmit"))
        [row] = anna.newsletter_assignment_ids
        self.assertEqual(row.contact_id, contact)

    def test_another_address_of_the_person_keeps_itself(self):
        """The addon would put the contact's first address in its place."""
        anna = self._person("Anna", "anna@example.org")
        self.env["res.partner"].create(
            {"parent_id": anna.id, "type": "other", "email": "home@example.net"}
        )
        self._consent("home@example.net", "confirmed")
        action = anna.action_newsletter_assign()
        wizard = anna.env[action["res_model"]].browse(action["res_id"])
        wizard.mailing_list_id = self.mailing_list
        wizard.address_id = wizard.address_ids.filtered(
            lambda each: each.address == "home@example.net"
        )
        wizard.action_add()
        self.env.invalidate_all()
        self.assertEqual(
            self.mailing_list.contact_ids.mapped("email_normalized"),
            ["home@example.net"],
        )

    def test_a_fetch_takes_strangers_and_known_people_in(self):
        anna = self._person("Anna", "anna@example.org")
        for name in ("anna", "ben", "carl"):
            self._at_tool(f"{name}@example.org")
        run = self._go("fetch")
        self.assertEqual(run.state, "done", run.message)
        contacts = {each.email: each for each in self.mailing_list.contact_ids}
        self.assertEqual(len(contacts), 3)
        self.assertEqual(contacts["anna@example.org"].partner_id, anna)
        self.assertFalse(contacts["ben@example.org"].partner_id)
        # nothing of what the addon copies counts as a change by somebody
        self._go("reconcile")
        for name in ("ben", "carl"):
            self.assertFalse(self._of(f"{name}@example.org").task)

    def test_the_contacts_new_address_reaches_the_member(self):
        anna = self._person("Anna", "anna@example.org")
        self._at_tool("anna@example.org")
        self._go("fetch")
        self._consent("anna@example.net", "confirmed")
        anna.email = "anna@example.net"
        self.assertEqual(self.mailing_list.contact_ids.email, "anna@example.net")
        self._go("reconcile")
        self.assertEqual(self._of("anna@example.org").task, "change_address")

    def test_leaving_covers_the_linked_addresses(self):
        anna = self._person("Anna", "anna@example.org")
        contact = self._contact("Anna", "second@example.net")
        contact.with_context(mass_mailing_partner_writing=True).partner_id = anna
        contact.with_context(
            mass_mailing_partner_writing=True
        ).email = "second@example.net"
        leavings = self.env["newsletter.leaving"]
        leavings._leave(["anna@example.org"], self.env.company, "phone")
        self.assertIn("second@example.net", leavings.search([]).mapped("email"))
        self.assertFalse(self._subscription(contact).filtered(lambda s: not s.opt_out))

    def test_deleting_a_linked_contact_asks_nobody_twice(self):
        anna = self._person("Anna", "anna@example.org")
        self._at_tool("anna@example.org")
        self._at_tool("ben@example.org")
        self._go("fetch")
        self._of("anna@example.org").partner_id.unlink()
        self.assertFalse(anna.exists())
        self._go("fetch", whole=True)
        self.assertEqual(
            self.mailing_list.contact_ids.mapped("email"), ["ben@example.org"]
        )

    def test_a_returned_address_can_be_moved_into_a_note(self):
        """The addon wants every linked contact to keep an address."""
        anna = self._person("Anna", "anna@example.org")
        self._at_tool("anna@example.org")
        self._go("fetch")
        self.env["newsletter.bounce"]._report(
            [
                {
                    "email": "anna@example.org",
                    "at": fields.Datetime.now(),
                    "code": "5.1.1",
                    "text": "User unknown",
                }
            ],
            self.env.company,
        )
        address = self.env["newsletter.bounce.address"].search(
            [("email", "=", "anna@example.org")]
        )
        address.action_move_out()
        self.assertFalse(anna.email)
