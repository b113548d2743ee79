"""Every tool that can report changes does so, from the registration to the effect."""

from ..connectors.capabilities import Level
from .common_tools import EveryTool
from .common_webhooks import CalledCase


class TestWebhookEveryTool(EveryTool, CalledCase):
    def _codes(self):
        classes = self.env["newsletter.connection"]._connector_classes()
        return {c for c in super()._codes() if classes[c].capabilities.webhooks}

    def test_every_tool(self):
        self.assertGreater(len(self._codes()), 4)
        self._with_each_tool(self._whole_way, others="draft")

    def _whole_way(self, connection):
        code = connection.provider
        tool = self.sandbox.tools[code]
        list_id = tool.new_list("Reports")
        connection._refresh_lists()
        remote = connection.remote_list_ids.filtered(
            lambda each: each.name == "Reports"
        )
        mailing_list = self.env["mailing.list"].create({"name": f"Reports {code}"})
        coupling = self._couple(connection, mailing_list, remote.remote_id)
        emails = [f"{name}.{code}@example.org" for name in ("anna", "ben")]
        with self._listening():
            for email in emails:
                self._join(tool, list_id, email)
            self.sandbox.settle()
        coupling._start_run("fetch", whole=True)
        self._work_off()
        members = {member.email: member for member in coupling.member_ids}
        self.assertEqual(sorted(members), emails)
        self.assertEqual(
            set(coupling.member_ids.mapped("local_status")), {"subscribed"}
        )
        self._care(connection)
        webhook = connection.webhook_ids
        self.assertEqual(webhook.state, "active", webhook.message)
        by_hand = not connection._connector_class().capabilities.register_webhooks
        if by_hand:
            self.assertTrue(webhook.steps)
            self._set_up_by_hand(tool, webhook)
        # what was told so far is worked off
        self._work_off()
        past = "UPDATE newsletter_run_line SET write_date = write_date - interval '1h'"
        self.env.cr.execute(past)
        with self._listening():
            self.sandbox.act(code, "unsubscribe", list_id, emails[0])
            self.sandbox.settle()
        told = self.env["newsletter.delivery"].search(
            [("connection_id", "=", connection.id), ("state", "=", "waiting")]
        )
        self.assertTrue(told, self.sandbox.store.notes("delivery", newest=3))
        self._work_off()
        self._work_off()
        anna, ben = (members[email] for email in emails)
        self.assertIn(anna.remote_status, ("unsubscribed", False))
        self.assertTrue(self._subscription(anna.contact_id, mailing_list).opt_out)
        self.assertFalse(self._subscription(ben.contact_id, mailing_list).opt_out)
        self.assertEqual((ben.local_status, ben.task), ("subscribed", False))
        reach = connection._connector_class().capabilities.webhook_reach
        self.assertEqual(bool(webhook.remote_list_id), reach is Level.LIST)
        connection.webhooks_wanted = False
        self._care(connection)
        self.assertFalse(connection.webhook_ids)
        if not by_hand:
            self.assertFalse(self.sandbox.store.find(code, "hook"))

    def _join(self, tool, list_id, email):
        """By a form with double opt-in, where the tool has one."""
        tool.act("subscribe", list_id, email)
        tool.act("confirm", list_id, email)

    def _set_up_by_hand(self, tool, webhook):
        """What the steps ask a person to do in KlickTipp."""
        tool.new_hook(
            webhook.url,
            tool.smart_tag("Unsubscribed").id,
            static={"Authorization": webhook.secret_to_copy},
            campaign=True,
        )
