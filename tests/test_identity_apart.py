"""Who has a member's address in the tool and is another recipient: what holds for them.

They are no member here, so no rule decides about them; yet nobody is mailed at an
address that left, and whoever leaves with it leaves for good.
"""

from datetime import timedelta
from types import SimpleNamespace
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from ..connectors.providers.cleverreach import CleverReach
from .test_identity_address import NEW, OLD
from .test_identity_taken import TakenCase


@tagged("post_install", "-at_install")
class TestIdentityApart(TakenCase):
    """Odoo keeps Anna's address, so the stranger's is never free."""

    def setUp(self):
        super().setUp()
        self.coupling.direction = "to_tool"

    def _apart(self, **stranger):
        other = self._move(**stranger)
        self._fetch()
        self.assertEqual((self.anna.email, self.anna.remote_id), (OLD, str(self.held)))
        self.assertEqual(self._taken().new_value, str(other))
        return other

    def _receipts(self):
        return self.env["newsletter.leaving.receipt"].search([("email", "=", OLD)])

    def _leavings(self, *domain):
        return self.env["newsletter.leaving"].search([("email", "=", OLD), *domain])

    def _is_off(self, email):
        return bool(self._at_tool()[email].deactivated)

    def _leave_the_list(self):
        return self.env["newsletter.leaving"]._leave(
            [OLD], self.env.company, "link", lists=self.mailing_list
        )

    def assertBothOff(self):
        self.assertTrue(self._is_off(NEW), "Anna's own recipient")
        self.assertTrue(self._is_off(OLD), "whoever has the address")

    # --- barred in Odoo ---------------------------------------------------------------
    def test_whoever_leaves_in_odoo_is_not_mailed_at_that_address(self):
        self._apart()
        leaving = self._leave_the_list()
        self._work_off()
        self.assertBothOff()
        self.assertEqual(leaving.receipt_ids.state, "done")
        self.assertEqual(self.anna.remote_status, "unsubscribed")

    def test_nor_whoever_is_put_on_the_blocklist(self):
        self._apart()
        self.env["mail.blacklist"]._add(OLD)
        self._work_off()
        self.assertBothOff()
        self.assertEqual(self._receipts().mapped("state"), ["done"])

    def test_it_is_not_done_while_the_tool_mails_the_address(self):
        self._apart()
        own = CleverReach.unsubscribe

        def deaf(connector, list_id, ref, reason=""):
            if ref.remote_id:
                return own(connector, list_id, ref, reason)
            return None

        with patch.object(CleverReach, "unsubscribe", deaf):
            self._leave_the_list()
            self._work_off()
        self.assertTrue(self._is_off(NEW))
        self.assertFalse(self._is_off(OLD))
        receipt = self._receipts()
        self.assertEqual(receipt.state, "failed")
        self.assertIn("still has the person on", receipt.message)
        receipt.sudo().next_try_at = False
        receipt.connection_id._let_leave()
        self._work_off()
        self.assertTrue(self._is_off(OLD))
        self.assertEqual(receipt.state, "done")

    def test_that_the_own_recipient_is_off_is_no_proof(self):
        """Anna's own recipient leaves in the tool; a fetch finds it before the run."""
        self._apart()
        leaving = self._leave_the_list()
        self._act("unsubscribe", NEW)
        self._fetch()
        self.env["newsletter.leaving.receipt"]._settle_open()
        self.assertEqual(self.anna.remote_status, "unsubscribed")
        self.assertEqual(leaving.receipt_ids.state, "waiting")
        self._work_off()
        self.assertBothOff()
        self.assertEqual(leaving.receipt_ids.state, "done")

    def test_who_signs_up_with_it_afterwards_is_let_go_by_the_next_fetch(self):
        self._act("change_address", OLD, new=NEW)
        self._fetch()
        self._leave_odoo()
        self._work_off()
        self.assertTrue(self._is_off(NEW))
        self._at_tool(OLD)
        self._fetch()
        self.assertEqual(self._receipts().state, "waiting", "open again")
        self._work_off()
        self.assertBothOff()
        self.assertEqual(self._receipts().state, "done")

    def test_a_bar_that_was_there_before_the_addon_counts_as_well(self):
        bars = {
            "blocklist": lambda: self.env["mail.blacklist"]._add(OLD),
            "unwanted": lambda: self.partner.write({"no_marketing_email": True}),
        }
        for name, bar in bars.items():
            with self.subTest(name), self.env.cr.savepoint() as savepoint:
                self._barred_before(bar)
                self.assertEqual(self._leavings().channel, "blocklist")
                self.assertEqual(self._receipts().state, "waiting")
                savepoint.rollback()
                self.env.invalidate_all()

    def _barred_before(self, bar):
        """The stranger is met while something bars the address and no leaving does."""
        self.env = self.env(context={**self.env.context, "newsletter_leaving": True})
        self.partner = self.partner.with_env(self.env)
        bar()
        self.assertFalse(self._leavings())
        self._meet()

    def _meet(self, status="subscribed", **told):
        """The comparison has met the stranger, as a row of the stage says."""
        run = self.env["newsletter.run"].search([], limit=1)
        met = SimpleNamespace(
            remote_id="4711",
            email=OLD,
            status=status,
            **{"status_at": None, "opt_in_at": None, "reason": None, **told},
        )
        self.env["newsletter.reconcile"]._heed_apart(
            run, self.coupling, [(met, self.anna)]
        )

    def test_who_has_confirmed_at_the_tool_since_is_let_be(self):
        self._leave_the_list()
        self._work_off()
        self.assertEqual(self._receipts().state, "done")
        self._meet(opt_in_at=fields.Datetime.now() + timedelta(days=1))
        self.assertEqual(self._receipts().state, "done")
        self._meet(opt_in_at=fields.Datetime.now() - timedelta(days=1))
        self.assertEqual(self._receipts().state, "waiting")

    def test_unless_the_address_is_blocked_altogether(self):
        self.env["mail.blacklist"]._add(OLD)
        self._work_off()
        self.assertEqual(self._receipts().state, "done")
        self._meet(opt_in_at=fields.Datetime.now() + timedelta(days=1))
        self.assertEqual(self._receipts().state, "waiting")

    def test_whom_nobody_can_let_go_from_here_is_told_as_an_error(self):
        self.env["newsletter.tombstone"]._remember([OLD], self.env.company, "erased")
        for _again in range(2):
            self._meet()
        event = self._unheard()
        self.assertEqual((len(event), event.level), (1, "error"))
        self.assertFalse(self._leavings(), "what was erased is not written down again")

    def test_a_consent_after_the_leaving_is_not_withdrawn_because_of_another_one(self):
        leaving = self.env["newsletter.leaving"]._leave(
            [OLD], self.env.company, "blocklist", at=self._at("2020-02-05")
        )
        consent = self._consent(OLD, "confirmed", at=self._at("2025-02-05"))
        leaving.sudo().lifted_at = False
        self.env["mail.blacklist"].with_context(newsletter_leaving=True)._add(OLD)
        self._meet()
        self.assertEqual(consent.state, "confirmed")
        self.assertEqual(self._leavings(), leaving)
        self.assertEqual(self._unheard().mapped("level"), ["error"])

    def _unheard(self):
        return self.env["newsletter.event"].search(
            [("code", "=", "address_taken_mailed")]
        )

    def test_whom_nothing_bars_is_left_alone(self):
        self._apart()
        self._fetch()
        self._work_off()
        self.assertFalse(self._leavings())
        self.assertFalse(self._is_off(OLD))

    # --- left in the tool -------------------------------------------------------------
    def _taken_off(self):
        """Somebody takes Anna off the list, which is no leaving."""
        self._subscription(self.anna.contact_id).unlink()
        self.anna.task = "unsubscribe"
        self.assertFalse(self._leavings())

    def test_whoever_left_with_the_address_left_for_good(self):
        self._act("change_address", OLD, new=NEW)
        self._fetch()
        self._taken_off()
        self._at_tool(OLD, deactivated=1_800_000_000)
        self._fetch()
        leaving = self._leavings()
        self.assertEqual((leaving.channel, leaving.scope), ("tool", "list"))
        self.assertEqual(leaving.mailing_list_id, self.mailing_list)
        self.assertEqual(leaving.date, self._at("2027-01-15 08:00:00"))
        self.assertTrue(self._subscription(self.anna.contact_id).opt_out)
        self._fetch()
        self.assertEqual(self._leavings(), leaving, "taken over once")

    def test_not_again_after_somebody_has_lifted_it(self):
        self._taken_off()
        self._meet("unsubscribed", status_at=self._at("2025-02-05"))
        self._leavings()._lift("They called and wish to stay")
        self._meet("unsubscribed", status_at=self._at("2025-02-05"))
        self.assertFalse(self._leavings(("lifted_at", "=", False)))
        self._meet("unsubscribed", status_at=self._at("2099-02-05"))
        self.assertTrue(self._leavings(("lifted_at", "=", False)), "left once more")

    def test_nor_where_the_tool_tells_no_time(self):
        self._taken_off()
        self._meet("unsubscribed")
        self.assertEqual(len(self._leavings()), 1)
        self._leavings()._lift("They called and wish to stay")
        self._meet("unsubscribed")
        self.assertFalse(self._leavings(("lifted_at", "=", False)))

    def test_a_later_consent_counts(self):
        self._taken_off()
        self._consent(OLD, "confirmed")
        self._meet("unsubscribed", status_at=self._at("2000-02-05"))
        self.assertFalse(self._leavings())
