"""Another address of the same person, whoever changed it (O01 to O07, L8)."""

from dataclasses import replace
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common_two_way import TwoWayCase

OLD, NEW = "anna@example.org", "anna.lang@example.org"


@tagged("post_install", "-at_install")
class AddressCase(TwoWayCase):
    """Anna is on both sides: a contact, a mailing contact, a recipient."""

    def setUp(self):
        super().setUp()
        self.coupling.write({"new_contacts": "contact", "automation": "manual"})
        self._at_tool(OLD)
        # an empty list would stop the next fetch
        self._at_tool("ben@example.org")
        self._fetch()
        self.anna = self._of(OLD)
        self.partner = self.anna.partner_id
        self.assertTrue(self.partner and self.anna.contact_id)
        self.held = self._at_tool()[OLD].id

    def _fetch(self):
        run = self._go("fetch", whole=True)
        self.assertEqual(run.state, "done", run.message)
        return run

    def _transmit(self):
        run = self._go("transmit")
        if run.state == "preview":
            self._approve(run)
        self.assertEqual(run.state, "done", run.message)
        return run

    def _act(self, name, email, **more):
        self.tool.act(name, self.remote_id, email, **more)

    def _everybody(self):
        """Addresses of the contacts that a comparison may have made."""
        return sorted(
            self.env["res.partner"]
            .search([("email_normalized", "in", [OLD, NEW])])
            .mapped("email_normalized")
        )

    def _subscribers(self):
        return sorted(self.mailing_list.contact_ids.mapped("email_normalized"))


class TestIdentityAddress(AddressCase):
    # --- scenario A: changed in Odoo only ---------------------------------------------
    def test_O02_changed_in_odoo_it_is_the_same_person(self):
        self._consent(NEW, "confirmed")
        self.partner.email = NEW
        self._fetch()
        self.assertEqual(self._everybody(), [NEW], "no second contact")
        self.assertEqual(self.anna.task, "change_address")
        self.assertEqual(self.anna.remote_status, "subscribed")
        self._transmit()
        there = self._at_tool()
        self.assertNotIn(OLD, there)
        self.assertEqual(there[NEW].id, self.held, "history stays with the recipient")
        self.assertEqual(self.anna.email, NEW)
        self.assertEqual(self.anna.contact_id.email, NEW, "Odoo's own mailings follow")
        self._fetch()
        self.assertEqual((self.anna.result, self.anna.task), ("success", False))
        self.assertEqual(self._everybody(), [NEW])
        self.assertEqual(self._subscribers(), [NEW, "ben@example.org"])

    def test_O06_without_a_consent_of_its_own_nothing_is_sent(self):
        self._consent(OLD, "confirmed")
        self.partner.email = NEW
        self._go("reconcile")
        self.assertEqual(self.anna.result_code, "new_address_without_consent")
        self.assertFalse(self.anna.task)
        self._transmit()
        self.assertIn(OLD, self._at_tool())
        # the click of the person is what was missing: noticed by itself
        self._consent(NEW, "confirmed", at=None)
        self._go("reconcile")
        self.assertEqual(self.anna.task, "change_address")
        self._transmit()
        self.assertEqual(self._at_tool()[NEW].id, self.held)

    def test_O06_a_new_address_that_is_blocked_ends_the_subscription(self):
        self._consent(NEW, "confirmed")
        self.partner.email = NEW
        self._go("reconcile")
        self.env["mail.blacklist"].create({"email": NEW})
        self._go("reconcile")
        self.assertEqual(self.anna.task, "unsubscribe")
        self._transmit()
        there = self._at_tool()
        self.assertNotIn(NEW, there)
        self.assertTrue(there[OLD].deactivated)

    def test_O01_a_tool_without_a_call_adds_and_removes(self):
        connector = self.connection._connector_class()
        can = replace(connector.capabilities, change_address=False)
        self.enterContext(patch.object(connector, "capabilities", can))
        events = len(self.anna.event_ids)
        self._consent(NEW, "confirmed")
        self.partner.email = NEW
        self._go("reconcile")
        self._transmit()
        there = self._at_tool()
        self.assertNotIn(OLD, there)
        self.assertEqual(there[NEW].status, "subscribed")
        # the same member goes on, with its log, as another recipient
        self.assertEqual(self.anna.email, NEW)
        self.assertNotEqual(self.anna.remote_id, str(self.held))
        self.assertGreater(len(self.anna.event_ids), events)
        self._fetch()
        self.assertEqual(self.anna.result, "success")
        self.assertEqual(self._everybody(), [NEW])

    def test_after_a_return_the_new_address_is_not_taken_for_undeliverable(self):
        self._act("bounce", OLD)
        self._fetch()
        self.assertIn(self.anna.remote_status, ("hard_bounce", "general_bounce"))
        self._consent(NEW, "confirmed")
        self.partner.email = NEW
        self._go("reconcile")
        self.assertEqual(self.anna.task, "change_address")

    def test_a_mailing_contact_alone_is_followed_too(self):
        contact = self.anna.contact_id
        self.anna.partner_id = False
        self.partner.unlink()
        self._consent(NEW, "confirmed")
        contact.email = NEW
        self._go("reconcile")
        self.assertEqual(self.anna.task, "change_address")
        self._transmit()
        self.assertEqual(self._at_tool()[NEW].id, self.held)

    def test_a_mailing_contact_that_goes_another_way_is_named(self):
        self.anna.contact_id.email = NEW
        self._go("reconcile")
        event = self.anna.event_ids.filtered(lambda each: each.code == "address_apart")
        self.assertEqual((len(event), event.level), (1, "warning"))
        self.assertFalse(self.anna.task)
        self.assertIn(OLD, self._at_tool())

    # --- scenario B: changed in the tool only -----------------------------------------
    def test_O04_changed_in_the_tool_it_is_the_same_person(self):
        self._act("change_address", OLD, new=NEW)
        for _twice in range(2):
            self._fetch()
            self.assertEqual(self._everybody(), [NEW])
            self.assertEqual(self.partner.email, NEW)
            self.assertEqual(self.anna.contact_id.email, NEW)
            self.assertEqual(self.anna.email, NEW)
            self.assertEqual(self.anna.remote_status, "subscribed")
            self.assertFalse(self.anna.task)
            self.assertEqual(self._subscribers(), [NEW, "ben@example.org"])
        consent = (
            self.env["newsletter.consent"]
            ._effective([NEW], self.env.company)
            .get(NEW, ("none", None))
        )
        self.assertEqual(consent[0], "none", "the new address proves nothing here")

    def test_O04_a_login_is_not_moved_by_a_tool(self):
        """Whoever edits an address in the tool must not get at an account of Odoo."""
        user = new_test_user(self.env, "anna", partner_id=self.partner.id)
        self.partner.email = OLD
        self._go("reconcile")
        self._act("change_address", OLD, new=NEW)
        self._fetch()
        self.assertEqual(user.email, OLD)
        self.assertEqual(self.anna.result, "conflict")
        self.assertEqual(self.anna.result_code, "address_guarded")
        self.assertEqual(self.anna.remote_email, NEW)
        self.anna.action_take_tool()
        self.env.invalidate_all()
        self.assertEqual(user.email, NEW, "a person took it over")
        self.assertEqual(self.anna.email, NEW)

    def test_O04_the_tools_new_address_is_on_the_blocklist(self):
        self.env["mail.blacklist"].create({"email": NEW})
        self._act("change_address", OLD, new=NEW)
        self._fetch()
        self.assertEqual(self.anna.task, "unsubscribe")
        self._transmit()
        self.assertTrue(self._at_tool()[NEW].deactivated)

    def test_both_sides_got_the_new_address_by_themselves(self):
        """As by another list of the same account."""
        self._act("change_address", OLD, new=NEW)
        self.partner.email = NEW
        self._fetch()
        self.assertEqual((self.anna.email, self.anna.result), (NEW, "success"))
        self.assertFalse(self.anna.task or self.anna.remote_email)

    # --- what the id did not tell: merged by a person ---------------------------------
    def _twins(self):
        """The tool lost the id: Anna is missing, somebody new has her other address."""
        self._act("delete", OLD)
        self._at_tool(NEW)
        self._fetch()
        double = self._of(NEW)
        self.assertEqual(
            (self.anna.result, double.result), ("not_in_tool", "new_contact")
        )
        return double

    def _merge(self, members, email):
        action = members.action_merge_addresses()
        wizard = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual(wizard.member_id, self.anna, "who was known first stays")
        wizard.right = "member" if wizard.email == email else "other"
        self.assertIn(email, wizard.effect)
        action = wizard.action_merge()
        self.env.invalidate_all()
        return self.env["newsletter.member"].browse(action["res_id"])

    def test_O05_the_tools_address_is_right(self):
        double = self._twins()
        other = double.partner_id
        told = self._merge(self.anna | double, NEW)
        self.assertEqual(told.partner_id, self.partner)
        self.assertEqual(self.partner.email, NEW)
        self.assertFalse(other.active)
        self.assertFalse(self.anna.active)
        for _twice in range(2):
            self._fetch()
            self.assertEqual(self._everybody(), [NEW])
            self.assertEqual((told.result, told.task), ("success", False))
            self.assertEqual(self._subscribers(), [NEW, "ben@example.org"])
        self.assertIn("merged", told.event_ids.mapped("code"))

    def test_O03_odoos_address_is_right(self):
        double = self._twins()
        told = self._merge(self.anna | double, OLD)
        self.assertEqual(self.partner.email, OLD)
        self._go("reconcile")
        # a consent of its own, as for every change
        self.assertEqual(told.result_code, "new_address_without_consent")
        self._consent(OLD, "confirmed", at=None)
        self._go("reconcile")
        self.assertEqual(told.task, "change_address")
        self._transmit()
        self.assertEqual(sorted(self._at_tool()), [OLD, "ben@example.org"])
        self._fetch()
        self.assertEqual(self._everybody(), [OLD])
        self.assertEqual(self._subscribers(), [OLD, "ben@example.org"])

    def test_merging_brings_nobody_back(self):
        double = self._twins()
        subscription = self._subscription(self.anna.contact_id)
        subscription.opt_out = True
        told = self._merge(self.anna | double, NEW)
        self._go("reconcile")
        self.assertEqual(told.task, "unsubscribe")

    def test_both_in_the_tool_the_wrong_address_is_unsubscribed(self):
        self._at_tool(NEW)
        self._fetch()
        double = self._of(NEW)
        told = self._merge(self.anna | double, NEW)
        self.assertEqual((told, told.partner_id), (double, self.partner))
        self._transmit()
        there = self._at_tool()
        self.assertTrue(there[OLD].deactivated)
        self.assertFalse(there[NEW].deactivated)
        self._fetch()
        self.assertEqual(self._everybody(), [NEW])
        self.assertEqual(self._subscribers(), [NEW, "ben@example.org"])

    def test_merging_asks_for_the_right_and_for_a_choice(self):
        double = self._twins()
        clerk = (self.anna | double).with_user(self.clerk)
        with self.assertRaises(AccessError):
            clerk.action_merge_addresses()
        with self.assertRaises(AccessError):
            clerk._merge_as_address_change(NEW)
        with self.assertRaisesRegex(UserError, "which of both"):
            (self.anna | double)._merge_as_address_change("other@example.org")
        with self.assertRaisesRegex(UserError, "two members"):
            self.anna._merge_as_address_change(OLD)
        neither = self._member("x@example.org", remote_status=False)
        with self.assertRaisesRegex(UserError, "Neither"):
            (self.anna | neither)._merge_as_address_change(OLD)

    # --- the warning on the form ------------------------------------------------------
    def test_O07_editing_the_address_of_a_member_warns(self):
        partner = self.partner.with_user(self.clerk)
        told = partner.new({"email": NEW}, origin=partner)._onchange_email_newsletter()
        self.assertIn("Club news", told["warning"]["message"])
        self.assertIn("no confirmed consent", told["warning"]["message"])
        self._consent(NEW, "confirmed")
        told = partner.new({"email": NEW}, origin=partner)._onchange_email_newsletter()
        self.assertNotIn("no confirmed consent", told["warning"]["message"])
        for email, says in (("", "Without a valid"), ("ben@example.org", "already")):
            told = partner.new(
                {"email": email}, origin=partner
            )._onchange_email_newsletter()
            self.assertIn(says, told["warning"]["message"])
        # the spelling is no other address, and a stranger is on no list
        same = partner.new({"email": f"Anna <{OLD.upper()}>"}, origin=partner)
        self.assertIsNone(same._onchange_email_newsletter())
        stranger = partner.create({"name": "Stranger", "email": "s@example.org"})
        other = stranger.new({"email": NEW}, origin=stranger)
        self.assertIsNone(other._onchange_email_newsletter())

    def test_O07_the_mailing_contact_says_where_to_change_it(self):
        contact = self.anna.contact_id
        told = contact.new({"email": NEW}, origin=contact)._onchange_email_newsletter()
        self.assertIn(self.partner.name, told["warning"]["message"])
