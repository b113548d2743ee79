"""One account at one newsletter tool."""

from dataclasses import replace

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..connectors import registry
from ..connectors.contract import Connector
from ..connectors.errors import (
    ConnectorError,
    LoginRefused,
    MisConfigured,
    ReconnectNeeded,
)
from . import newsletter_messages as messages

#: lists whose numbers are asked for by a connection test, one call each
COUNTED_LISTS = 25


class NewsletterConnection(models.Model):
    """Knows how to build its connector; what it may do stands in the capabilities.

    ``state`` says whether work may be offered at all: only ``connected`` does.
    """

    _name = "newsletter.connection"
    _description = "Newsletter Connection"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, tracking=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    provider = fields.Selection(
        selection="_selection_provider",
        string="Newsletter Tool",
        required=True,
        tracking=True,
    )
    state = fields.Selection(
        [
            ("draft", "Not connected"),
            ("connected", "Connected"),
            ("paused", "Paused"),
            ("reconnect", "Reconnect needed"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        default=lambda self: self.env.user,
        help="Is told when the access expires or a run stops.",
    )
    credential_ids = fields.One2many(
        "newsletter.credential",
        "connection_id",
        string="Login",
        copy=False,
        groups="newsletter_sync.group_administrator",
    )
    remote_list_ids = fields.One2many("newsletter.remote.list", "connection_id")
    coupling_ids = fields.One2many("newsletter.coupling", "connection_id")
    mapping_ids = fields.One2many("newsletter.field.mapping", "connection_id")
    uses_oauth = fields.Boolean(compute="_compute_uses_oauth")
    redirect_uri = fields.Char(compute="_compute_redirect_uri", string="Redirect URI")

    # What the tool said about the account, for the panel.
    account_number = fields.Char(readonly=True, copy=False)
    account_name = fields.Char(readonly=True, copy=False)
    account_email = fields.Char(readonly=True, copy=False)
    account_plan = fields.Char(readonly=True, copy=False)
    web_url = fields.Char(string="Web Page of the Tool", readonly=True, copy=False)
    recipients = fields.Integer(
        string="Recipients in the Tool", readonly=True, copy=False
    )
    quota = fields.Integer(string="Recipients of the Plan", readonly=True, copy=False)
    checked_at = fields.Datetime(string="Last Check", readonly=True, copy=False)
    message = fields.Char(string="Result of the Check", readonly=True, copy=False)
    member_count = fields.Integer(compute="_compute_member_count")
    run_count = fields.Integer(compute="_compute_run_count")
    database_name = fields.Char(compute="_compute_database_name", string="Database")

    @api.model
    def _selection_provider(self):
        """The registered tools; the in-memory one only for developers."""
        return [(code, cls.label) for code, cls in self._connector_classes().items()]

    @api.model
    def _connector_classes(self):
        return registry.all(developer=self._is_developer())

    @api.model
    def _is_developer(self):
        """The explicit switch that permits loopback addresses (sandbox, tests)."""
        # sudo: a system parameter, readable by the system only
        value = (
            self.env["ir.config_parameter"]
            .sudo()
            .get_param("newsletter_sync.allow_loopback_tools", "")
        )
        return value.lower() in ("1", "true", "yes")

    def _connector_class(self):
        """What the tool can do; nothing at all while its connector is broken.

        Screens with several connections stay usable so; speaking to the broken one
        says what is wrong (``_connector``).
        """
        self.ensure_one()
        try:
            return registry.get(self.provider)
        except MisConfigured:
            return Connector

    @api.depends("provider", "credential_ids.value")
    def _compute_uses_oauth(self):
        for connection in self:
            # sudo: the login mode is no secret, but its table is for administrators
            login = connection.sudo().credential_ids.filtered(
                lambda line: line.name == "login"
            )
            connection.uses_oauth = login.value == "oauth"

    def _compute_redirect_uri(self):
        for connection in self:
            connection.redirect_uri = (
                f"{connection.get_base_url()}/newsletter_sync/oauth/callback"
            )

    def _compute_database_name(self):
        self.database_name = self.env.cr.dbname

    def _compute_member_count(self):
        counts = dict(
            self.env["newsletter.member"]._read_group(
                [
                    ("connection_id", "in", self.ids),
                    ("remote_id", "!=", False),
                    ("remote_status", "=", "subscribed"),
                ],
                ["connection_id"],
                ["__count"],
            )
        )
        for connection in self:
            connection.member_count = counts.get(connection, 0)

    def _compute_run_count(self):
        counts = dict(
            self.env["newsletter.run"]._read_group(
                [("connection_id", "in", self.ids)], ["connection_id"], ["__count"]
            )
        )
        for connection in self:
            connection.run_count = counts.get(connection, 0)

    # --- life ----------------------------------------------------------------
    @api.onchange("provider")
    def _onchange_provider(self):
        """Only the fields of the chosen tool are asked for."""
        if self.provider:
            self.name = self.name or self._connector_class().label
            self.credential_ids = [fields.Command.clear()] + [
                fields.Command.create(values) for values in self._credential_lines()
            ]

    def _credential_lines(self):
        return [
            {"name": field.name, "sequence": number, "value": field.default or False}
            for number, field in enumerate(self._connector_class().credential_fields)
            if not field.developer or self._is_developer()
        ]

    @api.model_create_multi
    def create(self, vals_list):
        connections = super().create(vals_list)
        for connection in connections:
            # sudo: lines are completed from the declaration, no value is read
            secret_side = connection.sudo()
            known = set(secret_side.credential_ids.mapped("name"))
            missing = [
                line
                for line in connection._credential_lines()
                if line["name"] not in known
            ]
            secret_side.credential_ids = [
                fields.Command.create(line) for line in missing
            ]
        connections._create_default_mappings()
        return connections

    def _create_default_mappings(self):
        self.env["newsletter.field.mapping"]._create_defaults(self)

    def write(self, vals):
        if "provider" in vals and any(
            connection.provider != vals["provider"] and connection.state != "draft"
            for connection in self
        ):
            raise UserError(
                self.env._(
                    "The tool of a connection that is in use cannot be exchanged. "
                    "Create a new connection instead."
                )
            )
        return super().write(vals)

    # --- speaking ------------------------------------------------------------
    def _connector(self, **transport_options):
        """A ready connector; the caller must not hold a transaction while it speaks.

        :param transport_options: see ``connectors.transport.Transport``

        :raises UserError: when a required field of the login is empty
        """
        self.ensure_one()
        # sudo: clerks synchronise with a login that only administrators may read
        login = self.sudo().credential_ids
        credentials = login._values()
        connector_class = self._connector_class()
        login._check_complete(connector_class, credentials)
        return registry.connect(
            self.provider,
            credentials,
            tokens=self.env["newsletter.token"]._store(self),
            allow_loopback=self._is_developer(),
            **transport_options,
        )

    def _refresh_lists_or_explain(self, wizard):
        """Read the tool's lists for a dialog; what went wrong stands in the dialog."""
        wizard.lists_message = False
        try:
            self._refresh_lists()
        except ConnectorError as error:
            # sudo: the failure is noted at the connection, whoever noticed it
            self.sudo()._note_failure(error)
            wizard.lists_message = self._explain(error)

    def _list_settings(self):
        """What tools demand for a new list, taken from the company's master data."""
        company = self.company_id
        partner = company.partner_id
        return {
            "sender_name": company.name,
            "sender_email": company.email or "",
            "reply_to_name": company.name,
            "reply_to_email": company.email or "",
            "company": company.name,
            "address": partner.street or "",
            "zip": partner.zip or "",
            "city": partner.city or "",
            "country": partner.country_id.code or "",
            "language": (partner.lang or self.env.lang or "en")[:2],
        }

    def _explain(self, error):
        """A connector's error in plain words of the user's language."""
        return messages.explain(self.env, error)

    def action_test(self):
        """Ask the tool who we are, remember and tell it in plain words."""
        self.ensure_one()
        self.check_access("write")
        try:
            connector = self._connector()
            account, lists = self._ask_account(connector)
        except ConnectorError as error:
            self._note_failure(error)
            return self._notify(self.message, "danger")
        first_time = self.state != "connected"
        self._note_account(account, lists)
        self._note_connected()
        return self._notify(self.message, "success", reload=first_time)

    @api.model
    def _ask_account(self, connector):
        """The account and its lists, with their numbers while the lists are few.

        :raises ConnectorError: the login or the network does not work
        """
        account, lists = connector.account(), connector.lists()
        if len(lists) <= COUNTED_LISTS:
            lists = [
                remote
                if remote.count is not None
                else replace(remote, count=connector.count(remote.remote_id))
                for remote in lists
            ]
        return account, lists

    def _note_account(self, account, lists):
        self.env["newsletter.remote.list"]._store_lists(self, lists)
        entries = sum(remote.count or 0 for remote in lists)
        self.write(
            {
                "account_number": account.remote_id,
                "account_name": account.name,
                "account_email": account.email,
                "account_plan": account.plan,
                "web_url": account.web_url,
                "recipients": account.recipients
                if account.recipients is not None
                else entries,
                "quota": account.quota or 0,
                "checked_at": fields.Datetime.now(),
                "message": messages.account_found(
                    self.env, account, len(lists), entries
                ),
            }
        )

    def _note_connected(self):
        """Unlock the actions, and close what asked for a new login."""
        if self.state != "connected":
            self.state = "connected"
            self.env["newsletter.event"]._log(
                "connected", connection=self, text=self.message
            )
        self.activity_unlink(["newsletter_sync.activity_reconnect"])

    def _note_failure(self, error):
        """Remember a failed call; a dead login asks the responsible person."""
        self.write(
            {"checked_at": fields.Datetime.now(), "message": self._explain(error)}
        )
        if isinstance(error, ReconnectNeeded) or (
            isinstance(error, LoginRefused) and self.state == "connected"
        ):
            self._need_reconnect()

    def _need_reconnect(self):
        """Stop offering work and tell a person; once, however often it is noticed."""
        for connection in self.filtered(lambda c: c.state != "reconnect"):
            connection.state = "reconnect"
            self.env["newsletter.event"]._log(
                "reconnect_needed", connection=connection, text=connection.message
            )
            connection.activity_schedule(
                "newsletter_sync.activity_reconnect",
                user_id=(connection.user_id or self.env.user).id,
                summary=self.env._("Connect %s again", connection.name),
            )

    def _notify(self, message, kind, reload=False):
        """Show a message; ``reload`` makes newly unlocked actions appear."""
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.name,
                "message": message,
                "type": kind,
                "sticky": kind == "danger",
                "next": {"type": "ir.actions.client", "tag": "reload"}
                if reload
                else {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    # --- buttons -------------------------------------------------------------
    def action_pause(self):
        self.filtered(lambda c: c.state == "connected").state = "paused"

    def action_resume(self):
        self.filtered(lambda c: c.state == "paused").state = "connected"

    def action_connect(self):
        """Send the administrator to the tool's own login page (OAuth 2)."""
        self.ensure_one()
        self.check_access("write")
        # sudo: see _connector
        login = self.sudo().credential_ids
        login._check_complete(self._connector_class(), login._values())
        return {
            "type": "ir.actions.act_url",
            "url": f"/newsletter_sync/oauth/start/{self.id}",
            "target": "self",
        }

    def _accept_code(self, code):
        """Finish the login that ``action_connect`` began.

        :raises ConnectorError: the tool does not accept the code
        """
        connector = self._connector()
        connector.exchange_code(code, self.redirect_uri)
        self._note_account(*self._ask_account(connector))
        self._note_connected()

    def action_open_tool(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": self.web_url or self._connector_class().website,
            "target": "new",
        }

    def action_open_members(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "newsletter_sync.action_newsletter_member"
        )
        return {**action, "domain": [("connection_id", "=", self.id)], "context": {}}

    def action_open_runs(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "newsletter_sync.action_newsletter_run"
        )
        return {**action, "domain": [("connection_id", "=", self.id)], "context": {}}

    # --- lists ---------------------------------------------------------------
    def _refresh_lists(self, connector=None):
        """Read the tool's lists live into ``newsletter.remote.list``.

        :raises ConnectorError: the caller tells it in its own place
        """
        self.ensure_one()
        lists = (connector or self._connector()).lists()
        return self.env["newsletter.remote.list"]._store_lists(self, lists)

    @api.model
    def _offered(self):
        """Connections that work may be offered for, in the user's companies."""
        return self.search(
            [("state", "=", "connected"), ("company_id", "in", self.env.companies.ids)]
        )
