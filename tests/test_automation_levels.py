"""What each level of a coupling's automation transmits by itself, task by task."""

from dataclasses import replace
from unittest.mock import patch

from odoo.tests import tagged

from .common_two_way import TwoWayCase

#: task -> whether it goes out without an approval: nothing, safe things, everything
#: by itself
BY_ITSELF = {
    "unsubscribe": (True, True, True),
    "update": (False, True, True),
    "change_address": (False, True, True),
    "transmit": (False, False, True),
    "signup": (False, False, True),
    "delete": (False, False, True),
}
LEVELS = ("manual", "safe", "all")


@tagged("post_install", "-at_install")
class TestAutomationLevels(TwoWayCase):
    def setUp(self):
        super().setUp()
        self.members = {}
        for number, task in enumerate(BY_ITSELF):
            email = f"{task}@example.org"
            contact = self._contact(task, email)
            self._consent(email, "confirmed")
            there = task not in ("transmit", "signup")
            if there:
                self._at_tool(email)
            self.members[task] = self._member(
                email,
                contact_id=contact.id,
                task=task,
                task_by=self.env.uid,
                task_difference="-",
                remote_id=str(number + 1) if there else False,
                remote_status="subscribed" if there else False,
                base_status="subscribed" if there else False,
            )
        # compared already
        self._changes()

    def _sent(self):
        """The tasks that a run takes up by itself and carries out in the tool."""
        self.env.flush_all()
        runs = self.env["newsletter.run"].search([])
        self.coupling._transmit_by_itself(self.env.user)
        run = self.env["newsletter.run"].search([]) - runs
        if not run:
            return set()
        self.assertEqual((run.kind, run.by_itself), ("transmit", True))
        self.env.flush_all()
        self.env["newsletter.runner"]._work(run.id, 60)
        self.env.invalidate_all()
        self.assertEqual(run.state, "done", run.message)
        task_of = {member: task for task, member in self.members.items()}
        return {task_of[line.member_id] for line in run.line_ids}

    def _expected(self, level):
        return {task for task, row in BY_ITSELF.items() if row[LEVELS.index(level)]}

    def test_every_task_and_level_has_its_place_in_the_table(self):
        fields = self.env["newsletter.member"]._fields, self.coupling._fields
        self.assertEqual(set(fields[0]["task"].get_values(self.env)), set(BY_ITSELF))
        self.assertEqual(set(fields[1]["automation"].get_values(self.env)), set(LEVELS))

    def test_manual(self):
        self.coupling.automation = "manual"
        self.assertEqual(self._sent(), self._expected("manual"))
        tool = self._at_tool()
        self.assertTrue(tool["unsubscribe@example.org"].deactivated)
        self.assertFalse(tool["update@example.org"].deactivated)
        self.assertIn("delete@example.org", tool)
        self.assertNotIn("transmit@example.org", tool)

    def test_safe(self):
        self.coupling.automation = "safe"
        self.assertEqual(self._sent(), self._expected("safe"))
        tool = self._at_tool()
        self.assertTrue(tool["unsubscribe@example.org"].deactivated)
        self.assertIn("delete@example.org", tool)
        self.assertNotIn("transmit@example.org", tool)
        self.assertNotIn("signup@example.org", tool)

    def test_all(self):
        self.coupling.automation = "all"
        self.assertEqual(self._sent(), self._expected("all"))
        tool = self._at_tool()
        self.assertTrue(tool["unsubscribe@example.org"].deactivated)
        self.assertNotIn("delete@example.org", tool)
        self.assertIn("transmit@example.org", tool)

    def test_where_removing_is_for_good_a_person_approves_it(self):
        self.coupling.automation = "all"
        connector = self.connection._connector_class()
        can = replace(connector.capabilities, remove_from_list=False)
        with patch.object(connector, "capabilities", can):
            self.assertEqual(self._sent(), self._expected("all") - {"delete"})

    def test_a_list_that_people_are_pushed_to_by_hand_lets_them_leave_only(self):
        self.coupling.write({"automation": "all", "mailing_list_id": False})
        self.assertEqual(self._sent(), {"unsubscribe"})

    def test_what_waits_for_a_person_does_not_go(self):
        self.coupling.automation = "all"
        for members, values in (
            (("update", "transmit"), {"outdated": True}),
            (("delete",), {"parked": True}),
        ):
            for task in members:
                self.members[task].write(values)
        self.assertEqual(
            self._sent(), self._expected("all") - {"update", "transmit", "delete"}
        )
