"""The blocklist end to end: I01 to I06, and a leaving after a coupling has ended."""

from odoo.tests import tagged

from .common_transmit import TransmitCase


@tagged("post_install", "-at_install")
class TestBlocklist(TransmitCase):
    def _run(self, kind, **values):
        run = self._go(kind, **values)
        if run.state == "preview":
            self._send(run)
        self.assertEqual(run.state, "done", run.message)
        return run

    def test_I02_who_is_blocked_is_named_and_the_rest_goes_through(self):
        """Both ways by which it is noticed: before the dry run, and just after it."""
        blocked = self._newcomer("blocked@example.org", task=False)
        self.env["mail.blacklist"]._add("blocked@example.org")
        self._go("reconcile")
        self.assertEqual(blocked.result_code, "blocklisted")
        late = self._newcomer("late@example.org")
        self._newcomer("fine@example.org")
        run = self._dry_run()
        self.assertIn("blocked@example.org", run.blocked_notice)
        self.assertNotIn("fine@", run.blocked_notice)
        event = run.event_ids.filtered(lambda each: each.code == "blocklisted")
        self.assertEqual((len(event), event.level), (1, "warning"))
        self.env["mail.blacklist"]._add("late@example.org")
        self._send(run)
        self.assertEqual(list(self._at_tool()), ["fine@example.org"])
        (left_out,) = run.event_ids.filtered(lambda each: each.code == "left_out")
        self.assertEqual((left_out.member_id, left_out.level), (late, "warning"))
        # I03: both filters find them
        members = self.env["newsletter.member"]
        found = members.search(
            [("result", "=", "blocked"), ("result_code", "=", "blocklisted")]
        )
        self.assertEqual(found, blocked | late)
        self.assertEqual(members.search([("on_blocklist", "=", True)]), found)

    def test_I02_nobody_else_is_selected(self):
        blocked = self._newcomer("blocked@example.org", task=False)
        self.env["mail.blacklist"]._add("blocked@example.org")
        self._go("reconcile")
        run = self._dry_run(selection_domain=[("id", "in", blocked.ids)])
        self.assertEqual(run.selected, 0)
        self.assertIn("blocked@example.org", run.blocked_notice)
        events = run.event_ids.filtered(lambda each: each.code == "blocklisted")
        self.assertEqual(len(events), 1)
        run._name_blocked()
        self.assertEqual(
            run.event_ids.filtered(lambda e: e.code == events.code), events
        )
        # the scheduler has nothing to do, night by night
        night = self._dry_run(by_itself=True)
        self.assertFalse(night.blocked_notice)

    def test_I02_a_thousand_names_do_not_stand_on_the_screen(self):
        for number in range(12):
            email = f"b{number:02}@example.org"
            self._newcomer(email, task=False, consent=None)
            self.env["mail.blacklist"]._add(email)
        self._go("reconcile")
        self._newcomer("fine@example.org")
        run = self._dry_run()
        self.assertIn("2", run.blocked_notice.rsplit("…", 1)[1])
        self.assertNotIn("b11@", run.blocked_notice)
        event = run.event_ids.filtered(lambda each: each.code == "blocklisted")
        self.assertIn("b11@example.org", event.detail)

    def test_I01_nothing_of_a_blocked_address_is_sent(self):
        member = self._update("anna@example.org")
        self.env["mail.blacklist"]._add("anna@example.org")
        before = len(self._writes())
        self._run("transmit")
        self.assertTrue(self._at_tool()["anna@example.org"].deactivated)
        bodies = [str(request.body) for request in self._writes()[before:]]
        self.assertFalse([body for body in bodies if "Anne" in body])
        self.assertFalse(member.task)

    def test_I05_I06_neither_a_fetch_nor_lifting_subscribes(self):
        member = self._known("anna@example.org")
        self._at_tool("ben@example.org")
        entry = self.env["mail.blacklist"]._add("anna@example.org")
        self._run("reconcile")
        self._run("transmit")
        # somebody in the tool subscribes the person again
        self.tool.act("activate", self.remote_id, "anna@example.org")
        self._run("fetch", whole=True)
        self.assertTrue(self._subscription(member.contact_id).opt_out)
        self.assertEqual(member.task, "unsubscribe")
        self._run("transmit")
        self.assertTrue(self._at_tool()["anna@example.org"].deactivated)
        leaving = self.env["newsletter.leaving"].search([])
        leaving._lift_for("Blocked by mistake")
        self.assertFalse(entry.active)
        for kind in ("reconcile", "fetch", "transmit"):
            self._run(kind, **({"whole": True} if kind == "fetch" else {}))
            self.assertTrue(self._subscription(member.contact_id).opt_out)
            self.assertTrue(self._at_tool()["anna@example.org"].deactivated)
        self.assertNotIn(member.task, ("transmit", "signup"))

    # --- after a coupling has ended ---------------------------------------------------
    def _ended(self):
        member = self._known("anna@example.org")
        contact = member.contact_id
        self.coupling._uncouple()
        self.assertFalse(self.coupling.active)
        return member, contact

    def _leave_runs(self):
        self.env.flush_all()
        runs = self.env["newsletter.run"].search(
            [("kind", "=", "leave"), ("state", "not in", ("done", "cancelled"))]
        )
        for run in runs:
            self._go_on(run)
        self.env.invalidate_all()

    def test_leaving_the_list_reaches_the_tools_list_it_was_coupled_with(self):
        """The tool still mails its list; nobody who left ours shall get that."""
        member, contact = self._ended()
        self._subscription(contact).opt_out = True
        leaving = self.env["newsletter.leaving"].search([])
        self.assertEqual((leaving.scope, len(leaving.receipt_ids)), ("list", 1))
        self._leave_runs()
        self.assertTrue(self._at_tool()["anna@example.org"].deactivated)
        self.assertEqual(leaving.receipt_ids.state, "done")
        self.assertIn(member.remote_status, ("unsubscribed", "blocked"))

    def test_leaving_another_list_does_not_touch_it(self):
        _member, contact = self._ended()
        other = self.env["mailing.list"].create({"name": "Press"})
        row = self.env["mailing.subscription"].create(
            {"contact_id": contact.id, "list_id": other.id}
        )
        row.opt_out = True
        self._leave_runs()
        self.assertFalse(self._at_tool()["anna@example.org"].deactivated)
