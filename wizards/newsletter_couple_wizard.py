"""Couple a mailing list with a list of the tool: existing or new, on either side."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..connectors.capabilities import Capabilities
from ..connectors.errors import ConnectorError

#: fields that a coupling gets as they stand in the dialog
CHOSEN = ("direction", "automation", "new_contacts", "missing_in_tool", "join")


class NewsletterCoupleWizard(models.TransientModel):
    """Choose, set, look, couple. Nothing is created before the last button."""

    _name = "newsletter.couple.wizard"
    _description = "Couple Two Lists"

    step = fields.Selection(
        [
            ("choose", "Lists"),
            ("settings", "Settings"),
            ("confirm", "Confirm"),
            ("done", "Done"),
        ],
        default="choose",
        required=True,
        readonly=True,
    )
    way = fields.Selection(
        [
            ("existing", "Both lists exist"),
            ("new_local", "The list is in the tool: create the mailing list in Odoo"),
            ("new_remote", "The mailing list is in Odoo: create the list in the tool"),
            ("new_both", "Neither exists: create both"),
        ],
        string="What is there already?",
        default="existing",
        required=True,
    )
    new_local = fields.Boolean(compute="_compute_new")
    new_remote = fields.Boolean(compute="_compute_new")
    connection_id = fields.Many2one(
        "newsletter.connection",
        required=True,
        domain=[("state", "=", "connected")],
        default=lambda self: self._default_connection(),
    )
    one_connection = fields.Boolean(compute="_compute_one_connection")
    tool_name = fields.Char(compute="_compute_tool")
    can_create_list = fields.Boolean(compute="_compute_tool")
    cannot_create_message = fields.Char(compute="_compute_tool")
    can_ask = fields.Boolean(compute="_compute_tool")
    has_opt_in_processes = fields.Boolean(related="connection_id.has_opt_in_processes")
    remote_list_id = fields.Many2one(
        "newsletter.remote.list",
        string="List in the Tool",
        domain="[('connection_id', '=', connection_id), ('coupled', '=', False)]",
    )
    remote_name = fields.Char(string="Name in the Tool")
    mailing_list_id = fields.Many2one("mailing.list", string="Mailing List in Odoo")
    local_name = fields.Char(string="Name in Odoo")
    lists_message = fields.Char(readonly=True)

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
        string="Unknown People in the Tool",
        required=True,
        default="mailing_contact",
    )
    missing_in_tool = fields.Selection(
        selection=lambda self: self._selection("missing_in_tool"),
        string="People Missing in the Tool",
        required=True,
        default="ask",
    )
    join = fields.Selection(
        selection=lambda self: self._selection("join"),
        string="Joining",
        required=True,
        default="transmit",
    )
    opt_in_process_id = fields.Many2one(
        "newsletter.opt.in.process",
        string="Opt-in Process",
        domain="[('connection_id', '=', connection_id)]",
    )
    record_reactions = fields.Boolean(
        string="Record Reactions of Each Recipient",
        help="The tool may record who opens and clicks, of those people alone who "
        "allowed it by a tick of its own; the consent says so. Of all others "
        "statistics tell numbers only. Holds for people who join from now on.",
    )
    chooses_reactions = fields.Boolean(compute="_compute_tool")
    opt_in_explained = fields.Char(
        string="What the Tool Does", compute="_compute_opt_in_explained"
    )
    preview = fields.Html(readonly=True)
    first_transmission = fields.Boolean(
        string="Prepare the first transmission afterwards",
        help="All who are on the mailing list with a confirmed consent are shown in a "
        "dry run; nothing is sent before you approve it.",
    )
    # a plain number: when it is written, this transaction cannot see the coupling yet
    made_id = fields.Integer(readonly=True)
    coupling_id = fields.Many2one("newsletter.coupling", compute="_compute_coupling_id")
    done_message = fields.Char(readonly=True)

    # --- what the fields know ---------------------------------------------------
    @api.model
    def _selection(self, name):
        field = self.env["newsletter.coupling"]._fields[name]
        return field._description_selection(self.env)

    @api.model
    def _default_connection(self):
        return self.env["newsletter.connection"]._offered()[:1]

    def _capabilities(self):
        connection = self.connection_id
        if not connection:
            return Capabilities()
        return connection._connector_class().capabilities

    @api.depends("way")
    def _compute_new(self):
        for wizard in self:
            wizard.new_local = wizard.way in ("new_local", "new_both")
            wizard.new_remote = wizard.way in ("new_remote", "new_both")

    @api.depends("connection_id")
    def _compute_tool(self):
        for wizard in self:
            can = wizard._capabilities()
            wizard.can_create_list = can.create_list
            wizard.can_ask = can.double_opt_in
            wizard.chooses_reactions = can.reactions
            wizard.tool_name = (
                wizard.connection_id and wizard.connection_id._connector_class().label
            )
            wizard.cannot_create_message = self.env._(
                "%s cannot create lists. Create the list there, then choose it here.",
                wizard.tool_name,
            )

    @api.depends("made_id")
    def _compute_coupling_id(self):
        for wizard in self:
            wizard.coupling_id = wizard.coupling_id.browse(wizard.made_id or [])

    def _compute_one_connection(self):
        self.one_connection = len(self.env["newsletter.connection"]._offered()) == 1

    @api.depends(
        *("remote_list_id", "connection_id", "join", "opt_in_process_id"),
        "setting_ids.value",
    )
    def _compute_opt_in_explained(self):
        for wizard in self:
            chosen = wizard.setting_ids.filtered(lambda line: line.name == "optin")
            remote = wizard.remote_list_id or wizard.remote_list_id.new(
                {"connection_id": wizard.connection_id.id, "opt_in": chosen.value}
            )
            wizard.opt_in_explained = wizard.connection_id and remote._explain_opt_in(
                wizard.join, wizard.opt_in_process_id
            )

    # --- opening and moving -----------------------------------------------------
    @api.model
    def action_open(self, **values):
        """Open the dialog with the tool's lists as they are now.

        :param values: fields that are known already, such as ``connection_id``
        """
        self.env["newsletter.coupling"].check_access("create")
        if not self._default_connection():
            raise UserError(
                self.env._(
                    "No newsletter tool is connected yet. An administrator connects "
                    "one under Email Marketing / Newsletter Tools / Connections."
                )
            )
        wizard = self.create(values)
        wizard._take_defaults()
        wizard.connection_id._refresh_lists_or_explain(wizard)
        return wizard._reopen()

    def _reopen(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Couple Two Lists"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
        }

    @api.onchange("connection_id")
    def _onchange_connection_id(self):
        self.remote_list_id = False
        self.opt_in_process_id = False
        if self.connection_id:
            self._take_defaults()
            self.connection_id._refresh_lists_or_explain(self)
            if self.new_remote and not self.can_create_list:
                self.way = "existing"

    def _take_defaults(self):
        """Begin with what the account says (A15)."""
        defaults = self.connection_id._coupling_defaults()
        defaults["direction"] = self.connection_id.coupling_direction
        for name in CHOSEN:
            self[name] = defaults[name]

    def action_back(self):
        """One step back; what was entered stays."""
        self.step = {"confirm": "settings", "settings": "choose"}.get(
            self.step, self.step
        )
        return self._reopen()

    def action_next(self):
        """The next step, once this one is complete."""
        self.ensure_one()
        if self.step == "choose":
            self._check_choice()
            self._to_settings()
        elif self.step == "settings":
            self._check_settings()
            self._to_confirm()
        return self._reopen()

    def _check_choice(self):
        if self.connection_id not in self.env["newsletter.connection"]._offered():
            raise UserError(self.env._("Please choose a connection that is connected."))
        if self.new_remote and not self.can_create_list:
            raise UserError(self.cannot_create_message)
        if not self.new_remote:
            if not self.remote_list_id:
                raise UserError(self.env._("Please choose a list of the tool."))
            self.env["newsletter.coupling"]._check_free(self.remote_list_id)
        if not self.new_local and not self.mailing_list_id:
            raise UserError(self.env._("Please choose a mailing list in Odoo."))
        if not self._names()[0]:
            raise UserError(self.env._("Please enter a name for the new list."))

    def _names(self):
        """(name in the tool, name in Odoo): an empty one is that of the other side."""
        remote = self.remote_name if self.new_remote else self.remote_list_id.name
        local = self.local_name if self.new_local else self.mailing_list_id.name
        remote, local = (remote or "").strip(), (local or "").strip()
        return remote or local, local or remote

    def _to_settings(self):
        if not self._settings_fit():
            self._fill_settings()
        if self.has_opt_in_processes:
            self._speak(self.connection_id._refresh_opt_in_processes)
        if self.way == "new_remote":
            self.first_transmission = True
            self.missing_in_tool = "transmit"
        self.step = "settings"

    def _to_confirm(self):
        remote_list, mailing_list = self.remote_list_id, self.mailing_list_id
        if self.new_remote:
            remote_list = remote_list.browse()
        if self.new_local:
            mailing_list = mailing_list.browse()
        preview = self.env["newsletter.coupling.preview"]
        rows = self._speak(lambda: preview._rows(remote_list, mailing_list, self))
        self.preview = self.env["ir.qweb"]._render(
            "newsletter_sync.couple_preview", {"steps": self._steps(), "rows": rows}
        )
        self.step = "confirm"

    def _steps(self):
        """What the last button does, one sentence each."""
        remote, local = self._names()
        names = {"local": local, "remote": remote, "tool": self.tool_name}
        steps = []
        if self.new_remote:
            steps.append(
                self.env._("The list “%(remote)s” is created in %(tool)s.", **names)
            )
        if self.new_local:
            steps.append(
                self.env._("The mailing list “%(local)s” is created in Odoo.", **names)
            )
        steps.append(
            self.env._(
                "The mailing list “%(local)s” is coupled with “%(remote)s” in "
                "%(tool)s. Nothing is sent by that and nobody is changed.",
                **names,
            )
        )
        return steps

    def _speak(self, call):
        """Ask the tool; a failure is told in the dialog's own words."""
        try:
            return call()
        except ConnectorError as error:
            raise UserError(self.connection_id._explain(error)) from error

    # --- coupling ---------------------------------------------------------------
    def action_couple(self):
        """Make what is missing on either side and join the two lists."""
        self.ensure_one()
        self.env["newsletter.coupling"].check_access("create")
        self._check_choice()
        self._check_settings()
        remote_name, local_name = self._names()
        connection = self.connection_id
        draft = self._list_draft(remote_name)
        created = self.new_remote and self._speak(
            lambda: connection._connector().create_list(draft)
        )
        values = {name: self[name] for name in CHOSEN}
        values["opt_in_process_id"] = self.opt_in_process_id.id
        values["record_reactions"] = self.record_reactions
        remote_list_id, mailing_list_id = (
            self.remote_list_id.id,
            self.mailing_list_id.id,
        )
        new_local = self.new_local

        def couple(runner):
            """In a transaction of its own: the list is in the tool now, for good."""
            env = runner.env
            remote_list = env["newsletter.remote.list"].browse(remote_list_id)
            if created:
                remote_list = remote_list._store_created(
                    env["newsletter.connection"].browse(connection.id), created, draft
                )
            mailing_list = env["mailing.list"].browse(mailing_list_id)
            if new_local:
                mailing_list = mailing_list.create({"name": local_name})
            return (
                env["newsletter.coupling"]
                ._couple(remote_list, mailing_list, **values)
                .id
            )

        self.made_id = self.env["newsletter.runner"]._in_transaction(couple)
        self.step = "done"
        self.done_message = self.env._(
            "Very good! The mailing list “%(local)s” is coupled with the list "
            "“%(remote)s” in %(tool)s.",
            local=local_name,
            remote=remote_name,
            tool=self.tool_name,
        )
        return self._reopen()

    # --- what comes next --------------------------------------------------------
    def action_fetch(self):
        """Step 1 at once."""
        return self.coupling_id.action_fetch()

    def action_first_transmission(self):
        """List, settings and all participants in one go, up to the dry run (E09)."""
        return self.coupling_id._prepare_first_transmission()

    def action_open_coupling(self):
        return self.coupling_id.action_open()
