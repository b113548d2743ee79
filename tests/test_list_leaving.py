"""Nobody who left comes back by a filter, an operation or an assignment."""

from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..wizards.newsletter_repoint_wizard import NewsletterAssignment
from .common_dynamic import DynamicCase


@tagged("post_install", "-at_install")
class TestListLeaving(DynamicCase):
    def _leavings(self, email):
        return self.env["newsletter.leaving"].search([("email", "=", email)])

    # --- the filter looks at other records now ---
    def test_ids_of_contacts_are_no_ids_of_leads(self):
        """The trap: lead 7 has the address of a stranger, contact 7 is Anna."""
        anna = self._in_celle("anna")
        self._refresh()
        lead = self.env["crm.lead"].create(
            {"name": "Offer", "email_from": "stranger@example.org", "city": "Celle"}
        )
        self.dynamic.match_ids.res_id = lead.id
        contact = self._row("anna").contact_id
        self.dynamic.write({"record_type": "lead", "brake_percent": 0})
        self.assertEqual(self.dynamic.match_ids.res_id, 0)
        self._refresh()
        self.assertEqual(contact.email, "anna@example.org")
        self.assertEqual(self._on_list(), ["stranger"])
        match = self.dynamic.match_ids.filtered(lambda each: each.state == "on")
        self.assertEqual((match.email, match.res_id), (lead.email_from, lead.id))
        # companies are contacts as well
        self.dynamic.write({"record_type": "contact"})
        self._refresh()
        self.dynamic.record_type = "company"
        match = self.dynamic.match_ids.filtered(lambda each: each.state == "on")
        self.assertEqual(match.res_id, anna.id)

    # --- Odoo's own link ---
    def test_who_was_taken_off_by_the_filter_and_says_so_has_left(self):
        anna = self._in_celle("anna", "ben")[0]
        self._refresh()
        anna.city = "Ulm"
        self._refresh()
        self.assertFalse(self._row("anna"))
        # a click on the link of a mailing that had been sent before
        self.mailing_list._update_subscription_from_email("Anna@Example.org")
        leaving = self._leavings("anna@example.org")
        self.assertEqual(
            (leaving.mailing_list_id, leaving.channel), (self.mailing_list, "page")
        )
        anna.city = "Celle"
        self._refresh()
        self.assertEqual(self._on_list(), ["ben"])

    def test_an_opt_out_without_a_leaving_is_one_as_soon_as_the_person_says_so(self):
        contact = self._contact("Anna", "anna@example.org")
        row = self._subscription(contact).with_context(newsletter_leaving=True)
        row.opt_out = True
        self.assertFalse(self._leavings("anna@example.org"))
        for _again in range(2):
            self.mailing_list._update_subscription_from_email("anna@example.org")
            self.assertEqual(len(self._leavings("anna@example.org")), 1)

    def test_an_underscore_stands_for_no_other_letter(self):
        self.dynamic.way_out = "unsubscribe"
        people = self._in_celle("a_b", "axb", "carl")
        self._refresh()
        people[:2].city = "Ulm"
        self._refresh()
        self.mailing_list._update_subscription_from_email("a_b@example.org")
        self.assertTrue(self._leavings("a_b@example.org"))
        self.assertFalse(self._leavings("axb@example.org"))

    def test_joining_by_the_page_is_no_leaving(self):
        self._contact("Anna", "anna@example.org")
        self.mailing_list._update_subscription_from_email(
            "anna@example.org", opt_out=False
        )
        self.mailing_list._update_subscription_from_email("no address")
        self.assertFalse(self.env["newsletter.leaving"].search([]))

    # --- taken off while being sent ---
    def test_who_is_just_being_sent_is_taken_off_as_well(self):
        self._contact("Anna", "anna@example.org")
        self._contact("Ben", "ben@example.org")
        new = {"remote_status": False, "base_status": False, "task": "transmit"}
        anna = self._member("anna@example.org", **new)
        ben = self._member("ben@example.org", **new)
        run_id = self.coupling._start_run("transmit")
        line = self.env["newsletter.run.line"].create(
            {
                "run_id": run_id,
                "member_id": anna.id,
                "res_model": anna._name,
                "res_id": anna.id,
            }
        )
        self.env["newsletter.flight"].create(
            {
                "run_id": run_id,
                "coupling_id": self.coupling.id,
                "task": "transmit",
                "line_ids": line.ids,
            }
        )
        self.env.flush_all()
        rows = self.env["mailing.subscription"].search(
            [("list_id", "=", self.mailing_list.id)]
        )
        people = self.env["newsletter.list.people"]
        people._release(self.coupling, rows)
        self.assertEqual((anna.active, anna.task), (True, "delete"))
        self.assertEqual((ben.active, ben.task), (False, False))
        emails = ["anna@example.org", "ben@example.org"]
        self.assertEqual(
            self.env["newsletter.tombstone"]._known(
                emails, self.env.company, self.coupling
            ),
            set(emails),
        )

    # --- another list for an assignment ---
    def test_nothing_is_ended_if_the_end_stands_against_the_new_place(self):
        anna = self._person("Anna", "anna@example.org")
        contact = self._contact("Anna", "anna@example.org")
        self._member("anna@example.org", partner_id=anna.id, contact_id=contact.id)
        board = self.env["mailing.list"].create({"name": "Board"})
        row = anna.newsletter_assignment_ids
        wizard = self.env["newsletter.repoint.wizard"].create(
            {"assignment_id": row.id, "mailing_list_id": board.id}
        )
        end = NewsletterAssignment._end

        def and_block(assignment, choice):
            end(assignment, choice)
            self.env["mail.blacklist"]._add("anna@example.org")

        with (
            patch.object(NewsletterAssignment, "_end", and_block),
            self.assertRaisesRegex(UserError, "Board.*blocklist"),
        ):
            wizard.action_repoint()
