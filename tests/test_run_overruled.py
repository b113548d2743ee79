"""The safety brake that somebody overruled: for what they have seen, and once."""

from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common_transmit import TransmitCase

PEOPLE = [f"person{number}@example.org" for number in range(20)]


@tagged("post_install", "-at_install")
class TestRunOverruled(TransmitCase):
    """Twenty people on both sides; six of them are missing in the tool."""

    def setUp(self):
        super().setUp()
        self.at_tool = {email: self._at_tool(email).id for email in PEOPLE}
        for _both in range(2):
            self._fetched()

    def _fetched(self):
        run = self._go("fetch", whole=True)
        self.assertEqual(run.state, "done", run.message)
        return run

    def _lose(self, *emails):
        ids = [self.at_tool[email] for email in emails]
        self.sandbox.store.remove(int(self.remote_id), ids)

    def _braked(self):
        self._lose(*PEOPLE[:6])
        run = self._go("fetch", whole=True)
        self.assertStopped(run, "6 of 20 people are missing")
        return run

    def assertStopped(self, run, why):
        self.assertEqual(run.state, "stopped")
        self.assertTrue(run.braked)
        self.assertIn(why, run.message)

    def _resume(self, run, **later):
        if later:
            run.sudo().started_at -= timedelta(**later)
        run.action_resume()
        self._go_on(run)
        return run

    def _on_the_list(self):
        self.env.invalidate_all()
        rows = self.mailing_list.subscription_ids
        return len(rows.filtered(lambda row: not row.opt_out))

    def test_what_was_seen_is_carried_out_a_day_later_too(self):
        run = self._resume(self._braked(), days=1)
        self.assertEqual(run.state, "done", run.message)
        self.assertFalse(run.braked)
        self.assertFalse(run.brake_overruled, "for this comparison only")

    def test_an_empty_list_was_not_seen(self):
        run = self._braked()
        self._lose(*PEOPLE[6:])
        self._resume(run, hours=2)
        self.assertStopped(run, "the tool's list is empty")
        self.assertEqual(self._on_the_list(), len(PEOPLE))

    def test_nor_were_more_people(self):
        run = self._braked()
        self._lose(PEOPLE[6])
        self._resume(run, hours=2)
        self.assertStopped(run, "7 of 20 people are missing")
        self.assertEqual(self._on_the_list(), len(PEOPLE))
        self._resume(run)
        self.assertEqual(run.state, "done", "these were seen")

    def test_a_run_that_another_one_overtakes_was_not_overruled(self):
        run = self._braked()
        for email in PEOPLE[:6]:
            self.at_tool[email] = self._at_tool(email).id
        self._fetched()
        self._lose(*PEOPLE)
        self._resume(run)
        self.assertStopped(run, "the tool's list is empty")
        self.assertEqual(self._on_the_list(), len(PEOPLE))

    def test_what_goes_on_and_begins_again_later_asks_again(self):
        run = self._braked()
        run.action_resume()
        self.assertFalse(run.brake_overruled)
        run.sudo()._begin_again()
        self._go_on(run)
        self.assertStopped(run, "6 of 20 people are missing")

    def test_the_run_of_a_day_is_asked_about_what_is_told_later(self):
        run = self._told(PEOPLE[:6])
        self.assertStopped(run, "6 of 20 people would be unsubscribed")
        self._resume(run, hours=2)
        self.assertEqual(run.state, "done", run.message)
        self.assertEqual(self._on_the_list(), 14)
        self.assertEqual(self._told(PEOPLE[6:11]), run, "the same run")
        self.assertStopped(run, "5 of 20 people would be unsubscribed")
        self.assertEqual(self._on_the_list(), 14)

    def _told(self, emails):
        """The tool tells that these people have left."""
        for email in emails:
            self.sandbox.act("cleverreach", "unsubscribe", self.remote_id, email)
        now = fields.Datetime.now()
        self.env["newsletter.hint"]._hear(
            [
                (self.coupling.id, str(self.at_tool[email]), "", now, True)
                for email in emails
            ]
        )
        self.coupling._read_hints()
        self.env.flush_all()
        run = self.env["newsletter.run"].search([("kind", "=", "webhook")], limit=1)
        self._go_on(run)
        return run
