"""What the triggers of the outbox cost follows the changed rows, not the tables."""

import json

from odoo.tests import tagged
from odoo.tools import SQL

from ..models import newsletter_change_triggers as triggers
from .common_two_way import TwoWayCase

#: tables that may hold a million rows; of those of a statement the names are ours
LARGE = {"newsletter_member", "res_partner", "mailing_contact", "crm_lead"}
STATEMENT = {"newsletter_new", "newsletter_old"}


def _nodes(plan, table=None):
    """The nodes of a plan, each with the table that it reads."""
    table = plan.get("Relation Name", table)
    yield plan, table
    for inner in plan.get("Plans", ()):
        yield from _nodes(inner, table if "Bitmap" in inner["Node Type"] else None)


def _repeated(node):
    """What a nested loop reads again for each row, through nodes that only pass on."""
    while node["Node Type"] in ("Materialize", "Memoize") and node.get("Plans"):
        node = node["Plans"][0]
    return node


@tagged("post_install", "-at_install")
class TestOutboxCost(TwoWayCase):
    def _plan(self, table, event, note):
        """How PostgreSQL looks up what a trigger looks up, with its settings."""
        for name in STATEMENT:
            self.env.cr.execute(
                SQL(
                    "CREATE TEMPORARY TABLE %s (LIKE %s) ON COMMIT DROP",
                    SQL.identifier(name),
                    SQL.identifier(table),
                )
            )
        for setting, value in triggers.SETTINGS.items():
            self.env.cr.execute(
                SQL("SET LOCAL %s = %s", SQL.identifier(setting), value)
            )
        statement, what = note
        placeholder = "rows" if "%(rows)s" in statement else "link"
        self.env.cr.execute(
            "EXPLAIN (FORMAT JSON) " + (statement % {placeholder: what}).strip()
        )
        (answer,) = self.env.cr.fetchone()
        answer = json.loads(answer) if isinstance(answer, str) else answer
        return answer[0]["Plan"]

    def test_large_tables_are_read_by_index_and_the_statement_once(self):
        self.env.flush_all()
        looked_up = set()
        for table, events in triggers.NOTES.items():
            for event, notes in events.items():
                for note in notes:
                    with (
                        self.subTest(table=table, event=event, note=note),
                        self.env.cr.savepoint() as undo,
                    ):
                        for node, read in _nodes(self._plan(table, event, note)):
                            kind = node["Node Type"]
                            if read in LARGE and kind != "Bitmap Heap Scan":
                                self.assertIn("Index Cond", node)
                                looked_up.add(read)
                            if kind == "Nested Loop":
                                again = _repeated(node["Plans"][1])
                                self.assertNotIn(again.get("Relation Name"), STATEMENT)
                        undo.rollback()
        self.assertEqual(looked_up, LARGE)

    def _read(self, table):
        """Rows of a table that this transaction has read one after the other, and by
        index."""
        self.env.cr.execute(
            "SELECT seq_tup_read, idx_tup_fetch FROM pg_stat_xact_user_tables"
            " WHERE relname = %s",
            [table],
        )
        return self.env.cr.fetchone()

    def test_the_triggers_of_the_database_read_no_table_as_a_whole(self):
        """Also after a statement of one row, whose plan a session keeps."""
        for number in range(40):
            self._member(f"p{number:02}@example.org")
        self._changes()
        for emails in (["p00@example.org"], [f"p{n:02}@example.org" for n in (1, 2)]):
            self.env.flush_all()
            before = self._read("newsletter_member")
            self.env.cr.execute(
                """
                INSERT INTO newsletter_consent
                       (email, company_id, medium, state, purpose)
                SELECT unnest(%s), %s, 'email', 'pending', 'Newsletter'
                """,
                [emails, self.env.company.id],
            )
            after = self._read("newsletter_member")
            self.assertEqual(after[0], before[0], "nothing read from end to end")
            self.assertEqual(after[1] - before[1], len(emails))
            self.assertEqual(len(self._changes()), len(emails))
