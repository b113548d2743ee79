"""The account panel: defaults, sender, plan, pages; the start screen."""

from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from .common_two_way import TwoWayCase


@tagged("post_install", "-at_install")
class TestConnectionAccount(TwoWayCase):
    # --- defaults (A15) ---
    def test_new_couplings_begin_with_the_accounts_defaults(self):
        self.connection.write(
            {
                "coupling_automation": "all",
                "coupling_new_contacts": "ask",
                "coupling_status_rule": "newest",
                "coupling_brake_percent": 5,
            }
        )
        self.assertEqual(self.coupling.automation, "safe", "others stay as they are")
        remote_id = str(self.tool.new_list("Second"))
        coupling = self._couple(remote_id=remote_id, brake_percent=50)
        self.assertEqual(
            (coupling.automation, coupling.new_contacts, coupling.status_rule),
            ("all", "ask", "newest"),
        )
        self.assertEqual(coupling.brake_percent, 50, "what is said goes before")

    def test_the_dialog_begins_with_them_too(self):
        self.connection.write(
            {"coupling_direction": "to_odoo", "coupling_automation": "manual"}
        )
        wizards = self.env["newsletter.couple.wizard"]
        wizard = wizards.browse(wizards.action_open()["res_id"])
        self.assertEqual((wizard.direction, wizard.automation), ("to_odoo", "manual"))

    # --- sender (P02) ---
    def _draft(self):
        wizard = self.env["newsletter.couple.wizard"].create(
            {
                "connection_id": self.inxmail.id,
                "way": "new_both",
                "remote_name": "Choir",
            }
        )
        wizard._to_settings()
        return wizard, wizard._list_draft("Choir")

    def test_the_accounts_sender_goes_before_the_company(self):
        self.inxmail = self.env["newsletter.connection"].create(
            {"name": "Inx", "provider": "inxmail", "state": "connected"}
        )
        self.env.company.email = "office@example.org"
        self.assertEqual(
            self._draft()[1].settings["sender_email"], "office@example.org"
        )
        self.inxmail.sender_email = "news@example.org"
        wizard, draft = self._draft()
        self.assertEqual(draft.settings["sender_email"], "news@example.org")
        self.assertIn("sender_email", wizard.setting_ids.mapped("name"))
        self.inxmail.sender_always = True
        wizard, draft = self._draft()
        self.assertNotIn("sender_email", wizard.setting_ids.mapped("name"))
        self.assertEqual(draft.settings["sender_email"], "news@example.org")

    # --- plan (A16) ---
    def test_the_plan_warns_before_a_run_would_exceed_it(self):
        self._person("Anna", "anna@example.org")
        ben = self._person("Ben", "ben@example.org")
        run = self._preview(ben)
        self.assertFalse(run.plan_message)
        self.connection.write({"plan_limit": 10, "recipients": 10})
        self.assertEqual(self.connection.plan_used, 100)
        self.env.invalidate_all()
        self.assertIn("allows 10 recipients", run.plan_message)
        self.assertEqual(run.state, "preview", "a warning, no refusal")
        self.connection.recipients = 9
        self.env.invalidate_all()
        self.assertFalse(run.plan_message)

    # --- pages (A08) ---
    def test_pages_of_the_tool_are_linked(self):
        self.connection.web_url = "https://example.org"
        pages = dict(self.connection.tool_pages)
        self.assertIn("Mailings", pages)
        self.assertTrue(all(url.startswith("https://") for url in pages.values()))
        self.connection.web_url = "javascript:alert(1)"
        self.env.invalidate_all()
        self.assertFalse(self.connection.tool_pages)

    # --- the start screen (Q06) ---
    def test_the_start_screen_says_what_waits(self):
        self._member("anna@example.org", result="conflict")
        self._member("ben@example.org", result="not_in_tool")
        # by rule already on the way, so nobody has to decide
        self._member("clara@example.org", result="not_in_tool", task="transmit")
        connection = self.connection.with_user(self.clerk)
        self.assertEqual(
            (
                connection.conflict_count,
                connection.missing_count,
                connection.task_count,
            ),
            (1, 1, 1),
        )
        self.assertEqual(connection.next_step, "Review 2 people.")
        self.coupling.member_ids.write({"result": "success"})
        self.env.invalidate_all()
        self.assertEqual(connection.next_step, "Transmit one person.")
        self.connection.state = "reconnect"
        self.assertIn("connect it again", self.connection._next_step())
        self.assertIn("please ask", connection._next_step(), "a clerk cannot")

    def test_every_way_leads_somewhere_and_only_there(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        other = self._connect(elsewhere, name="Elsewhere")
        connection = self.connection.with_user(self.clerk)
        with self.assertRaises(AccessError):
            connection.browse(other.id).next_step  # noqa: B018
        for name in ("couplings", "mailings", "events", "review", "tasks", "stopped"):
            with self.subTest(name):
                action = getattr(connection, f"action_open_{name}")()
                model = connection.env[action["res_model"]]
                model.search_count(action["domain"])
        self.assertEqual(
            self.env["newsletter.coupling"].search(
                connection.action_open_couplings()["domain"]
            ),
            self.coupling,
        )

    def test_the_form_opens_for_an_administrator(self):
        with Form(self.connection) as form:
            form.coupling_automation = "manual"
            form.sender_name = "The club"
        self.assertEqual(self.connection.sender_name, "The club")
