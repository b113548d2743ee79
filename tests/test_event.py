"""The event log: by run, with a way to the record, and not to be rewritten."""

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user

from .common import SandboxCase


class TestEvent(SandboxCase):
    def setUp(self):
        super().setUp()
        self.anna = self._person("Anna", "anna@example.org")
        ben = self._person("Ben", "ben@example.org")
        self.env["mail.blacklist"]._add("ben@example.org")
        self.run_ = self._synchronise(self.anna + ben)
        self.events = self.run_.event_ids

    def test_a_run_tells_its_story(self):
        codes = self.events.sorted("id").mapped("code")
        for code in ("blocklisted", "run_started", "field_created", "subscribed"):
            self.assertIn(code, codes)
        self.assertEqual(codes[-1], "run_done")
        grouped = self.env["newsletter.event"].formatted_read_group(
            [("run_id", "=", self.run_.id)], ["run_id", "level"], ["__count"]
        )
        counts = {group["level"]: group["__count"] for group in grouped}
        warnings = self.events.filtered(lambda event: event.level == "warning")
        self.assertEqual(
            set(warnings.mapped("code")), {"blocklisted", "agreement_missing"}
        )
        self.assertEqual(counts["warning"], 2)
        self.assertEqual(sum(counts.values()), len(self.events))

    def test_each_event_knows_where_it_comes_from(self):
        for event in self.events:
            self.assertEqual(event.connection_id, self.connection)
            self.assertEqual(event.company_id, self.connection.company_id)
            self.assertEqual(event.provider, "cleverreach")
            self.assertEqual(event.origin, "push")
            self.assertTrue(event.text, event.code)

    def test_the_level_follows_from_the_code(self):
        log = self.env["newsletter.event"]._log
        self.assertEqual(log("run_stopped", text="x").level, "error")
        self.assertEqual(log("blocklisted", text="x").level, "warning")
        self.assertEqual(log("anything", text="x").level, "info")
        self.assertEqual(log("anything", text="x", level="error").level, "error")

    def test_jump_to_the_record(self):
        event = self.events.filtered(lambda event: event.code == "subscribed")
        action = event.with_user(self.clerk).action_jump()
        self.assertEqual(
            (action["res_model"], action["res_id"]), ("res.partner", self.anna.id)
        )
        started = self.events.filtered(lambda event: event.code == "run_started")
        self.assertFalse(started.action_jump())

    def test_many_are_reviewed_at_once(self):
        self.events.with_user(self.clerk).action_reviewed()
        self.assertTrue(all(self.events.mapped("reviewed")))

    def test_nobody_rewrites_the_log(self):
        event = self.events[0]
        administrator = new_test_user(
            self.env,
            "event.administrator",
            groups="newsletter_sync.group_administrator,newsletter_sync.group_privacy",
        )
        for user in (self.clerk, administrator, self.env.ref("base.user_admin")):
            mine = event.with_user(user)
            for values in (
                {"text": "Other"},
                {"reviewed": True, "level": "info"},
                {"run_id": False},
            ):
                with self.assertRaises(UserError):
                    mine.write(values)
            with self.assertRaises(AccessError):
                mine.unlink()
            with self.assertRaises(AccessError):
                mine.create({"code": "forged"})
        event.with_user(self.clerk).reviewed = True

    def test_each_company_sees_its_own(self):
        other = self.env["res.company"].create({"name": "Other"})
        stranger = new_test_user(
            self.env,
            "event.stranger",
            groups="newsletter_sync.group_user",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        found = self.env["newsletter.event"].with_user(stranger).search([])
        self.assertFalse(found & self.events)
        with self.assertRaises(AccessError):
            self.events.with_user(stranger).action_reviewed()
