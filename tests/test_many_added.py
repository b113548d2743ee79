"""Many people at once get the task of new assignments, too, in slices (C22)."""

from unittest.mock import patch

from odoo import Command
from odoo.tests import new_test_user, tagged

from ..models import newsletter_assignment_add, newsletter_review_steps
from .common_two_way import TwoWayCase


@tagged("post_install", "-at_install")
class TestManyAdded(TwoWayCase):
    def setUp(self):
        super().setUp()
        self.coupling.automation = "manual"

    def _runs(self):
        return self.env["newsletter.run"].search(
            [("kind", "=", "review"), ("coupling_id", "=", self.coupling.id)]
        )

    def _tasks(self):
        members = self.env["newsletter.member"].search(
            [("coupling_id", "=", self.coupling.id)], order="email"
        )
        return {member.email.split("@")[0]: member.task for member in members}

    def _work(self, run):
        self.env.flush_all()
        self.env["newsletter.runner"]._work(run.id, 60)
        self.env.invalidate_all()

    def _add_many(self):
        people = self._person("Anna", "anna@example.org")
        people |= self._person("Ben", "ben@example.org", "none")
        people |= self._person("Cora", "cora@example.org")
        wizards = self.env["newsletter.assign.wizard"].with_user(self.clerk)
        action = wizards._open_for(people.with_user(self.clerk))
        wizard = wizards.browse(action["res_id"])
        wizard.mailing_list_id = self.mailing_list
        with patch.object(newsletter_assignment_add, "MOST_TASKS", 2):
            wizard.action_add()
        return people

    def test_more_than_fit_into_one_transaction_get_their_tasks_by_a_run(self):
        self._add_many()
        self.assertEqual(set(self._tasks().values()), {False}, "not in the request")
        run = self._runs()
        self.assertEqual((run.state, run.selected), ("queued", 3))
        # slice by slice
        with patch.object(newsletter_review_steps, "SLICE", 1):
            self._work(run)
        self.assertEqual(run.state, "done", run.message)
        self.assertEqual(
            self._tasks(), {"anna": "transmit", "ben": False, "cora": "transmit"}
        )
        # the clerk may not decide about members, but may add them
        self.assertEqual(self._of("anna@example.org").task_by, self.clerk)
        left_out = run.line_ids.filtered(lambda line: line.result == "skipped")
        self.assertEqual(left_out.mapped("email"), ["ben@example.org"])
        self.assertTrue(left_out.reason)

    def test_a_few_need_no_run(self):
        people = self._person("Anna", "anna@example.org")
        self.env["newsletter.assignment"]._add([(people, "")], self.mailing_list)
        self.assertEqual(self._tasks(), {"anna": "transmit"})
        self.assertFalse(self._runs())

    def test_whoever_leaves_before_the_run_gets_no_task(self):
        self._add_many()
        self.env["newsletter.leaving"]._leave(
            ["anna@example.org"], self.env.company, "phone", note="Called"
        )
        self._work(self._runs())
        self.assertNotEqual(self._tasks()["anna"], "transmit")
        self.assertEqual(self._tasks()["cora"], "transmit")

    # --- set operations ---
    def _operation(self, **values):
        manager = new_test_user(
            self.env, "many.manager", groups="newsletter_sync.group_manager"
        )
        other = self.env["mailing.list"].create({"name": "Friends"})
        for name in ("anna", "ben", "tool"):
            self._contact(name.title(), f"{name}@example.org", other)
        self._consent("anna@example.org", "confirmed")
        self._consent("tool@example.org", "confirmed")
        wizards = self.env["newsletter.list.operation"].with_user(manager)
        return wizards.create(
            {
                "mailing_list_id": self.mailing_list.id,
                "source_list_ids": [Command.set(other.ids)],
                **values,
            }
        )

    def test_the_people_of_another_list_get_tasks_too(self):
        there = self._member("tool@example.org", local_status=False)
        wizard = self._operation()
        wizard.action_preview()
        self.assertFalse(self._runs(), "looking begins nothing")
        wizard.action_apply()
        self._work(self._runs())
        self.assertEqual(self._tasks()["anna"], "transmit")
        self.assertFalse(self._tasks()["ben"])
        self.assertEqual(there.local_status, "subscribed")
        # the comparison that follows leaves the decision as it is
        self._go("reconcile")
        anna = self._of("anna@example.org")
        self.assertEqual((anna.task, anna.outdated), ("transmit", False))
        self.assertEqual(len(anna.contact_id), 1)
        wizard.action_preview()
        wizard.action_apply()
        self.assertEqual(len(self._runs()), 1, "nobody is added twice")

    def test_a_coupling_that_only_reads_gets_no_tasks(self):
        self.coupling.direction = "to_odoo"
        wizard = self._operation()
        wizard.action_preview()
        wizard.action_apply()
        self.assertFalse(self._runs())
