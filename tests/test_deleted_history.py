"""Mailings when their list is deleted, and mailings deleted themselves (N07 to N11)."""

from lxml import etree

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common_two_way import TwoWayCase


@tagged("post_install", "-at_install")
class TestDeletedHistory(TwoWayCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.writer = new_test_user(
            cls.env, "history.writer", groups="mass_mailing.group_mass_mailing_user"
        )
        cls.lists = cls.env["mailing.list"].create([{"name": "One"}, {"name": "Two"}])

    def _mailing(self, lists, **values):
        return self.env["mailing.mailing"].create(
            {
                "subject": "News",
                "body_html": "<p>News</p>",
                "mailing_model_id": self.env["ir.model"]._get("mailing.list").id,
                "contact_list_ids": [Command.set(lists.ids)],
                **values,
            }
        )

    def _ask(self, records, user=None, **values):
        action = records.with_user(user or self.writer).action_newsletter_delete()
        deletion = self.env[action["res_model"]].with_user(user or self.writer)
        deletion = deletion.browse(action["res_id"])
        deletion.write(values)
        return deletion

    # --- mailings of a list that goes (N08) ---
    def test_what_waits_for_the_list_only_becomes_a_draft_and_says_why(self):
        one, two = self.lists
        alone = self._mailing(one, state="in_queue", schedule_type="now")
        both = self._mailing(one | two, state="in_queue", schedule_type="now")
        sent = self._mailing(one, state="done")
        deletion = self._ask(one, way="delete", accepted=True)
        self.assertEqual((deletion.mailing_count, deletion.waiting_count), (3, 1))
        deletion.action_confirm()
        self.env.invalidate_all()
        self.assertFalse(one.exists())
        self.assertEqual(
            (alone.state, both.state, sent.state), ("draft", "in_queue", "done")
        )
        self.assertIn("deleted: One", alone.message_ids[0].body)
        self.assertEqual(both.contact_list_ids, two)

    def test_a_mailing_without_its_list_can_be_looked_at_and_finds_nobody(self):
        one = self.lists[0]
        contact = self.env["mailing.contact"].create(
            {"name": "Anna", "email": "anna@example.org", "list_ids": one.ids}
        )
        mailing = self._mailing(one)
        self._ask(one, way="delete", accepted=True, typed_people=1).action_confirm()
        self.env.invalidate_all()
        self.assertFalse(mailing.contact_list_ids)
        self.assertTrue(contact.exists())
        for _turn in range(2):
            self.assertFalse(mailing._get_recipients(), "not everybody")
            mailing._compute_mailing_domain()
        self.assertFalse(mailing.newsletter_is_coupled)
        mailing.with_user(self.clerk).read()
        events = mailing.with_user(self.clerk).action_newsletter_events()
        self.env[events["res_model"]].search(events["domain"])

    def test_deleting_by_code_protects_the_waiting_too(self):
        mailing = self._mailing(self.lists, state="in_queue", schedule_type="now")
        self.lists.unlink()
        self.assertEqual(mailing.state, "draft")

    # --- mailings that go (N10, N11) ---
    def _sent(self):
        mailing = self._mailing(self.lists, state="done")
        self.env["mailing.trace"].create(
            [
                {
                    "mass_mailing_id": mailing.id,
                    "model": "mailing.contact",
                    "res_id": number,
                    "trace_status": "sent",
                }
                for number in (1, 2)
            ]
        )
        return mailing

    def test_archiving_is_offered_first_and_keeps_who_got_it(self):
        mailing = self._sent()
        deletion = self._ask(mailing)
        self.assertEqual((deletion.way, deletion.recipient_count), ("archive", 2))
        deletion.action_confirm()
        self.assertFalse(mailing.active)
        self.assertEqual(len(mailing.mailing_trace_ids), 2)

    def test_deleting_wants_the_recipients_typed_and_is_logged(self):
        mailing = self._sent() | self._mailing(self.lists)
        mailing[0].active = False
        deletion = self._ask(mailing, way="delete")
        self.assertEqual((deletion.mailing_count, deletion.recipient_count), (2, 2))
        for values in ({}, {"accepted": True}, {"typed_people": 2}):
            deletion.write({"accepted": False, "typed_people": 0, **values})
            with self.subTest(values), self.assertRaisesRegex(UserError, "number"):
                deletion.action_confirm()
        deletion.write({"accepted": True, "typed_people": 2})
        deletion.action_confirm()
        self.assertFalse(mailing.exists())
        event = self.env["newsletter.event"].search([("code", "=", "mailings_deleted")])
        self.assertEqual((event.level, event.user_id), ("warning", self.writer))
        self.assertIn("2 recipients: “News", event.text)

    def test_what_is_being_sent_is_not_deleted(self):
        mailing = self._mailing(self.lists, state="sending")
        deletion = self._ask(mailing, way="delete", accepted=True)
        with self.assertRaisesRegex(UserError, "being sent"):
            deletion.action_confirm()
        self.assertTrue(mailing.exists())

    def test_the_dialog_gives_no_right_that_odoo_does_not(self):
        stranger = new_test_user(self.env, "history.none", groups="base.group_user")
        for records in (self.lists[0], self._mailing(self.lists)):
            with self.subTest(records), self.assertRaises(AccessError):
                self._ask(records, stranger)

    def test_no_screen_offers_odoos_own_deletion(self):
        for model in ("mailing.list", "mailing.mailing"):
            for kind in ("form", "list", "kanban"):
                arch = self.env[model].get_view(view_type=kind)["arch"]
                root = etree.fromstring(arch)
                with self.subTest(model=model, kind=kind):
                    self.assertFalse(
                        root.xpath(
                            "//*[@type='delete'][not(ancestor::t[@t-if='widget.deletable'])]"
                        )
                    )
                    if (model, kind) != ("mailing.list", "kanban"):
                        self.assertEqual(root.get("delete"), "0")
