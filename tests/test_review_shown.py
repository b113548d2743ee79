"""A decision is about the people and the differences that the dialog showed."""

from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..models import newsletter_review_steps
from ..wizards import newsletter_conflict
from .common_review import ReviewCase


@tagged("post_install", "-at_install")
class TestReviewShown(ReviewCase):
    def _three(self):
        members = self.env["newsletter.member"]
        for number in range(3):
            members |= self._conflict(f"person{number}@example.org", str(number))
        return members

    def _opened(self, action):
        self.env.flush_all()
        wizard = self.env[action["res_model"]].with_user(self.manager)
        return wizard.browse(action["res_id"])

    def _dialog(self, members, choice="tool", **context):
        members = members.with_user(self.manager)
        context.setdefault("newsletter_choice", choice)
        return self._opened(members.with_context(**context).action_decide())

    def _all_conflicts(self):
        coupling = self.coupling.with_user(self.manager)
        return self._opened(coupling.action_decide_all("conflict"))

    def _run_of(self, wizard):
        run = self.env["newsletter.run"].browse(wizard.action_apply()["res_id"])
        self.assertEqual(run.state, "queued")
        return run

    def _numbers(self, run):
        return {row["key"]: row["count"] for row in run.numbers}

    # --- at once ------------------------------------------------------------
    def test_whoever_is_new_since_the_dialog_opened_is_not_decided_about(self):
        members = self._three()
        wizard = self._all_conflicts()
        wizard.line_ids.choice = "tool"
        new = self._conflict("new@example.org", "9")
        self.assertIn("Changed in Odoo at once: 3.", wizard.effect)
        wizard.action_apply()
        self.assertEqual(members.mapped("result"), ["success"] * 3)
        self.assertEqual(new.contact_id.first_name, "Emil Niklas")
        self.assertTrue(new.to_decide)

    def test_what_the_tool_says_since_is_not_taken_unseen(self):
        member = self._conflict()
        other = self._conflict("anna@example.org", "8")
        wizard = self._dialog(member + other)
        self._compare(member, {self.first: "Emilio"})
        self.assertIn("1: Something else differs by now", wizard.refusals)
        wizard.action_apply()
        self.assertEqual(member.contact_id.first_name, "Emil Niklas")
        self.assertTrue(member.to_decide)
        self.assertEqual(other.contact_id.first_name, "Emile")
        self.assertIn("1: Decided", wizard.done_text)
        self.assertIn("1: Something else differs by now", wizard.done_text)
        self.assertEqual(
            wizard.action_open_not_done()["domain"], [("id", "in", member.ids)]
        )
        # as it is shown now it can be decided
        self._dialog(member).action_apply()
        self.assertEqual(member.contact_id.first_name, "Emilio")

    def test_what_odoo_says_since_is_not_sent_unseen(self):
        member = self._conflict()
        wizard = self._dialog(member, "odoo")
        # nothing was compared since: the dialog of now would show the former name
        member.contact_id.first_name = "Emil K."
        wizard.action_apply()
        self.assertFalse(member.task)
        self.assertEqual(wizard.state, "done")

    def test_who_was_settled_by_somebody_else_is_left_alone(self):
        member = self._conflict()
        wizard = self._dialog(member, newsletter_kind="task")
        wizard.offer_id = wizard.offer_ids.filtered(lambda row: row.task == "delete")
        self._answer(member, {"*": "tool"})
        wizard.action_apply()
        self.assertFalse(member.task)

    def test_another_question_is_not_snoozed_and_a_decision_is_taken_back(self):
        member = self._conflict()
        wizard = self._dialog(member, newsletter_kind="snooze")
        wizard.until = self._in_days(7)
        self._compare(member, {self.first: "Emilio"})
        wizard.action_apply()
        self.assertFalse(member.snoozed_until)
        self._answer(member, {"*": "odoo"})
        wizard = self._dialog(member, newsletter_kind="undo")
        self._compare(member, {self.first: "Emile"})
        wizard.action_apply()
        self.assertFalse(member.task, "to take back decides nothing")

    def test_a_dialog_of_yesterday_decides_nothing(self):
        member = self._conflict()
        wizard = self._dialog(member)
        people = self.env["newsletter.conflict.person"].search(
            [("wizard_id", "=", wizard.id)]
        )
        self.assertEqual(people.member_id, member.id)
        people.unlink()
        with self.assertRaisesRegex(UserError, "open it again"):
            wizard.action_apply()

    # --- by a run ------------------------------------------------------------
    def test_a_run_that_waits_is_about_those_who_were_shown(self):
        members = self._three()
        with patch.object(newsletter_conflict, "AT_ONCE", 2):
            wizard = self._all_conflicts()
            wizard.line_ids.choice = "tool"
            self.env.flush_all()
            before = self._conflict("between@example.org", "8")
            run = self._run_of(wizard)
        # a fetch goes before the run, and the dialog is long gone
        new = self._conflict("new@example.org", "9")
        self._compare(members[1], {self.first: "Emilio"})
        wizard.unlink()
        self._work(run)
        self.assertEqual(run.state, "done", run.message)
        self.assertEqual((run.selected, run.done), (3, 3))
        self.assertEqual(self._numbers(run), {"decided": 2, "skipped-changed_since": 1})
        self.assertEqual(run.message, "2 decided, 1 not possible.")
        names = (members + new + before).contact_id.mapped("first_name")
        own = "Emil Niklas"
        self.assertEqual(names, ["Emile", own, "Emile", own, own])
        line = run.line_ids.filtered(lambda line: line.member_id == members[1])
        self.assertEqual((line.result, line.reason), ("skipped", "changed_since"))

    def test_a_run_names_who_was_deleted_meanwhile(self):
        members = self._three()
        with patch.object(newsletter_conflict, "AT_ONCE", 2):
            run = self._run_of(self._dialog(members))
        members[0].unlink()
        self._work(run)
        self.assertEqual(self._numbers(run), {"decided": 2, "skipped-gone": 1})

    def test_a_cancelled_run_decides_no_more(self):
        members = self._three()
        with patch.object(newsletter_conflict, "AT_ONCE", 2):
            run = self._run_of(self._dialog(members))
        run.action_cancel()
        self._work(run)
        self.assertEqual(set(run.line_ids.mapped("result")), {"aborted"})
        self.assertEqual(members.mapped("result"), ["conflict"] * 3)

    def test_many_people_cost_the_same_statements(self):
        numbers = []
        for size in (3, 300):
            self.env["newsletter.member"].create(
                [
                    {
                        "coupling_id": self.coupling.id,
                        "email": f"p{number}.{size}@example.org",
                        "local_status": "subscribed",
                        "result": "not_in_tool",
                    }
                    for number in range(size)
                ]
            )
            with patch.object(newsletter_conflict, "AT_ONCE", 2):
                wizard = self._opened(
                    self.coupling.with_user(self.manager).action_decide_all(
                        "not_in_tool"
                    )
                )
                wizard.line_ids.choice = "odoo"
                self.env.flush_all()
                self.env.invalidate_all()
                before = self.env.cr.sql_log_count
                run = self._run_of(wizard)
            numbers.append(self.env.cr.sql_log_count - before)
            self.assertEqual(len(run.line_ids), wizard.count)
            self._work(run)
        self.assertLessEqual(numbers[1], numbers[0])

    def test_who_was_just_put_on_the_list_gets_the_task_whatever_differs(self):
        members = self.env["newsletter.member"]
        for email in ("anna@example.org", "ben@example.org"):
            self._consent(email, "confirmed")
            contact = self._contact(email, email)
            members |= self._member(
                *(email,),
                contact_id=contact.id,
                remote_status=False,
                base_status=False,
                result="not_in_tool",
                local_status_at=fields.Datetime.now(),
            )
        outside = self._member("carl@example.org", result="not_in_tool")
        run = self.env["newsletter.run"]._queue_joining(
            self.coupling, [["id", "in", members.ids]]
        )
        self.assertEqual(run.total, 2)
        self._compare(members[1], gone=True)
        with patch.object(newsletter_review_steps, "COLLECT", 1):
            self._work(run)
        self.assertEqual(run.state, "done", run.message)
        self.assertEqual(members.mapped("task"), ["transmit"] * 2)
        self.assertFalse(outside.task)

    # --- "Mark for Transmission" (G03) ----------------------------------------
    def _missing(self):
        """Anna has not agreed, Ben has, Carl has and no comparison has met him."""
        members = self.env["newsletter.member"]
        for name in ("anna", "ben", "carl"):
            email = f"{name}@example.org"
            contact = self._contact(name, email)
            member = self._member(
                email, contact_id=contact.id, base_status=False, remote_status=False
            )
            member.result = "not_in_tool"
            if name != "anna":
                self._consent(email, "confirmed")
            if name != "carl":
                self._compare(member, gone=True)
            members |= member
        return members

    def test_G03_marking_says_before_for_whom_it_is_possible(self):
        members = self._missing()
        agreed = self._agreed("dora@example.org", "4")
        self._compare(agreed)
        everybody = (members + agreed).with_user(self.manager)
        wizard = self._opened(everybody.action_mark_transmit())
        self.assertEqual(wizard.count, 3)
        self.assertEqual(
            wizard.line_ids.mapped(lambda line: (line.field, line.people, line.choice)),
            [("status", 3, "odoo")],
        )
        self.assertIn("no mail goes out", wizard.effect)
        self.assertIn("(2)", wizard.effect)
        self.assertIn("1: There is no confirmed consent", wizard.refusals)
        self.assertFalse(any(members.mapped("task")), "nothing before the button")
        wizard.action_apply()
        self.assertEqual(members.mapped("task"), [False, "transmit", "transmit"])
        self.assertIn("1: There is no confirmed consent", wizard.done_text)

    def test_G03_a_list_that_asks_says_that_a_mail_goes_out(self):
        members = self._missing()
        self.coupling.join = "signup"
        wizard = self._opened(members.with_user(self.manager).action_mark_transmit())
        self.assertIn("a mail with a link to confirm goes out", wizard.effect)
        wizard.action_apply()
        self.assertEqual(members[1].task, "signup")

    def test_G03_many_are_marked_by_a_run(self):
        members = self._missing()
        with patch.object(newsletter_conflict, "AT_ONCE", 2):
            wizard = self._opened(
                members.with_user(self.manager).action_mark_transmit()
            )
            run = self._run_of(wizard)
        self.assertFalse(any(members.mapped("task")))
        self._work(run)
        self.assertEqual(self._numbers(run), {"decided": 2, "skipped-no_consent": 1})

    def test_G03_nobody_is_missing(self):
        member = self._conflict()
        with self.assertRaisesRegex(UserError, "nobody"):
            member.with_user(self.manager).action_mark_transmit()
