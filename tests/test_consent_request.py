"""From the request to the click, and what becomes of those who never click."""

from psycopg2 import IntegrityError

from odoo.exceptions import UserError, ValidationError
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from .common_consent import ANNA, EVA, OptInMixin


@tagged("post_install", "-at_install")
class TestConsentRequest(OptInMixin, TransactionCase):
    def setUp(self):
        super().setUp()
        self.form = self._make_form()

    # --- the way ------------------------------------------------------------------
    def test_D1_from_the_request_to_the_withdrawal(self):
        consent = self._of(mailing_list=self.club)
        self.assertEqual(consent.state, "none")
        requests, refused = self._ask(ANNA, form=self.form, evidence={"wording": "Yes"})
        self.assertFalse(refused)
        self.assertEqual((consent.state, requests.state), ("pending", "open"))
        [(_mail, link)] = self._deliver()
        self.assertTrue(requests.mailed_at)
        self.assertTrue(self._confirm(link))
        self.assertEqual((consent.state, consent.basis), ("confirmed", "doi"))
        self.assertEqual(requests.state, "confirmed")
        self.assertEqual(
            consent.event_ids.mapped("kind"), ["request", "mail", "confirmation"]
        )
        self.assertEqual(self._of().state, "none", "nothing general was asked")
        self.env["newsletter.leaving"]._leave(
            [ANNA], self.env.company, "link", self.club
        )
        self.assertEqual(consent.state, "withdrawn")

    def test_D1_pending_is_never_effective(self):
        self._ask(ANNA, form=self.form)
        state, _at = self.env["newsletter.consent"]._effective(
            [ANNA], self.env.company, self.club
        )[ANNA]
        self.assertEqual(state, "pending")
        contact = self.env["mailing.contact"].search([("email", "=", ANNA)])
        self.assertFalse(contact, "nothing is made of a stranger's word")

    def test_confirmed_people_are_on_the_list(self):
        other = self.env["mailing.list"].create({"name": "Other"})
        opted_out = self.env["mailing.contact"].create(
            {
                "name": "Anna",
                "email": ANNA,
                "subscription_ids": [
                    (0, 0, {"list_id": place.id, "opt_out": True})
                    for place in (self.club, other)
                ],
            }
        )
        self._ask(ANNA, EVA, form=self.form, name="Eva Ehrlich")
        for _mail, link in self._deliver():
            self._confirm(link)
        states = {s.list_id: s.opt_out for s in opted_out.subscription_ids}
        self.assertEqual(states, {self.club: False, other: True})
        self.env.invalidate_all()
        eva = self.env["mailing.contact"].search([("email", "=", EVA)])
        self.assertEqual(eva.name, "Eva Ehrlich")
        self.assertEqual(eva.list_ids, self.club)

    def test_W9_the_own_click_lifts_what_was_blocked(self):
        partner = self.env["res.partner"].create(
            {"name": "Anna", "email": ANNA, "no_marketing_email": True}
        )
        self.env["newsletter.tombstone"]._remember([ANNA], self.env.company, "erased")
        leaving = self.env["newsletter.leaving"].search([("email", "=", ANNA)])
        self.assertTrue(leaving and not leaving.lifted_at)
        self._ask(ANNA, form=self.form)
        self.assertTrue(partner.no_marketing_email, "a request lifts nothing")
        self.assertEqual(self._of().state, "withdrawn")
        [(_mail, link)] = self._deliver()
        with self._later(minutes=1):
            self._confirm(link)
        self.assertFalse(partner.no_marketing_email)
        self.assertTrue(leaving.lifted_at)
        self.assertFalse(
            self.env["mail.blacklist"].search_count([("email", "=", ANNA)])
        )
        self.assertFalse(
            self.env["newsletter.tombstone"]._known([ANNA], self.env.company)
        )
        given = self.env["newsletter.consent"]._effective(
            [ANNA], self.env.company, self.club
        )
        self.assertEqual(given[ANNA][0], "confirmed")
        self.assertEqual(self._of().state, "withdrawn", "nothing else was asked for")

    def test_W9_another_companys_objection_keeps_the_block(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.env["newsletter.leaving"]._leave([ANNA], other, "phone")
        self._ask(ANNA, form=self.form)
        [(_mail, link)] = self._deliver()
        self._confirm(link)
        self.assertTrue(self.env["mail.blacklist"].search_count([("email", "=", ANNA)]))
        event = self.env["newsletter.event"].search([("code", "=", "block_stays")])
        self.assertEqual(event.level, "warning")

    # --- once, and only for this --------------------------------------------------
    def test_D5_a_link_works_once(self):
        requests, _refused = self._ask(ANNA, form=self.form)
        [(_mail, link)] = self._deliver()
        self.assertTrue(self._confirm(link))
        self.assertFalse(self._confirm(link))
        consent = self._of(mailing_list=self.club)
        self.assertEqual(consent.event_ids.mapped("kind").count("confirmation"), 1)
        self.env["newsletter.leaving"]._leave([ANNA], self.env.company, "link")
        self.assertFalse(self._confirm(link), "nor does it undo a later leaving")
        self.assertEqual(requests._standing(), "left")

    def test_D5_an_expired_link_does_nothing(self):
        self._ask(ANNA, form=self.form)
        [(_mail, link)] = self._deliver()
        with self._later(days=7, minutes=1):
            self.assertFalse(self._confirm(link))
        self.assertEqual(self._of(mailing_list=self.club).state, "pending")
        with self._later(days=6, hours=23):
            self.assertTrue(self._confirm(link))

    def test_D5_never_valid_above_14_days(self):
        self.form.expiry_days = 14
        for days in (0, 15):
            with (
                self.assertRaises(IntegrityError),
                mute_logger("odoo.sql_db"),
                self.env.cr.savepoint(),
            ):
                self.form.expiry_days = days
                self.env.flush_all()

    def test_an_earlier_mail_is_settled_by_the_click_in_a_later_one(self):
        self._ask(ANNA, form=self.form)
        self._ask(ANNA, form=self.form)
        links = [link for _mail, link in self._deliver()]
        self._confirm(links[1])
        self.assertEqual(
            sorted(self._requests().mapped("state")), ["confirmed", "settled"]
        )
        self.assertFalse(self._confirm(links[0]))

    def test_T1_tokens_are_stored_as_hashes_only(self):
        requests, _refused = self._ask(ANNA, form=self.form)
        [(_mail, link)] = self._deliver()
        token = self._token(link)
        self.assertGreaterEqual(len(token) * 6, 128)
        self.env.cr.execute(
            "SELECT row_to_json(r)::text FROM newsletter_consent_request r"
            " UNION ALL SELECT row_to_json(e)::text FROM newsletter_consent_event e"
            " UNION ALL SELECT row_to_json(m)::text FROM mail_message m"
            " UNION ALL SELECT row_to_json(m)::text FROM mail_mail m"
        )
        for (row,) in self.env.cr.fetchall():
            self.assertNotIn(token, row)
        self.assertEqual(requests._find(token), requests)
        self.assertFalse(requests._find(requests.sudo().token_digest))

    def test_T1_a_token_is_bound_to_its_purpose(self):
        self._ask(ANNA, form=self.form)
        [(_mail, link)] = self._deliver()
        token = self._token(link)
        self.assertFalse(self.env["newsletter.preference"]._find(token))
        url = self.env["newsletter.preference"]._url(ANNA, self.env.company)
        self.assertFalse(self.env["newsletter.consent.request"]._find(self._token(url)))

    # --- limits -------------------------------------------------------------------
    def test_D3_three_requests_a_day_for_one_address(self):
        for number in range(5):
            _requests, refused = self._ask(ANNA.upper(), form=self.form)
            self.assertEqual(bool(refused), number >= 3, number)
        self.assertEqual(len(self._requests()), 3)
        self.assertEqual(len(self._deliver()), 3)
        self.assertFalse(self._ask(EVA, form=self.form)[1], "others may ask")
        with self._later(hours=24, minutes=1):
            self.assertFalse(self._ask(ANNA, form=self.form)[1])

    def test_D3_limits_are_data(self):
        parameters = self.env["ir.config_parameter"]
        parameters.set_param("newsletter_sync.requests_per_address", "1")
        self._ask(ANNA, form=self.form)
        self.assertEqual(self._ask(ANNA, form=self.form)[1], {ANNA: "limited"})
        parameters.set_param("newsletter_sync.requests_per_address", "nonsense")
        self.assertFalse(self._ask(ANNA, form=self.form)[1])

    def test_D3_a_household_with_ipv6_is_one_client(self):
        attempts = self.env["newsletter.consent.attempt"]
        company = self.env.company
        for number in range(20):
            client = f"2001:db8:1:2::{number:x}"
            self.assertTrue(attempts._allow("client", client, company))
        self.assertFalse(attempts._allow("client", "2001:db8:1:2:ffff::1", company))
        self.assertTrue(attempts._allow("client", "2001:db8:1:3::1", company))
        self.assertTrue(attempts._allow("client", "192.0.2.1", company))
        self.assertNotIn("2001", str(attempts.sudo().search([]).mapped("digest")))
        with self._later(hours=1, minutes=1):
            self.assertTrue(attempts._allow("client", "2001:db8:1:2::1", company))

    # --- who is not asked by others -----------------------------------------------
    def test_nobody_who_objected_is_asked_by_staff(self):
        blocked, unwilling, left, buried = (
            f"{name}@example.org" for name in ("blocked", "unwilling", "left", "buried")
        )
        self.env["mail.blacklist"].create({"email": blocked})
        # the flag alone, without what follows from it elsewhere
        self.env["res.partner"].with_context(newsletter_leaving=True).create(
            {"name": "U", "email": unwilling, "no_marketing_email": True}
        )
        self._of(left)._record("withdrawal")
        self.env["newsletter.tombstone"]._remember([buried], self.env.company, "erased")
        people = [blocked, unwilling, left, buried, "no address", ANNA]
        for origin in ("staff", "import", "api"):
            _requests, refused = self._ask(*people, origin=origin)
            self.assertEqual(
                refused,
                {
                    blocked: "blocklisted",
                    unwilling: "unwanted",
                    left: "withdrawn",
                    buried: "forgotten",
                    "no address": "no_address",
                },
            )
        _requests, refused = self._ask(*people, form=self.form)
        self.assertEqual(
            refused, {"no address": "no_address", ANNA: "limited"}, "they may ask"
        )

    def test_who_left_the_list_is_not_asked_for_it_by_staff(self):
        self.env["newsletter.leaving"]._leave(
            [ANNA], self.env.company, "link", self.club
        )
        refused = self._ask(ANNA, lists=self.club, origin="staff")[1]
        self.assertEqual(refused, {ANNA: "withdrawn"})

    def test_who_has_confirmed_is_asked_anew_only_for_a_renewal(self):
        self._of()._record("confirmation")
        self.assertEqual(self._ask(ANNA, origin="staff")[1], {ANNA: "confirmed"})
        requests, refused = self._ask(ANNA, origin="renewal")
        self.assertFalse(refused)
        self.assertEqual(self._of().state, "confirmed", "until the answer comes")
        self.assertTrue(requests)

    # --- the end ------------------------------------------------------------------
    def test_D6_of_an_unconfirmed_request_only_a_number_is_left(self):
        self._ask(ANNA, form=self.form, name="Anna Muster")
        self._deliver()
        model = self.env["newsletter.consent.request"]
        with self._later(days=7, hours=1):
            model._cron_requests()
        self.assertEqual(self._requests().state, "expired")
        self.assertEqual(self._of(mailing_list=self.club).state, "none")
        with self._later(days=7 + 6):
            model._cron_requests()
            self.assertTrue(self._requests(), "some days for questions")
        retention = self.env["newsletter.retention"]
        with self._later(days=7 + 8):
            due = retention.search([("subject", "=", "requests")])
            self.assertEqual(sum(due.mapped("due")), 1)
            model._cron_requests()
        self.assertFalse(self._requests())
        self.assertEqual(sum(due.mapped("removed")), 1)
        for name in ("newsletter.consent", "newsletter.consent.event"):
            self.assertFalse(self.env[name].search([("email", "=", ANNA)]))
        self.assertFalse(
            self.env["newsletter.consent.chain"].search([("email", "=", ANNA)])
        )
        count = self.env["newsletter.consent.count"].search(
            [("form_id", "=", self.form.id)]
        )
        self.assertEqual(count.number, 1)

    def test_D6_never_later_than_14_days(self):
        retention = self.env["newsletter.retention"]
        retention._complete()
        rows = retention.search([("subject", "=", "requests")])
        with self.assertRaises(ValidationError):
            rows.keep = 15
        rows.keep = 14
        self._ask(ANNA, form=self.form)
        model = self.env["newsletter.consent.request"]
        with self._later(days=7, hours=1):
            model._cron_requests()
        with self._later(days=7 + 15):
            model._cron_requests()
        self.assertFalse(self._requests())

    def test_D6_what_else_is_known_of_the_address_stays(self):
        general = self._of()
        general._record("confirmation", note="Earlier")
        self._ask(ANNA, form=self.form, evidence={"wording": "Yes, please"})
        self._deliver()
        model = self.env["newsletter.consent.request"]
        with self._later(days=7, hours=1):
            model._cron_requests()
        with self._later(days=7 + 8):
            model._cron_requests()
        self.assertFalse(self._requests())
        self.assertEqual(general.state, "confirmed")
        chain = self.env["newsletter.consent.chain"].search([("email", "=", ANNA)])
        kinds = {e.kind: e for e in chain.event_ids}
        self.assertEqual(kinds["confirmation"].note, "Earlier")
        for kind in ("request", "mail"):
            self.assertFalse(kinds[kind].wording or kinds[kind].body)
        self.assertFalse(chain._check())

    def test_D6_an_expired_request_takes_no_later_one_along(self):
        self._ask(ANNA, form=self.form)
        model = self.env["newsletter.consent.request"]
        with self._later(days=6):
            self._ask(ANNA, form=self.form)
        with self._later(days=7, hours=1):
            model._cron_requests()
        self.assertEqual(sorted(self._requests().mapped("state")), ["expired", "open"])
        self.assertEqual(self._of(mailing_list=self.club).state, "pending")
        with self._later(days=7 + 8):
            model._erase_expired()
        self.assertEqual(self._requests().state, "open")
        self.assertEqual(self._of(mailing_list=self.club).state, "pending")

    def test_D6_a_company_that_was_archived_keeps_no_request(self):
        company = self.env["res.company"].create({"name": "Former"})
        requests = self.env["newsletter.consent.request"]
        requests._open([ANNA], company, origin="staff")
        with self._later(days=7, hours=1):
            requests._cron_requests()
        self.assertEqual(self._requests().state, "expired")
        company.active = False
        with self._later(days=7 + 8):
            requests._erase_expired()
        self.assertFalse(self._requests())

    # --- wordings and other ways --------------------------------------------------
    def test_a_wording_that_was_shown_stays(self):
        wording = self.form.wording_ids[0]
        wording.text = "Nobody saw it yet"
        wording._note_shown()
        with self.assertRaisesRegex(UserError, "new version"):
            wording.text = "Changed"
        with self.assertRaises(UserError):
            wording.unlink()
        version = self.form.version
        self.form.wording_ids = [(0, 0, {"lang": wording.lang, "text": "New words"})]
        newest = self.form._wording(wording.lang)
        self.assertEqual((newest.text, newest.version), ("New words", 2))
        self.assertEqual(self.form.version, version + 1)

    def test_L3_each_way_is_agreed_to_on_its_own(self):
        self.form.offer_phone = True
        requests, _refused = self._ask(
            ANNA, form=self.form, media={"phone": "+49 30 901820"}
        )
        phone = self.env["newsletter.consent"]._for_address(
            ANNA, mailing_list=self.club, medium="phone"
        )
        self.assertIn(phone, requests.consent_ids)
        [(_mail, link)] = self._deliver()
        self._confirm(link)
        self.assertEqual(self._of(mailing_list=self.club).state, "confirmed")
        self.assertEqual((phone.state, phone.basis), ("single", "other"))
        self.assertEqual(phone.event_ids[0].contact_detail, "+49 30 901820")
        phone._record("withdrawal", channel="phone")
        self.assertEqual(self._of(mailing_list=self.club).state, "confirmed")

    def test_L2_company_and_purpose_are_needed(self):
        for missing in ("purpose", "company_id"):
            with (
                self.assertRaises(IntegrityError),
                mute_logger("odoo.sql_db"),
                self.env.cr.savepoint(),
            ):
                self.env["newsletter.consent"].create({"email": EVA, missing: False})
        consent = self._requests()._consents_of(
            ANNA, self.env.company, self.club, None, "Courses"
        )
        self.assertEqual(consent.purpose, "Courses")
