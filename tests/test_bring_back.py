"""Somebody who left is brought back, and the tool knows them by another address."""

from odoo.tests import tagged

from .common_transmit import TransmitCase


@tagged("post_install", "-at_install")
class TestBringBack(TransmitCase):
    def test_one_whom_the_tool_refuses_does_not_stop_the_others(self):
        """Who is known there by another address is a question for a person."""
        self._at_tool("anna.there@example.org", deactivated=1_700_000_100)
        found = self._at_tool()["anna.there@example.org"]
        anna = self._newcomer(
            "anna@example.org",
            remote_id=str(found.id),
            remote_status="unsubscribed",
            remote_status_at="2023-11-14 22:15:00",
            remote_email="anna.there@example.org",
        )
        self._at_tool("ben@example.org", deactivated=1_700_000_100)
        ben = self._newcomer(
            "ben@example.org",
            remote_id=str(self._at_tool()["ben@example.org"].id),
            remote_status="unsubscribed",
            remote_status_at="2023-11-14 22:15:00",
        )
        run = self._send(self._dry_run())
        self.assertTrue(self._at_tool()["anna.there@example.org"].deactivated)
        self.assertFalse(self._at_tool()["ben@example.org"].deactivated)
        self.assertEqual((ben.task, ben.base_status), (False, "subscribed"))
        self.assertEqual((anna.task, anna.tries), ("transmit", 1))
        line = run.line_ids.filtered(lambda each: each.member_id == anna)
        self.assertEqual((line.result, line.reason), ("failed", "refused_duplicate"))
        self.assertIn("another address", line.message)
