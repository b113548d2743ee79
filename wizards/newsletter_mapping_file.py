"""The field mapping as a file: to keep it, or to use it for another connection."""

import base64
import json

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

VERSION = 1
#: what a row of the file says; the rest belongs to one database
KEYS = ("label", "path", "remote_name", "record_type", "direction", "rule", "aliases")
REQUIRED = ("label", "path")


class NewsletterMappingFile(models.TransientModel):
    """Writes and reads the rows of a connection, after telling what would change."""

    _name = "newsletter.mapping.file"
    _description = "Field Mapping as a File"

    connection_id = fields.Many2one(
        "newsletter.connection", required=True, ondelete="cascade"
    )
    mode = fields.Selection(
        [("save", "Save as a file"), ("load", "Load from a file")],
        required=True,
        default="save",
    )
    file = fields.Binary(attachment=False)
    file_name = fields.Char()
    saved = fields.Binary(
        string="File to Keep", compute="_compute_saved", attachment=False
    )
    saved_name = fields.Char(compute="_compute_saved")
    changes = fields.Text(
        string="What would change", compute="_compute_changes", readonly=True
    )

    left_out = fields.Integer(compute="_compute_left_out")

    @api.depends("connection_id")
    def _compute_left_out(self):
        """Rows of single couplings: another connection has no such coupling."""
        for wizard in self:
            wizard.left_out = self.env["newsletter.field.mapping"].search_count(
                [
                    ("connection_id", "=", wizard.connection_id.id),
                    ("coupling_id", "!=", False),
                ]
            )

    # --- saving --------------------------------------------------------------------
    @api.depends("connection_id", "mode")
    def _compute_saved(self):
        for wizard in self:
            wizard.saved = base64.b64encode(wizard._as_json().encode())
            wizard.saved_name = f"field_mapping_{wizard.connection_id.id}.json"

    def action_save(self):
        """The file, as a download; the button has saved the dialog before."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self._name}/{self.id}/saved/{self.saved_name}"
            "?download=true",
            "target": "download",
        }

    def _rows_here(self):
        return self.env["newsletter.field.mapping"].search(
            [
                ("connection_id", "=", self.connection_id.id),
                ("coupling_id", "=", False),
            ]
        )

    def _as_json(self):
        """The rows as text: readable, in their order, without any id."""
        self.ensure_one()
        return json.dumps(
            {
                "newsletter_sync_field_mapping": VERSION,
                "tool": self.connection_id.provider,
                "rows": [
                    {key: row[key] for key in KEYS if row[key]}
                    for row in self._rows_here()
                ],
            },
            indent=2,
            ensure_ascii=False,
        )

    # --- loading -------------------------------------------------------------------
    @api.depends("file", "connection_id")
    def _compute_changes(self):
        for wizard in self:
            if not wizard.file:
                wizard.changes = False
                continue
            try:
                wizard.changes = wizard._tell(wizard._rows_in_file())
            except UserError as error:
                wizard.changes = str(error)

    def _rows_in_file(self):
        """The rows of the file, each a dict with all of ``KEYS``.

        :raises UserError: what is wrong with the file, and in which row
        """
        try:
            content = json.loads(base64.b64decode(self.file).decode("utf-8-sig"))
        except ValueError as error:
            raise UserError(
                self.env._(
                    "This is no field mapping: the file is not JSON. Choose a file "
                    "that was saved on this screen."
                )
            ) from error
        version = isinstance(content, dict) and content.get(
            "newsletter_sync_field_mapping"
        )
        rows = isinstance(content, dict) and content.get("rows")
        if not isinstance(version, int) or not isinstance(rows, list):
            raise UserError(
                self.env._(
                    "This file holds no field mapping. Choose a file that was saved "
                    "on this screen."
                )
            )
        if version > VERSION:
            raise UserError(
                self.env._(
                    "This file was saved by a later version of the addon. Update the "
                    "addon first."
                )
            )
        return [self._checked(number, row) for number, row in enumerate(rows, 1)]

    def _checked(self, number, row):
        if not isinstance(row, dict) or not all(
            isinstance(row.get(key, ""), str) for key in KEYS
        ):
            raise UserError(self.env._("Row %s of the file is not readable.", number))
        values = {key: row.get(key, "").strip() for key in KEYS}
        for key in REQUIRED:
            if not values[key]:
                raise UserError(
                    self.env._("Row %(row)s lacks “%(key)s”.", row=number, key=key)
                )
        mappings = self.env["newsletter.field.mapping"]
        for key in ("record_type", "direction", "rule"):
            field = mappings._fields[key]
            values[key] = values[key] or field.default(mappings)
            if values[key] not in field.get_values(self.env):
                raise UserError(
                    self.env._(
                        "Row %(row)s: “%(value)s” is not known for “%(key)s”.",
                        row=number,
                        value=values[key],
                        key=key,
                    )
                )
        return values

    def _tell(self, rows):
        """What loading would add, change and remove, one line each."""
        found, gone = self._rows_here()._pair(rows)
        lines = []
        for row, values in zip(found, rows, strict=True):
            name = f"{values['path']} → {values['remote_name'] or values['label']}"
            if not row:
                lines.append(self.env._("New: %s", name))
            elif any((row[key] or "") != values[key] for key in KEYS):
                lines.append(self.env._("Changed: %s", name))
        lines += [self.env._("Removed: %s", row.path) for row in gone]
        return "\n".join(lines) or self.env._("Nothing: the mapping is the same.")

    def action_load(self):
        """Make the mapping what the file says; rows that stay keep their history."""
        self.ensure_one()
        self.connection_id.check_access("write")
        if not self.file:
            raise UserError(self.env._("Please choose a file."))
        rows = self._rows_in_file()
        for number, values in enumerate(rows, 1):
            values["sequence"] = 10 * number
        try:
            self._rows_here()._replace(rows, connection_id=self.connection_id.id)
        except ValidationError as error:
            raise UserError(
                self.env._("The file does not fit this database. %s", error)
            ) from error
        self.env["newsletter.event"]._log(
            "mapping_loaded",
            connection=self.connection_id,
            record=self.connection_id,
            text=self.env._(
                "The field mapping was loaded from the file “%s”.",
                self.file_name or "",
            ),
        )
        return self.connection_id.action_field_mapping()
