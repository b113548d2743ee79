"""Who leaves while their first push is under way, or was in the tool unknown to us."""

from unittest.mock import patch

from odoo.tests import tagged

from ..connectors.errors import ServerFault
from ..models.newsletter_push_steps import ReadList, Transmit
from .test_leaving import LeavingCase

_SLEEP = "odoo.addons.newsletter_sync.connectors.transport.time.sleep"
ANNA = "anna@example.org"


@tagged("post_install", "-at_install")
class TestLeavingLate(LeavingCase):
    def setUp(self):
        super().setUp()
        self.startPatcher(patch(_SLEEP, lambda seconds: None))
        # nothing is coupled: the list is only pushed to
        self.coupling.unlink()
        self.partner = self._person("Anna Muster", ANNA)

    def _while_speaking(self, step, leave=None, lost=False):
        """Anna leaves in Odoo after the tool was spoken to, before that is kept."""
        speak = step.speak

        def leaving_speak(this, work):
            answer = speak(this, work)
            (leave or self._leave)()
            self.env.flush_all()
            if lost:
                raise ServerFault("no answer")
            return answer

        return patch.object(step, "speak", leaving_speak)

    def _sent_and_left(self, leave=None, lost=True):
        run = self._preview(self.partner)
        with self._while_speaking(Transmit, leave, lost):
            self._approve(run)
        self.assertFalse(self._is_off(), "the tool mails her")
        return run

    def _go_on(self, run):
        run.sudo().next_try_at = False
        self._work(run)
        self.assertEqual(run.state, "done", run.message)

    def _receipt(self):
        return self.leavings.search([("email", "=", ANNA)]).receipt_ids

    def test_W5_left_while_the_answer_was_lost(self):
        run = self._sent_and_left()
        self.assertEqual(self._receipt().state, "not_there")
        self._go_on(run)
        self.assertEqual(self._receipt().state, "waiting")
        self.assertEqual(self._member_of(coupling=run.coupling_id).task, "unsubscribe")
        self._turn()
        self.assertTrue(self._is_off())
        self.assertEqual(self._receipt().state, "done")
        self.assertIn("Unsubscribed", self._receipt().proof)
        member = self._member_of(coupling=run.coupling_id)
        self.assertEqual(
            (member.local_status, member.remote_status, member.task),
            ("unsubscribed", "unsubscribed", False),
        )

    def test_W5_left_while_the_tool_answered(self):
        self._sent_and_left(lost=False)
        self._turn()
        self.assertTrue(self._is_off())
        self.assertEqual(self._receipt().state, "done")

    def test_W5_left_and_the_tool_holds_other_values(self):
        """She is there, but has to be sent again: she is not, and is let go."""
        run = self._sent_and_left()
        with patch.object(
            type(self.env["newsletter.push"]), "_holds", lambda *_: False
        ):
            self._go_on(run)
        self.assertEqual(run.line_ids.reason, "unwanted")
        self._turn()
        self.assertTrue(self._is_off())

    def test_W3_left_the_coupled_list_only(self):
        coupling = self._couple()
        run = self._sent_and_left(
            lambda: self._leave(lists=self.mailing_list, channel="link")
        )
        self._go_on(run)
        self._turn()
        self.assertTrue(self._is_off())
        self.assertEqual(self._receipt().state, "done")
        reader = self.env["mailing.contact"].search([("email", "=", ANNA)])
        self.assertTrue(self._subscription(reader).opt_out)
        self.assertEqual(self._member_of(coupling=coupling).task, False)

    def test_W3_a_reader_left_the_coupled_list_only(self):
        coupling = self._couple()
        reader = self._contact("Anna Muster", ANNA)
        run = self._sent_and_left(
            lambda: self._leave(lists=self.mailing_list, channel="link")
        )
        self.assertEqual(self._receipt().state, "not_there")
        self.assertTrue(self._subscription(reader).opt_out)
        self._go_on(run)
        self.assertEqual(self._receipt().state, "waiting")
        self._turn()
        self.assertTrue(self._is_off())
        self.assertEqual(self._receipt().state, "done")
        self.assertEqual(self._member_of(coupling=coupling).task, False)

    def test_another_list_is_left_alone(self):
        other = self.env["mailing.list"].create({"name": "Events"})
        run = self._sent_and_left(lambda: self._leave(lists=other, channel="link"))
        self._go_on(run)
        self._turn()
        self.assertFalse(self._is_off())

    def test_whoever_only_withdraws_is_compared(self):
        run = self._sent_and_left(lambda: self._consent(ANNA, "withdrawn"))
        self.env["newsletter.change"].search([]).unlink()
        self._go_on(run)
        member = self._member_of(coupling=run.coupling_id)
        self.assertIn(
            (run.coupling_id.id, "newsletter.member", member.id), self._changes()
        )

    def test_archived_while_the_answer_was_lost(self):
        run = self._sent_and_left(self.partner.action_archive)
        self._go_on(run)
        self._compared()
        self.assertTrue(self._is_off())

    def test_moved_while_the_answer_was_lost(self):
        """The tool has the old address; the comparison says that there is a new one."""
        self._consent("anna@example.com", "confirmed")
        run = self._sent_and_left(
            lambda: self.partner.write({"email": "anna@example.com"})
        )
        self._go_on(run)
        self._compared()
        member = self._member_of(coupling=run.coupling_id)
        self.assertEqual(member.task, "change_address")

    def _compared(self):
        self.env["newsletter.change"]._cron_start()
        self._turn()

    def test_left_while_the_preview_reads_the_list(self):
        self._at_tool(ANNA)
        with self._while_speaking(ReadList):
            run = self._preview(self.partner)
        self.assertEqual(run.line_ids.reason, "unwanted")
        self.assertEqual(self._receipt().state, "waiting")
        self._turn()
        self.assertTrue(self._is_off())

    def test_who_joined_there_after_leaving_is_left_to_the_comparison(self):
        """A leaving that is told late; the tool tells the date of a newer joining."""
        self._at_tool(ANNA, activated=1_735_000_000)
        with self._while_speaking(
            ReadList, lambda: self._leave(at=self._at("2024-06-01"))
        ):
            run = self._preview(self.partner)
        self.assertEqual(run.line_ids.reason, "unwanted")
        self.assertEqual(self._receipt().state, "not_there")
        member = self._member_of(coupling=run.coupling_id)
        self.assertIn(
            (run.coupling_id.id, "newsletter.member", member.id), self._changes()
        )
