"""The settings of a list in the tool: what was sent, what the tool has now."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..connectors.contract import ListDraft
from ..connectors.errors import ConnectorError
from ..connectors.list_settings import LIST_SETTINGS, asked


class NewsletterRemoteList(models.Model):
    _inherit = "newsletter.remote.list"

    sent_settings = fields.Json(
        readonly=True, help="Name and settings as Odoo sent them last."
    )
    told_settings = fields.Json(
        readonly=True, help="Name and settings as the tool told them last."
    )

    @api.model
    def _store_lists(self, connection, lists):
        """Remember the settings that came with the lists."""
        stored = super()._store_lists(connection, lists)
        told = {
            remote.remote_id: _all(remote.name, remote.settings) for remote in lists
        }
        for record in stored:
            settings = told.get(record.remote_id)
            if settings and settings != record.told_settings:
                # sudo: the mirror may be refreshed by everybody who may choose a list
                record.sudo().told_settings = settings
        return stored

    @api.model
    def _store_created(self, connection, remote, draft=None):
        """Remember what was sent for a list that was created just now."""
        record = super()._store_created(connection, remote, draft)
        # sudo: see _store_lists
        record.sudo().write(
            {
                "sent_settings": _sent(draft) if draft else False,
                "told_settings": _all(remote.name, remote.settings),
            }
        )
        return record

    def _drift(self):
        """Settings that the tool has otherwise than Odoo sent them.

        :return: {name: (sent, told)}
        """
        self.ensure_one()
        sent, told = self.sent_settings or {}, self.told_settings or {}
        return {
            name: (value, told[name])
            for name, value in sent.items()
            if name in told and told[name] != value
        }

    def _change_settings(self, draft):
        """Write name and settings in the tool and remember what it says then.

        :raises UserError: in plain words, when the tool refuses
        """
        self.ensure_one()
        connection = self.connection_id
        try:
            remote = connection._connector().update_list(self.remote_id, draft)
        except ConnectorError as error:
            raise UserError(connection._explain(error)) from error
        # sudo: see _store_lists; who may change a coupling may change its list
        self.sudo().write(
            {
                "name": remote.name or draft.name,
                "sent_settings": {**(self.sent_settings or {}), **_sent(draft)},
                "told_settings": _all(remote.name, remote.settings),
            }
        )
        self.env["newsletter.event"]._log(
            "list_changed",
            connection=connection,
            record=self,
            text=self.env._(
                "The settings of the list “%s” were changed in the newsletter tool.",
                self.name,
            ),
        )


class NewsletterCoupling(models.Model):
    _inherit = "newsletter.coupling"

    record_reactions = fields.Boolean(
        string="Record Reactions of Each Recipient",
        help="The tool may record who opens and clicks, of those people alone who "
        "allowed it by a tick of its own; the consent says so. Of all others "
        "statistics tell numbers only. Holds for people who join from now on.",
    )
    chooses_reactions = fields.Boolean(compute="_compute_list_means")
    can_update_list = fields.Boolean(compute="_compute_list_means")
    can_delete_list = fields.Boolean(compute="_compute_list_means")
    settings_rows = fields.Json(compute="_compute_settings_rows")
    settings_drift = fields.Boolean(compute="_compute_settings_rows")

    @api.depends("connection_id.provider")
    def _compute_list_means(self):
        for coupling in self:
            can = coupling.connection_id._connector_class().capabilities
            coupling.can_update_list = can.update_list
            coupling.can_delete_list = can.delete_list
            coupling.chooses_reactions = can.reactions

    def _reactions(self, emails):
        """Of whom opens and clicks may be recorded: few queries for all of them.

        Two must agree: this switch, and the person by a permission of their own (L10).

        :param emails: normalised addresses of people who join
        :return: {address: True or False}, None for all where the tool decides
        """
        self.ensure_one()
        if not self.chooses_reactions:
            return dict.fromkeys(emails)
        allowing = set()
        if self.record_reactions:
            allowing = self.env["newsletter.consent"]._allowing_reactions(
                emails, self.company_id, self.mailing_list_id
            )
        return {email: email in allowing for email in emails}

    @api.depends("remote_list_id.sent_settings", "remote_list_id.told_settings")
    def _compute_settings_rows(self):
        """What the screen shows: ``[[label, sent, told, differs], ...]``."""
        for coupling in self:
            remote = coupling.remote_list_id
            sent, told = remote.sent_settings or {}, remote.told_settings or {}
            drift = remote._drift()
            can = coupling.connection_id._connector_class().capabilities
            coupling.settings_rows = [
                [
                    self._setting_label(name),
                    sent.get(name, ""),
                    told.get(name, ""),
                    name in drift,
                ]
                for name in ["name", *asked(can)]
                if sent.get(name) or told.get(name)
            ]
            coupling.settings_drift = bool(drift)

    @api.model
    def _setting_label(self, name):
        if name in LIST_SETTINGS:
            # the texts are marked where they are declared
            return self.env._(LIST_SETTINGS[name].label)
        return self.env._("Name in the Tool") if name == "name" else name


def _all(name, settings):
    """Name and settings as one dictionary; what is empty is left out."""
    return {"name": name, **{key: text for key, text in settings.items() if text}}


def _sent(draft: ListDraft):
    settings = {**draft.settings, "description": draft.description}
    return _all(draft.name, settings)
