"""The field mapping: its screen, its scope, the tool's own fields, and its file."""

import base64
import json

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged

from .common_two_way import TwoWayCase


@tagged("post_install", "-at_install")
class TestFieldMapping(TwoWayCase):
    def setUp(self):
        super().setUp()
        self.mappings = self.env["newsletter.field.mapping"]

    def _map(self, path, name, **values):
        if path == "city":  # neither a mailing contact's nor a consent's
            values.setdefault("record_type", "res.partner")
        return self.mappings.create(
            {
                "connection_id": self.connection.id,
                "path": path,
                "label": name or "",
                "remote_name": name,
                **values,
            }
        )

    def _in_the_tool(self, label, kind="text"):
        created = self.connection._connector().create_field(label, kind)
        self.env["newsletter.remote.field"]._refresh(self.connection)
        return self.env["newsletter.remote.field"].search(
            [("name", "=", created.name)], limit=1
        )

    # --- D04: each kind of record its own -----------------------------------------
    def test_a_row_for_one_kind_goes_before_the_row_for_all(self):
        general = self._map("name", "display")
        lead = self._map("contact_name", "display", record_type="crm.lead")
        rows = self.mappings._of_connection(self.connection)
        self.assertIn(general, rows._for_kind("res.partner"))
        self.assertNotIn(lead, rows._for_kind("res.partner"))
        self.assertIn(lead, rows._for_kind("crm.lead"))
        self.assertNotIn(general, rows._for_kind("crm.lead"))

    def test_a_row_of_a_coupling_goes_before_the_one_of_the_connection(self):
        general = self._map("name", "display")
        own = self._map("display_name", "Display", coupling_id=self.coupling.id)
        rows = self.mappings._of_connection(self.connection, self.coupling)
        self.assertIn(own, rows)
        self.assertNotIn(general, rows)
        self.assertIn(general, self.mappings._of_connection(self.connection))
        self.assertNotIn(own, self.mappings._of_connection(self.connection))

    def test_a_field_is_kept_out_of_one_coupling(self):
        general = self._map("name", "display")
        self._map("name", "display", coupling_id=self.coupling.id, direction="none")
        rows = self.mappings._of_connection(self.connection, self.coupling)
        self.assertNotIn(general, rows)
        self.assertNotIn("display", rows._travelling().mapped("remote_name"))

    def test_what_one_coupling_does_not_send_reaches_the_tool_no_more(self):
        """The trap: an override must hold in the engine, not on the screen only."""
        remote = self._in_the_tool("Town")
        self._map("city", remote.name)
        partner = self.env["res.partner"].create(
            {"name": "Anna Färber", "email": "anna@example.org", "city": "Köln"}
        )
        self._at_tool("anna@example.org")
        run = self._run("fetch")
        self.assertEqual(run.state, "done", run.message)
        member = partner.newsletter_member_ids
        self.assertEqual(member.task, "update")
        self.assertIn("Köln", (member.task_sends or {}).values())
        self._map("city", remote.name, coupling_id=self.coupling.id, direction="none")
        self._run("fetch", whole=True)
        self.assertNotIn("Köln", (member.task_sends or {}).values())

    def _run(self, kind, **values):
        self.env.flush_all()
        run_id = self.coupling._start_run(kind, **values)
        self.env["newsletter.runner"]._work(run_id, 60)
        self.env.invalidate_all()
        return self.env["newsletter.run"].browse(run_id)

    def test_two_rows_for_one_field_are_refused(self):
        self._map("name", "display")
        with self.assertRaisesRegex(ValidationError, "mapped twice"):
            self._map("display_name", "DISPLAY")

    def test_matching_by_alias_never_makes_two_rows_for_one_field(self):
        one = self._map("name", "display")
        two = self._map("display_name", False, label="Display")
        remote = self._in_the_tool("Display")._as_remote()
        missing = (one | two)._match([remote])
        self.assertEqual(missing, two)
        self.assertFalse(two.remote_name)

    # --- D07: paths over relations ------------------------------------------------
    def test_a_path_over_relations_is_read_and_never_written(self):
        mapping = self._map(
            "user_id.name", "owner", record_type="res.partner", direction="both"
        )
        owner = new_test_user(self.env, "owner", name="Olga Owner")
        partner = self.env["res.partner"].create({"name": "A", "user_id": owner.id})
        values = mapping._read_values(partner)[partner.id]
        self.assertEqual(values[str(mapping.id)], "Olga Owner")
        mapping._write_values(partner, {str(mapping.id): "Somebody Else"})
        self.assertEqual(owner.name, "Olga Owner")
        self.assertIn("does not write over relations", mapping.problem)

    def test_a_wrong_path_says_which_kind_of_record_lacks_it(self):
        with self.assertRaisesRegex(ValidationError, "no field “street.name”"):
            self._map("street.name", "street")
        with self.assertRaisesRegex(ValidationError, "Mailing Contact"):
            # contacts have it, mailing contacts do not
            self._map("commercial_company_name", "company_name")
        self._map("commercial_company_name", "co", record_type="res.partner")

    # --- D05: the tool's own fields -----------------------------------------------
    def test_the_tools_fields_are_mirrored(self):
        remote = self._in_the_tool("Member since", "date")
        self.assertEqual((remote.label, remote.type), ("Member since", "date"))
        self.assertFalse(remote.is_mapped)
        self.assertIn(remote, self.connection.unmapped_field_ids)
        mapping = self._map("create_date", remote.name)
        self.assertEqual(mapping.remote_type, "date")
        self.env.invalidate_all()
        self.assertNotIn(remote, self.connection.unmapped_field_ids)
        self.assertFalse(mapping.problem)
        text = self._map("name", "name2")
        text.remote_name = False
        self.assertFalse(text.problem)

    def test_a_field_is_created_in_the_tool(self):
        action = (
            self.env["newsletter.field.creation"]
            .create({"connection_id": self.connection.id, "label": "Shoe size"})
            .action_create()
        )
        name = action["context"]["default_remote_name"]
        known = {each.name for each in self.connection._connector().fields()}
        self.assertIn(name, known)
        self.assertIn(name, self.connection.remote_field_ids.mapped("name"))
        with self.assertRaisesRegex(UserError, "Please enter a name"):
            self.env["newsletter.field.creation"].create(
                {"connection_id": self.connection.id, "label": "  "}
            ).action_create()

    def test_deleting_a_field_names_lists_and_people_first(self):
        remote = self._in_the_tool("Shoe size")
        mapping = self._map("city", remote.name)
        self.coupling.remote_list_id.recipients = 7
        wizard = self.env["newsletter.field.deletion"].create(
            {"remote_field_id": remote.id}
        )
        self.assertIn(self.coupling.remote_list_id.name, wizard.list_names)
        self.assertEqual((wizard.people_count, wizard.mapping_names), (7, "city"))
        with self.assertRaisesRegex(UserError, "Tick the box"):
            wizard.action_delete()
        wizard.confirmed = True
        name = remote.name
        wizard.action_delete()
        self.assertFalse(mapping.exists())
        known = {each.name for each in self.connection._connector().fields()}
        self.assertNotIn(name, known)

    def test_what_is_gone_in_the_tool_is_gone_here(self):
        remote = self._in_the_tool("Shoe size")
        self.connection._connector().delete_field(remote._as_remote())
        self.connection.action_refresh_fields()
        self.assertFalse(remote.exists())

    def test_a_type_that_does_not_fit_is_said(self):
        remote = self._in_the_tool("Points", "number")
        self.assertIn("Number", self._map("name", remote.name).problem)

    def test_the_example_is_of_a_real_record(self):
        partner = self.env["res.partner"].create(
            {"name": "Björn Florian", "email": "bjoern@example.org", "city": "Ærø"}
        )
        self._member("bjoern@example.org", partner_id=partner.id)
        mapping = self._map("city", "town", record_type="res.partner")
        self.assertEqual(mapping.example, "Ærø")

    # --- D08, D09: file and defaults ----------------------------------------------
    def _file(self, content):
        text = content if isinstance(content, str) else json.dumps(content)
        return self.env["newsletter.mapping.file"].create(
            {
                "connection_id": self.connection.id,
                "mode": "load",
                "file": base64.b64encode(text.encode()),
                "file_name": "mapping.json",
            }
        )

    def test_a_saved_mapping_loads_as_it_was(self):
        self._map("city", "Ort", rule="ask", direction="both")
        wizard = self.env["newsletter.mapping.file"].create(
            {"connection_id": self.connection.id}
        )
        saved = base64.b64decode(wizard.saved).decode()
        for secret in self._secrets():
            self.assertNotIn(secret, saved)
        before = wizard._as_json()
        self.connection.action_default_mapping()
        self.assertNotEqual(wizard._as_json(), before)
        load = self._file(saved)
        self.assertIn("city", load.changes)
        load.action_load()
        self.assertEqual(wizard._as_json(), before)
        self.assertIn("same", self._file(before).changes)

    def _secrets(self):
        # sudo: the test compares with the stored secrets
        stored = self.connection.sudo().credential_ids.mapped("value")
        secrets = [value for value in stored if value]
        self.assertTrue(secrets)
        return secrets

    def test_a_bad_file_says_what_is_wrong_and_changes_nothing(self):
        before = self.mappings.search([]).mapped("path")
        good = {"newsletter_sync_field_mapping": 1}
        for content, said in (
            ("no json", "not JSON"),
            ("[]", "no field mapping"),
            ({"rows": []}, "no field mapping"),
            ({"newsletter_sync_field_mapping": 99, "rows": []}, "later version"),
            ({**good, "rows": [3]}, "Row 1 of the file is not readable"),
            ({**good, "rows": [{"label": "x"}]}, "Row 1 lacks “path”"),
            (
                {**good, "rows": [{"label": "x", "path": "name", "rule": "dice"}]},
                "“dice” is not known",
            ),
            (
                {**good, "rows": [{"label": "x", "path": "no_such_field"}]},
                "does not fit this database",
            ),
        ):
            with (
                self.subTest(said),
                self.assertRaisesRegex(UserError, said),
                self.env.cr.savepoint(),
            ):
                self._file(content).action_load()
        self.assertEqual(self.mappings.search([]).mapped("path"), before)

    # --- rights -------------------------------------------------------------------
    def test_only_administrators_change_it(self):
        manager = new_test_user(
            self.env, "mapper", groups="newsletter_sync.group_manager"
        )
        mapping = self._map("city", "town")
        self.assertEqual(mapping.with_user(manager).path, "city")
        with self.assertRaises(AccessError):
            mapping.with_user(manager).direction = "both"
        with self.assertRaises(AccessError):
            self.connection.with_user(manager).action_default_mapping()
