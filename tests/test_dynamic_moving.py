"""A record of a filter gets another address: who is followed, who has left with it."""

from odoo.tests import tagged

from .common_dynamic import DynamicCase


@tagged("post_install", "-at_install")
class TestDynamicMoving(DynamicCase):
    def setUp(self):
        super().setUp()
        self.anna = self._in_celle("anna", "ben")[0]

    def _gets(self, name, times=2):
        self.anna.email = f"{name}@example.org"
        for _night in range(times):
            self._refresh()

    def _match(self, name):
        return self.dynamic.match_ids.filtered(
            lambda match: match.email == f"{name}@example.org"
        )

    # --- followed -------------------------------------------------------------------
    def test_who_came_by_another_way_keeps_their_address(self):
        contact = self._contact("Anna", "anna@example.org")
        self._refresh()
        self._gets("lang")
        self.assertEqual(contact.email, "anna@example.org")
        self.assertEqual(self._on_list(), ["anna", "ben", "lang"])

    def test_a_mailing_contact_that_has_the_new_address_already_stays(self):
        """A fetch writes an address that was changed in the tool to both records."""
        self._refresh()
        contact = self._row("anna").contact_id
        contact.email = "lang@example.org"
        self._gets("lang")
        self.assertEqual(self._on_list(), ["ben", "lang"])
        self.assertEqual(self._row("lang").contact_id, contact)
        self.anna.city = "Ulm"
        self._refresh()
        self.assertEqual(self._on_list(), ["ben"], "the filter had brought her")

    def test_a_mailing_contact_with_the_address_of_somebody_else_stays(self):
        self._refresh()
        self._row("anna").contact_id.email = "carl@example.org"
        self._in_celle("carl")
        self.anna.city = "Ulm"
        for _night in range(2):
            self._refresh()
        self.assertEqual(self._on_list(), ["ben", "carl"])

    def test_who_is_on_the_list_with_the_new_address_stays(self):
        self._contact("Lang", "lang@example.org")
        self._refresh()
        self._gets("lang")
        self.assertEqual(self._on_list(), ["ben", "lang"])
        self.assertFalse(self._match("lang").brought)

    # --- barriers -------------------------------------------------------------------
    def test_what_stands_against_the_new_address_is_asked(self):
        self._refresh()
        contact = self._row("anna").contact_id
        self.env["mail.blacklist"]._add("lang@example.org")
        self._gets("lang")
        self.assertEqual(self._on_list(), ["ben"])
        self.assertEqual(contact.email, "anna@example.org")
        self.assertIn("1: on the blocklist", self.dynamic.left_out_text)

    # --- who has left ---------------------------------------------------------------
    def test_who_left_has_left_with_the_new_address(self):
        """Also where it cannot be renamed, for a mailing contact has it already."""
        for known in (False, True):
            with self.subTest(known=known):
                name = "new_too" if known else "new"
                anna = self._in_celle(f"old_{name}")
                self._refresh()
                row = self._row(f"old_{name}")
                row.write({"opt_out": True, "opt_out_datetime": "2024-01-01"})
                self.env["newsletter.leaving"].search([]).unlink()
                if known:
                    self.env["mailing.contact"].create(
                        {"name": "L", "email": f"{name}@example.org"}
                    )
                anna.email = f"{name}@example.org"
                for _night in range(2):
                    self._refresh()
                    self.assertEqual(self._on_list(), ["anna", "ben"])
                leaving = self.env["newsletter.leaving"].search(
                    [("email", "=", anna.email)]
                )
                self.assertEqual(
                    (leaving.channel, leaving.mailing_list_id, leaving.date),
                    ("staff", self.mailing_list, self._at("2024-01-01")),
                )
                self.assertEqual(row.contact_id.email, f"old_{name}@example.org")
                self.assertTrue(row.opt_out)

    def test_who_left_stays_off_when_nothing_else_stands_against_the_address(self):
        self._refresh()
        self._row("anna").opt_out = True
        tombstones = self.env["newsletter.tombstone"]
        tombstones._remember(["lang@example.org"], self.env.company, "deleted")
        self._gets("lang", times=1)
        self.assertIn("1: were deleted", self.dynamic.left_out_text)
        tombstones.search([]).unlink()
        self._refresh()
        self.assertEqual(self._on_list(), ["ben"])

    def test_a_later_consent_of_the_new_address_counts(self):
        self._refresh()
        self._row("anna").write({"opt_out": True, "opt_out_datetime": "2024-01-01"})
        self._consent("lang@example.org", "confirmed", mailing_list=self.mailing_list)
        self._gets("lang")
        self.assertEqual(self._on_list(), ["ben", "lang"])

    def test_who_left_takes_nobody_off_who_is_on_the_list_by_themselves(self):
        self._contact("Office", "office@example.org")
        self._refresh()
        self._row("anna").opt_out = True
        self._gets("office")
        self.assertEqual(self._on_list(), ["ben", "office"])

    def test_who_was_taken_off_by_hand_stays_off_by_the_new_address(self):
        carl = self._in_celle("carl")
        self._contact("Carl", "carl@example.org")
        self._refresh()
        (self._row("anna") | self._row("carl")).unlink()
        carl.email = "karl@example.org"
        self._gets("lang")
        self.assertEqual(self._on_list(), ["ben"])

    # --- looked at first --------------------------------------------------------------
    def test_many_other_addresses_at_once_are_shown_and_stopped(self):
        people = self._in_celle(*(f"p{n}" for n in range(21)))
        self._refresh()
        for partner in people:
            partner.email = f"n{partner.email}"
        self._refresh()
        self.assertEqual(self.dynamic.state, "stopped")
        self.assertIn("21 of 23 people would get another", self.dynamic.message)
        self.assertIn("p0", self._on_list())
        action = self.dynamic.action_preview()
        preview = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual(
            (preview.coming_count, preview.going_count, preview.moving_count),
            (0, 0, 21),
        )
        self.assertIn("p0@example.org → np0@example.org", preview.moving)
        self.assertIn("and 1 more", preview.moving)
        preview.action_apply()
        self.env.invalidate_all()
        self.assertIn("np0", self._on_list())
        self.assertNotIn("p0", self._on_list())
