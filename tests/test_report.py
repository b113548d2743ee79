"""The report as a file: complete, harmless, and only for those who may read it."""

import csv
import io

from openpyxl import load_workbook

from odoo import Command
from odoo.tests import new_test_user

from .common_http import HttpSandboxCase

FORMULAS = {
    "plus@example.org": "=1+1",
    "at@example.org": "@SUM(A1)",
    "minus@example.org": "-2+3",
    "tab@example.org": "+cmd",
}


class TestReport(HttpSandboxCase):
    def setUp(self):
        super().setUp()
        people = self._person("Jürgen Müßig", "juergen@example.org")
        people += self._person("Nobody", "nobody@example.org", "none")
        people += self._person("Broken", "broken@", "none")
        for email, name in FORMULAS.items():
            people += self._person(name, email)
        self.people = people
        self.run_ = self._synchronise(people)
        self.authenticate("newsletter.clerk", "newsletter.clerk")

    def _download(self, file_type, run=None):
        return self.url_open(
            f"/newsletter_sync/run/{(run or self.run_).id}/report.{file_type}",
            allow_redirects=False,
        )

    def _csv(self):
        answer = self._download("csv")
        self.assertEqual(answer.status_code, 200)
        text = answer.content.decode("utf-8-sig")
        return list(csv.reader(io.StringIO(text), delimiter=";"))

    def _xlsx(self):
        answer = self._download("xlsx")
        self.assertEqual(answer.status_code, 200)
        sheet = load_workbook(io.BytesIO(answer.content)).active
        return sheet, [[cell.value or "" for cell in row] for row in sheet.rows]

    def test_both_are_complete_and_name_each_reason(self):
        _sheet, sheet_rows = self._xlsx()
        for rows in (self._csv(), sheet_rows):
            self.assertEqual(len(rows), 1 + len(self.people))
            by_address = {row[2]: row for row in rows[1:]}
            self.assertEqual(set(by_address), set(self.people.mapped("email")))
            anna = by_address["juergen@example.org"]
            self.assertEqual(anna[0], "Jürgen Müßig")
            self.assertEqual(anna[3], "Newly subscribed")
            self.assertTrue(anna[7], "the tool's own recipient id")
            self.assertEqual(by_address["nobody@example.org"][4], "No consent")
            self.assertEqual(
                by_address["broken@"][4], "Invalid e-mail address", "raw text kept"
            )

    def test_names_never_become_formulas(self):
        for row in self._csv()[1:]:
            for text in row:
                self.assertFalse(text.startswith(("=", "+", "-", "@", "\t")), text)
        sheet, rows = self._xlsx()
        kinds = {cell.data_type for row in sheet.rows for cell in row if cell.value}
        self.assertEqual(kinds, {"s"})
        self.assertLessEqual(set(FORMULAS.values()), {row[0] for row in rows})

    def test_it_is_a_download_that_no_cache_keeps(self):
        for file_type in ("csv", "xlsx"):
            headers = self._download(file_type).headers
            self.assertIn("attachment", headers["Content-Disposition"])
            self.assertIn(f".{file_type}", headers["Content-Disposition"])
            self.assertIn("no-store", headers["Cache-Control"])

    def test_unknown_type_and_run(self):
        self.assertEqual(self._download("pdf").status_code, 404)
        run = self.run_.browse(self.run_.id + 999)
        self.assertIn(self._download("csv", run).status_code, (403, 404))

    def test_strangers_get_nothing(self):
        other = self.env["res.company"].create({"name": "Other"})
        new_test_user(self.env, "stranger.plain", groups="base.group_user")
        new_test_user(
            self.env,
            "stranger.company",
            groups="newsletter_sync.group_user,base.group_user",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        new_test_user(self.env, "stranger.portal", groups="base.group_portal")
        for login in ("stranger.plain", "stranger.company", "stranger.portal"):
            self.authenticate(login, login)
            for file_type in ("csv", "xlsx"):
                answer = self._download(file_type)
                self.assertIn(answer.status_code, (403, 404), login)
                self.assertNotIn("example.org", answer.text)
        self.authenticate(None, None)
        self.assertIn(self._download("csv").status_code, (303, 403, 404))
