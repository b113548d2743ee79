"""Choose a list and the options; preview and report are the run's own screen."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..connectors.errors import ConnectorError

#: seconds that the dialog waits for a preview; then its screen shows the progress
PREVIEW_SECONDS = 8


class NewsletterPushWizard(models.TransientModel):
    """ "Synchronise with newsletter tool": which people, which list, which options."""

    _name = "newsletter.push.wizard"
    _description = "Synchronise with Newsletter Tool"

    connection_id = fields.Many2one(
        "newsletter.connection",
        required=True,
        domain=[("state", "=", "connected")],
        default=lambda self: self.env["newsletter.connection"]._offered()[:1],
    )
    connection_count = fields.Integer(compute="_compute_connection_count")
    can_create_list = fields.Boolean(compute="_compute_can_create_list")
    remote_list_id = fields.Many2one(
        "newsletter.remote.list",
        string="List",
        domain="[('connection_id', '=', connection_id)]",
    )
    new_list = fields.Boolean(string="Create a new list")
    new_list_name = fields.Char(string="Name of the new list")
    include_single = fields.Boolean(
        string="Also single opt-ins",
        help="Also people who agreed but did not confirm by a click in a mail.",
    )
    update_existing = fields.Boolean(
        default=True,
        string="Update existing recipients",
        help="Their status in the tool is never touched.",
    )
    create_fields = fields.Boolean(
        default=True, string="Create missing fields in the tool"
    )
    res_model = fields.Char(readonly=True)
    selection_domain = fields.Json(readonly=True)
    record_count = fields.Integer(string="Selected", readonly=True)
    lists_message = fields.Char(readonly=True)

    def _compute_connection_count(self):
        self.connection_count = len(self.env["newsletter.connection"]._offered())

    @api.depends("connection_id")
    def _compute_can_create_list(self):
        for wizard in self:
            connection = wizard.connection_id
            wizard.can_create_list = (
                connection and connection._connector_class().capabilities.create_list
            )

    # --- opening -----------------------------------------------------------------
    @api.model
    def _open_for(self, records):
        """The action that opens the wizard for a selection of any size."""
        if not self.env["newsletter.connection"]._offered():
            raise UserError(
                self.env._(
                    "No newsletter tool is connected yet. An administrator connects "
                    "one under Email Marketing / Newsletter Tools / Connections."
                )
            )
        domain = self._selection(records)
        wizard = self.create(
            {
                "res_model": records._name,
                "selection_domain": domain,
                "record_count": records.search_count(fields.Domain(domain))
                if not self._is_ids(domain)
                else len(records),
            }
        )
        wizard._read_lists()
        return wizard._show()

    def _show(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Synchronise with Newsletter Tool"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    @api.model
    def _is_ids(self, domain):
        return len(domain) == 1 and domain[0][0] == "id"

    @api.model
    def _selection(self, records):
        """The selection as a domain: ids, or what "select all" stands for.

        The web client hands over a limited number of ids even if all were selected;
        when exactly that many arrive, the domain of the list they came from is meant.
        """
        context = self.env.context
        domain = context.get("active_domain")
        if (
            domain
            and context.get("active_model") == records._name
            and len(records) >= self._ids_limit()
            and records.search_count(fields.Domain(domain)) > len(records)
        ):
            # stored as the client sent it, with its relative dates resolved later
            return [list(c) if isinstance(c, tuple) else c for c in domain]
        return [["id", "in", records.ids]]

    @api.model
    def _ids_limit(self):
        # sudo: a system parameter of the web client
        return int(
            self.env["ir.config_parameter"]
            .sudo()
            .get_param("web.active_ids_limit", "20000")
        )

    # --- lists -------------------------------------------------------------------
    def _read_lists(self):
        """Read the tool's lists now; new ones appear without any set-up."""
        connection = self.connection_id
        self.lists_message = False
        if not connection:
            return
        try:
            lists = connection._refresh_lists()
        except ConnectorError as error:
            # sudo: the failure is noted at the connection, whoever noticed it
            connection.sudo()._note_failure(error)
            self.lists_message = connection._explain(error)
            return
        if self.remote_list_id not in lists:
            self.remote_list_id = lists if len(lists) == 1 else False

    @api.onchange("connection_id")
    def _onchange_connection_id(self):
        self.remote_list_id = False
        self.new_list = False
        self._read_lists()

    def action_read_lists(self):
        self.ensure_one()
        self._read_lists()
        return self._show()

    # --- on to the preview ---------------------------------------------------------
    def action_preview(self):
        """Collect and compare; nothing is sent. Much work goes on in the background."""
        self.ensure_one()
        self._check_choice()
        values = {
            "kind": "push",
            "connection_id": self.connection_id.id,
            "remote_list_id": self._chosen_list_id(),
            "res_model": self.res_model,
            "selection_domain": self.selection_domain,
            "selected": self.record_count,
            "include_single": self.include_single,
            "update_existing": self.update_existing,
            "create_fields": self.create_fields,
            "user_id": self.env.uid,
        }
        runner = self.env["newsletter.runner"]
        run_id = runner._start(values)
        runner._work_and_leave(run_id, PREVIEW_SECONDS)
        return self.env["newsletter.run"].browse(run_id)._open_report()

    def _check_choice(self):
        """Only what the dialog offers may be chosen, also by a call from outside.

        The run is made by sudo, so nothing after this would ask for these rights.
        """
        self.connection_id.check_access("read")
        self.remote_list_id.check_access("read")
        if self.connection_id not in self.env["newsletter.connection"]._offered():
            raise UserError(self.env._("Please choose a connection that is connected."))
        if (
            self.remote_list_id
            and self.remote_list_id.connection_id != self.connection_id
        ):
            raise UserError(self.env._("Please choose a list of this connection."))
        model = self.env.get(self.res_model)
        if not hasattr(model, "action_newsletter_push"):
            raise UserError(self.env._("These records cannot be synchronised."))

    def _chosen_list_id(self):
        if self.new_list:
            return self.env["newsletter.remote.list"]._create_remote(
                self.connection_id, self.new_list_name
            )
        if not self.remote_list_id:
            raise UserError(self.env._("Please choose a list."))
        return self.remote_list_id.id
