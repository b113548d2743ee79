"""The attributes of a tool, as read last: what can be mapped, created and deleted."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..connectors.contract import FieldType, RemoteField
from ..connectors.errors import ConnectorError

#: as ``connectors.records.FieldType``
TYPES = [
    ("text", "Text"),
    ("number", "Number"),
    ("date", "Date"),
    ("datetime", "Date and time"),
    ("boolean", "Yes or no"),
    ("choice", "Choice"),
]


class NewsletterRemoteField(models.Model):
    """An attribute of the account, or of one list. A mirror: the tool decides."""

    _name = "newsletter.remote.field"
    _description = "Field in the Newsletter Tool"
    _order = "connection_id, label, id"
    _rec_name = "label"
    _check_company_auto = True

    connection_id = fields.Many2one(
        "newsletter.connection",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
        check_company=True,
    )
    company_id = fields.Many2one(
        related="connection_id.company_id", store=True, index=True
    )
    name = fields.Char(string="Technical Name", required=True, readonly=True)
    label = fields.Char(string="Field in the Tool", required=True, readonly=True)
    type = fields.Selection(TYPES, required=True, readonly=True)
    choices = fields.Char(readonly=True, help="Values that the tool takes, if few.")
    read_only = fields.Boolean(readonly=True, help="Only the tool itself writes it.")
    remote_id = fields.Char(readonly=True)
    remote_list_id = fields.Many2one(
        "newsletter.remote.list",
        string="Only for the List",
        readonly=True,
        ondelete="cascade",
        index="btree_not_null",
        help="Empty: for all lists of the account.",
    )
    is_mapped = fields.Boolean(compute="_compute_is_mapped")
    can_delete = fields.Boolean(compute="_compute_can_delete")

    _once = models.UniqueIndex(
        "(connection_id, name, COALESCE(remote_list_id, 0))",
        "This field is known already.",
    )

    @api.depends("label", "remote_list_id.name")
    def _compute_display_name(self):
        """Lists may have fields of the same name."""
        for field in self:
            name, of_list = field.label, field.remote_list_id.name
            field.display_name = f"{name} ({of_list})" if of_list else name

    @api.depends("connection_id.mapping_ids.remote_name")
    def _compute_is_mapped(self):
        for field in self:
            names = field.connection_id.mapping_ids.mapped("remote_name")
            field.is_mapped = field.name.lower() in {(n or "").lower() for n in names}

    def _compute_can_delete(self):
        for field in self:
            can = field.connection_id._connector_class().capabilities
            field.can_delete = can.delete_field and not field.read_only

    # --- reading -------------------------------------------------------------------
    @api.model
    def _refresh(self, connection):
        """Read the attributes of the account and of its coupled lists.

        :raises ConnectorError: the tool could not be asked
        """
        connector = connection._connector()
        lists = (
            self.env["newsletter.coupling"]
            .search([("connection_id", "=", connection.id)])
            .remote_list_id
        )
        found = {(each.name, each.list_id): each for each in connector.fields()}
        for remote_list in lists:
            for each in connector.fields(remote_list.remote_id):
                found.setdefault((each.name, each.list_id), each)
        return self._store(connection, found.values())

    @api.model
    def _refresh_or_explain(self, connection):
        """As ``_refresh``, for a button.

        :raises UserError: in plain words, what went wrong
        """
        connection.check_access("write")
        try:
            return self._refresh(connection)
        except ConnectorError as error:
            raise UserError(connection._explain(error)) from error

    @api.model
    def _store(self, connection, remote_fields):
        """Mirror what the tool listed; what is gone there goes here, too."""
        # sudo: the mirror is written by code only
        mirror = self.sudo()
        lists = {
            record.remote_id: record.id
            for record in self.env["newsletter.remote.list"].search(
                [("connection_id", "=", connection.id)]
            )
        }
        known = {
            (record.name, record.remote_list_id.id): record
            for record in mirror.search([("connection_id", "=", connection.id)])
        }
        fresh = []
        for each in remote_fields:
            list_id = lists.get(each.list_id, False)
            values = {
                "label": each.label or each.name,
                "type": each.type.value,
                "choices": ", ".join(each.choices) or False,
                "read_only": each.read_only,
                "remote_id": each.remote_id,
            }
            record = known.pop((each.name, list_id), None)
            if record:
                record.write(values)
            else:
                fresh.append(
                    {
                        **values,
                        "connection_id": connection.id,
                        "name": each.name,
                        "remote_list_id": list_id,
                    }
                )
        mirror.create(fresh)
        mirror.union(*known.values()).unlink()
        return self.search([("connection_id", "=", connection.id)])

    def _as_remote(self):
        """The record that the connector takes."""
        self.ensure_one()
        return RemoteField(
            name=self.name,
            label=self.label,
            type=FieldType(self.type),
            remote_id=self.remote_id or "",
            list_id=self.remote_list_id.remote_id or "",
        )

    # --- writing -------------------------------------------------------------------
    @api.model
    def _create_remote(self, connection, label, kind, remote_list):
        """Create an attribute in the tool.

        :param remote_list: the list it is for; empty where the tool takes it for all
        :raises UserError: in plain words, when the tool refuses
        """
        label = (label or "").strip()
        if not label:
            raise UserError(self.env._("Please enter a name for the new field."))
        connection.check_access("write")
        try:
            created = connection._connector().create_field(
                label, FieldType(kind), remote_list.remote_id or ""
            )
        except ConnectorError as error:
            raise UserError(connection._explain(error)) from error
        self._log_created(connection, created)
        return created

    @api.model
    def _log_created(self, connection, created):
        self.env["newsletter.event"]._log(
            "field_created",
            connection=connection,
            text=self.env._(
                "The field “%(label)s” (%(name)s) was created in the newsletter tool.",
                label=created.label,
                name=created.name,
            ),
        )

    def _delete_remote(self):
        """Delete the attribute in the tool, with all values it has there.

        :raises UserError: in plain words, when the tool refuses
        """
        self.ensure_one()
        connection = self.connection_id
        connection.check_access("write")
        try:
            connection._connector().delete_field(self._as_remote())
        except ConnectorError as error:
            raise UserError(connection._explain(error)) from error
        self.env["newsletter.event"]._log(
            "field_deleted",
            connection=connection,
            level="warning",
            text=self.env._(
                "The field “%(label)s” (%(name)s) was deleted in the newsletter tool "
                "with all its values.",
                label=self.label,
                name=self.name,
            ),
        )
        # sudo: see _store
        self.sudo().unlink()

    # --- from the screen -----------------------------------------------------------
    def action_map(self):
        """Begin a mapping: the tool's field is filled in, Odoo's is to be chosen."""
        self.ensure_one()
        self.check_access("read")
        return self._action_map(self.connection_id, self.label, self.name)

    @api.model
    def _action_map(self, connection, label, name):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Map “%s”", label),
            "res_model": "newsletter.field.mapping",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_connection_id": connection.id,
                "default_label": label,
                "default_remote_name": name,
            },
        }

    def action_delete(self):
        """Ask first: which lists and how many people lose their values."""
        self.ensure_one()
        self.check_access("read")
        return self._action_delete(self.label, remote_field_id=self.id)

    @api.model
    def _action_delete(self, label, **defaults):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Delete “%s” in the newsletter tool", label),
            "res_model": "newsletter.field.deletion",
            "view_mode": "form",
            "target": "new",
            "context": {f"default_{key}": value for key, value in defaults.items()},
        }
