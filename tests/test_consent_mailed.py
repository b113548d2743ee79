"""Consents of people whom a tool mails do not grow old, where somebody says so (L9)."""

from dateutil.relativedelta import relativedelta

from odoo import fields
from odoo.tests import tagged

from .common_two_way import TwoWayCase

ANNA, BEN, EVA = "anna@example.org", "ben@example.org", "eva@example.org"


@tagged("post_install", "-at_install")
class TestConsentMailed(TwoWayCase):
    def setUp(self):
        super().setUp()
        self.consents = self.env["newsletter.consent"]
        for email in (ANNA, BEN, EVA):
            consent = self.consents._for_address(email)
            at = fields.Datetime.now() - relativedelta(months=60)
            consent._record("request", at=at)
            consent._record("confirmation", at=at)
        self._member(ANNA)
        self._member(BEN, remote_status="unsubscribed")

    def _ages(self):
        self.consents._cron_mailed()
        self.env.invalidate_all()
        return {
            email: self.consents._for_address(email).age for email in (ANNA, BEN, EVA)
        }

    def test_L9_the_tool_s_mailings_count_where_somebody_says_so(self):
        self.assertEqual(self._ages(), dict.fromkeys((ANNA, BEN, EVA), "aged"))
        self.coupling.mailed_regularly = True
        expected = {ANNA: "fresh", BEN: "aged", EVA: "aged"}
        self.assertEqual(self._ages(), expected, "only who is subscribed there")

    def test_L9_it_is_the_address_that_the_tool_mails(self):
        """Odoo has another one already, which nobody has mailed."""
        member = self.env["newsletter.member"].search([("email", "=", ANNA)])
        member.remote_email = EVA
        self.coupling.mailed_regularly = True
        self.assertEqual(self._ages(), {ANNA: "aged", BEN: "aged", EVA: "fresh"})

    def test_L9_a_list_that_is_not_kept_equal_says_nothing(self):
        self.coupling.write({"mailed_regularly": True, "state": "paused"})
        self.assertEqual(self._ages()[ANNA], "aged")

    def test_a_consent_in_use_is_not_written_every_day(self):
        self.coupling.mailed_regularly = True
        self._ages()
        consent = self.consents._for_address(ANNA)
        earlier = consent.last_mailed_at - relativedelta(days=30)
        self.env.cr.execute(
            "UPDATE newsletter_consent SET last_mailed_at = %s WHERE id = %s",
            (earlier, consent.id),
        )
        self._ages()
        self.assertEqual(consent.last_mailed_at, earlier)

    def test_who_said_so_is_logged(self):
        events = self.env["newsletter.event"]
        before = events.search_count([("code", "=", "mailed_regularly")])
        self.coupling.mailed_regularly = True
        self.coupling.mailed_regularly = True
        found = events.search([("code", "=", "mailed_regularly")], order="id")[before:]
        self.assertEqual(len(found), 1)
        self.assertIn(self.env.user.name, found.text)
        self.assertEqual(found.coupling_id, self.coupling)
