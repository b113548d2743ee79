"""Deleting the field of the tool that a row of the field mapping fills."""

from odoo import api, fields, models


class NewsletterFieldMapping(models.Model):
    _inherit = "newsletter.field.mapping"

    can_delete_field = fields.Boolean(compute="_compute_can_delete_field")

    @api.depends("remote_name", "coupling_id", "connection_id.remote_field_ids.name")
    def _compute_can_delete_field(self):
        for mapping in self:
            mapping.can_delete_field = bool(mapping._deletable_fields())

    def _deletable_fields(self):
        """Fields of the tool with the row's name: one, or one for each list."""
        name, of_list = (
            (self.remote_name or "").lower(),
            self.coupling_id.remote_list_id,
        )
        return self.connection_id.remote_field_ids.filtered(
            lambda field: (
                field.name.lower() == name
                and field.can_delete
                and (not of_list or field.remote_list_id in (of_list, of_list.browse()))
            )
        )

    def action_delete_field(self):
        """Ask first, and for which list; the row itself goes with the field."""
        self.ensure_one()
        self.check_access("write")
        found = self._deletable_fields()
        return found._action_delete(
            self.label,
            mapping_id=self.id,
            remote_field_id=found.id if len(found) == 1 else False,
        )
