"""The mapping as a file of the same database, and fields of single lists."""

import base64
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common_two_way import TwoWayCase


@tagged("post_install", "-at_install")
class TestFieldMappingFields(TwoWayCase):
    def setUp(self):
        super().setUp()
        self.mappings = self.env["newsletter.field.mapping"]

    def _map(self, path, name, **values):
        return self.mappings.create(
            {
                "connection_id": self.connection.id,
                "path": path,
                "label": name,
                "remote_name": name,
                "record_type": "res.partner",
                **values,
            }
        )

    # --- the file ---------------------------------------------------------------------
    def _wizard(self, content=""):
        return self.env["newsletter.mapping.file"].create(
            {
                "connection_id": self.connection.id,
                "mode": "load" if content else "save",
                "file": base64.b64encode(content.encode()),
            }
        )

    def test_one_field_of_odoo_in_two_of_the_tool_survives_the_file(self):
        town, place = self._map("city", "town"), self._map("city", "ort")
        saved = self._wizard()._as_json()
        load = self._wizard(saved)
        self.assertIn("same", load.changes)
        load.action_load()
        self.assertEqual((town.remote_name, place.remote_name), ("town", "ort"))
        self.assertEqual(self._wizard()._as_json(), saved)

    def test_two_rows_change_their_fields_by_a_file(self):
        town, place = self._map("city", "town"), self._map("street", "ort")
        saved = self._wizard()._as_json()
        swapped = (
            saved.replace('"town"', '"x"')
            .replace('"ort"', '"town"')
            .replace('"x"', '"ort"')
        )
        load = self._wizard(swapped)
        self.assertEqual(load.changes.count("Changed"), 2)
        self.assertNotIn("New", load.changes)
        load.action_load()
        self.assertEqual((town.path, place.path), ("street", "city"))
        self.assertEqual(self._wizard()._as_json(), swapped)
        with self.assertRaisesRegex(UserError, "mapped twice"), self.env.cr.savepoint():
            self._wizard(saved.replace('"ort"', '"town"')).action_load()

    def test_a_row_that_only_gets_another_field_stays_itself(self):
        town = self._map("city", "town")
        saved = self._wizard()._as_json()
        self._wizard(saved.replace('"town"', '"place"')).action_load()
        self.assertEqual(town.exists().remote_name, "place")

    def test_rows_of_couplings_are_named_and_stay(self):
        own = self._map("city", "town", coupling_id=self.coupling.id)
        wizard = self._wizard()
        self.assertEqual(wizard.left_out, 1)
        self.assertNotIn("town", wizard._as_json())
        self._wizard(wizard._as_json()).action_load()
        self.assertTrue(own.exists())

    # --- a field of one list --------------------------------------------------------
    def _two_lists(self):
        """Both lists have a field of their own, and of the same name."""
        self.other = self._couple(
            mailing_list=self.env["mailing.list"].create({"name": "Other"}),
            remote_id=str(self.tool.new_list("Other")),
        )
        self.other.remote_list_id.name = "Other"
        self.lists = self.coupling.remote_list_id | self.other.remote_list_id
        return self.env["newsletter.remote.field"].create(
            [
                {
                    "connection_id": self.connection.id,
                    "name": "PHONE",
                    "label": "Phone",
                    "type": "text",
                    "remote_list_id": each.id,
                }
                for each in self.lists
            ]
        )

    def _delete(self, field, **values):
        wizard = self.env["newsletter.field.deletion"].create(
            {"remote_field_id": field.id, "confirmed": True, **values}
        )
        connector = type(self.connection._connector())
        with patch.object(connector, "delete_field"):
            wizard.action_delete()

    def _names(self, coupling, kind="res.partner"):
        rows = self.mappings._of_connection(self.connection, coupling)
        return rows._sent_names()[kind].values()

    def test_the_other_list_keeps_the_mapping_of_its_field(self):
        one, two = self._two_lists()
        row = self._map("phone", "PHONE")
        self._map("street", "phone", coupling_id=self.coupling.id)
        self._delete(one)
        self.assertTrue(row.exists())
        self.assertNotIn("PHONE", self._names(self.coupling))
        self.assertNotIn("phone", self._names(self.coupling))
        self.assertIn("PHONE", self._names(self.other))
        own = self.mappings.search([("coupling_id", "=", self.coupling.id)])
        self.assertEqual(own.direction, "none")
        self._delete(two)
        self.assertFalse(row.exists(), "the last field of that name is gone")

    def test_a_mapped_field_is_deleted_from_its_row(self):
        one, two = self._two_lists()
        row = self._map("phone", "phone")
        self.assertTrue(row.can_delete_field)
        context = row.action_delete_field()["context"]
        self.assertFalse(context["default_remote_field_id"], "which list is asked")
        wizard = self.env["newsletter.field.deletion"].new({"mapping_id": row.id})
        self.assertTrue(wizard.has_choice)
        self.assertEqual(wizard.candidate_ids._origin, one | two)
        self.assertNotEqual(one.display_name, two.display_name)
        own = self._map("phone", "phone", coupling_id=self.other.id)
        context = own.action_delete_field()["context"]
        self.assertEqual(context["default_remote_field_id"], two.id)
        wizard = (
            self.env["newsletter.field.deletion"].with_context(**context).create({})
        )
        self.assertEqual(wizard.mapping_names, "phone, phone")
        self.assertFalse(self._map("street", "street").can_delete_field)
