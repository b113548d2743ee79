"""Expert functions: each shows what it means, wants a tick, and does just that."""

from lxml import html

from odoo import fields
from odoo.exceptions import AccessError, RedirectWarning, UserError
from odoo.tests import tagged

from ..connectors.capabilities import Capabilities
from ..connectors.errors import ServerFault
from .common_coupling_change import CouplingChangeCase


@tagged("post_install", "-at_install")
class TestCouplingChange(CouplingChangeCase):
    @staticmethod
    def _numbers(change):
        """{who: number} of the table of the preview."""
        rows = html.fromstring(f"<div>{change.preview}</div>").xpath("//tbody/tr")
        cells = ([cell.text for cell in row.iterfind("td")] for row in rows)
        return {label: number for label, number, _follows in cells}

    # --- ending ---
    def test_ending_shows_what_it_means_and_wants_a_tick(self):
        self._member("anna@example.org")
        self._member("ben@example.org", task="unsubscribe")
        change = self._open("end", self.manager)
        self.assertEqual(change.step, "confirm")
        self.assertIn("archived", change.preview)
        self.assertIn("has not been told yet", change.preview)
        with self.assertRaisesRegex(UserError, "tick"):
            change.action_confirm()
        self.assertTrue(self.coupling.active)
        self._confirm(change)
        self.assertFalse(self.coupling.active)
        self.assertFalse(len(self.coupling.member_ids))

    def test_nothing_opens_while_a_run_is_open(self):
        self.env.flush_all()
        self.coupling._start_run("fetch")
        self.env.invalidate_all()
        for name in ("end", "choose_anew", "enter_id", "delete_list"):
            with self.subTest(name), self.assertRaises(RedirectWarning):
                self._open(name)

    def test_a_clerk_may_not(self):
        for name in ("end", "choose_anew", "enter_id", "delete_list"):
            with self.subTest(name), self.assertRaises(AccessError):
                self._open(name, self.clerk)

    # --- choosing anew ---
    def test_the_list_is_chosen_anew_with_the_same_settings(self):
        self.coupling.write({"automation": "all", "brake_percent": 5})
        self._member("anna@example.org")
        other = self._other_list()
        self.remote_id = other.remote_id
        self._at_tool("ben@example.org")
        change = self._open("choose_anew")
        self.assertEqual(change.step, "choose")
        with self.assertRaisesRegex(UserError, "choose a list"):
            change.action_next()
        change.remote_list_id = other
        change.action_next()
        self.assertEqual(
            self._numbers(change),
            {"Members of this coupling": "1", "Only in the tool, unknown in Odoo": "1"},
        )
        self.assertTrue(self.coupling.active, "nothing has happened yet")
        self._confirm(change)
        self.assertFalse(self.coupling.active)
        new = self.mailing_list.newsletter_coupling_ids
        self.assertEqual(new.remote_list_id, other)
        self.assertEqual((new.automation, new.brake_percent), ("all", 5))
        self.assertFalse(new.member_ids)

    def test_going_back_takes_the_tick_away(self):
        change = self._open("choose_anew")
        change.remote_list_id = self._other_list()
        change.action_next()
        change.accepted = True
        change.action_back()
        self.assertEqual((change.step, change.accepted), ("choose", False))

    # --- an id by hand ---
    def test_an_id_is_verified_with_the_tool(self):
        remote_id = str(self.tool.new_list("Made a minute ago"))
        change = self._open("enter_id")
        for wrong, message in (
            ("", "enter the ID"),
            ("999999", "no list with the ID “999999”"),
            (self.coupling.remote_id, "has this list already"),
        ):
            change.remote_id = wrong
            with self.subTest(wrong), self.assertRaisesRegex(UserError, message):
                change.action_next()
        change.remote_id = f" {remote_id} "
        change.action_next()
        self._confirm(change)
        new = self.mailing_list.newsletter_coupling_ids
        self.assertEqual(new.remote_id, remote_id)
        self.assertEqual(new.remote_list_id.name, "Made a minute ago")

    def test_a_list_that_another_coupling_has_is_refused(self):
        other = self._other_list()
        mailing_list = self.env["mailing.list"].create({"name": "Other"})
        self._couple(self.connection, mailing_list, other.remote_id)
        change = self._open("enter_id")
        change.remote_id = other.remote_id
        with self.assertRaisesRegex(UserError, "coupled with the mailing list"):
            change.action_next()

    # --- deleting the list in the tool (N06, N08) ---
    def _fetched(self):
        now = fields.Datetime.now()
        self.coupling.write({"fetched_at": now, "full_fetched_at": now})

    def test_a_list_is_deleted_and_who_left_is_remembered(self):
        self._at_tool("anna@example.org")
        self._at_tool("left@example.org", deactivated=1_700_000_100)
        mailing = self.env["mailing.mailing"].create(
            {
                "subject": "News",
                "mailing_model_id": self.env["ir.model"]._get("mailing.list").id,
                "contact_list_ids": self.mailing_list.ids,
            }
        )
        with self.assertRaisesRegex(UserError, "Fetch the whole list first"):
            self._open("delete_list")
        self.env.flush_all()
        run = self.coupling._start_run("fetch")
        self.env["newsletter.runner"]._work(run, 60)
        for due in self.env["newsletter.runner"]._due_runs().ids:
            self.env["newsletter.runner"]._work(due, 60)
        self.env.invalidate_all()
        change = self._open("delete_list")
        self.assertEqual(change.people, 2)
        self.assertIn("are deleted in the tool with the list", change.preview)
        with self.assertRaisesRegex(UserError, "number of people"):
            self._confirm(change, typed_people=1)
        self.assertIn(str(self.remote_id), self._ids_in_tool())
        self._confirm(change, typed_people=2)
        self.assertNotIn(str(self.remote_id), self._ids_in_tool())
        self.assertFalse(self.coupling.active)
        self.assertFalse(self.coupling.remote_list_id.active)
        self.assertTrue(self.mailing_list.exists())
        self.assertEqual(mailing.contact_list_ids, self.mailing_list)
        left = self.env["newsletter.member"].search(
            [("email", "=", "left@example.org"), ("active", "=", False)]
        )
        self.assertEqual(left.remote_status, "unsubscribed")
        # the history stays usable
        self.assertTrue(self.coupling.action_open_tool()["url"])

    def _ids_in_tool(self):
        return {each.remote_id for each in self.connection._connector().lists()}

    def test_a_tool_that_refuses_leaves_the_coupling(self):
        self._fetched()
        member = self._member("anna@example.org")
        change = self._open("delete_list")

        def fail(*_args, **_options):
            raise ServerFault("down", status=500)

        self.patch(type(self.connection._connector()), "delete_list", fail)
        with self.assertRaisesRegex(UserError, "problem of its own"):
            self._confirm(change, typed_people=change.people)
        self.env.invalidate_all()
        self.assertTrue(self.coupling.active)
        self.assertTrue(member.active)

    def test_only_administrators_delete_and_only_where_the_tool_can(self):
        self._fetched()
        with self.assertRaises(AccessError):
            self._open("delete_list", self.manager)
        self.patch(type(self.connection._connector()), "capabilities", Capabilities())
        with self.assertRaisesRegex(UserError, "cannot delete lists"):
            self._open("delete_list")

    # --- settings in the tool (E12) ---
    def test_settings_are_sent_and_drift_is_shown(self):
        change = self._open("change_settings", self.manager)
        line = change.setting_ids.filtered(lambda each: each.name == "description")
        line.value = "About us"
        change.name = "Club news 2026"
        change.action_send()
        remote = self.coupling.remote_list_id
        self.assertEqual(remote.name, "Club news 2026")
        self.assertEqual(self.coupling.name, "Club news 2026 ↔ Club news")
        self.assertFalse(self.coupling.settings_drift)
        group = self.sandbox.store.list("cleverreach", int(self.remote_id))
        self.assertEqual(group.data["receiver_info"], "About us")
        group.data["receiver_info"] = "About them"
        self.sandbox.store.save_list(group)
        self.connection._refresh_lists()
        self.env.invalidate_all()
        self.assertTrue(self.coupling.settings_drift)
        rows = {row[0]: row[1:] for row in self.coupling.settings_rows}
        self.assertEqual(rows["Description"], ["About us", "About them", True])

    def test_an_empty_name_is_refused_before_any_call(self):
        change = self._open("change_settings")
        change.name = "  "
        with self.assertRaisesRegex(UserError, "name for the list"):
            change.action_send()
