"""Who may do what: every model of ours, every group, every public method."""

import inspect

from odoo import Command, models
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user

from .common import SandboxCase

OPERATIONS = ("read", "write", "create", "unlink")
#: model: what user, manager, administrator and privacy may do (r, w, c, d)
RIGHTS = {
    "newsletter.connection": ("r", "r", "rwcd", "r"),
    "newsletter.credential": ("", "", "rwcd", ""),
    "newsletter.token": ("", "", "", ""),
    "newsletter.remote.list": ("r", "r", "rwcd", "r"),
    "newsletter.coupling": ("r", "rwc", "rwcd", "r"),
    "newsletter.opt.in.process": ("r", "r", "rwcd", "r"),
    "newsletter.member": ("r", "rw", "rw", "r"),
    "newsletter.assignment": ("r", "r", "r", "r"),
    "newsletter.assign.wizard": ("rwcd", "rwcd", "rwcd", "rwcd"),
    "newsletter.repoint.wizard": ("", "rwcd", "rwcd", ""),
    "newsletter.assign.address": ("rwcd", "rwcd", "rwcd", "rwcd"),
    "newsletter.assign.line": ("rwcd", "rwcd", "rwcd", "rwcd"),
    "newsletter.processing.activity": ("r", "rwcd", "rwcd", "r"),
    "newsletter.run": ("r", "r", "rd", "r"),
    "newsletter.run.line": ("r", "r", "rd", "r"),
    "newsletter.event": ("rw", "rw", "rw", "rw"),
    "newsletter.consent": ("r", "rwc", "rwc", "r"),
    "newsletter.consent.form": ("r", "rwc", "rwcd", "r"),
    "newsletter.consent.form.key": ("", "", "rwcd", ""),
    "newsletter.consent.wording": ("r", "rwcd", "rwcd", "r"),
    "newsletter.consent.request": ("r", "r", "r", "r"),
    "newsletter.consent.count": ("r", "r", "r", "r"),
    "newsletter.consent.attempt": ("", "", "", ""),
    "newsletter.consent.request.wizard": ("", "rwcd", "rwcd", ""),
    "newsletter.consent.request.wizard.line": ("", "rwcd", "rwcd", ""),
    "newsletter.consent.record.wizard": ("", "rwcd", "rwcd", ""),
    "newsletter.consent.import.wizard": ("", "rwcd", "rwcd", ""),
    "newsletter.consent.chain": ("", "", "", "r"),
    "newsletter.consent.event": ("", "", "", "r"),
    "newsletter.field.mapping": ("r", "r", "rwcd", "r"),
    "newsletter.remote.field": ("r", "r", "r", "r"),
    "newsletter.field.creation": ("", "", "rwcd", ""),
    "newsletter.field.deletion": ("", "", "rwcd", ""),
    "newsletter.mapping.file": ("", "", "rwcd", ""),
    "newsletter.case.rule": ("r", "r", "rwcd", "r"),
    "newsletter.deletion": ("rwcd", "rwcd", "rwcd", "rwcd"),
    "newsletter.identity": ("r", "r", "r", "r"),
    "newsletter.identity.choice": ("", "rwcd", "rwcd", ""),
    "newsletter.identity.merge": ("", "rwcd", "rwcd", ""),
    "newsletter.undo.wizard": ("", "rwcd", "rwcd", ""),
    "newsletter.field.rule": ("r", "rwcd", "rwcd", "r"),
    "newsletter.tombstone": ("", "", "", "r"),
    "newsletter.leaving": ("r", "r", "r", "r"),
    "newsletter.bounce": ("r", "r", "r", "r"),
    "newsletter.bounce.address": ("r", "r", "r", "r"),
    "newsletter.bounce.move": ("r", "r", "r", "r"),
    "newsletter.leaving.receipt": ("r", "r", "r", "r"),
    "newsletter.preference": ("", "", "", ""),
    "newsletter.fetched": ("", "", "", ""),
    "newsletter.change": ("", "", "", ""),
    "newsletter.candidate": ("", "", "", ""),
    "newsletter.before.image": ("", "", "", ""),
    "newsletter.webhook": ("", "", "r", ""),
    "newsletter.webhook.refusal": ("", "", "", ""),
    "newsletter.delivery": ("", "", "r", ""),
    "newsletter.hint": ("", "", "", ""),
    "newsletter.flight": ("", "", "", ""),
    "newsletter.case": ("rw", "rw", "rwd", "rw"),
    "newsletter.case.step": ("rw", "rw", "rw", "rw"),
    "newsletter.mailbox": ("r", "r", "rwcd", "r"),
    "newsletter.mailbox.automation": ("r", "r", "rwcd", "r"),
    "newsletter.push.wizard": ("rwcd", "rwcd", "rwcd", "rwcd"),
    "newsletter.couple.wizard": ("", "rwcd", "rwcd", ""),
    "newsletter.leave.wizard": ("rwcd", "rwcd", "rwcd", "rwcd"),
    "newsletter.lift.wizard": ("", "rwcd", "rwcd", ""),
    "newsletter.couple.setting": ("", "rwcd", "rwcd", ""),
    "newsletter.conflict": ("", "rwcd", "rwcd", ""),
    "newsletter.conflict.line": ("", "rwcd", "rwcd", ""),
    "newsletter.conflict.offer": ("", "rwcd", "rwcd", ""),
    "newsletter.coupling.change": ("", "rwcd", "rwcd", ""),
    "newsletter.list.deletion": ("", "rwcd", "rwcd", ""),
    "newsletter.list.settings.change": ("", "rwcd", "rwcd", ""),
    "newsletter.erasure": ("", "", "", "r"),
    "newsletter.erasure.receipt": ("", "", "", "r"),
    "newsletter.erasure.wizard": ("", "", "", "rwcd"),
    "newsletter.retention": ("", "", "rw", "rw"),
    "newsletter.access.wizard": ("", "", "", "rwcd"),
    "newsletter.dynamic.list": ("r", "rwcd", "rwcd", "r"),
    "newsletter.dynamic.match": ("r", "r", "r", "r"),
    "newsletter.dynamic.preview": ("", "rwcd", "rwcd", ""),
    "newsletter.list.operation": ("", "rwcd", "rwcd", ""),
    "newsletter.list.copy": ("", "rwcd", "rwcd", ""),
    "newsletter.list.edit": ("", "rwcd", "rwcd", ""),
}
GROUPS = ("user", "manager", "administrator", "privacy")
#: models without a company rule, and why
WITHOUT_COMPANY_RULE = {
    "newsletter.assign.wizard": "each user's own, by another rule",
    "newsletter.repoint.wizard": "each user's own, by another rule",
    "newsletter.assign.address": "each user's own, by another rule",
    "newsletter.assign.line": "each user's own, by another rule",
    "newsletter.processing.activity": "the register is one for all companies",
    "newsletter.preference": "nobody may read it: the doors of the preference page",
    "newsletter.case.rule": "the rules are the same for all companies",
    "newsletter.push.wizard": "each user's own, by another rule",
    "newsletter.consent.request.wizard": "each user's own, by another rule",
    "newsletter.consent.request.wizard.line": "each user's own, by another rule",
    "newsletter.consent.import.wizard": "each user's own, by another rule",
    "newsletter.consent.record.wizard": "each user's own, by another rule",
    "newsletter.consent.form.key": "a dialog that stores nothing",
    "newsletter.consent.attempt": "nobody may read it: keyed hashes",
    "newsletter.couple.wizard": "each user's own, by another rule",
    "newsletter.leave.wizard": "each user's own, by another rule",
    "newsletter.lift.wizard": "each user's own, by another rule",
    "newsletter.erasure.wizard": "each user's own, by another rule",
    "newsletter.access.wizard": "each user's own, by another rule",
    "newsletter.deletion": "each user's own, by another rule",
    "newsletter.undo.wizard": "each user's own, by another rule",
    "newsletter.identity.choice": "each user's own, by another rule",
    "newsletter.identity.merge": "each user's own, by another rule",
    "newsletter.field.creation": "each user's own, by another rule",
    "newsletter.field.deletion": "each user's own, by another rule",
    "newsletter.mapping.file": "each user's own, by another rule",
    "newsletter.couple.setting": "each user's own, by another rule",
    "newsletter.conflict": "each user's own, by another rule",
    "newsletter.conflict.line": "each user's own, by another rule",
    "newsletter.conflict.offer": "each user's own, by another rule",
    "newsletter.list.deletion": "each user's own, by another rule",
    "newsletter.coupling.change": "each user's own, by another rule",
    "newsletter.list.settings.change": "each user's own, by another rule",
    "newsletter.dynamic.preview": "each user's own, by another rule",
    "newsletter.list.operation": "each user's own, by another rule",
    "newsletter.list.copy": "each user's own, by another rule",
    "newsletter.list.edit": "each user's own, by another rule",
    "newsletter.fetched": "nobody may read it: the stage of the engine",
    "newsletter.change": "nobody may read it: the outbox of the engine",
    "newsletter.flight": "nobody may read it: the mark of what is being sent",
    "newsletter.candidate": "nobody may read it: the work of a comparison",
    "newsletter.hint": "nobody may read it: whom to read from the tool",
    "newsletter.webhook.refusal": "nobody may read it: counted only",
}

#: public methods that people call by the screens; each is tried by somebody without
#: any right below, or is harmless for the reason given
ACTIONS = {
    "newsletter.connection": {
        "action_field_mapping",
        "action_refresh_fields",
        "action_create_field",
        "action_default_mapping",
        "action_open_couplings",
        "action_open_events",
        "action_open_mailings",
        "action_open_manual",
        "action_open_mapping",
        "action_open_review",
        "action_open_settings",
        "action_open_stopped",
        "action_open_tasks",
        "action_test",
        "action_pause",
        "action_resume",
        "action_connect",
        "action_open_tool",
        "action_open_members",
        "action_open_runs",
        "action_care_for_webhooks",
        "action_open_deliveries",
        "action_fetch_returns",
        "action_ask_domain",
    },
    "newsletter.webhook": {
        "action_check_address",
        "action_rotate",
        "action_open_deliveries",
    },
    "newsletter.delivery": {"action_again"},
    # core's method, and a list of what the server shows to system administrators
    "res.config.settings": {"set_values", "action_newsletter_crons"},
    "newsletter.coupling": {
        "action_change_settings",
        "action_choose_anew",
        "action_delete_list",
        "action_end",
        "action_enter_id",
        "action_fetch_returns",
        "action_open",
        "action_open_events",
        "action_open_filter",
        "action_open_mailing_list",
        "action_open_members",
        "action_open_runs",
        "action_open_tool",
        "action_pause",
        "action_read_processes",
        "action_resume",
        "action_fetch",
        "action_fetch_whole",
        "action_review",
        "action_open_check",
        "action_decide_all",
        "action_transmit",
    },
    "newsletter.member": {
        "action_newsletter_edit",
        "action_open_record",
        "action_take_odoo",
        "action_take_tool",
        "action_accept",
        "action_mark_transmit",
        "action_undo_decision",
        "action_end_snoozing",
        "action_take_off",
        "action_decide",
        "action_open_coupling",
        "action_newsletter_leave",
        "action_newsletter_erase",
        "action_choose_contact",
        "action_merge_addresses",
        "action_newsletter_access",
    },
    # what anybody may do with them is tried in test_assignment
    "newsletter.assignment": {
        "action_newsletter_edit",
        "action_open",
        "action_open_record",
        "action_repoint",
        "action_take_off",
    },
    "newsletter.repoint.wizard": {"action_repoint"},
    "newsletter.assign.wizard": {"action_add", "action_close"},
    "newsletter.assign.line": {"action_open_record"},
    "newsletter.identity.choice": {"action_choose"},
    "newsletter.identity.merge": {"action_merge"},
    "newsletter.undo.wizard": {"action_undo"},
    "newsletter.run": {
        "action_cancel",
        "action_undo",
        "action_resume",
        "action_synchronise",
        "action_open_lines",
        "action_open_events",
        "action_open_tool",
        "action_export_xlsx",
        "action_export_csv",
    },
    "newsletter.deletion": {"action_delete"},
    "newsletter.field.mapping": {"action_remove"},
    "newsletter.remote.field": {"action_map", "action_delete"},
    "newsletter.field.creation": {"action_create"},
    "newsletter.field.deletion": {"action_delete"},
    "newsletter.mapping.file": {"action_load"},
    "newsletter.run.line": {"action_open_record", "action_open_member"},
    "newsletter.consent": {
        "action_newsletter_push",
        "action_newsletter_request",
        "action_newsletter_record",
        "action_newsletter_renew",
        "action_newsletter_erase",
        "action_newsletter_access",
        "action_check_evidence",
        "action_evidence_pdf",
        "action_evidence_json",
    },
    "newsletter.consent.form": {
        "action_new_api_key",
        "action_open_requests",
        "action_open_page",
    },
    "newsletter.consent.request.wizard": {"action_request"},
    "newsletter.consent.record.wizard": {"action_record"},
    "newsletter.consent.import.wizard": {"action_import"},
    "newsletter.consent.chain": {
        "action_check",
        "action_check_all",
        "action_evidence_pdf",
        "action_evidence_json",
    },
    "newsletter.event": {
        "action_jump",
        "action_reviewed",
        "action_not_reviewed",
    },
    "newsletter.event.subject": {
        "action_newsletter_events",
        "action_newsletter_manual",
    },
    # what anybody may do with the mailbox is tried in test_mailbox
    "newsletter.case": {
        "message_new",
        "action_carry_out",
        "action_nothing",
        "action_reopen",
        "action_open_partners",
    },
    "newsletter.case.step": {"action_undo"},
    "newsletter.mailbox": {"action_open_cases"},
    "newsletter.push.wizard": {"action_read_lists", "action_preview"},
    "newsletter.coupling.change": {"action_back", "action_confirm", "action_next"},
    "newsletter.list.settings.change": {"action_send"},
    "newsletter.list.deletion": {"action_confirm"},
    # what anybody may do with mailing lists is tried in test_coupling_lists
    "mailing.list": {
        "action_newsletter_assign",
        "action_newsletter_couple",
        "action_newsletter_couplings",
        "action_newsletter_delete",
        "action_newsletter_filter",
        "action_newsletter_people",
        "action_newsletter_operation",
        "action_newsletter_copy",
    },
    # what anybody may do with filters is tried in test_dynamic_list
    "newsletter.dynamic.list": {
        "action_make_static",
        "action_open_mailing_list",
        "action_open_matches",
        "action_preview",
        "action_refresh",
    },
    "newsletter.dynamic.match": {"action_open_record"},
    "newsletter.dynamic.preview": {"action_apply"},
    # the same with set operations is tried in test_list_operation
    "newsletter.list.operation": {"action_preview", "action_apply"},
    "newsletter.list.copy": {"action_copy"},
    "newsletter.list.edit": {"action_apply"},
    "newsletter.couple.wizard": {
        "action_open",
        "action_back",
        "action_couple",
        "action_fetch",
        "action_fill_settings",
        "action_first_transmission",
        "action_next",
        "action_open_coupling",
    },
    "newsletter.conflict": {"action_apply", "action_open_not_done"},
    "newsletter.recipient": {
        "action_newsletter_assign",
        "action_newsletter_push",
        "action_newsletter_leave",
        "action_newsletter_erase",
        "action_newsletter_access",
        "action_newsletter_deliverable",
        "action_newsletter_request",
        "action_newsletter_record",
    },
    "newsletter.leaving": {"action_lift"},
    "newsletter.bounce.address": {"action_reset", "action_move_out"},
    "newsletter.leave.wizard": {"action_unsubscribe"},
    "newsletter.lift.wizard": {"action_lift"},
    "newsletter.erasure": {"action_receipt", "action_try_now"},
    "newsletter.erasure.receipt": {"action_done_by_hand"},
    "newsletter.erasure.wizard": {"action_erase"},
    "newsletter.retention": {"action_open", "action_apply"},
    "newsletter.access.wizard": {"action_download"},
    "res.partner": {"action_newsletter_members", "action_newsletter_evidence"},
}
#: their methods are looked at once, not at each model that has them
MIXINS = ("newsletter.recipient", "newsletter.event.subject")
#: they only name a screen or a file, which checks the rights itself
HARMLESS = {
    "action_open_couplings",
    "action_open_manual",
    "action_open_mapping",
    "action_open_review",
    "action_open_settings",
    "action_open_stopped",
    "action_open_tasks",
    "action_newsletter_events",
    "action_newsletter_manual",
    # its dialog asks for the right to write members, see test_conflict_wizard
    "action_decide_all",
    "action_open_check",
    "action_open_coupling",
    "action_open_filter",
    "action_open_not_done",
    "action_open_deliveries",
    "action_newsletter_crons",
    "set_values",
    "action_open",
    "action_open_members",
    "action_open_runs",
    "action_open_lines",
    "action_open_events",
    "action_export_xlsx",
    "action_export_csv",
    "action_newsletter_members",
}


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
