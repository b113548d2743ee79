"""What an administrator sees of a webhook, and can do with it."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..connectors.errors import ConnectorError
from ..connectors.transport import Transport

#: our own answer carries it, so that no other page is taken for it
LISTENING_HEADER = "X-Newsletter-Webhook"


class NewsletterWebhook(models.Model):
    _inherit = "newsletter.webhook"

    last_call = fields.Datetime(compute="_compute_calls")
    call_count = fields.Integer(string="Calls in 30 Days", compute="_compute_calls")
    refused_count = fields.Integer(
        string="Refused Calls in 30 Days",
        compute="_compute_calls",
        help="Calls that did not prove that the tool made them.",
    )
    by_hand = fields.Boolean(compute="_compute_by_hand")
    secret_to_copy = fields.Char(
        string="Secret",
        compute="_compute_by_hand",
        groups="newsletter_sync.group_administrator",
    )
    steps = fields.Text(string="What to Do in the Tool", compute="_compute_by_hand")

    def _compute_calls(self):
        # sudo: numbers only
        calls = self.env["newsletter.delivery"].sudo()
        refusals = self.env["newsletter.webhook.refusal"].sudo()
        ours = [("webhook_id", "in", self.ids)]
        told = {
            webhook.id: (count, last)
            for webhook, count, last in calls._read_group(
                ours, ["webhook_id"], ["__count", "received_at:max"]
            )
        }
        refused = {
            webhook.id: count
            for webhook, count in refusals._read_group(
                ours, ["webhook_id"], ["__count"]
            )
        }
        for webhook in self:
            webhook.call_count, webhook.last_call = told.get(webhook.id, (0, False))
            webhook.refused_count = refused.get(webhook.id, 0)

    @api.depends("connection_id")
    def _compute_by_hand(self):
        for webhook in self:
            connector = webhook._connector_class()
            webhook.by_hand = not connector.capabilities.register_webhooks
            # sudo: shown to administrators, who have to copy it into the tool
            token = (webhook.sudo().secrets or {}).get("token")
            webhook.secret_to_copy = token if webhook.by_hand else False
            # the texts are marked where they are declared, see connectors.records
            steps = [self.env._(step) for step in connector.webhook_steps]
            webhook.steps = "\n".join(f"{n}. {text}" for n, text in enumerate(steps, 1))

    def action_rotate(self):
        """Give the tool a new address and a new secret.

        The old ones go on listening: a day, or two weeks where a person has to enter
        the new ones in the tool.
        """
        self.ensure_one()
        self.connection_id.check_access("write")
        if self.state != "active":
            raise UserError(
                self.env._("Only an address that is in use can be replaced.")
            )
        # sudo: webhooks are written by the engine only
        self.sudo().create(
            {
                "connection_id": self.connection_id.id,
                "remote_list_id": self.remote_list_id.id,
            }
        )
        self.env["newsletter.event"]._log(
            "webhook_replaced",
            connection=self.connection_id,
            text=self.env._("A new address and secret for “%s”.", self.name),
        )
        self.connection_id._wake_webhook_care()
        return {
            "type": "ir.actions.act_window",
            "res_model": "newsletter.connection",
            "res_id": self.connection_id.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    def action_check_address(self):
        """Call our own address from here, as the tool would."""
        self.ensure_one()
        self.check_access("read")
        connection = self.connection_id
        transport = Transport(allow_loopback=connection._is_developer(), timeout=10.0)
        try:
            answer = transport.call("HEAD", self._public_url())
        except ConnectorError as error:
            return connection._notify(
                self.env._(
                    "The address could not be reached from this server: %s If tools "
                    "reach it nevertheless, your network only forbids the way from "
                    "inside.",
                    connection._explain(error),
                ),
                "warning",
            )
        if LISTENING_HEADER not in answer.headers:
            return connection._notify(
                self.env._(
                    "Something else answers at this address. Does it lead to this "
                    "Odoo, and to the database “%s”?",
                    self.env.cr.dbname,
                ),
                "danger",
            )
        return connection._notify(
            self.env._("Odoo listens at this address."), "success"
        )

    def action_open_deliveries(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "newsletter_sync.action_newsletter_delivery"
        )
        return {**action, "domain": [("webhook_id", "=", self.id)], "context": {}}


class NewsletterDelivery(models.Model):
    _inherit = "newsletter.delivery"

    def action_again(self):
        """Look at calls once more, such as those that were not understood."""
        for delivery in self:
            delivery.connection_id.check_access("write")
        # sudo: calls are written by the engine only
        self.sudo().filtered(lambda d: d.state != "waiting")._look_again()
