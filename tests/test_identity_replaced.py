"""A withdrawn address at the tool is signed off, unless another really replaces it."""

from unittest.mock import patch

from odoo.tests import tagged

from ..connectors.errors import Conflict
from ..models.newsletter_transmit import MAX_TASK_TRIES
from .test_identity_address import NEW, OLD, AddressCase


@tagged("post_install", "-at_install")
class TestIdentityReplaced(AddressCase):
    """Anna withdrew by OLD, which the tool mails, and confirmed later by NEW."""

    def setUp(self):
        super().setUp()
        self.coupling.automation = "safe"

    def _withdraw(self):
        self.env["newsletter.consent"]._for_address(OLD)._record(
            "withdrawal", at=self._at("2025-01-01"), channel="phone"
        )
        self._consent(NEW, "confirmed", at=self._at("2025-02-01"))
        self.partner.email = NEW
        self._go("reconcile")

    def _other(self):
        """Somebody else gets NEW on the list."""
        self._at_tool(NEW)
        self._fetch()
        self.assertNotEqual(self._of(NEW), self.anna)

    def _work_off(self):
        """Whatever is due, as the scheduler does it."""
        runner = self.env["newsletter.runner"]
        for _turn in range(5):
            for run in runner._due_runs():
                runner._work(run.id, 60)
            self.env.invalidate_all()

    def _is_mailed(self, email):
        there = self._at_tool()
        return email in there and not there[email].deactivated

    def test_it_is_replaced_where_that_happens_by_itself(self):
        self._withdraw()
        self.assertEqual(self.anna.task, "change_address")
        self._work_off()
        self.assertEqual(self._at_tool()[NEW].id, self.held)
        self.assertFalse(self._is_mailed(OLD))

    def test_where_an_approval_is_needed_the_tool_stops_without_one(self):
        self.coupling.automation = "manual"
        self._withdraw()
        self.assertEqual(self.anna.task, "unsubscribe")
        self._work_off()
        self.assertFalse(self._is_mailed(OLD))

    def test_where_an_approval_is_needed_from_now_on_as_well(self):
        self._withdraw()
        self.assertEqual(self.anna.task, "change_address")
        self.coupling.automation = "manual"
        self._go("reconcile")
        self.assertEqual(self.anna.task, "unsubscribe")

    def test_where_the_transmission_would_leave_it_out_the_tool_stops(self):
        """The new address has left the list by another mailing contact."""
        self._contact("Anna elsewhere", NEW, opt_out_at="2025-03-01")
        self._withdraw()
        self.assertEqual(self.anna.task, "unsubscribe")
        self._work_off()
        self.assertFalse(self._is_mailed(OLD))

    def test_where_another_member_has_the_address_the_tool_stops(self):
        self._other()
        self._withdraw()
        self.assertEqual(self.anna.task, "unsubscribe")
        self._work_off()
        self.assertFalse(self._is_mailed(OLD))
        self.assertTrue(self._is_mailed(NEW), "somebody else's")

    def test_where_another_member_gets_the_address_meanwhile_as_well(self):
        self._withdraw()
        runs = self.env["newsletter.run"].search([("state", "=", "queued")])
        runs.unlink()
        other = self._of("ben@example.org")
        other.sudo().email = NEW
        self.env.flush_all()
        self.assertEqual(self.anna.task, "change_address")
        self._go("transmit")
        self.env.invalidate_all()
        self.assertEqual(self.anna.task, "unsubscribe")
        self.assertEqual(self.anna.remote_status, "subscribed")

    def test_a_change_that_was_given_up_becomes_a_sign_off(self):
        """The tool refuses the new address, such as one of another list of it."""
        self._withdraw()
        self.anna.sudo().tries = MAX_TASK_TRIES - 1
        self.env.flush_all()
        connector = self.connection._connector_class()
        refused = Conflict("taken")
        with patch.object(connector, "change_address", side_effect=refused):
            self._work_off()
        self.assertEqual(self.anna.task, "unsubscribe")
        self.assertFalse(self.anna.parked, "a leaving is never given up")
        self.coupling._transmit_by_itself(self.env.user)
        self.env.flush_all()
        self._work_off()
        self.assertFalse(self._is_mailed(OLD))
