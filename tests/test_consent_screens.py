"""What screens and pages say of a consent that was overtaken, and how it is printed."""

from unittest.mock import patch

from odoo.tests import new_test_user, tagged

from .common_consent import ANNA
from .test_opt_in import OptInCase


@tagged("post_install", "-at_install")
class TestConsentScreens(OptInCase):
    def _confirmed(self):
        link = self._open_link()
        self._confirm(link)
        return link, self._of(mailing_list=self.club)

    def test_W3_the_list_says_what_counts_now(self):
        _link, consent = self._confirmed()
        other = self._of("other@example.org", self.club)
        self.assertEqual((consent.counts, other.counts), ("confirmed", "none"))
        self.env["newsletter.leaving"]._leave([ANNA], self.env.company, "page")
        self.env.invalidate_all()
        self.assertEqual((consent.state, consent.counts), ("confirmed", "withdrawn"))

    def test_W3_other_ways_count_by_themselves(self):
        phone = self.env["newsletter.consent"]._for_address(ANNA, medium="phone")
        phone._record("declaration")
        self.assertEqual(phone.counts, phone.state)

    def test_D5_a_click_after_leaving_does_not_say_that_mails_will_come(self):
        link, _consent = self._confirmed()
        self.assertIn("already confirmed", self.url_open(link).text)
        for scope in (self.club, None):
            self.env["newsletter.leaving"]._leave(
                [ANNA], self.env.company, "page", lists=scope
            )
            self.env.flush_all()
            for method in ("GET", "POST"):
                page = self.url_open(link, method=method).text
                self.assertIn("unsubscribed since", page)
                self.assertNotIn("will receive", page)
        state = self._of(mailing_list=self.club).state
        self.assertEqual(state, "withdrawn", "an old link brings nobody back")

    def test_E3_without_the_program_for_pdf_a_page_is_printed(self):
        _link, consent = self._confirmed()
        report = type(self.env["ir.actions.report"])
        with patch.object(report, "get_wkhtmltopdf_state", lambda _self: "install"):
            action = consent.action_evidence_pdf()
        self.assertEqual(
            (action["type"], action["target"]), ("ir.actions.act_url", "new")
        )
        self.env.user.group_ids += self.env.ref("newsletter_sync.group_privacy")
        self.authenticate("admin", "admin")
        page = self.url_open(action["url"])
        self.assertEqual(page.status_code, 200)
        for needed in (ANNA, "intact", "Print this page with your browser"):
            self.assertIn(needed, page.text)
        missing = self.url_open("/newsletter_sync/evidence/print/0,x,999999999")
        self.assertEqual(missing.status_code, 404)
        clerk = new_test_user(self.env, "printer", "newsletter_sync.group_user")
        self.authenticate(clerk.login, clerk.login)
        self.assertEqual(self.url_open(action["url"]).status_code, 403)
        with patch.object(report, "get_wkhtmltopdf_state", lambda _self: "ok"):
            action = consent.action_evidence_pdf()
        self.assertEqual(action["type"], "ir.actions.report")
