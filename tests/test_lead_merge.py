"""Merging leads deletes records, not people (N05)."""

from unittest.mock import patch

from odoo import Command
from odoo.tests import new_test_user, tagged

from .common_two_way import TwoWayCase


@tagged("post_install", "-at_install")
class TestLeadMerge(TwoWayCase):
    def setUp(self):
        super().setUp()
        self.head = self._lead("anna@example.org", type="opportunity")
        self.tail = self._lead("anna@example.org")
        self.member = self._reader(self.tail)
        self.salesman = new_test_user(
            self.env,
            "newsletter.salesman",
            groups="base.group_user,sales_team.group_sale_salesman_all_leads",
        )

    def _lead(self, email, **values):
        return self.env["crm.lead"].create(
            {"name": "Deal", "contact_name": "Anna", "email_from": email, **values}
        )

    def _reader(self, lead):
        email = lead.email_normalized
        contact = self._contact("Anna", email)
        self._at_tool(email)
        return self._member(email, lead_id=lead.id, contact_id=contact.id)

    def _on_screen(self):
        return patch.object(
            type(self.env["newsletter.recipient"]),
            "_newsletter_somebody_waits",
            lambda self: True,
        )

    def _merge(self, *leads, user=None):
        leads = self.env["crm.lead"].union(*(leads or (self.head, self.tail)))
        wizard = self.env["crm.merge.opportunity"].with_user(user or self.env.user)
        wizard.create({"opportunity_ids": [Command.set(leads.ids)]}).action_merge()
        self.env.invalidate_all()

    def _lives_on(self, member, lead):
        """Nobody was deleted: no task, no tombstone, still on the list."""
        self.assertTrue(member.active)
        self.assertFalse(member.task)
        self.assertEqual(member.lead_id, lead)
        self.assertTrue(self._subscription(member.contact_id))
        self.assertFalse(
            self.env["newsletter.tombstone"]._known(
                [member.email], self.env.company, self.coupling
            )
        )

    def test_N05_on_a_screen_nothing_is_asked_and_nothing_is_lost(self):
        note = self.tail.message_post(body="A promise")
        with self._on_screen():
            self._merge()
        self.assertFalse(self.tail.exists())
        self.assertEqual(note.res_id, self.head.id)
        self._lives_on(self.member, self.head)

    def test_N05_without_rights_here_nobody_is_unsubscribed(self):
        self._changes()
        self._merge(user=self.salesman)
        self.assertFalse(self.tail.exists())
        self._lives_on(self.member, self.head)
        noted = (self.coupling.id, "newsletter.member", self.member.id)
        self.assertIn(noted, self._changes())
        self._go("reconcile")
        self._lives_on(self.member, self.head)

    def test_another_address_stays_a_recipient_of_its_own(self):
        other = self._lead("ben@example.org")
        reader = self._reader(other)
        with self._on_screen():
            self._merge(self.head, other, self.tail)
        self._lives_on(self.member, self.head)
        self._lives_on(reader, self.env["crm.lead"])
        self.assertEqual(reader.email, "ben@example.org")
        self._go("reconcile")
        self._lives_on(reader, self.env["crm.lead"])

    def test_the_address_that_the_merge_gives_is_the_same_recipient(self):
        self.head.email_from = False
        self._merge()
        self.assertEqual(self.head.email_normalized, "anna@example.org")
        self._lives_on(self.member, self.head)

    def test_a_change_of_address_goes_on_waiting(self):
        self.member.email = "old@example.org"
        self._merge()
        self.assertEqual(self.member.lead_id, self.head)
        self.assertEqual(self.member.email, "old@example.org")

    def test_members_in_the_archive_go_along(self):
        self.member.active = False
        self._merge()
        self.assertEqual(self.member.lead_id, self.head)

    def test_a_lead_that_becomes_an_opportunity_by_a_merge(self):
        wizard = (
            self.env["crm.lead2opportunity.partner"]
            .with_user(self.salesman)
            .with_context(active_model="crm.lead", active_id=self.tail.id)
            .create(
                {
                    "name": "merge",
                    "duplicated_lead_ids": [
                        Command.set((self.head | self.tail).ids),
                    ],
                }
            )
        )
        with self._on_screen():
            wizard.action_apply()
        self.env.invalidate_all()
        self.assertFalse(self.tail.exists())
        self._lives_on(self.member, self.head)
