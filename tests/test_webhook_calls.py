"""The public address: who is let in, what is kept, and that nothing else happens."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import mute_logger, new_test_user, tagged

from ..connectors.providers.cleverreach import hooks
from ..controllers import webhook as controller
from ..sync.rate_limit import Buckets
from .common_webhooks import CALL_TOKEN, WebhookCase


@tagged("post_install", "-at_install")
class TestWebhookCalls(WebhookCase):
    # --- who is let in -----------------------------------------------------------
    def test_a_call_is_stored_and_answered_before_any_work(self):
        self._member("anna@example.org", remote_id="1")
        self.sandbox.requests.clear()
        with self.capture_triggers("newsletter_sync.cron_deliveries") as triggers:
            answer = self._call(self._event("unsubscribed"))
        self.assertEqual((answer.status_code, answer.text), (200, ""))
        delivery = self._deliveries()
        self.assertEqual(delivery.state, "waiting")
        self.assertEqual(delivery.body, self._event("unsubscribed"))
        self.assertEqual(delivery.company_id, self.connection.company_id)
        self.assertEqual(len(triggers.records), 1)
        self.assertFalse(self.sandbox.requests.all())
        member = self.env["newsletter.member"].search([])
        self.assertEqual(member.local_status, "subscribed")

    def test_T3_fails_closed(self):
        for what, call in {
            "no token": {"token": ""},
            "another token": {"token": "x" * 64},
            "no body": {"token": "", "body": ""},
        }.items():
            with self.subTest(what):
                answer = self._call(**call)
                self.assertEqual((answer.status_code, answer.text), (403, ""))
        self.assertFalse(self._deliveries())
        self.assertEqual(len(self.webhook.sudo().refusal_ids), 3)

    def test_T3_without_a_known_secret_everything_is_refused(self):
        self.webhook.secrets = False
        for token in (CALL_TOKEN, ""):
            self.assertEqual(self._call(token=token).status_code, 403)
        self.assertFalse(self._deliveries())

    @mute_logger("odoo.addons.newsletter_sync.controllers.webhook")
    def test_T3_a_check_that_breaks_lets_nobody_in(self):
        with patch.object(hooks, "verify", side_effect=KeyError("x")):
            self.assertEqual(self._call().status_code, 403)
        self.assertFalse(self._deliveries())

    def test_unknown_and_retired_addresses(self):
        path = "/newsletter/webhook/" + "0" * 64
        self.assertEqual(self._call(path=path).status_code, 404)
        self.webhook.state = "failed"
        self.assertEqual(self._call().status_code, 404)
        self.webhook.state = "retiring"
        self.assertEqual(self._call().status_code, 200)

    def test_get_changes_nothing_and_shakes_hands(self):
        answer = self._call(method="GET", path=self._path() + "?secret=abc")
        self.assertEqual(answer.text, f"{self.webhook.sudo().verify} abc")
        self.assertTrue(answer.headers["Content-Type"].startswith("text/plain"))
        self.assertNotIn("Set-Cookie", answer.headers)
        bad = self._call(method="GET", path=self._path() + "?secret=<script>")
        self.assertEqual((bad.status_code, bad.text), (403, ""))
        head = self._call(method="HEAD", path=self._path() + "?secret=abc")
        self.assertEqual(head.status_code, 200)
        self.assertEqual(self._call(method="PUT").status_code, 405)
        self.assertFalse(self._deliveries())

    # --- limits --------------------------------------------------------------------
    def test_T4_a_megabyte_and_no_more(self):
        fitting = self._event().ljust(controller.MAX_BODY)
        self.assertEqual(self._call(fitting).status_code, 200)
        self.assertEqual(self._call(fitting + " ").status_code, 413)
        self.assertEqual(len(self._deliveries()), 1)

    def test_T4_a_client_that_guesses_is_slowed_down(self):
        for _ in range(20):
            self.assertEqual(self._call(token="x").status_code, 403)
        answer = self._call(token="x")
        self.assertEqual(answer.status_code, 429)
        self.assertGreaterEqual(int(answer.headers["Retry-After"]), 1)
        # not even the rest of the database is asked
        self.assertEqual(len(self.webhook.sudo().refusal_ids), 20)
        self.assertEqual(self._call().status_code, 429)

    def test_T4_one_address_takes_only_so_many(self):
        self.startPatcher(patch.object(controller, "_CALLS", Buckets(2, 0.1)))
        statuses = [self._call(self._event(person=n)).status_code for n in range(3)]
        self.assertEqual(statuses, [200, 200, 429])
        self.assertEqual(len(self._deliveries()), 2)

    # --- what is kept ----------------------------------------------------------------
    def test_T5_the_same_call_waits_once(self):
        for _ in range(3):
            self.assertEqual(self._call().status_code, 200)
        self.assertEqual(len(self._deliveries()), 1)
        self._deliveries().state = "done"
        self._call()
        self.assertEqual(
            self._deliveries().mapped("state"), ["waiting", "done"], "it is news again"
        )

    def test_a_burst_needs_one_trigger(self):
        with self.capture_triggers("newsletter_sync.cron_deliveries") as triggers:
            for person in range(5):
                self._call(self._event(person=person))
        self.assertEqual(len(triggers.records), 1)

    def test_bytes_that_are_no_text_are_no_error_of_ours(self):
        for body in (b"\xff\xfe{}", b'{"a": "\x00"}'):
            self.assertEqual(self._call(body).status_code, 400)
        self.assertFalse(self._deliveries())

    def test_T9_what_proves_a_call_is_not_kept_with_it(self):
        self._call(self._event() + " " + CALL_TOKEN)
        delivery = self._deliveries()
        self.assertNotIn(CALL_TOKEN, delivery.body)
        self.assertNotIn(self.webhook._token(), str(delivery.read()))

    def test_T1_the_token_is_not_stored(self):
        token = self.webhook._token()
        self.assertEqual(len(bytes.fromhex(token)), 32)
        self.env.flush_all()
        self.env.cr.execute("SELECT row_to_json(w)::text FROM newsletter_webhook w")
        self.assertNotIn(token, str(self.env.cr.fetchall()))
        other = self.webhook.create({"connection_id": self.connection.id})
        self.assertNotEqual(other._token(), token)
        self.assertTrue(self.webhook.url.endswith(f"/newsletter/webhook/{token}"))

    def test_payloads_are_for_administrators_of_the_company(self):
        self._call()
        delivery = self._deliveries()
        for group in ("user", "manager", "privacy"):
            user = new_test_user(
                self.env, f"webhook.{group}", groups=f"newsletter_sync.group_{group}"
            )
            with self.assertRaises(AccessError):
                delivery.with_user(user).read(["body"])
            with self.assertRaises(AccessError):
                self.webhook.with_user(user).read(["state"])
        group = "newsletter_sync.group_administrator"
        administrator = new_test_user(self.env, "webhook.administrator", groups=group)
        delivery.with_user(administrator).read(["body"])
        other = self.env["res.company"].create({"name": "Other club"})
        stranger = new_test_user(
            self.env, "webhook.other", groups=group, company_id=other.id
        )
        with self.assertRaises(AccessError):
            delivery.with_user(stranger).read(["body"])
        for name in ("seed", "digest", "verify", "secrets"):
            with self.assertRaises(AccessError):
                self.webhook.with_user(administrator).read([name])

    def test_payloads_are_gone_after_30_days(self):
        self._call()
        self._call(token="x")
        now = fields.Datetime.now()
        self._deliveries().write({"received_at": now - timedelta(days=29)})
        self._deliveries().write({"state": "done"})
        self.env["newsletter.retention"]._cron_apply()
        self.assertEqual(len(self._deliveries()), 1)
        self._deliveries().received_at = now - timedelta(days=31)
        self.webhook.sudo().refusal_ids.date = now - timedelta(days=31)
        self.env["newsletter.retention"]._cron_apply()
        self.env["newsletter.delivery"]._gc_refusals()
        self.assertFalse(self._deliveries())
        self.assertFalse(self.webhook.sudo().refusal_ids)
