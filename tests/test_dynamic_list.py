"""A filter feeds a mailing list: who comes, who goes, who stays away (C20, E*)."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user

from .common_dynamic import DynamicCase


class TestDynamicList(DynamicCase):
    # --- who comes --------------------------------------------------------------------
    def test_who_matches_is_put_on_the_list_once(self):
        self._in_celle("anna", "ben")
        # the same address twice, one without any, one elsewhere, one archived
        self._in_celle("zoe", email="Anna@Example.org")
        self._in_celle("nobody", email=False)
        # the trap: the client's switch “Include archived”
        self._in_celle("gone", active=False)
        self.dynamic.domain = (
            "['&', ('city', '=', 'Celle'), ('active', 'in', [True, False])]"
        )
        self._person("Uwe", "uwe@example.org", consent="none", city="Ulm")
        for _again in range(2):
            self._refresh()
            self.assertEqual(self._on_list(), ["anna", "ben"])
        self.assertEqual(self.dynamic.matching_count, 2)
        self.assertEqual(self.dynamic.state, "running")
        self.assertIn("1: without an e-mail address", self.dynamic.left_out_text)
        contact = self._row("anna").contact_id
        self.assertEqual((contact.name, contact.email), ("Anna", "anna@example.org"))
        event = self.env["newsletter.event"].search([("code", "=", "list_refreshed")])
        self.assertEqual(len(event), 1)
        self.assertIn("2 came, 0 went", event.text)
        self.assertIn("Ben <ben@example.org>", event.detail)

    def test_companies_and_leads(self):
        self._in_celle("person")
        self._in_celle("firm", is_company=True)
        self.dynamic.record_type = "company"
        self._refresh()
        self.assertEqual(self._on_list(), ["firm"])
        leads = self.env["mailing.list"].create({"name": "Leads"})
        self.env["crm.lead"].create(
            {
                "name": "Offer",
                "contact_name": "Lea Lind",
                "partner_name": "Lind GmbH",
                "email_from": "lea@example.org",
                "city": "Celle",
            }
        )
        self._refresh(self._feed(leads, record_type="lead"))
        self.assertEqual(self._on_list(leads), ["lea"])
        self.assertEqual(
            (leads.contact_ids.name, leads.contact_ids.company_name),
            ("Lea Lind", "Lind GmbH"),
        )

    def test_other_companies_contacts_stay_away(self):
        other = self.env["res.company"].create({"name": "Other"})
        self._in_celle("theirs", company_id=other.id)
        self._in_celle("ours", company_id=self.env.company.id)
        self._refresh()
        self.assertEqual(self._on_list(), ["ours"])

    def test_nobody_comes_who_must_not(self):
        names = ("blocked", "unwilling", "withdrawn", "left", "deleted", "again")
        people = dict(zip(names, self._in_celle(*names), strict=True))
        self.env["mail.blacklist"]._add("blocked@example.org")
        people["unwilling"].no_marketing_email = True
        self._consent("withdrawn@example.org", "withdrawn")
        leave = self.env["newsletter.leaving"]._leave
        for name in ("left", "again"):
            leave(
                [f"{name}@example.org"],
                self.env.company,
                "phone",
                lists=self.mailing_list,
                at=self._at("2024-01-01"),
            )
        # joined again since, with proof
        self._consent("again@example.org", "confirmed", mailing_list=self.mailing_list)
        self.env["newsletter.tombstone"]._remember(
            ["deleted@example.org"], self.env.company, "deleted", self.coupling
        )
        self._refresh()
        self.assertEqual(self._on_list(), ["again"])
        for reason in (
            "2: on the blocklist",
            "1: have left",
            "1: have withdrawn",
            "1: were deleted",
        ):
            self.assertIn(reason, self.dynamic.left_out_text)
        # they are no surprise every night, and come when nothing stands against them
        self.env["newsletter.tombstone"].search([]).unlink()
        self._refresh()
        self.assertEqual(self._on_list(), ["again", "deleted"])

    def test_matching_again_never_undoes_an_opt_out(self):
        contact = self._contact("Anna", "anna@example.org", opt_out_at="2024-01-01")
        anna, ben = self._in_celle("anna", "ben")
        self._refresh()
        self.assertTrue(self._subscription(contact).opt_out)
        self._row("ben").opt_out = True
        for city in ("Ulm", "Celle"):
            (anna | ben).city = city
            self.dynamic.overruled = True
            self._refresh()
            self.assertEqual(self._on_list(), [], city)
            self.assertTrue(self._row("ben").opt_out)

    def test_who_was_taken_off_by_hand_stays_off(self):
        ben = self._in_celle("anna", "ben")[1]
        self._refresh()
        self._row("ben").unlink()
        for city in ("Celle", "Ulm", "Celle"):
            ben.city = city
            self._refresh()
            self.assertEqual(self._on_list(), ["anna"], city)

    # --- who goes ---------------------------------------------------------------------
    def test_who_was_there_before_is_none_of_the_filters_business(self):
        self._contact("Anna", "anna@example.org")
        anna, ben = self._in_celle("anna", "ben")
        self._refresh()
        (anna | ben).city = "Ulm"
        self.dynamic.overruled = True
        self._refresh()
        self.assertEqual(self._on_list(), ["anna"])

    def test_one_of_two_records_with_the_address_is_enough(self):
        anna, double = self._in_celle("anna", "double")
        double.email = "anna@example.org"
        self._in_celle("ben")
        self._refresh()
        anna.city = "Ulm"
        self._refresh()
        self.assertEqual(self._on_list(), ["anna", "ben"])
        match = self.dynamic.match_ids.filtered(lambda m: m.email[:4] == "anna")
        self.assertEqual(match.res_id, double.id)

    def test_keep(self):
        self.dynamic.way_out = "keep"
        anna = self._in_celle("anna", "ben")[0]
        self._refresh()
        anna.city = "Ulm"
        self._refresh()
        self.assertEqual(self._on_list(), ["anna", "ben"])
        # kept by one setting, taken off by another only when they go once more
        self.dynamic.way_out = "remove"
        self._refresh()
        self.assertEqual(self._on_list(), ["anna", "ben"])
        anna.city = "Celle"
        self._refresh()
        anna.city = "Ulm"
        self._refresh()
        self.assertEqual(self._on_list(), ["ben"])

    def test_unsubscribed_and_back_without_anybody_having_left(self):
        self.dynamic.way_out = "unsubscribe"
        anna = self._in_celle("anna", "ben")[0]
        self._consent("anna@example.org", "confirmed")
        self._refresh()
        anna.city = "Ulm"
        self._refresh()
        self.assertEqual(self._on_list(), ["ben"])
        self.assertTrue(self._row("anna").opt_out)
        self.assertFalse(self.env["newsletter.leaving"].search([]))
        consent = self.env["newsletter.consent"]._for_address("anna@example.org")
        self.assertEqual(consent.state, "confirmed")
        anna.city = "Celle"
        self._refresh()
        self.assertEqual(self._on_list(), ["anna", "ben"])

    def test_who_leaves_after_the_filter_unsubscribed_them_has_left(self):
        """The trap: Odoo's page does nothing about somebody who is off already."""
        self.dynamic.way_out = "unsubscribe"
        people = self._in_celle("anna", "ben", "carl")
        self._refresh()
        people[:2].city = "Ulm"
        self._refresh()
        self.mailing_list._update_subscription_from_email("anna@example.org")
        self._row("ben").write(
            {"opt_out_datetime": fields.Datetime.now() + timedelta(hours=1)}
        )
        people.city = "Celle"
        self._refresh()
        self.assertEqual(self._on_list(), ["carl"])

    def test_a_changed_address_goes_along(self):
        anna = self._in_celle("anna", "ben")[0]
        self._refresh()
        contact = self._row("anna").contact_id
        anna.email = "anna.lang@example.org"
        self._refresh()
        self.assertEqual(self._on_list(), ["anna.lang", "ben"])
        self.assertEqual(contact.email, "anna.lang@example.org")

    def test_a_changed_address_that_somebody_has_already(self):
        anna = self._in_celle("anna", "ben")[0]
        self._refresh()
        self.env["mailing.contact"].create({"name": "A", "email": "al@example.org"})
        anna.email = "al@example.org"
        for _again in range(2):
            self._refresh()
        self.assertEqual(self._on_list(), ["al", "ben"])

    def test_deleting_the_filter_leaves_the_people(self):
        self._in_celle("anna")
        self._refresh()
        action = self.dynamic.action_make_static()
        self.assertEqual(action["res_id"], self.mailing_list.id)
        self.assertEqual(self._on_list(), ["anna"])
        self.assertEqual(self.coupling.list_type, "static")

    # --- the brake --------------------------------------------------------------------
    def test_a_filter_that_suddenly_matches_nobody_empties_no_list(self):
        self._in_celle("anna", "ben")
        self._refresh()
        self.dynamic.domain = "[('city', '=', 'Cele')]"
        for _night in range(2):
            self._refresh()
            self.assertEqual(self._on_list(), ["anna", "ben"])
            self.assertEqual(self.dynamic.state, "stopped")
        self.assertIn("matches nobody", self.dynamic.message)
        events = self.env["newsletter.event"].search([("code", "=", "filter_stopped")])
        self.assertEqual((len(events), events.level), (1, "warning"), "told once")
        self.assertEqual(len(self.dynamic.activity_ids), 1)
        preview = self._preview_of(self.dynamic)
        self.assertEqual((preview.coming_count, preview.going_count), (0, 2))
        self.assertIn("matches nobody", preview.brake)
        preview.action_apply()
        self.assertEqual(self._on_list(), [])
        self.assertEqual(self.dynamic.state, "running")
        self.assertFalse(self.dynamic.activity_ids)
        self.assertFalse(self.dynamic.overruled, "said once, for this once")

    def test_too_many_come_or_go_at_once(self):
        people = self._in_celle(*(f"p{n}" for n in range(30)))
        self._refresh()
        self.assertEqual(self.dynamic.state, "running", "the first filling is none")
        people[:6].city = "Ulm"
        self._refresh()
        self.assertEqual(len(self._on_list()), 24)
        people[6:15].city = "Ulm"
        self._refresh()
        self.assertIn("9 of 24 people", self.dynamic.message)
        self.assertEqual(len(self._on_list()), 24)
        people.city = "Celle"
        self._refresh()
        self.assertIn("6 people would come", self.dynamic.message)
        self.dynamic.brake_percent = 0
        self._refresh()
        self.assertEqual(len(self._on_list()), 30)
        self.assertEqual((self.dynamic.state, self.dynamic.message), ("running", False))

    def _preview_of(self, dynamic):
        action = dynamic.action_preview()
        return self.env[action["res_model"]].browse(action["res_id"])

    def test_the_preview_tells_numbers_and_names_and_changes_nothing(self):
        people = self._in_celle(*(f"p{n}" for n in range(25)))
        self.env["mail.blacklist"]._add("p24@example.org")
        preview = self._preview_of(self.dynamic)
        self.assertEqual((preview.coming_count, preview.going_count), (24, 0))
        self.assertIn("P0 <p0@example.org>", preview.coming)
        self.assertIn("and 4 more", preview.coming)
        self.assertIn("1: on the blocklist", preview.away)
        self.assertEqual(self._on_list(), [])
        preview.action_apply()
        people[:2].city = "Ulm"
        preview = self._preview_of(self.dynamic)
        self.assertEqual((preview.coming_count, preview.going_count), (0, 2))
        self.assertIn("P1 <p1@example.org>", preview.going)
        self.assertEqual(len(self._on_list()), 24)

    # --- filters that do not work -----------------------------------------------------
    def test_a_bad_filter_is_refused(self):
        for domain in ("[('no_such_field', '=', 1)]", "[(", "[('city', '~', 1)]"):
            with self.subTest(domain=domain), self.assertRaises(ValidationError):
                self.dynamic.domain = domain

    def test_a_filter_whose_user_is_gone_changes_nothing_and_says_so(self):
        self._in_celle("anna", "ben")
        user = new_test_user(
            self.env,
            "filter.owner",
            groups="base.group_user,newsletter_sync.group_manager",
        )
        self.dynamic.with_user(user).domain = "[('city', '=', 'Celle')]"
        self._refresh()
        self.assertEqual(self._on_list(), ["anna", "ben"])
        user.active = False
        self._refresh()
        self.assertEqual(self.dynamic.state, "failed")
        self.assertEqual(self._on_list(), ["anna", "ben"])
        self.dynamic.user_id = self.env.user
        self._refresh()
        self.assertEqual(self.dynamic.state, "running")

    # --- rights -----------------------------------------------------------------------
    def test_the_filter_finds_what_its_editor_may_see(self):
        """The trap: a manager finds other people's leads by a filter."""
        manager = new_test_user(
            self.env,
            "filter.manager",
            groups="base.group_user,newsletter_sync.group_manager",
        )
        leads = self.env["mailing.list"].create({"name": "Leads"})
        self.env["crm.lead"].create(
            {"name": "Secret", "email_from": "lea@example.org", "city": "Celle"}
        )
        dynamic = self._feed(leads)
        with self.assertRaises(ValidationError):
            dynamic.with_user(manager).record_type = "lead"
        with self.assertRaises(UserError):
            dynamic.with_user(manager).user_id = self.env.user

    def test_clerks_look_and_managers_act(self):
        for method in ("action_refresh", "action_preview", "action_make_static"):
            with self.subTest(method=method), self.assertRaises(AccessError):
                getattr(self.dynamic.with_user(self.clerk), method)()
        self._in_celle("anna")
        self._refresh()
        self.assertTrue(self.dynamic.with_user(self.clerk).match_ids.read(["email"]))
        other = self.env["res.company"].create({"name": "Other"})
        stranger = new_test_user(
            self.env,
            "other.clerk",
            groups="newsletter_sync.group_manager",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        self.assertFalse(
            self.env["newsletter.dynamic.match"].with_user(stranger).search([])
        )

    # --- when -------------------------------------------------------------------------
    def test_by_night_one_bad_filter_holds_up_no_other(self):
        other = self.env["mailing.list"].create({"name": "Other"})
        dynamic = self._feed(other)
        self._in_celle("anna")
        user = new_test_user(
            self.env, "short.timer", groups="newsletter_sync.group_manager"
        )
        self.dynamic.user_id = user
        user.active = False
        self.env.flush_all()
        self.env["newsletter.dynamic.list"]._cron_refresh()
        self.env.invalidate_all()
        self.assertEqual(self.dynamic.state, "failed")
        self.assertEqual((dynamic.state, self._on_list(other)), ("running", ["anna"]))


class TestDynamicSize(DynamicCase):
    def test_who_stays_costs_no_query_and_no_python(self):
        """The same statements, whether a hundred or three thousand match already."""
        numbers = []
        for size in (100, 3000):
            dynamic = self._feed(
                self.env["mailing.list"].create({"name": f"{size}"}),
                domain=f"[('ref', '=', 'N{size}')]",
                brake_percent=0,
            )
            people = self.env["res.partner"].create(
                [
                    {
                        "name": f"P{n}",
                        "email": f"p{n}.{size}@example.org",
                        "ref": f"N{size}",
                    }
                    for n in range(size + 10)
                ]
            )
            people[:10].ref = "later"
            self._refresh(dynamic)
            people[:10].ref = f"N{size}"
            people[10:15].ref = "gone"
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            dynamic._refresh()
            numbers.append(self.env.cr.sql_log_count - before)
            self.env.invalidate_all()
            self.assertEqual(dynamic.matching_count, size + 5)
        self.assertEqual(numbers[0], numbers[1])
