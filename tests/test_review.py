"""What people decide about members, and what the next comparison makes of it."""

from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common_review import ReviewCase


@tagged("post_install", "-at_install")
class TestReview(ReviewCase):
    # --- answers ---------------------------------------------------------------------
    def test_a_conflict_shows_field_and_both_values(self):
        member = self._conflict()
        self.assertEqual(
            member.questions,
            [{"field": self.first, "odoo": "Emil Niklas", "tool": "Emile"}],
        )
        self.assertIn(
            "First name in Odoo: Emil Niklas / in CleverReach: Emile",
            member.explanation,
        )
        self.assertTrue(member.to_decide)

    def test_odoos_value_is_transmitted_and_survives_the_next_fetch(self):
        member = self._conflict()
        self.assertEqual(
            self._answer(member, {self.first: "odoo"}), {"emil@example.org": ""}
        )
        self.assertEqual((member.task, member.task_by), ("update", self.manager))
        self.assertEqual(member.task_sends, {self.first: "Emil Niklas"})
        self._compare(member, {self.first: "Emile"})
        self.assertEqual((member.task, member.outdated), ("update", False))
        self.assertFalse(member.to_decide)
        self.assertEqual(member.task_mood, "success")
        self.assertIn("Well done", member.task_text)

    def test_the_tools_value_is_taken_over_at_once(self):
        member = self._conflict()
        self._changes()
        self._answer(member, {self.first: "tool"})
        self.assertEqual(member.contact_id.first_name, "Emile")
        self.assertEqual((member.result, member.task), ("success", False))
        self.assertEqual(member.base_values[self.first], "Emile")
        self.assertFalse(self._changes(), "what is settled is no news")

    def test_a_value_of_ones_own_goes_to_both_sides(self):
        member = self._conflict()
        self._answer(member, {self.first: "own"}, own={self.first: "E. N."})
        self.assertEqual(member.contact_id.first_name, "E. N.")
        self.assertEqual(member.task_sends[self.first], "E. N.")

    def test_each_field_in_its_own_way(self):
        member = self._agreed("emil@example.org", "7")
        member.contact_id.write({"first_name": "Emil N.", "last_name": "Kurz"})
        self._compare(member, {self.first: "Emile", self.last: "Breit"})
        self._answer(member, {self.first: "tool", self.last: "accept"})
        self.assertEqual(member.contact_id.first_name, "Emile")
        self.assertEqual(member.contact_id.last_name, "Kurz")
        self.assertEqual(member.result, "success")
        told = {self.first: "Emile", self.last: "Breit"}
        self.assertEqual(self._compare(member, told).result, "success")
        told = {self.first: "Emile", self.last: "Schmal"}
        self.assertEqual(self._compare(member, told).result, "conflict")

    def test_an_answer_is_logged_with_who_and_both_values(self):
        member = self._conflict()
        self._answer(member, {self.first: "odoo"})
        event = self._events(member, "decided")
        self.assertEqual(event.user_id, self.manager)
        self.assertEqual((event.old_value, event.new_value), ("Emile", "Emil Niklas"))
        self.assertIn("First name", event.text)
        self.assertEqual(event.coupling_id, self.coupling)

    def test_many_are_answered_at_once_and_the_others_are_counted(self):
        conflict = self._conflict()
        agreed = self._agreed("anna@example.org", "8")
        self._compare(agreed)
        results = self._answer(conflict + agreed, {"*": "odoo"})
        self.assertEqual(
            results,
            {"emil@example.org": "", "anna@example.org": "nothing_to_decide"},
        )

    def test_what_is_being_sent_is_left_alone(self):
        member = self._conflict()
        self._send(member)
        self.assertEqual(
            self._answer(member, {"*": "tool"}), {"emil@example.org": "in_flight"}
        )
        self.assertEqual(member.contact_id.first_name, "Emil Niklas")

    # --- statuses --------------------------------------------------------------------
    def _came_back(self):
        """Left on both sides; the tool says subscribed again and proves nothing."""
        member = self._agreed("emil@example.org", "7")
        # as in a database of before: nothing is known of a withdrawal
        subscription = self._subscription(member.contact_id)
        subscription.with_context(newsletter_leaving=True).write(
            {"opt_out": True, "opt_out_datetime": "2020-01-01"}
        )
        member.base_status = "unsubscribed"
        self._compare(member, status_at="2020-02-01")
        self.assertEqual(member.result, "conflict", member.result_text)
        return member

    def test_bringing_somebody_back_needs_a_reason(self):
        member = self._came_back()
        subscription = self._subscription(member.contact_id)
        self.assertEqual(
            self._answer(member, {"*": "tool"}), {"emil@example.org": "needs_reason"}
        )
        self.assertTrue(subscription.opt_out)
        self._answer(member, {"*": "tool"}, reason="Called, was a mistake")
        self.assertFalse(subscription.opt_out)
        event = self._events(member, "decided")
        self.assertEqual(event.level, "warning")
        self.assertEqual(event.detail, "Called, was a mistake")
        self.assertEqual(event.user_id, self.manager)

    def test_who_set_a_status_in_odoo_and_when_stands_at_the_member(self):
        member = self._agreed("emil@example.org", "7")
        subscription = self._subscription(member.contact_id)
        subscription.with_user(self.manager).with_context(
            newsletter_leaving=True
        ).write({"opt_out": True, "opt_out_datetime": "2026-02-03 04:05:06"})
        self._compare(member)
        self.assertEqual(member.local_status, "unsubscribed")
        self.assertEqual(member.local_status_by, self.manager.name)
        self.assertEqual(str(member.local_status_at), "2026-02-03 04:05:06")

    def test_odoos_leaving_is_sent_to_the_tool(self):
        member = self._came_back()
        self._answer(member, {"*": "odoo"})
        self.assertEqual((member.task, member.task_by), ("unsubscribe", self.manager))

    def test_who_is_missing_is_marked_for_transmission_only_with_consent(self):
        members = self.env["newsletter.member"]
        for email in ("anna@example.org", "ben@example.org"):
            contact = self._contact(email, email)
            member = self._member(email, contact_id=contact.id, base_status=False)
            self._compare(member, gone=True)
            members |= member
        self._consent("ben@example.org", "confirmed")
        self.assertEqual(members.mapped("result"), ["not_in_tool", "not_in_tool"])
        results = self._answer(members, {"status": "odoo"})
        self.assertEqual(
            results, {"anna@example.org": "no_consent", "ben@example.org": ""}
        )
        self.assertEqual(members.mapped("task"), [False, "transmit"])

    def test_who_is_missing_by_mistake_is_taken_off_in_odoo(self):
        contact = self._contact("Anna", "anna@example.org")
        member = self._member("anna@example.org", contact_id=contact.id)
        self._compare(member, gone=True)
        self._answer(member, {"*": "tool"})
        self.assertTrue(self._subscription(contact).opt_out)
        self.assertEqual(member.result, "success")

    def test_a_stranger_of_the_tool_is_taken_in_as_a_contact(self):
        self.coupling.new_contacts = "ask"
        member = self._member(
            "new@example.org", remote_id="9", local_status=False, base_status=False
        )
        self._compare(member, {self.first: "Nora"})
        self.assertEqual(member.result_code, "asks_for_contact")
        self.assertTrue(member.to_decide)
        self._answer(member, {"*": "tool"}, create="mailing_contact")
        self.assertEqual(member.contact_id.first_name, "Nora")
        self.assertTrue(self._subscription(member.contact_id))
        self.assertFalse(member.to_decide)

    # --- tasks -----------------------------------------------------------------------
    def test_only_sensible_tasks_are_offered_and_taken(self):
        member = self._conflict()
        offered = [offer["task"] for offer in member.offers]
        self.assertEqual(offered, ["update", "unsubscribe", "delete"])
        results = self._answer(member, kind="task", task="transmit")
        self.assertEqual(results, {"emil@example.org": "not_offered"})
        self.assertEqual(
            self._answer(member, kind="task", task="unsubscribe"),
            {"emil@example.org": ""},
        )
        self._compare(member, {self.first: "Emile"})
        self.assertEqual((member.task, member.outdated), ("unsubscribe", False))

    def test_a_decision_is_taken_back(self):
        member = self._conflict()
        self._answer(member, kind="task", task="delete")
        self._answer(member, kind="undo")
        self.assertFalse(member.task)
        self.assertTrue(member.to_decide)

    def test_an_outdated_decision_asks_anew(self):
        member = self._conflict()
        self._answer(member, {"*": "odoo"})
        self._compare(member, {self.first: "Emilio"})
        self.assertTrue(member.outdated and member.to_decide)
        self.assertEqual(member.task_mood, "warning")
        domain = [("to_decide", "=", True), ("coupling_id", "=", self.coupling.id)]
        self.assertEqual(self.env["newsletter.member"].search(domain), member)

    # --- snoozing --------------------------------------------------------------------
    def test_a_snoozed_question_is_not_told_again_until_its_day(self):
        member = self._conflict()
        told = len(self._events(member))
        self._answer(member, kind="snooze", until=str(self._in_days(3)))
        self.assertTrue(member.snoozed)
        self.assertFalse(member.to_decide)
        self._compare(member, {self.first: "Emile, changed again"})
        self.assertEqual(member.result, "conflict")
        self.assertEqual(len(self._events(member)), told + 1, "only the snoozing")
        day = self._in_days(3)
        with patch.object(fields.Date, "today", lambda *_args: day):
            member.invalidate_recordset()
            self.assertTrue(member.to_decide)
            self._compare(member, {self.first: "Emile, changed again"})
        self.assertFalse(member.snoozed_until)
        self.assertEqual(len(self._events(member)), told + 2, "told at its end")

    def test_an_open_question_is_told_once(self):
        member = self._conflict()
        told = len(self._events(member))
        self._compare(member, {self.first: "Emile"})
        self.assertEqual(len(self._events(member)), told)
        self._compare(member, {self.first: "Emilio"})
        self.assertEqual(len(self._events(member)), told + 1)

    def test_nothing_is_snoozed_where_nothing_is_asked(self):
        member = self._agreed("anna@example.org", "8")
        self._compare(member)
        until = str(self._in_days(3))
        self.assertEqual(
            self._answer(member, kind="snooze", until=until),
            {"anna@example.org": "nothing_to_decide"},
        )

    # --- rights ----------------------------------------------------------------------
    def test_a_clerk_without_the_right_decides_nothing(self):
        member = self._conflict()
        with self.assertRaises(AccessError):
            self._answer(member, {"*": "tool"}, user=self.clerk)

    def test_nobody_writes_a_contact_by_deciding_that_he_may_not_write(self):
        partner = self.env["res.partner"].create(
            {"name": "Emil Lang", "email": "emil@example.org", "ref": "agreed"}
        )
        mapping = self.env["newsletter.field.mapping"].create(
            {
                "connection_id": self.connection.id,
                "path": "ref",
                "record_type": "res.partner",
                "label": "Reference",
                "remote_name": "ref",
                "direction": "both",
                "rule": "ask",
            }
        )
        contact = self._contact("Emil", "emil@example.org")
        member = self._member(
            "emil@example.org",
            contact_id=contact.id,
            partner_id=partner.id,
            remote_id="7",
            base_values={str(mapping.id): "agreed"},
        )
        partner.ref = "odoo"
        self._compare(member, {str(mapping.id): "tool"})
        self.assertEqual(member.result, "conflict")
        limited = new_test_user(
            self.env,
            "newsletter.limited",
            groups="base.group_user,newsletter_sync.group_manager",
        )
        self.assertEqual(
            self._answer(member, {"*": "tool"}, user=limited),
            {"emil@example.org": "no_right"},
        )
        self.assertEqual(partner.ref, "odoo")
        self.assertFalse(self._events(member, "decided"))
        # the tool may be told all the same
        self._answer(member, {"*": "odoo"}, user=limited)
        self.assertEqual(member.task, "update")

    def test_who_can_do_nothing_is_told_why(self):
        member = self._agreed("anna@example.org", "8")
        self._compare(member)
        with self.assertRaisesRegex(UserError, "nothing"):
            member.with_user(self.manager).action_take_tool()

    # --- rules with memory -----------------------------------------------------------
    def test_a_remembered_rule_decides_from_now_on_and_can_be_taken_back(self):
        member = self._conflict()
        rules = self.env["newsletter.field.rule"].with_user(self.manager)
        rules._say(self.coupling, {int(self.first): "tool"})
        self.assertIn(
            (self.coupling.id, "newsletter.member", member.id), self._changes()
        )
        self._compare(member, {self.first: "Emile"})
        self.assertEqual(member.contact_id.first_name, "Emile")
        self.assertEqual(member.result, "success")
        self.coupling.field_rule_ids.unlink()
        member.contact_id.first_name = "Emil Niklas"
        self._compare(member, {self.first: "Emilio"})
        self.assertEqual(member.result, "conflict")
        codes = (
            self.env["newsletter.event"]
            .search([("res_model", "=", "newsletter.coupling")])
            .mapped("code")
        )
        self.assertIn("field_rule_set", codes)
        self.assertIn("field_rule_removed", codes)
