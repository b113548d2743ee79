"""Webhooks come to be in the tool, are renewed, and are taken back."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import mute_logger, tagged

from .common_webhooks import CalledCase


@tagged("post_install", "-at_install")
class TestWebhookCare(CalledCase):
    def _hooks(self):
        return self.sandbox.store.find("cleverreach", "hook")

    def _webhook(self, state="active"):
        return self.connection.webhook_ids.filtered(lambda w: w.state == state)

    # --- coming to be --------------------------------------------------------------
    def test_coupling_wakes_the_care_and_the_list_is_registered(self):
        with self.capture_triggers("newsletter_sync.cron_webhooks") as triggers:
            self._couple(remote_id=self.tool.new_list("More"))
        self.assertTrue(triggers.records)
        self._care()
        self.assertEqual(len(self._hooks()), 2)
        webhook = self._webhook()[0]
        self.assertEqual(
            {hook["url"] for hook in self._hooks()}, set(self._webhook().mapped("url"))
        )
        self.assertEqual(self.connection.webhook_state, "active")
        self.assertEqual(self.coupling.webhook_state, "active")
        self.assertTrue(webhook.sudo().secrets["call_token"])
        self._care()
        self.assertEqual(len(self._webhook()), 2)

    def test_a_leaving_is_in_odoo_without_anybody_doing_anything(self):
        self._at_tool("anna@example.org")
        self.coupling._start_run("fetch")
        self._work_off()
        self._care()
        with self._listening():
            self.sandbox.act(
                "cleverreach", "unsubscribe", self.remote_id, "anna@example.org"
            )
            self.sandbox.settle()
        self._work_off()
        member = self.coupling.member_ids
        self.assertEqual(member.local_status, "unsubscribed")
        self.assertTrue(self._subscription(member.contact_id).opt_out)
        statuses = [n["status"] for n in self.sandbox.store.notes("delivery")]
        self.assertEqual(set(statuses), {200})

    def test_calls_that_are_lost_or_doubled_end_the_same(self):
        ends = []
        for number, fault in enumerate(("", "twice", "cut")):
            email = f"anna{number}@example.org"
            self._at_tool(email)
            self.coupling._start_run("fetch", whole=True)
            self._work_off()
            self._care()
            if fault:
                self.sandbox.faults.add(fault, method="HOOK", times=1)
            before = self.env["newsletter.delivery"].search_count([])
            with self._listening():
                self.sandbox.act("cleverreach", "unsubscribe", self.remote_id, email)
                self.sandbox.settle()
            self._work_off()
            told = self.env["newsletter.delivery"].search_count([]) - before
            self.assertEqual(told, 0 if fault == "cut" else 1)
            self.coupling._start_run("fetch")
            self._work_off()
            member = self.coupling.member_ids.filtered(lambda m, e=email: m.email == e)
            opted_out = self._subscription(member.contact_id).opt_out
            ends.append((member.local_status, member.result, member.task, opted_out))
        self.assertEqual(ends, [("unsubscribed", "success", False, True)] * 3)

    def test_an_address_that_nobody_can_reach_is_said_and_the_tool_is_asked(self):
        for base, why in (
            ("http://192.0.2.7", "begins with https://"),
            ("https://192.168.0.7", "public"),
            ("https://no-such-host.test", "not known"),
        ):
            with self.subTest(base):
                self.env["ir.config_parameter"].set_param(
                    "newsletter_sync.webhook_base_url", base
                )
                self.sandbox.requests.clear()
                self._care()
                self.assertFalse(self._hooks())
                self.assertEqual(self.connection.webhook_state, "failed")
                self.assertIn(base, self.connection.webhook_message)
                self.assertIn(why, self.connection.webhook_message)
                self.assertFalse(self.sandbox.requests.all(path="eventhook"))
        self.env["ir.config_parameter"].set_param(
            "newsletter_sync.webhook_base_url", self.base_url()
        )
        self._care()
        self.assertEqual(self.connection.webhook_state, "active")
        self.assertFalse(self.connection.webhook_message)

    def test_a_tool_that_fails_is_asked_again_later(self):
        self.sandbox.faults.add("status", path="eventhook", status=400, times=1)
        self._care()
        webhook = self._webhook("failed")
        first = webhook._token()
        self.assertTrue(webhook.message)
        self.assertGreater(webhook.next_try_at, fields.Datetime.now())
        self._care()
        self.assertEqual(webhook.state, "failed")
        webhook.sudo().next_try_at = False
        self._care()
        self.assertEqual(webhook.state, "active")
        # nobody knows what the tool remembers of the first try
        self.assertNotEqual(webhook._token(), first)

    def test_a_button_tries_at_once(self):
        self.sandbox.faults.add("status", path="eventhook", status=400, times=1)
        self._care()
        with self._listening():
            answer = self.connection.action_care_for_webhooks()
        self.assertEqual(answer["params"]["type"], "success")
        self.assertEqual(len(self._hooks()), 1)

    def test_nothing_is_registered_where_it_is_not_wanted(self):
        self.connection.webhooks_wanted = False
        self._care()
        self.assertEqual(self.connection.webhook_state, "off")
        self.connection.write({"webhooks_wanted": True, "state": "draft"})
        self._care()
        self.assertFalse(self._hooks())

    # --- renewing ------------------------------------------------------------------
    def test_T9_two_secrets_are_valid_during_a_rotation(self):
        self._care()
        old = self._webhook()
        proof = {"X-CR-Calltoken": old.sudo().secrets["call_token"]}
        old.action_rotate()
        self._care()
        new = self._webhook()
        self.assertEqual((len(new), old.state), (1, "retiring"))
        self.assertNotEqual(new._token(), old._token())
        self.assertEqual([hook["url"] for hook in self._hooks()], [new.url])
        path = f"/newsletter/webhook/{old._token()}"
        self.assertEqual(self.url_open(path, b"{}", headers=proof).status_code, 200)
        old.sudo().valid_until = fields.Datetime.now() - timedelta(seconds=1)
        self._care()
        self.assertFalse(old.exists())
        # the tool keeps one registration for a list: it is the new one's now
        self.assertEqual(len(self._hooks()), 1)
        self.assertEqual(self.url_open(path, b"{}", headers=proof).status_code, 404)

    def test_another_public_address_is_told_to_the_tool(self):
        self._care()
        old = self._webhook()
        self.env["ir.config_parameter"].set_param(
            "newsletter_sync.webhook_base_url",
            self.base_url().replace("127.0.0.1", "localhost"),
        )
        self._care()
        self.assertEqual(old.state, "retiring")
        self.assertTrue(self._hooks()[0]["url"].startswith("http://localhost"))

    def test_another_secret_of_the_database_too(self):
        self._care()
        old = self._webhook()
        self.env["ir.config_parameter"].set_param("database.secret", "x" * 36)
        self._care()
        self.assertEqual(old.state, "retiring")
        self.assertEqual([hook["url"] for hook in self._hooks()], [self._webhook().url])

    # --- taking back ---------------------------------------------------------------
    def test_uncoupling_takes_the_registration_back(self):
        self._care()
        self.coupling._uncouple()
        self._care()
        self.assertFalse(self._hooks())
        self.assertFalse(self.connection.webhook_ids)

    def test_switching_off_takes_it_back_also_after_a_failure(self):
        self._care()
        self.connection.webhooks_wanted = False
        self.sandbox.faults.add("status", path="eventhook", status=403, times=1)
        self._care()
        self.assertEqual(len(self._hooks()), 1)
        self.connection.webhook_ids.sudo().next_try_at = False
        self._care()
        self.assertFalse(self._hooks())

    def test_deleting_the_connection_tells_the_tool_once_it_is_certain(self):
        self._care()
        coupling, connection = self.coupling, self.connection
        remote_lists = connection.remote_list_ids
        coupling.unlink()
        connection.unlink()
        self.assertFalse(remote_lists.exists())
        self.assertEqual(len(self._hooks()), 1)
        self.env.cr.postcommit.run()
        self.assertFalse(self._hooks())

    @mute_logger("odoo.addons.newsletter_sync.models.newsletter_connection_webhooks")
    def test_a_tool_that_is_down_does_not_keep_a_connection_alive(self):
        self._care()
        self.coupling.unlink()
        self.connection.unlink()
        self.sandbox.faults.add("status", path="eventhook", status=403)
        self.env.cr.postcommit.run()
        self.assertFalse(self.connection.exists())

    # --- by hand -------------------------------------------------------------------
    def test_where_a_person_must_do_it_the_steps_and_the_secret_are_shown(self):
        tool = type(self.connection._connector_class().capabilities)
        can = self.connection._connector_class().capabilities
        values = {name: getattr(can, name) for name in tool.__slots__}
        by_hand = tool(**{**values, "register_webhooks": False})
        self.startPatcher(
            patch.object(self.connection._connector_class(), "capabilities", by_hand)
        )
        self._care()
        webhook = self._webhook()
        self.assertFalse(self._hooks())
        self.assertEqual(self.connection.webhook_state, "by_hand")
        self.assertGreaterEqual(len(webhook.secret_to_copy), 32)
        with self.assertRaises(AccessError):
            webhook.with_user(self.clerk).read(["secret_to_copy"])
        webhook.action_rotate()
        self._care()
        self.assertEqual(webhook.state, "retiring")
        self.assertGreater(
            webhook.valid_until, fields.Datetime.now() + timedelta(days=13)
        )

    # --- looking after it ----------------------------------------------------------
    def test_checking_the_address(self):
        self._care()
        webhook = self._webhook()
        with self._listening():
            self.assertEqual(
                webhook.action_check_address()["params"]["type"], "success"
            )
            self.env["ir.config_parameter"].set_param(
                "newsletter_sync.webhook_base_url", self.sandbox.url()
            )
            self.env.flush_all()
            answer = webhook.action_check_address()
        self.assertNotEqual(answer["params"]["type"], "success")

    def test_only_administrators_may_change_it(self):
        self._care()
        webhook = self._webhook()
        with self.assertRaises(AccessError):
            webhook.with_user(self.clerk).action_rotate()
        with self.assertRaises(AccessError):
            self.connection.with_user(self.clerk).action_care_for_webhooks()
        with self.assertRaises(AccessError):
            webhook.with_user(self.clerk).action_check_address()
        webhook.sudo().state = "failed"
        with self.assertRaises(UserError):
            webhook.action_rotate()

    def _fetch_after_silence(self, days=8):
        past = fields.Datetime.now() - timedelta(days=days)
        self._webhook().sudo().registered_at = past
        self.coupling._start_run("fetch", whole=True)
        self._work_off()
        return self.connection.activity_ids.filtered(
            lambda a: (
                a.activity_type_id == self.env.ref("newsletter_sync.activity_webhooks")
            )
        )

    def test_T8_silence_is_noticed(self):
        self._at_tool("anna@example.org")
        self._care()
        self.assertFalse(self._fetch_after_silence(days=6))
        self.assertFalse(self._fetch_after_silence(), "nothing has changed")
        # the tool says nothing about whoever was put in by its database
        self._at_tool("ben@example.org")
        alarm = self._fetch_after_silence()
        self.assertEqual(len(alarm), 1)
        self.assertEqual(alarm.user_id, self.connection.user_id)
        self._at_tool("cora@example.org")
        self.assertEqual(len(self._fetch_after_silence()), 1, "told once")
        with self._listening():
            self.sandbox.act(
                "cleverreach", "unsubscribe", self.remote_id, "anna@example.org"
            )
            self.sandbox.settle()
        self._work_off()
        self.assertFalse(alarm.exists())
        self._at_tool("dora@example.org")
        self.assertFalse(self._fetch_after_silence(), "it has spoken")

    def test_T8_what_odoo_has_sent_is_no_change_of_the_tool(self):
        self._at_tool("anna@example.org")
        self._care()
        self.coupling._start_run("fetch")
        self._work_off()
        self.coupling.member_ids.contact_id.name = "Anna Färber"
        self.env.flush_all()
        self.coupling._start_run("reconcile")
        self._work_off()
        self._work_off()
        self.assertTrue(self.sandbox.requests.all(path="receivers/"))
        self.assertFalse(self._fetch_after_silence())
