"""Where the tools report what changed: verify, store, answer. The work comes later."""

import math
import threading
import time

from odoo import SUPERUSER_ID, http
from odoo.http import request

from ..connectors.contract import Delivery
from ..connectors.errors import WebhookRefused
from ..connectors.masked_log import get_logger
from ..models.newsletter_webhook_screen import LISTENING_HEADER
from ..sync.rate_limit import Buckets

_logger = get_logger(__name__)

#: bytes of a call's body; more are answered by 413
MAX_BODY = 1024 * 1024
#: calls that one address may take, per worker: far more than a tool makes
_CALLS = Buckets(capacity=3000, per_second=300)
#: refused calls of one client, per worker; then the database is not asked any more
_REFUSED = Buckets(capacity=20, per_second=0.2)
_LOCK = threading.Lock()


def _wait(buckets, key, now, amount=1):
    with _LOCK:
        return buckets.wait(key, now, amount)


class WebhookController(http.Controller):
    @http.route(
        "/newsletter/webhook/<string:token>",
        type="http",
        auth="none",
        readonly=False,
        methods=["GET", "POST"],
        csrf=False,
        save_session=False,
        sitemap=False,
        max_content_length=MAX_BODY,
        newsletter_raw=True,
        newsletter_plain=True,
    )
    def webhook(self, token, **_kw):
        """Take a call in, or say no without a reason.

        GET and HEAD change nothing: they are the tool's and our own check of the
        address. A POST is stored and answered; the same call, made again while the
        first one waits, too.
        """
        client = request.httprequest.remote_addr
        now = time.monotonic()
        if wait := _wait(_REFUSED, client, now, 0):
            return self._slower(wait)
        # no user of Odoo calls here; what a call may do follows from its proof
        env = request.env(user=SUPERUSER_ID)
        listener = env["newsletter.webhook"]._of_token(token)
        if not listener:
            _wait(_REFUSED, client, now)
            return self._answer(404)
        if wait := _wait(_CALLS, listener.id, now):
            return self._slower(wait)
        if request.httprequest.method == "HEAD":
            return self._answer(200, headers=[(LISTENING_HEADER, "listening")])
        delivery = self._delivery()
        try:
            text = listener.handshake(delivery)
            if text is None and delivery.method != "GET":
                listener.verify(delivery)
        except WebhookRefused:
            return self._refuse(env, listener, client, now)
        except Exception:
            # what a check cannot cope with has not proved anything
            _logger.exception("a webhook call could not be checked")
            return self._refuse(env, listener, client, now)
        if text is not None or delivery.method == "GET":
            return self._answer(200, text or "")
        try:
            env["newsletter.delivery"]._store(listener, delivery)
        except ValueError:
            return self._answer(400)
        return self._answer(200)

    def _refuse(self, env, listener, client, now):
        _wait(_REFUSED, client, now)
        env["newsletter.webhook.refusal"].create({"webhook_id": listener.id})
        return self._answer(403)

    def _slower(self, seconds):
        return self._answer(429, headers=[("Retry-After", str(math.ceil(seconds)))])

    @staticmethod
    def _answer(status, text="", headers=()):
        """Plain text that no browser takes for a page, and nobody keeps."""
        return request.make_response(
            text,
            status=status,
            headers=[
                ("Content-Type", "text/plain; charset=utf-8"),
                ("X-Content-Type-Options", "nosniff"),
                ("Cache-Control", "no-store"),
                ("Referrer-Policy", "no-referrer"),
                *headers,
            ],
        )

    @staticmethod
    def _delivery():
        asked = request.httprequest
        return Delivery(
            method=asked.method,
            headers={name.lower(): value for name, value in asked.headers.items()},
            query=asked.args.to_dict(),
            body=asked.get_data(),
        )
