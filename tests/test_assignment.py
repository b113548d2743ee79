"""All lists of a person in one place, with or without a newsletter tool (C13, C24)."""

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common_two_way import TwoWayCase


@tagged("post_install", "-at_install")
class TestAssignment(TwoWayCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env, "assignment.manager", groups="newsletter_sync.group_manager"
        )

    def setUp(self):
        super().setUp()
        self.plain_list = self.env["mailing.list"].create(
            {"name": "Board", "newsletter_type": "mailing"}
        )

    def _rows(self, record):
        record.invalidate_recordset(["newsletter_assignment_ids"])
        return {row.list_name: row for row in record.newsletter_assignment_ids}

    def test_one_row_for_each_list_whatever_the_way(self):
        anna = self._person("Anna", "anna@example.org")
        contact = self._contact("Anna", "Anna@example.org")
        self.env["mailing.subscription"].create(
            {"contact_id": contact.id, "list_id": self.plain_list.id}
        )
        member = self._member(
            "anna@example.org",
            contact_id=contact.id,
            remote_status="unsubscribed",
            result="conflict",
            task="unsubscribe",
            local_status_by="CleverReach",
            local_status_at=self._at("2024-03-01"),
        )
        rows = self._rows(anna)
        self.assertEqual(set(rows), {"Board", "Club news"})
        coupled, plain = rows["Club news"], rows["Board"]
        self.assertEqual(coupled.member_id, member)
        self.assertEqual(
            (coupled.local_status, coupled.remote_status, coupled.result, coupled.task),
            ("subscribed", "unsubscribed", "conflict", "unsubscribe"),
        )
        self.assertEqual(coupled.set_by, "CleverReach")
        self.assertEqual(coupled.since, self._at("2024-03-01"))
        self.assertEqual(coupled.connection_id, self.connection)
        self.assertEqual(coupled.list_type, "list")
        self.assertFalse(plain.member_id)
        self.assertEqual(
            (plain.list_type, plain.local_status, plain.set_by),
            ("mailing", "subscribed", self.env.user.name),
        )
        # the same rows from the reader's side, and none for somebody else
        self.assertEqual(set(self._rows(contact)), {"Board", "Club news"})
        self.assertFalse(self._rows(self._person("Ben", "ben@example.org")))

    def test_the_status_in_odoo_is_what_the_subscription_says_now(self):
        contact = self._contact("Anna", "anna@example.org")
        self._member("anna@example.org", contact_id=contact.id)
        self._subscription(contact).write(
            {"opt_out": True, "opt_out_datetime": self._at("2024-04-01")}
        )
        row = self._rows(contact)["Club news"]
        self.assertEqual(row.local_status, "unsubscribed")
        self.assertEqual(row.since, self._at("2024-04-01"))
        self._subscription(contact).unlink()
        self.assertFalse(self._rows(contact)["Club news"].local_status)

    def test_a_return_that_the_tool_reports_is_no_plain_subscription(self):
        contact = self._contact("Anna", "anna@example.org")
        self._member(
            "anna@example.org", contact_id=contact.id, local_status="hard_bounce"
        )
        self.assertEqual(self._rows(contact)["Club news"].local_status, "hard_bounce")

    def test_whom_somebody_pushed_by_hand_is_shown_with_the_tools_list(self):
        anna = self._person("Anna", "anna@example.org")
        self.coupling.unlink()
        self._synchronise(anna)
        [row] = anna.newsletter_assignment_ids
        self.assertEqual((row.list_name, row.list_type), ("Club news", "push"))
        self.assertEqual(row.action_open()["res_id"], anna.newsletter_member_ids.id)

    def test_further_addresses_of_a_person_belong_to_it(self):
        anna = self._person("Anna", "anna@example.org")
        self.env["res.partner"].create(
            {"parent_id": anna.id, "type": "other", "email": "anna@example.net"}
        )
        self._contact("Anna", "anna@example.net", self.plain_list)
        self.assertEqual(self._rows(anna)["Board"].email, "anna@example.net")
        self.assertFalse(anna.newsletter_several_addresses)
        self.assertFalse(anna.newsletter_several_tools)
        self._contact("Anna", "anna@example.org")
        anna.invalidate_recordset()
        self.assertTrue(anna.newsletter_several_addresses)

    def test_the_tool_is_named_where_a_person_is_in_several(self):
        anna = self._person("Anna", "anna@example.org")
        self._member("anna@example.org", partner_id=anna.id)
        second = self.env["newsletter.connection"].create(
            {"name": "Second", "provider": "listmonk"}
        )
        remote = self.env["newsletter.remote.list"].create(
            {"connection_id": second.id, "remote_id": "9", "name": "Second news"}
        )
        coupling = self.env["newsletter.coupling"].create({"remote_list_id": remote.id})
        self.assertFalse(anna.newsletter_several_tools)
        self._member("anna@example.org", coupling, partner_id=anna.id)
        anna.invalidate_recordset()
        self.assertTrue(anna.newsletter_several_tools)

    def test_a_lead_has_the_tab_too(self):
        lead = self.env["crm.lead"].create(
            {"name": "Offer", "email_from": "lea@example.org"}
        )
        self._contact("Lea", "lea@example.org", self.plain_list)
        self.assertEqual(list(self._rows(lead)), ["Board"])

    def test_other_companies_members_stay_theirs(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.connection.company_id = other
        anna = self._person("Anna", "anna@example.org")
        self._member("anna@example.org", partner_id=anna.id)
        self.env.flush_all()
        user = new_test_user(
            self.env,
            "assignment.other",
            groups="newsletter_sync.group_user",
            company_id=self.env.company.id,
            company_ids=[Command.set(self.env.company.ids)],
        )
        self.assertFalse(anna.with_user(user).newsletter_assignment_ids)
        with self.assertRaises(AccessError):
            anna.with_user(self.stranger()).newsletter_assignment_ids.mapped("email")

    def stranger(self):
        return new_test_user(self.env, "assignment.none", groups="base.group_user")

    # --- taking off ---
    def test_taking_off_asks_where_a_tool_is_concerned(self):
        contact = self._contact("Anna", "anna@example.org")
        member = self._member("anna@example.org", contact_id=contact.id, remote_id="7")
        row = self._rows(contact)["Club news"].with_user(self.manager)
        action = row.action_take_off()
        self.assertEqual(action["res_model"], "newsletter.deletion")
        self.assertEqual(action["context"]["default_res_ids"], member.ids)
        self.assertTrue(self._subscription(contact), "only asked yet")
        with self.assertRaises(AccessError):
            self._rows(contact)["Club news"].with_user(self.clerk).action_take_off()

    def test_taking_off_a_plain_list_is_done_at_once(self):
        contact = self._contact("Anna", "anna@example.org", self.plain_list)
        row = self._rows(contact)["Board"]
        with self.assertRaises(AccessError):
            row.with_user(self.stranger()).action_take_off()
        row.with_user(self.clerk).action_take_off()
        self.assertFalse(self._rows(contact))

    # --- scale ---
    def test_reading_a_persons_rows_needs_no_scan(self):
        self.env.flush_all()
        # small tables are always scanned; only the possibility is asked about
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        query = self.env["newsletter.assignment"]._table_query
        for condition in ("id IN (-5, 7)", "email = 'anna@example.org'"):
            self.env.cr.execute(
                f"EXPLAIN SELECT * FROM ({query.code}) row WHERE {condition}",
                query.params,
            )
            plan = "\n".join(line for (line,) in self.env.cr.fetchall())
            for table in ("newsletter_member", "mailing_subscription"):
                self.assertNotRegex(plan, rf"Seq Scan on {table}\b")
