"""Mailing lists: coupled, archived rather than deleted; two levels of a status."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from ..connectors.contract import RemoteList
from .common_two_way import TwoWayCase


@tagged("post_install", "-at_install")
class TestCouplingLists(TwoWayCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env, "lists.manager", groups="newsletter_sync.group_manager"
        )

    def _delete(self, user=None, **values):
        mailing_list = self.mailing_list.with_user(user or self.manager)
        action = mailing_list.action_newsletter_delete()
        deletion = mailing_list.env[action["res_model"]].browse(action["res_id"])
        deletion.write(values)
        return deletion

    # --- archiving and deleting (N07, N08, N11) ---
    def test_archiving_is_what_is_offered_first(self):
        self._contact("Anna", "anna@example.org")
        deletion = self._delete()
        self.assertEqual(deletion.way, "archive")
        deletion.action_confirm()
        self.assertFalse(self.mailing_list.active)
        self.assertTrue(self.coupling.active, "opt-outs go on travelling")

    def test_deleting_names_the_numbers_and_wants_them_typed(self):
        self._contact("Anna", "anna@example.org")
        self._member("anna@example.org")
        mailing = self.env["mailing.mailing"].create(
            {
                "subject": "News",
                "mailing_model_id": self.env["ir.model"]._get("mailing.list").id,
                "contact_list_ids": self.mailing_list.ids,
            }
        )
        deletion = self._delete(way="delete")
        self.assertEqual(
            (deletion.mailing_count, deletion.people_count, deletion.coupling_count),
            (1, 1, 1),
        )
        for values in ({}, {"accepted": True}, {"typed_people": 1}):
            deletion.write({"accepted": False, "typed_people": 0, **values})
            with self.subTest(values), self.assertRaisesRegex(UserError, "number"):
                deletion.action_confirm()
        deletion.write({"accepted": True, "typed_people": 1})
        deletion.action_confirm()
        self.assertFalse(self.mailing_list.exists())
        self.assertTrue(mailing.exists(), "mailings stay")
        self.assertFalse(mailing.contact_list_ids)
        self.assertTrue(self.env["mailing.contact"].search([("name", "=", "Anna")]))
        self.assertFalse(self.coupling.active)
        self.assertTrue(self._member_of("anna@example.org"), "is remembered")
        # what is left of the coupling can be looked at and does nothing
        self.assertTrue(self.coupling.next_step)
        self.assertTrue(self.coupling.action_open_tool()["url"])
        self.env["newsletter.coupling"]._cron_fetch()

    def _member_of(self, email):
        members = self.env["newsletter.member"].with_context(active_test=False)
        return members.search([("email", "=", email)])

    def test_ending_a_coupling_by_deleting_needs_the_right_for_it(self):
        deletion = self._delete(self.clerk, way="delete", accepted=True)
        with self.assertRaisesRegex(AccessError, "archive the list"):
            deletion.action_confirm()
        self.assertTrue(self.mailing_list.exists())
        self.assertTrue(self.coupling.active)

    # --- ways from the list ---
    def test_the_list_leads_to_its_couplings_and_to_the_dialog(self):
        mailing_list = self.mailing_list.with_user(self.manager)
        self.assertEqual(mailing_list.newsletter_coupling_count, 1)
        action = mailing_list.action_newsletter_couplings()
        self.assertEqual(action["res_id"], self.coupling.id)
        action = mailing_list.action_newsletter_couple()
        wizard = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual(wizard.mailing_list_id, self.mailing_list)
        with self.assertRaises(AccessError):
            self.mailing_list.with_user(self.clerk).action_newsletter_couple()

    # --- two levels (E14) ---
    def test_a_status_on_one_list_is_not_the_one_in_the_account(self):
        other = self._couple(remote_id=str(self.tool.new_list("Second")))
        here = self._member("anna@example.org", remote_status="unsubscribed")
        there = self._member("anna@example.org", other)
        self.assertEqual(
            (here.remote_status, there.remote_status), ("unsubscribed", "subscribed")
        )
        for member in (here, there):
            self.assertIn("Unsubscribed: 1", member.account_status)
            self.assertIn("Subscribed: 1", member.account_status)
        self.assertIn("stays on the others", self.connection.levels_explained)
        brevo = self.connection.new({"provider": "brevo"})
        self.assertIn("whole account", brevo.levels_explained)

    def test_a_tag_is_shown_in_its_audience(self):
        lists = [
            RemoteList("a", "Members"),
            RemoteList("a/1", "VIP", parent="a"),
            RemoteList("b", "Press"),
        ]
        mirror = self.env["newsletter.remote.list"]
        mirror._store_lists(self.connection, lists)
        found = {
            each.remote_id: each.display_name
            for each in mirror.search([("connection_id", "=", self.connection.id)])
        }
        self.assertEqual(found["a/1"], "Members / VIP")
        self.assertEqual(found["b"], "Press")
