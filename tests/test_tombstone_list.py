"""An objection to one list holds for the list, whatever becomes of its couplings."""

from odoo.tests import tagged
from odoo.tools import SQL

from .test_erasure import ANNA
from .test_leaving_mailing import MailingCase
from .test_tombstone_will import LONG_AGO, WillCase


@tagged("post_install", "-at_install")
class TestTombstoneList(MailingCase, WillCase):
    def _objected(self, mailing_list=None):
        """Anna objected to one list, and the evidence is gone long since."""
        place = mailing_list or self.mailing_list
        self._consent(ANNA, "withdrawn", at=LONG_AGO, mailing_list=place)
        self._years_pass()

    def _events(self, coupled=True):
        place = self.env["mailing.list"].create({"name": "Events"})
        if coupled:
            return self._couple(mailing_list=place, remote_id="events")
        return place

    def _couple_anew(self):
        self.coupling.unlink()
        return self._couple()

    def test_section_10_a_coupling_made_anew_heeds_it(self):
        self._objected()
        self.assertTrue(self._buried(self._couple_anew()))
        self.assertFalse(self._buried(), "not from everything")
        self.assertFalse(self._buried(self._events()), "nor from another list")

    def test_section_10_so_does_a_first_coupling(self):
        place = self._events(coupled=False)
        self._objected(place)
        coupling = self._couple(mailing_list=place, remote_id="events")
        self.assertTrue(self._buried(coupling))
        self.assertFalse(self._buried(self.coupling))
        told = self.tombstones._buried([ANNA], coupling)
        self.assertEqual(told[ANNA].year, 2015, "as the person's own will")

    def test_section_10_whom_the_tool_has_there_is_signed_off(self):
        self._objected()
        self.coupling = self._couple_anew()
        self._subscribed("Ben", "ben@example.org")
        self._turns_up()
        self.assertTrue(self._is_off())
        self.assertFalse(self._is_off("ben@example.org"))

    def test_section_10_only_the_list_itself_lifts_it(self):
        self._objected()
        coupling = self._couple_anew()
        self._consent(ANNA, "confirmed", mailing_list=self._events(coupled=False))
        self._consent(ANNA, "confirmed")
        self.assertTrue(self._buried(coupling))
        self._consent(ANNA, "confirmed", mailing_list=self.mailing_list)
        self.assertFalse(self._buried(coupling))
        self.assertFalse(self.tombstones.search([]))

    def test_section_10_a_deleted_list_leaves_it_neither_wider_nor_lost(self):
        self._objected()
        name = self.mailing_list.name
        self.coupling.active = False
        self.mailing_list.unlink()
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertFalse(self._buried(), "not from everything")
        self.assertFalse(self._buried(self._events()), "nor from another list")
        self.assertTrue(self._buried(self.coupling), "the coupling is there still")
        self.assertTrue(self.tombstones.search([("list_key", "!=", 0)]))
        event = self.env["newsletter.event"].search(
            [("code", "=", "objections_without_list")]
        )
        self.assertIn(name, event.text)
        self.assertIn("1", event.text)
        self.assertEqual(event.level, "warning")

    def test_section_10_two_deleted_lists_do_not_get_in_each_others_way(self):
        places = self._events(coupled=False) | self.env["mailing.list"].create(
            {"name": "Press"}
        )
        for place in places:
            self._consent(ANNA, "withdrawn", at=LONG_AGO, mailing_list=place)
        self._years_pass()
        places.unlink()
        self.env.flush_all()
        self.assertEqual(len(self.tombstones.search([])), 2)
        self.tombstones._remember([ANNA], self.env.company, "deleted")
        self.assertTrue(self._buried())

    def test_X1_an_erasure_is_about_everything_all_the_same(self):
        self._objected()
        self._person("Anna", ANNA)
        self._erase()
        self.assertTrue(self._buried())
        self.assertEqual(set(self.tombstones._erased([ANNA])), {ANNA})

    def test_X1_an_objection_to_a_list_is_no_erasure(self):
        self._consent(ANNA, "withdrawn", at=LONG_AGO, mailing_list=self.mailing_list)
        self._years_pass()
        self._contact("Anna", ANNA)
        self.assertFalse(self._blocked(ANNA))

    def test_W8_who_agreed_to_one_list_stays_away_from_lists_coupled_later(self):
        place = self._events(coupled=False)
        self.tombstones._remember([ANNA], self.env.company, "erased")
        self.tombstones.search([]).date = LONG_AGO
        self._consent(ANNA, "confirmed", mailing_list=self.mailing_list)
        self.assertFalse(self._buried(self.coupling))
        coupling = self._couple(mailing_list=place, remote_id="events")
        self.assertTrue(self._buried(coupling))
        self._consent(ANNA, "confirmed")
        self.assertFalse(self._buried(coupling), "until she agrees to everything")

    # --- in Odoo --------------------------------------------------------------------
    def test_section_10_odoos_own_mailings_heed_it(self):
        self._objected()
        contact = self._contact("Anna", ANNA)
        own = self._mailing(contact_list_ids=[(6, 0, self.mailing_list.ids)])
        self.assertEqual(self._sent_to(own), [])
        place = self._events(coupled=False)
        contact.list_ids |= place
        both = self._mailing(contact_list_ids=[(6, 0, contact.list_ids.ids)])
        self.assertEqual(self._sent_to(both), [ANNA], "by the other list")

    def test_section_10_nobody_is_put_on_the_list_again(self):
        place = self._events(coupled=False)
        for mailing_list in (place, self.mailing_list):
            self._consent(ANNA, "withdrawn", at=LONG_AGO, mailing_list=mailing_list)
        self._years_pass()
        partner = self._person("Anna", ANNA)
        people = self.env["newsletter.list.people"]
        for mailing_list in (place, self.mailing_list):
            told = people._gather(
                mailing_list,
                self.env.company,
                SQL(
                    """
                    SELECT email_normalized AS email, email AS raw, name,
                           NULL::text AS company_name, NULL::int AS country_id,
                           id AS res_id
                      FROM res_partner WHERE id = %s
                    """,
                    partner.id,
                ),
            )
            self.assertEqual(told.get("forgotten"), 1, mailing_list.name)

    def test_W8_staff_may_not_ask_for_the_list_anew(self):
        place = self._events(coupled=False)
        self._objected(place)
        refusals = self.env["newsletter.consent.refusal"]._refusals
        asked = ([ANNA], self.env.company)
        self.assertEqual(refusals(*asked, lists=place), {ANNA: "forgotten"})
        self.assertFalse(refusals(*asked, lists=self.mailing_list))
        self.assertFalse(
            refusals(*asked, lists=place, origin="form"), "she herself may"
        )

    def test_section_10_it_holds_for_a_copy_of_the_list(self):
        self._objected()
        copy = self.mailing_list.copy()
        coupling = self._couple(mailing_list=copy, remote_id="copy")
        self.assertTrue(self._buried(coupling))
        self.assertEqual(self.tombstones._buried([ANNA], coupling)[ANNA].year, 2015)
        self._contact("Anna", ANNA, copy)
        mailing = self._mailing(contact_list_ids=[(6, 0, copy.ids)])
        self.assertEqual(self._sent_to(mailing), [])
        self._consent(ANNA, "confirmed", mailing_list=copy)
        self.assertFalse(self._buried(coupling))
        self.assertTrue(self._buried(self.coupling), "not for the original")

    def test_section_10_a_leaving_holds_for_a_copy_as_well(self):
        """Without a tombstone yet, and without a subscription that is copied."""
        self.env["newsletter.leaving"]._leave(
            [ANNA], self.env.company, "staff", self.mailing_list
        )
        copy = self.mailing_list.copy()
        self._contact("Anna", ANNA, copy)
        self._contact("Ben", "ben@example.org", copy)
        mailing = self._mailing(contact_list_ids=[(6, 0, copy.ids)])
        self.assertEqual(self._sent_to(mailing), ["ben@example.org"])

    def test_section_10_a_merge_brings_nobody_in_who_objected(self):
        self._objected()
        self._contact("Anna", ANNA, self.mailing_list)
        self._contact("Ben", "ben@example.org", self.mailing_list)
        merged = self._events(coupled=False)
        merged.action_merge(self.mailing_list, archive=True)
        mailing = self._mailing(contact_list_ids=[(6, 0, merged.ids)])
        self.assertEqual(self._sent_to(mailing), ["ben@example.org"])
        row = merged.subscription_ids.filtered(
            lambda each: each.contact_id.email == ANNA
        )
        self.assertTrue(row.opt_out, "to be seen on the list")

    def test_another_merged_list_may_bring_them_in(self):
        self._objected()
        other = self._events(coupled=False)
        contact = self._contact("Anna", ANNA, self.mailing_list)
        contact.list_ids |= other
        merged = self.env["mailing.list"].create({"name": "All"})
        merged.action_merge(self.mailing_list | other, archive=False)
        mailing = self._mailing(contact_list_ids=[(6, 0, merged.ids)])
        self.assertEqual(self._sent_to(mailing), [ANNA])

    def test_section_10_a_coupling_that_outlived_its_list_keeps_it_for_the_next(self):
        self._objected()
        self.coupling.active = False
        self.mailing_list.unlink()
        place = self._events(coupled=False)
        self.coupling.mailing_list_id = place
        self._contact("Anna", ANNA, place)
        mailing = self._mailing(contact_list_ids=[(6, 0, place.ids)])
        self.assertEqual(self._sent_to(mailing), [])

    def test_section_10_a_push_by_hand_does_not_bring_them_back(self):
        self._objected()
        coupling = self._couple_anew()
        self._consent(ANNA, "confirmed")
        partner = self._person("Anna", ANNA)
        run = self._preview(
            partner, include_single=True, remote_list_id=coupling.remote_list_id.id
        )
        self.assertEqual(run.line_ids.reason, "forgotten")

    def test_B19_a_copy_does_not_bring_in_who_left_in_the_tool(self):
        contact = self._contact("Anna", ANNA, self.mailing_list)
        self._contact("Ben", "ben@example.org", self.mailing_list)
        member = self._member(ANNA, contact_id=contact.id)
        member.write({"remote_status": "unsubscribed", "local_status": "subscribed"})
        own = self._mailing(contact_list_ids=[(6, 0, self.mailing_list.ids)])
        self.assertEqual(self._sent_to(own), ["ben@example.org"])
        copy = self.mailing_list.copy()
        copy.contact_ids = self.mailing_list.contact_ids
        copied = self._mailing(contact_list_ids=[(6, 0, copy.ids)])
        rows = {row.contact_id.email: row.opt_out for row in copy.subscription_ids}
        self.assertEqual(rows, {ANNA: True, "ben@example.org": False})
        self.assertEqual(self._sent_to(copied), ["ben@example.org"])

    def test_B19_nor_does_a_copy_with_people(self):
        """Our own dialog puts the people on after the list is made."""
        contact = self._contact("Anna", ANNA, self.mailing_list)
        self._contact("Ben", "ben@example.org", self.mailing_list)
        member = self._member(ANNA, contact_id=contact.id)
        member.write({"remote_status": "unsubscribed", "local_status": "subscribed"})
        wizard = self.env["newsletter.list.copy"].create(
            {"mailing_list_id": self.mailing_list.id}
        )
        copy = self.env["mailing.list"].browse(wizard.action_copy()["res_id"])
        self.assertEqual(len(copy.subscription_ids), 2)
        mailing = self._mailing(contact_list_ids=[(6, 0, copy.ids)])
        self.assertEqual(self._sent_to(mailing), ["ben@example.org"])

    def _merge_another_spelling(self, opt_out):
        """Anna's other contact is on the list that is merged, and has left it."""
        merged = self._events(coupled=False)
        first = self._contact("Anna", ANNA, merged)
        merged.subscription_ids.with_context(newsletter_leaving=True).opt_out = opt_out
        self._contact("Anna again", ANNA.capitalize(), self.mailing_list)
        if not opt_out:
            self._objected()
        merged.action_merge(self.mailing_list, archive=True)
        mailing = self._mailing(contact_list_ids=[(6, 0, merged.ids)])
        return merged.subscription_ids, first, mailing

    def test_who_left_the_list_is_not_merged_in_by_another_spelling(self):
        rows, _first, mailing = self._merge_another_spelling(opt_out=True)
        self.assertEqual(len(rows), 2)
        self.assertEqual(rows.mapped("opt_out"), [True, True])
        self.assertEqual(self._sent_to(mailing), [])
        event = self.env["newsletter.event"].search(
            [("code", "=", "left_out"), ("res_model", "=", "mailing.list")]
        )
        self.assertIn("People: 1", event.text)

    def test_who_is_on_the_list_stays_though_they_left_the_merged_one(self):
        rows, first, mailing = self._merge_another_spelling(opt_out=False)
        self.assertEqual(rows.contact_id, first)
        self.assertFalse(rows.opt_out)
        self.assertEqual(self._sent_to(mailing), [ANNA])
