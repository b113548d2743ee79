"""What keeps people off a list: markers, addresses, other companies, one rule set."""

from unittest.mock import patch

from psycopg2.errors import DeadlockDetected

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from ..hooks import install
from ..models import newsletter_dynamic_refresh
from .common_dynamic import DynamicCase


@tagged("post_install", "-at_install")
class TestListBarriers(DynamicCase):
    def _write_past_odoo(self, record, name, text):
        """As it stood before the addon was installed; Odoo's address hides the mark."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE %s SET %s = %s WHERE id = %s",
                SQL.identifier(record._table),
                SQL.identifier(name),
                text,
                record.id,
            )
        )
        self.env.invalidate_all()

    # --- [NO MAILING] ---------------------------------------------------------------
    def test_a_marker_from_before_the_installation_keeps_people_off(self):
        anna = self._in_celle("anna", "ben")[0]
        self._write_past_odoo(anna, "email", "anna@example.org [NO MAILING]")
        self.assertEqual(anna.email_normalized, "anna@example.org")
        self._refresh()
        self.assertEqual(self._on_list(), ["ben"])
        self.assertIn("1: marked with [NO MAILING]", self.dynamic.left_out_text)

    def test_any_record_of_the_address_may_be_marked(self):
        twins = self._in_celle("anna", "ben", "carl", "dora")[2:]
        for name, twin in zip(("anna", "ben"), twins, strict=True):
            twin.email = f"{name}@example.org"
        self._write_past_odoo(twins[0], "email", "Anna <anna@example.org> (no mailing)")
        self._write_past_odoo(twins[1], "email", " Ben@Example.org ")
        self._refresh()
        self.assertEqual(self._on_list(), ["ben"])

    def test_an_address_that_nobody_can_mail_stays_away(self):
        anna = self._in_celle("anna", "ben")[0]
        self._write_past_odoo(anna, "email", "anna@example.org private")
        # what Odoo makes of it: no address that anybody has
        nowhere = "anna@example.org" + "private"
        self._write_past_odoo(anna, "email_normalized", nowhere)
        self._in_celle("intern", email="intern@firm.local")
        self._refresh()
        self.assertEqual(self._on_list(), ["ben"])
        self.assertIn(
            "2: with an e-mail address that is not", self.dynamic.left_out_text
        )

    def test_of_other_lists_as_well(self):
        other = self.env["mailing.list"].create({"name": "Other"})
        contact = self._contact("Anna", "anna@example.org", other)
        self._write_past_odoo(contact, "email", "[NO MAILING] anna@example.org")
        people = self.env["newsletter.list.people"]
        numbers = people._gather(
            self.mailing_list, self.env.company, people._of_lists(other)
        )
        self.assertEqual(dict(numbers), {"no_mailing": 1})

    def test_the_installation_takes_markers_as_opt_outs(self):
        anna, gone = self._in_celle("anna", "gone")
        self._contact("Ben", "ben@example.org")
        self._in_celle("mailing", "carl")
        lead = self.env["crm.lead"].create({"name": "L", "email_from": "l@example.org"})
        contact = self.env["mailing.contact"].create({"email": "dora@example.org"})
        self._write_past_odoo(anna, "email", "anna@example.org [NO MAILING]")
        self._write_past_odoo(gone, "email", "[no-mailing] gone@example.org")
        gone.active = False
        self._write_past_odoo(lead, "email_from", "l@example.org (No Mailing)")
        self._write_past_odoo(contact, "email", "dora@example.org{no mailing}")
        for _again in range(2):
            install(self.env)
            marked = self.env["newsletter.leaving"].search(
                [("company_id", "=", self.env.company.id)]
            )
            self.assertEqual(
                sorted(marked.mapped("email")),
                [f"{name}@example.org" for name in ("anna", "dora", "gone", "l")],
            )
        self.assertEqual(set(marked.mapped("scope")), {"address"})
        self.assertEqual(
            self.env["mail.blacklist"].search_count(
                [("email", "in", marked.mapped("email"))]
            ),
            4,
        )

    # --- other companies ------------------------------------------------------------
    def test_what_stands_against_somebody_in_the_filters_company_counts(self):
        """The trap: the list is coupled by a connection of another company."""
        sister = self.env["res.company"].create({"name": "Sister"})
        people = self._in_celle("deleted", "gone", "fine", company_id=False)
        self.dynamic.company_id = sister
        self.env["newsletter.tombstone"]._remember(
            ["deleted@example.org"], sister, "deleted"
        )
        self.env["newsletter.tombstone"]._remember(
            ["gone@example.org"], self.env.company, "deleted"
        )
        self.assertEqual(len(people), 3)
        self._refresh()
        self.assertEqual(self._on_list(), ["fine"])
        self.assertIn("2: were deleted", self.dynamic.left_out_text)

    def test_who_left_the_list_left_it_whatever_the_company(self):
        sister = self.env["res.company"].create({"name": "Sister"})
        self._in_celle("left", "elsewhere", "fine")
        values = {"company_id": sister.id, "channel": "phone"}
        board = self.env["mailing.list"].create({"name": "Board"})
        self.env["newsletter.leaving"].create(
            [
                {
                    **values,
                    "email": "left@example.org",
                    "scope": "list",
                    "mailing_list_id": self.mailing_list.id,
                },
                {
                    **values,
                    "email": "elsewhere@example.org",
                    "scope": "list",
                    "mailing_list_id": board.id,
                },
            ]
        )
        self._refresh()
        self.assertEqual(self._on_list(), ["elsewhere", "fine"])

    # --- one rule set ---------------------------------------------------------------
    def test_by_hand_the_same_rules_hold(self):
        names = ("left", "blocked", "deleted", "fine", "known", "off", "hidden")
        people = dict(zip(names, self._in_celle(*names), strict=True))
        self.env["newsletter.leaving"]._leave(
            ["left@example.org"], self.env.company, "phone", lists=self.mailing_list
        )
        self.env["mail.blacklist"]._add("blocked@example.org")
        self.env["newsletter.tombstone"]._remember(
            ["deleted@example.org"], self.env.company, "deleted", self.coupling
        )
        self._contact("Known", "known@example.org")
        self._contact("Off", "off@example.org", opt_out_at="2024-01-01")
        people["hidden"].active = False
        lead = self.env["crm.lead"].create(
            {"name": "L", "email_from": "hidden@example.org"}
        )
        records = [people[name] for name in names[:-1]] + [lead]
        places = self.env["newsletter.assignment"]._sort_out(
            [(record, "") for record in records], self.mailing_list
        )
        self.assertEqual(
            [place.code for place in places],
            ["left", "blocklisted", "buried", "", "known", "left", "archived"],
        )
        self.mailing_list.newsletter_state = "ended"
        with self.assertRaisesRegex(UserError, "has ended"):
            self.env["newsletter.assignment"]._add([(lead, "")], self.mailing_list)

    # --- errors of any kind ----------------------------------------------------------
    def test_an_unexpected_error_holds_up_no_other_list(self):
        other = self.env["mailing.list"].create({"name": "Other"})
        dynamic = self._feed(other)
        self._in_celle("anna")
        self.env.flush_all()
        people = type(self.env["newsletter.list.people"])
        put_on, broken = people._put_on, self.mailing_list

        def _put_on(this, mailing_list, limit=None):
            if mailing_list == broken:
                this.env.cr.execute("SELECT 1 / 0")
            return put_on(this, mailing_list, limit)

        logger = newsletter_dynamic_refresh.__name__
        with (
            patch.object(people, "_put_on", _put_on),
            mute_logger("odoo.sql_db"),
            self.assertLogs(logger, "ERROR") as logs,
        ):
            self.env["newsletter.dynamic.list"]._cron_refresh()
        self.env.invalidate_all()
        self.assertIn("Traceback", logs.output[0])
        self.assertEqual(self.dynamic.state, "failed")
        self.assertIn("unexpected error", self.dynamic.message)
        self.assertNotIn("filter", self.dynamic.message)
        self.assertEqual((dynamic.state, self._on_list(other)), ("running", ["anna"]))
        self.assertEqual(self._on_list(), [])
        self._refresh()
        self.assertEqual((self.dynamic.state, self._on_list()), ("running", ["anna"]))

    def test_a_refusal_while_working_is_not_the_filters_fault(self):
        self._in_celle("anna")
        people = type(self.env["newsletter.list.people"])
        logger = newsletter_dynamic_refresh.__name__
        with (
            patch.object(people, "_put_on", side_effect=UserError("not today")),
            self.assertLogs(logger, "ERROR"),
        ):
            self._refresh()
        self.assertEqual(self.dynamic.state, "failed")
        self.assertNotIn("filter does not work", self.dynamic.message)

    def test_a_collision_is_no_failure(self):
        self._in_celle("anna")
        people = type(self.env["newsletter.list.people"])
        with (
            patch.object(people, "_put_on", side_effect=DeadlockDetected),
            self.assertRaises(DeadlockDetected),
        ):
            self._refresh()
        self.assertEqual(self.dynamic.state, "new")
