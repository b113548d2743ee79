"""Before the button: what a task does at tools that know the whole account only."""

from dataclasses import replace
from unittest.mock import patch

from odoo.tests import tagged

from ..connectors.capabilities import Level
from ..wizards import newsletter_conflict
from .common_review import ReviewCase

EMIL, ANNA = "emil@example.org", "anna@example.org"
UNCOUPLED = "lists that are not coupled with Odoo"


@tagged("post_install", "-at_install")
class TestEffectsTold(ReviewCase):
    """As KlickTipp unsubscribes and Inxmail deletes: from every list of the account."""

    def setUp(self):
        super().setUp()
        self.member = self._conflict(EMIL)
        self.press = self._couple(
            mailing_list=self.env["mailing.list"].create({"name": "Press"}),
            remote_id=self.tool.new_list("Press"),
        )
        self.press.remote_list_id.name = "Press"
        self.on_press = self._member(EMIL, self.press, remote_id="7")

    def _tool_that_can(self, **abilities):
        connector = self.connection._connector_class()
        can = replace(connector.capabilities, **abilities)
        self.enterContext(patch.object(connector, "capabilities", can))

    def _whole_account(self, **abilities):
        self._tool_that_can(
            unsubscribe=Level.ACCOUNT, remove_from_list=False, **abilities
        )

    def _dialog(self, members, task):
        action = (
            members.with_user(self.manager)
            .with_context(newsletter_kind="task", newsletter_task=task)
            .action_decide()
        )
        self.env.flush_all()
        wizard = self.env[action["res_model"]].with_user(self.manager)
        return wizard.browse(action["res_id"])

    # --- the dialog ---------------------------------------------------------------
    def test_a_tool_of_lists_says_that_the_others_stay(self):
        for task, says in (
            ("unsubscribe", "other lists stay"),
            ("delete", "taken off this list"),
        ):
            effect = self._dialog(self.member, task).effect
            self.assertIn(says, effect)
            self.assertNotIn("Also concerned", effect)

    def test_unsubscribing_from_the_account_names_the_other_lists(self):
        self._whole_account()
        wizard = self._dialog(self.member, "unsubscribe")
        self.assertIn("EVERY list of the account", wizard.offer_id.name)
        self.assertIn(
            "unsubscribed from EVERY list of the account in CleverReach", wizard.effect
        )
        self.assertIn(f"Also concerned: Press (1), and {UNCOUPLED}.", wizard.effect)

    def test_who_is_not_subscribed_there_is_not_concerned(self):
        self._whole_account()
        self.on_press.remote_status = "unsubscribed"
        effect = self._dialog(self.member, "unsubscribe").effect
        self.assertNotIn("Press", effect)
        self.assertIn(f"Also concerned: {UNCOUPLED}.", effect)

    def test_deleting_from_the_account_names_also_former_lists(self):
        self._whole_account()
        self.on_press.remote_status = "unsubscribed"
        wizard = self._dialog(self.member, "delete")
        self.assertIn("EVERY list of the account", wizard.offer_id.name)
        self.assertIn("This cannot be undone", wizard.effect)
        self.assertIn(f"Also concerned: Press (1), and {UNCOUPLED}.", wizard.effect)

    def test_a_list_that_is_selected_for_somebody_else_is_named_all_the_same(self):
        """Emil is on both lists, Anna on one; each is selected on another one."""
        self._whole_account()
        anna = self._member(ANNA, self.press, remote_id="8")
        effect = self._dialog(self.member + anna, "unsubscribe").effect
        self.assertIn("Press (1)", effect)
        self.assertNotIn("Club news (", effect, "Anna is not there")
        # who is selected on both is concerned nowhere else
        effect = self._dialog(self.member + self.on_press, "unsubscribe").effect
        self.assertIn(f"Also concerned: {UNCOUPLED}.", effect)

    def test_of_many_people_all_are_looked_at(self):
        self._whole_account()
        others = self.env["newsletter.member"]
        for number in range(3):
            email = f"person{number}@example.org"
            others |= self._conflict(email, f"1{number}")
            self._member(email, self.press, remote_id=f"1{number}")
        with patch.object(newsletter_conflict, "AT_ONCE", 1):
            wizard = self._dialog(self.member + others, "unsubscribe")
            self.assertIn("Among the first 1 people", wizard.effect)
            self.assertIn("Press (4)", wizard.effect)

    # --- the dry run --------------------------------------------------------------
    def _row(self, task):
        self.member.write({"task": task, "task_by": self.manager.id})
        run = self.env["newsletter.run"].browse(self.coupling._start_run("transmit"))
        self._work(run)
        self.assertEqual(run.state, "preview", run.message)
        (row,) = [row for row in run.numbers if row["key"] == task]
        return row

    def test_the_dry_run_names_the_other_lists_of_an_unsubscription(self):
        self._whole_account()
        self.coupling.automation = "manual"
        row = self._row("unsubscribe")
        self.assertTrue(row["warn"])
        self.assertIn("off every list of the account", row["note"])
        self.assertIn(f"Also concerned: Press (1), and {UNCOUPLED}.", row["note"])

    def test_the_dry_run_names_the_other_lists_of_a_deletion(self):
        self._whole_account()
        row = self._row("delete")
        self.assertTrue(row["warn"])
        self.assertIn("Deleted for good from every list", row["note"])
        self.assertIn(f"Also concerned: Press (1), and {UNCOUPLED}.", row["note"])

    def test_the_dry_run_of_a_tool_of_lists(self):
        row = self._row("delete")
        self.assertFalse(row.get("warn"))
        self.assertIn("Off this list", row["note"])
        self.assertNotIn("Also concerned", row["note"])

    # --- deleting in Odoo ---------------------------------------------------------
    def _warning(self, choice):
        action = self.env["newsletter.deletion"]._ask(self.member.contact_id)
        wizard = self.env["newsletter.deletion"].with_context(**action["context"])
        return wizard.create({"choice": choice}).warning or ""

    def test_whoever_deletes_in_odoo_is_told_how_far_it_reaches(self):
        for choice in ("unsubscribe", "delete"):
            self.assertFalse(self._warning(choice))
        self._whole_account()
        name = self.connection.name
        self.assertIn(
            f"{name}: unsubscribing takes people off all lists of the account",
            self._warning("unsubscribe"),
        )
        self.assertIn(
            f"{name}: removing deletes people from all lists of the account, "
            "irrevocably",
            self._warning("delete"),
        )
        self._tool_that_can(remove_from_list=False, erase=False)
        self.assertIn(f"{name} cannot remove people", self._warning("delete"))
        self.assertNotIn("irrevocably", self._warning("delete"))

    # --- another address ----------------------------------------------------------
    def test_a_tool_that_cannot_change_an_address_says_that_history_stays_behind(self):
        review = self.env["newsletter.review"]
        run = self._new_run()
        note = run._effects()["change_address"]["note"]
        self.assertIn("keeps their history", note)
        contact = self.member.contact_id
        advice = contact._newsletter_address_advice(self.member, ANNA)
        self.assertIn("History, tags and statistics stay with the person", advice[0])
        self._tool_that_can(change_address=False)
        note = run._effects()["change_address"]["note"]
        self.assertNotIn("keeps their history", note)
        self.assertIn("the former one leaves with its history", note)
        advice = contact._newsletter_address_advice(self.member, ANNA)
        self.assertIn("CleverReach cannot change an address", advice[0])
        self.assertNotIn("stay with the person", "".join(advice))
        can = self.connection._connector_class().capabilities
        self.assertTrue(review._makes_new_entry("change_address", can))
        self._consent(ANNA, "confirmed")
        contact.email = ANNA
        self._compare(self.member, {self.first: "Emile"})
        wizard = self._dialog(self.member, "change_address")
        self.assertIn("cannot change an address", wizard.offer_id.name)
        self.assertIn("it gets a new entry", wizard.effect)
