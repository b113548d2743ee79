"""The way to the tool's login page and back (OAuth 2, authorisation code)."""

import hashlib
import secrets

from odoo import http
from odoo.exceptions import AccessError, UserError
from odoo.http import request
from odoo.tools import consteq

from ..connectors.errors import ConnectorError

SESSION_KEY = "newsletter_sync_oauth"


class OAuthController(http.Controller):
    @http.route(
        "/newsletter_sync/oauth/start/<model('newsletter.connection'):connection>",
        type="http",
        auth="user",
        methods=["GET"],
    )
    def start(self, connection, **_kw):
        """Send the administrator to the tool with a one-time state of this session."""
        self._check_administrator()
        connection.check_access("write")
        state = secrets.token_urlsafe(32)
        request.session[SESSION_KEY] = {
            "connection_id": connection.id,
            "state": self._fingerprint(state),
        }
        try:
            url = connection._connector().authorize_url(connection.redirect_uri, state)
        except (ConnectorError, UserError) as error:
            return self._page(connection, self._words(connection, error))
        return request.redirect(url, local=False)

    @http.route(
        "/newsletter_sync/oauth/callback", type="http", auth="user", methods=["GET"]
    )
    def callback(self, state="", code="", error="", **_kw):
        """Exchange the code for tokens, but only for the session that asked."""
        self._check_administrator()
        asked = request.session.pop(SESSION_KEY, None) or {}
        connection = request.env["newsletter.connection"]
        if consteq(asked.get("state", ""), self._fingerprint(state)):
            connection = connection.browse(asked["connection_id"]).exists()
        if not connection:
            return self._page(
                connection,
                request.env._(
                    "This answer does not belong to a login that you started. Open the "
                    "connection and press “Connect” again."
                ),
            )
        connection.check_access("write")
        if error or not code:
            return self._page(
                connection,
                request.env._("The newsletter tool did not give access (%s).", error),
            )
        try:
            connection._accept_code(code)
        except (ConnectorError, UserError) as problem:
            return self._page(connection, self._words(connection, problem))
        return request.redirect(f"/odoo/newsletter-connections/{connection.id}")

    def _check_administrator(self):
        if not request.env.user.has_group("newsletter_sync.group_administrator"):
            raise AccessError(
                request.env._("Only newsletter administrators may connect a tool.")
            )

    @staticmethod
    def _fingerprint(state):
        return hashlib.sha256(state.encode()).hexdigest()

    @staticmethod
    def _words(connection, error):
        if isinstance(error, ConnectorError):
            return connection._explain(error)
        return str(error)

    @staticmethod
    def _page(connection, message):
        return request.render(
            "newsletter_sync.oauth_message",
            {
                "message": message,
                "connection": connection,
                "back": f"/odoo/newsletter-connections/{connection.id or ''}",
            },
        )
