"""A run's report as a file, written row by row so that any size fits into memory."""

import csv
import io
import tempfile

import xlsxwriter

from odoo import http
from odoo.http import content_disposition, request

PAGE = 2000
#: a spreadsheet program would run a text that begins like this as a formula
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class ReportController(http.Controller):
    @http.route(
        "/newsletter_sync/run/<model('newsletter.run'):run>/report.<string:file_type>",
        type="http",
        auth="user",
        methods=["GET"],
        readonly=True,
    )
    def report(self, run, file_type, **_kw):
        run.check_access("read")
        if file_type == "csv":
            content, content_type = self._csv(run), "text/csv; charset=utf-8"
        elif file_type == "xlsx":
            content, content_type = self._xlsx(run), XLSX
        else:
            raise request.not_found()
        name = content_disposition(f"{run.name}.{file_type}")
        return request.make_response(
            content,
            headers=[
                ("Content-Type", content_type),
                ("Content-Disposition", name),
                ("Cache-Control", "no-store"),
            ],
        )

    @staticmethod
    def _rows(run):
        """Header and rows as texts, read in pages by id."""
        lines = request.env["newsletter.run.line"]
        names = run._report_names()
        fields = lines.fields_get(names, ["string"])
        labels = {
            name: dict(lines._fields[name]._description_selection(request.env))
            for name in names
            if lines._fields[name].type == "selection"
        }
        headings = [fields[name]["string"] for name in names]
        yield [*headings, *run._report_detail_names()]
        last = 0
        while page := lines.search_fetch(
            [("run_id", "=", run.id), ("id", ">", last)], names, order="id", limit=PAGE
        ):
            for line in page:
                row = [
                    labels[name].get(line[name], "")
                    if name in labels
                    else line[name] or ""
                    for name in names
                ]
                for details in run._report_details(line):
                    yield [*row, *details]
            last = page[-1].id
            page.invalidate_recordset()

    @staticmethod
    def _harmless(text):
        return f"'{text}" if text.startswith(FORMULA_STARTS) else text

    def _csv(self, run):
        file = io.StringIO()
        # the mark makes spreadsheet programs read umlauts rightly
        file.write("\ufeff")
        writer = csv.writer(file, delimiter=";")
        for row in self._rows(run):
            writer.writerow([self._harmless(text) for text in row])
        return file.getvalue().encode()

    def _xlsx(self, run):
        with tempfile.TemporaryFile() as file:
            # nothing typed by a stranger may become a formula or a link
            book = xlsxwriter.Workbook(
                file,
                {
                    "constant_memory": True,
                    "strings_to_formulas": False,
                    "strings_to_urls": False,
                    "strings_to_numbers": False,
                },
            )
            sheet = book.add_worksheet()
            for number, row in enumerate(self._rows(run)):
                for column, text in enumerate(row):
                    sheet.write_string(number, column, text)
            book.close()
            file.seek(0)
            return file.read()
