"""What a transmission asks for once and not for each call or person."""

from datetime import datetime, timedelta, timezone
from unittest.mock import patch

from dateutil.relativedelta import relativedelta

from odoo import fields
from odoo.tests import tagged

from ..connectors.contract import TokenPair
from ..models import newsletter_credential
from ..sync.consent import Basis
from ..sync.vocabulary import Consent
from .common import SandboxCase


@tagged("post_install", "-at_install")
class TestTransmitCost(SandboxCase):
    # --- the token -------------------------------------------------------------------
    def _pair(self, access):
        end = datetime.now(timezone.utc) + timedelta(hours=1)
        return TokenPair(access=access, refresh="", expires_at=end, scope="")

    def _stores(self):
        self.env["newsletter.token"].search([]).unlink()
        self.env["newsletter.token"]._save_pair(self.connection.id, self._pair("one"))
        self.env.flush_all()
        tokens = self.env["newsletter.token"]
        return [tokens._store(self.connection) for _worker in range(2)]

    def test_a_token_is_read_once_for_many_calls(self):
        mine, _other = self._stores()
        mine.load()
        before = self.env.cr.sql_log_count
        self.assertEqual([mine.load().access for _call in range(50)], ["one"] * 50)
        self.assertEqual(self.env.cr.sql_log_count, before)

    def test_a_token_is_not_remembered_for_long(self):
        mine, other = self._stores()
        mine.load()
        other.renew(other.load(), lambda stored: self._pair("two"))
        with patch.object(newsletter_credential, "REMEMBERED", 0):
            mine.renew(mine.load(), lambda stored: self.fail("renewed twice"))
            self.assertEqual(mine.load().access, "two")

    def test_who_is_refused_with_an_old_token_gets_the_renewed_one(self):
        mine, other = self._stores()
        old = mine.load()
        other.renew(other.load(), lambda stored: self._pair("two"))
        self.assertEqual(mine.load().access, "one", "remembered")
        new = mine.renew(old, lambda stored: self.fail("renewed twice"))
        self.assertEqual((new.access, mine.load().access), ("two", "two"))

    # --- the age of a consent --------------------------------------------------------
    def test_L9_the_last_day_of_a_consent_is_counted_by_the_calendar(self):
        company, now = self.env.company, fields.Datetime.now()
        company.newsletter_block_months = 7
        consents = self.env["newsletter.consent"]

        def aged(at):
            state, basis = Consent.CONFIRMED.value, Basis.DOI.value
            return consents._as_given(company, state, at, basis).aged

        limit = now - relativedelta(months=7)
        self.assertFalse(aged(now - timedelta(days=7 * 28 - 1)))
        self.assertFalse(aged(limit + timedelta(minutes=1)))
        self.assertTrue(aged(limit - timedelta(minutes=1)))
