"""The lists of a tool, as read last; read live whenever somebody has to choose."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import formatLang

from ..connectors.contract import ListDraft
from ..connectors.errors import ConnectorError


class NewsletterRemoteList(models.Model):
    """A list (group, tag, audience) of a tool. A mirror: the tool decides."""

    _name = "newsletter.remote.list"
    _description = "List in the Newsletter Tool"
    _order = "connection_id, name, id"
    _check_company_auto = True

    connection_id = fields.Many2one(
        "newsletter.connection",
        required=True,
        ondelete="cascade",
        index=True,
        check_company=True,
    )
    company_id = fields.Many2one(
        related="connection_id.company_id", store=True, index=True
    )
    name = fields.Char(required=True)
    remote_id = fields.Char(string="ID in the Tool", required=True)
    recipients = fields.Integer(help="As the tool said when it was read last.")
    opt_in = fields.Char(string="Opt-in of the Tool")
    web_url = fields.Char(string="Web Page")
    active = fields.Boolean(
        default=True, help="Archived: it was not in the tool when it was read last."
    )
    coupling_ids = fields.One2many("newsletter.coupling", "remote_list_id")

    _once = models.UniqueIndex(
        "(connection_id, remote_id)", "This list is known already."
    )

    @api.depends("name", "recipients")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for record in self:
            record.display_name = (
                f"{record.name} ({formatLang(self.env, record.recipients, digits=0)})"
                if record.recipients
                else record.name
            )

    @api.model
    def _store_lists(self, connection, lists):
        """Mirror what the tool listed; what is gone is archived, not deleted."""
        # sudo: the mirror may be refreshed by everybody who may choose a list
        mirror = self.sudo().with_context(active_test=False)
        known = {
            record.remote_id: record
            for record in mirror.search([("connection_id", "=", connection.id)])
        }
        fresh = []
        for remote in lists:
            values = {
                "name": remote.name or remote.remote_id,
                "opt_in": remote.opt_in,
                "web_url": remote.web_url,
                "active": True,
            }
            if remote.count is not None:
                values["recipients"] = remote.count
            record = known.pop(remote.remote_id, None)
            if record:
                record.write(values)
            else:
                fresh.append(
                    {
                        **values,
                        "connection_id": connection.id,
                        "remote_id": remote.remote_id,
                    }
                )
        mirror.create(fresh)
        mirror.union(*known.values()).active = False
        return self.search([("connection_id", "=", connection.id)])

    @api.model
    def _create_remote(self, connection, name):
        """Create a list in the tool, with the company's data, and mirror it.

        :return: the id of the mirror, which this transaction cannot see yet
        :raises UserError: in plain words, when the tool refuses
        """
        name = (name or "").strip()
        if not name:
            raise UserError(self.env._("Please enter a name for the new list."))
        draft = ListDraft(name=name, settings=connection._list_settings())
        try:
            remote = connection._connector().create_list(draft)
        except ConnectorError as error:
            raise UserError(connection._explain(error)) from error
        # Stored for good at once: it is in the tool now, whatever follows here.
        return self.env["newsletter.runner"]._in_transaction(
            lambda runner: (
                runner.env[self._name]
                ._store_created(connection.with_env(runner.env), remote, draft)
                .id
            )
        )

    @api.model
    def _store_created(self, connection, remote, draft=None):
        """Mirror a list that was created in the tool just now.

        :param draft: what the tool was asked for
        """
        # sudo: see _store_lists
        record = self.sudo().create(
            {
                "connection_id": connection.id,
                "remote_id": remote.remote_id,
                "name": remote.name,
                "recipients": remote.count or 0,
                "opt_in": remote.opt_in,
                "web_url": remote.web_url,
            }
        )
        self.env["newsletter.event"]._log(
            "list_created",
            connection=connection,
            text=self.env._(
                "The list “%s” was created in the newsletter tool.", remote.name
            ),
        )
        return record.with_env(self.env)
