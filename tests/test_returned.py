"""One definition of a return for all filters and for the check of step 2 (G15, J03)."""

from odoo.tests import tagged
from odoo.tools.safe_eval import safe_eval

from .test_bounce import BounceCase


@tagged("post_install", "-at_install")
class TestReturned(BounceCase):
    def setUp(self):
        super().setUp()
        self.members = self.env["newsletter.member"].browse()
        self.people = self.env["res.partner"].browse()
        self.good = self._reader("good")

    def _reader(self, name, **values):
        person = self._person(name.title(), f"{name}@example.org")
        contact = self._contact(name.title(), person.email)
        member = self._member(
            person.email, partner_id=person.id, contact_id=contact.id, **values
        )
        self.members |= member
        self.people |= person
        return member

    def _filtered(self, view, model, name):
        """Whom a filter finds as it stands on the screen, read by a clerk."""
        records = self.env[model].with_user(self.clerk)
        arch = records.get_view(self.env.ref(view).id, "search")["arch"]
        domain = self._domain_of(arch, name)
        return records.search(domain)

    @staticmethod
    def _domain_of(arch, name):
        from lxml import etree

        [found] = etree.fromstring(arch).xpath(f"//filter[@name='{name}']")
        return safe_eval(found.get("domain"))

    def _returned(self):
        return self._filtered(
            "newsletter_sync.newsletter_member_view_search",
            "newsletter.member",
            "returned",
        )

    def test_J03_each_way_of_a_return_is_found_everywhere(self):
        there = self._reader("there", remote_status="general_bounce")
        here = self._reader("here", local_status="soft_bounce")
        # Odoo's own mail came back; no status says so
        mailed = self._reader("mailed")
        self._report("mailed@example.org", code="5.1.1")
        soft = self._reader("soft")
        self._report("soft@example.org", code="4.2.2")
        bad = there | here | mailed | soft
        self.assertEqual(self._returned(), bad)
        self.assertEqual(self.members.filtered("returned"), bad)
        self.assertEqual(
            self.members.search([("returned", "=", False)]) & self.members, self.good
        )
        people = self._filtered(
            "base.view_res_partner_filter", "res.partner", "newsletter_returned"
        )
        self.assertEqual(people, bad.partner_id)
        self.assertEqual(self.people.filtered("newsletter_returned"), bad.partner_id)
        contacts = self._filtered(
            "mass_mailing.mailing_contact_view_search",
            "mailing.contact",
            "newsletter_returned",
        )
        self.assertEqual(contacts, bad.contact_id)
        [check] = [
            each for each in self.coupling.review["checks"] if each["key"] == "returned"
        ]
        self.assertEqual(check["count"], len(bad))
        action = self.coupling.action_open_check("returned")
        self.assertEqual(self.members.search(action["domain"]), bad)
        self.assertTrue(self.coupling.action_decide_all("returned"))

    def test_J03_a_contact_on_no_list_is_found_as_well(self):
        nobody = self._person("Nobody", "nobody@example.org")
        self._report("nobody@example.org", code="5.1.1")
        found = self._filtered(
            "base.view_res_partner_filter", "res.partner", "newsletter_returned"
        )
        self.assertEqual(found, nobody)

    def test_whoever_works_again_is_none(self):
        self._reader("mailed")
        self._report("mailed@example.org", code="5.1.1")
        self._find("mailed@example.org").action_reset()
        self.assertFalse(self._returned())

    def test_a_return_at_another_company_is_none_here(self):
        """The clerk may work for both companies at once."""
        other = self.env["res.company"].create({"name": "Other sender"})
        self.clerk.company_ids |= other
        member = self._reader("mailed")
        self._report("mailed@example.org", code="5.1.1", company=other)
        members = self.env["newsletter.member"].with_user(self.clerk)
        members = members.with_context(
            allowed_company_ids=[self.env.company.id, other.id]
        )
        for name in ("returned", "undeliverable"):
            with self.subTest(name):
                self.assertFalse(members.search([(name, "=", True)]))
                self.assertFalse(member.with_env(members.env)[name])

    def test_G15_the_status_of_a_list_is_what_its_page_says(self):
        view = "newsletter_sync.newsletter_member_view_search"
        for state, name in (("running", "list_active"), ("ended", "list_ended")):
            self.mailing_list.newsletter_state = state
            with self.subTest(state):
                found = self._filtered(view, "newsletter.member", name)
                self.assertIn(self.good, found)
                other = {"list_active", "list_ended"} - {name}
                found = self._filtered(view, "newsletter.member", *other)
                self.assertNotIn(self.good, found)
        self.coupling.action_pause()
        found = self._filtered(view, "newsletter.member", "coupling_waits")
        self.assertIn(self.good, found)
