"""What is kept long enough goes, set-wise, and the log says how much (section 10)."""

from datetime import timedelta
from unittest.mock import patch

from dateutil.relativedelta import relativedelta

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user, tagged

from ..sync.retention import RULES
from .test_access import AccessCase
from .test_erasure import ANNA


@tagged("post_install", "-at_install")
class TestRetention(AccessCase):
    def setUp(self):
        super().setUp()
        self.retention = self.env["newsletter.retention"]
        self.retention._complete()
        self.now = fields.Datetime.now()

    def _row(self, subject, company=None):
        return self.retention.search(
            [
                ("subject", "=", subject),
                ("company_id", "=", (company or self.env.company).id),
            ]
        )

    def _go(self):
        self.env.flush_all()
        self.retention._cron_apply()
        self.env.invalidate_all()

    def _age(self, records, column, **ago):
        """Let records be older than they can be by themselves."""
        self.env.flush_all()
        self.env.cr.execute(
            f"UPDATE {records._table} SET {column} = %s WHERE id = ANY(%s)",
            [self.now - relativedelta(**ago), records.ids],
        )
        self.env.invalidate_all()

    def _event(self, level="info", code="note", **ago):
        event = self.env["newsletter.event"]._log(code, level=level, text="Text")
        self._age(event, "date", **ago)
        return event

    def test_section_10_every_company_has_the_usual_times(self):
        company = self.env["res.company"].create({"name": "Other"})
        self.retention._complete()
        self.retention._complete()
        for each in (self.env.company, company):
            rows = self.retention.search([("company_id", "=", each.id)])
            self.assertEqual(
                {row.subject: row.keep for row in rows},
                {name: rule.keep for name, rule in RULES.items()},
            )
            self.assertTrue(all(row.reason and row.unit for row in rows))

    def test_M08_the_log_goes_by_its_level(self):
        kept = self._event(days=89) | self._event("warning", days=364)
        kept |= self._event("error", days=364)
        gone = self._event(days=91) | self._event("warning", days=366)
        gone |= self._event("error", days=366)
        proving = self._event(code="left", days=400)
        self.assertEqual(self._row("log_info").due, 1)
        self._go()
        self.assertFalse(gone.exists())
        self.assertEqual((kept | proving).exists(), kept | proving)
        said = self.env["newsletter.event"].search([("code", "=", "retention")])
        self.assertEqual(len(said), 3)
        self.assertIn("Newsletter Event: 1", said[0].text)
        self.assertEqual(self._row("log_info").removed, 1)

    def test_M08_another_time_of_another_company(self):
        company = self.env["res.company"].create({"name": "Other"})
        self.retention._complete()
        self._row("log_info", company).keep = 10
        mine, theirs = self._event(days=20), self._event(days=20)
        theirs.sudo().company_id = company
        self._go()
        self.assertTrue(mine.exists())
        self.assertFalse(theirs.exists())

    def test_M08_reports_lose_people_and_keep_totals(self):
        ben = self._person("Ben", "ben@example.org", "none")
        run = self._synchronise(self._person("Anna Muster", ANNA) | ben)
        results = {line.email: line.result for line in run.line_ids}
        self.assertEqual(results, {ANNA: "subscribed", "ben@example.org": "skipped"})
        message = run.message
        self._age(run, "finished_at", days=91)
        self._go()
        self.assertEqual(run.line_ids.mapped("result"), ["skipped"])
        self._age(run, "finished_at", days=366)
        self._go()
        self.assertFalse(run.line_ids)
        self.assertEqual((run.exists().message, run.state), (message, "done"))

    def test_M08_what_waits_is_never_removed(self):
        run = self._preview(self._person("Anna Muster", ANNA))
        self._age(run, "finished_at", days=500)
        self._go()
        self.assertEqual(len(run.line_ids), 1)

    def test_section_10_computer_addresses_are_cut_and_the_chain_stays_valid(self):
        consent = self.env["newsletter.consent"]._for_address(ANNA)
        traces = {"ip": "192.0.2.7", "user_agent": "Browser"}
        consent._record("request", at=self.now - relativedelta(months=7), **traces)
        consent._record("confirmation", at=self.now, **traces)
        self._go()
        old, new = consent.sudo().event_ids.sorted("position")
        self.assertFalse(old.ip or old.user_agent)
        self.assertEqual((new.ip, new.user_agent), ("192.0.2.7", "Browser"))
        self.assertTrue(old.erased_at)
        self.assertFalse(consent._evidence_chains()._check())

    def test_section_10_evidence_to_the_end_of_the_third_year(self):
        year = self.now.year
        old = self._consent(ANNA, "withdrawn", at=f"{year - 4}-12-31 22:00:00")
        kept = self._consent(
            "ben@example.org", "withdrawn", at=f"{year - 3}-01-01 10:00:00"
        )
        used = self._consent("eva@example.org", "confirmed", at=f"{year - 9}-05-01")
        mailed = self._consent(
            "ida@example.org", "withdrawn", at=f"{year - 9}-05-01 10:00:00"
        )
        mailed.last_mailed_at = f"{year - 2}-05-01 10:00:00"
        self.assertEqual(self._row("evidence").due, 1)
        self._go()
        self.assertFalse(old.exists())
        self.assertFalse(
            self.env["newsletter.consent.event"].search([("email", "=", ANNA)])
        )
        self.assertEqual((kept | used | mailed).exists(), kept | used | mailed)
        # the objection is remembered without a name
        self.assertEqual(
            self.env["newsletter.tombstone"]._known([ANNA], self.env.company), {ANNA}
        )

    def test_section_10_locked_evidence_goes_on_its_day(self):
        self._subscribed()
        erasure = self._erase()
        self._turn()
        chain = self.env["newsletter.consent.chain"].search([("email", "=", ANNA)])
        self._go()
        self.assertTrue(chain.exists())
        chain.restricted_until = fields.Date.today() - timedelta(days=1)
        self._go()
        self.assertFalse(chain.exists())
        self.assertFalse(self._texts())
        self.assertTrue(erasure.exists())

    def test_section_10_statistics_stay_totals(self):
        self._known()
        trace = self.env["mailing.trace"].search([("email", "=", ANNA)])
        mailing = trace.mass_mailing_id
        self.assertEqual(mailing.opened, 1)
        self._age(trace, "create_date", months=23)
        self._go()
        self.assertEqual(trace.email, ANNA)
        self._age(trace, "create_date", months=25)
        self._go()
        self.assertFalse(trace.email)
        self.assertLess(trace.res_id, 0)
        self.assertEqual((mailing.opened, mailing.delivered), (1, 1))
        clicks = self.env["link.tracker.click"].search(
            [("mailing_trace_id", "=", trace.id)]
        )
        self.assertEqual((len(clicks), clicks.ip), (1, False))

    def test_section_10_the_longest_time_of_all_counts_archived_companies(self):
        self._known()
        trace = self.env["mailing.trace"].search([("email", "=", ANNA)])
        archived = self.env["res.company"].create({"name": "Was", "active": False})
        self.retention._complete()
        self._row("statistics", archived).keep = 30
        self._age(trace, "create_date", months=25)
        self._go()
        self.assertEqual(trace.email, ANNA)
        self._age(trace, "create_date", months=31)
        self._go()
        self.assertFalse(trace.email)

    def test_section_10_settled_mails_only(self):
        mailbox = self.env["newsletter.mailbox"].create({"name": "Answers"})
        cases = self.env["newsletter.case"].create(
            [
                {"mailbox_id": mailbox.id, "fingerprint": state, "state": state}
                for state in ("done", "nothing", "open")
            ]
        )
        cases.done_at = self.now - relativedelta(months=13)
        self._go()
        self.assertEqual(cases.exists().mapped("state"), ["open"])

    def test_section_10_nobody_types_in_nonsense_or_without_right(self):
        row = self._row("requests")
        for wrong in (0, -1, 15):
            with self.assertRaises(ValidationError):
                row.keep = wrong
        with self.assertRaises(AccessError):
            self._row("log_info").with_user(self.clerk).keep = 5
        with self.assertRaises(AccessError):
            self.retention.with_user(self.clerk).action_apply()
        row.with_user(self.officer).keep = 14
        event = self.env["newsletter.event"].search(
            [("code", "=", "changed"), ("res_model", "=", "newsletter.retention")]
        )
        self.assertEqual((event.old_value, event.new_value), ("7", "14"))

    def test_section_10_another_companys_times_are_out_of_reach(self):
        company = self.env["res.company"].create({"name": "Other"})
        self.retention._complete()
        stranger = new_test_user(
            self.env, "stranger", groups="base.group_user,newsletter_sync.group_privacy"
        )
        with self.assertRaises(AccessError):
            self._row("log_info", company).with_user(stranger).keep = 5

    def test_section_10_in_slices(self):
        events = self.env["newsletter.event"]._log_many(
            [{"code": "note", "text": str(n)} for n in range(25)]
        )
        self._age(events, "date", days=100)
        work = "odoo.addons.newsletter_sync.models.newsletter_retention_work.SLICE"
        with patch(work, 10):
            self.env.flush_all()
            self.assertTrue(self._row("log_info")._apply(), "more is left")
            self.assertEqual(len(events.exists()), 15)
            self._row("log_info")._apply()
            self.assertFalse(self._row("log_info")._apply())
        self.assertFalse(events.exists())

    def test_X4_a_person_is_told_how_long(self):
        self._known()
        keeping = dict(self._export()["keeping"])
        self.assertEqual(len(keeping), len(RULES))
        self.assertIn("90 days", keeping.values())

    def test_section_10_two_times_stand_among_the_settings(self):
        settings = self.env["res.config.settings"].create({})
        self.assertEqual(settings.newsletter_erase_requests_days, 7)
        settings.newsletter_trace_months = 3
        settings.execute()
        self.assertEqual(self._row("traces").keep, 3)
        with self.assertRaises(ValidationError):
            settings.newsletter_erase_requests_days = 15
