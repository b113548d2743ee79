"""Who left by an address of a record has left by its next one, whatever was between."""

from odoo.tests import tagged

from .common_dynamic import DynamicCase


@tagged("post_install", "-at_install")
class TestDynamicMovedBefore(DynamicCase):
    def setUp(self):
        super().setUp()
        self.anna = self._in_celle("anna", "ben")[0]
        self.dynamic.brake_percent = 0

    def _leaves(self):
        row = self._row("anna")
        row.write({"opt_out": True, "opt_out_datetime": "2024-01-01"})
        # the opt-out alone must do
        self.env["newsletter.leaving"].search([]).unlink()

    def _gets_another_address(self):
        self.anna.write({"email": "lang@example.org", "city": "Celle"})
        for _night in range(2):
            self._refresh()
        return self._on_list()

    def test_the_former_address_matches_still_by_another_record(self):
        self._in_celle("twin", email="anna@example.org")
        self._refresh()
        self._leaves()
        self.assertEqual(self._gets_another_address(), ["ben"])
        leaving = self.env["newsletter.leaving"].search(
            [("email", "=", "lang@example.org")]
        )
        self.assertEqual(leaving.date, self._at("2024-01-01"))

    def test_the_record_had_stopped_matching(self):
        self._refresh()
        self._leaves()
        self.anna.city = "Ulm"
        self._refresh()
        self.assertEqual(self._gets_another_address(), ["ben"])

    def test_nobody_knows_when_they_left(self):
        self._refresh()
        self._row("anna").write({"opt_out": True, "opt_out_datetime": False})
        self.env["newsletter.leaving"].search([]).unlink()
        self.assertEqual(self._gets_another_address(), ["ben"])

    def test_whom_the_filter_unsubscribed_comes_by_the_new_address(self):
        self.dynamic.way_out = "unsubscribe"
        self._refresh()
        self.anna.city = "Ulm"
        self._refresh()
        self.assertTrue(self._row("anna").opt_out)
        self.assertEqual(self._gets_another_address(), ["ben", "lang"])

    def test_a_later_consent_of_the_new_address_counts(self):
        self._refresh()
        self._leaves()
        self.anna.city = "Ulm"
        self._refresh()
        self._consent("lang@example.org", "confirmed", mailing_list=self.mailing_list)
        self.assertEqual(self._gets_another_address(), ["ben", "lang"])
