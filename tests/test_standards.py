"""Rules of docs/standards.md that no other file is about (C4, W10), and their edges."""

from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from .common_consent import OptInMixin
from .test_leaving import LeavingCase

ANNA = "anna@example.org"


@tagged("post_install", "-at_install")
class TestStandards(OptInMixin, LeavingCase):
    def setUp(self):
        super().setUp()
        self.env.company.email = "office@example.com"

    def test_C4_a_complaint_is_lifted_by_the_persons_own_double_opt_in_only(self):
        self._subscribed()
        complaint = self._leave(channel="complaint")
        with self.assertRaisesRegex(UserError, "spam"):
            complaint._lift_for("She said on the phone that it was a mistake")
        entry = self.env["mail.blacklist"].search([("email", "=", ANNA)])
        with self.assertRaisesRegex(UserError, "spam"):
            entry.with_context(newsletter_reason="A mistake").active = False
        self.env.invalidate_all()
        self.assertTrue(self._blocked(ANNA))
        self.assertFalse(complaint.lifted_at)
        _requests, refused = self._ask(ANNA, origin="staff")
        self.assertTrue(refused, "staff cannot even ask")
        form = self._make_form()
        self._ask(ANNA, form=form)
        [(_mail, link)] = self._deliver()
        self.assertTrue(self._confirm(link))
        self.env.invalidate_all()
        self.assertTrue(complaint.lifted_at)
        self.assertFalse(self._blocked(ANNA))

    def test_W9_other_leavings_are_lifted_for_a_reason(self):
        self._subscribed()
        leaving = self._leave()
        leaving._lift_for("Another Anna was meant")
        self.assertTrue(leaving.lifted_at)

    def test_W10_every_account_is_told_and_its_answer_kept(self):
        self._subscribed()
        leaving = self._leave()
        self.assertEqual(leaving.receipt_ids.connection_id, self.connection)
        self.assertFalse(leaving.receipt_ids.proof)
        self._turn()
        receipt = leaving.receipt_ids
        self.assertEqual(receipt.state, "done")
        self.assertTrue(receipt.proof and receipt.answered_at and receipt.done_at)
        self.assertTrue(self._is_off())

    # --- Odoo's own pages ---------------------------------------------------------
    def _visitor(self):
        return self.env.ref("base.public_user")

    def _subscribe_on_page(self, contact, opt_out=None):
        """What Odoo's own page does for a visitor, who may write with its sudo only."""
        rows = self.env["mailing.subscription"].with_user(self._visitor()).sudo()
        if opt_out is not None:
            found = rows.search([("contact_id", "=", contact.id)])
            found.opt_out = opt_out
            return found
        return rows.create({"contact_id": contact.id, "list_id": self.mailing_list.id})

    def _asked(self):
        return self.env["newsletter.consent.request"].search([("email", "=", ANNA)])

    def test_B06_who_subscribes_on_odoos_own_page_is_asked_to_confirm(self):
        contact = self.env["mailing.contact"].create({"name": "Anna", "email": ANNA})
        self._subscribe_on_page(contact)
        request = self._asked()
        self.assertEqual((request.origin, request.state), ("page", "open"))
        self.assertEqual(request.mailing_list_ids, self.mailing_list)
        [(_mail, link)] = self._deliver()
        self._confirm(link)
        self.assertEqual(self._of(mailing_list=self.mailing_list).state, "confirmed")

    def test_W6_coming_back_on_odoos_own_page_waits_for_the_click(self):
        contact = self._contact("Anna", ANNA)
        leaving = self._leave(channel="page", lists=self.mailing_list)
        self._subscribe_on_page(contact, opt_out=False)
        self.assertFalse(leaving.lifted_at, "a box on a page is no proof")
        [(_mail, link)] = self._deliver()
        self._confirm(link)
        self.env.invalidate_all()
        self.assertTrue(leaving.lifted_at)
        self.assertFalse(self._subscription(contact).opt_out)

    def test_nobody_is_asked_for_what_they_confirmed_or_by_a_clerk(self):
        contact = self.env["mailing.contact"].create({"name": "Anna", "email": ANNA})
        clerk = new_test_user(
            self.env, "lister", "mass_mailing.group_mass_mailing_user"
        )
        row = (
            self.env["mailing.subscription"]
            .with_user(clerk)
            .create({"contact_id": contact.id, "list_id": self.mailing_list.id})
        )
        self.assertFalse(self._asked())
        row.sudo().unlink()
        consent = self.env["newsletter.consent"]._for_address(ANNA)
        consent._record("request")
        consent._record("confirmation")
        self._subscribe_on_page(contact)
        self.assertFalse(self._asked())

    # --- returns that a call alone tells ------------------------------------------
    def _told_by_call(self, has_reports):
        """A webhook's event "bounced", as the engine takes it up."""
        from ..connectors.records import RemoteEvent

        self._subscribed()
        deliveries = self.env["newsletter.delivery"]
        told = [
            (
                deliveries.new({"received_at": "2026-03-01 12:00:00"}),
                RemoteEvent("bounced", f"k{number}", email=email, reason="4.2.1 full"),
            )
            for number, email in enumerate((ANNA, "stranger@example.org"))
        ]
        known = deliveries._known_members(self.coupling, [event for _d, event in told])
        connector = self.connection._connector_class()
        capabilities = type(connector.capabilities)(bounces=has_reports)
        with patch.object(connector, "capabilities", capabilities):
            deliveries._complain(self.connection, told, self.coupling, known)
        return self.env["newsletter.bounce"].search([])

    def test_B3_a_temporary_return_told_by_a_call_counts(self):
        found = self._told_by_call(has_reports=False)
        self.assertEqual((found.email, found.kind), (ANNA, "soft"))
        self.assertEqual(found.text, "4.2.1 full")

    def test_B3_where_a_report_comes_too_it_counts_once(self):
        self.assertFalse(self._told_by_call(has_reports=True))
