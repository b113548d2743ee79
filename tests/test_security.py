"""Who may do what: every model of ours, every group, every public method."""

import inspect

from odoo import Command, models
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user

from .common import SandboxCase
from .security_tables import (
    ACTIONS,
    GROUPS,
    HARMLESS,
    MIXINS,
    OPERATIONS,
    RIGHTS,
    WITHOUT_COMPANY_RULE,
)


class TestSecurity(SandboxCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {
            group: new_test_user(
                cls.env, f"security.{group}", groups=f"newsletter_sync.group_{group}"
            )
            for group in GROUPS
        }
        cls.stranger = new_test_user(
            cls.env, "security.stranger", groups="base.group_user"
        )
        cls.public = cls.env.ref("base.public_user")
        cls.portal = new_test_user(
            cls.env, "security.portal", groups="base.group_portal"
        )

    def _ours(self):
        return {
            name: model
            for name, model in self.env.registry.items()
            if name.startswith("newsletter.")
        }

    # --- models and groups -----------------------------------------------------------
    def test_every_model_is_in_the_table(self):
        concrete = {name for name, model in self._ours().items() if not model._abstract}
        self.assertEqual(concrete, set(RIGHTS))

    def test_rights_of_each_group(self):
        letters = dict(zip("rwcd", OPERATIONS, strict=True))
        for model, rights in RIGHTS.items():
            for group, allowed in zip(GROUPS, rights, strict=True):
                records = self.env[model].with_user(self.users[group])
                for letter, operation in letters.items():
                    with self.subTest(model=model, group=group, operation=operation):
                        self.assertEqual(
                            records.has_access(operation), letter in allowed
                        )

    def test_everybody_else_has_no_right_at_all(self):
        for model in RIGHTS:
            for user in (self.stranger, self.portal, self.public):
                records = self.env[model].with_user(user)
                for operation in OPERATIONS:
                    self.assertFalse(records.has_access(operation), (model, user.login))

    def test_every_model_has_a_company_rule(self):
        rules = self.env["ir.rule"].search([("model_id.model", "in", list(RIGHTS))])
        with_rule = {
            rule.model_id.model
            for rule in rules
            if not rule.groups and "company_id" in rule.domain_force
        }
        self.assertEqual(with_rule, set(RIGHTS) - set(WITHOUT_COMPANY_RULE))

    # --- other people's daily work ---------------------------------------------------
    def test_contacts_work_as_before_for_everybody_else(self):
        worker = new_test_user(
            self.env,
            "security.worker",
            groups="base.group_user,base.group_partner_manager,"
            "mass_mailing.group_mass_mailing_user,sales_team.group_sale_salesman",
        )
        partner = self._person("Anna", "anna@example.org")
        self._synchronise(partner)
        self.assertTrue(partner.newsletter_member_ids)
        with Form(partner.with_user(worker)) as form:
            form.name = "Anna Lang"
        contact = self.env["mailing.contact"].with_user(worker).create({"name": "Mia"})
        lead = self.env["crm.lead"].with_user(worker).create({"name": "Offer"})
        for record in (partner.with_user(worker), contact, lead):
            ours = [name for name in record.fields_get() if "newsletter" in name]
            self.assertTrue(ours)
            record.read(ours)
            record.copy()
        partner.with_user(worker).read(["doi_status", "no_marketing_email"])
        partner.with_user(worker).web_search_read([("doi_status", "=", "none")], {})

    def test_a_run_can_be_cancelled_when_its_starter_lost_the_right(self):
        run = self._preview(self._person("Anna", "anna@example.org"), user=self.clerk)
        self.clerk.group_ids -= self.env.ref("newsletter_sync.group_user")
        run.with_user(self.users["user"]).action_cancel()
        self.assertEqual(run.state, "cancelled")

    def test_the_settings_open_for_a_system_administrator_without_our_groups(self):
        admin = new_test_user(
            self.env,
            "security.system",
            groups="base.group_system,base.group_erp_manager",
        )
        self.assertFalse(admin.has_group("newsletter_sync.group_user"))
        settings = self.env["res.config.settings"].with_user(admin).create({})
        settings.read(["newsletter_connection_count"])

    # --- public methods --------------------------------------------------------------
    def _public_methods(self):
        """{model: names} of what this addon defines and anybody may call by RPC."""
        found = {}
        for name, model in self.env.registry.items():
            for cls in model.__mro__:
                if not cls.__module__.startswith("odoo.addons.newsletter_sync."):
                    continue
                home = getattr(cls, "_name", None) or name
                if home == "mail.thread":
                    continue  # the gateway's own methods, overridden
                names = {
                    key
                    for key, value in vars(cls).items()
                    if inspect.isfunction(value)
                    and not key.startswith("_")
                    and not hasattr(models.BaseModel, key)
                    and not getattr(value, "_api_private", False)
                }
                if names and not (home in MIXINS and name != home):
                    found.setdefault(name, set()).update(names)
        found.get("ir.actions.actions", set()).discard("get_bindings")  # core's
        return {
            name: names
            for name, names in found.items()
            if names and "get_bindings" not in names
        }

    def test_every_public_method_is_known(self):
        self.assertEqual(self._public_methods(), ACTIONS)

    def test_public_methods_check_the_rights_of_their_caller(self):
        partner = self._person("Anna", "anna@example.org")
        run = self._preview(partner)
        records = {
            "newsletter.connection": self.connection,
            "newsletter.coupling": run.coupling_id,
            "newsletter.run": run,
            "newsletter.field.mapping": self.connection.mapping_ids[:1],
            "newsletter.remote.field": self.env["newsletter.remote.field"].create(
                {
                    "connection_id": self.connection.id,
                    "name": "city",
                    "label": "City",
                    "type": "text",
                }
            ),
            "newsletter.run.line": run.line_ids,
            "newsletter.event": self.env["newsletter.event"].search([], limit=1),
            "newsletter.consent": self.env["newsletter.consent"].search([], limit=1),
            "newsletter.push.wizard": self.env["newsletter.push.wizard"].search(
                [], limit=1
            ),
        }
        self._approve(self._preview(partner))
        records["newsletter.member"] = partner.newsletter_member_ids
        people = (self.stranger, self.portal, self.public)
        self.sandbox.requests.clear()
        self.env.invalidate_all()
        for model, record in records.items():
            self.assertEqual(len(record), 1, model)
            for name in ACTIONS[model] - HARMLESS:
                for user in people:
                    for target in (record, record.browse()):
                        with self.subTest(model=model, method=name, user=user.login):
                            self._is_refused(target.with_user(user), name)
        self.assertFalse(len(self.sandbox.requests))

    def _is_refused(self, target, name):
        """With a record the rights are missing; with none there is nothing to do."""
        self.env.invalidate_all()
        try:
            answer = getattr(target, name)()
        except (UserError, ValueError):
            return
        self.assertFalse(target or answer, name)

    def test_a_clerk_cannot_touch_the_connection(self):
        mine = self.connection.with_user(self.clerk)
        for name in ("action_test", "action_pause", "action_connect"):
            with self.assertRaises(AccessError):
                getattr(mine, name)()
        self.assertEqual(self.connection.state, "connected")

    # --- the wizard, called by hand --------------------------------------------------
    def _wizard(self, user, **values):
        return (
            self.env["newsletter.push.wizard"]
            .with_user(user)
            .create(
                {
                    "connection_id": self.connection.id,
                    "remote_list_id": self._list(self.connection).id,
                    "res_model": "res.partner",
                    "selection_domain": [["id", ">", 0]],
                    **values,
                }
            )
        )

    @staticmethod
    def _list(connection):
        return connection._refresh_lists()[:1]

    def test_the_wizard_takes_no_other_companys_tool(self):
        other = self.env["res.company"].create({"name": "Other"})
        theirs = self._connect(company=other, name="Other")
        runs = self.env["newsletter.run"].search_count([])
        for values in (
            {"connection_id": theirs.id},
            {"connection_id": theirs.id, "remote_list_id": self._list(theirs).id},
            {"remote_list_id": self._list(theirs).id},
            {"connection_id": theirs.id, "new_list": True, "new_list_name": "Mine"},
        ):
            with self.assertRaises(UserError):
                self._wizard(self.clerk, **values).action_preview()
        self.assertEqual(self.env["newsletter.run"].search_count([]), runs)

    def test_the_wizard_takes_people_only(self):
        for model in ("res.users", "newsletter.credential", "no.such.model", False):
            with self.assertRaises(UserError):
                self._wizard(self.clerk, res_model=model).action_preview()

    def test_the_wizard_needs_a_connected_tool(self):
        wizard = self._wizard(self.clerk)
        self.connection.action_pause()
        with self.assertRaises(UserError):
            wizard.action_preview()

    def test_a_clerk_selects_only_what_they_may_read(self):
        partner = self._person("Anna", "anna@example.org")
        self.env["ir.rule"].create(
            {
                "name": "not Anna",
                "model_id": self.env.ref("base.model_res_partner").id,
                "domain_force": f"[('id', '!=', {partner.id})]",
                "groups": [Command.link(self.env.ref("base.group_user").id)],
            }
        )
        self.env.flush_all()
        wizard = self._wizard(
            self.users["user"], selection_domain=[["id", "=", partner.id]]
        )
        run = self.env["newsletter.run"].browse(wizard.action_preview()["res_id"])
        self.assertFalse(run.line_ids)

    def test_another_users_wizard_is_out_of_reach(self):
        wizard = self._wizard(self.clerk)
        with self.assertRaises(AccessError):
            wizard.with_user(self.users["user"]).action_preview()
