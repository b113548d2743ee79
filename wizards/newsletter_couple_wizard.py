"""Couple a mailing list with a list of the tool: existing or new, on either side."""

from odoo import api, fields, models
from odoo.exceptions import UserError


class NewsletterCoupleWizard(models.TransientModel):
    """The four ways to couple; nothing is created before the button is pressed."""

    _name = "newsletter.couple.wizard"
    _description = "Couple Two Lists"

    connection_id = fields.Many2one(
        "newsletter.connection",
        required=True,
        domain=[("state", "=", "connected")],
        default=lambda self: self._default_connection(),
    )
    can_create_list = fields.Boolean(compute="_compute_can_create_list")
    new_remote = fields.Boolean(string="Create a New List in the Tool")
    remote_list_id = fields.Many2one(
        "newsletter.remote.list",
        string="List in the Tool",
        domain="[('connection_id', '=', connection_id)]",
    )
    remote_name = fields.Char(string="Name in the Tool")
    new_local = fields.Boolean(string="Create a New Mailing List in Odoo")
    mailing_list_id = fields.Many2one("mailing.list", string="Mailing List in Odoo")
    local_name = fields.Char(string="Name in Odoo")
    direction = fields.Selection(
        selection=lambda self: self._selection("direction"),
        required=True,
        default="both",
    )
    automation = fields.Selection(
        selection=lambda self: self._selection("automation"),
        required=True,
        default="safe",
    )
    new_contacts = fields.Selection(
        selection=lambda self: self._selection("new_contacts"),
        required=True,
        default="mailing_contact",
    )
    lists_message = fields.Char(readonly=True)

    @api.model
    def _selection(self, name):
        field = self.env["newsletter.coupling"]._fields[name]
        return field._description_selection(self.env)

    @api.model
    def _default_connection(self):
        return self.env["newsletter.connection"]._offered()[:1]

    @api.depends("connection_id")
    def _compute_can_create_list(self):
        for wizard in self:
            connection = wizard.connection_id
            wizard.can_create_list = bool(
                connection and connection._connector_class().capabilities.create_list
            )

    @api.model
    def action_open(self):
        """Open the dialog with the tool's lists as they are now."""
        if not self._default_connection():
            raise UserError(
                self.env._(
                    "No newsletter tool is connected yet. An administrator connects "
                    "one under Email Marketing / Newsletter Tools / Connections."
                )
            )
        wizard = self.create({})
        wizard.connection_id._refresh_lists_or_explain(wizard)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Couple Two Lists"),
            "res_model": self._name,
            "res_id": wizard.id,
            "view_mode": "form",
            "target": "new",
        }

    @api.onchange("connection_id")
    def _onchange_connection_id(self):
        self.remote_list_id = False
        if self.connection_id:
            self.connection_id._refresh_lists_or_explain(self)

    def action_couple(self):
        """Make what is missing on either side and join the two lists."""
        self.ensure_one()
        self.env["newsletter.coupling"].check_access("create")
        if self.connection_id not in self.env["newsletter.connection"]._offered():
            raise UserError(self.env._("Please choose a connection that is connected."))
        remote_id = self._remote_list_id()
        mailing_list = self.mailing_list_id
        if self.new_local:
            name = (self.local_name or self.remote_name or "").strip()
            name = name or self.remote_list_id.name or ""
            mailing_list = mailing_list.create({"name": name})
        if not mailing_list:
            raise UserError(self.env._("Please choose a mailing list in Odoo."))
        values = {
            "mailing_list_id": mailing_list.id,
            "direction": self.direction,
            "automation": self.automation,
            "new_contacts": self.new_contacts,
        }
        coupling = self.env["newsletter.coupling"].search(
            [("remote_list_id", "=", remote_id)], limit=1
        )
        if coupling.mailing_list_id and coupling.mailing_list_id != mailing_list:
            raise UserError(
                self.env._(
                    "“%(list)s” is coupled with “%(other)s” already.",
                    list=coupling.remote_list_id.name,
                    other=coupling.mailing_list_id.name,
                )
            )
        if coupling:
            # people were pushed to it before; they are kept
            coupling.write(values)
        else:
            coupling = coupling.create({**values, "remote_list_id": remote_id})
        self.env["newsletter.event"]._log(
            "coupled",
            coupling=coupling,
            text=self.env._("The lists were coupled: %s.", coupling.display_name),
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "title": self.env._("The two lists are coupled now."),
                "message": self.env._("Next step: fetch the tool's list."),
                "next": {
                    "type": "ir.actions.act_window",
                    "res_model": coupling._name,
                    "res_id": coupling.id,
                    "views": [[False, "form"]],
                },
            },
        }

    def _remote_list_id(self):
        if not self.new_remote:
            if not self.remote_list_id:
                raise UserError(self.env._("Please choose a list of the tool."))
            return self.remote_list_id.id
        name = self.remote_name or self.local_name or self.mailing_list_id.name
        created = self.env["newsletter.remote.list"]._create_remote(
            self.connection_id, name
        )
        # it was stored by another transaction, which this one sees by its id only
        return created
