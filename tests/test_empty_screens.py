"""Whoever may not connect a newsletter tool is told whom to ask, not what to enter."""

from odoo.tests import TransactionCase, new_test_user, tagged


@tagged("post_install", "-at_install")
class TestEmptyScreens(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env["res.company"].create({"name": "Empty Club"})
        company = {"company_id": cls.company.id, "company_ids": cls.company.ids}
        cls.clerk = new_test_user(
            cls.env, "plain", "newsletter_sync.group_user", **company
        )
        cls.boss = new_test_user(
            cls.env,
            "boss",
            "newsletter_sync.group_administrator",
            name="Berta Boss",
            **company,
        )

    def _help(self, user, action):
        action = self.env.ref(f"newsletter_sync.{action}").with_user(user)
        # as the web client does: the action is read as the superuser
        wanted = ["help", "res_model", "context"]
        return action.with_company(self.company).sudo().read(wanted)[0]["help"]

    def test_the_plain_clerk_is_told_whom_to_ask(self):
        for action in ("action_newsletter_overview", "action_newsletter_coupling"):
            text = self._help(self.clerk, action)
            self.assertIn("Berta Boss", text, action)
            self.assertNotIn("Mitchell", text, "of another company")

    def test_who_may_connect_reads_what_to_do(self):
        self.assertNotIn(
            "Berta Boss", self._help(self.boss, "action_newsletter_overview")
        )
        self.assertIn(
            "Couple two lists", self._help(self.boss, "action_newsletter_coupling")
        )

    def test_with_a_connection_an_empty_list_of_couplings_speaks_of_couplings(self):
        self.env["newsletter.connection"].create(
            {"name": "C", "provider": "listmonk", "company_id": self.company.id}
        )
        self.assertIn(
            "Couple two lists", self._help(self.clerk, "action_newsletter_coupling")
        )

    def test_the_next_step_of_a_draft_depends_on_the_reader(self):
        connection = self.env["newsletter.connection"].create(
            {"name": "C", "provider": "listmonk", "company_id": self.company.id}
        )
        self.assertIn("Enter the login", connection.with_user(self.boss).next_step)
        mine = connection.with_user(self.clerk).with_company(self.company)
        self.assertIn("Berta Boss", mine.next_step)

    def test_names_are_for_colleagues(self):
        stranger = new_test_user(self.env, "portal", "base.group_portal")
        connections = self.env["newsletter.connection"].with_user(stranger)
        text = connections.with_company(self.company).get_empty_list_help("")
        self.assertNotIn("Berta Boss", text)
        self.assertIn("Ask an administrator", text)

    def test_the_name_is_safe(self):
        self.boss.name = "<b>Berta</b>"
        text = self._help(self.clerk, "action_newsletter_overview")
        self.assertNotIn("<b>", text)

    def test_a_path_is_shown_in_words(self):
        connection = self.env["newsletter.connection"].create(
            {"name": "C", "provider": "listmonk", "company_id": self.company.id}
        )
        row = self.env["newsletter.field.mapping"].create(
            {
                "connection_id": connection.id,
                "label": "Country",
                "record_type": "res.partner",
                "path": "country_id.code",
            }
        )
        self.assertEqual(row.path_name, "Country › Country Code")
        self.env["res.lang"]._activate_lang("de_DE")
        words = row.with_context(lang="de_DE").path_name
        self.assertIn(" › ", words)
        row.flush_recordset()
        self.env.cr.execute(
            "UPDATE newsletter_field_mapping SET path = 'gone.away' WHERE id = %s",
            row.ids,
        )
        row.invalidate_recordset()
        self.assertEqual(
            row.path_name, "gone.away", "shown as it is, beside the problem"
        )
