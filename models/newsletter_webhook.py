"""The address at which a tool reports changes, and what proves that it was the tool."""

import hashlib
import secrets
from dataclasses import dataclass, field

from odoo import api, fields, models
from odoo.tools import SQL, consteq, hmac

from ..connectors import registry

#: purpose of the token, so that it opens nothing else
_PURPOSE = "newsletter_sync-webhook"
#: states in which calls are taken: while registering the tool already tries the address
LISTENING = ("preparing", "active", "retiring")


@dataclass(frozen=True, slots=True)
class Listener:
    """What a call at one of our addresses has to prove."""

    id: int
    connection_id: int
    company_id: int
    provider: str
    verify_text: str = field(repr=False)
    secrets: dict = field(repr=False)

    def handshake(self, delivery):
        """What the tool's check of the address expects, None if it is none.

        :raises WebhookRefused: malformed
        """
        return registry.get(self.provider).handshake(delivery, self.verify_text)

    def verify(self, delivery):
        """Let a call pass that proves that the tool made it.

        :raises WebhookRefused: it does not
        """
        registry.get(self.provider).verify(delivery, self.secrets or {})

    def masked(self, text):
        """A text without what proves a call; it shall not lie in the payloads."""
        for secret in (self.verify_text, *(self.secrets or {}).values()):
            text = text.replace(secret, "***") if secret else text
        return text


class NewsletterWebhook(models.Model):
    """One address given to a tool: for one of its lists, or for the whole account.

    The address holds a token of 256 bits. The token itself is nowhere stored: it is
    derived from ``seed`` and the database's own secret when an administrator has to
    see it, and recognised by its hash. What the tool gave or got as proof
    (``secrets``) is read by code only.
    """

    _name = "newsletter.webhook"
    _description = "Newsletter Webhook"
    _order = "connection_id, id desc"
    _check_company_auto = True

    name = fields.Char(compute="_compute_name")
    connection_id = fields.Many2one(
        "newsletter.connection",
        required=True,
        ondelete="cascade",
        index=True,
        check_company=True,
    )
    company_id = fields.Many2one(
        related="connection_id.company_id", store=True, index=True
    )
    provider = fields.Selection(related="connection_id.provider", store=True)
    remote_list_id = fields.Many2one(
        "newsletter.remote.list",
        string="List in the Tool",
        ondelete="cascade",
        index="btree_not_null",
        check_company=True,
        help="Empty: the tool reports about the whole account.",
    )
    state = fields.Selection(
        [
            ("preparing", "Being registered"),
            ("active", "Listening"),
            ("retiring", "Replaced, still listening"),
            ("failed", "Not registered"),
        ],
        required=True,
        default="preparing",
        readonly=True,
    )
    seed = fields.Char(
        required=True,
        groups=fields.NO_ACCESS,
        copy=False,
        default=lambda self: secrets.token_hex(16),
    )
    digest = fields.Char(
        compute="_compute_digest", store=True, groups=fields.NO_ACCESS, copy=False
    )
    # our text for the tool's check of the address: 10 to 50 letters and digits
    verify = fields.Char(
        required=True,
        groups=fields.NO_ACCESS,
        copy=False,
        default=lambda self: secrets.token_hex(20),
    )
    secrets = fields.Json(groups=fields.NO_ACCESS, copy=False)
    # [[id in the tool, event]]: what has to be taken back
    registrations = fields.Json(groups=fields.NO_ACCESS, copy=False)
    url = fields.Char(
        string="Address",
        compute="_compute_url",
        groups="newsletter_sync.group_administrator",
    )
    refusal_ids = fields.One2many("newsletter.webhook.refusal", "webhook_id")

    _by_digest = models.UniqueIndex("(digest)", "This address exists already.")

    @api.depends("connection_id.name", "remote_list_id.name")
    def _compute_name(self):
        for webhook in self:
            # sudo: the name of what its reader may see
            parts = webhook.sudo()
            names = (parts.connection_id.name, parts.remote_list_id.name)
            webhook.name = ": ".join(name for name in names if name)

    @api.depends("seed")
    def _compute_digest(self):
        for webhook in self:
            webhook.digest = self._fingerprint(webhook._token())

    @api.depends("seed")
    def _compute_url(self):
        for webhook in self:
            webhook.url = webhook._public_url()

    def _token(self):
        """What the address ends with: 256 bits as hexadecimal text."""
        self.ensure_one()
        # sudo: the database's secret and the seed are nobody's to read
        return hmac(self.env(su=True), _PURPOSE, self.sudo().seed)

    @api.model
    def _fingerprint(self, token):
        return hashlib.sha256(f"{_PURPOSE}:{token}".encode()).hexdigest()

    def _public_url(self):
        """The address for the tool, below the public base URL."""
        base = self.connection_id._webhook_base_url()
        return f"{base}/newsletter/webhook/{self._token()}"

    def _connector_class(self):
        return self.connection_id._connector_class()

    @api.model
    def _of_token(self, token):
        """The :class:`Listener` at an address, or None.

        One query for each call of a tool, whatever it leads to.
        """
        digest = self._fingerprint(token)
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT digest, id, connection_id, company_id, provider, verify, secrets
                  FROM newsletter_webhook
                 WHERE digest = %s AND state IN %s
                """,
                digest,
                LISTENING,
            )
        )
        # the index finds equal hashes only; compared again in constant time
        return next(
            (Listener(*row[1:]) for row in rows if consteq(row[0], digest)), None
        )


class NewsletterWebhookRefusal(models.Model):
    """One refused call: when, and nothing about who or what.

    Rows are only ever added, so that no attack makes others wait, and only as many as
    the rate limit lets through.
    """

    _name = "newsletter.webhook.refusal"
    _description = "Refused Webhook Call"
    _log_access = False
    _order = "id desc"

    webhook_id = fields.Many2one(
        "newsletter.webhook", required=True, ondelete="cascade", index=True
    )
    date = fields.Datetime(required=True, default=fields.Datetime.now)
