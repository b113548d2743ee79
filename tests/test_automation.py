"""What happens by itself, when, and that a save has nothing to do with any tool."""

from datetime import datetime, timedelta
from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo import fields
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from ..connectors.transport import Transport
from .common_two_way import TwoWayCase


@tagged("post_install", "-at_install")
class TestAutomation(TwoWayCase):
    def _due(self):
        """[(kind, whole)] of the runs that the scheduler begins now."""
        known = self.env["newsletter.run"].search([])
        self.env.flush_all()
        self.env["newsletter.coupling"]._cron_fetch()
        self.env.invalidate_all()
        new = self.env["newsletter.run"].search([]) - known
        found = [(run.kind, run.whole) for run in new]
        new.sudo().unlink()
        return found

    def test_when_a_list_is_fetched(self):
        coupling = self.coupling
        coupling.user_id.tz = "Europe/Berlin"
        self.assertEqual(self._due(), [("fetch", True)], "never fetched: at once")
        read = datetime(2026, 5, 4, 0, 30)  # half past two in Berlin
        coupling.write({"fetched_at": read, "full_fetched_at": read})
        self.assertEqual(coupling.next_whole_at, datetime(2026, 5, 5, 0, 0))
        self.assertEqual(coupling.next_fetch_at, read + timedelta(minutes=30))
        with freeze_time("2026-05-04 00:50"):
            self.assertEqual(self._due(), [])
        with freeze_time("2026-05-04 01:00"):
            self.assertEqual(self._due(), [("fetch", False)])
        with freeze_time("2026-05-05 00:00"):
            self.assertEqual(self._due(), [("fetch", True)])
        coupling.write({"fetch_minutes": 0, "whole_days": 0})
        with freeze_time("2026-05-09 00:00"):
            self.assertEqual(self._due(), [])
        self.assertFalse(coupling.next_fetch_at or coupling.next_whole_at)

    def test_nothing_by_itself_and_pausing_mean_no_fetch(self):
        for values in (
            {"automation": "manual"},
            {"automation": "safe", "state": "paused"},
        ):
            self.coupling.write(values)
            self.assertEqual(self._due(), [])
            self.assertFalse(self.coupling.next_whole_at)
        self.coupling.write({"state": "active"})
        self.connection.action_pause()
        self.assertEqual(self._due(), [])

    def test_a_tool_that_cannot_tell_changes_is_read_less_often(self):
        self.assertEqual(self.coupling.fetch_minutes, 30)
        mailman = self.env["newsletter.connection"].create(
            {"name": "Mailman", "provider": "mailman"}
        )
        lists = self.env["newsletter.remote.list"].create(
            {"connection_id": mailman.id, "remote_id": "news", "name": "News"}
        )
        coupling = self.env["newsletter.coupling"].create({"remote_list_id": lists.id})
        self.assertEqual(coupling.fetch_minutes, 360)

    def test_a_stopped_fetch_rests_first(self):
        run = self.env["newsletter.run"].browse(self.coupling._start_run("fetch"))
        now = fields.Datetime.now()
        run.sudo().write({"state": "stopped", "finished_at": now})
        self.assertEqual(self._due(), [])
        run.sudo().finished_at = now - timedelta(hours=5)
        self.assertEqual(self._due(), [("fetch", True)])

    @mute_logger("odoo.sql_db")
    def test_hours_and_days_that_are_none_are_refused(self):
        for values in ({"whole_hour": 24}, {"whole_days": -1}, {"fetch_minutes": -1}):
            with (
                self.assertRaises(IntegrityError),
                self.env.cr.savepoint(flush=False),
            ):
                self.coupling.write(values)
                self.env.flush_all()
        self.env.invalidate_all()

    def test_each_level_says_what_it_does(self):
        texts = set()
        for level in ("manual", "safe", "all"):
            self.coupling.automation = level
            texts.add(self.coupling.automation_explained)
        self.assertEqual(len(texts), 3)
        self.coupling.write({"automation": "all", "mailing_list_id": False})
        self.coupling.invalidate_recordset()
        self.assertIn("Only leavings", self.coupling.automation_explained)

    def test_F19_a_save_never_waits_for_a_tool_nor_fails_from_it(self):
        contact = self._contact("Anna", "anna@example.org")
        self._member("anna@example.org", contact_id=contact.id, remote_id="1")
        self._changes()
        self.connection.credential_ids.write({"value": False, "secret": False})
        self.connection.sudo().state = "reconnect"
        with patch.object(Transport, "call", side_effect=AssertionError("a call")):
            contact.write({"first_name": "Anna-Lena"})
            self._subscription(contact).opt_out = True
            self.env["res.partner"].create({"name": "B", "email": "b@example.org"})
            self.env["mail.blacklist"]._add("c@example.org")
            contact.unlink()
            self.env.flush_all()
        self.assertTrue(self._changes())
