"""A consent for one list and the general one: which of them decides, and where."""

from datetime import timedelta

from psycopg2 import IntegrityError

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..sync.vocabulary import Consent
from .common import AGREED
from .common_two_way import TwoWayCase

LATER = AGREED + timedelta(days=1)
ANNA = "anna@example.org"


@tagged("post_install", "-at_install")
class TestConsentLists(TwoWayCase):
    def _counts(self, email=ANNA, mailing_list=None):
        """The state that counts for an address on a list."""
        found = self.env["newsletter.consent"]._effective(
            [email], self.env.company, mailing_list
        )
        return found[email][0]

    def test_one_consent_for_each_list_and_one_for_everything(self):
        general = self._consent(ANNA, "confirmed")
        own = self._consent(ANNA, "single", mailing_list=self.mailing_list)
        self.assertNotEqual(general, own)
        for values in ({}, {"mailing_list_id": self.mailing_list.id}):
            with (
                self.assertRaises(IntegrityError),
                mute_logger("odoo.sql_db"),
                self.env.cr.savepoint(),
            ):
                general.create({"email": ANNA, **values})
        with self.assertRaisesRegex(UserError, "one list"):
            own.mailing_list_id = False

    def test_the_lists_consent_counts_else_the_general_one(self):
        other = self.env["mailing.list"].create({"name": "Other"})
        self.assertEqual(self._counts(), "none")
        self._consent(ANNA, "confirmed")
        self._consent(ANNA, "withdrawn", mailing_list=other)
        self.assertEqual(self._counts(), "confirmed")
        self.assertEqual(self._counts(mailing_list=self.mailing_list), "confirmed")
        self.assertEqual(self._counts(mailing_list=other), "withdrawn")
        self._consent("eva@example.org", "confirmed", mailing_list=other)
        self.assertEqual(self._counts("eva@example.org", other), "confirmed")
        for mailing_list in (None, self.mailing_list):
            self.assertEqual(self._counts("eva@example.org", mailing_list), "none")

    def test_W3_leaving_everything_covers_the_lists(self):
        own = self._consent(ANNA, "confirmed", mailing_list=self.mailing_list)
        self._consent(ANNA, "none").sudo()._record("withdrawal", at=LATER)
        self.assertEqual(self._counts(mailing_list=self.mailing_list), "withdrawn")
        own._record("confirmation", at=LATER + timedelta(days=1))
        self.assertEqual(self._counts(mailing_list=self.mailing_list), "confirmed")
        self.assertEqual(self._counts(), "withdrawn")

    def test_a_push_to_a_coupled_list_asks_the_lists_consent(self):
        partner = self._person("Anna", ANNA, "none")
        own = self._consent(ANNA, "confirmed", mailing_list=self.mailing_list)
        run = self._preview(partner, remote_list_id=self.coupling.remote_list_id.id)
        self.assertEqual(run.coupling_id, self.coupling)
        self.assertEqual(run.line_ids.consent, "confirmed")
        own._record("withdrawal")
        self._approve(run)
        self.assertEqual(self._reasons(run), {ANNA: "withdrawn"})
        self.assertFalse(self._at_tool())

    def test_a_reconcile_asks_the_lists_consent(self):
        """B14: whoever agreed to another list only is not transmitted to this one."""
        other = self.env["mailing.list"].create({"name": "Other"})
        for name, mailing_list in (("anna", self.mailing_list), ("eva", other)):
            email = f"{name}@example.org"
            self._contact(name, email)
            self._consent(email, "confirmed", mailing_list=mailing_list)
        self.coupling.missing_in_tool = "transmit"
        self.env.flush_all()
        run_id = self.coupling._start_run("fetch")
        self.env["newsletter.runner"]._work(run_id, 60)
        self.env.invalidate_all()
        members = self.env["newsletter.member"].search(
            [("coupling_id", "=", self.coupling.id)]
        )
        tasks = {member.email: member.task for member in members}
        self.assertEqual(tasks, {ANNA: "transmit", "eva@example.org": False})

    def test_L5_customers_may_be_transmitted_until_they_object(self):
        partner = self._person("Anna", ANNA, "none")
        consent = self._consent(ANNA, "none")
        consent._record_customer(
            "Order 17", "2024-05-01", "Further courses", "Order form, version 4"
        )
        facts = self.env["newsletter.consent"]._given([ANNA], self.env.company)[ANNA]
        self.assertEqual((facts.state, facts.basis.value), (Consent.NONE, "customer"))
        run = self._preview(partner)
        self.assertFalse(run.line_ids.reason)
        consent._record("withdrawal")
        self.assertEqual(consent.basis, "none")
        self._approve(run)
        self.assertEqual(self._reasons(run), {ANNA: "withdrawn"})

    def test_leaving_a_list_withdraws_what_was_given_for_it(self):
        general = self._consent(ANNA, "confirmed")
        self.env["newsletter.leaving"]._leave(
            [ANNA], self.env.company, "link", self.mailing_list
        )
        self.assertEqual(self._counts(mailing_list=self.mailing_list), "withdrawn")
        self.assertEqual(general.state, "confirmed")
        own = general._for_address(ANNA, mailing_list=self.mailing_list)
        self.assertEqual(own.event_ids.mapped("channel"), ["link"])
