"""A push to a list with people, to which nothing went for a year, is confirmed (S3)."""

from dateutil.relativedelta import relativedelta

from odoo import fields
from odoo.tests import tagged

from .common import SandboxCase


@tagged("post_install", "-at_install")
class TestIdleList(SandboxCase):
    def setUp(self):
        super().setUp()
        self.partner = self._person("Anna Muster", "anna@example.org")

    def _warning(self, run):
        return [row for row in run.numbers if row["key"] == "idle_list"]

    def _previewed(self, partner=None):
        run = self._preview(partner or self.partner)
        self.assertEqual(run.state, "preview")
        run.remote_list_id.recipients = 40
        run.invalidate_recordset(["numbers"])
        return run

    def test_S3_the_first_push_to_people_is_confirmed_and_logged(self):
        run = self._previewed()
        (row,) = self._warning(run)
        self.assertEqual((row["count"], row["warn"]), (40, True))
        self.assertIn("complains", row["note"])
        self._approve(run)
        self.assertFalse(self._warning(run), "asked before only")
        event = run.event_ids.filtered(lambda each: each.code == "idle_list")
        self.assertIn(self.env.user.name, event.text)

    def test_S3_a_list_in_use_asks_for_nothing(self):
        self._approve(self._previewed())
        run = self._previewed(self._person("Ben Muster", "ben@example.org"))
        self.assertFalse(self._warning(run))
        # reports are deleted earlier; that something was sent is remembered
        self.env["newsletter.run"].search([("state", "=", "done")]).unlink()
        run.invalidate_recordset(["numbers"])
        self.assertFalse(self._warning(run))
        at = fields.Datetime.now() - relativedelta(months=13)
        run.remote_list_id.last_sent_at = at
        run.invalidate_recordset(["numbers"])
        self.assertTrue(self._warning(run), "idle for more than a year")

    def test_S3_that_somebody_left_is_no_use(self):
        """A transmission that only carries out leavings sends nothing to the list."""
        remote_list = self._previewed().remote_list_id
        for result in ("unsubscribed", "deleted", "failed", "skipped"):
            remote_list._note_sent([result])
        self.assertFalse(remote_list.last_sent_at)
        remote_list._note_sent(["unsubscribed", "updated"])
        self.assertTrue(remote_list.last_sent_at)

    def test_S3_neither_does_an_empty_list_nor_one_that_the_tool_mails(self):
        run = self._preview(self.partner)
        run.remote_list_id.recipients = 0
        self.assertFalse(self._warning(run))
        run = self._previewed()
        run.coupling_id.mailed_regularly = True
        run.invalidate_recordset(["numbers"])
        self.assertFalse(self._warning(run))
