"""A tool's call about a leaving that comes late, or twice: after the person is back."""

from dataclasses import replace
from datetime import timedelta, timezone
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from .common_webhooks import WebhookCase


@tagged("post_install", "-at_install")
class TestLateCalls(WebhookCase):
    def setUp(self):
        super().setUp()
        self.now = fields.Datetime.now()
        joined = int((self.now - timedelta(days=30)).timestamp())
        self._at_tool("anna@example.org", activated=joined)
        self._work_off(self.coupling._start_run("fetch"))
        self.anna = self.env["newsletter.member"].search(
            [("coupling_id", "=", self.coupling.id)]
        )
        self.env["newsletter.change"].search([]).unlink()

    def _is_back(self, days):
        """She left before, and has confirmed anew since, so many days ago."""
        self._consent("anna@example.org", "confirmed", self.now - timedelta(days=days))

    def _told_late(self, at):
        """The call about the leaving that was before; ``at``: what it says of when."""
        connector = self.connection._connector_class()
        parse = connector.parse

        def dated(delivery):
            return [replace(event, at=at) for event in parse(delivery)]

        self._call(self._event("unsubscribed", self.anna.remote_id))
        with patch.object(connector, "parse", dated):
            self._work_off()

    def _opted_out(self):
        return self._subscription(self.anna.contact_id).opt_out

    def test_a_call_that_tells_when_changes_nothing_after_a_newer_consent(self):
        self._is_back(days=2)
        left_at = self.now.replace(tzinfo=timezone.utc) - timedelta(days=3)
        for _time in range(2):
            self._told_late(left_at)
            self.assertFalse(self._opted_out())
            self.assertEqual(
                (self.anna.local_status, self.anna.remote_status, self.anna.task),
                ("subscribed", "subscribed", False),
            )
        self.assertFalse(self._at_tool()["anna@example.org"].deactivated)

    def test_a_call_that_tells_when_is_a_leaving_after_an_older_consent(self):
        self._is_back(days=3)
        left_at = self.now.replace(tzinfo=timezone.utc) - timedelta(days=2)
        self._told_late(left_at)
        self.assertTrue(self._opted_out())

    def test_of_two_calls_the_later_leaving_counts_although_it_came_first(self):
        self._is_back(days=2)
        now = self.now.replace(tzinfo=timezone.utc)
        ages = {"unsubscribed": timedelta(days=1), "updated": timedelta(days=3)}
        connector = self.connection._connector_class()
        parse = connector.parse

        def dated(delivery):
            return [
                replace(event, kind="unsubscribed", at=now - ages[event.kind])
                for event in parse(delivery)
            ]

        for event in ages:
            self._call(self._event(event, self.anna.remote_id))
        with patch.object(connector, "parse", dated):
            self.env["newsletter.delivery"]._cron_work()
        self.env.invalidate_all()
        self.assertTrue(self._opted_out())

    def test_a_call_that_does_not_tell_when_counts_as_of_now(self):
        """An unknown time is no older than any consent: whoever left has left."""
        self._is_back(days=2)
        self._told_late(None)
        self.assertTrue(self._opted_out())
        self.assertEqual(
            (self.anna.local_status, self.anna.task), ("unsubscribed", "unsubscribe")
        )
