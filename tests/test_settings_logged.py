"""The first change of a setting is told as every other, and so is its end (M03)."""

from odoo.tests import tagged

from .common_two_way import TwoWayCase


@tagged("post_install", "-at_install")
class TestSettingsLogged(TwoWayCase):
    def setUp(self):
        super().setUp()
        self.parameters = self.env["ir.config_parameter"]
        self.known = self.env["newsletter.event"].search([])

    def _told(self):
        """[(what, old, new)] of what was told since, in its order."""
        events = self.env["newsletter.event"].search([], order="id") - self.known
        self.known |= events
        return [(each.text, each.old_value, each.new_value) for each in events]

    def test_M03_a_setting_is_made_changed_and_switched_off(self):
        key = "newsletter_sync.webhook_base_url"
        self.parameters.search([("key", "=", key)]).unlink()
        self._told()
        text = f"Setting “{key}” was changed."
        steps = [
            ("https://a.example.org", [(text, False, "https://a.example.org")]),
            ("https://a.example.org", []),
            (
                "https://b.example.org",
                [(text, "https://a.example.org", "https://b.example.org")],
            ),
            (False, [(text, "https://b.example.org", False)]),
        ]
        for value, told in steps:
            with self.subTest(value=value):
                self.parameters.set_param(key, value)
                self.assertEqual(self._told(), told)

    def test_M03_switching_local_tools_on_leaves_a_line(self):
        key = "newsletter_sync.allow_loopback_tools"
        self.parameters.set_param(key, False)
        self._told()
        self.parameters.set_param(key, "1")
        [(text, before, after)] = self._told()
        self.assertIn("allow_loopback_tools", text)
        self.assertEqual((before, after), (False, "1"))

    def test_secrets_and_the_settings_of_others_are_not_told(self):
        for key in ("newsletter_sync.evidence_key", "web.some_key"):
            self.parameters.search([("key", "=", key)]).unlink()
            for value in ("one", "two", False):
                self.parameters.set_param(key, value)
        self.assertEqual(self._told(), [])

    def test_a_renamed_setting_is_told_under_both_names(self):
        self.parameters.set_param("newsletter_sync.one", "1")
        self._told()
        self.parameters.search([("key", "=", "newsletter_sync.one")]).key = "other.one"
        [(text, before, after)] = self._told()
        self.assertIn("newsletter_sync.one", text)
        self.assertEqual((before, after), ("1", False))

    def test_M03_what_a_coupling_fetches_is_told(self):
        for name, value, told in (
            ("fetch_minutes", 45, ("30", "45")),
            ("whole_days", 7, ("1", "7")),
            ("whole_hour", 3.5, ("2.0", "3.5")),
        ):
            with self.subTest(name):
                self.coupling[name] = value
                [(_text, *values)] = self._told()
                self.assertEqual(tuple(values), told)
        other = self.coupling.remote_list_id.copy({"remote_id": "77", "name": "Other"})
        self.coupling.remote_list_id = other
        [(_text, before, after)] = self._told()
        self.assertIn("Club news", before)
        self.assertIn("Other", after)

    def test_M03_what_a_connection_does_by_itself_is_told(self):
        for name, value in (
            ("webhooks_wanted", not self.connection.webhooks_wanted),
            ("log_successes", not self.connection.log_successes),
            ("reply_to_name", "Office"),
            ("reply_to_email", "office@example.org"),
            ("imprint_url", "https://example.org/imprint"),
        ):
            with self.subTest(name):
                self.connection[name] = value
                [(text, before, after)] = self._told()
                label = self.connection._fields[name]._description_string(self.env)
                self.assertIn(label, text)
                self.assertNotEqual(before, after)
