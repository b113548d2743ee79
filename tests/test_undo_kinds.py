"""Every run that has changed something in Odoo can be undone, whatever its kind."""

from odoo.tests import new_test_user, tagged

from .common_review import ReviewCase
from .common_webhooks import WebhookCase


@tagged("post_install", "-at_install")
class TestUndoReviews(ReviewCase):
    def _undo_dialog(self, run):
        action = run.with_user(self.manager).action_undo()
        wizard = self.env[action["res_model"]].with_user(self.manager)
        return wizard.browse(action["res_id"])

    def _decided(self, members, choice, **values):
        """As many people are decided about: by a run."""
        action = (
            members.with_user(self.manager)
            .with_context(newsletter_choice=choice)
            .action_decide()
        )
        self.env.flush_all()
        wizard = self.env[action["res_model"]].with_user(self.manager)
        wizard = wizard.browse(action["res_id"])
        wizard.write(values)
        action = wizard._apply_by_runs(wizard._checked_answer())
        run = self.env["newsletter.run"].browse(action["res_id"])
        self._work(run)
        self.assertEqual(run.state, "done", run.message)
        return run

    def test_values_that_were_taken_over_come_back(self):
        members = self._conflict() + self._conflict("anna@example.org", "8")
        run = self._decided(members, "tool")
        self.assertEqual(members.contact_id.mapped("first_name"), ["Emile"] * 2)
        self.assertTrue(run.undoable)
        members[1].contact_id.first_name = "Anna"
        wizard = self._undo_dialog(run)
        self.assertEqual((wizard.values_count, wizard.changed_count), (1, 1))
        wizard.action_undo()
        names = members.contact_id.mapped("first_name")
        self.assertEqual(names, ["Emil Niklas", "Anna"])

    def test_decisions_that_leave_odoo_as_it_is_are_not_offered(self):
        member = self._conflict()
        run = self._decided(member, "odoo")
        self.assertEqual(member.task, "update")
        self.assertFalse(run.undoable)

    def test_a_leaving_that_was_taken_over_stays(self):
        member = self._agreed("emil@example.org", "7")
        self._compare(member, gone=True)
        run = self._decided(member, "tool")
        row = self._subscription(member.contact_id)
        self.assertTrue(row.opt_out)
        wizard = self._undo_dialog(run)
        self.assertEqual((wizard.back_count, wizard.left_count), (0, 1))

    def test_who_was_brought_back_leaves_again(self):
        member = self._agreed("emil@example.org", "7")
        row = self._subscription(member.contact_id)
        row.with_context(newsletter_leaving=True).write(
            {"opt_out": True, "opt_out_datetime": "2020-01-01"}
        )
        member.base_status = "unsubscribed"
        self._compare(member, status_at="2020-02-01")
        run = self._decided(member, "tool", reason="Called, was a mistake")
        self.assertFalse(row.opt_out)
        wizard = self._undo_dialog(run)
        self.assertEqual(wizard.again_count, 1)
        wizard.action_undo()
        self.assertTrue(row.opt_out)

    def test_who_was_taken_in_is_off_the_list_and_the_contact_archived(self):
        self.coupling.new_contacts = "ask"
        member = self._member(
            "new@example.org", remote_id="9", local_status=False, base_status=False
        )
        self._compare(member, {self.first: "Nora"})
        run = self._decided(member, "tool", create_kind="contact")
        partner, contact = member.partner_id, member.contact_id
        self.assertTrue(partner and self._subscription(contact))
        wizard = self._undo_dialog(run)
        self.assertEqual((wizard.list_count, wizard.contact_count), (1, 1))
        wizard.action_undo()
        self.assertFalse(self._subscription(contact))
        self.assertFalse(partner.active)
        self.env.invalidate_all()
        self.assertFalse(run.undoable)

    def test_a_transmission_compares_before_and_that_is_undone(self):
        member = self._conflict()
        rules = self.env["newsletter.field.rule"].with_user(self.manager)
        rules._say(self.coupling, {int(self.first): "tool"})
        self.env.flush_all()
        run = self.env["newsletter.run"].browse(self.coupling._start_run("transmit"))
        self._work(run)
        self.assertEqual(run.state, "done", run.message)
        self.assertEqual(member.contact_id.first_name, "Emile")
        self.assertTrue(run.undoable)
        self._undo_dialog(run).action_undo()
        self.assertEqual(member.contact_id.first_name, "Emil Niklas")


@tagged("post_install", "-at_install")
class TestUndoWebhooks(WebhookCase):
    def test_what_the_tool_told_on_one_day_comes_back_as_a_whole(self):
        self.coupling.new_contacts = "contact"
        connector = self.connection._connector()
        field = connector.create_field("Home Town", "text")
        mapping = self.env["newsletter.field.mapping"].create(
            {
                "connection_id": self.connection.id,
                "record_type": "res.partner",
                "path": "city",
                "label": "Home Town",
                "remote_name": field.name,
                "direction": "both",
                "rule": "tool",
            }
        )
        people = ("anna@example.org", "ben@example.org")
        for email in people:
            self._at_tool(email)
            self.sandbox.act(
                *("cleverreach", "edit", self.remote_id, email),
                values={mapping.remote_name: "Rom"},
            )
        self.env.flush_all()
        fetch = self.env["newsletter.run"].browse(
            self.coupling._start_run("fetch", whole=True)
        )
        self._work(fetch)
        self.assertEqual(fetch.state, "done", fetch.message)
        members = self.env["newsletter.member"].search(
            [("coupling_id", "=", self.coupling.id)], order="email"
        )
        self.assertEqual(members.partner_id.mapped("city"), ["Rom"] * 2)
        for email, member in zip(people, members, strict=True):
            self.sandbox.act(
                *("cleverreach", "edit", self.remote_id, email),
                values={mapping.remote_name: "Paris"},
            )
            self._call(self._event("updated", member.remote_id))
            self._work_off()
        self.assertEqual(members.partner_id.mapped("city"), ["Paris"] * 2)
        run = self.env["newsletter.run"].search([("kind", "=", "webhook")])
        self.assertEqual((len(run), run.state, run.undoable), (1, "done", True))
        manager = new_test_user(
            self.env,
            "undo.webhook",
            groups="base.group_user,base.group_partner_manager,"
            "newsletter_sync.group_manager",
        )
        action = run.with_user(manager).action_undo()
        wizard = self.env[action["res_model"]].with_user(manager)
        wizard = wizard.browse(action["res_id"])
        self.assertEqual(wizard.values_count, 2)
        self.assertIn("What the tool tells on one day is one run", wizard.advice)
        wizard.action_undo()
        self.assertEqual(members.partner_id.mapped("city"), ["Rom"] * 2)
