"""A former address that somebody else signs up with: the id tells the two apart."""

from odoo import fields
from odoo.tests import tagged

from ..models import newsletter_fetch_steps as steps
from .test_identity_address import NEW, OLD, AddressCase


class TakenCase(AddressCase):
    """Anna's recipient moves to another address; a stranger signs up with hers."""

    def _move(self, **stranger):
        self._act("change_address", OLD, new=NEW)
        return self._at_tool(OLD, **stranger).id

    def _leave_odoo(self):
        """Anna leaves while the tool cannot be told."""
        self.env["newsletter.leaving"]._leave([OLD], self.env.company, "staff")
        self.env.flush_all()
        self.assertEqual(self.anna.task, "unsubscribe")

    def _taken(self):
        return self.env["newsletter.event"].search([("code", "=", "address_taken")])

    def _people_on_the_list(self):
        return sorted(
            self.mailing_list.subscription_ids.filtered(
                lambda each: not each.opt_out
            ).contact_id.mapped("email_normalized")
        )

    def _read_again(self, *remote_ids):
        """The tool tells of these recipients only, as a webhook does."""
        now = fields.Datetime.now()
        self.env["newsletter.hint"]._hear(
            [(self.coupling.id, str(told), "", now, True) for told in remote_ids]
        )
        self.coupling._read_hints()
        self.env.flush_all()
        run = self.env["newsletter.run"].search([("kind", "=", "webhook")], limit=1)
        self.env["newsletter.runner"]._work(run.id, 60)
        self.env.invalidate_all()
        self.assertEqual(run.state, "done", run.message)

    def _work_off(self):
        """Whatever is due, as the scheduler does it."""
        self.env.flush_all()
        runner = self.env["newsletter.runner"]
        for _turn in range(5):
            for run in runner._due_runs():
                runner._work(run.id, 60)
            self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestIdentityTaken(TakenCase):
    def test_a_leaving_reaches_the_recipient_that_it_is_about(self):
        self._leave_odoo()
        self._move()
        self._fetch()
        self.assertEqual(self.anna.remote_id, str(self.held))
        self.assertEqual(self.anna.task, "unsubscribe")
        self._work_off()
        there = self._at_tool()
        self.assertTrue(there[NEW].deactivated, "Anna is off, under her new address")
        self.assertTrue(
            there[OLD].deactivated, "nobody is mailed at an address that left"
        )
        receipt = self.env["newsletter.leaving.receipt"].search([])
        self.assertEqual(receipt.mapped("state"), ["done"])
        for _again in range(2):
            self._fetch()
        self.assertNotIn(NEW, self._people_on_the_list())
        self.assertEqual(self.anna.local_status, "unsubscribed")

    def test_a_leaving_is_not_dropped_in_another_slice_either(self):
        self._leave_odoo()
        self._move()
        self._in_slices_of_one()
        self._fetch()
        self.assertEqual(self.anna.remote_id, str(self.held))
        self.assertEqual(self.anna.task, "unsubscribe")

    def _in_slices_of_one(self):
        self.patch(steps, "SLICE", 1)

    def test_what_a_webhook_tells_of_the_other_one_does_not_drop_it(self):
        self._leave_odoo()
        other = self._move()
        self._read_again(other)
        self.assertEqual(self.anna.remote_id, str(self.held))
        self.assertEqual(self.anna.task, "unsubscribe")
        self.assertEqual(self._taken().member_id, self.anna)

    def test_both_told_at_once_the_id_decides(self):
        other = self._move()
        for told in ((self.held, other), (other, self.held)):
            with self.subTest(told):
                self._read_again(*told)
                self.assertEqual(self.anna.remote_id, str(self.held))

    def test_the_stranger_comes_in_when_the_address_is_free(self):
        other = self._move()
        self._fetch()
        self.assertEqual((self.anna.email, self.anna.remote_id), (NEW, str(self.held)))
        self.assertEqual(len(self._taken()), 1, "not silent")
        self._fetch()
        self.assertEqual(self._of(OLD).remote_id, str(other))
        self.assertEqual(self._people_on_the_list(), [NEW, OLD, "ben@example.org"])

    def test_an_address_that_is_not_freed_is_told_once_and_nothing_is_mixed_up(self):
        self.coupling.direction = "to_tool"
        other = self._move()
        for _again in range(3):
            self._fetch()
        self.assertEqual((self.anna.email, self.anna.remote_id), (OLD, str(self.held)))
        event = self._taken()
        self.assertEqual((len(event), event.level), (1, "warning"))
        self.assertEqual((event.member_id, event.new_value), (self.anna, str(other)))
        self.assertEqual(len(self.coupling.member_ids), 2)

    def test_a_leaving_under_the_address_is_taken_over(self):
        self._move(deactivated=1_800_000_000)
        self._fetch()
        self.assertTrue(self._subscription(self.anna.contact_id).opt_out)

    def test_who_is_gone_is_not_another_member_who_has_the_address_now(self):
        """Anna is deleted in the tool, and Ben takes her address there."""
        self.coupling.direction = "to_tool"
        ben = self._of("ben@example.org")
        held = ben.remote_id
        self.sandbox.store.remove(int(self.remote_id), [self.held])
        self._act("change_address", "ben@example.org", new=OLD)
        self._fetch()
        self.assertEqual(ben.remote_id, held)
        self.assertEqual(self.anna.remote_id, str(self.held))
        self.assertNotEqual(self.anna.result, "success", "she is gone")

    def test_who_lost_the_id_is_the_same_person_by_the_address(self):
        self.sandbox.store.remove(int(self.remote_id), [self.held])
        other = self._at_tool(OLD).id
        self._fetch()
        self.assertEqual(self._of(OLD), self.anna)
        self.assertEqual(self.anna.remote_id, str(other))
        self.assertFalse(self._taken())
