"""What follows from a call: leavings at once, all else as the tool says when asked."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import mute_logger, tagged

from ..models import newsletter_delivery_events as work
from .common_webhooks import WebhookCase


@tagged("post_install", "-at_install")
class TestWebhookWork(WebhookCase):
    def setUp(self):
        super().setUp()
        self.anna = self._at_tool("anna@example.org")
        self._at_tool("ben@example.org")
        self._work_off(self.coupling._start_run("fetch"))
        self._clear()

    def _clear(self):
        self.sandbox.requests.clear()
        self.env["newsletter.change"].search([]).unlink()

    def _of(self, email, coupling=None):
        coupling = coupling or self.coupling
        return self.env["newsletter.member"].search(
            [("coupling_id", "=", coupling.id), ("email", "=", email)]
        )

    def _reads(self):
        return self.sandbox.requests.all(path="get_receivers")

    def _act(self, name, email="anna@example.org", **more):
        return self.sandbox.act("cleverreach", name, self.remote_id, email, **more)

    def _tell(self, event, email="anna@example.org", **more):
        return self._call(self._event(event, self._of(email).remote_id, **more))

    # --- leaving -------------------------------------------------------------------
    def test_T6_a_leaving_applies_at_once_and_without_a_call(self):
        self._act("unsubscribe")
        self._tell("unsubscribed")
        self._clear()
        self.env["newsletter.delivery"]._cron_work()
        self.env.invalidate_all()
        anna = self._of("anna@example.org")
        self.assertTrue(self._subscription(anna.contact_id).opt_out)
        self.assertEqual(anna.local_status, "unsubscribed")
        self.assertEqual(anna.base_status, "unsubscribed")
        self.assertFalse(self.sandbox.requests.all())
        self._work_off()
        self.assertEqual(len(self._reads()), 1)
        self.assertEqual((anna.result, anna.task), ("success", False))

    def test_T6_even_if_nothing_goes_by_itself(self):
        self.coupling.automation = "manual"
        self._act("unsubscribe")
        self._tell("unsubscribed")
        self._work_off()
        anna = self._of("anna@example.org")
        self.assertTrue(self._subscription(anna.contact_id).opt_out)
        self.assertFalse(self._reads())

    def test_a_leaving_reaches_the_other_account(self):
        other_id = self.tool.new_list("Other news")
        other = self._couple(remote_id=other_id)
        self._work_off(other._start_run("fetch"))
        member = self._of("anna@example.org", other)
        member.write({"base_status": "subscribed", "remote_status": "subscribed"})
        self._clear()
        self._act("unsubscribe")
        self._tell("unsubscribed")
        self.env["newsletter.delivery"]._cron_work()
        self.env.flush_all()
        changes = self.env["newsletter.change"].search([])
        self.assertIn(other.id, changes.mapped("coupling_id"))
        self.assertNotIn(self.coupling.id, changes.mapped("coupling_id"))

    def test_a_leaving_told_twice_is_one(self):
        self._act("unsubscribe")
        for _time in range(2):
            self._tell("unsubscribed")
            self._work_off()
        self.assertEqual(len(self._reads()), 1)
        self.assertEqual(self._deliveries().mapped("state"), ["ignored", "done"])

    def test_W6_a_leaving_wins_over_a_subscription_without_newer_proof(self):
        """The tool shows her as subscribed, from before she left: she is signed off."""
        self._tell("unsubscribed")
        self._work_off()
        anna = self._of("anna@example.org")
        self.assertTrue(self._subscription(anna.contact_id).opt_out)
        self.assertEqual((anna.result, anna.task), ("success", "unsubscribe"))

    # --- all else is read back --------------------------------------------------------
    def test_a_joining_is_what_the_tool_says(self):
        self._act("unsubscribe", "ben@example.org")
        self._work_off(self.coupling._start_run("fetch"))
        ben = self._of("ben@example.org")
        self.assertTrue(self._subscription(ben.contact_id).opt_out)
        self._tell("subscribed", "ben@example.org")
        self._work_off()
        self.assertTrue(self._subscription(ben.contact_id).opt_out)

    def test_changed_values_come_in(self):
        anna = self._of("anna@example.org")
        label = self.connection.mapping_ids.filtered(lambda m: "name" in (m.path or ""))
        self.assertTrue(label)
        self._act("edit", values={"firstname": "Anna", "lastname": "Färber"})
        self._tell("updated")
        self._work_off()
        self.assertEqual(len(self._reads()), 1)
        told = anna.remote_values or anna.base_values
        self.assertIn("Färber", told.values())

    def test_somebody_new_comes_in(self):
        new = self._at_tool("new@example.org")
        self._call(self._event("created", new.id))
        self._work_off()
        self.assertEqual(self._of("new@example.org").result, "new_contact")
        self.assertIn("new@example.org", self.mailing_list.contact_ids.mapped("email"))

    def test_who_was_deleted_there_is_not_there(self):
        remote_id = self._of("anna@example.org").remote_id
        self._act("delete")
        self._call(self._event("deleted", remote_id))
        self._work_off()
        anna = self._of("anna@example.org")
        self.assertEqual(anna.result, "not_in_tool")
        self.assertFalse(anna.remote_status)

    def test_another_address_is_not_another_person(self):
        self._act("change_address", new="anna.new@example.org")
        self._tell("updated")
        self._work_off()
        anna = self.env["newsletter.member"].search(
            [("remote_id", "=", str(self.anna.id))]
        )
        self.assertEqual(len(anna), 1)
        self.assertIn("anna.new@example.org", (anna.email, anna.remote_email))

    def test_many_calls_are_one_question(self):
        for email in ("anna@example.org", "ben@example.org"):
            for event in ("updated", "created", "updated"):
                self._tell(event, email)
        self._work_off()
        self.assertEqual(len(self._reads()), 1)
        self.assertEqual(set(self._deliveries().mapped("state")), {"done"})

    def test_the_day_has_one_run(self):
        for values in ({"lastname": "A"}, {"lastname": "B"}):
            self._act("edit", values=values)
            self._tell("updated")
            self._work_off()
        runs = self.env["newsletter.run"].search([("kind", "=", "webhook")])
        self.assertEqual((len(runs), runs.state), (1, "done"))
        self.assertEqual(runs.cursor["heard"], 2)

    # --- echoes -----------------------------------------------------------------------
    def test_T7_our_own_writes_start_no_calls(self):
        anna = self._of("anna@example.org")
        anna.contact_id.name = "Anna Färber"
        self._work_off(self.coupling._start_run("reconcile"))
        self._work_off()
        self.assertTrue(self.sandbox.requests.all(path="receivers/"))
        self._clear()
        self._tell("updated")
        self._work_off()
        self.assertFalse(self._reads())
        self.assertEqual(anna.result, "success")

    def test_T7_a_person_s_own_change_is_none(self):
        self.test_T7_our_own_writes_start_no_calls()
        lines = self.env["newsletter.run.line"].search([])
        self.assertTrue(lines)
        past = fields.Datetime.now() - timedelta(minutes=5)
        self.env.cr.execute("UPDATE newsletter_run_line SET write_date = %s", [past])
        self.env.invalidate_all()
        self._tell("updated")
        self._work_off()
        self.assertEqual(len(self._reads()), 1)

    # --- whatever comes ---------------------------------------------------------------
    def test_lists_that_are_not_coupled_are_ignored_with_a_line(self):
        self._call(self._event("updated", list_id="4711"))
        self._work_off()
        self.assertEqual(self._deliveries().state, "ignored")
        event = self.env["newsletter.event"].search(
            [("code", "=", "webhook_other_list")]
        )
        self.assertIn("4711", event.text)

    def test_a_paused_coupling_is_left_alone(self):
        self.coupling.state = "paused"
        self._act("unsubscribe")
        self._tell("unsubscribed")
        self._work_off()
        self.assertFalse(self._reads())
        self.assertEqual(self._of("anna@example.org").local_status, "subscribed")

    def test_while_the_connection_is_paused_calls_wait(self):
        self.connection.action_pause()
        self._tell("updated")
        self._work_off()
        self.assertEqual(self._deliveries().state, "waiting")
        self.connection.action_resume()
        self._work_off()
        self.assertEqual(self._deliveries().state, "done")

    def test_nonsense_does_not_hold_up_the_others(self):
        self._call("[1, 2]")
        self._call("no json")
        self._tell("updated")
        self._work_off()
        self.assertEqual(
            self._deliveries().mapped("state"), ["done", "failed", "failed"]
        )

    @mute_logger("odoo.addons.newsletter_sync.models.newsletter_delivery_events")
    def test_a_mistake_of_ours_costs_one_call_only(self):
        self._tell("updated", "ben@example.org")
        self._tell("updated")
        original = work.NewsletterDelivery._hint
        anna = self._of("anna@example.org")

        def breaks(model, coupling, member, event, delivery):
            if member == anna:
                raise RuntimeError("something")
            return original(model, coupling, member, event, delivery)

        with patch.object(type(self.env["newsletter.delivery"]), "_hint", breaks):
            self._work_off()
        self.assertEqual(self._deliveries().mapped("state"), ["failed", "done"])

    def test_a_process_that_dies_while_reading_loses_nobody(self):
        self._act("edit", values={"lastname": "Färber"})
        self._tell("updated")
        self.env["newsletter.delivery"]._cron_work()
        hint = self.env["newsletter.hint"].search([])
        hint.taken = True  # and then the process was killed
        self._work_off()
        self.assertEqual(len(self._reads()), 1)
        self.assertFalse(self.env["newsletter.hint"].search([]))

    def test_order_does_not_matter(self):
        ends = []
        for events in (("updated", "unsubscribed"), ("unsubscribed", "updated")):
            with self.env.cr.savepoint(flush=False) as savepoint:
                self._act("unsubscribe")
                for event in events:
                    self._tell(event)
                self._work_off()
                anna = self._of("anna@example.org")
                ends.append((anna.local_status, anna.result, anna.task))
                savepoint.rollback()
            self.env.invalidate_all()
        self.assertEqual(ends, [("unsubscribed", "success", False)] * 2)
