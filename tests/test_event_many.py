"""Many lines of the log are written by one statement, and are no other lines."""

from odoo.tests import tagged

from ..models.newsletter_event import MANY
from .common_two_way import TwoWayCase

#: what differs whenever a line is written
_OWN = {"id", "date", "display_name", "text"}


@tagged("post_install", "-at_install")
class TestEventMany(TwoWayCase):
    def _rows(self, number):
        member = self._member("anna@example.org")
        partner = self.env["res.partner"].create({"name": "Anna"})
        return [
            {
                "code": "left_out",
                "text": f"Line {each} of “many”",
                "member": member,
                "record": partner,
                "detail": False,
            }
            for each in range(number)
        ]

    def _read(self, events):
        self.env.flush_all()
        self.env.invalidate_all()
        rows = events.read([name for name in events._fields if name not in _OWN])
        return [{key: row[key] for key in row if key != "id"} for row in rows]

    def test_many_lines_are_the_same_as_one_by_one(self):
        rows = self._rows(MANY)
        log = self.env["newsletter.event"].with_context(newsletter_origin="script")
        many = log._log_many(rows)
        self.assertEqual(len(many), MANY)
        one = log._log(**rows[0])
        self.assertEqual(self._read(many), self._read(one) * MANY)
        self.assertEqual(many[-1].text, f"Line {MANY - 1} of “many”")
        self.assertTrue(all(many.mapped("date")))
        self.assertEqual(many[0].level, "warning")

    def test_many_lines_are_one_statement(self):
        rows = self._rows(2 * MANY)
        log = self.env["newsletter.event"]
        log._log_many(rows)
        self.env.flush_all()
        with self.assertQueryCount(5):
            log._log_many(rows)
            self.env.flush_all()
