"""A person's own will outlives its evidence: nobody comes back, no tool mails them."""

from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from ..models.newsletter_push import aware
from .test_bounce import BounceCase
from .test_erasure import ANNA, ErasureCase

BEN = "ben@example.org"
LONG_AGO = "2015-05-01 10:00:00"


class WillCase(ErasureCase):
    def setUp(self):
        super().setUp()
        self.tombstones = self.env["newsletter.tombstone"]

    def _buried(self, coupling=None, email=ANNA):
        return bool(self.tombstones._known([email], self.env.company, coupling))

    def _years_pass(self):
        """What retention does with evidence that is old enough."""
        self.env["newsletter.consent.chain"].search(
            [("restricted_until", "!=", False)]
        ).restricted_until = fields.Date.today() - timedelta(days=1)
        self.env.flush_all()
        self.env["newsletter.retention"]._cron_apply()
        self.env.invalidate_all()
        self.assertFalse(self.env["newsletter.consent"].search([("email", "=", ANNA)]))

    def _turns_up(self, email=ANNA):
        """The tool has them again; the next fetch finds it."""
        self._at_tool(email)
        self.coupling._start_run("fetch", whole=True)
        self._turn()


@tagged("post_install", "-at_install")
class TestTombstoneWill(WillCase):
    # --- what retention remembers (finding 3) -----------------------------------------
    def _other(self):
        events = self.env["mailing.list"].create({"name": "Events"})
        return self._couple(mailing_list=events, remote_id="events")

    def test_section_10_an_objection_to_one_list_is_remembered(self):
        other = self._other()
        self._consent(ANNA, "withdrawn", at=LONG_AGO, mailing_list=self.mailing_list)
        self._years_pass()
        self.assertTrue(self._buried(self.coupling))
        self.assertFalse(self._buried(other) or self._buried())

    def test_section_10_only_the_list_itself_lifts_it(self):
        self._consent(ANNA, "withdrawn", at=LONG_AGO, mailing_list=self.mailing_list)
        self._years_pass()
        events = self._other().mailing_list_id
        self._consent(ANNA, "confirmed", mailing_list=events)
        self._consent(ANNA, "confirmed")
        self.assertTrue(self._buried(self.coupling), "of another list, of everything")
        self._consent(ANNA, "confirmed", mailing_list=self.mailing_list)
        self.assertFalse(self._buried(self.coupling))

    def test_section_10_a_phone_call_says_nothing_about_an_address(self):
        consent = self.env["newsletter.consent"]._for_address(ANNA, medium="phone")
        consent._record("staff", at=LONG_AGO, note="Asked at the fair")
        consent._record("withdrawal", at=LONG_AGO, channel="phone")
        self._years_pass()
        self.assertFalse(self._buried(self.coupling))

    def test_section_10_nor_does_one_lift_what_was_said_by_mail(self):
        self.tombstones._remember([ANNA], self.env.company, "deleted")
        consent = self.env["newsletter.consent"]._for_address(ANNA, medium="phone")
        consent._record("confirmation")
        self.assertTrue(self._buried())

    def test_section_10_who_objected_cannot_be_sorted_in_again(self):
        self.tombstones._remember([ANNA], self.env.company, "sorted_out", self.coupling)
        self._consent(ANNA, "withdrawn", at=LONG_AGO, mailing_list=self.mailing_list)
        self._years_pass()
        self._contact("Anna", ANNA)
        self.assertTrue(self._buried(self.coupling))

    def test_W1_a_leaving_stands_without_row_and_evidence(self):
        partner = self._person("Anna", ANNA)
        self.leavings.create(
            {
                "email": ANNA,
                "company_id": self.env.company.id,
                "scope": "list",
                "mailing_list_id": self.mailing_list.id,
                "channel": "link",
            }
        )
        place = self.coupling.remote_list_id.id
        line = self._preview(partner, remote_list_id=place).line_ids
        self.assertEqual(line.reason, "left_list")
        self.leavings.search([])._lift("A mistake")
        line = self._preview(partner, remote_list_id=place).line_ids
        self.assertFalse(line.reason)

    # --- what happens in the tool (finding 5) ---------------------------------------
    def test_W8_who_was_erased_and_turns_up_in_the_tool_is_signed_off(self):
        self._subscribed("Ben", BEN)
        self._subscribed()
        self._erase()
        self._turn()
        self._years_pass()
        self._turns_up()
        self.assertTrue(self._is_off())
        self.assertFalse(self._is_off(BEN))
        self.assertFalse(
            self.env["mailing.contact"].search([("email_normalized", "=", ANNA)])
        )

    def test_W8_so_is_who_objected(self):
        self._subscribed("Ben", BEN)
        self._consent(ANNA, "withdrawn", at=LONG_AGO)
        self._years_pass()
        self._turns_up()
        self.assertTrue(self._is_off())

    def test_section_10_put_on_the_list_again_they_are_off_on_both_sides(self):
        self._subscribed("Ben", BEN)
        self._consent(ANNA, "withdrawn", at=LONG_AGO, mailing_list=self.mailing_list)
        self._years_pass()
        contact = self._contact("Anna", ANNA)
        self._turns_up()
        self.assertTrue(self._subscription(contact).opt_out)
        self.assertTrue(self._is_off())

    def test_W8_so_is_whose_address_another_person_has_in_the_tool(self):
        self._subscribed("Ben", BEN)
        self.tombstones._remember([ANNA], self.env.company, "erased")
        there = self._at_tool()[BEN]
        there.email = ANNA
        self.sandbox.store.save("cleverreach", [there])
        self.assertEqual(set(self._at_tool()), {ANNA})
        self.coupling._start_run("fetch", whole=True)
        self._turn()
        self.assertTrue(self._is_off())

    def test_N02_who_was_only_taken_off_is_not(self):
        self._subscribed("Ben", BEN)
        self.tombstones._remember([ANNA], self.env.company, "removed", self.coupling)
        self._turns_up()
        self.assertFalse(self._is_off())

    def test_section_10_a_later_objection_is_stronger_than_proof_from_between(self):
        self.tombstones._remember([ANNA], self.env.company, "objected")
        self.tombstones.search([]).date = "2012-05-01"
        # what the tool tells of a confirmation there lifts nothing here
        consent = self.env["newsletter.consent"]._for_address(ANNA)
        consent._record("withdrawal", at=LONG_AGO, channel="link")
        self._years_pass()
        buried = self.tombstones._buried([ANNA], self.coupling)
        self.assertEqual(buried, {ANNA: aware(self._at(LONG_AGO))})

    def test_section_10_an_older_objection_does_not_turn_the_clock_back(self):
        self.tombstones._remember([ANNA], self.env.company, "erased")
        date = self.tombstones.search([]).date
        consent = self.env["newsletter.consent"]._for_address(ANNA)
        consent._record("withdrawal", at=LONG_AGO, channel="link")
        self._years_pass()
        stone = self.tombstones.search([])
        self.assertEqual((stone.reason, stone.date), ("erased", date))

    def test_X1_an_erasure_is_later_than_the_tombstone_that_was_there(self):
        self.tombstones._remember([ANNA], self.env.company, "deleted")
        self.tombstones.search([]).date = "2020-01-01"
        self._erase()
        consent = self.env["newsletter.consent"]._for_address(ANNA)
        consent._record("confirmation", at="2021-01-01 10:00:00")
        self.assertTrue(self._buried(), "an old click that turns up late")


@tagged("post_install", "-at_install")
class TestBounceTombstone(WillCase, BounceCase):
    def test_J04_an_address_that_works_again_brings_nobody_back(self):
        self._subscribed()
        self.tombstones._remember([ANNA], self.env.company, "deleted")
        self.tombstones._remember([BEN], self.env.company, "removed", self.coupling)
        self._member(BEN)
        for email in (ANNA, BEN):
            self._report(email, code="5.1.1")
            self._find(email)._reset("She called")
        self.assertEqual(self._state(), "reset")
        self.assertTrue(self._buried())
        self.assertTrue(self._buried(self.coupling, BEN))
