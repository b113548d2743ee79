"""The table that a run has of its own: who waits for it, and when it goes."""

from contextlib import closing
from unittest.mock import patch

import odoo.sql_db
from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..models import newsletter_fetch_steps, newsletter_run_stage
from .common_two_way import TwoWayCase

ANNA, BEN = "anna@example.org", "ben@example.org"


@tagged("post_install", "-at_install")
class TestRunStage(TwoWayCase):
    def setUp(self):
        super().setUp()
        for email in (ANNA, BEN):
            self._at_tool(email)
        run = self._go("fetch", whole=True)
        self.assertEqual(run.state, "done", run.message)

    def _stages(self):
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits"
            " WHERE inhparent = 'newsletter_fetched'::regclass"
        )
        return [name for (name,) in self.env.cr.fetchall()]

    def _read_and_stopped(self):
        step = newsletter_fetch_steps.Compare
        with patch.object(step, "keep", side_effect=UserError("The disk is full")):
            run = self._go("fetch", whole=True)
        self.assertEqual(run.state, "stopped")
        self.assertEqual(self._stages(), [f"newsletter_fetched_{run.id}"])
        return run

    # --- who waits -------------------------------------------------------------------
    def _readers(self, table):
        """How often this transaction has locked the table for reading."""
        self.env.cr.execute(
            "SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid()"
            " AND relation = %s::regclass AND mode = 'AccessShareLock'",
            [table],
        )
        return self.env.cr.fetchone()[0]

    def _another_table(self):
        """Some other run's, which nobody here has touched."""
        table = "newsletter_fetched_2000000000"
        self.env.cr.execute(f"CREATE TABLE {table} () INHERITS (newsletter_fetched)")
        self.assertFalse(self._readers(table))
        return table

    def test_what_the_tool_tells_does_not_wait_for_another_run(self):
        anna = self._of(ANNA)
        table = self._another_table()
        self.sandbox.act("cleverreach", "unsubscribe", self.remote_id, ANNA)
        now = fields.Datetime.now()
        self.coupling._leave_at_once({anna: (now, "")})
        self.assertTrue(self._subscription(anna.contact_id).opt_out)
        self.env["newsletter.hint"]._hear(
            [(self.coupling.id, anna.remote_id, "", now, True)]
        )
        self.coupling._read_hints()
        self.env.flush_all()
        run = self.env["newsletter.run"].search([("kind", "=", "webhook")], limit=1)
        self.env["newsletter.runner"]._work(run.id, 60)
        self.env.invalidate_all()
        self.assertEqual(run.state, "done", run.message)
        self.assertFalse(self._readers(table))

    def test_a_fetch_of_changes_does_not_wait_either(self):
        table = self._another_table()
        self.sandbox.act("cleverreach", "unsubscribe", self.remote_id, ANNA)
        run = self._go("fetch")
        self.assertEqual(run.state, "done", run.message)
        self.assertTrue(self._subscription(self._of(ANNA).contact_id).opt_out)
        self.assertFalse(self._readers(table))

    def _is_there(self, table):
        self.env.cr.execute("SELECT to_regclass(%s) IS NOT NULL", [table])
        return self.env.cr.fetchone()[0]

    def test_a_table_that_is_being_read_is_dropped_later(self):
        table = "newsletter_fetched_2000000001"
        runs = self.env["newsletter.run"]
        connect = odoo.sql_db.db_connect(self.env.cr.dbname).cursor
        with closing(connect()) as other:
            # committed: a lock of somebody else is what this is about
            other.execute(f"CREATE TABLE {table} ()")
            other.commit()  # pylint: disable=invalid-commit
            try:
                other.execute(f"SELECT FROM {table}")
                with patch.object(newsletter_run_stage, "LOCK_TIMEOUT", "50ms"):
                    runs._drop_stage(table)
                self.assertTrue(self._is_there(table))
                other.rollback()
                with self.env.cr.savepoint() as savepoint:
                    runs._drop_stage(table)
                    self.assertFalse(self._is_there(table))
                    savepoint.rollback()  # else the other one waited for this test
            finally:
                other.execute(f"DROP TABLE IF EXISTS {table}")
                other.commit()  # pylint: disable=invalid-commit

    def test_whatever_could_not_be_dropped_is_not_compared(self):
        run = self._read_and_stopped()
        with patch.object(type(run), "_drop_stage"):
            run._start_over()
        self.assertTrue(self._stages())
        self._at_tool("cleo@example.org")
        run.action_resume()
        self.env.flush_all()
        self.env["newsletter.runner"]._work(run.id, 60)
        self.env.invalidate_all()
        self.assertEqual(run.state, "done", run.message)
        self.assertEqual(len(self.coupling.member_ids), 3)

    # --- when it goes ----------------------------------------------------------------
    def test_it_goes_with_the_run(self):
        self._read_and_stopped().unlink()
        self.assertEqual(self._stages(), [])

    def _forget_the_coupling(self):
        self.coupling.with_context(active_test=False).member_ids.unlink()
        self.coupling.unlink()

    def test_it_goes_with_the_connection(self):
        run = self._read_and_stopped()
        self._forget_the_coupling()
        self.connection.unlink()
        self.assertFalse(run.exists())
        self.assertEqual(self._stages(), [])

    def test_it_goes_with_the_list_of_the_tool(self):
        run = self._read_and_stopped()
        self._forget_the_coupling()
        run.remote_list_id.unlink()
        self.assertFalse(run.exists())
        self.assertEqual(self._stages(), [])
