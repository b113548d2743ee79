"""Registrants of an event on a mailing list (C18)."""

from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import Form, TransactionCase, new_test_user, tagged


@tagged("post_install", "-at_install")
class TestEventPeople(TransactionCase):
    def setUp(self):
        super().setUp()
        self.mailing_list = self.env["mailing.list"].create({"name": "Guests"})
        now = fields.Datetime.now()
        self.event = self.env["event.event"].create(
            {
                "name": "Summer party",
                "date_begin": now + timedelta(days=1),
                "date_end": now + timedelta(days=2),
            }
        )
        for name, state, email in (
            ("Anna", "open", "Anna@Example.org"),
            ("Anna again", "open", "anna@example.org"),
            ("Ben", "done", "Ben <ben@example.org>"),
            ("Carl", "cancel", "carl@example.org"),
            ("Dora", "draft", "dora@example.org"),
            ("Emil", "open", "emil@example.org"),
            ("Nobody", "open", False),
        ):
            self.env["event.registration"].create(
                {
                    "event_id": self.event.id,
                    "name": name,
                    "email": email,
                    "state": state,
                }
            )
        self.env["mail.blacklist"]._add("emil@example.org")

    def _operation(self, operation="add", events=None, **values):
        return self.env["newsletter.list.operation"].create(
            {
                "mailing_list_id": self.mailing_list.id,
                "operation": operation,
                "source": "event",
                "event_ids": [Command.set((events or self.event).ids)],
                **values,
            }
        )

    @staticmethod
    def _carry_out(wizard):
        """As the dialog does: look, then apply."""
        wizard.action_preview()
        wizard.action_apply()

    def _on_list(self):
        return sorted(
            self.env["mailing.subscription"]
            .search([("list_id", "=", self.mailing_list.id), ("opt_out", "=", False)])
            .contact_id.mapped("email")
        )

    def test_C18_registrants_by_state(self):
        wizard = self._operation()
        wizard.action_preview()
        self.assertEqual(wizard.count, 2)
        self.assertIn("1: on the blocklist", wizard.away)
        self.assertIn("1: without an e-mail address", wizard.away)
        wizard.action_apply()
        self.assertEqual(self._on_list(), ["anna@example.org", "ben@example.org"])
        event = self.env["newsletter.event"].search([("code", "=", "list_operation")])
        self.assertIn("Summer party", event.text)
        self._carry_out(self._operation(registered="all"))
        self.assertIn("dora@example.org", self._on_list())
        self._carry_out(self._operation(registered="cancelled"))
        self.assertIn("carl@example.org", self._on_list())

    def test_C18_take_off_who_attended(self):
        self._carry_out(self._operation())
        self._carry_out(self._operation("remove", registered="attended"))
        self.assertEqual(self._on_list(), ["anna@example.org"])

    def test_other_events_have_to_be_looked_at(self):
        """By the form, and by whoever asks the server directly."""
        wizard = self._operation()
        wizard.action_preview()
        form = Form(wizard)
        form.registered = "cancelled"
        self.assertEqual(form.step, "choose")
        wizard.registered = "cancelled"
        with self.assertRaisesRegex(UserError, "another choice"):
            wizard.action_apply()
        self.assertEqual(self._on_list(), [])

    def test_without_an_event_or_registrants(self):
        with self.assertRaisesRegex(UserError, "at least one event"):
            self._operation(event_ids=[]).action_preview()
        empty = self.event.copy({"name": "Nobody came"})
        wizard = self._operation(events=empty)
        wizard.action_preview()
        self.assertEqual(wizard.count, 0)

    def test_without_rights_to_events_the_other_sources_work(self):
        """The addon installs itself: people who know no events lose nothing."""
        manager = new_test_user(self.env, "no_events", "newsletter_sync.group_manager")
        other = self.env["mailing.list"].create({"name": "Others"})
        other.contact_ids = self.env["mailing.contact"].create(
            {"name": "Olga", "email": "olga@example.org"}
        )
        operations = self.env["newsletter.list.operation"].with_user(manager)
        with Form(
            operations.with_context(default_mailing_list_id=self.mailing_list.id)
        ) as form:
            form.source_list_ids.add(other)
        self._carry_out(form.record)
        self.assertIn("olga@example.org", self._on_list())
        offered = dict(operations.fields_get(["source"])["source"]["selection"])
        self.assertNotIn("event", offered)
        self.assertIn("lists", offered)
        offered = self.env["newsletter.list.operation"].fields_get(["source"])
        self.assertIn("event", dict(offered["source"]["selection"]))
