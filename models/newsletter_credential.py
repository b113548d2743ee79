"""Logins: what an administrator typed, and the tokens that the tool gave us."""

import time
from datetime import timezone

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..connectors.contract import TokenPair

ADMINISTRATOR = "newsletter_sync.group_administrator"
#: seconds for which a pair is taken as it was read; if somebody has renewed it since,
#: the tool refuses the old one and it is read again
REMEMBERED = 5


class NewsletterCredential(models.Model):
    """One field of a login, as the connector declares it.

    Secrets go in through ``secret_input`` and are never read back by a screen.
    """

    _name = "newsletter.credential"
    _description = "Newsletter Login Field"
    _order = "connection_id, sequence, id"

    connection_id = fields.Many2one(
        "newsletter.connection", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="connection_id.company_id", store=True)
    name = fields.Char(required=True)
    sequence = fields.Integer()
    label = fields.Char(compute="_compute_declaration")
    help = fields.Char(compute="_compute_declaration", string="Explanation")
    kind = fields.Char(compute="_compute_declaration")
    needed = fields.Boolean(compute="_compute_declaration")
    only_if = fields.Json(compute="_compute_declaration")
    value = fields.Char()
    choices = fields.Json(compute="_compute_declaration")
    secret = fields.Char(string="Stored Secret", copy=False, groups=ADMINISTRATOR)
    secret_input = fields.Char(
        string="Secret",
        compute="_compute_secret_input",
        inverse="_inverse_secret_input",
        store=False,
    )
    is_set = fields.Boolean(compute="_compute_is_set", string="Stored")

    _once = models.UniqueIndex(
        "(connection_id, name)", "This login field exists already."
    )

    def _declaration(self):
        """The connector's own declaration of this field, or None."""
        self.ensure_one()
        if not self.connection_id.provider:
            return None
        declared = self.connection_id._connector_class().credential_fields
        return next((field for field in declared if field.name == self.name), None)

    @api.depends("name", "connection_id.provider")
    def _compute_declaration(self):
        for line in self:
            field = line._declaration()
            # the texts are marked where they are declared, see connectors.records
            line.label = self.env._(field.label) if field else line.name
            line.help = self.env._(field.help) if field and field.help else False
            line.kind = field.kind if field else "text"
            line.needed = bool(field and field.required)
            line.choices = (
                [[value, self.env._(label)] for value, label in field.choices]
                if field
                else []
            )
            line.only_if = list(field.only_if) if field and field.only_if else []

    def _compute_secret_input(self):
        self.secret_input = False

    def _inverse_secret_input(self):
        for line in self.filtered("secret_input"):
            line.secret = line.secret_input.strip()
        # else saving a form would answer with what was typed
        self.invalidate_recordset(["secret_input"], flush=False)

    @api.depends("secret", "value")
    def _compute_is_set(self):
        for line in self:
            line.is_set = bool(line.secret or line.value)

    def _values(self):
        """{name: value} for the connector."""
        return {
            line.name: ((line.secret if line.kind == "secret" else line.value) or "")
            for line in self
        }

    def _check_complete(self, connector_class, credentials):
        """Say which fields of the login are still empty, before any call."""
        missing = [
            field.label for field in connector_class.missing_credentials(credentials)
        ]
        if missing:
            raise UserError(self.env._("Please fill in first: %s.", ", ".join(missing)))


class NewsletterToken(models.Model):
    """The OAuth 2 token pair of a connection; no group may read it, only our code."""

    _name = "newsletter.token"
    _description = "Newsletter Access Token"

    connection_id = fields.Many2one(
        "newsletter.connection", required=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="connection_id.company_id", store=True)
    access = fields.Char(groups="base.group_no_one", copy=False)
    refresh = fields.Char(groups="base.group_no_one", copy=False)
    expires_at = fields.Datetime(copy=False)
    scope = fields.Char(copy=False)

    _once = models.UniqueIndex("(connection_id)", "A connection has one token pair.")

    @api.model
    def _store(self, connection):
        return DatabaseTokenStore(self.env, connection.id)

    @api.model
    def _load_pair(self, connection_id):
        # sudo: tokens are readable by our code only, whoever started the run
        token = self.sudo().search([("connection_id", "=", connection_id)], limit=1)
        if not token.access:
            return None
        expires = token.expires_at
        return TokenPair(
            access=token.access,
            refresh=token.refresh or "",
            expires_at=expires and expires.replace(tzinfo=timezone.utc) or None,
            scope=token.scope or "",
        )

    @api.model
    def _save_pair(self, connection_id, pair):
        expires = pair.expires_at
        values = {
            "access": pair.access,
            "refresh": pair.refresh,
            "expires_at": expires
            and expires.astimezone(timezone.utc).replace(tzinfo=None),
            "scope": pair.scope,
        }
        # sudo: see _load_pair
        token = self.sudo().search([("connection_id", "=", connection_id)], limit=1)
        if token:
            token.write(values)
        else:
            token.create({**values, "connection_id": connection_id})


class DatabaseTokenStore:
    """``connectors.contract.TokenStore`` in the database, safe for many workers.

    A tool makes the old pair void when it gives a new one; so whoever renews holds an
    exclusive lock from reading the stored pair until the new one is committed.
    """

    def __init__(self, env, connection_id):
        self._registry = env.registry
        self._uid = env.uid
        self._connection_id = connection_id
        self._pair, self._until = None, 0.0

    def _tokens(self, cr):
        return api.Environment(cr, self._uid, {})["newsletter.token"]

    def load(self):
        if self._pair is None or time.monotonic() >= self._until:
            with self._registry.cursor() as cr:
                self._remember(self._tokens(cr)._load_pair(self._connection_id))
        return self._pair

    def _remember(self, pair):
        self._pair, self._until = pair, time.monotonic() + REMEMBERED
        return pair

    def renew(self, stale, fetch):
        return self._remember(self._renewed(stale, fetch))

    def _renewed(self, stale, fetch):
        # Two cursors: the second one must begin after the lock is ours, because a
        # REPEATABLE READ transaction sees what was stored when it began.
        with self._registry.cursor() as lock:
            lock.execute(
                "SELECT pg_advisory_xact_lock(hashtext(%s), %s)",
                ("newsletter.token", self._connection_id),
            )
            with self._registry.cursor() as cr:
                tokens = self._tokens(cr)
                stored = tokens._load_pair(self._connection_id)
                if stored and (stale is None or stored.access != stale.access):
                    return stored
                pair = fetch(stored)
                tokens._save_pair(self._connection_id, pair)
                return pair
