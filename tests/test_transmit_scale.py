"""What a batch costs does not depend on how many people there are besides."""

from odoo.tests import tagged
from odoo.tools import SQL

from ..models.newsletter_transmit_row import said
from .common_transmit import TransmitCase

#: people in the tables, so many that a look at all of them does not pay; in the batch
EVERYBODY, BATCH = 30000, 1000

_TABLES = ("newsletter_member", "newsletter_run_line")
_PEOPLE = """
INSERT INTO newsletter_member (
    coupling_id, connection_id, company_id, active, email, result, task, task_sends
)
SELECT %(coupling)s, %(connection)s, %(company)s, TRUE,
       'number' || number || '@example.org', 'not_in_tool', 'transmit', '{}'
  FROM generate_series(1, %(people)s) number
RETURNING id
"""


@tagged("post_install", "-at_install")
class TestTransmitScale(TransmitCase):
    def _rows(self, everybody):
        """Rows from the middle of a run of so many people."""
        self.transmit = self.env["newsletter.transmit"].sudo()
        self.env.flush_all()
        self.env.cr.execute(
            _PEOPLE,
            {
                "coupling": self.coupling.id,
                "connection": self.connection.id,
                "company": self.coupling.company_id.id,
                "people": everybody,
            },
        )
        ids = [member_id for (member_id,) in self.env.cr.fetchall()]
        self.run_ = self.env["newsletter.run"].create(
            {
                "kind": "transmit",
                "connection_id": self.connection.id,
                "coupling_id": self.coupling.id,
            }
        )
        self.transmit._plan(self.run_, self.env["newsletter.member"].browse(ids))
        for table in _TABLES:
            self.env.cr.execute(f"ANALYZE {table}")
        found = self.transmit._waiting(self.run_, "transmit", False, 0, everybody)
        middle = found[everybody // 2 :][:BATCH]
        return self.transmit._rows([line_id for line_id, _member, _tries in middle])

    def _counted(self, name):
        """A counter of this transaction, of both tables."""
        self.env.cr.execute(
            f"SELECT sum({name}) FROM pg_stat_xact_user_tables"
            " WHERE schemaname = 'public' AND relname IN %s",
            [_TABLES],
        )
        return self.env.cr.fetchone()[0]

    def test_a_batch_is_found_by_its_keys(self):
        rows = self._rows(EVERYBODY)
        read = self._counted("seq_tup_read")
        rows = self.transmit._rows([row.id for row in rows])
        for row in rows:
            row.result, row.agrees, row.status = "subscribed", True, "subscribed"
            row.said_id = str(row.id)
        mapping = self.transmit._mapping(self.run_)
        self.transmit._settle(self.run_, rows, mapping)
        self.transmit._tell_proven(self.run_, self.transmit._rows([r.id for r in rows]))
        self.assertEqual(self._counted("seq_tup_read") - read, 0)
        members = self.env["newsletter.member"].browse([row.member_id for row in rows])
        self.assertEqual(set(members.mapped("result")), {"success"})
        self.assertEqual(len(self.run_.event_ids), BATCH)

    def test_the_mark_needs_no_entry_in_an_index(self):
        rows = self._rows(400)
        before = self._counted("n_tup_hot_upd")
        self.transmit._touch(rows)
        self.assertEqual(self._counted("n_tup_hot_upd") - before, len(rows))

    def test_what_a_tool_says_may_hold_any_character(self):
        rows = self._rows(4)
        for row, message in zip(rows, ['a\0b \ud83d "c" \\', "Grüße 🎉"], strict=True):
            row.result, row.reason, row.message = "failed", "refused_other", message
        self.transmit._settle(self.run_, rows, self.transmit._mapping(self.run_))
        lines = self.env["newsletter.run.line"].browse([row.id for row in rows])
        self.assertEqual(lines.mapped("message"), ['ab ? "c" \\', "Grüße 🎉"])

    def test_nothing_known_is_null_and_never_a_text(self):
        row = self._rows(2)[0]
        row.said_id, row.sent, row.fits = "", None, False
        kinds = {"said_id": "text", "member_id": "int", "sent": "jsonb", "fits": "bool"}
        self.assertEqual(
            self.env.execute_query_dict(SQL("SELECT * FROM %s", said([row], **kinds))),
            [{"said_id": None, "member_id": row.member_id, "sent": {}, "fits": False}],
        )
