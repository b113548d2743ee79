"""The newsletter tag is set in the tool by a run, never while a mail is received."""

from dataclasses import replace
from email.message import EmailMessage

from ..connectors.contract import MemberRef
from .common import SandboxCase


class TestMailboxTag(SandboxCase):
    def setUp(self):
        super().setUp()
        self.clara = self._person("Clara Winter", "clara@example.net")
        self._synchronise(self.clara)
        self.mailbox = self.env["newsletter.mailbox"].create(
            {"name": "Replies", "tag": "Shopnews"}
        )

    def _sign_up(self, email):
        message = EmailMessage()
        message["From"] = "shop@example.org"
        message["To"] = "x@example.org"
        message["Subject"] = "Neue Newsletter-Anmeldung"
        message.set_content(f"Name: Clara Winter\nE-Mail: {email}\nNewsletter: ja\n")
        return self.env["newsletter.case"]._take_in(message.as_bytes(), self.mailbox)

    def _tags(self):
        connector = self.connection._connector()
        return connector.member(self.remote_id, MemberRef("clara@example.net")).tags

    def _tag_step(self, case):
        return case.step_ids.filtered(lambda step: step.kind == "tag")

    def test_K08_an_existing_contact_gets_the_tag(self):
        case = self._sign_up("clara@example.net")
        case.action_carry_out()
        step = self._tag_step(case)
        self.assertEqual((step.state, step.waiting_ids), ("waiting", self.connection))
        self.assertNotIn("Shopnews", self._tags())
        run = self.env["newsletter.run"].search([("kind", "=", "tag")])
        self._work(run)
        self.assertEqual((run.state, step.state), ("done", "done"), run.message)
        self.assertIn("Shopnews", self._tags())
        self.assertEqual(run.line_ids.result, "updated")

    def test_a_tag_brings_nobody_into_a_list(self):
        case = self._sign_up("new@example.net")
        case.action_carry_out()
        self.assertEqual(self._tag_step(case).state, "done")
        self.assertIn("In no newsletter tool", self._tag_step(case).result)
        self.assertNotIn("new@example.net", self._at_tool())

    def test_who_left_the_tool_stays_out(self):
        member = self._at_tool()["clara@example.net"]
        self.sandbox.store.save(
            "cleverreach",
            [replace(member, status="unsubscribed", deactivated=1_800_000_000)],
        )
        case = self._sign_up("clara@example.net")
        case.action_carry_out()
        run = self.env["newsletter.run"].search([("kind", "=", "tag")])
        self._work(run)
        member = self._at_tool()["clara@example.net"]
        self.assertEqual(member.status, "unsubscribed")

    def test_the_tool_being_away_loses_nothing(self):
        case = self._sign_up("clara@example.net")
        case.action_carry_out()
        run = self.env["newsletter.run"].search([("kind", "=", "tag")])
        self.connection.state = "paused"
        self._work(run)
        self.assertEqual(self._tag_step(case).state, "waiting")
