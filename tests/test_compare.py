"""The comparison of whole lists: what it finds, what it leaves alone, what it costs."""

from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..models.newsletter_fetch_steps import Compare
from .common_two_way import TwoWayCase


@tagged("post_install", "-at_install")
class TestCompare(TwoWayCase):
    def _fetch(self, **values):
        run = self._go("fetch", whole=True, **values)
        self.assertEqual(run.state, "done", run.message)
        return run

    def _agreed(self, number=3):
        """So many people on both sides, all settled."""
        for each in range(number):
            self._at_tool(f"person{each}@example.org")
        self._fetch()
        self._fetch()

    def _rows(self, table):
        """Which versions of its rows a table has: writing a row makes a new one."""
        self.env.flush_all()
        self.env.cr.execute(f"SELECT id, ctid::text FROM {table} ORDER BY id")
        return self.env.cr.fetchall()

    # --- what it costs ---------------------------------------------------------------
    def test_nothing_is_written_for_whom_nothing_changed(self):
        self._agreed()
        tables = ("newsletter_member", "mailing_contact", "mailing_subscription")
        before = [self._rows(table) for table in tables]
        self.assertEqual(self._fetch().total, 0)
        self.assertEqual([self._rows(table) for table in tables], before)

    def test_more_people_are_no_more_statements(self):
        self.coupling.brake_percent = 0

        def statements(number):
            self._agreed(number)
            run = self._run_with_stage()
            self.env["newsletter.compare"]._of(run)  # reads the field mapping
            before = self.env.cr.sql_log_count
            self.assertEqual(self.env["newsletter.compare"]._find(run, True), 0)
            found = self.env.cr.sql_log_count - before
            run._cancelled()
            return found

        self.assertEqual(statements(2), statements(40))

    def _run_with_stage(self):
        """A run that has read the whole list and not compared it yet."""
        self.env.flush_all()
        run = self.env["newsletter.run"].browse(
            self.coupling._start_run("fetch", whole=True)
        )
        with patch.object(Compare, "keep", side_effect=UserError("Wait")):
            self.env["newsletter.runner"]._work(run.id, 60)
        self.env.invalidate_all()
        self.assertEqual((run.state, run.phase), ("stopped", "compare"))
        return run

    # --- what leads to other records -------------------------------------------------
    def _map_country(self, path="country_id.name"):
        self.connection._connector().create_field("Country", "text")
        self.env["newsletter.field.mapping"].create(
            {
                "connection_id": self.connection.id,
                "record_type": "res.partner",
                "path": path,
                "label": "Country",
                "remote_name": "Country",
                "direction": "to_tool",
            }
        )

    def _anna_from(self, country):
        self.env["res.partner"].create(
            {"name": "Anna", "email": "anna@example.org", "country_id": country.id}
        )
        self._at_tool("anna@example.org")
        self._at_tool("ben@example.org")
        self._fetch()
        self._transmit()
        self._fetch()
        self.assertEqual(self._of("anna@example.org").result, "success")

    def _country(self):
        country = self.env["res.country"].create({"name": "Utopia", "code": "XU"})
        self._date("res_country", country.id, "2020-01-01")
        return country

    def _date(self, table, record_id, moment):
        self.env.flush_all()
        self.env.cr.execute(
            f"UPDATE {table} SET write_date = %s WHERE id = %s", [moment, record_id]
        )
        self.env.invalidate_all()

    def test_a_country_that_is_called_differently_is_found(self):
        country = self._country()
        self._map_country()
        self._anna_from(country)
        self.assertEqual(self._fetch().total, 0)
        country.name = "Arcadia"
        self.assertEqual(self._fetch().total, 1, "Ben is not looked at")
        anna = self._of("anna@example.org")
        self.assertEqual(anna.task, "update", anna.result_text)
        self.assertIn("Arcadia", str(anna.task_sends))

    def test_a_country_as_a_whole_is_found_as_well(self):
        country = self._country()
        self._map_country("country_id")
        self._anna_from(country)
        country.name = "Arcadia"
        self._fetch()
        self.assertIn("Arcadia", str(self._of("anna@example.org").task_sends))

    def test_another_country_s_name_concerns_nobody(self):
        country = self._country()
        self._map_country()
        self._anna_from(country)
        other = self.env["res.country"].create({"name": "Atlantis", "code": "XT"})
        other.name = "Lost"
        self.assertEqual(self._fetch().total, 0)

    def test_ways_follow_what_a_computed_field_depends_on(self):
        mapping = self.env["newsletter.field.mapping"].create(
            [
                {
                    "connection_id": self.connection.id,
                    "record_type": "res.partner",
                    "path": path,
                    "label": path,
                }
                for path in ("country_code", "parent_id.user_id.name", "city")
            ]
        )
        ways = mapping._ways("res.partner")
        for way in ("country_id", "parent_id", "parent_id.user_id"):
            self.assertIn(way, ways)
        self.assertEqual(mapping[2]._ways("res.partner"), [])
        self.assertEqual(mapping._ways("mailing.contact"), [])

    def test_what_was_written_while_triggers_were_off_is_found(self):
        contact = self._contact("Anna", "anna@example.org")
        self._at_tool("anna@example.org")
        self.connection._connector().create_field("First name", "text")
        self._fetch()
        self._transmit()
        self._fetch()
        self.env.cr.execute("ALTER TABLE mailing_contact DISABLE TRIGGER USER")
        self.env.cr.execute(
            """
            UPDATE mailing_contact
               SET first_name = 'Amélie', write_date = now() + interval '1 day'
             WHERE id = %s
            """,
            [contact.id],
        )
        self.env.cr.execute("ALTER TABLE mailing_contact ENABLE TRIGGER USER")
        self.env.invalidate_all()
        self._go("reconcile")
        self.assertFalse(self._of("anna@example.org").task, "nobody has said so")
        self._fetch()
        self.assertEqual(self._of("anna@example.org").task, "update")

    # --- the run's own stage ---------------------------------------------------------
    def _stages(self):
        self.env.cr.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r'"
            r" AND relname LIKE 'newsletter\_fetched\_%'"
        )
        return [name for (name,) in self.env.cr.fetchall()]

    def test_a_whole_list_has_a_table_of_its_own_while_it_is_compared(self):
        self._at_tool("anna@example.org")
        run = self._run_with_stage()
        self.assertEqual(self._stages(), [f"newsletter_fetched_{run.id}"])
        rows = self.env["newsletter.fetched"].search([("run_id", "=", run.id)])
        self.assertEqual(rows.email, "anna@example.org")
        run._cancelled()
        self.assertEqual(self._stages(), [])
        self._fetch()
        self.assertEqual(self._stages(), [])

    def test_what_a_deleted_run_has_read_is_dropped_with_the_next_cleaning(self):
        self._at_tool("anna@example.org")
        run = self._run_with_stage()
        run.state = "running"
        self.env["newsletter.run"]._gc_stages()
        self.assertTrue(self._stages(), "the run goes on")
        run.unlink()
        self.env["newsletter.run"]._gc_stages()
        self.assertEqual(self._stages(), [])

    def test_what_changed_in_the_tool_needs_none(self):
        self._agreed(1)
        runs = self.env.registry["newsletter.run"]
        with patch.object(runs, "_open_own_stage") as opened:
            run = self._go("fetch")
        self.assertEqual(run.state, "done", run.message)
        opened.assert_not_called()
