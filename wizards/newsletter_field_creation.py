"""Create a field in the newsletter tool, and delete one, each after a question."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.newsletter_remote_field import TYPES


class NewsletterFieldCreation(models.TransientModel):
    """A new attribute: for all lists of the account where the tool can."""

    _name = "newsletter.field.creation"
    _description = "New Field in the Newsletter Tool"

    connection_id = fields.Many2one(
        "newsletter.connection", required=True, ondelete="cascade"
    )
    label = fields.Char(
        string="Name",
        required=True,
        help="The tool makes its technical name out of it.",
    )
    type = fields.Selection(TYPES, required=True, default="text")
    for_account = fields.Boolean(compute="_compute_for_account")
    remote_list_id = fields.Many2one(
        "newsletter.remote.list",
        string="For the List",
        domain="[('connection_id', '=', connection_id)]",
        help="This tool keeps fields per list.",
    )

    @api.depends("connection_id")
    def _compute_for_account(self):
        for wizard in self:
            can = wizard.connection_id._connector_class().capabilities
            wizard.for_account = can.account_fields

    def action_create(self):
        """Create it, and go on to what it shall be mapped with."""
        self.ensure_one()
        if not self.for_account and not self.remote_list_id:
            raise UserError(
                self.env._(
                    "This tool keeps fields per list. Please choose the list for "
                    "which the field shall be created."
                )
            )
        mirror = self.env["newsletter.remote.field"]
        created = mirror._create_remote(
            self.connection_id,
            self.label,
            self.type,
            self.remote_list_id if not self.for_account else mirror.remote_list_id,
        )
        mirror._refresh_or_explain(self.connection_id)
        return mirror._action_map(self.connection_id, created.label, created.name)


class NewsletterFieldDeletion(models.TransientModel):
    """Deleting an attribute takes its values from everybody; so it says from whom."""

    _name = "newsletter.field.deletion"
    _description = "Delete a Field in the Newsletter Tool"

    remote_field_id = fields.Many2one(
        "newsletter.remote.field",
        string="Field in the Tool",
        required=True,
        ondelete="cascade",
        domain="[('id', 'in', candidate_ids)]",
    )
    mapping_id = fields.Many2one(
        "newsletter.field.mapping",
        ondelete="cascade",
        help="The row at which the button was pressed; its field may be in several "
        "lists.",
    )
    candidate_ids = fields.Many2many(
        "newsletter.remote.field", compute="_compute_candidate_ids"
    )
    has_choice = fields.Boolean(compute="_compute_candidate_ids")
    connection_id = fields.Many2one(related="remote_field_id.connection_id")
    list_names = fields.Char(string="Lists", compute="_compute_concerned")
    people_count = fields.Integer(string="Recipients", compute="_compute_concerned")
    mapping_names = fields.Char(string="Mapped with", compute="_compute_concerned")
    confirmed = fields.Boolean(string="Delete it with all its values")

    @api.depends("mapping_id", "remote_field_id")
    def _compute_candidate_ids(self):
        for wizard in self:
            found = wizard.mapping_id._deletable_fields() or wizard.remote_field_id
            wizard.candidate_ids = found
            wizard.has_choice = len(found) > 1

    @api.depends("remote_field_id")
    def _compute_concerned(self):
        for wizard in self:
            field = wizard.remote_field_id
            if not field:
                wizard.update({"list_names": "", "people_count": 0})
                wizard.mapping_names = ""
                continue
            lists = field.remote_list_id or self.env["newsletter.remote.list"].search(
                [("connection_id", "=", field.connection_id.id)]
            )
            wizard.list_names = ", ".join(lists.mapped("name"))
            wizard.people_count = sum(lists.mapped("recipients"))
            wizard.mapping_names = ", ".join(wizard._mappings().mapped("path"))

    def _mappings(self):
        """Rows of the field mapping that fill the attribute."""
        return self.env["newsletter.field.mapping"].search(
            [
                ("connection_id", "=", self.connection_id.id),
                ("remote_name", "=ilike", self.remote_field_id.name),
            ]
        )

    def _unmap(self):
        """Take the mapping away, else the next synchronisation would create the field.

        Where another list of the connection has a field of that name, too, its mapping
        stays: only the couplings of this list say that it is not transferred.
        """
        field, rows = self.remote_field_id, self._mappings()
        twins = self.env["newsletter.remote.field"].search(
            [
                ("connection_id", "=", field.connection_id.id),
                ("name", "=ilike", field.name),
                ("id", "!=", field.id),
            ]
        )
        if not field.remote_list_id or not twins:
            rows.unlink()
            return
        couplings = self.env["newsletter.coupling"].with_context(active_test=False)
        couplings = couplings.search([("remote_list_id", "=", field.remote_list_id.id)])
        rows.filtered(lambda row: row.coupling_id in couplings).unlink()
        general = rows.exists().filtered(lambda row: not row.coupling_id)
        for coupling in couplings:
            general.copy({"coupling_id": coupling.id, "direction": "none"})

    def action_delete(self):
        self.ensure_one()
        if not self.confirmed:
            raise UserError(
                self.env._(
                    "Tick the box if the field shall be deleted with all its values. "
                    "This cannot be undone."
                )
            )
        self._unmap()
        connection = self.connection_id
        self.remote_field_id._delete_remote()
        return connection.action_field_mapping()
