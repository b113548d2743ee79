"""Which rows of the field mapping hold: for a coupling, and for a kind of record.

A row of a coupling goes before a row of the connection for the same field of the tool,
and a row for one kind of record before a row for all kinds. "Not transferred" goes
before others in the same way, so it must be there until the kind of record is known.
"""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .newsletter_record_kinds import HOLDING


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

    def _filled(self):
        """{row: what it fills}: rows that fill the same field of the tool are rivals.

        Until a row has found its field it is told by the label, as is a row for one
        coupling beside that of the connection.
        """
        named = {
            row.label.strip().lower(): row.remote_name
            for row in self
            if row.remote_name
        }
        filled = {}
        for row in self:
            label = (row.label or "").strip().lower()
            filled[row] = (row.remote_name or named.get(label) or label).lower()
        return filled

    @api.model
    def _of_connection(self, connection, coupling=None):
        """The rows that hold for a coupling, or for the whole connection.

        Those by which nothing is transferred are among them: they keep a more general
        row from holding. Whoever uses rows asks ``_for_kind`` first, or, where the kind
        of record does not matter, ``_travelling``.

        :param coupling: may be empty or None: then only the connection's own rows
        """
        # sudo: the mapping is an administrator's, its use is everybody's
        rows = self.sudo().search(
            [
                ("connection_id", "=", connection.id),
                ("coupling_id", "in", [False, *(coupling.ids if coupling else [])]),
            ]
        )
        filled = rows._filled()
        own = {(filled[row], row.record_type) for row in rows if row.coupling_id}
        return rows.filtered(
            lambda row: (
                row.coupling_id
                or not any(
                    (filled[row], kind) in own for kind in HOLDING[row.record_type]
                )
            )
        ).sorted(lambda row: (row.sequence, row.id))

    @api.model
    def _kind_of(self, record):
        """The kind of a record: of contacts companies are one of their own."""
        if record._name == "res.partner" and record.is_company:
            return "company"
        return record._name

    @api.model
    def _by_kind(self, records):
        """{kind: records}"""
        return records.grouped(self._kind_of)

    def _travelling(self):
        """Those of the rows by which values travel, in whatever direction."""
        return self.filtered(lambda row: row.direction != "none")

    def _sending(self):
        """Those of the rows by which values go to the tool."""
        return self.filtered(lambda row: row.direction in ("both", "to_tool"))

    def _for_kind(self, kind):
        """Those of the rows by which values of one kind of record travel.

        For each field of the tool the rows for the nearest kind decide, even if they
        say that nothing is transferred.
        """
        kinds = HOLDING[kind]
        filled = self._filled()
        nearest = {}
        for row in self:
            if row.record_type in kinds:
                place = kinds.index(row.record_type)
                key = filled[row]
                nearest[key] = min(place, nearest.get(key, place))
        return self._travelling().filtered(
            lambda row: (
                row.record_type in kinds
                and kinds.index(row.record_type) == nearest[filled[row]]
            )
        )

    def _sent_names(self):
        """{kind of record: {mapping id as text: field of the tool}} of what is sent."""
        return {
            kind: {
                str(row.id): row.remote_name
                for row in self._for_kind(kind)._sending()
                if row.remote_name
            }
            for kind in HOLDING
        }


class NewsletterRunLine(models.Model):
    _inherit = "newsletter.run.line"

    def _kind(self):
        """The kind of record whose values are sent, as rows of the mapping name it."""
        self.ensure_one()
        # sudo: no more is asked than what kind of record it is
        line = self.sudo()
        record = line.partner_id or line.lead_id or line.contact_id
        return (
            self.env["newsletter.field.mapping"]._kind_of(record) if record else "any"
        )
