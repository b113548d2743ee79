"""The same words for what a tool does with who joins, on every screen (B16, P04)."""

from dataclasses import replace
from unittest.mock import patch

from odoo.tests import tagged

from .common_transmit import TransmitCase

AT_ONCE = "CleverReach subscribes them at once, without asking; no mail goes out."
ASKED = (
    "CleverReach runs its own double opt-in: a mail with a link to confirm goes out to "
    "the person, who is “pending” until the click."
)
LIST_DECIDES = (
    "Whether a mail goes out is a setting of the list that CleverReach does not tell. "
    "With double opt-in the person gets a mail with a link to confirm and is “pending” "
    "until the click; without it nobody is asked, and nobody is taken in."
)
NOBODY_ASKED = (
    "CleverReach asks nobody here (single opt-in): who has a consent is subscribed at "
    "once, and no mail goes out. Nobody else is taken in."
)
#: mode of the list and how people join -> the words
TABLE = {
    ("single", "transmit"): AT_ONCE,
    ("double", "transmit"): AT_ONCE,
    ("", "transmit"): AT_ONCE,
    ("single", "signup"): NOBODY_ASKED,
    ("double", "signup"): ASKED,
    ("", "signup"): LIST_DECIDES,
}


@tagged("post_install", "-at_install")
class TestOptInMode(TransmitCase):
    def setUp(self):
        super().setUp()
        self._declare(asks_by_list=True)
        self.remote_list = self.coupling.remote_list_id

    def _declare(self, **abilities):
        can = replace(self.connector_class.capabilities, **abilities)
        self.startPatcher(patch.object(self.connector_class, "capabilities", can))

    def _dialog(self, member, **chosen):
        """The dialog of decisions on its page with the tasks."""
        action = member.with_context(newsletter_kind="task", **chosen).action_decide()
        return self.env[action["res_model"]].browse(action["res_id"])

    def _offer(self, dialog, task):
        return dialog.offer_ids.filtered(lambda offer: offer.task == task)

    # --- the words -------------------------------------------------------------------
    def test_every_screen_says_the_same(self):
        member = self._newcomer("neu@example.org")
        for (mode, task), words in TABLE.items():
            with self.subTest(mode=mode, task=task):
                self.remote_list.opt_in = mode
                self.coupling.join = task
                member.invalidate_recordset(["offers"])
                self.assertEqual(self.coupling.opt_in_explained, words)
                wizard = self.env["newsletter.couple.wizard"].new(
                    {
                        "connection_id": self.connection.id,
                        "remote_list_id": self.remote_list.id,
                        "join": task,
                    }
                )
                self.assertEqual(wizard.opt_in_explained, words)
                dialog = self._dialog(member, newsletter_task=task)
                if words == NOBODY_ASKED:
                    self.assertFalse(self._offer(dialog, task))
                    self.assertEqual(dialog.not_asked, words)
                else:
                    self.assertFalse(mode == "single" and not dialog.not_asked)
                    self.assertIn(words, self._offer(dialog, task).name)
                    self.assertIn(words, dialog.effect)

    def test_the_mode_of_the_list_is_told_in_words(self):
        for told, words in (
            ("single", "Single opt-in"),
            ("double", "Double opt-in"),
            ("", "The tool does not tell it"),
            ("special", "special"),
        ):
            self.remote_list.opt_in = told
            self.assertEqual(self.coupling.opt_in, words)
        self._declare(asks_by_list=False)
        self.remote_list.opt_in = ""
        self.coupling.invalidate_recordset(["opt_in"])
        self.assertFalse(self.coupling.opt_in, "it asks whomever it is told to ask")

    def test_the_dry_run_says_it_too(self):
        member = self._newcomer("neu@example.org")
        for (mode, task), words in TABLE.items():
            with self.subTest(mode=mode, task=task):
                self.remote_list.opt_in = mode
                member.task = task
                run = self._dry_run()
                (row,) = run.numbers
                if words == NOBODY_ASKED:
                    task, words = "transmit", AT_ONCE
                self.assertEqual((row["key"], row["note"]), (task, words))
                self.assertEqual(member.task, task)
                run.action_cancel()

    # --- what is done ----------------------------------------------------------------
    def test_who_was_to_be_asked_by_a_list_that_asks_nobody_is_subscribed(self):
        self.coupling.write({"join": "signup", "missing_in_tool": "transmit"})
        self.remote_list.opt_in = "single"
        member = self._newcomer("neu@example.org", task=False)
        self.env["newsletter.change"]._note(member)
        run = self._go("reconcile")
        self.assertEqual(run.state, "done", run.message)
        self.assertEqual(member.task, "transmit")
        run = self._send(self._dry_run())
        self.assertEqual(self._reasons(run), {"neu@example.org": "subscribed"})
        self.assertEqual(member.remote_status, "subscribed")
        self.assertFalse(member.asked_at, "nobody was asked")
        self.assertFalse(self.sandbox.requests.all(path="forms"), "no mail went out")

    def test_without_a_consent_nobody_gets_in_where_nobody_is_asked(self):
        """A person let the tool ask; meanwhile the list has stopped asking."""
        member = self._newcomer(
            "neu@example.org", consent=None, task="signup", task_by=self.env.uid
        )
        self.remote_list.opt_in = "single"
        run = self._dry_run()
        self.assertEqual(run.line_ids.plan, "transmit")
        self._send(run)
        self.assertEqual(self._reasons(run), {"neu@example.org": "none"})
        self.assertNotIn("neu@example.org", self._at_tool())
        self.assertFalse(member.remote_status)

    def test_a_reason_for_asking_is_none_for_subscribing(self):
        """Somebody who had left was to be asked; the list has stopped asking."""
        member = self._newcomer(
            "neu@example.org",
            task="signup",
            task_by=self.env.uid,
            task_reason="Rang up and wants it again.",
        )
        self.remote_list.opt_in = "single"
        run = self._go("transmit")
        self.assertFalse(run.line_ids)
        self.assertEqual((member.task, member.outdated), ("signup", True))
        self.assertNotIn("neu@example.org", self._at_tool())

    def test_a_process_that_asks_asks_whoever_is_transmitted(self):
        self._declare(opt_in_process=True)
        process = self.env["newsletter.opt.in.process"].create(
            {
                "connection_id": self.connection.id,
                "name": "Welcome",
                "remote_id": "7",
                "opt_in": "double",
            }
        )
        self.coupling.opt_in_process_id = process
        self.assertEqual(self.coupling.opt_in_explained, ASKED)
        process.opt_in = "single"
        self.coupling.join = "signup"
        self.assertEqual(self.coupling.opt_in_explained, NOBODY_ASKED)
