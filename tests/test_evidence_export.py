"""One click gives all of it: as PDF to read, as JSON to check (rules E3, E4)."""

import json
from unittest.mock import patch

from lxml.html import fromstring

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, new_test_user, tagged

from .common_consent import ANNA, EVA, OptInMixin


@tagged("post_install", "-at_install")
class TestEvidenceExport(OptInMixin, HttpCase):
    def setUp(self):
        super().setUp()
        self.form = self._make_form()
        self.reader = new_test_user(
            self.env,
            "evidence.reader",
            groups="newsletter_sync.group_privacy,base.group_user,"
            "base.group_partner_manager",
        )
        self._ask(
            ANNA,
            form=self.form,
            evidence={
                "wording": "Yes, please",
                "boxes": '{"Club news": true, "Events": false}',
                "ip": "192.0.2.1",
            },
        )
        [(_mail, link)] = self._deliver()
        self._confirm(link)
        self.consent = self._of(mailing_list=self.club)
        self.chain = self.env["newsletter.consent.chain"].search([("email", "=", ANNA)])

    def _open(self, chain, user="evidence.reader"):
        self.authenticate(user, user)
        return self.url_open(f"/newsletter_sync/evidence/{chain.id}/evidence.json")

    def test_E3_json_holds_all_of_it(self):
        answer = self._open(self.chain)
        self.assertEqual(answer.status_code, 200)
        self.assertIn("no-store", answer.headers["Cache-Control"])
        data = json.loads(answer.text)
        self.assertEqual(data["address"], ANNA)
        self.assertTrue(data["chain"]["intact"])
        self.assertEqual(data["consents"][0]["state"], "confirmed")
        self.assertEqual(data["consents"][0]["list"], "Club news")
        request, mail, confirmation = data["evidence"]
        self.assertEqual(request["wording"], "Yes, please")
        self.assertEqual(request["boxes"], {"Club news": True, "Events": False})
        self.assertTrue(request["date"].endswith("Z"))
        self.assertIn("If you do nothing", mail["body"])
        self.assertEqual(confirmation["previous_hash"], mail["hash"])
        self.assertNotIn("content_salt", request, "it would open what is erased")

    def test_E3_the_report_reads_well(self):
        html, _kind = self.env["ir.actions.report"]._render_qweb_html(
            "newsletter_sync.report_evidence", self.chain.ids
        )
        text = html.decode()
        for needed in (ANNA, "Yes, please", "☑ Club news", "☐ Events", "intact"):
            self.assertIn(needed, text)
        self.assertIn("&lt;div", text, "the mail's source is shown, not rendered")
        german, _kind = (
            self.env["ir.actions.report"]
            .with_context(lang="de_DE")
            ._render_qweb_html("newsletter_sync.report_evidence", self.chain.ids)
        )
        self.assertIn('lang="de-DE"', german.decode())

    def test_E3_a_consent_without_a_time_keeps_its_columns(self):
        self._of()._record("note", note="Asked by phone")
        html, _kind = self.env["ir.actions.report"]._render_qweb_html(
            "newsletter_sync.report_evidence", self.chain.ids
        )
        rows = fromstring(html).xpath("//table[thead]/tbody/tr")
        self.assertEqual([len(row.xpath("td")) for row in rows], [6, 6])

    def test_E3_the_report_tells_a_damage(self):
        self.env.cr.execute(
            "ALTER TABLE newsletter_consent_event DISABLE TRIGGER USER;"
            "UPDATE newsletter_consent_event SET wording = 'other';"
            "ALTER TABLE newsletter_consent_event ENABLE TRIGGER USER"
        )
        self.env.invalidate_all()
        html, _kind = self.env["ir.actions.report"]._render_qweb_html(
            "newsletter_sync.report_evidence", self.chain.ids
        )
        self.assertIn("is damaged", html.decode())
        data = json.loads(self._open(self.chain).text)
        self.assertEqual(data["chain"]["problem"], "changed")

    def test_E4_an_export_is_logged(self):
        self._open(self.chain)
        events = self.env["newsletter.event"].search(
            [("code", "=", "evidence_read"), ("user_id", "=", self.reader.id)]
        )
        self.assertIn("Evidence was exported", " ".join(events.mapped("text")))
        self.assertNotIn(ANNA, str(events.mapped("text")))

    def test_E4_only_the_privacy_group_exports(self):
        for group in ("user", "manager", "administrator"):
            user = new_test_user(
                self.env,
                f"export.{group}",
                groups=f"newsletter_sync.group_{group},base.group_user",
            )
            for action in ("action_evidence_pdf", "action_evidence_json"):
                with self.assertRaises(AccessError):
                    getattr(self.consent.with_user(user), action)()
            answer = self._open(self.chain, f"export.{group}")
            self.assertEqual(answer.status_code, 403)
            self.assertNotIn("Yes, please", answer.text)

    def test_another_companys_evidence_stays_there(self):
        other = self.env["res.company"].create({"name": "Other"})
        theirs = self.env["newsletter.consent"]._for_address(EVA, other)
        theirs._record("confirmation")
        chain = self.env["newsletter.consent.chain"].search([("email", "=", EVA)])
        self.assertEqual(self._open(chain).status_code, 403)

    def test_from_a_contact(self):
        partner = self.env["res.partner"].create({"name": "Anna", "email": ANNA})
        report = type(self.env["ir.actions.report"])
        with patch.object(report, "get_wkhtmltopdf_state", lambda _self: "ok"):
            action = partner.with_user(self.reader).action_newsletter_evidence()
        self.assertEqual(action["report_name"], "newsletter_sync.report_evidence")
        nobody = partner.create({"name": "Nobody", "email": EVA})
        with self.assertRaisesRegex(UserError, "No evidence"):
            nobody.action_newsletter_evidence()
