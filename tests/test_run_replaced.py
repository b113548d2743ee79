"""Which stopped run a newer one replaces, and that nobody is forgotten by that."""

from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common_transmit import TransmitCase

PEOPLE = [f"person{number:02}@example.org" for number in range(20)]


@tagged("post_install", "-at_install")
class TestRunReplaced(TransmitCase):
    """Twenty people on both sides; the brake stops before the fifth who goes."""

    def setUp(self):
        super().setUp()
        self.at_tool = {email: self._at_tool(email).id for email in PEOPLE}
        for _both in range(2):
            run = self._go("fetch", whole=True)
            self.assertEqual(run.state, "done", run.message)

    def _told(self, emails, action="unsubscribe"):
        """The tool tells that these people have left; the run that reads it."""
        for email in emails:
            self.sandbox.act("cleverreach", action, self.remote_id, email)
        now = fields.Datetime.now()
        self.env["newsletter.hint"]._hear(
            [
                (self.coupling.id, str(self.at_tool[email]), "", now, True)
                for email in emails
            ]
        )
        self.coupling._read_hints()
        self.env.flush_all()
        run = self.env["newsletter.run"].search(
            [("kind", "=", "webhook")], order="id desc", limit=1
        )
        self._go_on(run)
        return run

    def _resume(self, run):
        run.action_resume()
        self._go_on(run)
        self.assertEqual(run.state, "done", run.message)

    def _off(self):
        """Who is off the list in Odoo."""
        self.env.invalidate_all()
        rows = self.mailing_list.subscription_ids.filtered("opt_out")
        return sorted(rows.contact_id.mapped("email_normalized"))

    def _two_braked(self):
        first = self._told(PEOPLE[:6])
        self.assertTrue(first.braked)
        second = self._told(PEOPLE[6:12])
        self.assertNotEqual(first, second)
        return first, second

    def test_whom_the_tool_named_first_is_taken_over(self):
        first, second = self._two_braked()
        self.assertEqual((first.state, second.state), ("cancelled", "stopped"))
        self.assertIn("12 of 20 people would be unsubscribed", second.message)
        self.assertEqual((second.total, second.aborted), (12, 12))
        self.assertFalse(self._off())
        self._resume(second)
        self.assertEqual(self._off(), PEOPLE[:12])
        self.assertIn("12 people read back", second.message)
        for model in ("newsletter.candidate", "newsletter.fetched"):
            self.assertFalse(self.env[model].search_count([]), "nobody is left there")

    def test_by_the_third_as_well(self):
        self._two_braked()
        third = self._told(PEOPLE[12:17])
        self.assertIn("17 of 20 people would be unsubscribed", third.message)
        self._resume(third)
        self.assertEqual(self._off(), PEOPLE[:17])

    def test_what_was_said_last_of_somebody_counts(self):
        first = self._told(PEOPLE[:6])
        self.sandbox.act("cleverreach", "activate", self.remote_id, PEOPLE[0])
        now = fields.Datetime.now()
        hint = (self.coupling.id, str(self.at_tool[PEOPLE[0]]), "", now, True)
        self.env["newsletter.hint"]._hear([hint])
        second = self._told(PEOPLE[6:12])
        self.assertEqual((first.state, second.total), ("cancelled", 12))
        self.assertIn("11 of 20 people would be unsubscribed", second.message)
        self._resume(second)
        self.assertEqual(self._off(), PEOPLE[1:12])

    def test_what_was_taken_over_is_read_again_when_it_is_old(self):
        first = self._told(PEOPLE[:6])
        first.sudo().started_at -= timedelta(hours=3)
        second = self._told(PEOPLE[6:12])
        self.assertFalse(second._is_fresh())
        self.sandbox.act("cleverreach", "activate", self.remote_id, PEOPLE[0])
        self._resume(second)
        self.assertIn("run_starts_over", second.event_ids.mapped("code"))
        self.assertEqual(self._off(), PEOPLE[1:12])

    def test_a_change_in_odoo_meanwhile_is_looked_at_once(self):
        first = self._told(PEOPLE[:6])
        row = self._subscription(self._of(PEOPLE[6]).contact_id)
        row.opt_out = True
        second = self._told(PEOPLE[6:12])
        self.assertEqual((first.state, second.total), ("cancelled", 12))
        self.assertFalse(self._changes(), "else it would stop another run")
        self._resume(second)
        self.assertEqual(self._off(), PEOPLE[:12])

    def test_reading_what_changed_does_not_answer_for_the_whole_list(self):
        ids = [self.at_tool[email] for email in PEOPLE[:6]]
        self.sandbox.store.remove(int(self.remote_id), ids)
        whole = self._go("fetch", whole=True)
        self.assertTrue(whole.braked, whole.message)
        for email in PEOPLE[6:12]:
            self.sandbox.act("cleverreach", "unsubscribe", self.remote_id, email)
        changed = self._go("fetch")
        self.assertTrue(changed.braked, changed.message)
        self.assertFalse(changed.cursor["whole"])
        self.assertEqual(whole.state, "stopped")
        again = self._go("fetch", whole=True)
        self.assertEqual(again.state, "stopped")
        self.assertEqual({whole.state, changed.state}, {"cancelled"})
