"""The dialog in which people decide, and the steps with their numbers."""

from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from ..models import newsletter_review_steps
from ..models.newsletter_runner import Conversation
from ..wizards import newsletter_conflict
from .common_review import ReviewCase


@tagged("post_install", "-at_install")
class TestConflictWizard(ReviewCase):
    def _wizard(self, members, **context):
        action = members.with_user(self.manager).with_context(**context).action_decide()
        return (
            self.env[action["res_model"]]
            .with_user(self.manager)
            .browse(action["res_id"])
        )

    # --- one person ------------------------------------------------------------------
    def test_both_values_stand_side_by_side(self):
        member = self._conflict()
        line = self._wizard(member).line_ids
        self.assertEqual(
            (line.label, line.odoo, line.tool), ("First name", "Emil Niklas", "Emile")
        )
        self.assertIn(self.env.user.name, line.odoo_origin)

    def test_what_will_happen_is_told_before_the_button(self):
        member = self._conflict()
        wizard = self._wizard(member)
        self.assertFalse(wizard.effect)
        wizard.line_ids.choice = "odoo"
        self.assertIn(
            "Update (1): Odoo's data replace those in CleverReach", wizard.effect
        )
        self.assertIn("No mail goes out", wizard.effect)
        wizard.line_ids.choice = "tool"
        self.assertIn("Changed in Odoo at once: 1.", wizard.effect)
        self.assertFalse(member.task, "nothing happens before the button")

    def test_the_form_answers_and_closes(self):
        member = self._conflict()
        wizard = self._wizard(member)
        with Form(wizard) as form, form.line_ids.edit(0) as line:
            line.choice = "own"
            line.own = "E. N."
        self.assertEqual(wizard.action_apply(), {"type": "ir.actions.act_window_close"})
        self.assertEqual(member.contact_id.first_name, "E. N.")
        self.assertEqual(member.task, "update")

    def test_always_becomes_a_rule_of_the_coupling(self):
        wizard = self._wizard(self._conflict())
        wizard.line_ids.write({"choice": "tool", "always": True})
        self.assertIn("From now on", wizard.effect)
        wizard.action_apply()
        rule = self.coupling.field_rule_ids
        self.assertEqual((rule.mapping_id.id, rule.rule), (int(self.first), "tool"))
        self.assertEqual(rule.user_id, self.manager)

    def test_a_status_is_never_decided_by_a_habit(self):
        line = self.env["newsletter.conflict.line"].new(
            {"field": "status", "choice": "tool", "always": True}
        )
        self.assertFalse(line._rule())
        line.field = self.first
        self.assertEqual(line._rule(), "tool")

    def test_a_value_of_ones_own_has_to_be_typed(self):
        wizard = self._wizard(self._conflict())
        wizard.line_ids.choice = "own"
        with self.assertRaisesRegex(UserError, "type the value"):
            wizard.action_apply()

    def test_tasks_say_what_they_do_and_whether_a_mail_goes_out(self):
        member = self._conflict()
        offers = self._wizard(member, newsletter_kind="task").offer_ids
        self.assertEqual(offers.mapped("task"), ["update", "unsubscribe", "delete"])
        self.assertIn("other lists stay", offers[1].name)
        self.assertIn("Odoo sends no mail", offers[1].name)

    def test_snoozing_reminds_on_its_day(self):
        member = self._conflict()
        wizard = self._wizard(member, newsletter_kind="snooze")
        with self.assertRaisesRegex(UserError, "choose a day"):
            wizard.action_apply()
        wizard.write({"until": self._in_days(0), "remind": True})
        with self.assertRaisesRegex(UserError, "future"):
            wizard.action_apply()
        wizard.until = self._in_days(7)
        wizard.action_apply()
        self.assertEqual(member.snoozed_until, self._in_days(7))
        activity = self.coupling.activity_ids
        self.assertEqual(activity.date_deadline, self._in_days(7))
        self.assertEqual(activity.user_id, self.manager)

    # --- many people -----------------------------------------------------------------
    def _three(self):
        members = self.env["newsletter.member"]
        for number in range(3):
            members |= self._conflict(f"person{number}@example.org", str(number))
        return members

    def test_one_line_stands_for_all_who_differ_in_a_field(self):
        members = self._three()
        line = self._wizard(members).line_ids
        self.assertEqual((line.people, line.tool), (3, "Emile"))
        line.choice = "tool"
        line.wizard_id.action_apply()
        self.assertEqual(members.mapped("result"), ["success"] * 3)

    def test_who_could_not_be_answered_is_named_with_the_reason(self):
        members = self._three()
        self._send(members[0])
        wizard = self._wizard(members, newsletter_choice="tool")
        action = wizard.action_apply()
        self.assertEqual(action["res_id"], wizard.id)
        self.assertIn("2: Decided", wizard.done_text)
        self.assertIn("1: Is being transmitted", wizard.done_text)
        self.assertEqual(
            wizard.action_open_not_done()["domain"], [("id", "in", members[0].ids)]
        )

    def test_many_are_decided_by_a_run_with_report_and_reasons(self):
        members = self._three()
        self._send(members[0])
        with patch.object(newsletter_conflict, "AT_ONCE", 2):
            wizard = self._wizard(members, newsletter_choice="tool")
            self.assertIn("Among the first", wizard.effect)
            self.env.flush_all()
            action = wizard.action_apply()
        run = self.env["newsletter.run"].browse(action["res_id"])
        self.connection.state = "paused"
        self._work(run)
        self.assertEqual(run.state, "done", run.message)
        self.assertEqual((run.done, run.total), (3, 3))
        numbers = {row["key"]: row["count"] for row in run.numbers}
        self.assertEqual(numbers, {"decided": 2, "skipped-in_flight": 1})
        self.assertEqual(members[1].result, "success")
        decided = self.env["newsletter.event"].search(
            [("run_id", "=", run.id), ("code", "=", "decided")]
        )
        self.assertEqual(decided.member_id, members[1:])
        self.assertEqual(decided.user_id, self.manager)

    def test_a_killed_run_goes_on_and_decides_about_nobody_twice(self):
        members = self._three()
        with patch.object(newsletter_conflict, "AT_ONCE", 2):
            wizard = self._wizard(members, newsletter_choice="odoo")
            self.env.flush_all()
            run = self.env["newsletter.run"].browse(wizard.action_apply()["res_id"])
        with patch.object(newsletter_review_steps, "SLICE", 1):
            runner = self.env["newsletter.runner"]
            runner._slice(run.id, Conversation())
            self.env.invalidate_all()
            self.assertEqual(members.mapped("task"), ["update", False, False])
            # the process is gone; the scheduler takes the run up
            self._work(run)
        self.assertEqual(run.state, "done", run.message)
        self.assertEqual(members.mapped("task"), ["update"] * 3)
        decided = self.env["newsletter.event"].search(
            [("run_id", "=", run.id), ("code", "=", "decided")]
        )
        self.assertEqual(len(decided), 3)
        self.assertEqual(len(run.line_ids), 3)

    def test_a_run_of_somebody_who_lost_the_right_decides_nothing(self):
        members = self._three()
        with patch.object(newsletter_conflict, "AT_ONCE", 2):
            wizard = self._wizard(members, newsletter_choice="tool")
            self.env.flush_all()
            action = wizard.action_apply()
        run = self.env["newsletter.run"].browse(action["res_id"])
        manager = self.env.ref("newsletter_sync.group_manager")
        user = self.env.ref("newsletter_sync.group_user")
        self.manager.write({"group_ids": [(3, manager.id), (4, user.id)]})
        self._work(run)
        self.assertEqual(run.state, "stopped")
        self.assertEqual(members.mapped("result"), ["conflict"] * 3)

    def test_a_clerk_without_the_right_opens_no_dialog(self):
        member = self._conflict()
        with self.assertRaises(AccessError):
            member.with_user(self.clerk).action_decide()

    # --- the steps -------------------------------------------------------------------
    def test_the_steps_show_numbers_and_what_to_do_next(self):
        members = self._three()
        self.coupling.fetched_at = "2026-01-01"
        review = self.coupling.with_user(self.manager).review
        self.assertEqual(review["next"], "review")
        self.assertEqual(
            [(step["key"], step["count"]) for step in review["steps"]],
            [("fetch", None), ("review", 3), ("transmit", 0)],
        )
        self.assertEqual(
            [(check["key"], check["count"]) for check in review["checks"]],
            [("conflict", 3)],
        )
        opened = self.coupling.action_open_check("conflict")
        found = self.env["newsletter.member"].search(opened["domain"])
        self.assertEqual(found, members)
        self._answer(members[:2], {"*": "odoo"})
        self._answer(members[2], kind="snooze", until=str(self._in_days(2)))
        self.env.invalidate_all()
        review = self.coupling.review
        self.assertEqual(review["next"], "transmit")
        self.assertEqual(
            [(check["key"], check["count"]) for check in review["checks"]],
            [("snoozed", 1)],
        )

    def test_every_check_is_a_question_that_the_database_understands(self):
        for key, *_rest in self.coupling._checks():
            with self.subTest(key):
                opened = self.coupling.action_open_check(key)
                self.assertFalse(self.env["newsletter.member"].search(opened["domain"]))

    def test_all_of_a_kind_are_decided_in_one_dialog(self):
        self._three()
        action = self.coupling.with_user(self.manager).action_decide_all("conflict")
        wizard = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual(wizard.count, 3)
