"""An undo in parts strands nobody, names each leftover once, and says who leaves."""

from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from ..models import newsletter_undo
from .test_identity_address import NEW, OLD
from .test_undo import UndoCase


@tagged("post_install", "-at_install")
class TestUndoParts(UndoCase):
    def test_what_is_left_is_logged_once(self):
        self._say_city("Paris")
        self._at_tool(NEW)
        run = self._fetch()
        self.partner.city = "Oslo"
        presses = 0
        with patch.object(newsletter_undo, "AT_ONCE", 1):
            while self._wizard(run).back_count:
                self._undo(run)
                presses += 1
        self.assertGreater(presses, 1)
        left = run.event_ids.filtered(lambda each: each.code == "not_undone")
        self.assertEqual(len(left), 1, "met at each press, named at one")
        self.assertIn(self.partner.display_name, left.text)

    def test_names_cost_the_same_however_many_there_are(self):
        undo = self.env["newsletter.undo"]
        images = self.env["newsletter.before.image"]
        people = self.env["res.partner"].create(
            [{"name": f"P{number}"} for number in range(12)]
        )
        source = images.create(
            {
                "run_id": self._fetch().id,
                "res_model": "res.partner",
                "res_id": 1,
                "values": {"name": "Former"},
            }
        )
        items = [newsletter_undo.Item("changed", each, {}, source) for each in people]

        def cost(few):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            names = list(undo._names(few))
            self.assertEqual(len(names), len(few))
            return self.env.cr.sql_log_count - before

        one = cost(items[:1])
        self.assertLessEqual(cost(items), one)
        gone = people[0]
        gone.unlink()
        self.assertEqual(next(undo._names(items[:1])), "somebody who was deleted")

    def test_whoever_was_brought_back_leaves_again_and_the_dialog_says_so(self):
        run = self._fetch()
        wizard = self._wizard(run)
        self.assertIn("Nothing is sent by this", wizard.advice)
        row = self._subscription(self.anna.contact_id)
        self.env["newsletter.before.image"].create(
            {
                "run_id": run.id,
                "res_model": row._name,
                "res_id": row.id,
                "values": {"opt_out": True, "opt_out_datetime": "2024-01-02T03:04:05"},
                "after": {"opt_out": False, "opt_out_datetime": False},
            }
        )
        wizard = self._wizard(run)
        self.assertIn("1 people whom the run had brought back leave", wizard.advice)
        self._undo(run)
        leaving = self.env["newsletter.leaving"].search(
            [("email", "=", self.anna.email)]
        )
        self.assertEqual(leaving.mailing_list_id, self.mailing_list)
        self.assertIn("Undo of the run", leaving.note)
        self.assertEqual(leaving.receipt_ids.connection_id, self.connection)
        event = self.env["newsletter.consent.event"].search(
            [("consent_id.email", "=", self.anna.email), ("kind", "=", "withdrawal")]
        )
        self.assertIn("Undo of the run", event.note)

    def test_and_stays_away_whatever_the_tool_had_said_before(self):
        """She had agreed anew, which is younger than the day she left first."""
        row = self._subscription(self.anna.contact_id)
        row.write({"opt_out": True, "opt_out_datetime": "2024-01-02 03:04:05"})
        again = {"at": "2025-01-02 03:04:05", "mailing_list": self.mailing_list}
        self._consent(OLD, "confirmed", **again)
        run = self._fetch()
        self.assertFalse(row.opt_out, "brought back on newer evidence")
        before = fields.Datetime.now()
        self._undo(run, pause=False)
        self.assertTrue(row.opt_out)
        self.assertGreaterEqual(row.opt_out_datetime, before)
        leaving = self.env["newsletter.leaving"].search(
            [("email", "=", OLD), ("lifted_at", "=", False)]
        )
        self.assertGreaterEqual(leaving.date, before)
        self.assertFalse(leaving._is_over())
        self._fetch()
        self.assertTrue(row.opt_out)
        self.assertEqual(self.anna.task, "unsubscribe")
