"""What a connection does about being told of changes by its tool."""

from odoo import api, fields, models

from ..connectors import registry
from ..connectors.contract import WebhookRegistration
from ..connectors.errors import ConnectorError, Unreachable
from ..connectors.masked_log import get_logger
from ..connectors.oauth import MemoryTokenStore
from ..connectors.url_guard import UrlGuard

_logger = get_logger(__name__)

#: the address that tools shall call, where it is not Odoo's own base URL
BASE_URL = "newsletter_sync.webhook_base_url"


class NewsletterConnection(models.Model):
    _inherit = "newsletter.connection"

    webhooks_wanted = fields.Boolean(
        string="Let the Tool Report Changes",
        default=True,
        help="The tool calls Odoo as soon as something changes, above all when "
        "somebody leaves. Without it the tool is asked regularly.",
    )
    webhook_ids = fields.One2many(
        "newsletter.webhook",
        "connection_id",
        groups="newsletter_sync.group_administrator",
    )
    webhook_state = fields.Selection(
        [
            ("none", "The tool cannot report changes"),
            ("off", "Switched off"),
            ("later", "As soon as lists are coupled"),
            ("preparing", "Being set up"),
            ("by_hand", "To be set up in the tool"),
            ("active", "The tool reports changes at once"),
            ("failed", "Does not work yet"),
        ],
        string="Reports of the Tool",
        compute="_compute_webhook_state",
    )
    webhook_message = fields.Char(compute="_compute_webhook_state")

    @api.depends("webhooks_wanted", "provider")
    def _compute_webhook_state(self):
        for connection in self:
            state, message = "none", False
            if connection.provider:
                # sudo: the state is no secret, the addresses are
                state, message = connection.sudo()._webhook_summary()
            connection.webhook_state = state
            connection.webhook_message = message

    def _webhook_summary(self, place=None):
        """How far the reports of the tool work.

        :param place: a ``newsletter.remote.list``; None: for the whole connection
        :return: (a key of ``webhook_state``, a problem in words or False)
        """
        self.ensure_one()
        can = self._connector_class().capabilities
        if not can.webhooks:
            return "none", False
        if not self.webhooks_wanted:
            return "off", False
        webhooks = self.webhook_ids.filtered(
            lambda w: (
                w.state != "retiring"
                and (place is None or w.remote_list_id in (place, place.browse()))
            )
        )
        if not webhooks:
            return "later", False
        problem = next((w.message for w in webhooks if w.state == "failed"), False)
        listening = webhooks.filtered(lambda w: w.state == "active")
        if problem and not listening:
            return "failed", problem
        if webhooks - listening:
            return ("failed" if problem else "preparing"), problem
        if not can.register_webhooks and not webhooks.filtered("last_call"):
            return "by_hand", False
        return "active", False

    @api.model
    def _webhook_base_url(self):
        """The public address of this Odoo, without a final slash."""
        # sudo: system parameters, readable by the system only
        parameters = self.env["ir.config_parameter"].sudo()
        base = parameters.get_param(BASE_URL) or parameters.get_param("web.base.url")
        return (base or "").strip().rstrip("/")

    @api.model
    def _webhook_base_problem(self, base):
        """Why a tool cannot call this address, in words; False if it looks right."""
        try:
            UrlGuard(allow_loopback=self._is_developer()).check(base)
            return False
        except Unreachable:
            why = self.env._("its host name is not known")
        except ConnectorError:
            why = self.env._("it is not a public one that begins with https://")
        return self.env._(
            "The newsletter tool cannot reach Odoo at its address “%(base)s”: "
            "%(why)s. An administrator enters the public address in the settings. "
            "Until then the tool is asked regularly.",
            base=base,
            why=why,
        )

    # --- when there is something to care for ---------------------------------------
    @api.model
    def _wake_webhook_care(self):
        """Let the scheduler look after the webhooks when this is committed."""
        # sudo: whoever couples lists may wake the scheduler
        self.env.ref("newsletter_sync.cron_webhooks").sudo()._trigger()

    def write(self, vals):
        result = super().write(vals)
        if not {"state", "active", "webhooks_wanted"}.isdisjoint(vals):
            self._wake_webhook_care()
        return result

    @api.model
    def _cron_webhooks(self):
        """Care for the webhooks of all connections, one after the other."""
        # sudo: the scheduler works for all users and companies
        connections = self.sudo().with_context(active_test=False)
        for connection in connections.search(
            ["|", ("state", "=", "connected"), ("webhook_ids", "!=", False)]
        ):
            connection._care_for_webhooks()

    def action_care_for_webhooks(self):
        """Set the reports up now, or try again."""
        self.ensure_one()
        self.check_access("write")
        # nothing is written here: care has transactions of its own and would wait for
        # this one
        self._care_for_webhooks(at_once=True)
        self.env.invalidate_all()
        state = dict(self._fields["webhook_state"]._description_selection(self.env))
        works = self.webhook_state in ("active", "by_hand", "off", "later")
        return self._notify(
            self.webhook_message or state[self.webhook_state],
            "success" if works else "danger",
        )

    def action_open_deliveries(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "newsletter_sync.action_newsletter_delivery"
        )
        return {**action, "domain": [("connection_id", "=", self.id)], "context": {}}

    # --- the end -------------------------------------------------------------------
    def unlink(self):
        """The tool is told to stop calling, once the deletion is certain.

        If that fails nothing is lost: a call to an address that is not known any more
        is answered by 404.
        """
        for connection in self:
            # sudo: see _connector
            connection.sudo()._unregister_after_deletion()
        return super().unlink()

    def _unregister_after_deletion(self):
        work = [
            (w.remote_list_id.remote_id or "", w.registrations)
            for w in self.webhook_ids
            if w.registrations
        ]
        if not work or self.state not in ("connected", "paused"):
            return
        pair = self.env["newsletter.token"]._load_pair(self.id)
        connector = registry.connect(
            self.provider,
            self.credential_ids._values(),
            tokens=MemoryTokenStore(pair),
            allow_loopback=self._is_developer(),
            timeout=10.0,
        )
        name = self.name

        def unregister():
            for list_id, registrations in work:
                known = [WebhookRegistration(*each) for each in registrations]
                try:
                    connector.unregister_webhooks(known, list_id)
                except ConnectorError as error:
                    _logger.warning("webhooks of %s stay registered: %s", name, error)

        self.env.cr.postcommit.add(unregister)


class NewsletterCoupling(models.Model):
    _inherit = "newsletter.coupling"

    webhook_state = fields.Selection(
        selection=lambda self: (
            self.env["newsletter.connection"]
            ._fields["webhook_state"]
            ._description_selection(self.env)
        ),
        string="Reports of the Tool",
        compute="_compute_webhook_state",
    )
    webhook_message = fields.Char(compute="_compute_webhook_state")

    @api.depends("connection_id.webhooks_wanted")
    def _compute_webhook_state(self):
        for coupling in self:
            # sudo: see the connection
            connection = coupling.sudo().connection_id
            coupling.webhook_state, coupling.webhook_message = (
                connection._webhook_summary(coupling.remote_list_id)
                if connection
                else ("none", False)
            )

    @api.model_create_multi
    def create(self, vals_list):
        couplings = super().create(vals_list)
        self.env["newsletter.connection"]._wake_webhook_care()
        return couplings

    def write(self, vals):
        result = super().write(vals)
        if not {"active", "remote_list_id"}.isdisjoint(vals):
            self.env["newsletter.connection"]._wake_webhook_care()
        return result

    def unlink(self):
        result = super().unlink()
        self.env["newsletter.connection"]._wake_webhook_care()
        return result
