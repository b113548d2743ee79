"""What the stage keeps of a recipient, made as text by the short way and the long."""

import json

from odoo.tests import TransactionCase, tagged

from ..models import newsletter_stage as stage
from ..sync.values import digest
from ..sync.vocabulary import RemoteMember, Status

NAMES = {"7": "first", "12": "last", "3": "points", "4": "unused"}
TYPES = {"7": "text", "12": "text", "3": "number"}


@tagged("post_install", "-at_install")
class TestStageRow(TransactionCase):
    def _row(self, **values):
        member = RemoteMember("1", "Anna@Example.org", Status.SUBSCRIBED, values=values)
        row = stage.row(NAMES, TYPES, member, None)
        return dict(zip(stage.COLUMNS, row, strict=True))

    def test_the_text_of_values_is_their_json(self):
        for values in (
            {},
            {"first": "Anna"},
            {"last": 'O"Neill\\', "first": "Zoë \t\n\x01 \u2028 😀"},
            {"first": "Anna", "points": 7},
            {"first": "Anna", "points": "007", "unknown": "no"},
        ):
            kept = {key: values[name] for key, name in NAMES.items() if name in values}
            row = self._row(**values)
            expected = json.dumps(kept, ensure_ascii=False, separators=(",", ":"))
            self.assertEqual(row["values"], expected)
            self.assertEqual(row["digest"], digest(kept, TYPES))

    def test_what_is_empty_is_not_kept(self):
        row = self._row(first=" ", last=None, points="")
        self.assertEqual((row["values"], row["digest"]), ("{}", digest({})))

    def test_what_the_database_refuses_is_left_out(self):
        row = self._row(first="An\0na \ud800", points=1)
        self.assertEqual(json.loads(row["values"]), {"7": "Anna ?", "3": 1})
        self.assertEqual(self._row(first="An\0na")["values"], '{"7":"Anna"}')

    def test_an_address_that_cannot_be_mailed_is_kept_as_it_is_written(self):
        self.assertEqual(self._row()["email"], "anna@example.org")
        member = RemoteMember("1", " Anna@Printer.local", Status.PENDING)
        self.assertEqual(stage.row({}, {}, member, None)[1], "anna@printer.local")
