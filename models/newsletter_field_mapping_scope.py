"""Which rows of the field mapping hold: for a coupling, and for a kind of record.

A row of a coupling goes before a row of the connection for the same field of the tool,
and a row for one kind of record before a row for all kinds.
"""

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class NewsletterFieldMapping(models.Model):
    _inherit = "newsletter.field.mapping"

    coupling_id = fields.Many2one(
        "newsletter.coupling",
        ondelete="cascade",
        index="btree_not_null",
        check_company=True,
        domain="[('connection_id', '=', connection_id)]",
        help="Only for this coupling; goes before the connection's row for the same "
        "field of the tool.",
    )
    direction = fields.Selection(
        selection_add=[("none", "Not transferred")],
        ondelete={"none": "set default"},
    )

    @api.constrains("connection_id", "coupling_id", "record_type", "remote_name")
    def _check_one_source(self):
        """Two rows for one field of the tool would overwrite each other for ever."""
        for mapping in self.filtered("remote_name"):
            others = self.search_count(
                [
                    ("connection_id", "=", mapping.connection_id.id),
                    ("coupling_id", "=", mapping.coupling_id.id),
                    ("record_type", "=", mapping.record_type),
                    ("remote_name", "=ilike", mapping.remote_name),
                    ("id", "!=", mapping.id),
                ],
                limit=1,
            )
            if others:
                raise ValidationError(
                    self.env._(
                        "The field “%s” of the newsletter tool is mapped twice for "
                        "the same kind of record. Remove one of the two rows.",
                        mapping.remote_name,
                    )
                )

    @api.constrains("connection_id", "coupling_id")
    def _check_coupling(self):
        for mapping in self.filtered("coupling_id"):
            if mapping.coupling_id.connection_id != mapping.connection_id:
                raise ValidationError(
                    self.env._("The coupling belongs to another connection.")
                )

    def _rivals_key(self):
        """What makes two rows rivals: the field of the tool that they fill."""
        self.ensure_one()
        return (self.remote_name or self.label or "").strip().lower()

    @api.model
    def _of_connection(self, connection, coupling=None):
        """The rows that hold for a coupling, or for the whole connection.

        :param coupling: may be empty or None: then only the connection's own rows
        """
        # sudo: the mapping is an administrator's, its use is everybody's
        rows = self.sudo().search(
            [
                ("connection_id", "=", connection.id),
                ("coupling_id", "in", [False, *(coupling.ids if coupling else [])]),
            ]
        )
        own = {
            (row._rivals_key(), row.record_type): row for row in rows if row.coupling_id
        }
        general = rows.filtered(
            lambda row: (
                not row.coupling_id
                and (row._rivals_key(), row.record_type) not in own
                and (row._rivals_key(), "any") not in own
            )
        )
        held = general | rows.filtered("coupling_id")
        return held.sorted(lambda row: (row.sequence, row.id)).filtered(
            lambda row: row.direction != "none"
        )

    @api.model
    def _to_tool(self, connection, coupling=None):
        """The rows that a push uses."""
        return self._of_connection(connection, coupling).filtered(
            lambda row: row.direction in ("both", "to_tool")
        )

    def _for_model(self, model_name):
        """Those of the rows that hold for one kind of record."""
        special = {row._rivals_key() for row in self if row.record_type == model_name}
        return self.filtered(
            lambda row: (
                row.record_type == model_name
                or (row.record_type == "any" and row._rivals_key() not in special)
            )
        )
