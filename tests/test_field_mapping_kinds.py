"""Rows for one kind of record beside rows for all of them, on each way to the tool.

The trap: "Not transferred" for one kind must keep the general row away, too.
"""

from odoo.tests import tagged

from .common_transmit import TransmitCase

ANNA = "anna@example.org"


@tagged("post_install", "-at_install")
class TestFieldMappingKinds(TransmitCase):
    """One field of the tool: the display name for all, and nothing of contacts."""

    def setUp(self):
        super().setUp()
        self.mappings = self.env["newsletter.field.mapping"]
        self.town = self.connection._connector().create_field("Town", "text").name
        self.general = self._map("display_name")

    def _map(self, path, **values):
        return self.mappings.create(
            {
                "connection_id": self.connection.id,
                "path": path,
                "label": "Town",
                "remote_name": self.town,
                "direction": "both",
                **values,
            }
        )

    def _barred(self, **values):
        """A row of the coupling: of contacts nothing is transferred."""
        values = {"record_type": "res.partner", "direction": "none", **values}
        values = {"path": "name", **values}
        return self._map(coupling_id=self.coupling.id, **values)

    def _told(self, email=ANNA):
        """What the tool holds of somebody in the field."""
        return self._at_tool()[email].shared.get(self.town)

    def _anna(self):
        partner = self._person("Anna Celle", ANNA)
        self._at_tool(ANNA)
        return partner

    # --- which rows hold ------------------------------------------------------------
    def test_not_transferred_for_one_kind_goes_before_the_row_for_all(self):
        self._barred()
        rows = self.mappings._of_connection(self.connection, self.coupling)
        self.assertNotIn(self.town, rows._for_kind("res.partner").mapped("remote_name"))
        self.assertIn(self.general, rows._for_kind("mailing.contact"))
        self.assertIn(self.general, rows._for_kind("crm.lead"))
        names = rows._sent_names()
        self.assertNotIn(self.town, names["res.partner"].values())
        self.assertIn(self.town, names["mailing.contact"].values())
        others = self.mappings._of_connection(self.connection)
        self.assertIn(self.general, others._for_kind("res.partner"))

    def test_a_row_that_only_takes_keeps_the_general_one_from_sending(self):
        self._map("name", record_type="res.partner", direction="to_odoo")
        rows = self.mappings._of_connection(self.connection)
        self.assertNotIn(self.town, rows._sent_names()["res.partner"].values())
        partner = self._person("Anna Celle", ANNA)
        values = self.env["newsletter.push"]._values(rows, [partner])[partner]
        self.assertNotIn("Anna Celle", values.values())

    def test_a_row_of_a_coupling_goes_before_a_narrower_one_of_the_connection(self):
        narrow = self._map("name", record_type="res.partner")
        self._barred(record_type="any")
        rows = self.mappings._of_connection(self.connection, self.coupling)
        self.assertNotIn(narrow, rows)
        for kind in ("res.partner", "mailing.contact", "crm.lead"):
            names = rows._for_kind(kind).mapped("remote_name")
            self.assertNotIn(self.town, names)

    def test_a_row_without_a_technical_name_is_known_by_its_label(self):
        """The field has another name in the tool than its label says."""
        self.general.label = "Where they live"
        self._barred(remote_name=False, label="where they live ")
        rows = self.mappings._of_connection(self.connection, self.coupling)
        self.assertNotIn(self.town, rows._sent_names()["res.partner"].values())

    # --- the ways ---------------------------------------------------------------------
    def test_a_push_sends_nothing_of_it(self):
        partner = self._anna()
        self._barred()
        self._synchronise(partner)
        self.assertTrue(self._writes(), "the names are sent")
        self.assertFalse(self._told())

    def test_a_push_that_was_approved_before_sends_nothing_of_it(self):
        partner = self._anna()
        run = self._preview(partner, remote_list_id=self.coupling.remote_list_id.id)
        self.assertIn("Anna Celle", (run.line_ids.values or {}).values())
        self._barred()
        self._approve(run)
        self.assertEqual(run.state, "done", run.message)
        self.assertFalse(self._told())

    def test_a_comparison_plans_and_sends_nothing_of_it(self):
        partner = self._anna()
        self._go("fetch")
        member = partner.newsletter_member_ids
        self.assertIn("Anna Celle", (member.task_sends or {}).values())
        self._barred()
        # nobody has compared the whole list since
        run = self._dry_run()
        self.assertNotIn("Anna Celle", run.line_ids.changes)
        self._send(run)
        self.assertTrue(self._writes(), "the names are sent")
        self.assertFalse(self._told())
        self._go("fetch", whole=True)
        self.assertFalse(member.task)

    def test_nothing_comes_from_the_tool_either(self):
        self.general.write({"path": "city", "record_type": "res.partner"})
        ben = self._moved_there("Ben", "ben@example.org")
        self._go("fetch", whole=True)
        self.assertEqual(ben.city, "Ulm")
        self._barred(path="city")
        anna = self._moved_there("Anna", ANNA)
        self._go("fetch", whole=True)
        self.assertEqual(anna.city, "Celle")

    def _moved_there(self, name, email):
        """Both sides agreed on Celle, and now the tool says Ulm."""
        partner = self._person(name, email, city="Celle")
        self._at_tool(email, shared={self.town: "Ulm"})
        self._member(
            email,
            partner_id=partner.id,
            contact_id=self._contact(name, email).id,
            remote_id=str(self._at_tool()[email].id),
            base_values={str(self.general.id): "Celle"},
        )
        return partner

    def test_what_is_remembered_from_before_is_not_sent(self):
        """A member without news of their own sends what both sides agreed on."""
        partner = self._anna()
        key = str(self.general.id)
        self._barred()
        rows = self.env["newsletter.transmit"]
        member = self._member(
            ANNA,
            partner_id=partner.id,
            remote_id="1",
            task="update",
            base_values={key: "Anna Celle"},
        )
        run = self.env["newsletter.run"].browse(self.coupling._start_run("transmit"))
        rows._plan(run, member)
        (row,) = rows._rows(run.line_ids.ids)
        mapping = rows._mapping(run)
        self.assertIn(key, row.values)
        self.assertEqual(mapping.as_attributes(row, row.values), {})
        self.assertFalse(run.line_ids._differences(), "the dry run promises nothing")
        rows._agree(row, mapping)
        self.assertEqual(row.sent, {})

    def test_a_first_import_takes_nothing_of_it(self):
        """Strangers become mailing contacts, by one statement."""
        company = "newsletter_company"
        self.connection.mapping_ids.filtered(lambda row: row.path == company).unlink()
        self.general.path = company
        self._at_tool("one@example.org", shared={self.town: "Celle"})
        self._go("fetch")
        self.assertEqual(self._of("one@example.org").contact_id.company_name, "Celle")
        self._barred(record_type="mailing.contact")
        self._at_tool("two@example.org", shared={self.town: "Celle"})
        self._go("fetch", whole=True)
        two = self._of("two@example.org").contact_id
        self.assertEqual((two.name, two.company_name), ("two@example.org", False))

    # --- companies ------------------------------------------------------------------
    def _company(self):
        return self._person("Färber GmbH", "firma@example.org", is_company=True)

    def test_companies_have_rows_of_their_own(self):
        contact = self._map("city", record_type="res.partner")
        rows = self.mappings._of_connection(self.connection)
        self.assertIn(contact, rows._for_kind("company"), "a company is a contact")
        company = self._map("vat", record_type="company")
        rows |= company
        self.assertIn(company, rows._for_kind("company"))
        self.assertNotIn(contact, rows._for_kind("company"))
        self.assertNotIn(company, rows._for_kind("res.partner"))
        self.assertEqual(company.model_name, "res.partner")

    def test_each_record_is_read_by_the_rows_of_its_kind(self):
        people = self._anna() + self._company()
        self._map("email", record_type="company")
        rows = self.mappings._of_connection(self.connection)
        read = rows._read_values(people)
        self.assertIn("Anna Celle", read[people[0].id].values())
        self.assertIn("firma@example.org", read[people[1].id].values())
        self.assertNotIn(str(self.general.id), read[people[1].id])

    def test_no_query_for_each_record(self):
        people = self.env["res.partner"].create(
            [{"name": f"P{n}", "is_company": n % 2} for n in range(20)]
        )
        self._map("email", record_type="company")
        rows = self.mappings._of_connection(self.connection)
        rows._read_values(people)
        self.env.flush_all()
        people.invalidate_recordset()
        with self.assertQueryCount(1):
            rows._read_values(people)

    def test_what_companies_keep_back_is_neither_planned_nor_sent(self):
        self._barred(record_type="company", path="display_name")
        company, anna = self._company(), self._anna()
        self._at_tool("firma@example.org")
        self._go("fetch")
        key = str(self.general.id)
        self.assertNotIn(key, company.newsletter_member_ids.task_sends)
        self.assertEqual(anna.newsletter_member_ids.task_sends[key], "Anna Celle")
        self._send(self._dry_run())
        self.assertFalse(self._told("firma@example.org"))
        self.assertEqual(self._told(), "Anna Celle")

    def test_a_push_sends_nothing_that_companies_keep_back(self):
        self._barred(record_type="company", path="display_name")
        company, anna = self._company(), self._anna()
        self._synchronise(company + anna)
        self.assertFalse(self._told("firma@example.org"))
        self.assertEqual(self._told(), "Anna Celle")

    def test_the_example_is_a_company(self):
        company = self._company()
        mapping = self._map("name", record_type="company")
        self._member("firma@example.org", partner_id=company.id)
        self._member(ANNA, partner_id=self._anna().id)
        self.assertEqual(mapping.example, "Färber GmbH")
