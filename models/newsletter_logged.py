"""Changes of lists, settings, mapping and couplings go to the event log too (M03)."""

from odoo import api, models

from .newsletter_consent_chain import KEY_PARAMETER

#: system parameters that are settings of ours, but for the secret among them
_OURS, _SECRET = "newsletter_sync.", (KEY_PARAMETER,)


class NewsletterLogged(models.AbstractModel):
    """Logs who created, changed or deleted a record, with the values before and after.

    A model says which fields count; whatever the engine itself remembers on its records
    (when a list was fetched, how many people there are) is no news.
    """

    _name = "newsletter.logged"
    _description = "Logged by the Newsletter Event Log"

    @api.model
    def _newsletter_logged_fields(self):
        """Names of the fields whose changes are told."""
        return []

    def _newsletter_logged_records(self):
        """Those of the records that concern newsletter tools at all."""
        return self

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        records._newsletter_log("created", self.env._("%(what)s “%(name)s”: created."))
        return records

    def write(self, vals):
        names = [name for name in self._newsletter_logged_fields() if name in vals]
        if not names:
            return super().write(vals)
        records = self._newsletter_logged_records()
        before = records._newsletter_shown(names)
        result = super().write(vals)
        after = records._newsletter_shown(names)
        rows = []
        for record in records:
            for name in names:
                old, new = before[record.id][name], after[record.id][name]
                if old != new:
                    rows.append(record._newsletter_change(name, old, new))
        self.env["newsletter.event"]._log_many(rows)
        return result

    def unlink(self):
        self._newsletter_log("deleted", self.env._("%(what)s “%(name)s”: deleted."))
        return super().unlink()

    def _newsletter_log(self, code, text):
        self.env["newsletter.event"]._log_many(
            [
                {
                    **record._newsletter_origin(),
                    "code": code,
                    "text": text
                    % {
                        "what": self.env["ir.model"]._get(self._name).name,
                        "name": record.display_name,
                    },
                }
                for record in self._newsletter_logged_records()
            ]
        )

    def _newsletter_change(self, name, old, new):
        """The event of one changed field."""
        label = self._fields[name]._description_string(self.env)
        return {
            **self._newsletter_origin(),
            "code": "changed",
            "text": self.env._(
                "“%(name)s”: %(field)s was changed.",
                name=self.display_name,
                field=label,
            ),
            "old_value": old,
            "new_value": new,
        }

    def _newsletter_origin(self):
        """Whose event it is."""
        coupling = self if self._name == "newsletter.coupling" else None
        connection = self if self._name == "newsletter.connection" else None
        if "connection_id" in self._fields:
            connection = self.connection_id
        return {"record": self, "coupling": coupling, "connection": connection}

    def _newsletter_shown(self, names):
        """{record id: {field: what a person reads there}}"""
        yes, no = self.env._("Yes"), self.env._("No")
        shown = {}
        for record in self:
            values = {}
            for name in names:
                value = self._fields[name].convert_to_export(record[name], record)
                if isinstance(value, bool):
                    value = yes if value else no
                values[name] = str(value)
            shown[record.id] = values
        return shown


class NewsletterCoupling(models.Model):
    _name = "newsletter.coupling"
    _inherit = ["newsletter.coupling", "newsletter.logged"]

    @api.model
    def _newsletter_logged_fields(self):
        return [
            *("mailing_list_id", "direction", "automation", "status_rule", "state"),
            *("new_contacts", "missing_in_tool", "join", "opt_in_process_id"),
            *("active", "brake_percent", "record_reactions", "user_id"),
            *("remote_list_id", "fetch_minutes", "whole_days", "whole_hour"),
        ]


class NewsletterFieldMapping(models.Model):
    _name = "newsletter.field.mapping"
    _inherit = ["newsletter.field.mapping", "newsletter.logged"]

    @api.model
    def _newsletter_logged_fields(self):
        return [
            *("record_type", "path", "label", "remote_name", "direction", "rule"),
            "active",
        ]


class NewsletterConnection(models.Model):
    _name = "newsletter.connection"
    _inherit = ["newsletter.connection", "newsletter.logged"]

    @api.model
    def _newsletter_logged_fields(self):
        return [
            *("name", "provider", "company_id", "state", "user_id", "active"),
            *("sender_name", "sender_email", "sender_always", "plan_limit"),
            *("reply_to_name", "reply_to_email", "imprint_url", "dkim_selector"),
            *("webhooks_wanted", "log_successes"),
            *("coupling_direction", "coupling_automation", "coupling_status_rule"),
            *("coupling_new_contacts", "coupling_missing_in_tool", "coupling_join"),
            "coupling_brake_percent",
        ]


class NewsletterCredential(models.Model):
    _inherit = "newsletter.credential"

    def write(self, vals):
        """That a login was changed and by whom is told, never what it is."""
        result = super().write(vals)
        if {"value", "secret", "secret_input"} & set(vals):
            self.env["newsletter.event"]._log_many(
                [
                    {
                        "code": "login_changed",
                        "connection": connection,
                        "record": connection,
                        "text": self.env._(
                            "The login of “%s” was changed.", connection.name
                        ),
                    }
                    for connection in self.connection_id
                ]
            )
        return result


class MailingList(models.Model):
    _name = "mailing.list"
    _inherit = ["mailing.list", "newsletter.logged"]

    @api.model
    def _newsletter_logged_fields(self):
        return ["name", "is_public", "active"]

    def _newsletter_logged_records(self):
        """Lists that are coupled; all others are Odoo's business alone."""
        # sudo: whoever edits lists may know nothing of couplings
        couplings = self.env["newsletter.coupling"].sudo()
        return (
            couplings.search([("mailing_list_id", "in", self.ids)])
            .mapped("mailing_list_id")
            .with_env(self.env)
        )


class MailingMailing(models.Model):
    _name = "mailing.mailing"
    _inherit = ["mailing.mailing", "newsletter.logged"]

    @api.model
    def _newsletter_logged_fields(self):
        return ["subject", "state", "contact_list_ids", "active"]

    def _newsletter_logged_records(self):
        """Mailings to a coupled list."""
        lists = self.contact_list_ids._newsletter_logged_records()
        return self.filtered(lambda mailing: mailing.contact_list_ids & lists)


class ResCompany(models.Model):
    _name = "res.company"
    _inherit = ["res.company", "newsletter.logged"]

    @api.model
    def _newsletter_logged_fields(self):
        """Settings are fields of the company that begin with our name."""
        return [name for name in self._fields if name.startswith("newsletter_")]

    def _newsletter_log(self, code, text):
        """That a company comes or goes is nobody's news here."""


class IrConfigParameter(models.Model):
    _inherit = "ir.config_parameter"

    @api.model_create_multi
    def create(self, vals_list):
        """The first time that a setting is made it is created."""
        parameters = super().create(vals_list)
        parameters._newsletter_log_settings({})
        return parameters

    def write(self, vals):
        before = self._newsletter_settings()
        result = super().write(vals)
        self._newsletter_log_settings(before)
        return result

    def unlink(self):
        """A setting that is switched off may be deleted."""
        before = self._newsletter_settings()
        result = super().unlink()
        self.browse()._newsletter_log_settings(before)
        return result

    def _newsletter_settings(self):
        """{key: value} of our settings; secrets are none."""
        return {
            each.key: each.value
            for each in self
            if each.key.startswith(_OURS) and each.key not in _SECRET
        }

    def _newsletter_log_settings(self, before):
        """Log what is another now.

        :param before: of ``_newsletter_settings``
        """
        after = self._newsletter_settings()
        self.env["newsletter.event"]._log_many(
            {
                "code": "changed",
                "text": self.env._("Setting “%s” was changed.", key),
                "old_value": before.get(key) or False,
                "new_value": after.get(key) or False,
            }
            for key in {**before, **after}
            if before.get(key) != after.get(key)
        )
