"""The connection: its test button in plain words, its state, and its secrets."""

from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user

from ..connectors import registry
from ..connectors.errors import MisConfigured
from ..models.newsletter_field_mapping import DEFAULTS
from .common import SandboxCase

#: a port of this machine on which nobody listens
CLOSED = "http://127.0.0.1:9"
SECRET = "sandbox-secret"
ENTRY = "newsletter_sync.action_push_partner"


class TestConnection(SandboxCase):
    def test_a_broken_connector_stops_no_other_connection(self):
        """Its own test says what is wrong; the list of connections stays readable."""
        broken = self.connection.copy({"name": "Broken"})
        get = registry.get

        def load(code):
            if code == broken.provider:
                raise MisConfigured("the connector cannot be loaded: no module")
            return get(code)

        with patch.object(registry, "get", load):
            broken.invalidate_recordset()
            broken.read()
            answer = broken.action_test()["params"]
            self.assertEqual(answer["type"], "danger")
            self.assertIn("cannot be loaded", answer["message"])

    # --- the test button -------------------------------------------------------
    def _test(self, **login):
        self._log_in(self.connection, **login)
        self.env["newsletter.token"].search([]).unlink()
        return self.connection.action_test()["params"]

    def test_success_names_account_number_and_recipients(self):
        self._at_tool("anna@example.org")
        answer = self._test()
        self.assertEqual(answer["type"], "success")
        for part in ("Beispiel GmbH", "123456", "Recipients: 1."):
            self.assertIn(part, answer["message"])
        self.assertEqual(self.connection.account_number, "123456")
        self.assertEqual(self.connection.recipients, 1)
        self.assertTrue(self.connection.checked_at)
        self.assertEqual(self.connection.state, "connected")

    def test_wrong_key(self):
        answer = self._test(client_secret="another-secret")
        self.assertEqual(answer["type"], "danger")
        self.assertIn("login was refused", answer["message"])
        self.assertNotIn("another-secret", answer["message"])
        self.assertEqual(self.connection.message, answer["message"])

    def test_nobody_answers(self):
        answer = self._test(base_url=CLOSED)
        self.assertEqual(answer["type"], "danger")
        self.assertIn("cannot be reached", answer["message"])
        # a network that is down says nothing about the login
        self.assertEqual(self.connection.state, "connected")

    def test_missing_permission(self):
        self.sandbox.faults.add("status", path="whoami", status=403)
        answer = self._test()
        self.assertIn("a permission is missing", answer["message"])
        self.assertEqual(self.connection.state, "connected")

    def test_incomplete_login_names_the_empty_fields(self):
        with self.assertRaisesRegex(UserError, "Client ID, Client Secret"):
            self.env["newsletter.connection"].create(
                {"name": "Empty", "provider": "cleverreach"}
            ).action_test()

    def test_an_address_in_the_own_network_is_refused_without_the_switch(self):
        self.env["ir.config_parameter"].set_param(
            "newsletter_sync.allow_loopback_tools", "0"
        )
        self.sandbox.requests.clear()
        # the provider's own host is used instead, and tests cannot reach it
        self.assertEqual(self._test()["type"], "danger")
        self.assertFalse(len(self.sandbox.requests))

    # --- the form --------------------------------------------------------------
    def test_login_fields_are_those_of_the_chosen_tool(self):
        with Form(self.env["newsletter.connection"]) as form:
            form.provider = "cleverreach"
            self.assertEqual(form.name, "CleverReach")
        names = form.record.credential_ids.mapped("name")
        declared = [
            field.name for field in form.record._connector_class().credential_fields
        ]
        self.assertEqual(names, declared)
        self.assertTrue(form.record.uses_oauth)

    def test_default_mapping(self):
        mapping = self.connection.mapping_ids
        self.assertEqual(mapping.mapped("path"), list(DEFAULTS))
        self.assertEqual(set(mapping.mapped("direction")), {"to_tool"})

    def test_the_tool_of_a_connection_in_use_is_not_exchanged(self):
        with self.assertRaises(UserError):
            self.connection.provider = "memory"
        draft = self.env["newsletter.connection"].create(
            {"name": "Draft", "provider": "cleverreach"}
        )
        draft.provider = "memory"
        self.assertEqual(draft.provider, "memory")

    # --- secrets ---------------------------------------------------------------
    def test_clerks_and_managers_read_no_login(self):
        manager = new_test_user(
            self.env, "newsletter.manager", groups="newsletter_sync.group_manager"
        )
        login = self.connection.credential_ids
        for user in (self.clerk, manager):
            with self.assertRaises(AccessError):
                login.with_user(user).read(["value"])
            with self.assertRaises(AccessError):
                self.env["newsletter.token"].with_user(user).search([])
            with self.assertRaises(AccessError):
                self.connection.with_user(user).read(["credential_ids"])
            everything = self.connection.with_user(user).read()
            self.assertNotIn("credential_ids", everything[0])
            self.assertNotIn(SECRET, str(everything))

    def test_no_group_reads_a_token(self):
        tokens = self.env["newsletter.token"].with_user(self.env.ref("base.user_admin"))
        with self.assertRaises(AccessError):
            tokens.search([])

    def test_the_form_never_gets_a_secret_back(self):
        line = self.connection.credential_ids.filtered(
            lambda line: line.kind == "secret"
        )
        specification = {
            "credential_ids": {
                "fields": {name: {} for name in ("name", "secret_input", "is_set")}
            }
        }
        saved = self.connection.web_save(
            {"credential_ids": [(1, line.id, {"secret_input": "fresh-secret"})]},
            specification,
        )
        self.assertNotIn("fresh-secret", str(saved))
        self.assertEqual(line.secret, "fresh-secret")
        self.assertTrue(line.is_set)
        self.assertNotIn("fresh-secret", str(self.connection.web_read(specification)))
        arch = self.env["newsletter.connection"].get_view(view_type="form")["arch"]
        self.assertNotIn('name="secret"', arch)

    def test_an_empty_input_keeps_the_stored_secret(self):
        line = self.connection.credential_ids.filtered(
            lambda line: line.kind == "secret"
        )
        line.secret_input = False
        self.assertEqual(line.secret, SECRET)

    def test_no_secret_in_chatter_events_or_log(self):
        with self.assertLogs("odoo.addons.newsletter_sync", "DEBUG") as log:
            self._test()
            self._test(client_secret="another-secret")
        written = [
            *log.output,
            *self.connection.message_ids.mapped("body"),
            *self.connection.message_ids.tracking_value_ids.mapped("new_value_char"),
            *(str(row) for row in self.env["newsletter.event"].search([]).read()),
            str(self.connection.read()),
        ]
        token = self.sandbox.store.find("cleverreach", "access")
        self.assertTrue(token)
        for text in written:
            self.assertNotIn(SECRET, text or "")
            self.assertNotIn("another-secret", text or "")

    def test_a_copy_has_no_login(self):
        copy = self.connection.copy()
        self.assertEqual(copy.state, "draft")
        self.assertFalse(any(copy.credential_ids.mapped("secret")))

    # --- what is offered -------------------------------------------------------
    def _offers(self):
        """Whether the action menu of contacts names our entry."""
        self.env.registry.clear_cache()
        actions = self.env["ir.actions.actions"].with_user(self.clerk)
        bound = actions.get_bindings("res.partner").get("action", [])
        return self.env.ref(ENTRY).id in [action["id"] for action in bound]

    def test_the_action_menu_follows_the_state(self):
        self.assertTrue(self._offers())
        self.connection.action_pause()
        self.assertFalse(self._offers())
        self.connection.action_resume()
        self.assertTrue(self._offers())
        self.connection.action_archive()
        self.assertFalse(self._offers())

    def test_pause_and_resume_touch_no_other_state(self):
        draft = self.env["newsletter.connection"].create(
            {"name": "Draft", "provider": "cleverreach"}
        )
        draft.action_pause()
        self.assertEqual(draft.state, "draft")
        draft.action_resume()
        self.assertEqual(draft.state, "draft")

    def test_a_refused_login_asks_once_for_a_person(self):
        self._test(client_secret="another-secret")
        self._test(client_secret="yet-another")
        self.assertEqual(self.connection.state, "reconnect")
        self.assertEqual(len(self.connection.activity_ids), 1)
        self.assertEqual(self.connection.activity_ids.user_id, self.connection.user_id)
        self.assertFalse(self._offers())
        self._test()
        self.assertEqual(self.connection.state, "connected")
        self.assertFalse(self.connection.activity_ids)

    def test_second_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        theirs = self._connect(company=other, name="Other")
        clerk = self.env["newsletter.connection"].with_user(self.clerk)
        self.assertEqual(clerk.search([]), self.connection)
        self.assertEqual(clerk._offered(), self.connection)
        with self.assertRaises(AccessError):
            theirs.with_user(self.clerk).read(["name"])
        self.connection.action_pause()
        self.assertFalse(self._offers(), "the other company's tool is not ours")
