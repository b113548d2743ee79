"""Who was asked by the tool and does not confirm is shown, and told once (B17)."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import freeze_time, new_test_user, tagged

from .common_review import ReviewCase

_ACTIVITY = "newsletter_sync.activity_unconfirmed"


@tagged("post_install", "-at_install")
class TestUnconfirmed(ReviewCase):
    def setUp(self):
        super().setUp()
        self.start = fields.Datetime.now()
        self.responsible = new_test_user(
            self.env,
            "newsletter.responsible",
            groups="base.group_user,newsletter_sync.group_manager",
        )
        self.connection.user_id = self.responsible

    def _asked(self, email, remote_id="", days=0, **values):
        """Somebody whom a transmission has let the tool ask, some days later."""
        member = self._agreed(email, remote_id)
        member.write(
            {
                "remote_status": "pending",
                "base_status": "pending",
                "asked_at": self.start + timedelta(days=days),
                **values,
            }
        )
        return member

    def _after(self, days):
        return freeze_time(self.start + timedelta(days=days, minutes=1))

    def _waiting(self):
        """Whom the box of the review opens."""
        opened = self.coupling.action_open_check("unconfirmed")
        members = self.env["newsletter.member"].search(opened["domain"])
        self.coupling.invalidate_recordset(["review"])
        counts = {row["key"]: row["count"] for row in self.coupling.review["checks"]}
        self.assertEqual(counts.get("unconfirmed", 0), len(members))
        return members

    def _told(self):
        self.env["newsletter.coupling"]._cron_unconfirmed()
        return self.coupling.activity_search([_ACTIVITY])

    # --- what the tool shows and what it hides ---------------------------------------
    def test_a_tool_that_tells_who_is_pending(self):
        member = self._asked("emil@example.org", "7")
        self._compare(member, status="pending")
        self.assertEqual(member.result_code, "asked")
        with self._after(6):
            self.assertFalse(self._waiting())
            self.assertFalse(self._told())
        with self._after(7):
            self.assertEqual(self._waiting(), member)
            activity = self._told()
        self.assertEqual(len(activity), 1)
        self.assertEqual(activity.user_id, self.responsible)
        self.assertIn("One person", activity.summary)
        self.assertFalse(member.task, "nobody is asked again by itself")

    def test_a_tool_that_hides_whom_it_asked(self):
        member = self._asked("emil@example.org")
        self._compare(member, gone=True)
        self.assertFalse(member.remote_status)
        self.assertEqual(member.result, "success", "not said to be missing")
        with self._after(6):
            self.assertFalse(self._waiting())
        with self._after(7):
            self.assertEqual(self._waiting(), member)
            self.assertTrue(self._told())
            self._compare(member, gone=True)
            self.assertEqual(self._waiting(), member, "however often it is read")
        self.assertFalse(member.task)

    def test_all_of_them_are_decided_about_in_one_dialog(self):
        for number in range(2):
            self._asked(f"person{number}@example.org", str(number))
        with self._after(7):
            action = self.coupling.with_user(self.manager).action_decide_all(
                "unconfirmed"
            )
            wizard = self.env[action["res_model"]].browse(action["res_id"])
            self.assertEqual((wizard.count, wizard.kind), (2, "task"))
            self.assertIn("unsubscribe", wizard.offer_ids.mapped("task"))

    def test_whom_the_tool_asked_by_itself_counts_from_the_time_of_its_status(self):
        member = self._asked(
            "emil@example.org", "7", asked_at=False, remote_status_at=self.start
        )
        with self._after(6):
            self.assertFalse(self._waiting())
        with self._after(7):
            self.assertEqual(self._waiting(), member)

    def test_whose_time_is_not_known_counts_from_when_odoo_knew_them(self):
        member = self._asked("emil@example.org", "7", asked_at=False)
        with self._after(6):
            self.assertFalse(self._waiting())
        with self._after(8):
            self.assertEqual(self._waiting(), member)

    def test_who_confirmed_left_or_was_asked_by_odoo_is_not_among_them(self):
        for status in ("subscribed", "unsubscribed", "hard_bounce"):
            with self.subTest(status):
                member = self._asked(f"{status}@example.org", status)
                self._compare(member, status=status)
                with self._after(9):
                    self.assertFalse(self._waiting())

    # --- one activity ----------------------------------------------------------------
    def test_one_activity_for_all_of_a_list(self):
        self._asked("anna@example.org", "1")
        self._asked("ben@example.org", "2")
        self._asked("carla@example.org", "3", days=2)
        with self._after(7):
            first = self._told()
            self.assertIn("2 people", first.summary)
            self.assertEqual(self._told(), first, "once more tells nobody twice")
        with self._after(9):
            self.assertEqual(self._told(), first)
            self.assertIn("3 people", first.summary, "as many as there are now")
        events = self.env["newsletter.event"].search(
            [("code", "=", "signup_unconfirmed")]
        )
        self.assertEqual(len(events), 1)
        self.assertEqual((events.level, events.coupling_id), ("warning", self.coupling))

    def test_what_was_done_with_comes_again_for_others_only(self):
        self._asked("anna@example.org", "1")
        with self._after(7):
            self._told().action_feedback()
        with self._after(8):
            self.assertFalse(self._told())
        self._asked("ben@example.org", "2", days=2)
        with self._after(9):
            self.assertTrue(self._told())
            self.assertEqual(len(self._waiting()), 2)

    def test_it_ends_when_nobody_waits_any_more(self):
        member = self._asked("anna@example.org", "1")
        with self._after(7):
            self.assertTrue(self._told())
            self._compare(member, status="subscribed")
            self.assertFalse(self._told())

    def test_paused_lists_are_told_of_and_ended_ones_are_not(self):
        self._asked("anna@example.org", "1")
        with self._after(7):
            self.coupling.state = "ended"
            self.assertFalse(self._told())
            self.coupling.state = "paused"
            self.assertTrue(self._told())

    # --- the setting -----------------------------------------------------------------
    def test_the_days_are_set_at_the_coupling(self):
        self._asked("anna@example.org", "1")
        self.coupling.confirm_days = 20
        with self._after(19):
            self.assertFalse(self._waiting())
        with self._after(20):
            self.assertTrue(self._waiting())
            self.coupling.confirm_days = 0
            self.assertFalse(self._told())
            self.assertNotIn("unconfirmed", [row[0] for row in self.coupling._checks()])
        with self.assertRaisesRegex(ValidationError, "less than 0"):
            self.coupling.confirm_days = -1
