"""Step 3: exactly the approved tasks, looked at once more just before they are sent."""

from dataclasses import replace
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from ..connectors.contract import Account
from ..models.newsletter_transmit import LEFT
from .common_transmit import TransmitCase


@tagged("post_install", "-at_install")
class TestTransmit(TransmitCase):
    # --- the dry run --------------------------------------------------------------
    def test_the_dry_run_tells_each_task_with_old_and_new_values(self):
        self._update("anna@example.org")
        self._newcomer("ben@example.org")
        self._known("carla@example.org", "unsubscribe")
        run = self._dry_run()
        self.assertEqual(run.state, "preview")
        numbers = {row["key"]: row for row in run.numbers}
        self.assertEqual(
            {key: row["count"] for key, row in numbers.items()},
            {"update": 1, "transmit": 1, "unsubscribe": 1},
        )
        for row in numbers.values():
            lines = self.env["newsletter.run.line"].search(
                [("run_id", "=", run.id), *row["domain"]]
            )
            self.assertEqual(len(lines), row["count"], "each number opens its people")
            self.assertIn("no mail goes out", row["note"])
        by_email = {line.email: line for line in run.line_ids}
        anna = by_email["anna@example.org"]
        self.assertEqual(anna.changes, f"{self.first.label}: Anna → Anne")
        self.assertIn("– → Neu", by_email["ben@example.org"].changes)
        self.assertFalse(by_email["carla@example.org"].values, "no data leaves with it")
        self.assertEqual(self._writes(), [], "nothing is sent before the approval")

    def test_what_is_not_ready_is_not_planned(self):
        self._newcomer("outdated@example.org", outdated=True)
        self._newcomer("parked@example.org", parked=True)
        self._newcomer("later@example.org", next_try_at=self._later(hours=1))
        self._newcomer("now@example.org")
        run = self._dry_run()
        self.assertEqual(run.line_ids.mapped("email"), ["now@example.org"])

    def test_a_change_in_odoo_is_in_the_dry_run_before_anybody_compares_it(self):
        member = self._update("anna@example.org")
        member.write({"task": False, "local_values": False, "task_sends": False})
        self._changes()
        member.contact_id.first_name = "Annegret"
        self.env.flush_all()
        run = self.env["newsletter.run"].browse(self.coupling._start_run("transmit"))
        self._go_on(run)
        self.assertIn("Annegret", run.line_ids.changes)

    # --- exactly the approved tasks -----------------------------------------------
    def test_what_was_approved_is_sent_and_both_sides_agree(self):
        anna = self._update("anna@example.org")
        ben = self._newcomer("ben@example.org")
        carla = self._known("carla@example.org", "unsubscribe")
        run = self._send(self._dry_run())
        held = self._at_tool()
        self.assertTrue(held["carla@example.org"].deactivated)
        self.assertIn("Anne", str(held["anna@example.org"]))
        self.assertFalse(held["ben@example.org"].deactivated)
        self.assertEqual(
            {line.email: line.result for line in run.line_ids},
            {
                "anna@example.org": "updated",
                "ben@example.org": "subscribed",
                "carla@example.org": "unsubscribed",
            },
        )
        for member in anna + ben + carla:
            self.assertFalse(member.task)
            self.assertEqual(member.result, "success")
        for member in anna + ben:
            self.assertFalse(member.local_values)
        self.assertEqual(anna.base_values[str(self.first.id)], "Anne")
        self.assertEqual(ben.remote_id, str(held["ben@example.org"].id))
        self.assertEqual((ben.base_status, carla.base_status), ("subscribed", LEFT[0]))
        self.assertEqual(run.verified, 3)
        # the next complete fetch does not even look at those who agree; the records of
        # a test are written later than its transaction began
        (anna + ben).synced_at = self._later(minutes=5)
        before = (anna.synced_at, ben.synced_at)
        self._go_on(self.coupling._start_run("fetch", whole=True))
        self.assertEqual((anna.synced_at, ben.synced_at), before)
        self.assertFalse((anna + ben + carla).filtered("task"))
        self.assertEqual(carla.result, "success", "Odoo follows its own decision")
        self.assertTrue(self._subscription(carla.contact_id).opt_out)

    def test_W7_every_protection_is_looked_up_once_more(self):
        """Each of these comes after the approval and keeps its person out."""
        members = {
            reason: self._newcomer(f"{reason.replace('_', '-')}@example.org")
            for reason in (
                *("blocklisted", "unwanted", "withdrawn", "forgotten", "left_list"),
                *("undeliverable", "gone", "fine"),
            )
        }
        run = self._dry_run()
        self.assertEqual(run.to_send, len(members))
        emails = {reason: member.email for reason, member in members.items()}
        self.env["mail.blacklist"]._add(emails["blocklisted"])
        self.env["res.partner"].create(
            {
                "name": "No Mails",
                "email": emails["unwanted"],
                "no_marketing_email": True,
            }
        )
        self.env["newsletter.consent"]._for_address(emails["withdrawn"])._record(
            "withdrawal", channel="phone"
        )
        self.env["newsletter.tombstone"]._remember(
            [emails["forgotten"]], self.env.company, "erased"
        )
        self._subscription(members["left_list"].contact_id).opt_out = True
        other = self._couple(
            remote_id=self.tool.new_list("Other"),
            mailing_list=self.env["mailing.list"].create({"name": "Other"}),
        )
        self._member(
            emails["undeliverable"], coupling=other, remote_status="hard_bounce"
        )
        members["gone"].unlink()
        self._send(run)
        self.assertEqual(set(self._at_tool()), {emails["fine"]})
        reasons = {line.email: line.reason for line in run.line_ids}
        for reason, email in emails.items():
            if reason in ("fine", "left_list", "withdrawn"):
                continue
            self.assertEqual(reasons[email], reason)
        # who opted out has withdrawn, too; either word is right
        for reason in ("withdrawn", "left_list"):
            self.assertIn(reasons[emails[reason]], ("withdrawn", "left_list"))
        told = run.event_ids.filtered(lambda event: event.code == "left_out")
        self.assertEqual(len(told), len(members) - 1)

    def test_L1_single_opt_ins_and_none_never_join(self):
        for state in ("single", "pending", "withdrawn", None):
            self._newcomer(f"{state}@example.org", consent=state)
        run = self._send(self._dry_run())
        self.assertEqual(self._at_tool(), {})
        self.assertEqual(
            {line.email.split("@")[0]: line.reason for line in run.line_ids},
            {
                "single": "single",
                "pending": "pending",
                "withdrawn": "withdrawn",
                "None": "none",
            },
        )

    def test_a_newer_value_is_left_out_and_transmitted_by_the_next_run(self):
        member = self._update("anna@example.org")
        run = self._dry_run()
        member.contact_id.first_name = "Annika"
        self._send(run)
        self.assertEqual(run.line_ids.reason, "changed")
        self.assertEqual(self._writes(), [])
        self.assertEqual(member.task, "update")
        self._send(self._dry_run())
        self.assertIn("Annika", str(self._at_tool()["anna@example.org"]))

    def test_a_decision_taken_back_is_not_carried_out(self):
        member = self._newcomer("ben@example.org")
        run = self._dry_run()
        member.write({"task": False})
        self._send(run)
        self.assertEqual(run.line_ids.reason, "settled")
        self.assertEqual(self._at_tool(), {})

    def test_a_decision_made_while_it_is_sent_is_not_lost(self):
        member = self._update("anna@example.org")
        run = self._dry_run()
        upsert = self.connector_class.upsert

        def decide(connector, list_id, drafts):
            member.write({"task": "unsubscribe", "task_by": self.env.uid})
            self.env.flush_all()
            return upsert(connector, list_id, drafts)

        with patch.object(self.connector_class, "upsert", decide):
            self._send(run)
        self.assertEqual(run.line_ids.result, "updated")
        self.assertEqual(member.task, "unsubscribe")
        self.assertEqual(member.base_values[str(self.first.id)], "Anne", "was sent")

    def test_two_open_runs_do_nothing_twice(self):
        self._newcomer("ben@example.org")
        run = self._dry_run()
        self.env["newsletter.run"].sudo().create(
            {
                "kind": "transmit",
                "phase": "plan",
                "by_itself": True,
                "coupling_id": self.coupling.id,
                "connection_id": self.connection.id,
                "remote_list_id": self.coupling.remote_list_id.id,
            }
        )
        other = self.env["newsletter.run"].search([("by_itself", "=", True)])
        self._go_on(other)
        self.assertEqual(other.line_ids.result, "subscribed")
        self._send(run)
        self.assertEqual(run.line_ids.reason, "settled")
        self.assertEqual(len(self._writes()), 1)

    def test_many_leave_by_one_call(self):
        members = [
            self._known(f"person{number}@example.org", "unsubscribe")
            for number in range(5)
        ]
        run = self._send(self._dry_run())
        self.assertEqual(len(self._writes()), 1)
        self.assertEqual(run.verified, 5)
        self.assertTrue(all(each.deactivated for each in self._at_tool().values()))
        self.assertEqual({member.remote_status for member in members}, {LEFT[0]})

    # --- the other tasks ----------------------------------------------------------
    def test_who_is_removed_stays_removed(self):
        member = self._known("anna@example.org", "delete")
        self._send(self._dry_run())
        self.assertEqual(self._at_tool(), {})
        self.assertFalse(member.active)
        self._at_tool("anna@example.org")
        self._go_on(self.coupling._start_run("fetch", whole=True))
        again = self.env["newsletter.member"].search(
            [("email", "=", "anna@example.org")]
        )
        self.assertEqual(again.result, "blocked")
        self.assertFalse(
            self._subscription(member.contact_id), "off the list here, too"
        )

    def test_where_removing_deletes_for_good_a_person_is_warned_of_other_lists(self):
        """Inxmail's trap (G09): gone from all lists of the account."""
        self._known("anna@example.org", "delete")
        other = self._couple(
            remote_id=self.tool.new_list("Press"),
            mailing_list=self.env["mailing.list"].create({"name": "Press"}),
        )
        self._member("anna@example.org", coupling=other)
        can = replace(self.connector_class.capabilities, remove_from_list=False)
        with patch.object(self.connector_class, "capabilities", can):
            run = self._dry_run()
            (row,) = run.numbers
            self.assertTrue(row["warn"])
            self.assertIn("cannot be undone", row["note"])
            self.assertIn("Club news (1)", row["note"])
            self.coupling.automation = "all"
            self.assertNotIn("delete", self.coupling._tasks_by_itself())
            with patch.object(self.connector_class, "erase") as erase:
                self._approve(run)
            self.assertEqual(erase.call_count, 1)

    def _moves(self, email, to):
        member = self._known(email, "change_address")
        member.contact_id.email = to
        self._consent(to, "confirmed")
        return member

    def test_an_address_moves_and_a_taken_one_does_not_stop_the_others(self):
        anna = self._moves("anna@example.org", "anne@example.org")
        ben = self._moves("ben@example.org", "taken@example.org")
        carla = self._moves("carla@example.org", "carola@example.org")
        self.tool.new_list("Other")
        self._at_tool("taken@example.org")
        run = self._dry_run()
        self.assertIn("anne@example.org", run.line_ids.sorted("email")[0].changes)
        self._send(run)
        self.assertEqual(anna.email, "anne@example.org")
        self.assertEqual(carla.email, "carola@example.org")
        self.assertEqual((ben.email, ben.task), ("ben@example.org", "change_address"))
        self.assertEqual(ben.tries, 1)
        held = self._at_tool()
        self.assertIn("anne@example.org", held)
        self.assertNotIn("anna@example.org", held)

    def test_L8_the_new_address_needs_a_consent_of_its_own(self):
        member = self._known("anna@example.org", "change_address")
        member.contact_id.email = "anne@example.org"
        run = self._send(self._dry_run())
        self.assertIn(run.line_ids.reason, ("none", "changed", "settled"))
        self.assertIn("anna@example.org", self._at_tool())

    def test_bringing_somebody_back_needs_a_reason_and_logs_it(self):
        """B15, B18: unsubscribed by accident in the tool, restored without opt-in."""
        clerk = new_test_user(self.env, "restorer", groups="base.group_user")

        def left(email, **values):
            member = self._newcomer(email, task_rule=False, **values)
            self._at_tool(email, deactivated=1_700_000_100)
            found = self._at_tool()[email]
            member.write(
                {
                    "remote_id": str(found.id),
                    "remote_status": "unsubscribed",
                    "task_by": clerk.id,
                    "task_at": self._later(days=-1),
                }
            )
            return member

        back = left("back@example.org", task_reason="Called, wants it again")
        stays = left("stays@example.org")
        run = self._dry_run()
        (row,) = run.numbers
        self.assertTrue(row["warn"])
        self.assertIn("2 of them had left", row["note"])
        self._send(run)
        self.assertFalse(self._at_tool()["back@example.org"].deactivated)
        self.assertTrue(self._at_tool()["stays@example.org"].deactivated)
        self.assertEqual(back.base_status, "subscribed")
        reasons = {line.email: line.reason for line in run.line_ids}
        self.assertEqual(reasons[stays.email], "left_list")
        event = run.event_ids.filtered(lambda each: each.code == "brought_back")
        self.assertEqual(event.member_id, back)
        self.assertEqual(event.level, "warning")
        self.assertIn(clerk.name, event.detail)
        self.assertIn("Called, wants it again", event.detail)

    # --- before it begins ---------------------------------------------------------
    def _with_quota(self, quota, recipients):
        can = replace(self.connector_class.capabilities, quota=True)
        account = Account("1", "Club", quota=quota, recipients=recipients)
        self.startPatcher(patch.object(self.connector_class, "capabilities", can))
        self.startPatcher(
            patch.object(self.connector_class, "account", lambda _self: account)
        )

    def test_a_full_plan_is_told_before(self):
        for number in range(3):
            self._newcomer(f"person{number}@example.org")
        self._with_quota(100, 98)
        run = self._dry_run()
        self.assertIn("1 of them would be too many", run.notice)
        self.assertEqual(self.connection.quota, 100)
        self.assertEqual(run.to_send, 3, "a person may still approve it")

    def test_a_full_plan_lets_nobody_in_by_itself_but_everybody_out(self):
        for number in range(3):
            self._newcomer(f"person{number}@example.org")
        self._known("leaves@example.org", "unsubscribe")
        self._with_quota(100, 98)
        run = self._dry_run(by_itself=True)
        self.assertEqual(run.state, "done", run.message)
        self.assertEqual(len(self._at_tool()), 3)
        self.assertTrue(self._at_tool()["leaves@example.org"].deactivated)
        left_out = run.line_ids.filtered(lambda line: line.reason == "quota")
        self.assertEqual(left_out.member_id.task, "transmit")

    def test_many_leavings_at_once_by_themselves_wait_for_a_person(self):
        """The brake: rather a mistake than the will of so many."""
        self.coupling.user_id = self.env.user
        rows = [
            {
                "coupling_id": self.coupling.id,
                "email": f"person{number}@example.org",
                "remote_id": str(number),
                "remote_status": "subscribed",
                "base_status": "subscribed",
                "local_status": "unsubscribed",
                "result": "success",
                "task": "unsubscribe" if number < 15 else False,
            }
            for number in range(1, 61)
        ]
        self.env["newsletter.member"].create(rows)
        run = self._dry_run(by_itself=True)
        self.assertEqual((run.state, run.by_itself), ("preview", False))
        self.assertIn("14 of 60", run.notice)
        self.assertTrue(
            self.connection.activity_ids.filtered(lambda a: run.name in a.summary)
        )
        self.coupling.brake_percent = 50
        run.action_cancel()
        run = self._dry_run(by_itself=True)
        self.assertEqual(run.state, "done", run.message)

    def test_a_user_without_rights_cannot_approve(self):
        self._newcomer("ben@example.org")
        run = self._dry_run()
        stranger = new_test_user(self.env, "stranger", groups="base.group_user")
        with self.assertRaises(AccessError):
            run.with_user(stranger).action_synchronise()
        self.assertEqual(self._at_tool(), {})
        # whose right is taken away after the approval sends nothing any more
        self._approved(run)
        run.sudo().user_id = stranger
        self._go_on(run)
        self.assertEqual(run.state, "stopped")
        self.assertEqual(self._at_tool(), {})
        stranger.group_ids = [
            Command.link(self.env.ref("newsletter_sync.group_user").id)
        ]
        run.action_resume()
        self._go_on(run)
        self.assertEqual(run.state, "done", run.message)
